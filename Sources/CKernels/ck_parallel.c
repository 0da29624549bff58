#define _GNU_SOURCE
#include "include/ck_parallel.h"
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <unistd.h>

enum { MOST_THREADS = 64, MOST_SHARDS = 1 << 14, SPINS = 4000 };

// Workers spin for some microseconds between jobs, because the next operation of a training step follows at once, and
// sleep on a condition variable otherwise. The caller waits for shards, not for workers: one that has not woken up yet, or
// that the system has put aside, holds up nothing that it has not begun.
static struct {
    pthread_mutex_t owner; // held by the caller that uses the pool
    pthread_mutex_t sleep;
    pthread_cond_t wake;
    // Ticket of the job (32 bits), its number of shards (16), the next shard (16), so that one addition claims a shard of
    // exactly the job that is current. `job` and `context` change only when every claimed shard is done.
    atomic_uint_least64_t state;
    atomic_int done;
    atomic_int sleepers;
    atomic_int setters; // callers of `ck_set_threads` that wait for the pool
    ck_job job;
    void *context;
    int32_t threads, started;
    pid_t process;
} pool = {.owner = PTHREAD_MUTEX_INITIALIZER, .sleep = PTHREAD_MUTEX_INITIALIZER, .wake = PTHREAD_COND_INITIALIZER};

static inline void pause_briefly(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#else
    atomic_signal_fence(memory_order_seq_cst);
#endif
}

static inline uint32_t ticket_of(uint64_t state) { return (uint32_t)(state >> 32); }

// Works until no shard of the current job is left; returns that job's ticket.
static uint32_t take_shards(void) {
    for (;;) {
        uint64_t claim = atomic_fetch_add_explicit(&pool.state, 1, memory_order_acq_rel);
        int32_t shard = (int32_t)(claim & 0xffff), shards = (int32_t)(claim >> 16 & 0xffff);
        if (shard >= shards) return ticket_of(claim);
        pool.job(pool.context, shard);
        atomic_fetch_add_explicit(&pool.done, 1, memory_order_release);
    }
}

static void *work(void *start) {
    uint32_t seen = (uint32_t)(uintptr_t)start;
    for (;;) {
        int spins = 0;
        while (ticket_of(atomic_load_explicit(&pool.state, memory_order_relaxed)) == seen) {
            if (++spins < SPINS) {
                pause_briefly();
                continue;
            }
            pthread_mutex_lock(&pool.sleep);
            atomic_fetch_add(&pool.sleepers, 1);
            while (ticket_of(atomic_load(&pool.state)) == seen) pthread_cond_wait(&pool.wake, &pool.sleep);
            atomic_fetch_sub(&pool.sleepers, 1);
            pthread_mutex_unlock(&pool.sleep);
        }
        seen = take_shards();
    }
    return NULL;
}

int32_t ck_usable_cores(void) {
    cpu_set_t set;
    int32_t count = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    return count < 1 ? 1 : (count > MOST_THREADS ? MOST_THREADS : count);
}

// Called with `owner` held, between jobs. Threads are never ended.
static void start_threads(void) {
    if (pool.process != getpid()) { // first use, or a child of fork, where no worker lives
        pool.process = getpid();
        pool.started = 0;
    }
    while (pool.started < pool.threads - 1) {
        pthread_t thread;
        pthread_attr_t attributes;
        pthread_attr_init(&attributes);
        pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
        int failed = pthread_create(&thread, &attributes, work, (void *)(uintptr_t)ticket_of(atomic_load(&pool.state)));
        pthread_attr_destroy(&attributes);
        if (failed) {
            pool.threads = pool.started + 1;
            break;
        }
        pool.started++;
    }
}

void ck_parallel(int32_t shards, ck_job job, void *context) {
    // The mutex is not fair: one caller with job after job took it again before a waiter had woken up, for as long as it had work.
    if (shards <= 1 || shards > MOST_SHARDS || atomic_load_explicit(&pool.setters, memory_order_relaxed) > 0 ||
        pthread_mutex_trylock(&pool.owner) != 0) {
        for (int32_t shard = 0; shard < shards; shard++) job(context, shard);
        return;
    }
    if (pool.threads == 0) pool.threads = ck_usable_cores();
    if (pool.threads > 1) start_threads();
    if (pool.threads == 1) {
        for (int32_t shard = 0; shard < shards; shard++) job(context, shard);
        pthread_mutex_unlock(&pool.owner);
        return;
    }
    pool.job = job;
    pool.context = context;
    atomic_store_explicit(&pool.done, 0, memory_order_relaxed);
    uint64_t ticket = ticket_of(atomic_load_explicit(&pool.state, memory_order_relaxed)) + 1;
    atomic_store(&pool.state, ticket << 32 | (uint64_t)shards << 16);
    if (atomic_load(&pool.sleepers) > 0) {
        pthread_mutex_lock(&pool.sleep);
        pthread_cond_broadcast(&pool.wake);
        pthread_mutex_unlock(&pool.sleep);
    }
    take_shards();
    for (int spins = 0; atomic_load_explicit(&pool.done, memory_order_acquire) < shards; spins++) {
        if (spins < SPINS) pause_briefly();
        else sched_yield();
    }
    pthread_mutex_unlock(&pool.owner);
}

void ck_set_threads(int32_t threads) {
    atomic_fetch_add(&pool.setters, 1);
    pthread_mutex_lock(&pool.owner);
    atomic_fetch_sub(&pool.setters, 1);
    pool.threads = threads <= 0 ? ck_usable_cores() : (threads > MOST_THREADS ? MOST_THREADS : threads);
    start_threads(); // here, so that no later job has to: starting allocates
    pthread_mutex_unlock(&pool.owner);
}

int32_t ck_threads(void) { return pool.threads ? pool.threads : ck_usable_cores(); }

int32_t ck_vector_level(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512cd"))
        return 3;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return 2;
#endif
    return 1;
}
