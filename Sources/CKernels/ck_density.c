#include "include/ck_density.h"
#include "ck_math.h"

typedef double eight __attribute__((vector_size(64), aligned(8)));
typedef int64_t eight_integers __attribute__((vector_size(64), aligned(8)));

#define UNROLL _Pragma("clang loop unroll(full)")
// Without a least vector width the compiler would split every vector in two.
#define CK_WIDE CK_DISPATCH __attribute__((min_vector_width(512)))

// y = 2^x: x = n + r with |r| <= 1/2, exactly; 2^r = 1 + r q(r) with q the polynomial of degree 10 that makes the largest
// relative error of 2^r least, 1.8e-17; then n is added to the exponent. The lower bound keeps the result a normal number.
#define CK_EXP2(y, x)                                                                                               \
    do {                                                                                                            \
        eight x_ = __builtin_elementwise_max(x, (eight){0} - 1022.0);                                               \
        eight shifted_ = x_ + 6755399441055744.0; /* 1.5 * 2^52 rounds to an integer */                             \
        eight r_ = x_ - (shifted_ - 6755399441055744.0);                                                            \
        eight q_ = r_ * 4.078071929588337e-10 + 7.072570412814423e-09;                                              \
        q_ = q_ * r_ + 1.0180647659234139e-07;                                                                      \
        q_ = q_ * r_ + 1.3215442675329823e-06;                                                                      \
        q_ = q_ * r_ + 1.5252727385193868e-05;                                                                      \
        q_ = q_ * r_ + 0.0001540353044157213;                                                                       \
        q_ = q_ * r_ + 0.0013333558153439966;                                                                       \
        q_ = q_ * r_ + 0.009618129107607003;                                                                        \
        q_ = q_ * r_ + 0.05550410866479039;                                                                         \
        q_ = q_ * r_ + 0.24022650695910097;                                                                         \
        q_ = q_ * r_ + 0.6931471805599457;                                                                          \
        eight p_ = q_ * r_ + 1.0;                                                                                   \
        y = (eight)((eight_integers)p_ + ((eight_integers)shifted_ << 52));                                         \
    } while (0)

CK_WIDE
void ck_exp2_double(const double *x, double *y, size_t n) {
    for (size_t i = 0; i < n; i += CK_GROUP) {
        size_t here = n - i < CK_GROUP ? n - i : CK_GROUP;
        eight value = {0};
        memcpy(&value, x + i, here * sizeof(double));
        CK_EXP2(value, value);
        memcpy(y + i, &value, here * sizeof(double));
    }
}

// ‖x − y‖² of ROWS queries and the eight references of a group. As y − x the number of x is an operand in memory that one
// instruction repeats and subtracts; as x − y it would take a register and an instruction more.
#define CK_SQUARES(ROWS)                                                                                            \
    const double *y = groups + group * d * CK_GROUP;                                                                \
    eight squares[ROWS];                                                                                            \
    UNROLL for (int r = 0; r < ROWS; r++) squares[r] = (eight){0};                                                  \
    for (size_t k = 0; k < d; k++) {                                                                                \
        eight other = *(const eight *)(y + k * CK_GROUP);                                                           \
        UNROLL for (int r = 0; r < ROWS; r++) {                                                                     \
            eight difference = other - x[(size_t)r * d + k];                                                        \
            squares[r] += difference * difference;                                                                  \
        }                                                                                                           \
    }

// Sums of ROWS queries stay in registers while the groups pass. Groups are summed in blocks first, so that rounding grows
// with the length of a block and the number of blocks, not with their product.
enum { BLOCK = 128 };
#define CK_ADD_ROWS(ROWS)                                                                                           \
    for (; row + ROWS <= count; row += ROWS) {                                                                      \
        const double *x = queries + row * d, *offset = offsets + row;                                               \
        double *sum = sums + row * CK_GROUP;                                                                        \
        for (size_t begin = 0; begin < group_count; begin += BLOCK) {                                               \
            size_t end = group_count - begin < BLOCK ? group_count : begin + BLOCK;                                 \
            eight total[ROWS];                                                                                      \
            UNROLL for (int r = 0; r < ROWS; r++) total[r] = (eight){0};                                            \
            for (size_t group = begin; group < end; group++) {                                                      \
                CK_SQUARES(ROWS)                                                                                    \
                UNROLL for (int r = 0; r < ROWS; r++) {                                                             \
                    eight term;                                                                                     \
                    CK_EXP2(term, (squares[r] - offset[r]) * factor);                                               \
                    total[r] += term;                                                                               \
                }                                                                                                   \
            }                                                                                                       \
            UNROLL for (int r = 0; r < ROWS; r++) *(eight *)(sum + r * CK_GROUP) += total[r];                       \
        }                                                                                                           \
    }

CK_WIDE
void ck_add_kernels(const double *queries, const double *offsets, size_t count, const double *groups, size_t group_count,
                    size_t d, double rate, double *sums) {
    double factor = rate * -1.4426950408889634;
    size_t row = 0;
    CK_ADD_ROWS(8)
    CK_ADD_ROWS(4)
    CK_ADD_ROWS(1)
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
