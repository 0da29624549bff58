#define _GNU_SOURCE
#include "cmj_internal.h"
#include <dlfcn.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;

/// A model that was changed.
typedef struct cmj_changed {
    cmj_model model;
    const cmj_model *original;
    double mass, friction, gravity;
    struct cmj_changed *next;
} cmj_changed;

static cmj_changed *changed;

/// Functions that nothing else needs.
typedef struct {
    void *(*copy)(void *into, const void *from);
    void (*set)(void *model, void *data);
    double (*total)(const void *model);
} functions;

static int find(const cmj_library *library, functions *found, cmj_fault *fault) {
    void *handle = dlopen(library->path, RTLD_NOW | RTLD_LOCAL | RTLD_NOLOAD);
    struct { const char *name; void **place; } symbols[] = {
        {"mj_copyModel", (void **)&found->copy}, {"mj_setConst", (void **)&found->set},
        {"mj_getTotalmass", (void **)&found->total},
    };
    for (size_t i = 0; i < sizeof symbols / sizeof *symbols; i++) {
        *symbols[i].place = handle ? dlsym(handle, symbols[i].name) : NULL;
        if (*symbols[i].place) continue;
        cmj_fail(fault, CMJ_NO_FUNCTION, 0, symbols[i].name);
        if (handle) dlclose(handle);
        return 0;
    }
    dlclose(handle); // open elsewhere until the process ends
    return 1;
}

static double *numbers(void *model, size_t place) { return *(double **)((char *)model + place); }

static int32_t whole(const void *model, size_t place) { return *(const int32_t *)((const char *)model + place); }

static void scale(double *values, int32_t count, double factor) {
    for (int32_t i = 0; i < count; i++) values[i] *= factor;
}

// The masses of the bodies add up to what the library says of all of them only where they lie where 2.2.2 has them.
static int is_known(void *model, const functions *library) {
    int32_t bodies = whole(model, offsetof(cmj_model_head, nbody)), geoms = whole(model, CMJ_MODEL_NGEOM);
    double *mass = numbers(model, CMJ_MODEL_BODY_MASS), *friction = numbers(model, CMJ_MODEL_GEOM_FRICTION), sum = 0;
    if (!mass || !friction || geoms <= 0 || geoms > 10000) return 0;
    for (int32_t i = 0; i < bodies; i++) sum += mass[i];
    double total = library->total(model);
    if (!(total > 0) || fabs(sum - total) > 1e-9 * total) return 0;
    for (int32_t i = 0; i < 3 * geoms; i++)
        if (!(friction[i] >= 0 && friction[i] < 1000)) return 0;
    const double *gravity = (const double *)((char *)model + CMJ_MODEL_GRAVITY);
    return gravity[0] == 0 && gravity[1] == 0 && gravity[2] <= 0 && gravity[2] > -100;
}

static int change(cmj_changed *own, cmj_fault *fault) {
    functions library;
    cmj_recovery recovery;
    void *volatile copy = NULL, *volatile data = NULL; // kept over a longjmp
    int is_usable = 0;
    if (!find(own->original->library, &library, fault)) return 0;
    if (setjmp(recovery.place)) {
        cmj_fail(fault, CMJ_ENGINE, 0, recovery.text);
    } else {
        cmj_on_error = &recovery;
        copy = library.copy(NULL, own->original->model);
        if (!copy) cmj_fail(fault, CMJ_NO_MEMORY, 0, "");
        else if (!is_known(copy, &library)) cmj_fail(fault, CMJ_OTHER_LAYOUT, 0, own->original->library->path);
        else {
            int32_t bodies = whole(copy, offsetof(cmj_model_head, nbody)), geoms = whole(copy, CMJ_MODEL_NGEOM);
            scale(numbers(copy, CMJ_MODEL_BODY_MASS), bodies, own->mass);
            scale(numbers(copy, CMJ_MODEL_BODY_INERTIA), 3 * bodies, own->mass);
            scale(numbers(copy, CMJ_MODEL_GEOM_FRICTION), 3 * geoms, own->friction);
            scale((double *)((char *)copy + CMJ_MODEL_GRAVITY), 3, own->gravity);
            data = own->original->library->make(copy);
            if (!data) cmj_fail(fault, CMJ_NO_MEMORY, 0, "");
            else {
                // What follows from masses, such as inverse weights of constraints.
                library.set(copy, data);
                is_usable = 1;
            }
        }
    }
    cmj_on_error = NULL;
    if (data) own->original->library->delete_data(data);
    if (!is_usable && copy) own->original->library->delete_model(copy);
    own->model = *own->original;
    own->model.model = copy;
    return is_usable;
}

const cmj_model *cmj_model_changed(const cmj_model *model, double mass, double friction, double gravity,
                                   cmj_fault *fault) {
    if (mass == 1 && friction == 1 && gravity == 1) return model;
    pthread_mutex_lock(&guard);
    cmj_changed *own = changed;
    while (own && (own->original != model || own->mass != mass || own->friction != friction || own->gravity != gravity))
        own = own->next;
    if (!own) {
        own = calloc(1, sizeof *own);
        if (!own) cmj_fail(fault, CMJ_NO_MEMORY, 0, "");
        else {
            own->original = model;
            own->mass = mass;
            own->friction = friction;
            own->gravity = gravity;
            if (change(own, fault)) {
                own->next = changed;
                changed = own;
            } else {
                free(own);
                own = NULL;
            }
        }
    }
    pthread_mutex_unlock(&guard);
    return own ? &own->model : NULL;
}
