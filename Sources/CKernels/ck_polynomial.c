#include "include/ck_polynomial.h"
#include "ck_math.h"

typedef double eight __attribute__((vector_size(64), aligned(8)));

#define UNROLL _Pragma("clang loop unroll(full)")
// Without a least vector width the compiler would split every vector in two.
#define CK_WIDE CK_DISPATCH __attribute__((min_vector_width(512)))

// The sum of a vector's numbers; a macro, because the vector is not passed alike on every processor.
#define CK_SUM(s) ((((s)[0] + (s)[4]) + ((s)[2] + (s)[6])) + (((s)[1] + (s)[5]) + ((s)[3] + (s)[7])))

// MARK: - Basis

size_t ck_lift_scratch(const ck_basis *basis) { return basis->variables * (basis->degree + 1) * CK_POINTS; }

CK_WIDE
void ck_lift(const ck_basis *basis, const double *x, double *e, double *scratch) {
    size_t powers = basis->degree + 1;
    for (size_t v = 0; v < basis->variables; v++) {
        const double *variable = x + v * CK_POINTS;
        double *p = scratch + v * powers * CK_POINTS;
        for (size_t j = 0; j < CK_POINTS; j++) p[j] = 1;
        if (powers > 1)
            for (size_t j = 0; j < CK_POINTS; j++) p[CK_POINTS + j] = variable[j];
        for (size_t n = 2; n < powers; n++) {
            double *here = p + n * CK_POINTS, factor = basis->factor[n], shift = basis->shift[n];
            for (size_t j = 0; j < CK_POINTS; j++)
                here[j] = factor * variable[j] * here[j - CK_POINTS] - shift * here[j - 2 * CK_POINTS];
        }
    }
    for (size_t j = 0; j < CK_POINTS; j++) e[j] = 1;
    for (size_t i = 1; i < basis->count; i++) {
        const double *a = e + (size_t)basis->element[i] * CK_POINTS;
        const double *b = scratch + ((size_t)basis->variable[i] * powers + (size_t)basis->power[i]) * CK_POINTS;
        eight low = *(const eight *)a * *(const eight *)b, high = *(const eight *)(a + 8) * *(const eight *)(b + 8);
        *(eight *)(e + i * CK_POINTS) = low;
        *(eight *)(e + i * CK_POINTS + 8) = high;
    }
}

// MARK: - Triangle

// Columns of the panel that begins with this row: up to the diagonal of its last row.
static inline size_t panel_columns(size_t row, size_t n) { return row + CK_ROWS < n ? row + CK_ROWS : n; }

size_t ck_triangle_size(size_t n) {
    size_t size = 0;
    for (size_t row = 0; row < n; row += CK_ROWS) size += panel_columns(row, n) * CK_ROWS;
    return size;
}

void ck_arrange_triangle(const double *lower, size_t n, double *panels) {
    for (size_t row = 0; row < n; row += CK_ROWS)
        for (size_t column = 0; column < panel_columns(row, n); column++)
            for (size_t r = 0; r < CK_ROWS; r++, panels++)
                *panels = row + r < n && column <= row + r ? lower[(row + r) * n + column] : 0;
}

CK_WIDE
void ck_triangle_norms(const double *panels, size_t n, const double *e, double *q) {
    eight left = {0}, right = {0};
    for (size_t row = 0; row < n; row += CK_ROWS) {
        size_t columns = panel_columns(row, n);
        eight low[CK_ROWS], high[CK_ROWS];
        UNROLL for (int r = 0; r < CK_ROWS; r++) low[r] = high[r] = (eight){0};
        for (size_t column = 0; column < columns; column++, panels += CK_ROWS) {
            eight a = *(const eight *)(e + column * CK_POINTS), b = *(const eight *)(e + column * CK_POINTS + 8);
            UNROLL for (int r = 0; r < CK_ROWS; r++) {
                low[r] += panels[r] * a;
                high[r] += panels[r] * b;
            }
        }
        UNROLL for (int r = 0; r < CK_ROWS; r++) {
            left += low[r] * low[r];
            right += high[r] * high[r];
        }
    }
    *(eight *)q = left;
    *(eight *)(q + 8) = right;
}

// MARK: - Moments

enum { CK_TILE = 4 };

// The products of four rows and four others; a list that is shorter repeats its last one, whose products are left out.
CK_WIDE
void ck_add_row_products(const double *a, size_t stride, size_t length, const int32_t *rows, size_t row_count,
                         const int32_t *columns, size_t column_count, double *c, size_t n) {
    for (size_t row = 0; row < row_count; row += CK_TILE)
        for (size_t column = 0; column < column_count; column += CK_TILE) {
            const double *left[CK_TILE], *right[CK_TILE];
            for (size_t t = 0; t < CK_TILE; t++) {
                left[t] = a + (size_t)rows[row + t < row_count ? row + t : row_count - 1] * stride;
                right[t] = a + (size_t)columns[column + t < column_count ? column + t : column_count - 1] * stride;
            }
            eight sums[CK_TILE][CK_TILE];
            UNROLL for (int i = 0; i < CK_TILE; i++) {
                UNROLL for (int j = 0; j < CK_TILE; j++) sums[i][j] = (eight){0};
            }
            for (size_t k = 0; k < length; k += 8) {
                eight x[CK_TILE], y[CK_TILE];
                UNROLL for (int t = 0; t < CK_TILE; t++) {
                    x[t] = *(const eight *)(left[t] + k);
                    y[t] = *(const eight *)(right[t] + k);
                }
                UNROLL for (int i = 0; i < CK_TILE; i++) {
                    UNROLL for (int j = 0; j < CK_TILE; j++) sums[i][j] += x[i] * y[j];
                }
            }
            // Unrolled with constant places, so that the sums stay in registers.
            UNROLL for (int i = 0; i < CK_TILE; i++) {
                UNROLL for (int j = 0; j < CK_TILE; j++) {
                    if (row + i < row_count && column + j < column_count)
                        c[(size_t)rows[row + i] * n + (size_t)columns[column + j]] += CK_SUM(sums[i][j]);
                }
            }
        }
}

// MARK: - Design

// f·u over a stride that is a multiple of 8.
#define CK_ROW_PRODUCT(product, f, u, stride)                                                                       \
    do {                                                                                                            \
        eight even_ = {0}, odd_ = {0};                                                                              \
        size_t k_ = 0;                                                                                              \
        for (; k_ + 16 <= (stride); k_ += 16) {                                                                     \
            even_ += *(const eight *)((f) + k_) * *(const eight *)((u) + k_);                                       \
            odd_ += *(const eight *)((f) + k_ + 8) * *(const eight *)((u) + k_ + 8);                                \
        }                                                                                                           \
        if (k_ < (stride)) even_ += *(const eight *)((f) + k_) * *(const eight *)((u) + k_);                        \
        eight s_ = even_ + odd_;                                                                                    \
        product = CK_SUM(s_);                                                                                       \
    } while (0)

CK_WIDE
void ck_design_step(const double *f, size_t stride, size_t rows, const double *u, double beta, double scale, double shrink,
                    double *kappa, double *weights, size_t *largest, size_t *smallest) {
    size_t most = 0, least = rows;
    for (size_t row = 0; row < rows; row++, f += stride) {
        double product;
        CK_ROW_PRODUCT(product, f, u, stride);
        double value = (kappa[row] - beta * (product * product)) * scale;
        kappa[row] = value;
        weights[row] *= shrink;
        if (value > kappa[most]) most = row;
        if (weights[row] > 0 && (least == rows || value < kappa[least])) least = row;
    }
    *largest = most;
    *smallest = least;
}

CK_WIDE
void ck_row_products(const double *a, size_t stride, size_t rows, const double *u, double *y) {
    for (size_t row = 0; row < rows; row++, a += stride) CK_ROW_PRODUCT(y[row], a, u, stride);
}

CK_WIDE
void ck_rank_one(double *a, size_t stride, size_t rows, const double *u, double beta, double scale) {
    for (size_t row = 0; row < rows; row++, a += stride) {
        double factor = beta * u[row];
        for (size_t k = 0; k < stride; k += 8) {
            eight value = (*(eight *)(a + k) - factor * *(const eight *)(u + k)) * scale;
            *(eight *)(a + k) = value;
        }
    }
}
