#include "cmj_internal.h"
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

// Held while a model is compiled too: MuJoCo replaces its error handlers meanwhile, for the whole process.
static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;
static cmj_model *models;

static bool lies_in(const cmj_data_head *data, const double *field, int32_t count) {
    uintptr_t start = (uintptr_t)data->buffer, at = (uintptr_t)field;
    return at >= start && at + (uintptr_t)count * sizeof(double) <= start + (uintptr_t)data->nbuffer;
}

// The version number is a promise; this looks whether the fields lie where 2.2.2 has them, and takes one step to see
// the length of the engine's step.
static bool examine(cmj_model *model, cmj_fault *fault) {
    const cmj_library *library = model->library;
    const cmj_model_head *head = model->model;
    cmj_data_head *data = library->make(model->model);
    if (!data) {
        cmj_fail(fault, CMJ_NO_MEMORY, 0, "");
        return false;
    }
    bool is_known = head->nq > 0 && head->nq < 10000 && head->nv > 0 && head->nv <= head->nq && head->nu >= 0 &&
                    head->nu < 10000 && head->nbody > 0 && head->nbody < 10000 && data->nbuffer > 0 &&
                    lies_in(data, data->qpos, head->nq) && lies_in(data, data->qvel, head->nv) &&
                    lies_in(data, data->ctrl, head->nu) && lies_in(data, data->xpos, 3 * head->nbody) &&
                    lies_in(data, data->xmat, 9 * head->nbody) &&
                    data->qvel - data->qpos >= head->nq && data->time == 0;
    if (is_known) {
        library->step(model->model, data);
        model->timestep = data->time;
        is_known = model->timestep > 0 && model->timestep < 1;
    }
    library->delete_data(data);
    if (!is_known) cmj_fail(fault, CMJ_OTHER_LAYOUT, 0, library->path);
    return is_known;
}

static bool compile(cmj_model *model, cmj_fault *fault) {
    cmj_recovery recovery;
    char reason[CMJ_TEXT] = "";
    bool is_usable = false;
    if (setjmp(recovery.place)) {
        cmj_fail(fault, CMJ_ENGINE, 0, recovery.text);
    } else {
        cmj_on_error = &recovery;
        model->model = model->library->load(model->path, NULL, reason, sizeof reason);
        if (!model->model) cmj_fail(fault, CMJ_BAD_MODEL, 0, reason);
        else is_usable = examine(model, fault);
    }
    cmj_on_error = NULL;
    if (!is_usable && model->model) model->library->delete_model(model->model);
    return is_usable;
}

static cmj_model *make(const cmj_library *library, const char *path, cmj_fault *fault) {
    cmj_model *model = calloc(1, sizeof *model);
    char *copy = strdup(path);
    if (!model || !copy) cmj_fail(fault, CMJ_NO_MEMORY, 0, "");
    else {
        model->library = library;
        model->path = copy;
        if (compile(model, fault)) return model;
    }
    free(copy);
    free(model);
    return NULL;
}

const cmj_model *cmj_model_open(const cmj_library *library, const char *path, cmj_fault *fault) {
    pthread_mutex_lock(&guard);
    cmj_model *model = models;
    while (model && (model->library != library || strcmp(model->path, path) != 0)) model = model->next;
    if (!model && (model = make(library, path, fault))) {
        model->next = models;
        models = model;
    }
    pthread_mutex_unlock(&guard);
    return model;
}

cmj_sizes cmj_model_sizes(const cmj_model *model) {
    const cmj_model_head *head = model->model;
    return (cmj_sizes){head->nq, head->nv, head->nu, head->nbody, model->timestep};
}

int32_t cmj_model_body(const cmj_model *model, const char *name) {
    return model->library->number(model->model, BODY, name);
}
