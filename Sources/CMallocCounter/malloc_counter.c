#include "include/malloc_counter.h"
#include <errno.h>
#include <stdio.h>
#include <stddef.h>
#include <stdlib.h>

#if defined(__GLIBC__) && !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer) && \
    !__has_feature(memory_sanitizer)
#define REPLACES 1
#include <execinfo.h>
#else
#define REPLACES 0
#endif

// Initial-exec storage is reached without a call, so counting never allocates by itself.
static __thread int64_t count __attribute__((tls_model("initial-exec")));
static __thread size_t largest __attribute__((tls_model("initial-exec")));
static __thread int counting __attribute__((tls_model("initial-exec")));

#if REPLACES
// Callers of the first allocations, for a message: an allocation that is seldom made is not found by a second run.
enum { CALLS = 6, DEPTH = 10 };
static __thread void *callers[CALLS][DEPTH] __attribute__((tls_model("initial-exec")));
static __thread int depths[CALLS] __attribute__((tls_model("initial-exec")));

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t number, size_t size);
extern void *__libc_realloc(void *block, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

static inline void note(size_t size) {
    if (!counting) return;
    if (size > largest) largest = size;
    if (count < CALLS) {
        counting = 0; // what this needs is not counted
        depths[count] = backtrace(callers[count], DEPTH);
        counting = 1;
    }
    count++;
}

void *malloc(size_t size) {
    note(size);
    return __libc_malloc(size);
}

void *calloc(size_t number, size_t size) {
    size_t whole;
    note(__builtin_mul_overflow(number, size, &whole) ? SIZE_MAX : whole);
    return __libc_calloc(number, size);
}

void *realloc(void *block, size_t size) {
    note(size);
    return __libc_realloc(block, size);
}

void *memalign(size_t alignment, size_t size) {
    note(size);
    return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    note(size);
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **block, size_t alignment, size_t size) {
    if (alignment % sizeof(void *) != 0 || alignment == 0 || (alignment & (alignment - 1)) != 0) return EINVAL;
    note(size);
    void *memory = __libc_memalign(alignment, size);
    if (!memory) return ENOMEM;
    *block = memory;
    return 0;
}
#endif

int malloc_counter_works(void) { return REPLACES; }

void malloc_counter_start(void) {
    count = 0;
    largest = 0;
    counting = 1;
}

int64_t malloc_counter_stop(void) {
    counting = 0;
    return count;
}

size_t malloc_counter_largest(void) { return largest; }

void malloc_counter_print(void) {
#if REPLACES
    for (int call = 0; call < CALLS && call < count; call++) {
        fprintf(stderr, "allocation %d of %lld, by\n", call + 1, (long long)count);
        fflush(stderr);
        backtrace_symbols_fd(callers[call] + 1, depths[call] - 1, 2);
    }
#endif
}
