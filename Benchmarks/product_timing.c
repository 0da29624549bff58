/* Times the products of a training step in tiles and by OpenBLAS, on one thread:
 *
 *     clang -O2 Benchmarks/product_timing.c Sources/CKernels/ck_*panels.c Sources/CKernels/ck_bf16.c \
 *         Sources/CKernels/ck_product.c Sources/CKernels/ck_parallel.c -lopenblas -lpthread -lm -o product_timing
 *     OPENBLAS_CORETYPE=Haswell ./product_timing narrow       # AVX2 against AVX2
 *     ./product_timing wide
 *     ./product_timing bf16                                   # against the wide tiles
 *
 * Operands are cold (a ring of them is larger than the caches), arranging is included, ways take turns. Prints for each shape
 * the median rate by processor time, in GFLOP/s, and how much faster the second way is. */
#include "../Sources/CKernels/include/CKernels.h"
#include <cblas.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROUNDS = 41, RING_FLOATS = 24 << 20 };

typedef enum { FORWARD, BACKWARD, WEIGHTS } form;
typedef enum { LIBRARY, NARROW, WIDE, ROUNDED } way;
static const char *const ways[] = {"library", "narrow", "wide", "bf16"};

static float *ring, *panels, *scratch;
static size_t place;

static float *next(size_t floats) {
    floats = (floats + 15) & ~(size_t)15;
    if (place + floats > RING_FLOATS) place = 0;
    place += floats;
    return ring + place - floats;
}

static double seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* y = x W, dx = dz Wt or dW = xt dz for x [rows, in] and W [in, out]. */
static double once(way way, form form, size_t rows, size_t in, size_t out) {
    float *x = next(rows * in), *w = next(in * out), *z = next(rows * out);
    size_t k = form == FORWARD ? in : out, n = form == FORWARD ? out : in, last = (n + CK_PANEL - 1) / CK_PANEL;
    const float *a = form == FORWARD ? x : z;
    float *c = form == FORWARD ? z : x;
    int isTransposed = form == BACKWARD, m = (int)rows, few = rows <= 32;
    double before = seconds();
    if (form == WEIGHTS) {
        if (way == LIBRARY)
            cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int)in, (int)out, m, 1, x, (int)in, z, (int)out, 0, w, (int)out);
        else if (way == NARROW) ck_narrow_multiply_transposed(x, in, z, out, w, out, in, out, rows, 0, scratch);
        else if (way == ROUNDED) ck_bf16_multiply_transposed(x, in, z, out, w, out, in, out, rows, 0, scratch);
        else ck_multiply_transposed(x, in, z, out, w, out, in, out, rows, 0, scratch);
    } else if (way == LIBRARY) {
        cblas_sgemm(CblasRowMajor, CblasNoTrans, isTransposed ? CblasTrans : CblasNoTrans, m, (int)n, (int)k, 1, a, (int)k, w,
                    (int)out, 0, c, (int)n);
    } else if (few && !isTransposed) {
        if (way == NARROW) ck_narrow_small_product(a, w, c, rows, n, k);
        else ck_small_product(a, w, c, rows, n, k);
    } else if (way == NARROW) {
        ck_narrow_arrange(w, out, isTransposed, panels, k, n, 0, last);
        ck_narrow_multiply(a, k, panels, c, n, rows, n, k, 0);
    } else if (way == ROUNDED) {
        ck_bf16_arrange(w, out, isTransposed, panels, k, n, 0, last);
        ck_bf16_multiply(a, k, panels, c, n, rows, n, k, 0);
    } else {
        ck_arrange_panels(w, out, isTransposed, panels, k, n, 0, last);
        ck_multiply_panels(a, k, panels, c, n, rows, n, k, 0);
    }
    return seconds() - before;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv) {
    way first = LIBRARY, second = NARROW;
    if (argc > 1 && strcmp(argv[1], "wide") == 0) second = WIDE;
    if (argc > 1 && strcmp(argv[1], "bf16") == 0) first = WIDE, second = ROUNDED;
    if (second == ROUNDED ? !ck_has_bf16() : ck_vector_level() < (second == WIDE ? 3 : 2))
        return fprintf(stderr, "not on this processor\n"), 1;
    openblas_set_num_threads(1);
    ring = aligned_alloc(64, RING_FLOATS * sizeof *ring);
    panels = aligned_alloc(64, (4 << 20) * sizeof *ring);
    scratch = aligned_alloc(64, (4 << 20) * sizeof *ring);
    for (size_t i = 0; i < RING_FLOATS; i++) ring[i] = (float)(i * 7919 % 1021) / 1021 - 0.5f;
    static const size_t shapes[][3] = {{2048, 256, 1024}, {2048, 1024, 256}, {2048, 147, 256}, {2048, 256, 16}, {2048, 256, 2}, {256, 256, 256},
                                       {256, 19, 256}, {512, 400, 300}, {512, 750, 750}, {64, 256, 256}, {33, 64, 64},
                                       {32, 256, 256}, {16, 256, 1024}, {16, 1024, 256}, {4, 128, 128}, {1, 256, 256}, {16, 256, 18}};
    static const char *names[] = {"x W", "dz Wt", "xt dz"};
    printf("%s\n%-18s %-6s %9s %9s %7s\n", openblas_get_corename(), "rows, in, out", "", ways[first], ways[second], "ratio");
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
        for (form form = FORWARD; form <= WEIGHTS; form++) {
            size_t rows = shapes[s][0], in = shapes[s][1], out = shapes[s][2];
            if (rows <= 32 && (form != FORWARD || second == ROUNDED || (second == WIDE && out % 32))) continue;
            double times[2][ROUNDS];
            for (int round = -2; round < ROUNDS; round++)
                for (int which = 0; which < 2; which++) {
                    double time = once(which ? second : first, form, rows, in, out);
                    if (round >= 0) times[which][round] = time;
                }
            for (int which = 0; which < 2; which++) qsort(times[which], ROUNDS, sizeof(double), ascending);
            double work = 2e-9 * (double)(rows * in * out);
            printf("%5zu %5zu %5zu  %-6s %9.1f %9.1f %7.2f\n", rows, in, out, names[form], work / times[0][ROUNDS / 2],
                   work / times[1][ROUNDS / 2], times[0][ROUNDS / 2] / times[1][ROUNDS / 2]);
        }
    return 0;
}
