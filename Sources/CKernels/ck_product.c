#include "include/ck_product.h"
#include "ck_math.h"

typedef float lanes __attribute__((vector_size(64), aligned(4)));

enum { TILE = 8 };

// One tile of ROWS rows and 32 columns: the sums stay in registers while k runs.
#define CK_TILE(ROWS)                                                                                               \
    static inline __attribute__((always_inline)) void tile_##ROWS(const float *a, const float *b, float *c, size_t n, size_t k) { \
        lanes left[ROWS], right[ROWS];                                                                              \
        for (int r = 0; r < ROWS; r++) left[r] = right[r] = (lanes){0};                                             \
        for (size_t i = 0; i < k; i++) {                                                                            \
            lanes p = *(const lanes *)(b + i * n), q = *(const lanes *)(b + i * n + 16);                            \
            _Pragma("clang loop unroll(full)") for (int r = 0; r < ROWS; r++) {                                     \
                float factor = a[(size_t)r * k + i];                                                                \
                left[r] += factor * p;                                                                              \
                right[r] += factor * q;                                                                             \
            }                                                                                                       \
        }                                                                                                           \
        for (int r = 0; r < ROWS; r++) {                                                                            \
            *(lanes *)(c + (size_t)r * n) = left[r];                                                                \
            *(lanes *)(c + (size_t)r * n + 16) = right[r];                                                          \
        }                                                                                                           \
    }
CK_TILE(1)
CK_TILE(2)
CK_TILE(4)
CK_TILE(8)

CK_DISPATCH
void ck_small_product(const float *a, const float *b, float *c, size_t m, size_t n, size_t k) {
    for (size_t column = 0; column < n; column += 32) {
        size_t row = 0;
        for (; row + TILE <= m; row += TILE) tile_8(a + row * k, b + column, c + row * n + column, n, k);
        if (m - row >= 4) { tile_4(a + row * k, b + column, c + row * n + column, n, k); row += 4; }
        if (m - row >= 2) { tile_2(a + row * k, b + column, c + row * n + column, n, k); row += 2; }
        if (m - row >= 1) tile_1(a + row * k, b + column, c + row * n + column, n, k);
    }
}
