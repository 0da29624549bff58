#ifndef SAFERL_CK_NARROW_PANELS_H
#define SAFERL_CK_NARROW_PANELS_H
#include <stddef.h>

/// The products of ck_panels.h for processors with 16 registers of 8 floats (`ck_vector_level()` 2): tiles of 6 rows and 16
/// columns. They may be called at level 3 too, and nowhere else; other processors have the plain forms of the library.
///
/// A panel has CK_PANEL columns and as many floats as there, its two halves behind each other, so that panels are numbered and
/// shared out alike. Every element is one running sum over k in rising order (in blocks of 256 rows for the transposed form).

/// As `ck_arrange_panels`.
void ck_narrow_arrange(const float *b, size_t ldb, int transposed, float *panels, size_t k, size_t n, size_t first, size_t last);
/// As `ck_multiply_panels`, with panels from `ck_narrow_arrange`.
void ck_narrow_multiply(const float *a, size_t lda, const float *panels, float *c, size_t ldc, size_t m, size_t n, size_t k,
                        int accumulate);
/// As `ck_multiply_transposed`; scratch memory of `ck_transposed_scratch(n)` floats.
void ck_narrow_multiply_transposed(const float *a, size_t lda, const float *b, size_t ldb, float *c, size_t ldc, size_t m,
                                   size_t n, size_t k, int accumulate, float *scratch);
/// C = A B for few rows, without gaps: B is read in place or in small pieces. Elements are those of `ck_narrow_multiply`.
void ck_narrow_small_product(const float *a, const float *b, float *c, size_t m, size_t n, size_t k);
#endif
