#ifndef SAFERL_CK_ATTENTION_H
#define SAFERL_CK_ATTENTION_H
#include <stddef.h>
#include <stdint.h>

// Causal attention of one query head over one sequence, and rotary embeddings. Rows of one head are `…_row` floats apart, so
// that heads lie beside each other in a row. Sums run over 16 interleaved lanes in a fixed order.

/// Query i of `queries` sees keys 0 ... first + i: o = Σ softmax(scale q·k) v, and ln Σ e^s of each query in `sums`, whose
/// numbers are `sum_row` apart. `scratch` holds first + queries floats.
void ck_attention(const float *q, size_t q_row, const float *k, const float *v, size_t kv_row, float *o, float *sums,
                  size_t sum_row, size_t queries, size_t first, size_t width, float scale, float *scratch);
/// dq, dk and dv += …, for queries that begin with the first key. `scratch` holds 2 queries floats.
void ck_attention_gradient(const float *q, size_t q_row, const float *k, const float *v, size_t kv_row, const float *o,
                           const float *sums, size_t sum_row, const float *d_o, float *dq, float *dk, float *dv, size_t queries,
                           size_t width, float scale, float *scratch);
/// y (+)= x rotated: pairs (j, j + width/2) of every head by the angles whose cosines and sines are in a row of `angles`
/// [rows, width], first the width/2 cosines; `turn` 1 forward, -1 back.
void ck_rotate(const float *x, const float *angles, float *y, size_t rows, size_t heads, size_t width, float turn, int accumulate);
#endif
