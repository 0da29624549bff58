/* Times one action of an exported policy:
 *
 *     saferl export RUN --to c --out policy.c
 *     cc -std=gnu11 -O3 -march=native -DPOLICY='"policy.c"' Benchmarks/policy_timing.c -lm -o policy_timing && ./policy_timing
 *
 * Prints the median and the shortest of 101 actions in milliseconds. */
#include POLICY
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(void)
{
    static float observation[POLICY_OBSERVATION], noise[POLICY_NOISE + 1], action[POLICY_ACTION];
    double milliseconds[101];
    uint64_t state = 1;
    for (int k = 0; k < 101; ++k) {
        policy_draw(&state, noise);
        for (int i = 0; i < POLICY_OBSERVATION; ++i) observation[i] = (float)((k + i) % 7) / 7;
        struct timespec before, after;
        clock_gettime(CLOCK_MONOTONIC, &before);
        policy_act(observation, noise, action);
        clock_gettime(CLOCK_MONOTONIC, &after);
        milliseconds[k] = 1e3 * (double)(after.tv_sec - before.tv_sec) + 1e-6 * (double)(after.tv_nsec - before.tv_nsec);
    }
    qsort(milliseconds, 101, sizeof milliseconds[0], ascending);
    printf("%.3f ms (shortest %.3f)\n", milliseconds[50], milliseconds[0]);
    return 0;
}
