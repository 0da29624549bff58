#include "include/ck_elementwise.h"
#include "ck_math.h"
#include <math.h>

// Every loop here reads and writes element by element, so a result may lie where an operand lies; the compiler must be
// told, or it falls back to one element at a time when they do. Clones without the instructions need not vectorise.
#define CK_EACH _Pragma("clang loop vectorize(assume_safety)")
#pragma clang diagnostic ignored "-Wpass-failed"

// ---- scalar functions and their derivatives -------------------------------------------------------------------

static inline float f_relu(float x) { return x > 0.0f || x != x ? x : 0.0f; }
static inline float d_relu(float x, float y) { (void)x; return y > 0.0f ? 1.0f : y * 0.0f; } // y is 0 or NaN

// With t = e^x and n = t (t + 2): tanh(ln(1 + t)) = n / (n + 2). Beyond x = 20 the ratio is 1 in single precision.
static inline float mish_ratio(float x, float *t) {
    *t = ck_exp_clamped(x > 20.0f ? 20.0f : x);
    float n = *t * (*t + 2.0f);
    return n / (n + 2.0f);
}
static inline float mish_value(float x, float ratio) { return x < -87.0f ? -0.0f : x * ratio; }
static inline float mish_slope(float x, float ratio, float t) {
    float m = t * (t + 2.0f) + 2.0f;
    float bounded = x > 20.0f ? 20.0f : x; // the second term is nothing there, and must not become inf · 0
    float d = ratio + bounded * (4.0f * t * (1.0f + t)) / (m * m);
    return x < -87.0f ? 0.0f : d;
}
static inline float f_mish(float x) {
    float t;
    float ratio = mish_ratio(x, &t);
    return mish_value(x, ratio);
}
static inline float d_mish(float x, float y) {
    (void)y;
    float t;
    float ratio = mish_ratio(x, &t);
    return mish_slope(x, ratio, t);
}

static inline float f_sigmoid(float x) {
    float e = ck_exp_clamped(x < 0.0f ? x : -x);
    float s = x < 0.0f ? e / (1.0f + e) : 1.0f / (1.0f + e);
    return x < -87.0f ? 0.0f : s;
}
static inline float d_sigmoid(float x, float y) { (void)x; return y * (1.0f - y); }

static inline float silu_value(float x, float s) { return x < -87.0f ? -0.0f : x * s; }
static inline float silu_slope(float x, float s) {
    float bounded = x > 88.0f ? 88.0f : x; // the second term is nothing there, and must not become inf · 0
    return x < -87.0f ? 0.0f : s * (1.0f + bounded * (1.0f - s));
}
static inline float f_silu(float x) { return silu_value(x, f_sigmoid(x)); }
static inline float d_silu(float x, float y) { (void)y; return silu_slope(x, f_sigmoid(x)); }

static inline float f_tanh(float x) {
    float s = x * x;
    float p = -1382.0f / 155925;
    p = p * s + 62.0f / 2835;
    p = p * s - 17.0f / 315;
    p = p * s + 2.0f / 15;
    p = p * s - 1.0f / 3;
    float small = x + x * s * p;
    float a = fabsf(x);
    float e = ck_exp_clamped(-2.0f * a);
    float large = (1.0f - e) / (1.0f + e);
    large = x < 0.0f ? -large : large;
    return a < 0.35f ? small : large;
}
static inline float d_tanh(float x, float y) { (void)x; return 1.0f - y * y; }

static inline float f_softplus(float x) {
    float u = ck_exp_clamped(x < 0.0f ? x : -x);
    float w = 1.0f + u;
    float d = w - 1.0f;
    // ln(1 + u) without losing small u: the rounding of 1 + u cancels in the quotient.
    float l = d == 0.0f ? u : ck_log_positive(w) * (u / d);
    return x < -87.0f ? 0.0f : (x > 0.0f ? x : 0.0f) + l;
}
static inline float d_softplus(float x, float y) { (void)y; return f_sigmoid(x); }

static inline float f_exp(float x) {
    float y = ck_exp_clamped(x);
    y = x > 88.72283f ? INFINITY : y;
    y = x > 88.0f && x <= 88.72283f ? y * ck_exp_clamped(x - 88.0f) : y;
    return x < -87.33654f ? 0.0f : (x < -87.0f ? y * ck_exp_clamped(x + 87.0f) : y);
}
static inline float d_exp(float x, float y) { (void)x; return y; }

static inline float f_log(float x) {
    float y = ck_log_positive(x);
    y = x > 3.4028235e38f ? x : y;
    y = x < 1.17549435e-38f ? -INFINITY : y;
    y = x < 0.0f ? NAN : y;
    return x != x ? x : y;
}
static inline float d_log(float x, float y) { (void)y; return 1.0f / x; }

static inline float f_square(float x) { return x * x; }
static inline float d_square(float x, float y) { (void)y; return 2.0f * x; }
static inline float f_sqrt(float x) { return sqrtf(x); }
static inline float d_sqrt(float x, float y) { (void)x; return 0.5f / y; }
static inline float f_abs(float x) { return fabsf(x); }
static inline float d_abs(float x, float y) { (void)y; return x > 0.0f ? 1.0f : (x < 0.0f ? -1.0f : x * 0.0f); }
static inline float f_reciprocal(float x) { return 1.0f / x; }
static inline float d_reciprocal(float x, float y) { (void)x; return -y * y; }

static inline float f_sin(float x) { float s, c; ck_sincos_turns(x, &s, &c); return s; }
static inline float d_sin(float x, float y) { (void)y; float s, c; ck_sincos_turns(x, &s, &c); return 6.28318531f * c; }
static inline float f_cos(float x) { float s, c; ck_sincos_turns(x, &s, &c); return c; }
static inline float d_cos(float x, float y) { (void)y; float s, c; ck_sincos_turns(x, &s, &c); return -6.28318531f * s; }

// P(N(0, 1) < -a) for a >= 0 as e^(-a²/2) times t e^p(t), t = 1 / (1 + a/√8): the error function's complement by the
// Chebyshev fit of Press et al., Numerical Recipes, 6.2, relative error 1.2e-7. `e` is e^(-a²/2).
static inline float gelu_tail(float a, float *e) {
    float t = 1.0f / (1.0f + a * 0.35355339f);
    float p = 0.17087277f;
    p = p * t - 0.82215223f;
    p = p * t + 1.48851587f;
    p = p * t - 1.13520398f;
    p = p * t + 0.27886807f;
    p = p * t - 0.18628806f;
    p = p * t + 0.09678418f;
    p = p * t + 0.37409196f;
    p = p * t + 1.00002368f;
    p = p * t - 1.26551223f;
    *e = ck_exp_clamped(-0.5f * a * a);
    return 0.5f * t * *e * ck_exp_clamped(p);
}
static inline float gelu_share(float x, float *e) {
    float tail = gelu_tail(fabsf(x), e);
    return x < 0.0f ? tail : 1.0f - tail;
}
static inline float gelu_value(float x, float share) { return x < -13.0f ? -0.0f : x * share; }
static inline float gelu_slope(float x, float share, float e) {
    float bounded = x > 13.0f ? 13.0f : x; // the second term is nothing there, and must not become inf · 0
    return x < -13.0f ? 0.0f : share + bounded * e * 0.39894228f;
}
static inline float f_gelu(float x) {
    float e;
    float share = gelu_share(x, &e);
    return gelu_value(x, share);
}
static inline float d_gelu(float x, float y) {
    (void)y;
    float e;
    float share = gelu_share(x, &e);
    return gelu_slope(x, share, e);
}

// ---- loops over them -------------------------------------------------------------------------------------------

#define CK_UNARY_LOOPS(name)                                                                                        \
    CK_DISPATCH static void forward_##name(const float *x, float *y, size_t n) {                                    \
        CK_EACH for (size_t i = 0; i < n; i++) y[i] = f_##name(x[i]);                                                       \
    }                                                                                                               \
    CK_DISPATCH static void gradient_##name(const float *x, const float *y, const float *dy, float *dx, size_t n,   \
                                            int accumulate) {                                                       \
        if (accumulate)                                                                                             \
            CK_EACH for (size_t i = 0; i < n; i++) dx[i] += d_##name(x[i], y[i]) * dy[i];                                   \
        else                                                                                                        \
            CK_EACH for (size_t i = 0; i < n; i++) dx[i] = d_##name(x[i], y[i]) * dy[i];                                    \
    }

CK_UNARY_LOOPS(relu)
CK_UNARY_LOOPS(mish)
CK_UNARY_LOOPS(silu)
CK_UNARY_LOOPS(tanh)
CK_UNARY_LOOPS(softplus)
CK_UNARY_LOOPS(sigmoid)
CK_UNARY_LOOPS(exp)
CK_UNARY_LOOPS(log)
CK_UNARY_LOOPS(square)
CK_UNARY_LOOPS(sqrt)
CK_UNARY_LOOPS(abs)
CK_UNARY_LOOPS(reciprocal)
CK_UNARY_LOOPS(sin)
CK_UNARY_LOOPS(cos)
CK_UNARY_LOOPS(gelu)

#define CK_UNARY_CASES(APPLY)                                                                                       \
    switch (f) {                                                                                                    \
    case CK_RELU: APPLY(relu); break;                                                                               \
    case CK_MISH: APPLY(mish); break;                                                                               \
    case CK_SILU: APPLY(silu); break;                                                                               \
    case CK_TANH: APPLY(tanh); break;                                                                               \
    case CK_SOFTPLUS: APPLY(softplus); break;                                                                       \
    case CK_SIGMOID: APPLY(sigmoid); break;                                                                         \
    case CK_EXP: APPLY(exp); break;                                                                                 \
    case CK_LOG: APPLY(log); break;                                                                                 \
    case CK_SQUARE: APPLY(square); break;                                                                           \
    case CK_SQRT: APPLY(sqrt); break;                                                                               \
    case CK_ABS: APPLY(abs); break;                                                                                 \
    case CK_RECIPROCAL: APPLY(reciprocal); break;                                                                   \
    case CK_SIN: APPLY(sin); break;                                                                                 \
    case CK_COS: APPLY(cos); break;                                                                                 \
    case CK_GELU: APPLY(gelu); break;                                                                               \
    }

void ck_unary(ck_function f, const float *x, float *y, size_t n) {
#define APPLY(name) forward_##name(x, y, n)
    CK_UNARY_CASES(APPLY)
#undef APPLY
}

void ck_unary_gradient(ck_function f, const float *x, const float *y, const float *dy, float *dx, size_t n, int accumulate) {
#define APPLY(name) gradient_##name(x, y, dy, dx, n, accumulate)
    CK_UNARY_CASES(APPLY)
#undef APPLY
}

CK_DISPATCH
static void bias_mish(float *z, const float *bias, float *y, size_t rows, size_t columns, int keep) {
    for (size_t r = 0; r < rows; r++, z += columns, y += columns) {
        if (keep) {
            CK_EACH for (size_t i = 0; i < columns; i++) {
                float x = z[i] + bias[i], t;
                float ratio = mish_ratio(x, &t);
                y[i] = mish_value(x, ratio);
                z[i] = mish_slope(x, ratio, t);
            }
        } else {
            CK_EACH for (size_t i = 0; i < columns; i++) y[i] = f_mish(z[i] + bias[i]);
        }
    }
}

CK_DISPATCH
static void bias_silu(float *z, const float *bias, float *y, size_t rows, size_t columns, int keep) {
    for (size_t r = 0; r < rows; r++, z += columns, y += columns) {
        CK_EACH for (size_t i = 0; i < columns; i++) {
            float x = z[i] + bias[i];
            float s = f_sigmoid(x);
            y[i] = silu_value(x, s);
            if (keep) z[i] = silu_slope(x, s);
        }
    }
}

CK_DISPATCH
static void bias_gelu(float *z, const float *bias, float *y, size_t rows, size_t columns, int keep) {
    for (size_t r = 0; r < rows; r++, z += columns, y += columns) {
        CK_EACH for (size_t i = 0; i < columns; i++) {
            float x = z[i] + bias[i], e;
            float share = gelu_share(x, &e);
            y[i] = gelu_value(x, share);
            if (keep) z[i] = gelu_slope(x, share, e);
        }
    }
}

#define CK_BIAS_LOOP(name, EXPRESSION)                                                                              \
    CK_DISPATCH static void bias_##name(float *z, const float *bias, float *y, size_t rows, size_t columns) {       \
        for (size_t r = 0; r < rows; r++, z += columns, y += columns)                                               \
            CK_EACH for (size_t i = 0; i < columns; i++) {                                                                  \
                float x = z[i] + bias[i];                                                                           \
                y[i] = EXPRESSION;                                                                                  \
            }                                                                                                       \
    }
CK_BIAS_LOOP(relu, f_relu(x))
CK_BIAS_LOOP(tanh, f_tanh(x))

void ck_bias_activate(ck_function f, float *z, const float *bias, float *y, size_t rows, size_t columns, int keep) {
    switch (f) {
    case CK_RELU: bias_relu(z, bias, y, rows, columns); break;
    case CK_TANH: bias_tanh(z, bias, y, rows, columns); break;
    case CK_SILU: bias_silu(z, bias, y, rows, columns, keep); break;
    case CK_GELU: bias_gelu(z, bias, y, rows, columns, keep); break;
    default: bias_mish(z, bias, y, rows, columns, keep); break;
    }
}

CK_DISPATCH
void ck_silu_gate(const float *gate, const float *up, float *y, size_t n) {
    CK_EACH for (size_t i = 0; i < n; i++) y[i] = silu_value(gate[i], f_sigmoid(gate[i])) * up[i];
}

CK_DISPATCH
void ck_silu_gate_gradient(const float *gate, const float *up, const float *dy, float *d_gate, float *d_up, size_t n) {
    CK_EACH for (size_t i = 0; i < n; i++) {
        float s = f_sigmoid(gate[i]), d = dy[i];
        d_gate[i] += d * up[i] * silu_slope(gate[i], s);
        d_up[i] += d * silu_value(gate[i], s);
    }
}

// ---- two operands ----------------------------------------------------------------------------------------------

#define CK_ROWS_BY_COLUMN_STRIDE(BODY)                                                                              \
    if (ac == 1 && bc == 1) { CK_EACH for (size_t i = 0; i < n; i++) { float p = a[i], q = b[i]; BODY; } }                  \
    else if (ac == 1) { float q = b[0]; CK_EACH for (size_t i = 0; i < n; i++) { float p = a[i]; BODY; } }                  \
    else if (bc == 1) { float p = a[0]; CK_EACH for (size_t i = 0; i < n; i++) { float q = b[i]; BODY; } }                  \
    else { float p = a[0], q = b[0]; for (size_t i = 0; i < n; i++) { BODY; } }

CK_DISPATCH
static void binary_row(ck_operation op, const float *a, size_t ac, const float *b, size_t bc, float *y, size_t n) {
    switch (op) {
    case CK_ADD: CK_ROWS_BY_COLUMN_STRIDE(y[i] = p + q) break;
    case CK_SUBTRACT: CK_ROWS_BY_COLUMN_STRIDE(y[i] = p - q) break;
    case CK_MULTIPLY: CK_ROWS_BY_COLUMN_STRIDE(y[i] = p * q) break;
    case CK_DIVIDE: CK_ROWS_BY_COLUMN_STRIDE(y[i] = p / q) break;
    case CK_MIN: CK_ROWS_BY_COLUMN_STRIDE(y[i] = p <= q || p != p ? p : q) break;
    case CK_MAX: CK_ROWS_BY_COLUMN_STRIDE(y[i] = p >= q || p != p ? p : q) break;
    }
}

void ck_binary(ck_operation op, const float *a, size_t a_row, size_t a_column, const float *b, size_t b_row, size_t b_column,
               float *y, size_t rows, size_t columns) {
    if (a_column && b_column && a_row == columns && b_row == columns) {
        binary_row(op, a, 1, b, 1, y, rows * columns);
        return;
    }
    if (columns == 1 && a_row <= 1 && b_row <= 1) { // column vectors: run down the rows in one go
        binary_row(op, a, a_row, b, b_row, y, rows);
        return;
    }
    for (size_t r = 0; r < rows; r++)
        binary_row(op, a + r * a_row, a_column, b + r * b_row, b_column, y + r * columns, columns);
}

static inline float d_binary(ck_operation op, int side, float p, float q) {
    switch (op) {
    case CK_ADD: return 1.0f;
    case CK_SUBTRACT: return side ? -1.0f : 1.0f;
    case CK_MULTIPLY: return side ? p : q;
    case CK_DIVIDE: return side ? -p / (q * q) : 1.0f / q;
    case CK_MIN: return (p <= q || p != p) == (side == 0) ? 1.0f : 0.0f;
    default: return (p >= q || p != p) == (side == 0) ? 1.0f : 0.0f;
    }
}

CK_DISPATCH
static void binary_gradient_row(ck_operation op, int side, const float *a, size_t ac, const float *b, size_t bc, const float *dy,
                                float *d, size_t dc, size_t n) {
    if (dc) {
        CK_ROWS_BY_COLUMN_STRIDE(d[i] += d_binary(op, side, p, q) * dy[i])
    } else {
        float lanes[16] = {0};
        for (size_t i = 0; i < n; i++) lanes[i % 16] += d_binary(op, side, a[i * ac], b[i * bc]) * dy[i];
        float total = 0;
        for (int i = 0; i < 16; i++) total += lanes[i];
        d[0] += total;
    }
}

void ck_binary_gradient(ck_operation op, int side, const float *a, size_t a_row, size_t a_column, const float *b, size_t b_row,
                        size_t b_column, const float *dy, float *d, size_t rows, size_t columns) {
    size_t d_row = side ? b_row : a_row, d_column = side ? b_column : a_column;
    if (a_column && b_column && a_row == columns && b_row == columns) {
        binary_gradient_row(op, side, a, 1, b, 1, dy, d, 1, rows * columns);
        return;
    }
    for (size_t r = 0; r < rows; r++)
        binary_gradient_row(op, side, a + r * a_row, a_column, b + r * b_row, b_column, dy + r * columns, d + r * d_row, d_column,
                            columns);
}

// ---- simple loops ----------------------------------------------------------------------------------------------

CK_DISPATCH
void ck_affine(const float *x, float *y, size_t n, float scale, float shift) {
    CK_EACH for (size_t i = 0; i < n; i++) y[i] = scale * x[i] + shift;
}

CK_DISPATCH
void ck_scaled(const float *x, float *y, size_t n, float scale, int accumulate) {
    if (accumulate)
        CK_EACH for (size_t i = 0; i < n; i++) y[i] += scale * x[i];
    else
        CK_EACH for (size_t i = 0; i < n; i++) y[i] = scale * x[i];
}

CK_DISPATCH
void ck_product(const float *a, const float *b, float *y, size_t n, int accumulate) {
    if (accumulate)
        CK_EACH for (size_t i = 0; i < n; i++) y[i] += a[i] * b[i];
    else
        CK_EACH for (size_t i = 0; i < n; i++) y[i] = a[i] * b[i];
}

CK_DISPATCH
void ck_clip(const float *x, float *y, size_t n, float low, float high) {
    CK_EACH for (size_t i = 0; i < n; i++) y[i] = x[i] < low ? low : (x[i] > high ? high : x[i]);
}

CK_DISPATCH
void ck_clip_gradient(const float *x, const float *dy, float *dx, size_t n, float low, float high, int accumulate) {
    if (accumulate)
        CK_EACH for (size_t i = 0; i < n; i++) dx[i] += x[i] > low && x[i] < high ? dy[i] : 0.0f;
    else
        CK_EACH for (size_t i = 0; i < n; i++) dx[i] = x[i] > low && x[i] < high ? dy[i] : 0.0f;
}

CK_DISPATCH
void ck_above(const float *x, float *y, size_t n, float threshold, int inclusive) {
    if (inclusive)
        CK_EACH for (size_t i = 0; i < n; i++) y[i] = x[i] >= threshold ? 1.0f : 0.0f;
    else
        CK_EACH for (size_t i = 0; i < n; i++) y[i] = x[i] > threshold ? 1.0f : 0.0f;
}

CK_DISPATCH
void ck_select(const float *mask, const float *a, const float *b, float *y, size_t n) {
    CK_EACH for (size_t i = 0; i < n; i++) y[i] = mask[i] != 0.0f ? a[i] : b[i];
}

CK_DISPATCH
void ck_mask_positive(const float *y, float *dy, size_t n) {
    CK_EACH for (size_t i = 0; i < n; i++) dy[i] = y[i] > 0.0f ? dy[i] : y[i] * 0.0f; // NaN stays
}

CK_DISPATCH
void ck_tanh_gradient_in_place(const float *y, float *dy, size_t n) {
    CK_EACH for (size_t i = 0; i < n; i++) dy[i] *= 1.0f - y[i] * y[i];
}

CK_DISPATCH
double ck_sum(const float *x, size_t n) {
    double lanes[16] = {0};
    size_t i = 0;
    for (; i + 16 <= n; i += 16)
        for (int j = 0; j < 16; j++) lanes[j] += x[i + (size_t)j];
    for (; i < n; i++) lanes[i % 16] += x[i];
    double total = 0;
    for (int j = 0; j < 16; j++) total += lanes[j];
    return total;
}

CK_DISPATCH
double ck_sum_of_squares(const float *x, size_t n) {
    double lanes[16] = {0};
    size_t i = 0;
    for (; i + 16 <= n; i += 16)
        for (int j = 0; j < 16; j++) lanes[j] += (double)x[i + (size_t)j] * x[i + (size_t)j];
    for (; i < n; i++) lanes[i % 16] += (double)x[i] * x[i];
    double total = 0;
    for (int j = 0; j < 16; j++) total += lanes[j];
    return total;
}

CK_DISPATCH
int ck_all_finite(const float *x, size_t n) {
    float poison = 0; // x - x is 0 for finite x, NaN otherwise
    float lanes[16] = {0};
    size_t i = 0;
    for (; i + 16 <= n; i += 16)
        for (int j = 0; j < 16; j++) lanes[j] += x[i + (size_t)j] - x[i + (size_t)j];
    for (; i < n; i++) poison += x[i] - x[i];
    for (int j = 0; j < 16; j++) poison += lanes[j];
    return poison == 0.0f;
}
