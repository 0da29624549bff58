#ifndef SAFERL_CK_PROJECTION_H
#define SAFERL_CK_PROJECTION_H
#include <stddef.h>
#include <stdint.h>

// Products with weights that are stored row by row for each output: in 32 or 16 bits, or in blocks of GGUF files. Every result
// is a sum over 16 interleaved lanes in a fixed order, whatever the number of rows and outputs, and the same as that of the
// weights widened to 32 bits.

/// How numbers are stored; block types have the numbers of the GGUF format.
typedef enum {
    CK_SINGLE = 0, // IEEE binary32
    CK_HALF = 1,   // IEEE binary16
    CK_BRAIN = 30, // the upper half of binary32
    // Blocks of 32 numbers: of 4, 5 and 8 bits times a scale, plus a least value where the name ends in 1.
    CK_Q4_0 = 2,
    CK_Q4_1 = 3,
    CK_Q5_0 = 6,
    CK_Q5_1 = 7,
    CK_Q8_0 = 8,
    // Blocks of 256 numbers of 2 to 6 bits, whose groups have scales of their own.
    CK_Q2_K = 10,
    CK_Q3_K = 11,
    CK_Q4_K = 12,
    CK_Q5_K = 13,
    CK_Q6_K = 14
} ck_storage;

/// Numbers of a block.
size_t ck_block_values(ck_storage storage);
/// Bytes of a block.
size_t ck_block_bytes(ck_storage storage);

/// y = x Wᵀ for few rows: x is [rows, inputs] and W [outputs, inputs] without gaps, a row of W whole blocks; rows of y are
/// `y_row` floats apart. W is read once, and not arranged.
void ck_project_rows(const float *x, size_t rows, const void *w, ck_storage storage, float *y, size_t y_row, size_t inputs,
                     size_t outputs);
/// The same by instructions of a level (see `ck_vector_level`) that is not above this machine's.
void ck_project_rows_at(int32_t level, const float *x, size_t rows, const void *w, ck_storage storage, float *y, size_t y_row,
                        size_t inputs, size_t outputs);
/// y = x, exactly; x holds n numbers in whole blocks.
void ck_widen(const void *x, ck_storage storage, float *y, size_t n);
/// The same by instructions of a level that is not above this machine's.
void ck_widen_at(int32_t level, const void *x, ck_storage storage, float *y, size_t n);
/// Whether none of n numbers in whole blocks is NaN or infinite: whether none of their units is.
int ck_stored_are_finite(const void *x, ck_storage storage, size_t n);
#endif
