#ifndef SAFERL_CK_PROJECTION_H
#define SAFERL_CK_PROJECTION_H
#include <stddef.h>
#include <stdint.h>

// Products with weights that are stored row by row for each output, in 32 or 16 bits. Every result is a sum over 16
// interleaved lanes in a fixed order, whatever the number of rows and outputs.

/// How numbers are stored.
typedef enum {
    CK_SINGLE, // IEEE binary32
    CK_BRAIN,  // the upper half of binary32
    CK_HALF    // IEEE binary16
} ck_storage;

/// y = x Wᵀ for few rows: x is [rows, inputs] and W [outputs, inputs] without gaps, rows of y are `y_row` floats apart. W is
/// read once, and not arranged.
void ck_project_rows(const float *x, size_t rows, const void *w, ck_storage storage, float *y, size_t y_row, size_t inputs,
                     size_t outputs);
/// y = x, exactly; x holds 16-bit numbers.
void ck_widen(const uint16_t *x, ck_storage storage, float *y, size_t n);
#endif
