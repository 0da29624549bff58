#include "include/ck_double.h"
#include "ck_math.h"

#define CK_EACH _Pragma("clang loop vectorize(assume_safety)")
#pragma clang diagnostic ignored "-Wpass-failed"

// With e = exp(2|x|) - 1 it is e / (e + 2). e is 2^k p + (2^k - 1), p = exp(r) - 1 by its series and 2|x| = k ln 2 + r, |r| at
// most ln 2 / 2: the 14th term is below 1e-17 of p. Beyond 22 the quotient is 1. Branch-free, so that it runs in vectors.
static inline double tanh_of(double x) {
    double a = fabs(x);
    a = a > 22.0 ? 22.0 : a; // NaN stays
    double u = 2.0 * a;
    double shifted = u * 1.4426950408889634 + 0x1.8p52; // rounds to the nearest integer, kept in the low bits
    double k = shifted - 0x1.8p52;
    double r = (u - k * 0x1.62e42fee00000p-1) - k * 0x1.a39ef35793c76p-33; // ln 2 in two parts, the first exact in products
    double p = 1.0 / 6227020800;
    p = p * r + 1.0 / 479001600;
    p = p * r + 1.0 / 39916800;
    p = p * r + 1.0 / 3628800;
    p = p * r + 1.0 / 362880;
    p = p * r + 1.0 / 40320;
    p = p * r + 1.0 / 5040;
    p = p * r + 1.0 / 720;
    p = p * r + 1.0 / 120;
    p = p * r + 1.0 / 24;
    p = p * r + 1.0 / 6;
    p = p * r + 0.5;
    p = p * r * r + r;
    uint64_t bits;
    memcpy(&bits, &shifted, 8);
    bits = (bits + 1023) << 52;
    double power;
    memcpy(&power, &bits, 8);
    double e = power * p + (power - 1.0);
    return copysign(e / (e + 2.0), x);
}

CK_DISPATCH void ck_tanh_of_doubles(const double *x, double *y, size_t n) {
    CK_EACH for (size_t i = 0; i < n; i++) y[i] = tanh_of(x[i]);
}

CK_DISPATCH void ck_adam_of_doubles(double *restrict w, const double *restrict g, double *restrict m, double *restrict v, size_t n,
                                    const ck_adam_step_of_doubles *step) {
// A product and a sum rounded together would be other bits where the processor can.
#pragma clang fp contract(off)
    double b1 = step->beta1, b2 = step->beta2, c2 = step->correction2, rate = step->rate * step->correction1;
    double epsilon = step->epsilon, decay = step->decay * step->rate, scale = step->scale;
    for (size_t i = 0; i < n; i++) {
        double gradient = scale * g[i];
        double first = b1 * m[i] + (1 - b1) * gradient;
        double second = b2 * v[i] + (1 - b2) * gradient * gradient;
        double change = rate * first / (sqrt(c2 * second) + epsilon);
        m[i] = first;
        v[i] = second;
        w[i] -= decay == 0 ? change : change + decay * w[i];
    }
}
