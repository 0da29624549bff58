#ifndef SAFERL_CK_OPTIMIZER_H
#define SAFERL_CK_OPTIMIZER_H
#include <stddef.h>

/// What one Adam step needs beside the vectors.
typedef struct {
    float rate;         // learning rate
    float beta1, beta2; // decay of the moments
    float correction1;  // 1 / (1 - beta1^n)
    float correction2;  // 1 / (1 - beta2^n)
    float epsilon;      // added outside the square root
    float decay;        // decoupled weight decay, times the rate
    float scale;        // multiplies the gradient first (norm clipping)
} ck_adam_step;

/// One pass: moments, weights and, where `target` is not null, target = average w + (1 - average) target.
/// Returns 1 if every element of g was finite, else 0.
int ck_adam(float *w, const float *g, float *m, float *v, float *target, size_t n, const ck_adam_step *step, float average);
/// target = average w + (1 - average) target
void ck_polyak(const float *w, float *target, size_t n, float average);
#endif
