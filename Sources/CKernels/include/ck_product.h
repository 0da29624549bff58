#ifndef SAFERL_CK_PRODUCT_H
#define SAFERL_CK_PRODUCT_H
#include <stddef.h>

/// C = A B for few rows: A is [m, k], B is [k, n], C is [m, n], all row-major without gaps, and n is a multiple of 32.
/// B is read in place, because arranging it first, as a library does, would take longer than so small a product.
void ck_small_product(const float *a, const float *b, float *c, size_t m, size_t n, size_t k);
#endif
