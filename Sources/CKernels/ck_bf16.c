#include "include/ck_bf16.h"
#include "include/ck_panels.h"
#include "include/ck_parallel.h"
#include "ck_math.h"
#include <math.h>

static inline size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

// MARK: - Any processor

static inline float without_subnormal(float x) { return fabsf(x) < 0x1p-126f ? copysignf(0, x) : x; }

static inline float rounded(float x) {
    uint32_t bits = ck_to_bits(without_subnormal(x));
    if (x != x) return ck_from_bits((bits | 0x400000u) & 0xffff0000u);
    return ck_from_bits((bits + 0x7fffu + (bits >> 16 & 1)) & 0xffff0000u);
}

void ck_bf16_reference(const float *a, size_t lda, int a_transposed, const float *b, size_t ldb, int b_transposed, float *c,
                       size_t ldc, size_t m, size_t n, size_t k, int accumulate) {
    size_t a_row = a_transposed ? 1 : lda, a_step = a_transposed ? lda : 1;
    size_t b_column = b_transposed ? ldb : 1, b_step = b_transposed ? 1 : ldb;
    for (size_t row = 0; row < m; row++)
        for (size_t column = 0; column < n; column++) {
            float *to = c + row * ldc + column, sum = accumulate ? *to : 0;
            const float *x = a + row * a_row, *y = b + column * b_column;
            for (size_t i = 0; i < k; i += 2) {
                // A k that is odd ends with a pair whose second product is 0.
                float odd = i + 1 < k ? rounded(x[(i + 1) * a_step]) : 0, other = i + 1 < k ? rounded(y[(i + 1) * b_step]) : 0;
                sum = without_subnormal(fmaf(odd, other, without_subnormal(sum)));
                sum = without_subnormal(fmaf(rounded(x[i * a_step]), rounded(y[i * b_step]), sum));
            }
            *to = sum;
        }
}

#if defined(__x86_64__)
#include <immintrin.h>

int ck_has_bf16(void) { return ck_vector_level() == 3 && __builtin_cpu_supports("avx512bf16"); }

// A tile has 14 rows and 32 columns, as in ck_panels.c; where that has a float, this one has a pair of k.
#define CK_WIDE __attribute__((target("arch=x86-64-v4,avx512bf16"), min_vector_width(512)))
#define CK_TILE static inline CK_WIDE __attribute__((always_inline)) void
#define UNROLL _Pragma("clang loop unroll(full)")

typedef uint32_t pairs __attribute__((vector_size(64), aligned(4)));

// DEEP pairs at a time, and of rows of A at most NEAR pairs, stay in the second cache; rows are kept apart by a line more, so that
// they do not push each other out of the first.
enum { PANEL = CK_PANEL, HALF = PANEL / 2, TALL = 14, DEEP = 512, BLOCK = 256, NEAR = 1 << 16 };

// MARK: - Rounding and arranging

// 32 floats that lie together, of which the first `count` are read, as 16 pairs.
CK_TILE round_row(const float *x, size_t count, uint32_t *to) {
    __mmask16 low = (__mmask16)((1u << smaller(count, HALF)) - 1);
    __mmask16 high = (__mmask16)((1u << (count > HALF ? smaller(count - HALF, HALF) : 0)) - 1);
    __m512 first = _mm512_maskz_loadu_ps(low, x), second = _mm512_maskz_loadu_ps(high, x + HALF);
    *(pairs *)to = (pairs)_mm512_cvtne2ps_pbh(second, first);
}

// Columns of two rows, or of one where there is no other, as pairs.
CK_TILE round_two(const float *even, const float *odd, __mmask16 columns, pairs *to) {
    __m512 x = _mm512_maskz_loadu_ps(columns, even);
    __m512 y = odd ? _mm512_maskz_loadu_ps(columns, odd) : _mm512_setzero_ps();
    pairs low = (pairs)_mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh(x));
    pairs high = (pairs)_mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh(y));
    *to = low | high << 16;
}

static inline __mmask16 mask_of(size_t columns) { return (__mmask16)((1u << smaller(columns, HALF)) - 1); }

CK_WIDE static void arrange_rows(const float *b, size_t ldb, uint32_t *panels, size_t k, size_t n) {
    size_t depth = (k + 1) / 2;
    for (size_t i = 0; i < depth; i++, b += 2 * ldb) {
        const float *odd = 2 * i + 1 < k ? b + ldb : 0;
        uint32_t *to = panels + i * PANEL;
        for (size_t j = 0; j < n; j += PANEL, to += depth * PANEL)
            for (size_t half = 0; half < PANEL; half += HALF) {
                if (j + half >= n) {
                    *(pairs *)(to + half) = (pairs){0};
                    continue;
                }
                __builtin_prefetch(b + 8 * ldb + j + half);
                __builtin_prefetch(b + 9 * ldb + j + half);
                round_two(b + j + half, odd ? odd + j + half : 0, mask_of(n - j - half), (pairs *)(to + half));
            }
    }
}

// Swaps the off-diagonal blocks of size S in every pair of rows that are S apart.
#define CK_SWAP(S, U0, U1, U2, U3, U4, U5, U6, U7, U8, U9, U10, U11, U12, U13, U14, U15)                            \
    UNROLL for (int r = 0; r < HALF; r++) if (!(r & S)) {                                                           \
        pairs upper = v[r], lower = v[r + S];                                                                       \
        v[r] = __builtin_shufflevector(upper, lower, U0, U1, U2, U3, U4, U5, U6, U7, U8, U9, U10, U11, U12, U13, U14, U15); \
        v[r + S] = __builtin_shufflevector(upper, lower, U0 + S, U1 + S, U2 + S, U3 + S, U4 + S, U5 + S, U6 + S, U7 + S,  \
                                           U8 + S, U9 + S, U10 + S, U11 + S, U12 + S, U13 + S, U14 + S, U15 + S);   \
    }

// The pairs of 32 of k in 16 columns, of which each is a row of B; 16 rows of half a panel, `here` of which there is memory for.
CK_WIDE static void transpose_block(const float *b, size_t ldb, size_t columns, size_t count, uint32_t *to, size_t here) {
    pairs v[HALF];
    for (size_t r = 0; r < HALF; r++) {
        v[r] = (pairs){0};
        if (r < columns) round_row(b + r * ldb, count, (uint32_t *)&v[r]);
    }
    CK_SWAP(8, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23)
    CK_SWAP(4, 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27)
    CK_SWAP(2, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29)
    CK_SWAP(1, 0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30)
    for (size_t r = 0; r < here; r++) *(pairs *)(to + r * PANEL) = v[r];
}

void ck_bf16_arrange(const float *b, size_t ldb, int transposed, float *panels, size_t k, size_t n, size_t first, size_t last) {
    size_t end = smaller(last * PANEL, n), start = smaller(first * PANEL, end), depth = (k + 1) / 2;
    uint32_t *to = (uint32_t *)panels + start * depth;
    if (!transposed) {
        arrange_rows(b + start, ldb, to, k, end - start);
        return;
    }
    for (size_t j = start; j < end; j += PANEL, to += depth * PANEL)
        for (size_t half = 0; half < PANEL; half += HALF)
            for (size_t i = 0; i < depth; i += HALF) {
                size_t columns = j + half < end ? smaller(end - j - half, HALF) : 0;
                transpose_block(b + (j + half) * ldb + 2 * i, ldb, columns, smaller(k - 2 * i, PANEL), to + i * PANEL + half,
                                smaller(depth - i, HALF));
            }
}

// MARK: - Tiles

// Rows of pairs of A, `row` apart from one row and `step` from one pair to the next.
CK_TILE pair_tile(const int rows, const uint32_t *a, size_t row, size_t step, const uint32_t *b, float *c, size_t ldc, size_t depth,
                  int accumulate) {
    __m512 left[TALL], right[TALL];
    UNROLL for (int r = 0; r < rows; r++) {
        left[r] = accumulate ? _mm512_loadu_ps(c + (size_t)r * ldc) : _mm512_setzero_ps();
        right[r] = accumulate ? _mm512_loadu_ps(c + (size_t)r * ldc + HALF) : _mm512_setzero_ps();
        if (!accumulate) {
            __builtin_prefetch(c + (size_t)r * ldc, 1);
            __builtin_prefetch(c + (size_t)r * ldc + HALF, 1);
        }
    }
    const uint32_t *a0 = a, *a3 = a + 3 * row, *a6 = a + 6 * row, *a9 = a + 9 * row, *a12 = a + 12 * row;
    for (size_t i = 0; i < depth; i++, b += PANEL) {
        __asm__("" : "+r"(a0), "+r"(a3), "+r"(a6), "+r"(a9), "+r"(a12));
        __builtin_prefetch(b + 16 * PANEL);
        __builtin_prefetch(b + 16 * PANEL + HALF);
        __m512bh p = (__m512bh)_mm512_loadu_si512(b), q = (__m512bh)_mm512_loadu_si512(b + HALF);
        UNROLL for (int r = 0; r < rows; r++) {
            const uint32_t *near = r < 3 ? a0 : r < 6 ? a3 : r < 9 ? a6 : r < 12 ? a9 : a12;
            __m512bh factor = (__m512bh)_mm512_set1_epi32((int)near[(size_t)(r % 3) * row]);
            left[r] = _mm512_dpbf16_ps(left[r], factor, p);
            right[r] = _mm512_dpbf16_ps(right[r], factor, q);
        }
        a0 += step, a3 += step, a6 += step, a9 += step, a12 += step;
    }
    UNROLL for (int r = 0; r < rows; r++) {
        _mm512_storeu_ps(c + (size_t)r * ldc, left[r]);
        _mm512_storeu_ps(c + (size_t)r * ldc + HALF, right[r]);
    }
}

typedef void (*tile)(const uint32_t *, size_t, const uint32_t *, float *, size_t, size_t, int);

// Rows of A lie together, or columns do.
#define CK_HEIGHT(ROWS)                                                                                             \
    CK_WIDE static void rows_##ROWS(const uint32_t *a, size_t row, const uint32_t *b, float *c, size_t ldc, size_t depth, \
                                    int accumulate) {                                                               \
        pair_tile(ROWS, a, row, 1, b, c, ldc, depth, accumulate);                                                   \
    }                                                                                                               \
    CK_WIDE static void columns_##ROWS(const uint32_t *a, size_t step, const uint32_t *b, float *c, size_t ldc, size_t depth, \
                                       int accumulate) {                                                            \
        pair_tile(ROWS, a, 1, step, b, c, ldc, depth, accumulate);                                                  \
    }
CK_HEIGHT(1) CK_HEIGHT(2) CK_HEIGHT(3) CK_HEIGHT(4) CK_HEIGHT(5) CK_HEIGHT(6) CK_HEIGHT(7)
CK_HEIGHT(8) CK_HEIGHT(9) CK_HEIGHT(10) CK_HEIGHT(11) CK_HEIGHT(12) CK_HEIGHT(13) CK_HEIGHT(14)
#define CK_HEIGHTS(KIND)                                                                                            \
    static const tile KIND##_tiles[TALL + 1] = {0,         KIND##_1, KIND##_2,  KIND##_3,  KIND##_4,  KIND##_5,  KIND##_6, KIND##_7, \
                                                KIND##_8, KIND##_9, KIND##_10, KIND##_11, KIND##_12, KIND##_13, KIND##_14};
CK_HEIGHTS(rows)
CK_HEIGHTS(columns)

CK_TILE move_part(const float *from, float *to, size_t columns) {
    for (size_t half = 0; half < columns; half += HALF) {
        __mmask16 mask = mask_of(columns - half);
        _mm512_mask_storeu_ps(to + half, mask, _mm512_maskz_loadu_ps(mask, from + half));
    }
}

// A panel that is not full goes through memory of its own.
CK_WIDE static void edge_tile(tile compute, size_t rows, const uint32_t *a, size_t lda, const uint32_t *b, float *c, size_t ldc,
                              size_t depth, int accumulate, size_t columns) {
    float whole[TALL * PANEL] = {0};
    if (accumulate)
        for (size_t r = 0; r < rows; r++) move_part(c + r * ldc, whole + r * PANEL, columns);
    compute(a, lda, b, whole, PANEL, depth, accumulate);
    for (size_t r = 0; r < rows; r++) move_part(whole + r * PANEL, c + r * ldc, columns);
}

static inline void one_tile(const tile *tiles, size_t rows, const uint32_t *a, size_t lda, const uint32_t *b, float *c, size_t ldc,
                            size_t depth, int accumulate, size_t columns) {
    if (columns >= PANEL) tiles[rows](a, lda, b, c, ldc, depth, accumulate);
    else edge_tile(tiles[rows], rows, a, lda, b, c, ldc, depth, accumulate, columns);
}

// MARK: - Products

CK_WIDE static void round_rows(const float *a, size_t lda, size_t rows, size_t k, uint32_t *near, size_t stride) {
    for (size_t row = 0; row < rows; row++)
        for (size_t i = 0; i < k; i += PANEL) round_row(a + row * lda + i, k - i, near + row * stride + i / 2);
}

void ck_bf16_multiply(const float *a, size_t lda, const float *panels, float *c, size_t ldc, size_t m, size_t n, size_t k,
                      int accumulate) {
    uint32_t near[NEAR];
    const uint32_t *b = (const uint32_t *)panels;
    size_t tiles = (m + TALL - 1) / TALL, whole = (k + 1) / 2;
    for (size_t start = 0; start < whole || start == 0; start += DEEP) {
        size_t depth = smaller(whole - start, DEEP), stride = (depth + HALF - 1) / HALF * HALF + HALF;
        size_t groups = (tiles + NEAR / stride / TALL - 1) / (NEAR / stride / TALL);
        for (size_t group = 0; group < groups; group++) {
            size_t first = tiles * group / groups, last = tiles * (group + 1) / groups;
            size_t above = m * first / tiles, below = m * last / tiles;
            round_rows(a + above * lda + 2 * start, lda, below - above, smaller(k - 2 * start, 2 * depth), near, stride);
            for (size_t j = 0; j < n; j += PANEL)
                for (size_t t = first; t < last; t++) {
                    size_t row = m * t / tiles, end = m * (t + 1) / tiles;
                    one_tile(rows_tiles, end - row, near + (row - above) * stride, stride, b + j * whole + start * PANEL,
                             c + row * ldc + j, ldc, depth, accumulate || start > 0, n - j);
                }
        }
    }
}

// Columns of A as TALL pairs for every two rows.
CK_WIDE static void round_columns(const float *a, size_t lda, size_t columns, size_t k, uint32_t *near) {
    for (size_t i = 0; i < k; i += 2, a += 2 * lda, near += TALL) {
        pairs both;
        __builtin_prefetch(a + 16 * lda);
        __builtin_prefetch(a + 17 * lda);
        round_two(a, i + 1 < k ? a + lda : 0, mask_of(columns), &both);
        _mm512_mask_storeu_epi32(near, mask_of(columns), (__m512i)both);
    }
}

void ck_bf16_multiply_transposed(const float *a, size_t lda, const float *b, size_t ldb, float *c, size_t ldc, size_t m, size_t n,
                                 size_t k, int accumulate, float *scratch) {
    uint32_t near[BLOCK * TALL], *panels = (uint32_t *)scratch;
    size_t tiles = (m + TALL - 1) / TALL;
    for (size_t start = 0; start < k || start == 0; start += 2 * BLOCK) {
        size_t count = smaller(2 * BLOCK, k - start), depth = (count + 1) / 2;
        arrange_rows(b + start * ldb, ldb, panels, count, n);
        for (size_t t = 0; t < tiles; t++) {
            size_t row = m * t / tiles, rows = m * (t + 1) / tiles - row;
            round_columns(a + start * lda + row, lda, rows, count, near);
            for (size_t j = 0; j < n; j += PANEL) {
                // What the next tile goes on from.
                for (size_t r = 0; r < rows; r++) __builtin_prefetch(c + (row + r) * ldc + j + PANEL, 1);
                one_tile(columns_tiles, rows, near, TALL, panels + j * depth, c + row * ldc + j, ldc, depth, accumulate || start > 0,
                         n - j);
            }
        }
    }
}
#else
int ck_has_bf16(void) { return 0; }
void ck_bf16_arrange(const float *b, size_t ldb, int transposed, float *panels, size_t k, size_t n, size_t first, size_t last) {
    (void)b, (void)ldb, (void)transposed, (void)panels, (void)k, (void)n, (void)first, (void)last;
    __builtin_trap();
}
void ck_bf16_multiply(const float *a, size_t lda, const float *panels, float *c, size_t ldc, size_t m, size_t n, size_t k,
                      int accumulate) {
    (void)a, (void)lda, (void)panels, (void)c, (void)ldc, (void)m, (void)n, (void)k, (void)accumulate;
    __builtin_trap();
}
void ck_bf16_multiply_transposed(const float *a, size_t lda, const float *b, size_t ldb, float *c, size_t ldc, size_t m, size_t n,
                                 size_t k, int accumulate, float *scratch) {
    (void)a, (void)lda, (void)b, (void)ldb, (void)c, (void)ldc, (void)m, (void)n, (void)k, (void)accumulate, (void)scratch;
    __builtin_trap();
}
#endif
