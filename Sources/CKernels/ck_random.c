// Before the functions of ck_math.h, so that they too are compiled without fused multiply-add here.
#pragma STDC FP_CONTRACT OFF

#include "include/ck_random.h"
#include "ck_math.h"
#include <math.h>

// Blocks computed side by side, so that the rounds vectorise.
enum { LANES = 16, WORDS = 4 * LANES };

CK_DISPATCH
static void philox_group(uint64_t key, uint64_t lane, uint64_t block, uint32_t *out) {
    uint32_t a[LANES], b[LANES], c[LANES], d[LANES];
    for (int i = 0; i < LANES; i++) {
        uint64_t counter = block + (uint64_t)i;
        a[i] = (uint32_t)counter;
        b[i] = (uint32_t)(counter >> 32);
        c[i] = (uint32_t)lane;
        d[i] = (uint32_t)(lane >> 32);
    }
    uint32_t k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);
    for (int round = 0; round < 10; round++) {
        for (int i = 0; i < LANES; i++) {
            uint64_t p = (uint64_t)a[i] * 0xD2511F53u;
            uint64_t q = (uint64_t)c[i] * 0xCD9E8D57u;
            uint32_t na = (uint32_t)(q >> 32) ^ b[i] ^ k0;
            uint32_t nc = (uint32_t)(p >> 32) ^ d[i] ^ k1;
            b[i] = (uint32_t)q;
            d[i] = (uint32_t)p;
            a[i] = na;
            c[i] = nc;
        }
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    for (int i = 0; i < LANES; i++) {
        out[4 * i] = a[i];
        out[4 * i + 1] = b[i];
        out[4 * i + 2] = c[i];
        out[4 * i + 3] = d[i];
    }
}

void ck_philox_words(uint64_t key, uint64_t lane, uint64_t block, uint32_t *words, size_t count) {
    uint32_t group[WORDS];
    for (size_t done = 0; done < count; done += WORDS, block += LANES) {
        philox_group(key, lane, block, group);
        size_t rest = count - done < WORDS ? count - done : WORDS;
        memcpy(words + done, group, rest * 4);
    }
}

CK_DISPATCH
static void uniform_group(const uint32_t *words, float *values) {
    for (int i = 0; i < WORDS; i++) values[i] = (float)(int32_t)(words[i] >> 8) * 0x1p-24f;
}

void ck_philox_uniform(uint64_t key, uint64_t lane, uint64_t block, float *values, size_t count) {
    uint32_t words[WORDS];
    float group[WORDS];
    for (size_t done = 0; done < count; done += WORDS, block += LANES) {
        philox_group(key, lane, block, words);
        uniform_group(words, group);
        memcpy(values + done, group, (count - done < WORDS ? count - done : WORDS) * 4);
    }
}

CK_DISPATCH
static void normal_group(const uint32_t *words, float *values) {
    for (int i = 0; i < WORDS / 2; i++) {
        float u = ((float)(int32_t)(words[2 * i] >> 8) + 1.0f) * 0x1p-24f; // (0, 1]
        float turn = (float)(int32_t)(words[2 * i + 1] >> 8) * 0x1p-24f;
        float radius = sqrtf(-2.0f * ck_log_positive(u));
        float sine, cosine;
        ck_sincos_turns(turn, &sine, &cosine);
        values[2 * i] = radius * cosine;
        values[2 * i + 1] = radius * sine;
    }
}

void ck_philox_normal(uint64_t key, uint64_t lane, uint64_t block, float *values, size_t count) {
    uint32_t words[WORDS];
    float group[WORDS];
    for (size_t done = 0; done < count; done += WORDS, block += LANES) {
        philox_group(key, lane, block, words);
        normal_group(words, group);
        memcpy(values + done, group, (count - done < WORDS ? count - done : WORDS) * 4);
    }
}

void ck_philox_keep(uint64_t key, uint64_t lane, uint64_t block, float *values, size_t count, float rate) {
    uint32_t words[WORDS];
    uint32_t limit = (uint32_t)((double)rate * 4294967296.0);
    float kept = 1.0f / (1.0f - rate);
    for (size_t done = 0; done < count; done += WORDS, block += LANES) {
        philox_group(key, lane, block, words);
        size_t rest = count - done < WORDS ? count - done : WORDS;
        for (size_t i = 0; i < rest; i++) values[done + i] = words[i] < limit ? 0.0f : kept;
    }
}
