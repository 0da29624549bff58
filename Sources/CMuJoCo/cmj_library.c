#define _GNU_SOURCE
#include "cmj_internal.h"
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Thread_local cmj_recovery *cmj_on_error;

static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;
static cmj_library *libraries;

void cmj_fail(cmj_fault *fault, int32_t kind, int32_t number, const char *detail) {
    fault->kind = kind;
    fault->number = number;
    snprintf(fault->detail, sizeof fault->detail, "%s", detail);
}

// The library's own handlers end the process, and write a log file into the working directory.
static void leave(const char *text) {
    if (!cmj_on_error) abort(); // not reached: every call that can fail sets it
    snprintf(cmj_on_error->text, sizeof cmj_on_error->text, "%s", text);
    longjmp(cmj_on_error->place, 1);
}

static void ignore(const char *text) { (void)text; } // warnings are counted in mjData, and read there

// Names of the system's library: the one with the version first, as the package without headers installs it.
static void *open_any(const char *path, cmj_fault *fault) {
    const char *names[] = {path ? path : "libmujoco.so.2.2.2", path ? NULL : "libmujoco.so"};
    for (int i = 0; i < 2; i++) {
        void *handle = names[i] ? dlopen(names[i], RTLD_NOW | RTLD_LOCAL) : NULL;
        if (handle) return handle;
        const char *reason = i == 0 ? dlerror() : NULL;
        if (reason) cmj_fail(fault, CMJ_NO_LIBRARY, 0, reason);
    }
    return NULL;
}

static int find(void *handle, cmj_library *library, cmj_fault *fault) {
    struct { const char *name; void **place; } symbols[] = {
        {"mj_loadXML", (void **)&library->load}, {"mj_deleteModel", (void **)&library->delete_model},
        {"mj_makeData", (void **)&library->make}, {"mj_copyData", (void **)&library->copy},
        {"mj_deleteData", (void **)&library->delete_data}, {"mj_resetData", (void **)&library->reset},
        {"mj_forward", (void **)&library->forward}, {"mj_step", (void **)&library->step},
        {"mj_name2id", (void **)&library->number}, {"mju_user_error", (void **)&library->user_error},
        {"mju_user_warning", (void **)&library->user_warning},
    };
    for (size_t i = 0; i < sizeof symbols / sizeof *symbols; i++) {
        *symbols[i].place = dlsym(handle, symbols[i].name);
        if (!*symbols[i].place) {
            cmj_fail(fault, CMJ_NO_FUNCTION, 0, symbols[i].name);
            return 0;
        }
    }
    return 1;
}

static cmj_library *load(const char *path, cmj_fault *fault) {
    void *handle = open_any(path, fault);
    if (!handle) return NULL;
    cmj_library *library = calloc(1, sizeof *library);
    if (!library) cmj_fail(fault, CMJ_NO_MEMORY, 0, "");
    else {
        *(void **)&library->version = dlsym(handle, "mj_version");
        Dl_info place = {0};
        if (!library->version) cmj_fail(fault, CMJ_NO_FUNCTION, 0, "mj_version");
        else {
            dladdr(*(void **)&library->version, &place);
            library->path = strdup(place.dli_fname ? place.dli_fname : "");
            library->name = strdup(path ? path : "");
            int version = library->version();
            // The version first: another one may lack functions too, and that is not what is wrong with it.
            if (version != CMJ_VERSION) cmj_fail(fault, CMJ_OTHER_VERSION, version, library->path ? library->path : "");
            else if (!library->path || !library->name) cmj_fail(fault, CMJ_NO_MEMORY, 0, "");
            else if (find(handle, library, fault)) {
                *library->user_error = leave;
                *library->user_warning = ignore;
                return library;
            }
        }
        free(library->path);
        free(library->name);
        free(library);
    }
    dlclose(handle);
    return NULL;
}

const cmj_library *cmj_library_open(const char *path, cmj_fault *fault) {
    pthread_mutex_lock(&guard);
    cmj_library *library = libraries;
    while (library && strcmp(library->name, path ? path : "") != 0) library = library->next;
    if (!library && (library = load(path, fault))) {
        library->next = libraries;
        libraries = library;
    }
    pthread_mutex_unlock(&guard);
    return library;
}

const char *cmj_library_path(const cmj_library *library) { return library->path; }

int32_t cmj_can_run_official_build(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx") ? 1 : 0;
#else
    return 0;
#endif
}

const cmj_field *cmj_fields(void) {
#define MODEL(field) {"mjModel." #field, offsetof(cmj_model_head, field)}
#define DATA(field) {"mjData." #field, offsetof(cmj_data_head, field)}
    static const cmj_field fields[] = {
        MODEL(nq), MODEL(nv), MODEL(nu), MODEL(na), MODEL(nbody), DATA(nbuffer), DATA(warning), DATA(time),
        DATA(buffer), DATA(qpos), DATA(qvel), DATA(qacc_warmstart), DATA(ctrl), DATA(xpos),
        DATA(xmat), {"mjModel.ngeom", CMJ_MODEL_NGEOM}, {"mjModel.opt.gravity", CMJ_MODEL_GRAVITY},
        {"mjModel.body_mass", CMJ_MODEL_BODY_MASS}, {"mjModel.body_inertia", CMJ_MODEL_BODY_INERTIA},
        {"mjModel.geom_friction", CMJ_MODEL_GEOM_FRICTION}, {NULL, 0},
    };
    return fields;
}
