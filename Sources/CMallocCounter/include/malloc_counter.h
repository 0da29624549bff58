#ifndef SAFERL_MALLOC_COUNTER_H
#define SAFERL_MALLOC_COUNTER_H
#include <stddef.h>
#include <stdint.h>

// Counts the calling thread's heap allocations in a test program. Linking this target replaces malloc, calloc, realloc,
// aligned_alloc, posix_memalign and memalign by functions that forward to glibc's own; free stays what it is. Where
// that is not possible (another C library, a sanitizer) nothing is replaced.

/// 1 if allocations are counted in this program, else 0.
int malloc_counter_works(void);
/// Starts counting from 0 on the calling thread; other threads are not affected.
void malloc_counter_start(void);
/// Stops counting on the calling thread and returns the number of allocations since the start.
int64_t malloc_counter_stop(void);
/// The most bytes that the calling thread asked for at once while it last counted.
size_t malloc_counter_largest(void);
/// Prints, on standard error, the callers of the first allocations of the calling thread that were last counted.
void malloc_counter_print(void);
#endif
