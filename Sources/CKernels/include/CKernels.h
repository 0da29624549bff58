#ifndef SAFERL_CKERNELS_H
#define SAFERL_CKERNELS_H
// Umbrella of the vectorised loops. All work on contiguous row-major numbers (floats, unless a
// header says Double), on the calling thread (only
// ck_parallel uses more), allocate nothing, and propagate NaN. `accumulate` 0 overwrites the result, 1 adds to it.
#include "ck_attention.h"
#include "ck_bf16.h"
#include "ck_density.h"
#include "ck_double.h"
#include "ck_elementwise.h"
#include "ck_narrow_panels.h"
#include "ck_nearest.h"
#include "ck_optimizer.h"
#include "ck_panels.h"
#include "ck_parallel.h"
#include "ck_polynomial.h"
#include "ck_product.h"
#include "ck_projection.h"
#include "ck_random.h"
#include "ck_rows.h"
#include "ck_shard.h"
#endif
