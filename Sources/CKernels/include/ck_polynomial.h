#ifndef SAFERL_CK_POLYNOMIAL_H
#define SAFERL_CK_POLYNOMIAL_H
#include <stddef.h>
#include <stdint.h>

// Polynomials of many variables and quadratic forms of them, in Double, for 16 points at a time: numbers of one kind of all
// 16 points are adjacent. A point's results depend on its own numbers alone.

/// Points worked on together.
enum { CK_POINTS = 16 };

/// What a product basis is made of. Polynomial n of one variable is P₀ = 1, P₁ = x, Pₙ = factor[n] x Pₙ₋₁ − shift[n] Pₙ₋₂;
/// element i of the basis is element[i] of the basis times polynomial power[i] of variable variable[i].
typedef struct {
    size_t variables, degree, count;
    const double *factor, *shift;                  // [degree + 1]; 0 and 1 are not read
    const int32_t *element, *variable, *power;     // [count]; the first is the constant 1 and is not read
} ck_basis;

/// Doubles of scratch memory that `ck_lift` needs.
size_t ck_lift_scratch(const ck_basis *basis);
/// e [count, 16] = the basis at the points x [variables, 16].
void ck_lift(const ck_basis *basis, const double *x, double *e, double *scratch);

/// Rows of a triangular matrix that lie together.
enum { CK_ROWS = 4 };
/// Doubles that the panels of a triangle of order n take.
size_t ck_triangle_size(size_t n);
/// Arranges a lower triangular matrix [n, n] in panels of four rows, without what is above the diagonal.
void ck_arrange_triangle(const double *lower, size_t n, double *panels);
/// q [16] = ‖T e‖² for the 16 vectors e [n, 16].
void ck_triangle_norms(const double *panels, size_t n, const double *e, double *q);

/// c [n, n] += the product of row i and row j of a [n, stride], at (i, j), for every i of `rows` and j of `columns`; `length`
/// numbers of a row count, a multiple of 8.
void ck_add_row_products(const double *a, size_t stride, size_t length, const int32_t *rows, size_t row_count,
                         const int32_t *columns, size_t column_count, double *c, size_t n);

/// Rank-one step of an optimal design over rows f [rows, stride], whose numbers beyond their length are 0:
/// κ = (κ − beta (f·u)²) scale, w = w shrink. Returns in `largest` the first row of largest κ, and in `smallest` the first of
/// smallest κ among those with w > 0 (or `rows` if there is none). `stride` is a multiple of 8.
void ck_design_step(const double *f, size_t stride, size_t rows, const double *u, double beta, double scale, double shrink,
                    double *kappa, double *weights, size_t *largest, size_t *smallest);
/// y [rows] = A u for A [rows, stride], whose numbers beyond the length of u are 0; `stride` is a multiple of 8.
void ck_row_products(const double *a, size_t stride, size_t rows, const double *u, double *y);
/// A = (A − beta u uᵀ) scale for A [rows, stride].
void ck_rank_one(double *a, size_t stride, size_t rows, const double *u, double beta, double scale);
#endif
