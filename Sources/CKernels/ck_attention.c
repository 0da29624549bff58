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

CK_INLINE float exp_below(float x) { return x < -87.0f ? 0.0f : ck_exp_clamped(x); }

CK_DISPATCH
void ck_attention(const float *q, size_t q_row, const float *k, const float *v, size_t kv_row, float *o, float *sums,
                  size_t sum_row, size_t queries, size_t first, size_t width, float scale, float *scratch) {
    for (size_t i = 0; i < queries; i++, q += q_row, o += q_row) {
        size_t seen = first + i + 1;
        float top = -INFINITY, total = 0;
        for (size_t j = 0; j < seen; j++) {
            float s = scale * inner(q, k + j * kv_row, width);
            scratch[j] = s;
            top = s > top || s != s ? s : top;
        }
        for (size_t j = 0; j < seen; j++) scratch[j] = exp_below(scratch[j] - top);
        for (size_t j = 0; j < seen; j++) total += scratch[j];
        float inverse = 1.0f / total;
        for (size_t j = 0; j < width; j++) o[j] = 0;
        for (size_t j = 0; j < seen; j++) add_scaled(v + j * kv_row, o, width, scratch[j] * inverse);
        if (sums) sums[i * sum_row] = top + ck_log_positive(total);
    }
}

CK_DISPATCH
void ck_attention_gradient(const float *q, size_t q_row, const float *k, const float *v, size_t kv_row, const float *o,
                           const float *sums, size_t sum_row, const float *d_o, float *dq, float *dk, float *dv, size_t queries,
                           size_t width, float scale, float *scratch) {
    float *p = scratch, *ds = scratch + queries;
    for (size_t i = 0; i < queries; i++, q += q_row, o += q_row, d_o += q_row, dq += q_row) {
        size_t seen = i + 1;
        float mean = inner(d_o, o, width), sum = sums[i * sum_row];
        for (size_t j = 0; j < seen; j++) p[j] = scale * inner(q, k + j * kv_row, width) - sum;
        for (size_t j = 0; j < seen; j++) p[j] = exp_below(p[j]);
        for (size_t j = 0; j < seen; j++) ds[j] = scale * p[j] * (inner(d_o, v + j * kv_row, width) - mean);
        for (size_t j = 0; j < seen; j++) {
            add_scaled(d_o, dv + j * kv_row, width, p[j]);
            add_scaled(k + j * kv_row, dq, width, ds[j]);
            add_scaled(q, dk + j * kv_row, width, ds[j]);
        }
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
