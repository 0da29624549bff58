#include "include/ck_optimizer.h"
#include "ck_math.h"
#include <math.h>

CK_DISPATCH
int ck_adam(float *restrict w, const float *restrict g, float *restrict m, float *restrict v, float *restrict target, size_t n,
             const ck_adam_step *step, float average) {
    float b1 = step->beta1, b2 = step->beta2, c1 = step->correction1, c2 = step->correction2;
    float rate = step->rate, epsilon = step->epsilon, decay = step->decay * rate, scale = step->scale;
    float rest = 1.0f - average;
    uint32_t poison = 0; // grows past the exponent of infinity for any gradient that is not finite
    for (size_t i = 0; i < n; i++) {
        uint32_t bits = ck_to_bits(g[i]) & 0x7fffffffu;
        poison = bits > poison ? bits : poison;
        float gradient = g[i] * scale;
        float first = b1 * m[i] + (1.0f - b1) * gradient;
        float second = b2 * v[i] + (1.0f - b2) * gradient * gradient;
        float weight = w[i] - rate * (first * c1) / (sqrtf(second * c2) + epsilon) - decay * w[i];
        m[i] = first;
        v[i] = second;
        w[i] = weight;
        if (target) target[i] = average * weight + rest * target[i];
    }
    return poison < 0x7f800000u;
}

CK_DISPATCH
void ck_polyak(const float *restrict w, float *restrict target, size_t n, float average) {
    float rest = 1.0f - average;
    for (size_t i = 0; i < n; i++) target[i] = average * w[i] + rest * target[i];
}
