#ifndef SAFERL_CK_PARALLEL_H
#define SAFERL_CK_PARALLEL_H
#include <stdint.h>

typedef void (*ck_job)(void *context, int32_t shard);

/// Runs job(context, 0 ..< shards) on the pool's threads and the caller's, and returns when all are done. Which thread
/// takes which shard is left open, so a job's results must not depend on it. A second caller at the same time, or a
/// caller inside a job, runs its shards alone.
void ck_parallel(int32_t shards, ck_job job, void *context);
/// Sets the number of threads, the caller included; 0 means the cores that the process may run on. At most 64. They start
/// here, or with the first job where this is never called, and stay: lowering the number to 1 runs alone, to anything else
/// has no effect. It waits for the job that runs, and for no later one: callers of `ck_parallel` run alone meanwhile.
void ck_set_threads(int32_t threads);
/// Threads in use, the caller included.
int32_t ck_threads(void);
/// Cores that the process may run on.
int32_t ck_usable_cores(void);
/// 3 for AVX-512 (F, BW, DQ, VL, CD), 2 for AVX2 with FMA, else 1.
int32_t ck_vector_level(void);
#endif
