#ifndef SAFERL_CMPI_H
#define SAFERL_CMPI_H
#include <stddef.h>
#include <stdint.h>

// Open MPI, opened at run time: neither the library nor its headers are needed to build this.
//
// Handles of Open MPI are addresses of objects of the library, those of MPICH are numbers: only the former is spoken.

enum { CMPI_TEXT = 512 };

#pragma clang assume_nonnull begin

/// Why something failed.
enum cmpi_fault_kind {
    CMPI_OK,
    CMPI_NO_LIBRARY,  ///< `detail` = the loader's reason
    CMPI_NO_FUNCTION, ///< another kind of MPI, or another version; `detail` = the first name that is missing
    CMPI_REFUSED,     ///< a function of the library failed; `detail` = its name
    CMPI_LATE,        ///< nothing came in time
    CMPI_ENDED,       ///< this process was asked to end, and nothing came soon after
};

typedef struct {
    int32_t kind;
    char detail[CMPI_TEXT];
} cmpi_fault;

/// Joins the processes that `mpirun` started, once in a process, by the library at `library`, NULL for the system's.
/// Returns 1, 0 on failure.
int32_t cmpi_join(const char *_Nullable library, int32_t *rank, int32_t *count, cmpi_fault *fault);

/// How long an exchange waits.
typedef struct {
    double seconds; ///< at most; for ever where that is not above 0
    double grace;   ///< at most once this process is asked to end
    int32_t (*_Nullable is_asked_to_end)(void *_Nullable context);
    void *_Nullable context;
} cmpi_patience;

/// Sends bytes to a process and receives as many as it sends from it, at the same time; either may be none. Functions of one
/// process are called by one thread at a time. It rests between looks, so that processes may share cores. Returns 1, 0 on
/// failure, after which nothing may be exchanged.
int32_t cmpi_exchange(
    int32_t peer, int32_t tag, const void *_Nullable out, size_t out_bytes, void *_Nullable in, size_t in_bytes,
    cmpi_patience patience, cmpi_fault *fault);

/// Leaves the others in good order: all do, or `mpirun` ends them.
void cmpi_leave(void);

#pragma clang assume_nonnull end
#endif
