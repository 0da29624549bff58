#define _GNU_SOURCE
#include "CSQLite.h"
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Of SQLite's own header: codes of results, flags of opening, and the mark of a text that is to be copied.
enum { OK = 0, BUSY = 5, LOCKED = 6, NO_MEMORY = 7, CORRUPT = 11, FULL = 13, NOT_A_DATABASE = 26, ROW = 100, DONE = 101 };
enum { READS = 1, READS_AND_WRITES = 2, CREATES = 4, NO_MUTEX = 0x8000 };
#define COPIES ((void (*)(void *))(intptr_t)-1)

typedef struct library {
    char *name;
    const char *(*version)(void);
    int (*open)(const char *path, void **database, int flags, const char *system);
    int (*close)(void *database);
    int (*busy_timeout)(void *database, int milliseconds);
    int (*extended)(void *database, int on);
    int (*execute)(void *database, const char *text, void *row, void *context, char **message);
    int (*prepare)(void *database, const char *text, int bytes, void **statement, const char **rest);
    int (*step)(void *statement);
    int (*finalize)(void *statement);
    int (*bind_integer)(void *statement, int place, int64_t value);
    int (*bind_double)(void *statement, int place, double value);
    int (*bind_text)(void *statement, int place, const char *value, int bytes, void (*destroy)(void *));
    int (*column_type)(void *statement, int column);
    int64_t (*column_integer)(void *statement, int column);
    double (*column_double)(void *statement, int column);
    const unsigned char *(*column_text)(void *statement, int column);
    int (*column_bytes)(void *statement, int column);
    const char *(*message)(void *database);
    int (*system_errno)(void *database);
    struct library *next;
} library;

struct csq_database {
    const library *library;
    void *handle;
};

struct csq_statement {
    csq_database *database;
    void *handle;
};

static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;
static library *libraries;

static void fail(csq_fault *fault, int32_t kind, int32_t code, const char *detail) {
    fault->kind = kind;
    fault->code = code;
    snprintf(fault->detail, sizeof fault->detail, "%s", detail);
}

static int find(void *handle, library *found, csq_fault *fault) {
    struct { const char *name; void **place; } symbols[] = {
        {"sqlite3_libversion", (void **)&found->version},
        {"sqlite3_open_v2", (void **)&found->open},
        {"sqlite3_close", (void **)&found->close},
        {"sqlite3_busy_timeout", (void **)&found->busy_timeout},
        {"sqlite3_extended_result_codes", (void **)&found->extended},
        {"sqlite3_exec", (void **)&found->execute},
        {"sqlite3_prepare_v2", (void **)&found->prepare},
        {"sqlite3_step", (void **)&found->step},
        {"sqlite3_finalize", (void **)&found->finalize},
        {"sqlite3_bind_int64", (void **)&found->bind_integer},
        {"sqlite3_bind_double", (void **)&found->bind_double},
        {"sqlite3_bind_text", (void **)&found->bind_text},
        {"sqlite3_column_type", (void **)&found->column_type},
        {"sqlite3_column_int64", (void **)&found->column_integer},
        {"sqlite3_column_double", (void **)&found->column_double},
        {"sqlite3_column_text", (void **)&found->column_text},
        {"sqlite3_column_bytes", (void **)&found->column_bytes},
        {"sqlite3_errmsg", (void **)&found->message},
        {"sqlite3_system_errno", (void **)&found->system_errno},
    };
    for (size_t i = 0; i < sizeof symbols / sizeof *symbols; i++) {
        *symbols[i].place = dlsym(handle, symbols[i].name);
        if (!*symbols[i].place) {
            fail(fault, CSQ_NO_FUNCTION, 0, symbols[i].name);
            return 0;
        }
    }
    return 1;
}

static library *load(const char *path, csq_fault *fault) {
    void *handle = dlopen(path ? path : "libsqlite3.so.0", RTLD_NOW | RTLD_LOCAL);
    if (!handle) {
        const char *reason = dlerror();
        fail(fault, CSQ_NO_LIBRARY, 0, reason ? reason : "cannot be opened");
        return NULL;
    }
    library *found = calloc(1, sizeof *found);
    char *name = strdup(path ? path : "");
    if (!found || !name) fail(fault, CSQ_NO_MEMORY, 0, "");
    else if (find(handle, found, fault)) {
        found->name = name;
        return found;
    }
    free(name);
    free(found);
    dlclose(handle);
    return NULL;
}

static const library *opened(const char *path, csq_fault *fault) {
    pthread_mutex_lock(&guard);
    library *found = libraries;
    while (found && strcmp(found->name, path ? path : "") != 0) found = found->next;
    if (!found && (found = load(path, fault))) {
        found->next = libraries;
        libraries = found;
    }
    pthread_mutex_unlock(&guard);
    return found;
}

static void blame(const csq_database *database, int code, csq_fault *fault) {
    const int basic = code & 0xFF;
    const int errno_of_call = database->library->system_errno(database->handle);
    int32_t kind = CSQ_ERROR;
    // A write beyond a quota or a full disk is an input or output error to SQLite where it was cut short.
    if (basic == FULL || (basic == 10 && (errno_of_call == 28 || errno_of_call == 122))) kind = CSQ_FULL;
    else if (basic == CORRUPT || basic == NOT_A_DATABASE) kind = CSQ_DAMAGED;
    else if (basic == BUSY || basic == LOCKED) kind = CSQ_BUSY;
    else if (basic == NO_MEMORY) kind = CSQ_NO_MEMORY;
    fail(fault, kind, code, database->library->message(database->handle));
}

csq_database *csq_open(const char *path_of_library, const char *path, int32_t writes, csq_fault *fault) {
    const library *library = opened(path_of_library, fault);
    if (!library) return NULL;
    csq_database *database = calloc(1, sizeof *database);
    if (!database) {
        fail(fault, CSQ_NO_MEMORY, 0, "");
        return NULL;
    }
    database->library = library;
    const int flags = NO_MUTEX | (writes ? READS_AND_WRITES | CREATES : READS);
    const int code = library->open(path, &database->handle, flags, NULL);
    if (code == OK) {
        library->extended(database->handle, 1);
        library->busy_timeout(database->handle, 5000);
        return database;
    }
    if (database->handle) blame(database, code, fault);
    else fail(fault, CSQ_NO_MEMORY, code, "");
    csq_close(database);
    return NULL;
}

void csq_close(csq_database *database) {
    if (!database) return;
    if (database->handle) database->library->close(database->handle);
    free(database);
}

const char *csq_version(const csq_database *database) { return database->library->version(); }

int32_t csq_run(csq_database *database, const char *text, csq_fault *fault) {
    const int code = database->library->execute(database->handle, text, NULL, NULL, NULL);
    if (code != OK) blame(database, code, fault);
    return code == OK;
}

csq_statement *csq_prepare(csq_database *database, const char *text, csq_fault *fault) {
    csq_statement *statement = calloc(1, sizeof *statement);
    if (!statement) {
        fail(fault, CSQ_NO_MEMORY, 0, "");
        return NULL;
    }
    statement->database = database;
    const int code = database->library->prepare(database->handle, text, -1, &statement->handle, NULL);
    if (code == OK && statement->handle) return statement;
    blame(database, code, fault);
    free(statement);
    return NULL;
}

void csq_finish(csq_statement *statement) {
    if (!statement) return;
    statement->database->library->finalize(statement->handle);
    free(statement);
}

void csq_bind_integer(csq_statement *statement, int32_t place, int64_t value) {
    statement->database->library->bind_integer(statement->handle, place, value);
}

void csq_bind_double(csq_statement *statement, int32_t place, double value) {
    statement->database->library->bind_double(statement->handle, place, value);
}

void csq_bind_text(csq_statement *statement, int32_t place, const char *value, int32_t bytes) {
    statement->database->library->bind_text(statement->handle, place, value, bytes, COPIES);
}

int32_t csq_step(csq_statement *statement, csq_fault *fault) {
    const int code = statement->database->library->step(statement->handle);
    if (code == ROW) return 1;
    if (code == DONE) return 0;
    blame(statement->database, code, fault);
    return -1;
}

int32_t csq_type(const csq_statement *statement, int32_t column) {
    return statement->database->library->column_type(statement->handle, column);
}

int64_t csq_integer(const csq_statement *statement, int32_t column) {
    return statement->database->library->column_integer(statement->handle, column);
}

double csq_double(const csq_statement *statement, int32_t column) {
    return statement->database->library->column_double(statement->handle, column);
}

const char *csq_string(const csq_statement *statement, int32_t column, int32_t *bytes) {
    const unsigned char *text = statement->database->library->column_text(statement->handle, column);
    *bytes = statement->database->library->column_bytes(statement->handle, column);
    return (const char *)text;
}
