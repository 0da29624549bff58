#ifndef SAFERL_CK_SHARD_H
#define SAFERL_CK_SHARD_H
#include <stdint.h>

/// What the calling thread works for, NULL for nothing: a thread's own, so that others beside it notice nothing.
void *ck_shard_context(void);
/// Mixed into the index of the thread's shared random streams; 0 leaves them as they are.
uint64_t ck_shard_lane(void);
/// Sets both for the calling thread.
void ck_set_shard(void *context, uint64_t lane);
#endif
