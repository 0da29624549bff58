#ifndef SAFERL_CK_ELEMENTWISE_H
#define SAFERL_CK_ELEMENTWISE_H
#include <stddef.h>

/// Functions of one number. NaN gives NaN. Error bounds are relative unless said, hold on the whole float range, and are
/// measured in KernelAccuracyTests, as are those of the derivatives: 6e-7 of the larger of 1 and the derivative (silu
/// 1.2e-6, since 1 - s loses digits where x is large).
typedef enum {
    CK_RELU,       // exact
    CK_MISH,       // x tanh(ln(1 + e^x)); 6e-7; 0 below -87, where the value is above -2e-36
    CK_SILU,       // x / (1 + e^-x); 6e-7; 0 below -87, where the value is above -2e-36
    CK_TANH,       // 4e-7
    CK_SOFTPLUS,   // ln(1 + e^x); 6e-7; 0 below -87, where the value is below 2e-38
    CK_SIGMOID,    // 1 / (1 + e^-x); 4e-7; 0 below -87, where the value is below 2e-38
    CK_EXP,        // 3e-7; 0 below -87.3, infinite above 88.7
    CK_LOG,        // 3e-7; -inf at 0 and subnormals, NaN below
    CK_SQUARE,     // exact rounding
    CK_SQRT,       // exact rounding
    CK_ABS,        // exact
    CK_RECIPROCAL, // exact rounding
    CK_SIN,        // argument in turns (2 pi x); absolute 3e-7 for |x| < 64
    CK_COS,        // argument in turns (2 pi x); absolute 3e-7 for |x| < 64
    CK_GELU        // x P(N(0, 1) < x); 1e-6, absolute 1e-7 where that is more; 0 below -13, where the value is above -1e-37
} ck_function;

/// y = f(x)
void ck_unary(ck_function f, const float *x, float *y, size_t n);
/// dx (+)= f'(x) dy, with y = f(x) where the derivative is cheaper from it.
void ck_unary_gradient(ck_function f, const float *x, const float *y, const float *dy, float *dx, size_t n, int accumulate);
/// z becomes f'(z + bias) and y = f(z + bias), for `rows` rows of `columns`; z may be y where only y is wanted (keep 0).
void ck_bias_activate(ck_function f, float *z, const float *bias, float *y, size_t rows, size_t columns, int keep);

/// y = silu(gate) up
void ck_silu_gate(const float *gate, const float *up, float *y, size_t n);
/// d_gate += silu'(gate) up dy and d_up += silu(gate) dy
void ck_silu_gate_gradient(const float *gate, const float *up, const float *dy, float *d_gate, float *d_up, size_t n);

/// Functions of two numbers. Derivatives of min and max at equality go to the first.
typedef enum { CK_ADD, CK_SUBTRACT, CK_MULTIPLY, CK_DIVIDE, CK_MIN, CK_MAX } ck_operation;

/// y = op(a, b) over `rows` × `columns`; a row stride of 0 repeats one row, a column stride of 0 one column.
void ck_binary(ck_operation op, const float *a, size_t a_row, size_t a_column, const float *b, size_t b_row, size_t b_column,
               float *y, size_t rows, size_t columns);
/// d(operand) += the derivative with respect to the first (`side` 0) or second operand times dy, summed over what was
/// repeated. The caller clears the result where it must not accumulate.
void ck_binary_gradient(ck_operation op, int side, const float *a, size_t a_row, size_t a_column, const float *b, size_t b_row,
                        size_t b_column, const float *dy, float *d, size_t rows, size_t columns);

/// y = scale x + shift
void ck_affine(const float *x, float *y, size_t n, float scale, float shift);
/// y (+)= scale x
void ck_scaled(const float *x, float *y, size_t n, float scale, int accumulate);
/// y (+)= a b
void ck_product(const float *a, const float *b, float *y, size_t n, int accumulate);
/// y = min(max(x, low), high); NaN stays.
void ck_clip(const float *x, float *y, size_t n, float low, float high);
/// dx (+)= dy where low < x < high
void ck_clip_gradient(const float *x, const float *dy, float *dx, size_t n, float low, float high, int accumulate);
/// y = 1 where x > threshold (or >= where `inclusive`), else 0; NaN gives 0.
void ck_above(const float *x, float *y, size_t n, float threshold, int inclusive);
/// y = mask != 0 ? a : b
void ck_select(const float *mask, const float *a, const float *b, float *y, size_t n);
/// dy *= (y > 0)
void ck_mask_positive(const float *y, float *dy, size_t n);
/// dy *= 1 - y²
void ck_tanh_gradient_in_place(const float *y, float *dy, size_t n);
/// Sum in Double of 16 interleaved partial sums: the same on every machine.
double ck_sum(const float *x, size_t n);
/// Sum of squares in Double, likewise.
double ck_sum_of_squares(const float *x, size_t n);
/// 1 if every element is finite, else 0.
int ck_all_finite(const float *x, size_t n);
#endif
