#include "include/ck_nearest.h"
#include "ck_math.h"

typedef double eight __attribute__((vector_size(64), aligned(8)));

#define UNROLL _Pragma("clang loop unroll(full)")
#define CK_WIDE CK_DISPATCH __attribute__((min_vector_width(512)))

// Numbers between two looks whether a group is already too far: a sum of squares never shrinks.
enum { LOOK = 8, TOGETHER = 4, LANES = 8 };

#define CK_ANY_BELOW(result, sums, limit)                                                                           \
    do {                                                                                                            \
        eight least_ = sums[0];                                                                                     \
        UNROLL for (int g = 1; g < GROUPS; g++) least_ = __builtin_elementwise_min(least_, sums[g]);                \
        result = __builtin_reduce_min(least_) <= limit;                                                             \
    } while (0)

// GROUPS groups of eight points at once, so that additions need not wait for each other.
#define CK_NEAR_GROUPS                                                                                              \
    for (; group + GROUPS <= group_count; group += GROUPS) {                                                        \
        const double *y = groups + group * d * LANES;                                                               \
        eight sums[GROUPS];                                                                                         \
        UNROLL for (int g = 0; g < GROUPS; g++) sums[g] = (eight){0};                                               \
        int is_near = 1;                                                                                            \
        for (size_t k = 0; k < d && is_near;) {                                                                     \
            size_t end = d - k > LOOK + LOOK / 2 ? k + LOOK : d;                                                    \
            for (; k < end; k++) {                                                                                  \
                UNROLL for (int g = 0; g < GROUPS; g++) {                                                           \
                    eight difference = *(const eight *)(y + (g * d + k) * LANES) - x[k];                            \
                    sums[g] += difference * difference;                                                             \
                }                                                                                                   \
            }                                                                                                       \
            CK_ANY_BELOW(is_near, sums, limit);                                                                     \
        }                                                                                                           \
        if (!is_near) continue;                                                                                     \
        for (int g = 0; g < GROUPS; g++) {                                                                          \
            for (int j = 0; j < LANES; j++) {                                                                       \
                if (!(sums[g][j] <= limit)) continue;                                                               \
                places[found] = (int32_t)((group + (size_t)g) * LANES + (size_t)j);                                 \
                squares[found++] = sums[g][j];                                                                      \
            }                                                                                                       \
        }                                                                                                           \
    }

CK_WIDE
size_t ck_near_squares(const double *x, size_t d, const double *groups, size_t group_count, double limit,
                       int32_t *places, double *squares) {
#pragma clang fp contract(off)
    size_t found = 0, group = 0;
#define GROUPS TOGETHER
    CK_NEAR_GROUPS
#undef GROUPS
#define GROUPS 1
    CK_NEAR_GROUPS
#undef GROUPS
    return found;
}

CK_WIDE
void ck_box_squares(const double *x, size_t d, const double *low, const double *high, size_t group_count, double *squares) {
#pragma clang fp contract(off)
    for (size_t group = 0; group < group_count; group++) {
        const double *bottom = low + group * d * LANES, *top = high + group * d * LANES;
        eight sum = {0};
        for (size_t k = 0; k < d; k++) {
            eight below = *(const eight *)(bottom + k * LANES) - x[k], above = x[k] - *(const eight *)(top + k * LANES);
            eight outside = __builtin_elementwise_max(__builtin_elementwise_max(below, above), (eight){0});
            sum += outside * outside;
        }
        *(eight *)(squares + group * LANES) = sum;
    }
}
