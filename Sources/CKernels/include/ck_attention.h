#ifndef SAFERL_CK_ATTENTION_H
#define SAFERL_CK_ATTENTION_H
#include <stddef.h>
#include <stdint.h>

// Causal attention of one query head over one sequence, and rotary embeddings. Rows of one head are `…_row` floats apart, so
// that heads lie beside each other in a row. Sums run over 16 interleaved lanes in a fixed order.

/// Query i of `queries` sees keys 0 ... first + i: o = Σ softmax(scale q·k) v. For few queries; `scratch` holds
/// first + queries floats.
void ck_attention(const float *q, size_t q_row, const float *k, const float *v, size_t kv_row, float *o, size_t queries,
                  size_t first, size_t width, float scale, float *scratch);
/// Products q·k of `queries` rows and `columns` keys become softmax(scale q·k) over keys 0 ... first + i, and 0 beyond; ln Σ e^s
/// of each query goes to `sums` (none where NULL), whose numbers are `sum_row` apart.
void ck_causal_softmax(float *s, float *sums, size_t sum_row, size_t queries, size_t columns, size_t first, float scale);
/// `s`, products q·k as above, become the probabilities p again; `ds`, products do·v, become scale p (do·v - do·o).
void ck_causal_softmax_gradient(float *s, float *ds, const float *sums, size_t sum_row, const float *o, const float *d_o,
                                size_t o_row, size_t queries, size_t columns, size_t first, size_t width, float scale);
/// y (+)= x rotated: pairs (j, j + width/2) of every head by the angles whose cosines and sines are in a row of `angles`
/// [rows, width], first the width/2 cosines; `turn` 1 forward, -1 back.
void ck_rotate(const float *x, const float *angles, float *y, size_t rows, size_t heads, size_t width, float turn, int accumulate);
#endif
