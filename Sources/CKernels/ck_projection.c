#include "include/ck_projection.h"
#include "ck_math.h"

typedef float lanes __attribute__((vector_size(64), aligned(4)));
typedef uint32_t words __attribute__((vector_size(64), aligned(4)));
typedef uint16_t halves __attribute__((vector_size(32), aligned(2)));

#define CK_INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")

// Rows of x that are worked on together, and outputs.
enum { LANES = 16, ROWS = 4, OUTPUTS = 4 };

// Vectors go by address: their size is no part of the platform's calling convention.

// The exponents of binary16 are 112 lower, subnormals included; those of infinity and NaN become the largest.
#define CK_WIDENED(bits, storage)                                                                                   \
    ((storage) == CK_BRAIN ? (lanes)((bits) << 16)                                                                  \
                           : (lanes)((words)((lanes)(((bits) & 0x7fff) << 13) * 0x1p112f)                           \
                                     | ((words)((((bits) & 0x7fff) << 13) >= (0x7c00u << 13)) & 0x7f800000u)        \
                                     | ((bits) & 0x8000) << 16))

CK_INLINE void load(const void *w, size_t i, ck_storage storage, lanes *result) {
    if (storage == CK_SINGLE) {
        *result = *(const lanes *)((const float *)w + i);
    } else {
        words bits = __builtin_convertvector(*(const halves *)((const uint16_t *)w + i), words);
        *result = CK_WIDENED(bits, storage);
    }
}

// The last n of a row, then zeros.
CK_INLINE void load_last(const void *w, size_t i, size_t n, ck_storage storage, lanes *result) {
    if (storage == CK_SINGLE) {
        *result = (lanes){0};
        for (size_t j = 0; j < n; j++) (*result)[j] = ((const float *)w)[i + j];
    } else {
        words bits = {0};
        for (size_t j = 0; j < n; j++) bits[j] = ((const uint16_t *)w)[i + j];
        *result = CK_WIDENED(bits, storage);
    }
}

CK_INLINE float folded(const lanes *v) {
    float part[LANES];
    *(lanes *)part = *v;
    UNROLL for (int width = LANES / 2; width > 0; width /= 2)
        UNROLL for (int j = 0; j < width; j++) part[j] += part[j + width];
    return part[0];
}

CK_INLINE const void *row_of(const void *w, size_t place, ck_storage storage) {
    return storage == CK_SINGLE ? (const void *)((const float *)w + place) : (const void *)((const uint16_t *)w + place);
}

CK_INLINE void tile(const int rows, const int outputs, ck_storage storage, const float *x, const void *w, float *y, size_t y_row,
                    size_t inputs) {
    lanes sums[ROWS][OUTPUTS];
    UNROLL for (int r = 0; r < rows; r++) UNROLL for (int o = 0; o < outputs; o++) sums[r][o] = (lanes){0};
    size_t i = 0;
    for (; i + LANES <= inputs; i += LANES) {
        lanes weights[OUTPUTS];
        UNROLL for (int o = 0; o < outputs; o++) load(row_of(w, (size_t)o * inputs, storage), i, storage, &weights[o]);
        UNROLL for (int r = 0; r < rows; r++) {
            lanes values = *(const lanes *)(x + (size_t)r * inputs + i);
            UNROLL for (int o = 0; o < outputs; o++) sums[r][o] += values * weights[o];
        }
    }
    if (i < inputs)
        for (int r = 0; r < rows; r++)
            for (int o = 0; o < outputs; o++) {
                lanes value, weight;
                load_last(x + (size_t)r * inputs, i, inputs - i, CK_SINGLE, &value);
                load_last(row_of(w, (size_t)o * inputs, storage), i, inputs - i, storage, &weight);
                sums[r][o] += value * weight;
            }
    UNROLL for (int r = 0; r < rows; r++)
        UNROLL for (int o = 0; o < outputs; o++) y[(size_t)r * y_row + (size_t)o] = folded(&sums[r][o]);
}

// All rows for `outputs` neighbouring outputs, whose weights stay near meanwhile.
CK_INLINE void all_rows(const int outputs, ck_storage storage, const float *x, size_t rows, const void *w, float *y, size_t y_row,
                        size_t inputs) {
    size_t r = 0;
    for (; r + 4 <= rows; r += 4) tile(4, outputs, storage, x + r * inputs, w, y + r * y_row, y_row, inputs);
    for (; r < rows; r++) tile(1, outputs, storage, x + r * inputs, w, y + r * y_row, y_row, inputs);
}

#define CK_PROJECT(NAME, STORAGE)                                                                                   \
    CK_DISPATCH static void NAME(const float *x, size_t rows, const void *w, float *y, size_t y_row, size_t inputs, size_t outputs) { \
        size_t o = 0;                                                                                               \
        for (; o + OUTPUTS <= outputs; o += OUTPUTS)                                                                \
            all_rows(OUTPUTS, STORAGE, x, rows, row_of(w, o * inputs, STORAGE), y + o, y_row, inputs);              \
        for (; o < outputs; o++) all_rows(1, STORAGE, x, rows, row_of(w, o * inputs, STORAGE), y + o, y_row, inputs); \
    }
CK_PROJECT(project_single, CK_SINGLE)
CK_PROJECT(project_brain, CK_BRAIN)
CK_PROJECT(project_half, CK_HALF)

void ck_project_rows(const float *x, size_t rows, const void *w, ck_storage storage, float *y, size_t y_row, size_t inputs,
                     size_t outputs) {
    switch (storage) {
    case CK_SINGLE: project_single(x, rows, w, y, y_row, inputs, outputs); break;
    case CK_BRAIN: project_brain(x, rows, w, y, y_row, inputs, outputs); break;
    case CK_HALF: project_half(x, rows, w, y, y_row, inputs, outputs); break;
    }
}

#define CK_WIDEN(NAME, STORAGE)                                                                                     \
    CK_DISPATCH static void NAME(const uint16_t *x, float *y, size_t n) {                                           \
        size_t i = 0;                                                                                               \
        for (; i + LANES <= n; i += LANES) load(x, i, STORAGE, (lanes *)(y + i));                                   \
        if (i == n) return;                                                                                         \
        lanes rest;                                                                                                 \
        load_last(x, i, n - i, STORAGE, &rest);                                                                     \
        for (size_t j = 0; i + j < n; j++) y[i + j] = rest[j];                                                      \
    }
CK_WIDEN(widen_brain, CK_BRAIN)
CK_WIDEN(widen_half, CK_HALF)

void ck_widen(const uint16_t *x, ck_storage storage, float *y, size_t n) {
    if (storage == CK_BRAIN) widen_brain(x, y, n);
    else widen_half(x, y, n);
}
