#include "include/ck_projection.h"
#include "include/ck_parallel.h"
#include "ck_math.h"

typedef float lanes __attribute__((vector_size(64), aligned(4)));
typedef uint32_t words __attribute__((vector_size(64), aligned(4)));
typedef int32_t integers __attribute__((vector_size(64), aligned(4)));
// What is stored may lie anywhere.
typedef float stored_lanes __attribute__((vector_size(64), aligned(1)));
typedef uint16_t halves __attribute__((vector_size(32), aligned(1)));
typedef uint8_t bytes __attribute__((vector_size(16), aligned(1)));
typedef int8_t signed_bytes __attribute__((vector_size(16), aligned(1)));

#define UNROLL _Pragma("clang loop unroll(full)")

// Rows of x that are worked on together, and outputs; numbers of a large block.
enum { LANES = 16, ROWS = 4, OUTPUTS = 4, LARGE = 256 };

#define CK_EACH_STORAGE(USE)                                                                                        \
    USE(single, CK_SINGLE) USE(half, CK_HALF) USE(brain, CK_BRAIN) USE(q4_0, CK_Q4_0) USE(q4_1, CK_Q4_1)            \
    USE(q5_0, CK_Q5_0) USE(q5_1, CK_Q5_1) USE(q8_0, CK_Q8_0) USE(q2_k, CK_Q2_K) USE(q3_k, CK_Q3_K)                  \
    USE(q4_k, CK_Q4_K) USE(q5_k, CK_Q5_K) USE(q6_k, CK_Q6_K)

// Always inlined, so that switches on the storage are on constants.
static inline __attribute__((always_inline)) size_t block_values(ck_storage storage) {
    switch (storage) {
    case CK_SINGLE: case CK_HALF: case CK_BRAIN: return 1;
    case CK_Q4_0: case CK_Q4_1: case CK_Q5_0: case CK_Q5_1: case CK_Q8_0: return 32;
    default: return LARGE;
    }
}

static inline __attribute__((always_inline)) size_t block_bytes(ck_storage storage) {
    switch (storage) {
    case CK_SINGLE: return 4;
    case CK_HALF: case CK_BRAIN: return 2;
    case CK_Q4_0: return 18;
    case CK_Q4_1: return 20;
    case CK_Q5_0: return 22;
    case CK_Q5_1: return 24;
    case CK_Q8_0: return 34;
    case CK_Q2_K: return 84;
    case CK_Q3_K: return 110;
    case CK_Q4_K: return 144;
    case CK_Q5_K: return 176;
    default: return 210;
    }
}

size_t ck_block_values(ck_storage storage) { return block_values(storage); }
size_t ck_block_bytes(ck_storage storage) { return block_bytes(storage); }

#if defined(__x86_64__)
#include <immintrin.h>
typedef _Float16 binary16s __attribute__((vector_size(32), aligned(1)));
typedef uint32_t pairs __attribute__((vector_size(32), aligned(1)));
#define CK_HAS_HALF 1

// Without a least vector width the compiler would split every vector in two.
#define CK_LOOKS_UP 1
#define CK_AT(name) name##_v4
#define CK_TARGET __attribute__((target("arch=x86-64-v4"), min_vector_width(512)))
#include "ck_stored_rows.h"
#undef CK_AT
#undef CK_TARGET

#undef CK_LOOKS_UP

#define CK_LOOKS_UP 0
#define CK_AT(name) name##_v3
#define CK_TARGET __attribute__((target("arch=x86-64-v3")))
#include "ck_stored_rows.h"
#undef CK_AT
#undef CK_TARGET
#undef CK_LOOKS_UP
#undef CK_HAS_HALF
#endif

#define CK_HAS_HALF 0
#define CK_LOOKS_UP 0
#define CK_AT(name) name##_plain
#define CK_TARGET
#include "ck_stored_rows.h"

#if defined(__x86_64__)
#define CK_CALL(name, ...)                                                                                          \
    do {                                                                                                            \
        if (level >= 3) name##_v4(__VA_ARGS__);                                                                     \
        else if (level == 2) name##_v3(__VA_ARGS__);                                                                \
        else name##_plain(__VA_ARGS__);                                                                             \
    } while (0)
#else
#define CK_CALL(name, ...) ((void)level, name##_plain(__VA_ARGS__))
#endif

void ck_project_rows_at(int32_t level, const float *x, size_t rows, const void *w, ck_storage storage, float *y, size_t y_row,
                        size_t inputs, size_t outputs) {
    CK_CALL(project_any, x, rows, w, storage, y, y_row, inputs, outputs);
}

void ck_project_rows(const float *x, size_t rows, const void *w, ck_storage storage, float *y, size_t y_row, size_t inputs,
                     size_t outputs) {
    ck_project_rows_at(ck_vector_level(), x, rows, w, storage, y, y_row, inputs, outputs);
}

void ck_widen_at(int32_t level, const void *x, ck_storage storage, float *y, size_t n) { CK_CALL(widen_any, x, storage, y, n); }

void ck_widen(const void *x, ck_storage storage, float *y, size_t n) { ck_widen_at(ck_vector_level(), x, storage, y, n); }

// MARK: - Finite numbers

// A half float at a place of every block; its exponent has all bits where it is NaN or infinite.
static int units_are_finite(const uint8_t *x, size_t blocks, size_t size, size_t place) {
    for (size_t i = 0; i < blocks; i++)
        if ((x[i * size + place + 1] & 0x7c) == 0x7c) return 0;
    return 1;
}

CK_DISPATCH
static int halves_are_finite(const uint8_t *x, size_t n, uint16_t exponent) {
    uint16_t most = 0;
    for (size_t i = 0; i < n; i++) {
        uint16_t bits;
        memcpy(&bits, x + 2 * i, sizeof bits);
        most = (bits & exponent) > most ? bits & exponent : most;
    }
    return most < exponent;
}

CK_DISPATCH
static int singles_are_finite(const uint8_t *x, size_t n) {
    uint32_t most = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, x + 4 * i, sizeof bits);
        most = (bits & 0x7f800000u) > most ? bits & 0x7f800000u : most;
    }
    return most < 0x7f800000u;
}

int ck_stored_are_finite(const void *x, ck_storage storage, size_t n) {
    size_t size = block_bytes(storage), blocks = n / block_values(storage);
    switch (storage) {
    case CK_SINGLE: return singles_are_finite(x, n);
    case CK_HALF: return halves_are_finite(x, n, 0x7c00);
    case CK_BRAIN: return halves_are_finite(x, n, 0x7f80);
    case CK_Q4_0: case CK_Q5_0: case CK_Q8_0: return units_are_finite(x, blocks, size, 0);
    case CK_Q3_K: return units_are_finite(x, blocks, size, 108);
    case CK_Q6_K: return units_are_finite(x, blocks, size, 208);
    case CK_Q2_K: return units_are_finite(x, blocks, size, 80) && units_are_finite(x, blocks, size, 82);
    default: return units_are_finite(x, blocks, size, 0) && units_are_finite(x, blocks, size, 2);
    }
}
