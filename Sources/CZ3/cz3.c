#define _GNU_SOURCE
#include "CZ3.h"
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Of Z3's own header: contexts and configurations are pointers, an error's code is an enumeration whose 0 means none.
typedef void (*handler)(void *context, int code);

struct cz3_library {
    char *name, *path, *version;
    const char *(*full_version)(void);
    void *(*make_configuration)(void);
    void (*delete_configuration)(void *configuration);
    void *(*make_context)(void *configuration);
    void (*delete_context)(void *context);
    void (*set_handler)(void *context, handler handler);
    const char *(*evaluate)(void *context, const char *text);
    cz3_library *next;
};

struct cz3_context {
    const cz3_library *library;
    void *context;
};

static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;
static cz3_library *libraries;
static _Thread_local int error_code;

// The library's own handler ends the process.
static void keep(void *context, int code) {
    (void)context;
    error_code = code;
}

static void fail(cz3_fault *fault, int32_t kind, const char *detail) {
    fault->kind = kind;
    snprintf(fault->detail, sizeof fault->detail, "%s", detail);
}

// Names of the system's library: the one with the version first, as the package without headers installs it.
static void *open_any(const char *path, cz3_fault *fault) {
    const char *names[] = {path ? path : "libz3.so.4", path ? NULL : "libz3.so"};
    for (int i = 0; i < 2; i++) {
        void *handle = names[i] ? dlopen(names[i], RTLD_NOW | RTLD_LOCAL) : NULL;
        if (handle) return handle;
        const char *reason = i == 0 ? dlerror() : NULL;
        if (reason) fail(fault, CZ3_NO_LIBRARY, reason);
    }
    return NULL;
}

static int find(void *handle, cz3_library *library, cz3_fault *fault) {
    struct { const char *name; void **place; } symbols[] = {
        {"Z3_get_full_version", (void **)&library->full_version},
        {"Z3_mk_config", (void **)&library->make_configuration},
        {"Z3_del_config", (void **)&library->delete_configuration},
        {"Z3_mk_context", (void **)&library->make_context},
        {"Z3_del_context", (void **)&library->delete_context},
        {"Z3_set_error_handler", (void **)&library->set_handler},
        {"Z3_eval_smtlib2_string", (void **)&library->evaluate},
    };
    for (size_t i = 0; i < sizeof symbols / sizeof *symbols; i++) {
        *symbols[i].place = dlsym(handle, symbols[i].name);
        if (!*symbols[i].place) {
            fail(fault, CZ3_NO_FUNCTION, symbols[i].name);
            return 0;
        }
    }
    return 1;
}

static cz3_library *load(const char *path, cz3_fault *fault) {
    void *handle = open_any(path, fault);
    if (!handle) return NULL;
    cz3_library *library = calloc(1, sizeof *library);
    if (!library) fail(fault, CZ3_NO_MEMORY, "");
    else if (find(handle, library, fault)) {
        Dl_info place = {0};
        dladdr(*(void **)&library->evaluate, &place);
        library->path = strdup(place.dli_fname ? place.dli_fname : "");
        library->name = strdup(path ? path : "");
        library->version = strdup(library->full_version());
        if (library->path && library->name && library->version) return library;
        fail(fault, CZ3_NO_MEMORY, "");
        free(library->path);
        free(library->name);
        free(library->version);
    }
    free(library);
    dlclose(handle);
    return NULL;
}

const cz3_library *cz3_library_open(const char *path, cz3_fault *fault) {
    pthread_mutex_lock(&guard);
    cz3_library *library = libraries;
    while (library && strcmp(library->name, path ? path : "") != 0) library = library->next;
    if (!library && (library = load(path, fault))) {
        library->next = libraries;
        libraries = library;
    }
    pthread_mutex_unlock(&guard);
    return library;
}

const char *cz3_library_version(const cz3_library *library) { return library->version; }
const char *cz3_library_path(const cz3_library *library) { return library->path; }

cz3_context *cz3_context_make(const cz3_library *library, cz3_fault *fault) {
    cz3_context *context = calloc(1, sizeof *context);
    if (!context) {
        fail(fault, CZ3_NO_MEMORY, "");
        return NULL;
    }
    context->library = library;
    void *configuration = library->make_configuration();
    context->context = configuration ? library->make_context(configuration) : NULL;
    if (configuration) library->delete_configuration(configuration);
    if (context->context) {
        library->set_handler(context->context, keep);
        return context;
    }
    fail(fault, CZ3_NO_CONTEXT, library->path);
    free(context);
    return NULL;
}

void cz3_context_free(cz3_context *context) {
    if (!context) return;
    context->library->delete_context(context->context);
    free(context);
}

const char *cz3_run(cz3_context *context, const char *commands) {
    error_code = 0;
    const char *said = context->library->evaluate(context->context, commands);
    return error_code == 0 ? said : NULL;
}
