#include "ch5_internal.h"

int64_t ch5_most_bytes(int64_t file_bytes, const ch5_limits *limits) {
    // A stored byte packs at most 1100 (as `check_packing` has it), becomes a number of four bytes, and next observations
    // may be made from the observations; a few pages more for small files.
    double most = 2 * 4 * 1100.0 * (double)file_bytes + (1 << 20);
    return most < (double)limits->maximum_bytes ? (int64_t)most : limits->maximum_bytes;
}
