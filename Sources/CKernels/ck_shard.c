#include "include/ck_shard.h"
#include <stddef.h>

static _Thread_local void *context;
static _Thread_local uint64_t lane;

void *ck_shard_context(void) { return context; }

uint64_t ck_shard_lane(void) { return lane; }

void ck_set_shard(void *new_context, uint64_t new_lane) {
    context = new_context;
    lane = new_lane;
}
