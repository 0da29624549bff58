#ifndef SAFERL_CK_DOUBLE_H
#define SAFERL_CK_DOUBLE_H
#include <stddef.h>

/// y = tanh(x), within 3 units of the last place; NaN stays, and the sign of zero. y may be x.
void ck_tanh_of_doubles(const double *x, double *y, size_t n);

/// What a step of Adam in double precision needs beside the vectors: as `ck_adam_step`.
typedef struct {
    double rate, beta1, beta2, correction1, correction2, epsilon, decay, scale;
} ck_adam_step_of_doubles;

/// One step of Adam as `ck_adam` makes it, of w by gradient g and moments m and v; nothing is rounded less than once an operation,
/// so that it gives the same bits on every processor.
void ck_adam_of_doubles(double *w, const double *g, double *m, double *v, size_t n, const ck_adam_step_of_doubles *step);
#endif
