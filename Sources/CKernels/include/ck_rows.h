#ifndef SAFERL_CK_ROWS_H
#define SAFERL_CK_ROWS_H
#include <stddef.h>
#include <stdint.h>

// Functions of whole rows. Sums run over 16 interleaved lanes in a fixed order, so they are equal on every machine
// that fuses multiply-adds alike.

/// y = (x - mean) rstd scale + shift with the biased variance; keeps mean and rstd of each row in `statistics` [rows, 2].
void ck_layer_norm(const float *x, const float *scale, const float *shift, float *y, float *statistics, size_t rows,
                   size_t columns, float epsilon);
/// dx (+)= …; `d_scale` and `d_shift` (each `columns`) are added to.
void ck_layer_norm_gradient(const float *x, const float *scale, const float *statistics, const float *dy, float *dx,
                            float *d_scale, float *d_shift, size_t rows, size_t columns, int accumulate);
/// y = x rstd scale with rstd = 1 / sqrt(mean x² + epsilon); keeps rstd of each row in `statistics` [rows].
void ck_rms_norm(const float *x, const float *scale, float *y, float *statistics, size_t rows, size_t columns, float epsilon);
/// dx (+)= …; `d_scale` is added to.
void ck_rms_norm_gradient(const float *x, const float *scale, const float *statistics, const float *dy, float *dx, float *d_scale,
                          size_t rows, size_t columns, int accumulate);
/// y = ln sum e^x of each row, shifted by the largest element; a row of -inf gives -inf.
void ck_log_sum_exp(const float *x, float *y, size_t rows, size_t columns);
/// dx (+)= dy (1 at the row's token, none where `tokens` is NULL, - e^(x - sum)), with ln sum e^x of each row in `sums`.
void ck_token_gradient(const float *x, const float *sums, const int32_t *tokens, const float *dy, float *dx, size_t rows,
                       size_t columns, int accumulate);
/// y = softmax of each row.
void ck_softmax(const float *x, float *y, size_t rows, size_t columns);
/// dx (+)= y (dy - sum(y dy)) of each row.
void ck_softmax_gradient(const float *y, const float *dy, float *dx, size_t rows, size_t columns, int accumulate);
/// y = x - ln sum e^x of each row.
void ck_log_softmax(const float *x, float *y, size_t rows, size_t columns);
/// dx (+)= dy - e^y sum(dy) of each row.
void ck_log_softmax_gradient(const float *y, const float *dy, float *dx, size_t rows, size_t columns, int accumulate);
/// y = sum of each row.
void ck_row_sum(const float *x, float *y, size_t rows, size_t columns);
/// y[columns] += sum of each column, top to bottom.
void ck_column_sum(const float *x, float *y, size_t rows, size_t columns);
/// Largest (sign 1) or smallest (sign -1) element of each row and its column; the first of equals; NaN wins.
void ck_row_extreme(const float *x, float *y, int32_t *column, size_t rows, size_t columns, int sign);
/// Copies `columns` floats a row between matrices of different row lengths, adding where `accumulate`.
void ck_copy_columns(const float *from, size_t from_row, float *to, size_t to_row, size_t rows, size_t columns, int accumulate);
/// y[i] = x[index[i]] row by row.
void ck_gather_rows(const float *x, const int32_t *index, float *y, size_t rows, size_t columns);
/// Writes the numbers of the rows that are not 0 throughout, in rising order, with those of the first `least` rows whatever they
/// are, and returns how many; NaN is not 0.
size_t ck_flowing_rows(const float *x, size_t rows, size_t columns, size_t least, int32_t *numbers);
/// x[index[i]] += y[i] row by row, in order.
void ck_scatter_rows(const float *y, const int32_t *index, float *x, size_t rows, size_t columns);
#endif
