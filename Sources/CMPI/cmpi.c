#define _GNU_SOURCE
#include "CMPI.h"
#include <dlfcn.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

// Of Open MPI's own header: the levels of threads, and that a status may be left out as a null pointer.
enum { SERIALIZED = 2, LOOKS = 2000, MOST = 1 << 30 };

static struct {
    int (*init)(int *count, char ***arguments, int wanted, int *given);
    int (*rank)(void *communicator, int *rank);
    int (*size)(void *communicator, int *size);
    int (*send)(const void *bytes, int count, void *type, int peer, int tag, void *communicator, void **request);
    int (*receive)(void *bytes, int count, void *type, int peer, int tag, void *communicator, void **request);
    int (*test)(void **request, int *done, void *status);
    int (*finalize)(void);
    void *world, *byte;
} mpi;

static int32_t fail(cmpi_fault *fault, int32_t kind, const char *detail) {
    fault->kind = kind;
    snprintf(fault->detail, sizeof fault->detail, "%s", detail);
    return 0;
}

int32_t cmpi_join(const char *library, int32_t *rank, int32_t *count, cmpi_fault *fault) {
    fault->kind = CMPI_OK;
    fault->detail[0] = 0;
    const char *name = library ? library : "libmpi.so.40";
    // Its plug-ins look for the library's own names.
    void *handle = dlopen(name, RTLD_NOW | RTLD_GLOBAL);
    if (!handle) {
        const char *reason = dlerror();
        return fail(fault, CMPI_NO_LIBRARY, reason ? reason : name);
    }
    struct { const char *name; void **place; } symbols[] = {
        {"MPI_Init_thread", (void **)&mpi.init}, {"MPI_Comm_rank", (void **)&mpi.rank},
        {"MPI_Comm_size", (void **)&mpi.size},   {"MPI_Isend", (void **)&mpi.send},
        {"MPI_Irecv", (void **)&mpi.receive},    {"MPI_Test", (void **)&mpi.test},
        {"MPI_Finalize", (void **)&mpi.finalize}, {"ompi_mpi_comm_world", &mpi.world},
        {"ompi_mpi_byte", &mpi.byte},
    };
    for (size_t i = 0; i < sizeof symbols / sizeof *symbols; i++) {
        *symbols[i].place = dlsym(handle, symbols[i].name);
        if (!*symbols[i].place) return fail(fault, CMPI_NO_FUNCTION, symbols[i].name);
    }
    int given = 0, own = 0, all = 0;
    if (mpi.init(NULL, NULL, SERIALIZED, &given) != 0 || given < SERIALIZED)
        return fail(fault, CMPI_REFUSED, "MPI_Init_thread");
    if (mpi.rank(mpi.world, &own) != 0 || mpi.size(mpi.world, &all) != 0)
        return fail(fault, CMPI_REFUSED, "MPI_Comm_rank");
    *rank = own;
    *count = all;
    return 1;
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

// Looks often at first, then rests ever longer, up to a millisecond.
static void rest(long looks) {
    if (looks < LOOKS) {
        sched_yield();
        return;
    }
    long nanoseconds = 20000 + (looks - LOOKS) * 2000;
    struct timespec pause = {0, nanoseconds < 1000000 ? nanoseconds : 1000000};
    nanosleep(&pause, NULL);
}

int32_t cmpi_exchange(
    int32_t peer, int32_t tag, const void *out, size_t out_bytes, void *in, size_t in_bytes, cmpi_patience patience,
    cmpi_fault *fault) {
    fault->kind = CMPI_OK;
    double end = now() + patience.seconds, asked = 0;
    const char *sent = out;
    char *received = in;
    while (out_bytes > 0 || in_bytes > 0) {
        int out_part = (int)(out_bytes < MOST ? out_bytes : MOST), in_part = (int)(in_bytes < MOST ? in_bytes : MOST);
        void *requests[2];
        int open[2] = {in_part > 0, out_part > 0};
        if (open[0] && mpi.receive(received, in_part, mpi.byte, peer, tag, mpi.world, &requests[0]) != 0)
            return fail(fault, CMPI_REFUSED, "MPI_Irecv");
        if (open[1] && mpi.send(sent, out_part, mpi.byte, peer, tag, mpi.world, &requests[1]) != 0)
            return fail(fault, CMPI_REFUSED, "MPI_Isend");
        for (long looks = 0; open[0] || open[1]; looks++) {
            for (int i = 0; i < 2; i++) {
                int done = 0;
                if (!open[i]) continue;
                if (mpi.test(&requests[i], &done, NULL) != 0) return fail(fault, CMPI_REFUSED, "MPI_Test");
                if (done) open[i] = 0;
            }
            if (!open[0] && !open[1]) break;
            if (patience.seconds > 0 && now() > end) return fail(fault, CMPI_LATE, "");
            if (patience.is_asked_to_end && patience.is_asked_to_end(patience.context)) {
                if (asked == 0) asked = now();
                if (now() > asked + patience.grace) return fail(fault, CMPI_ENDED, "");
            }
            rest(looks);
        }
        sent += out_part;
        received += in_part;
        out_bytes -= (size_t)out_part;
        in_bytes -= (size_t)in_part;
    }
    return 1;
}

void cmpi_leave(void) { mpi.finalize(); }
