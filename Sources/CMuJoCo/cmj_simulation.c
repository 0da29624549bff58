#define _GNU_SOURCE
#include "cmj_internal.h"
#include <ck_parallel.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static cmj_simulation *wrap(const cmj_model *model, const cmj_data_head *original, cmj_fault *fault) {
    cmj_recovery recovery;
    cmj_simulation *simulation = calloc(1, sizeof *simulation);
    if (!simulation) {
        cmj_fail(fault, CMJ_NO_MEMORY, 0, "");
        return NULL;
    }
    simulation->model = model;
    const cmj_library *library = model->library;
    if (setjmp(recovery.place)) {
        cmj_fail(fault, CMJ_ENGINE, 0, recovery.text);
    } else {
        cmj_on_error = &recovery;
        simulation->data = original ? library->copy(NULL, model->model, original) : library->make(model->model);
        if (!simulation->data) cmj_fail(fault, CMJ_NO_MEMORY, 0, "");
    }
    cmj_on_error = NULL;
    if (simulation->data) return simulation;
    free(simulation);
    return NULL;
}

cmj_simulation *cmj_simulation_make(const cmj_model *model, cmj_fault *fault) { return wrap(model, NULL, fault); }

cmj_simulation *cmj_simulation_copy(const cmj_simulation *original, cmj_fault *fault) {
    cmj_simulation *copy = wrap(original->model, original->data, fault);
    if (!copy) return NULL;
    copy->is_measured = original->is_measured;
    copy->fault = original->fault;
    return copy;
}

void cmj_simulation_free(cmj_simulation *simulation) {
    if (!simulation) return;
    simulation->model->library->delete_data(simulation->data);
    free(simulation);
}

// mj_resetData clears all 3 MB, which takes as long as several steps; what a course depends on is little: the state, the
// controls and what the solver begins with. Forces from outside and other inputs are never set here. After a fault
// anything may be anywhere.
static void clear(const cmj_model_head *head, cmj_data_head *data) {
    data->time = 0;
    memset(data->warning, 0, sizeof data->warning);
    memset(data->qacc_warmstart, 0, sizeof(double) * (size_t)head->nv);
    memset(data->ctrl, 0, sizeof(double) * (size_t)head->nu);
}

int32_t cmj_simulation_start(cmj_simulation *simulation, const double *positions, const double *velocities) {
    const cmj_library *library = simulation->model->library;
    void *model = simulation->model->model;
    const cmj_model_head *head = model;
    cmj_data_head *data = simulation->data;
    cmj_recovery recovery;
    int32_t fault = simulation->fault.kind;
    simulation->fault.kind = CMJ_OK;
    if (setjmp(recovery.place)) {
        cmj_fail(&simulation->fault, CMJ_ENGINE, 0, recovery.text);
    } else {
        cmj_on_error = &recovery;
        if (fault == CMJ_OK && head->na == 0) clear(head, data);
        else library->reset(model, data);
        memcpy(data->qpos, positions, sizeof(double) * (size_t)head->nq);
        memcpy(data->qvel, velocities, sizeof(double) * (size_t)head->nv);
        library->forward(model, data);
    }
    cmj_on_error = NULL;
    return simulation->fault.kind;
}

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

int32_t cmj_simulation_advance(cmj_simulation *simulation, int32_t substeps) {
    void (*step)(const void *, void *) = simulation->model->library->step;
    void *model = simulation->model->model;
    cmj_data_head *data = simulation->data;
    cmj_recovery recovery;
    uint64_t start = simulation->is_measured ? now() : 0;
    simulation->fault.kind = CMJ_OK;
    if (setjmp(recovery.place)) {
        cmj_fail(&simulation->fault, CMJ_ENGINE, 0, recovery.text);
    } else {
        cmj_on_error = &recovery;
        for (int32_t i = 0; i < substeps; i++) step(model, data);
        // The engine starts over from the default state by itself, which would pass for a leap of the body.
        for (int i = BAD_POSITION; i <= BAD_ACCELERATION; i++)
            if (data->warning[i].number > 0) cmj_fail(&simulation->fault, CMJ_UNSTABLE, 0, "");
    }
    cmj_on_error = NULL;
    if (simulation->is_measured) simulation->nanoseconds += now() - start;
    return simulation->fault.kind;
}

typedef struct {
    cmj_simulation *_Nonnull const *simulations;
    const double *states; // NULL: the worlds are advanced
    int32_t count, substeps;
    atomic_int next;
} crowd;

// Worlds do not know of one another, so it does not matter which worker takes which.
static void serve(void *context, int32_t worker) {
    (void)worker;
    crowd *crowd = context;
    for (;;) {
        int32_t index = atomic_fetch_add_explicit(&crowd->next, 1, memory_order_relaxed);
        if (index >= crowd->count) return;
        cmj_simulation *simulation = crowd->simulations[index];
        if (!crowd->states) {
            cmj_simulation_advance(simulation, crowd->substeps);
            continue;
        }
        const cmj_model_head *head = simulation->model->model;
        const double *state = crowd->states + (size_t)index * (size_t)(head->nq + head->nv);
        cmj_simulation_start(simulation, state, state + head->nq);
    }
}

static void share(crowd *crowd, int32_t workers) {
    int32_t most = workers > 0 ? workers : ck_threads();
    ck_parallel(most < crowd->count ? most : crowd->count, serve, crowd);
}

void cmj_simulation_start_all(cmj_simulation *_Nonnull const *_Nonnull simulations, int32_t count, const double *states,
                              int32_t workers) {
    crowd crowd = {.simulations = simulations, .states = states, .count = count};
    share(&crowd, workers);
}

void cmj_simulation_advance_all(cmj_simulation *_Nonnull const *_Nonnull simulations, int32_t count, int32_t substeps,
                                int32_t workers) {
    crowd crowd = {.simulations = simulations, .count = count, .substeps = substeps};
    share(&crowd, workers);
}

const cmj_fault *cmj_simulation_fault(const cmj_simulation *simulation) { return &simulation->fault; }
const double *cmj_simulation_positions(const cmj_simulation *simulation) { return simulation->data->qpos; }
const double *cmj_simulation_velocities(const cmj_simulation *simulation) { return simulation->data->qvel; }
const double *cmj_simulation_body(const cmj_simulation *simulation, int32_t body) {
    return simulation->data->xpos + 3 * body;
}
double cmj_simulation_height(const cmj_simulation *simulation, int32_t body, const double *point) {
    const double *turn = simulation->data->xmat + 9 * body + 6;
    return simulation->data->xpos[3 * body + 2] + turn[0] * point[0] + turn[1] * point[1] + turn[2] * point[2];
}
double *cmj_simulation_controls(cmj_simulation *simulation) { return simulation->data->ctrl; }
void cmj_simulation_measure(cmj_simulation *simulation, int32_t is_measured) { simulation->is_measured = is_measured; }
double cmj_simulation_engine_seconds(const cmj_simulation *simulation) {
    return 1e-9 * (double)simulation->nanoseconds;
}
