#ifndef SAFERL_CZ3_H
#define SAFERL_CZ3_H
#include <stddef.h>
#include <stdint.h>

// Z3, opened at run time: neither the library nor its headers are needed to build this.
//
// What is used are seven functions of its C interface, whose meaning has not changed since 4.8.

enum { CZ3_TEXT = 512 };

#pragma clang assume_nonnull begin

/// Why something failed.
enum cz3_fault_kind {
    CZ3_OK,
    CZ3_NO_LIBRARY,  ///< `detail` = the loader's reason
    CZ3_NO_FUNCTION, ///< `detail` = the first function that is missing
    CZ3_NO_MEMORY,
    CZ3_NO_CONTEXT, ///< Z3 made no context
};

typedef struct {
    int32_t kind;
    char detail[CZ3_TEXT];
} cz3_fault;

/// An opened library; it stays open until the process ends.
typedef struct cz3_library cz3_library;
/// What was declared and asserted, used by one thread at a time.
typedef struct cz3_context cz3_context;

/// Opens a library, or returns the one opened before from the same path. `path` NULL: the system's library.
/// NULL on failure.
const cz3_library *_Nullable cz3_library_open(const char *_Nullable path, cz3_fault *fault);
/// The version that the library states, and the file that it was loaded from.
const char *cz3_library_version(const cz3_library *library);
const char *cz3_library_path(const cz3_library *library);

/// An empty context, whose errors are reported instead of ending the process. NULL on failure.
cz3_context *_Nullable cz3_context_make(const cz3_library *library, cz3_fault *fault);
void cz3_context_free(cz3_context *_Nullable context);

/// Runs commands of SMT-LIB. Returns what they print, until the next call; NULL after an error, of which the rest of the
/// commands may not have run.
const char *_Nullable cz3_run(cz3_context *context, const char *commands);

/// How a question to a process of its own ended.
enum cz3_apart {
    CZ3_ANSWERED,
    CZ3_NOT_ASKED,  ///< no process, no library, or none that is Z3
    CZ3_UNANSWERED, ///< an error, an answer that is too long, or the process ended otherwise
    CZ3_LATE,       ///< the process was ended
};

/// Runs commands of SMT-LIB in a process of its own, whose end does no harm: what ends or hangs there does so alone.
///
/// `path` as for `cz3_library_open`; `milliseconds` until the process is ended. Writes the library's version, a line feed and
/// what the commands print into `answer`, ended by a 0; nothing else than `CZ3_ANSWERED` leaves text there that means anything.
int32_t cz3_ask_apart(const char *_Nullable path, const char *commands, int32_t milliseconds, char *answer, size_t capacity);

#pragma clang assume_nonnull end
#endif
