#include "include/ck_density.h"
#include "ck_math.h"

typedef double eight __attribute__((vector_size(64), aligned(8)));
typedef int64_t eight_integers __attribute__((vector_size(64), aligned(8)));

#define UNROLL _Pragma("clang loop unroll(full)")
// Without a least vector width the compiler would split every vector in two.
#define CK_WIDE CK_DISPATCH __attribute__((min_vector_width(512)))

// y = e^x: x = n ln 2 + r with |r| <= ln(2)/2, e^r = 1 + r + r² q(r) with q the minimax polynomial of degree 9, whose error
// is below 0.05 ULP of e^r, then n is added to the exponent. The lower bound keeps the result a normal number.
#define CK_EXP(y, x)                                                                                                \
    do {                                                                                                            \
        eight x_ = __builtin_elementwise_max(x, (eight){0} - 708.0);                                                \
        eight shifted_ = x_ * 1.4426950408889634 + 6755399441055744.0; /* 1.5 * 2^52 rounds to an integer */        \
        eight n_ = shifted_ - 6755399441055744.0;                                                                   \
        eight r_ = x_ - n_ * 0.693147180369123816490; /* ln 2 in two parts; n times the first is exact */           \
        r_ = r_ - n_ * 1.90821492927058770002e-10;                                                                  \
        eight q_ = r_ * 2.5103997018979788e-08 + 2.762623443010312e-07;                                             \
        q_ = q_ * r_ + 2.755725884512327e-06;                                                                       \
        q_ = q_ * r_ + 2.480150469506304e-05;                                                                       \
        q_ = q_ * r_ + 0.00019841269871479967;                                                                      \
        q_ = q_ * r_ + 0.0013888888932150135;                                                                       \
        q_ = q_ * r_ + 0.008333333333327407;                                                                        \
        q_ = q_ * r_ + 0.04166666666657443;                                                                         \
        q_ = q_ * r_ + 0.16666666666666669;                                                                         \
        q_ = q_ * r_ + 0.5000000000000006;                                                                          \
        eight square_ = r_ * r_;                                                                                    \
        eight p_ = (q_ * square_ + r_) + 1.0;                                                                       \
        y = (eight)((eight_integers)p_ + ((eight_integers)shifted_ << 52));                                         \
    } while (0)

CK_WIDE
void ck_exp_double(const double *x, double *y, size_t n) {
    for (size_t i = 0; i < n; i += CK_GROUP) {
        size_t here = n - i < CK_GROUP ? n - i : CK_GROUP;
        eight value = {0};
        memcpy(&value, x + i, here * sizeof(double));
        CK_EXP(value, value);
        memcpy(y + i, &value, here * sizeof(double));
    }
}

// ‖x − y‖² of ROWS queries and the eight references of a group.
#define CK_SQUARES(ROWS)                                                                                            \
    const double *y = groups + group * d * CK_GROUP;                                                                \
    eight squares[ROWS];                                                                                            \
    UNROLL for (int r = 0; r < ROWS; r++) squares[r] = (eight){0};                                                  \
    for (size_t k = 0; k < d; k++) {                                                                                \
        eight other = *(const eight *)(y + k * CK_GROUP);                                                           \
        UNROLL for (int r = 0; r < ROWS; r++) {                                                                     \
            eight difference = x[(size_t)r * d + k] - other;                                                        \
            squares[r] += difference * difference;                                                                  \
        }                                                                                                           \
    }

// Sums of ROWS queries stay in registers while the groups pass. Groups are summed in blocks first, so that rounding grows
// with the length of a block and the number of blocks, not with their product.
enum { BLOCK = 128 };
#define CK_ADD_ROWS(ROWS)                                                                                           \
    for (size_t begin = 0; begin < group_count; begin += BLOCK) {                                                   \
        size_t end = group_count - begin < BLOCK ? group_count : begin + BLOCK;                                     \
        eight total[ROWS];                                                                                          \
        UNROLL for (int r = 0; r < ROWS; r++) total[r] = (eight){0};                                                \
        for (size_t group = begin; group < end; group++) {                                                          \
            CK_SQUARES(ROWS)                                                                                        \
            UNROLL for (int r = 0; r < ROWS; r++) {                                                                 \
                eight term;                                                                                         \
                CK_EXP(term, squares[r] * -rate + offset[r]);                                                                   \
                total[r] += term;                                                                                   \
            }                                                                                                       \
        }                                                                                                           \
        UNROLL for (int r = 0; r < ROWS; r++) *(eight *)(sum + r * CK_GROUP) += total[r];                           \
    }

CK_WIDE
void ck_add_kernels(const double *queries, const double *offsets, size_t count, const double *groups, size_t group_count,
                    size_t d, double rate, double *sums) {
    size_t row = 0;
    for (; row + 4 <= count; row += 4) {
        const double *x = queries + row * d, *offset = offsets + row;
        double *sum = sums + row * CK_GROUP;
        CK_ADD_ROWS(4)
    }
    for (; row < count; row++) {
        const double *x = queries + row * d, *offset = offsets + row;
        double *sum = sums + row * CK_GROUP;
        CK_ADD_ROWS(1)
    }
}

CK_WIDE
void ck_smallest_squares(const double *queries, size_t count, const double *groups, size_t group_count, size_t d, double *least) {
    for (size_t row = 0; row < count; row++) {
        const double *x = queries + row * d;
        eight smallest = (eight){0} + least[row];
        for (size_t group = 0; group < group_count; group++) {
            CK_SQUARES(1)
            smallest = __builtin_elementwise_min(smallest, squares[0]);
        }
        for (int j = 0; j < CK_GROUP; j++) least[row] = smallest[j] < least[row] ? smallest[j] : least[row];
    }
}
