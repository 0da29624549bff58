#ifndef SAFERL_CK_RANDOM_H
#define SAFERL_CK_RANDOM_H
#include <stddef.h>
#include <stdint.h>

// Philox 4x32 with ten rounds (Salmon et al. 2011). `key` is the 64-bit key, `lane` the upper and `block` the lower
// 64 bits of the counter; each block gives four words. Results are equal on every machine: no fused multiply-add.

/// Writes `count` words, starting with the first word of `block`.
void ck_philox_words(uint64_t key, uint64_t lane, uint64_t block, uint32_t *words, size_t count);
/// Writes `count` numbers uniform in [0, 1), each a multiple of 2^-24; one word each.
void ck_philox_uniform(uint64_t key, uint64_t lane, uint64_t block, float *values, size_t count);
/// Writes `count` draws from N(0, 1) by Box-Muller; one word each, two for an odd last one.
void ck_philox_normal(uint64_t key, uint64_t lane, uint64_t block, float *values, size_t count);
/// Writes `count` factors: 0 with probability `rate`, else 1 / (1 - rate); one word each.
void ck_philox_keep(uint64_t key, uint64_t lane, uint64_t block, float *values, size_t count, float rate);
#endif
