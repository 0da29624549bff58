#ifndef SAFERL_CK_MATH_H
#define SAFERL_CK_MATH_H
// Branch-free single-precision functions that vectorise inside a loop. Private to CKernels.
#include <math.h>
#include <stdint.h>
#include <string.h>

#if defined(__x86_64__)
#define CK_DISPATCH __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define CK_DISPATCH
#endif

static inline float ck_from_bits(uint32_t bits) {
    float value;
    memcpy(&value, &bits, 4);
    return value;
}

static inline uint32_t ck_to_bits(float value) {
    uint32_t bits;
    memcpy(&bits, &value, 4);
    return bits;
}

/// e^x for x clamped to [-87, 88]; relative error below 2e-7 there. NaN gives NaN.
static inline float ck_exp_clamped(float x) {
    x = x < -87.0f ? -87.0f : x;
    x = x > 88.0f ? 88.0f : x;
    float shifted = x * 1.44269504f + 12582912.0f; // 1.5 * 2^23: rounds to the nearest integer, kept in the low bits
    float n = shifted - 12582912.0f;
    float r = (x - n * 0.693359375f) + n * 2.12194440e-4f; // ln 2 in two parts
    float p = 1.0f / 5040;
    p = p * r + 1.0f / 720;
    p = p * r + 1.0f / 120;
    p = p * r + 1.0f / 24;
    p = p * r + 1.0f / 6;
    p = p * r + 0.5f;
    p = p * r * r + r + 1.0f;
    return p * ck_from_bits((ck_to_bits(shifted) - 0x4b400000u + 127u) << 23);
}

/// ln x for normal positive x; relative error below 3e-7. NaN gives a finite number: callers add NaN back.
static inline float ck_log_positive(float x) {
    uint32_t bits = ck_to_bits(x);
    uint32_t shifted = bits - 0x3f3504f3u; // sqrt(1/2): mantissas go to [sqrt(1/2), sqrt(2))
    int32_t exponent = (int32_t)shifted >> 23;
    float m = ck_from_bits((shifted & 0x007fffffu) + 0x3f3504f3u);
    float t = (m - 1.0f) / (m + 1.0f);
    float s = t * t;
    float p = 2.0f / 11;
    p = p * s + 2.0f / 9;
    p = p * s + 2.0f / 7;
    p = p * s + 2.0f / 5;
    p = p * s + 2.0f / 3;
    p = p * s * t + 2.0f * t;
    float e = (float)exponent;
    return e * 0.693359375f + (p - e * 2.12194440e-4f);
}

/// ln of a sum of exponentials; NaN gives NaN.
static inline float ck_log_of_sum(float sum) { return sum == sum ? ck_log_positive(sum) : sum; }

/// sin and cos of 2*pi*turn for |turn| < 2^20; absolute error below 2e-7 for |turn| <= 1.
static inline void ck_sincos_turns(float turn, float *sine, float *cosine) {
    float shifted = turn * 4.0f + 12582912.0f;
    float quarter = shifted - 12582912.0f;
    uint32_t q = ck_to_bits(shifted);
    float r = (turn - quarter * 0.25f) * 6.28318531f;
    float s = r * r;
    float a = 1.0f / 362880;
    a = a * s - 1.0f / 5040;
    a = a * s + 1.0f / 120;
    a = a * s - 1.0f / 6;
    a = a * s * r + r;
    float b = -1.0f / 3628800;
    b = b * s + 1.0f / 40320;
    b = b * s - 1.0f / 720;
    b = b * s + 1.0f / 24;
    b = b * s - 0.5f;
    b = b * s + 1.0f;
    float sn = (q & 1) ? b : a;
    float cs = (q & 1) ? a : b;
    *sine = (q & 2) ? -sn : sn;
    *cosine = ((q + 1) & 2) ? -cs : cs;
}

// e^x, and 0 where that is below what is stored.
static inline float exp_below(float x) { return x < -87.0f ? 0.0f : ck_exp_clamped(x); }

// NaN is left out: it comes back with the sum.
static inline __attribute__((always_inline)) float row_largest(const float *x, size_t n) {
    enum { WIDTH = 16 };
    float lanes[WIDTH], best = -INFINITY;
    size_t base = 0;
    for (size_t j = 0; j < WIDTH; j++) lanes[j] = -INFINITY;
    for (; base + WIDTH <= n; base += WIDTH)
        for (size_t j = 0; j < WIDTH; j++) lanes[j] = x[base + j] > lanes[j] ? x[base + j] : lanes[j];
    for (size_t i = base; i < n; i++) lanes[i - base] = x[i] > lanes[i - base] ? x[i] : lanes[i - base];
    for (size_t j = 0; j < WIDTH; j++) best = lanes[j] > best ? lanes[j] : best;
    return best;
}

#endif
