#include "include/ck_attention.h"
#include "ck_math.h"
#include <math.h>

enum { LANES = 16 };
#define CK_INLINE static inline __attribute__((always_inline))

CK_INLINE float inner(const float *a, const float *b, size_t n) {
    float lanes[LANES] = {0}, total = 0;
    size_t base = 0;
    for (; base + LANES <= n; base += LANES)
        for (size_t j = 0; j < LANES; j++) lanes[j] += a[base + j] * b[base + j];
    for (size_t i = base; i < n; i++) lanes[i - base] += a[i] * b[i];
    for (size_t j = 0; j < LANES; j++) total += lanes[j];
    return total;
}

CK_INLINE void add_scaled(const float *x, float *y, size_t n, float scale) {
    for (size_t i = 0; i < n; i++) y[i] += scale * x[i];
}

// x becomes e^(scale x - top); returns the sum.
CK_INLINE float exponentials(float *x, size_t n, float scale, float top) {
    float lanes[LANES] = {0}, total = 0;
    size_t base = 0;
    for (; base + LANES <= n; base += LANES)
        for (size_t j = 0; j < LANES; j++) lanes[j] += x[base + j] = exp_below(scale * x[base + j] - top);
    for (size_t i = base; i < n; i++) lanes[i - base] += x[i] = exp_below(scale * x[i] - top);
    for (size_t j = 0; j < LANES; j++) total += lanes[j];
    return total;
}

CK_DISPATCH
void ck_attention(const float *q, size_t q_row, const float *k, const float *v, size_t kv_row, float *o, size_t queries,
                  size_t first, size_t width, float scale, float *scratch) {
    for (size_t i = 0; i < queries; i++, q += q_row, o += q_row) {
        size_t seen = first + i + 1;
        for (size_t j = 0; j < seen; j++) scratch[j] = inner(q, k + j * kv_row, width);
        float inverse = 1.0f / exponentials(scratch, seen, scale, scale * row_largest(scratch, seen));
        for (size_t j = 0; j < width; j++) o[j] = 0;
        for (size_t j = 0; j < seen; j++) add_scaled(v + j * kv_row, o, width, scratch[j] * inverse);
    }
}

CK_DISPATCH
void ck_causal_softmax(float *s, float *sums, size_t sum_row, size_t queries, size_t columns, size_t first, float scale) {
    for (size_t i = 0; i < queries; i++, s += columns) {
        size_t seen = first + i + 1;
        float top = scale * row_largest(s, seen), total = exponentials(s, seen, scale, top), inverse = 1.0f / total;
        for (size_t j = 0; j < seen; j++) s[j] *= inverse;
        for (size_t j = seen; j < columns; j++) s[j] = 0;
        if (sums) sums[i * sum_row] = top + ck_log_of_sum(total);
    }
}

CK_DISPATCH
void ck_causal_softmax_gradient(float *s, float *ds, const float *sums, size_t sum_row, const float *o, const float *d_o,
                                size_t o_row, size_t queries, size_t columns, size_t first, size_t width, float scale) {
    for (size_t i = 0; i < queries; i++, s += columns, ds += columns, o += o_row, d_o += o_row) {
        size_t seen = first + i + 1;
        float mean = inner(d_o, o, width), sum = sums[i * sum_row];
        for (size_t j = 0; j < seen; j++) {
            float p = exp_below(scale * s[j] - sum);
            s[j] = p;
            ds[j] = scale * p * (ds[j] - mean);
        }
        for (size_t j = seen; j < columns; j++) s[j] = ds[j] = 0;
    }
}

CK_DISPATCH
void ck_rotate(const float *x, const float *angles, float *y, size_t rows, size_t heads, size_t width, float turn, int accumulate) {
    size_t half = width / 2;
    for (size_t r = 0; r < rows; r++, angles += width)
        for (size_t h = 0; h < heads; h++, x += width, y += width)
            for (size_t j = 0; j < half; j++) {
                float c = angles[j], s = turn * angles[half + j];
                float left = x[j] * c - x[half + j] * s, right = x[half + j] * c + x[j] * s;
                y[j] = accumulate ? y[j] + left : left;
                y[half + j] = accumulate ? y[half + j] + right : right;
            }
}
