#ifndef SAFERL_CK_DOUBLE_H
#define SAFERL_CK_DOUBLE_H
#include <stddef.h>

/// y = tanh(x), within 3 units of the last place; NaN stays, and the sign of zero. y may be x.
void ck_tanh_of_doubles(const double *x, double *y, size_t n);
#endif
