#ifndef SAFERL_CK_NEAREST_H
#define SAFERL_CK_NEAREST_H
#include <stddef.h>
#include <stdint.h>

// Squares of distances in Double with the bits of the plain loop: subtract, multiply, add, each rounded by itself, numbers in
// rising order. Points lie in groups of eight: number k of eight points is adjacent, `[group_count, d, 8]`.

/// Finds the points of groups whose ‖x − y‖² is at most `limit`, and stops with a group where none can be.
///
/// Writes their places among the 8·group_count points, rising, and their squares; returns how many. The arrays have room for all.
size_t ck_near_squares(const double *x, size_t d, const double *groups, size_t group_count, double limit,
                       int32_t *places, double *squares);
/// Writes for each of 8·group_count boxes the square of the distance from x to it, 0 inside.
///
/// Rounding is monotone, so none is above ‖x − y‖² as computed here for a y of the box. `low` and `high` are [group_count, d, 8].
void ck_box_squares(const double *x, size_t d, const double *low, const double *high, size_t group_count, double *squares);
#endif
