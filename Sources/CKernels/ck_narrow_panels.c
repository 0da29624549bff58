#include "include/ck_narrow_panels.h"
#include "include/ck_panels.h"
#if defined(__x86_64__)
#include <immintrin.h>
#endif

// The sums of a tile of 6 rows and 16 columns fill 12 of the 16 vector registers; two more hold a row of the panel and one
// an element of A. Per step that is 12 multiply-adds for 8 loads, of which a processor does as many in a cycle.

typedef float lanes __attribute__((vector_size(32), aligned(4)));

#if defined(__x86_64__)
#define CK_NARROW __attribute__((target("arch=x86-64-v3")))
#else
#define CK_NARROW
#endif
#define CK_TILE static inline CK_NARROW __attribute__((always_inline)) void
#define UNROLL _Pragma("clang loop unroll(full)")

// BLOCK rows and CHUNK columns of the transposed form, and NEAR floats of A in the other, stay in the second cache.
enum { PANEL = CK_PANEL, HALF = PANEL / 2, WIDTH = HALF / 2, TALL = 6, BLOCK = 192, CHUNK = 512, SHALLOW = 64, NEAR = 1 << 15 };

static inline size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

// MARK: - Arranging

// Swaps the off-diagonal blocks of size S in every pair of rows that are S apart.
#define CK_SWAP(S, U0, U1, U2, U3, U4, U5, U6, U7)                                                                  \
    UNROLL for (int r = 0; r < WIDTH; r++) if (!(r & S)) {                                                          \
        lanes upper = v[r], lower = v[r + S];                                                                       \
        v[r] = __builtin_shufflevector(upper, lower, U0, U1, U2, U3, U4, U5, U6, U7);                               \
        v[r + S] = __builtin_shufflevector(upper, lower, U0 + S, U1 + S, U2 + S, U3 + S, U4 + S, U5 + S, U6 + S, U7 + S); \
    }

// Writes the transpose of an 8 by 8 block; rows of the result are HALF floats apart.
CK_TILE transpose_block(const float *b, size_t ldb, float *result) {
    lanes v[WIDTH];
    UNROLL for (int r = 0; r < WIDTH; r++) v[r] = *(const lanes *)(b + (size_t)r * ldb);
    CK_SWAP(4, 0, 1, 2, 3, 8, 9, 10, 11)
    CK_SWAP(2, 0, 1, 8, 9, 4, 5, 12, 13)
    CK_SWAP(1, 0, 8, 2, 10, 4, 12, 6, 14)
    UNROLL for (int r = 0; r < WIDTH; r++) *(lanes *)(result + (size_t)r * HALF) = v[r];
}

// Writes half a panel, of at most HALF columns of B and zeros beyond.
CK_NARROW static void arrange_half_transposed(const float *b, size_t ldb, float *half, size_t k, size_t columns) {
    for (size_t first = 0; first < HALF; first += WIDTH) {
        size_t here = first >= columns ? 0 : smaller(columns - first, WIDTH);
        size_t done = here == WIDTH ? k / WIDTH * WIDTH : 0;
        for (size_t i = 0; i < done; i += WIDTH) transpose_block(b + first * ldb + i, ldb, half + i * HALF + first);
        for (size_t i = done; i < k; i++)
            for (size_t j = 0; j < WIDTH; j++) half[i * HALF + first + j] = j < here ? b[(first + j) * ldb + i] : 0;
    }
}

CK_NARROW static void arrange_rows(const float *b, size_t ldb, float *panels, size_t k, size_t n) {
    size_t whole = n / HALF * HALF;
    for (size_t i = 0; i < k; i++, b += ldb) {
        float *to = panels + i * HALF;
        for (size_t j = 0; j < whole; j += HALF, to += k * HALF) {
            __builtin_prefetch(b + 4 * ldb + j);
            *(lanes *)to = *(const lanes *)(b + j);
            *(lanes *)(to + WIDTH) = *(const lanes *)(b + j + WIDTH);
        }
        if (whole < n)
            for (size_t j = 0; j < HALF; j++) to[j] = whole + j < n ? b[whole + j] : 0;
    }
}

void ck_narrow_arrange(const float *b, size_t ldb, int transposed, float *panels, size_t k, size_t n, size_t first, size_t last) {
    size_t end = smaller(last * PANEL, n), start = smaller(first * PANEL, end);
    if (!transposed) {
        arrange_rows(b + start, ldb, panels + start * k, k, end - start);
        return;
    }
    for (size_t j = start; j < end; j += HALF)
        arrange_half_transposed(b + j * ldb, ldb, panels + j * k, k, smaller(end - j, HALF));
}

// MARK: - Tiles

// One step of k for all rows of the tile; ELEMENT is the element of A in row r.
#define CK_STEP(ELEMENT)                                                                                            \
    do {                                                                                                            \
        lanes p = *(const lanes *)b, q = *(const lanes *)(b + WIDTH);                                               \
        UNROLL for (int r = 0; r < rows; r++) {                                                                     \
            float factor = ELEMENT;                                                                                 \
            left[r] += factor * p;                                                                                  \
            right[r] += factor * q;                                                                                 \
        }                                                                                                           \
    } while (0)

// A sum goes on from what C holds. Where it does not, C is written when the sums are done, and would then be waited for.
#define CK_BEGIN                                                                                                    \
    lanes left[TALL], right[TALL];                                                                                  \
    UNROLL for (int r = 0; r < rows; r++) {                                                                         \
        if (accumulate) {                                                                                           \
            left[r] = *(const lanes *)(c + (size_t)r * ldc);                                                        \
            right[r] = *(const lanes *)(c + (size_t)r * ldc + WIDTH);                                               \
        } else {                                                                                                    \
            left[r] = right[r] = (lanes){0};                                                                        \
            __builtin_prefetch(c + (size_t)r * ldc, 1);                                                             \
        }                                                                                                           \
    }

#define CK_END                                                                                                      \
    UNROLL for (int r = 0; r < rows; r++) {                                                                         \
        *(lanes *)(c + (size_t)r * ldc) = left[r];                                                                  \
        *(lanes *)(c + (size_t)r * ldc + WIDTH) = right[r];                                                         \
    }

// Two pointers three rows apart, of which the compiler must not know the distance, or it computes every address anew.
#define CK_ROW(r) (((r) < 3 ? a : a3) + (size_t)(r % 3) * lda)

// Rows of A, and rows of B that are `ldb` floats apart: HALF in a panel.
CK_TILE rows_tile(const int rows, const float *a, size_t lda, const float *b, size_t ldb, float *c, size_t ldc, size_t k,
                  int accumulate) {
    CK_BEGIN
    const float *a3 = a + 3 * lda;
    size_t i = 0;
    for (; i + 4 <= k; i += 4) {
        __asm__("" : "+r"(a), "+r"(a3));
        UNROLL for (size_t s = 0; s < 4; s++, b += ldb) {
            __builtin_prefetch(b + 16 * ldb);
            CK_STEP(CK_ROW(r)[s]);
        }
        a += 4, a3 += 4;
    }
    for (; i < k; i++, b += ldb, a++, a3++) CK_STEP(CK_ROW(r)[0]);
    CK_END
}

// Columns of A.
CK_TILE columns_tile(const int rows, const float *a, size_t lda, const float *b, size_t ldb, float *c, size_t ldc, size_t k,
                     int accumulate) {
    CK_BEGIN
    size_t i = 0;
    for (; i + 4 <= k; i += 4) UNROLL for (size_t s = 0; s < 4; s++, b += ldb, a += lda) CK_STEP(a[r]);
    for (; i < k; i++, b += ldb, a += lda) CK_STEP(a[r]);
    CK_END
}

typedef void (*tile)(const float *, size_t, const float *, size_t, float *, size_t, size_t, int);

#define CK_HEIGHT(KIND, ROWS)                                                                                       \
    CK_NARROW static void KIND##_##ROWS(const float *a, size_t lda, const float *b, size_t ldb, float *c, size_t ldc, \
                                        size_t k, int accumulate) {                                                 \
        KIND(ROWS, a, lda, b, ldb, c, ldc, k, accumulate);                                                          \
    }
#define CK_HEIGHTS(KIND)                                                                                            \
    CK_HEIGHT(KIND, 1) CK_HEIGHT(KIND, 2) CK_HEIGHT(KIND, 3) CK_HEIGHT(KIND, 4) CK_HEIGHT(KIND, 5) CK_HEIGHT(KIND, 6) \
    static const tile KIND##s[TALL + 1] = {0, KIND##_1, KIND##_2, KIND##_3, KIND##_4, KIND##_5, KIND##_6};
CK_HEIGHTS(rows_tile)
CK_HEIGHTS(columns_tile)

// Moves the first `columns` of 16 floats, and reads and writes no others: calls of memcpy took a fifth of a product of 750 columns.
CK_TILE move_part(const float *from, float *to, size_t columns) {
#if defined(__x86_64__)
    static const int32_t ones[2 * HALF] = {-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1};
    for (size_t j = 0; j < HALF; j += WIDTH) {
        __m256i mask = _mm256_loadu_si256((const __m256i *)(ones + HALF - columns + j));
        _mm256_maskstore_ps(to + j, mask, _mm256_maskload_ps(from + j, mask));
    }
#else
    for (size_t j = 0; j < columns; j++) to[j] = from[j];
#endif
}

// Half a panel that is not full goes through memory of its own.
CK_NARROW static void edge_tile(tile compute, size_t rows, const float *a, size_t lda, const float *b, float *c, size_t ldc,
                                size_t k, int accumulate, size_t columns) {
    float whole[TALL * HALF] = {0};
    if (accumulate)
        for (size_t r = 0; r < rows; r++) move_part(c + r * ldc, whole + r * HALF, columns);
    compute(a, lda, b, HALF, whole, HALF, k, accumulate);
    for (size_t r = 0; r < rows; r++) move_part(whole + r * HALF, c + r * ldc, columns);
}

static inline void one_tile(const tile *tiles, size_t rows, const float *a, size_t lda, const float *b, float *c, size_t ldc,
                            size_t k, int accumulate, size_t columns) {
    if (columns >= HALF) tiles[rows](a, lda, b, HALF, c, ldc, k, accumulate);
    else edge_tile(tiles[rows], rows, a, lda, b, c, ldc, k, accumulate, columns);
}

// MARK: - Products

void ck_narrow_multiply(const float *a, size_t lda, const float *panels, float *c, size_t ldc, size_t m, size_t n, size_t k,
                        int accumulate) {
    // The tiles of a group of A stay near while half a panel passes over them. Heights are evened out, since low tiles are slow.
    size_t tiles = (m + TALL - 1) / TALL, near = NEAR / (TALL * k + 1) + 1, groups = (tiles + near - 1) / near;
    for (size_t group = 0; group < groups; group++) {
        size_t first = tiles * group / groups, last = tiles * (group + 1) / groups;
        for (size_t j = 0; j < n; j += HALF)
            for (size_t t = first; t < last; t++) {
                size_t row = m * t / tiles, end = m * (t + 1) / tiles;
                one_tile(rows_tiles, end - row, a + row * lda, lda, panels + j * k, c + row * ldc + j, ldc, k, accumulate, n - j);
            }
    }
}

// Columns of A, TALL floats for each row, of which `rows` are read; beyond the last of all m there may be no memory.
CK_TILE gather_columns(const float *a, size_t lda, size_t depth, size_t rows, int isLast, float *near) {
    for (size_t i = 0; i < depth; i++, a += lda, near += TALL) {
        __builtin_prefetch(a + 16 * lda);
        if (isLast)
            for (size_t r = 0; r < rows; r++) near[r] = a[r];
        else __builtin_memcpy(near, a, TALL * sizeof *a);
    }
}

// One block of rows and one chunk of columns.
CK_NARROW static void multiply_block(const float *a, size_t lda, const float *panels, float *c, size_t ldc, size_t m, size_t n,
                                     size_t depth, int accumulate) {
    // Columns of A that are far apart would push each other out of the first cache.
    float near[BLOCK * TALL];
    size_t tiles = (m + TALL - 1) / TALL;
    for (size_t t = 0; t < tiles; t++) {
        size_t row = m * t / tiles, rows = m * (t + 1) / tiles - row;
        int isRead = n > PANEL;
        if (isRead) gather_columns(a + row, lda, depth, rows, row + TALL > m, near);
        for (size_t j = 0; j < n; j += HALF) {
            // What the next tile goes on from.
            for (size_t r = 0; r < rows; r++) __builtin_prefetch(c + (row + r) * ldc + j + HALF, 1);
            one_tile(columns_tiles, rows, isRead ? near : a + row, isRead ? TALL : lda, panels + j * depth, c + row * ldc + j, ldc,
                     depth, accumulate, n - j);
        }
    }
}

void ck_narrow_multiply_transposed(const float *a, size_t lda, const float *b, size_t ldb, float *c, size_t ldc, size_t m,
                                   size_t n, size_t k, int accumulate, float *scratch) {
    for (size_t start = 0; start < k; start += BLOCK) {
        size_t depth = smaller(BLOCK, k - start);
        for (size_t j = 0; j < n; j += CHUNK) {
            size_t columns = smaller(CHUNK, n - j);
            arrange_rows(b + start * ldb + j, ldb, scratch, depth, columns);
            multiply_block(a + start * lda, lda, scratch, c + j, ldc, m, columns, depth, accumulate || start > 0);
        }
    }
}

void ck_narrow_small_product(const float *a, const float *b, float *c, size_t m, size_t n, size_t k) {
    // What a single tile reads once is not worth moving.
    if (m <= TALL && n % HALF == 0) {
        for (size_t j = 0; m > 0 && j < n; j += HALF) rows_tiles[m](a, k, b + j, n, c + j, n, k, 0);
        return;
    }
    // Whole rows of a piece of B are read, which comes from far away, and then lie together for all tiles.
    float near[SHALLOW * CHUNK];
    size_t tiles = (m + TALL - 1) / TALL;
    for (size_t first = 0; first < n; first += CHUNK)
        for (size_t start = 0; start < k || start == 0; start += SHALLOW) {
            size_t depth = smaller(SHALLOW, k - start), columns = smaller(CHUNK, n - first);
            arrange_rows(b + start * n + first, n, near, depth, columns);
            for (size_t j = 0; j < columns; j += HALF)
                for (size_t t = 0; t < tiles; t++) {
                    size_t row = m * t / tiles, end = m * (t + 1) / tiles;
                    one_tile(rows_tiles, end - row, a + row * k + start, k, near + j * depth, c + row * n + first + j, n, depth,
                             start > 0, columns - j);
                }
        }
}
