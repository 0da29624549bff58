#ifndef SAFERL_CK_PANELS_H
#define SAFERL_CK_PANELS_H
#include <stddef.h>

/// Matrix products for processors with 32 registers of 16 floats (`ck_vector_level()` 3); correct but slow on others.
///
/// Every element of a product is one running sum over k in rising order (in blocks of 256 rows for the transposed form), so
/// it does not depend on how rows and columns are shared out. All matrices are row-major; `ld…` are the floats from one row
/// to the next. A second factor is arranged once into panels of 32 columns, which all threads then read.

/// Columns in a panel.
enum { CK_PANEL = 32 };

/// Floats that the panels of a [k, n] matrix take.
size_t ck_panels_size(size_t k, size_t n);
/// Arranges panels first ..< last of B, of ceil(n / 32): panel p holds columns 32 p ..< 32 p + 32 of all rows, zeros beyond
/// n. B is [k, n], or [n, k] if transposed.
void ck_arrange_panels(const float *b, size_t ldb, int transposed, float *panels, size_t k, size_t n, size_t first, size_t last);
/// C (+)= A B for A [m, k] and B [k, n] in panels.
void ck_multiply_panels(const float *a, size_t lda, const float *panels, float *c, size_t ldc, size_t m, size_t n, size_t k,
                        int accumulate);
/// Floats of scratch memory that `ck_multiply_transposed` needs.
size_t ck_transposed_scratch(size_t n);
/// C (+)= Aᵀ B for A [k, m] and B [k, n].
void ck_multiply_transposed(const float *a, size_t lda, const float *b, size_t ldb, float *c, size_t ldc, size_t m, size_t n,
                            size_t k, int accumulate, float *scratch);
#endif
