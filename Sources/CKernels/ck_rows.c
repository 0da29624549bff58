#include "include/ck_rows.h"
#include "include/ck_elementwise.h"
#include "ck_math.h"
#include <math.h>

enum { LANES = 16 };

static inline float fold(const float *lanes) {
    float total = 0;
    for (int j = 0; j < LANES; j++) total += lanes[j];
    return total;
}

// Sums EXPRESSION over i in 0 ..< n in 16 interleaved lanes.
#define CK_LANE_SUM(result, n, EXPRESSION)                                                                          \
    do {                                                                                                            \
        float lanes_[LANES] = {0};                                                                                  \
        size_t base_ = 0;                                                                                           \
        for (; base_ + LANES <= (n); base_ += LANES)                                                                \
            for (size_t j_ = 0; j_ < LANES; j_++) {                                                                 \
                size_t i = base_ + j_;                                                                              \
                lanes_[j_] += (EXPRESSION);                                                                         \
            }                                                                                                       \
        for (size_t i = base_; i < (n); i++) lanes_[i - base_] += (EXPRESSION);                                     \
        (result) = fold(lanes_);                                                                                    \
    } while (0)

CK_DISPATCH
void ck_layer_norm(const float *x, const float *scale, const float *shift, float *y, float *statistics, size_t rows,
                   size_t columns, float epsilon) {
    for (size_t r = 0; r < rows; r++, x += columns, y += columns) {
        float mean, variance;
        CK_LANE_SUM(mean, columns, x[i]);
        mean /= (float)columns;
        CK_LANE_SUM(variance, columns, (x[i] - mean) * (x[i] - mean));
        float rstd = 1.0f / sqrtf(variance / (float)columns + epsilon);
        for (size_t i = 0; i < columns; i++) y[i] = (x[i] - mean) * rstd * scale[i] + shift[i];
        statistics[2 * r] = mean;
        statistics[2 * r + 1] = rstd;
    }
}

CK_DISPATCH
void ck_layer_norm_gradient(const float *x, const float *scale, const float *statistics, const float *dy, float *dx,
                            float *d_scale, float *d_shift, size_t rows, size_t columns, int accumulate) {
    for (size_t r = 0; r < rows; r++, x += columns, dy += columns, dx = dx ? dx + columns : dx) {
        float mean = statistics[2 * r], rstd = statistics[2 * r + 1];
        for (size_t i = 0; i < columns; i++) {
            d_scale[i] += dy[i] * (x[i] - mean) * rstd;
            d_shift[i] += dy[i];
        }
        if (!dx) continue;
        float g, gx;
        CK_LANE_SUM(g, columns, dy[i] * scale[i]);
        CK_LANE_SUM(gx, columns, dy[i] * scale[i] * (x[i] - mean));
        g /= (float)columns;
        gx *= rstd * rstd / (float)columns;
        if (accumulate)
            for (size_t i = 0; i < columns; i++) dx[i] += rstd * (dy[i] * scale[i] - g - (x[i] - mean) * gx);
        else
            for (size_t i = 0; i < columns; i++) dx[i] = rstd * (dy[i] * scale[i] - g - (x[i] - mean) * gx);
    }
}

CK_DISPATCH
void ck_rms_norm(const float *x, const float *scale, float *y, float *statistics, size_t rows, size_t columns, float epsilon) {
    for (size_t r = 0; r < rows; r++, x += columns, y += columns) {
        float sum;
        CK_LANE_SUM(sum, columns, x[i] * x[i]);
        float rstd = 1.0f / sqrtf(sum / (float)columns + epsilon);
        for (size_t i = 0; i < columns; i++) y[i] = x[i] * rstd * scale[i];
        statistics[r] = rstd;
    }
}

CK_DISPATCH
void ck_rms_norm_gradient(const float *x, const float *scale, const float *statistics, const float *dy, float *dx, float *d_scale,
                          size_t rows, size_t columns, int accumulate) {
    for (size_t r = 0; r < rows; r++, x += columns, dy += columns, dx = dx ? dx + columns : dx) {
        float rstd = statistics[r];
        for (size_t i = 0; i < columns; i++) d_scale[i] += dy[i] * x[i] * rstd;
        if (!dx) continue;
        float gx;
        CK_LANE_SUM(gx, columns, dy[i] * scale[i] * x[i]);
        gx *= rstd * rstd / (float)columns;
        if (accumulate)
            for (size_t i = 0; i < columns; i++) dx[i] += rstd * (dy[i] * scale[i] - x[i] * gx);
        else
            for (size_t i = 0; i < columns; i++) dx[i] = rstd * (dy[i] * scale[i] - x[i] * gx);
    }
}

CK_DISPATCH
void ck_log_sum_exp(const float *x, float *y, size_t rows, size_t columns) {
    for (size_t r = 0; r < rows; r++, x += columns) {
        float top = row_largest(x, columns), sum;
        if (top == -INFINITY || top == INFINITY) {
            y[r] = top;
            for (size_t i = 0; i < columns; i++) y[r] = x[i] != x[i] ? x[i] : y[r];
            continue;
        }
        CK_LANE_SUM(sum, columns, exp_below(x[i] - top));
        y[r] = top + ck_log_of_sum(sum);
    }
}

CK_DISPATCH
void ck_token_gradient(const float *x, const float *sums, const int32_t *tokens, const float *dy, float *dx, size_t rows,
                       size_t columns, int accumulate) {
    for (size_t r = 0; r < rows; r++, x += columns, dx += columns) {
        float sum = sums[r], factor = -dy[r];
        if (accumulate)
            for (size_t i = 0; i < columns; i++) dx[i] += factor * exp_below(x[i] - sum);
        else
            for (size_t i = 0; i < columns; i++) dx[i] = factor * exp_below(x[i] - sum);
        if (tokens) dx[tokens[r]] += dy[r];
    }
}

CK_DISPATCH
void ck_softmax(const float *x, float *y, size_t rows, size_t columns) {
    for (size_t r = 0; r < rows; r++, x += columns, y += columns) {
        float top = row_largest(x, columns), sum;
        for (size_t i = 0; i < columns; i++) y[i] = exp_below(x[i] - top);
        CK_LANE_SUM(sum, columns, y[i]);
        float inverse = 1.0f / sum;
        for (size_t i = 0; i < columns; i++) y[i] *= inverse;
    }
}

CK_DISPATCH
void ck_softmax_gradient(const float *y, const float *dy, float *dx, size_t rows, size_t columns, int accumulate) {
    for (size_t r = 0; r < rows; r++, y += columns, dy += columns, dx += columns) {
        float dot;
        CK_LANE_SUM(dot, columns, y[i] * dy[i]);
        if (accumulate)
            for (size_t i = 0; i < columns; i++) dx[i] += y[i] * (dy[i] - dot);
        else
            for (size_t i = 0; i < columns; i++) dx[i] = y[i] * (dy[i] - dot);
    }
}

CK_DISPATCH
void ck_log_softmax(const float *x, float *y, size_t rows, size_t columns) {
    for (size_t r = 0; r < rows; r++, x += columns, y += columns) {
        float top = row_largest(x, columns), sum;
        CK_LANE_SUM(sum, columns, exp_below(x[i] - top));
        float total = ck_log_of_sum(sum);
        for (size_t i = 0; i < columns; i++) y[i] = x[i] - top - total;
    }
}

CK_DISPATCH
void ck_log_softmax_gradient(const float *y, const float *dy, float *dx, size_t rows, size_t columns, int accumulate) {
    for (size_t r = 0; r < rows; r++, y += columns, dy += columns, dx += columns) {
        float sum;
        CK_LANE_SUM(sum, columns, dy[i]);
        if (accumulate)
            for (size_t i = 0; i < columns; i++) dx[i] += dy[i] - exp_below(y[i]) * sum;
        else
            for (size_t i = 0; i < columns; i++) dx[i] = dy[i] - exp_below(y[i]) * sum;
    }
}

CK_DISPATCH
void ck_row_sum(const float *x, float *y, size_t rows, size_t columns) {
    for (size_t r = 0; r < rows; r++, x += columns) CK_LANE_SUM(y[r], columns, x[i]);
}

CK_DISPATCH
void ck_column_sum(const float *x, float *y, size_t rows, size_t columns) {
    for (size_t r = 0; r < rows; r++, x += columns)
        for (size_t i = 0; i < columns; i++) y[i] += x[i];
}

void ck_row_extreme(const float *x, float *y, int32_t *column, size_t rows, size_t columns, int sign) {
    for (size_t r = 0; r < rows; r++, x += columns) {
        size_t best = 0;
        for (size_t i = 1; i < columns; i++) {
            int better = sign > 0 ? x[i] > x[best] : x[i] < x[best];
            if (x[best] == x[best] && (better || x[i] != x[i])) best = i;
        }
        y[r] = x[best];
        column[r] = (int32_t)best;
    }
}

CK_DISPATCH
void ck_copy_columns(const float *from, size_t from_row, float *to, size_t to_row, size_t rows, size_t columns, int accumulate) {
    for (size_t r = 0; r < rows; r++, from += from_row, to += to_row) {
        if (accumulate)
            for (size_t i = 0; i < columns; i++) to[i] += from[i];
        else
            for (size_t i = 0; i < columns; i++) to[i] = from[i];
    }
}

size_t ck_flowing_rows(const float *x, size_t rows, size_t columns, size_t least, int32_t *numbers) {
    size_t count = 0;
    for (size_t r = 0; r < rows; r++, x += columns) {
        // A row that is not 0 mostly shows it in its first numbers.
        uint32_t bits = r < least;
        for (size_t i = 0; i < columns && !bits; i += LANES)
            for (size_t j = i; j < i + LANES && j < columns; j++) bits |= ck_to_bits(x[j]) & 0x7fffffffu;
        if (bits) numbers[count++] = (int32_t)r;
    }
    return count;
}

void ck_gather_rows(const float *x, const int32_t *index, float *y, size_t rows, size_t columns) {
    for (size_t r = 0; r < rows; r++) memcpy(y + r * columns, x + (size_t)index[r] * columns, columns * sizeof(float));
}

CK_DISPATCH
void ck_scatter_rows(const float *y, const int32_t *index, float *x, size_t rows, size_t columns) {
    for (size_t r = 0; r < rows; r++) {
        float *to = x + (size_t)index[r] * columns;
        for (size_t i = 0; i < columns; i++) to[i] += y[r * columns + i];
    }
}
