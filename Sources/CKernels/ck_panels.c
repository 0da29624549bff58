#include "include/ck_panels.h"

// The sums of a tile of 14 rows and 32 columns fill 28 of the 32 vector registers; two more hold a row of the panel and one
// an element of A. Per step that is 28 multiply-adds for 16 loads, so the multipliers are the limit.

typedef float lanes __attribute__((vector_size(64), aligned(4)));

#if defined(__x86_64__)
// Without a least vector width the compiler would split every vector in two and run out of registers.
#define CK_WIDE __attribute__((target("arch=x86-64-v4"), min_vector_width(512)))
#else
#define CK_WIDE
#endif
#define CK_TILE static inline CK_WIDE __attribute__((always_inline)) void
#define UNROLL _Pragma("clang loop unroll(full)")

// BLOCK rows of the transposed form, and GROUP tiles or NEAR floats of the other, are worked on at a time and stay in the second cache.
// Rows of A that are a multiple of PAGE floats apart push each other out of a first cache of 8 ways.
enum { PANEL = CK_PANEL, HALF = PANEL / 2, TALL = 14, BLOCK = 256, GROUP = 9, PAGE = 1024, NEAR = 1 << 16 };

static inline size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

// MARK: - Arranging

size_t ck_panels_size(size_t k, size_t n) { return (n + PANEL - 1) / PANEL * PANEL * k; }

// Swaps the off-diagonal blocks of size S in every pair of rows that are S apart.
#define CK_SWAP(S, ...)                                                                                             \
    UNROLL for (int r = 0; r < HALF; r++) if (!(r & S)) {                                                           \
        lanes upper = v[r], lower = v[r + S];                                                                       \
        CK_SHUFFLE(upper, lower, r, S, __VA_ARGS__);                                                                \
    }
#define CK_SHUFFLE(upper, lower, r, S, U0, U1, U2, U3, U4, U5, U6, U7, U8, U9, U10, U11, U12, U13, U14, U15)        \
    v[r] = __builtin_shufflevector(upper, lower, U0, U1, U2, U3, U4, U5, U6, U7, U8, U9, U10, U11, U12, U13, U14, U15); \
    v[r + S] = __builtin_shufflevector(upper, lower, U0 + S, U1 + S, U2 + S, U3 + S, U4 + S, U5 + S, U6 + S, U7 + S,  \
                                       U8 + S, U9 + S, U10 + S, U11 + S, U12 + S, U13 + S, U14 + S, U15 + S)

// Writes the transpose of a 16 by 16 block; rows of the result are PANEL floats apart.
CK_TILE transpose_block(const float *b, size_t ldb, float *result) {
    lanes v[HALF];
    UNROLL for (int r = 0; r < HALF; r++) v[r] = *(const lanes *)(b + (size_t)r * ldb);
    CK_SWAP(8, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23)
    CK_SWAP(4, 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27)
    CK_SWAP(2, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29)
    CK_SWAP(1, 0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30)
    UNROLL for (int r = 0; r < HALF; r++) *(lanes *)(result + (size_t)r * PANEL) = v[r];
}

CK_WIDE static void arrange_transposed(const float *b, size_t ldb, float *panel, size_t k, size_t columns) {
    size_t whole = k / HALF * HALF;
    for (size_t half = 0; half < PANEL; half += HALF) {
        size_t here = half >= columns ? 0 : smaller(columns - half, HALF);
        size_t done = here == HALF ? whole : 0;
        for (size_t i = 0; i < done; i += HALF) transpose_block(b + half * ldb + i, ldb, panel + i * PANEL + half);
        for (size_t i = done; i < k; i++)
            for (size_t j = 0; j < HALF; j++) panel[i * PANEL + half + j] = j < here ? b[(half + j) * ldb + i] : 0;
    }
}

CK_WIDE static void arrange_rows(const float *b, size_t ldb, float *panels, size_t k, size_t n) {
    size_t whole = n / PANEL * PANEL;
    for (size_t i = 0; i < k; i++, b += ldb) {
        float *to = panels + i * PANEL;
        for (size_t j = 0; j < whole; j += PANEL, to += k * PANEL) {
            __builtin_prefetch(b + 4 * ldb + j);
            __builtin_prefetch(b + 4 * ldb + j + HALF);
            *(lanes *)to = *(const lanes *)(b + j);
            *(lanes *)(to + HALF) = *(const lanes *)(b + j + HALF);
        }
        if (whole < n)
            for (size_t j = 0; j < PANEL; j++) to[j] = whole + j < n ? b[whole + j] : 0;
    }
}

void ck_arrange_panels(const float *b, size_t ldb, int transposed, float *panels, size_t k, size_t n, size_t first, size_t last) {
    size_t end = smaller(last * PANEL, n), start = smaller(first * PANEL, end);
    if (!transposed) {
        arrange_rows(b + start, ldb, panels + start * k, k, end - start);
        return;
    }
    for (size_t j = start; j < end; j += PANEL)
        arrange_transposed(b + j * ldb, ldb, panels + j * k, k, smaller(end - j, PANEL));
}

// MARK: - Tiles

// One step of k for all rows of the tile; ELEMENT is the element of A in row r.
#define CK_STEP(ELEMENT)                                                                                            \
    do {                                                                                                            \
        lanes p = *(const lanes *)b, q = *(const lanes *)(b + HALF);                                                \
        UNROLL for (int r = 0; r < rows; r++) {                                                                     \
            float factor = ELEMENT;                                                                                 \
            left[r] += factor * p;                                                                                  \
            right[r] += factor * q;                                                                                 \
        }                                                                                                           \
    } while (0)

// C is written when the sums are done, and would then be waited for.
#define CK_BEGIN                                                                                                    \
    lanes left[TALL], right[TALL];                                                                                  \
    UNROLL for (int r = 0; r < rows; r++) {                                                                         \
        left[r] = right[r] = (lanes){0};                                                                            \
        __builtin_prefetch(c + (size_t)r * ldc, 1);                                                                 \
        __builtin_prefetch(c + (size_t)r * ldc + HALF, 1);                                                          \
    }

#define CK_END                                                                                                      \
    UNROLL for (int r = 0; r < rows; r++) {                                                                         \
        lanes *x = (lanes *)(c + (size_t)r * ldc), *y = (lanes *)(c + (size_t)r * ldc + HALF);                      \
        *x = accumulate ? *x + left[r] : left[r];                                                                   \
        *y = accumulate ? *y + right[r] : right[r];                                                                 \
    }

// Five pointers three rows apart, of which the compiler must not know the distance, or it computes every address anew.
#define CK_HIDE(P) __asm__("" : "+r"(P##0), "+r"(P##3), "+r"(P##6), "+r"(P##9), "+r"(P##12))
#define CK_ROW(P, r) ((r) < 3 ? P##0 : (r) < 6 ? P##3 : (r) < 9 ? P##6 : (r) < 12 ? P##9 : P##12)

CK_TILE rows_tile(const int rows, const float *a, size_t lda, const float *b, float *c, size_t ldc, size_t k, int accumulate) {
    CK_BEGIN
    const float *a0 = a, *a3 = a + 3 * lda, *a6 = a + 6 * lda, *a9 = a + 9 * lda, *a12 = a + 12 * lda;
    size_t i = 0;
    for (; i + 4 <= k; i += 4) {
        CK_HIDE(a);
        for (int line = 0; line < 8; line++) __builtin_prefetch(b + 16 * PANEL + HALF * line);
        UNROLL for (size_t s = 0; s < 4; s++, b += PANEL) CK_STEP(CK_ROW(a, r)[(size_t)(r % 3) * lda + s]);
        a0 += 4, a3 += 4, a6 += 4, a9 += 4, a12 += 4;
    }
    for (; i < k; i++, b += PANEL, a0++, a3++, a6++, a9++, a12++) CK_STEP(CK_ROW(a, r)[(size_t)(r % 3) * lda]);
    CK_END
}

CK_TILE columns_tile(const int rows, const float *a, size_t lda, const float *b, float *c, size_t ldc, size_t k, int accumulate) {
    CK_BEGIN
    for (size_t i = 0; i < k; i++, b += PANEL, a += lda) {
        __builtin_prefetch(b + 8 * PANEL);
        __builtin_prefetch(b + 8 * PANEL + HALF);
        __builtin_prefetch(a + 8 * lda);
        CK_STEP(a[r]);
    }
    CK_END
}

typedef void (*tile)(const float *, size_t, const float *, float *, size_t, size_t, int);

#define CK_HEIGHT(KIND, ROWS)                                                                                       \
    CK_WIDE static void KIND##_##ROWS(const float *a, size_t lda, const float *b, float *c, size_t ldc, size_t k,   \
                                      int accumulate) {                                                             \
        KIND(ROWS, a, lda, b, c, ldc, k, accumulate);                                                               \
    }
#define CK_HEIGHTS(KIND)                                                                                            \
    CK_HEIGHT(KIND, 1) CK_HEIGHT(KIND, 2) CK_HEIGHT(KIND, 3) CK_HEIGHT(KIND, 4) CK_HEIGHT(KIND, 5)                  \
    CK_HEIGHT(KIND, 6) CK_HEIGHT(KIND, 7) CK_HEIGHT(KIND, 8) CK_HEIGHT(KIND, 9) CK_HEIGHT(KIND, 10)                 \
    CK_HEIGHT(KIND, 11) CK_HEIGHT(KIND, 12) CK_HEIGHT(KIND, 13) CK_HEIGHT(KIND, 14)                                 \
    static const tile KIND##s[TALL + 1] = {                                                                         \
        0,         KIND##_1, KIND##_2, KIND##_3,  KIND##_4,  KIND##_5,  KIND##_6, KIND##_7,                         \
        KIND##_8, KIND##_9, KIND##_10, KIND##_11, KIND##_12, KIND##_13, KIND##_14};
CK_HEIGHTS(rows_tile)
CK_HEIGHTS(columns_tile)

// A panel that is not full goes through memory of its own.
static void edge_tile(tile compute, size_t rows, const float *a, size_t lda, const float *b, float *c, size_t ldc, size_t k,
                      int accumulate, size_t columns) {
    float whole[TALL * PANEL];
    compute(a, lda, b, whole, PANEL, k, 0);
    for (size_t r = 0; r < rows; r++)
        for (size_t j = 0; j < columns; j++)
            c[r * ldc + j] = accumulate ? c[r * ldc + j] + whole[r * PANEL + j] : whole[r * PANEL + j];
}

// MARK: - Products

static inline void one_tile(const tile *tiles, size_t rows, const float *a, size_t lda, const float *b, float *c, size_t ldc,
                            size_t k, int accumulate, size_t columns) {
    if (columns >= PANEL) tiles[rows](a, lda, b, c, ldc, k, accumulate);
    else edge_tile(tiles[rows], rows, a, lda, b, c, ldc, k, accumulate, columns);
}

// The same product of rows that would push each other out: moved closer, they make it 1.2 to 1.3 times as fast on a Zen 4.
static void multiply_moved(const float *a, size_t lda, const float *panels, float *c, size_t ldc, size_t m, size_t n, size_t k,
                             int accumulate) {
    float near[NEAR];
    size_t stride = k + HALF, tiles = (m + TALL - 1) / TALL, most = NEAR / stride / TALL, groups = (tiles + most - 1) / most;
    for (size_t group = 0; group < groups; group++) {
        size_t first = tiles * group / groups, last = tiles * (group + 1) / groups, start = m * first / tiles;
        for (size_t row = start; row < m * last / tiles; row++)
            __builtin_memcpy(near + (row - start) * stride, a + row * lda, k * sizeof *a);
        for (size_t j = 0; j < n; j += PANEL)
            for (size_t t = first; t < last; t++) {
                size_t row = m * t / tiles, end = m * (t + 1) / tiles;
                one_tile(rows_tiles, end - row, near + (row - start) * stride, stride, panels + j * k, c + row * ldc + j, ldc, k,
                         accumulate, n - j);
            }
    }
}

void ck_multiply_panels(const float *a, size_t lda, const float *panels, float *c, size_t ldc, size_t m, size_t n, size_t k,
                        int accumulate) {
    if (lda % PAGE == 0 && k >= PAGE && TALL * (k + HALF) <= NEAR && n > PANEL) {
        multiply_moved(a, lda, panels, c, ldc, m, n, k, accumulate);
        return;
    }
    // The tiles of a group of A stay near while a panel passes over them. Heights are evened out, since low tiles are slow.
    size_t tiles = (m + TALL - 1) / TALL, groups = (tiles + GROUP - 1) / GROUP;
    for (size_t group = 0; group < groups; group++) {
        size_t first = tiles * group / groups, last = tiles * (group + 1) / groups;
        for (size_t j = 0; j < n; j += PANEL)
            for (size_t t = first; t < last; t++) {
                size_t row = m * t / tiles, end = m * (t + 1) / tiles;
                one_tile(rows_tiles, end - row, a + row * lda, lda, panels + j * k, c + row * ldc + j, ldc, k, accumulate, n - j);
            }
    }
}

size_t ck_transposed_scratch(size_t n) { return ck_panels_size(BLOCK, n); }

void ck_multiply_transposed(const float *a, size_t lda, const float *b, size_t ldb, float *c, size_t ldc, size_t m, size_t n,
                            size_t k, int accumulate, float *scratch) {
    float near[BLOCK * TALL];
    int isGathered = lda % PAGE == 0 && n > 2 * PANEL;
    size_t tiles = (m + TALL - 1) / TALL;
    for (size_t start = 0; start < k; start += BLOCK) {
        size_t depth = smaller(BLOCK, k - start);
        arrange_rows(b + start * ldb, ldb, scratch, depth, n);
        for (size_t t = 0; t < tiles; t++) {
            size_t row = m * t / tiles, end = m * (t + 1) / tiles, stride = isGathered ? TALL : lda;
            const float *from = a + start * lda + row;
            if (isGathered) {
                for (size_t i = 0; i < depth; i++)
                    for (size_t r = 0; r < end - row; r++) near[i * TALL + r] = from[i * lda + r];
                from = near;
            }
            for (size_t j = 0; j < n; j += PANEL)
                one_tile(columns_tiles, end - row, from, stride, scratch + j * depth, c + row * ldc + j, ldc, depth,
                         accumulate || start > 0, n - j);
        }
    }
}
