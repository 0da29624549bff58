#include <hdf5.h>

#include "ch5_internal.h"

// libhdf5's cache of what describes groups and data sets grows with their number: by 10 kB for each episode's group.
void ch5_bound_cache(int64_t access) {
    H5AC_cache_config_t cache = {.version = H5AC__CURR_CACHE_CONFIG_VERSION};
    if (H5Pget_mdc_config(access, &cache) < 0) return;
    cache.set_initial_size = 1;
    cache.initial_size = cache.min_size = 1 << 20;
    cache.max_size = 4 << 20;
    cache.incr_mode = H5C_incr__off;
    cache.flash_incr_mode = H5C_flash_incr__off;
    cache.decr_mode = H5C_decr__off;
    H5Pset_mdc_config(access, &cache);
}

int64_t ch5_most_bytes(int64_t file_bytes, const ch5_limits *limits) {
    // A stored byte packs at most 1100 (as `check_packing` has it), becomes a number of four bytes, and next observations
    // may be made from the observations; a few pages more for small files.
    double most = 2 * 4 * 1100.0 * (double)file_bytes + (1 << 20);
    return most < (double)limits->maximum_bytes ? (int64_t)most : limits->maximum_bytes;
}
