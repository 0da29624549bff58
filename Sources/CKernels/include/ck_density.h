#ifndef SAFERL_CK_DENSITY_H
#define SAFERL_CK_DENSITY_H
#include <stddef.h>

// Sums of Gaussian kernels in Double. A number of a result depends on its own query alone, not on how many are asked.

/// References that lie together: numbers k of eight references are adjacent, so that one instruction works on eight.
enum { CK_GROUP = 8 };

/// y = 2^x for x in [-1022, 1023]; 2^-1022 below and for NaN. Within 1.1 ULP.
void ck_exp2_double(const double *x, double *y, size_t n);
/// Adds Σ e^(−rate (‖x − y‖² − offset)), with x − y subtracted first, to eight interleaved sums of each query.
///
/// `queries` is [count, d], `offsets` [count]; `groups` is [group_count, d, 8], padded with numbers so large that nothing is
/// added (1e200); `sums` is [count, 8]. A term below 2^-1022 counts as 2^-1022, about 2e-308.
void ck_add_kernels(const double *queries, const double *offsets, size_t count, const double *groups, size_t group_count,
                    size_t d, double rate, double *sums);
/// Lowers the numbers of `least` [count] to the smallest ‖x − y‖² of each query.
void ck_smallest_squares(const double *queries, size_t count, const double *groups, size_t group_count, size_t d, double *least);
#endif
