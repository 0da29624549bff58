#ifndef SAFERL_CK_BF16_H
#define SAFERL_CK_BF16_H
#include <stddef.h>

/// Products of numbers rounded to bf16, the upper half of a float, with sums in single precision. Operands and results are
/// floats; only the products' factors are rounded, to nearest with ties to even, subnormals to 0.
///
/// Every element is one running sum over pairs of k in rising order, that goes on from what C holds where it is added to: of a pair
/// first the odd product is added, then the even one, each with one rounding, and subnormal sums become 0. That is what
/// VDPBF16PS does. The functions but the first and the last need a processor for which the first says so.

/// Whether the processor has AVX-512 with products of bf16 pairs.
int ck_has_bf16(void);
/// Arranges panels as `ck_arrange_panels` does: CK_PANEL columns, of each the pairs of k, in no more memory than there.
void ck_bf16_arrange(const float *b, size_t ldb, int transposed, float *panels, size_t k, size_t n, size_t first, size_t last);
/// As `ck_multiply_panels`, with panels from `ck_bf16_arrange`.
void ck_bf16_multiply(const float *a, size_t lda, const float *panels, float *c, size_t ldc, size_t m, size_t n, size_t k,
                      int accumulate);
/// As `ck_multiply_transposed`; scratch memory of `ck_transposed_scratch(n)` floats.
void ck_bf16_multiply_transposed(const float *a, size_t lda, const float *b, size_t ldb, float *c, size_t ldc, size_t m, size_t n,
                                 size_t k, int accumulate, float *scratch);
/// C (+)= op(A) op(B), element by element, on any processor: the same bits, a hundred times slower. A is [m, k], or [k, m] if
/// transposed, B [k, n] or [n, k].
void ck_bf16_reference(const float *a, size_t lda, int a_transposed, const float *b, size_t ldb, int b_transposed, float *c,
                       size_t ldc, size_t m, size_t n, size_t k, int accumulate);
#endif
