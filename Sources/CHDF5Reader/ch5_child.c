#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "ch5_internal.h"

// What runs here was forked from a process with other threads: only system calls, malloc and libhdf5 (whose lock the
// parent held while forking).

enum { MEMORY = 3, PIPE = 4, FIRST_OTHER = 5 };

static void send_report_to(int fd, const ch5_report *report) {
    ssize_t sent;
    do sent = write(fd, report, sizeof *report);
    while (sent < 0 && errno == EINTR);
}

static void send_report(const ch5_report *report) { send_report_to(PIPE, report); }

// Before the descriptors are in their places, a failed call is the system's fault and not the file's.
_Noreturn static void give_up(int pipe, int number, const char *call) {
    ch5_report report = {.phase = 3, .fault = CH5_SYSTEM, .number = number};
    ch5_copy_printable(report.detail, sizeof report.detail, call);
    send_report_to(pipe, &report);
    _exit(1);
}

static void cap(int resource, rlim_t soft) {
    struct rlimit limit;
    if (getrlimit(resource, &limit) != 0) return;
    limit.rlim_cur = soft < limit.rlim_max ? soft : limit.rlim_max;
    setrlimit(resource, &limit);
}

// Handlers of the parent (a backtracer, a checkpoint on SIGTERM) are not for this process.
static void reset_signals(void) {
    struct sigaction standard = {.sa_handler = SIG_DFL};
    for (int number = 1; number < 32; number++) sigaction(number, &standard, NULL);
    // Memory beyond "ulimit -f" is refused with a number that can be reported.
    sigaction(SIGXFSZ, &(struct sigaction){.sa_handler = SIG_IGN}, NULL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_DUMPABLE, 0);
}

static void keep_only(int memory, int pipe) {
    int spare_memory = fcntl(memory, F_DUPFD, FIRST_OTHER), spare_pipe = fcntl(pipe, F_DUPFD, FIRST_OTHER);
    int nothing = open("/dev/null", O_RDWR);
    if (spare_memory < 0 || spare_pipe < 0 || nothing < 0) give_up(pipe, errno, "open");
    for (int fd = 0; fd < 3; fd++) dup2(nothing, fd);
    if (dup2(spare_memory, MEMORY) < 0 || dup2(spare_pipe, PIPE) < 0) _exit(1);
    close_range(FIRST_OTHER, ~0U, 0);
}

static rlim_t address_space(void) {
    char text[64] = {0};
    int fd = open("/proc/self/statm", O_RDONLY);
    if (fd < 0) return 0;
    ssize_t got = read(fd, text, sizeof text - 1);
    close(fd);
    return got > 0 ? (rlim_t)strtoull(text, NULL, 10) * (rlim_t)sysconf(_SC_PAGESIZE) : 0;
}

static const ch5_limits *allowed;
static rlim_t initial_space;

static void limit_inspection(void) {
    initial_space = address_space();
    cap(RLIMIT_CORE, 0);
    cap(RLIMIT_FSIZE, 0);
    cap(RLIMIT_NPROC, 0);
    cap(RLIMIT_CPU, (rlim_t)allowed->inspection_seconds + 1);
    if (initial_space) cap(RLIMIT_AS, initial_space + (rlim_t)allowed->working_bytes);
}

// The structure is known: allow what these columns need, and tell the parent, who extends its patience likewise.
static void inspected(const ch5_report *report) {
    ch5_layout layout = ch5_layout_of(report);
    double seconds = allowed->inspection_seconds + (double)layout.bytes / allowed->bytes_per_second;
    cap(RLIMIT_CPU, (rlim_t)seconds + 1);
    cap(RLIMIT_FSIZE, (rlim_t)layout.bytes);
    // Four blocks: stored, unpacked, one in libhdf5's cache, and one in double precision. `value` carries the largest
    // block's bytes.
    rlim_t blocks = 4 * (rlim_t)report->value;
    if (initial_space) cap(RLIMIT_AS, initial_space + (rlim_t)allowed->working_bytes + blocks + layout.bytes);
    send_report(report);
}

static void inject(int fault) {
    if (fault == CH5_INJECT_CRASH) raise(SIGSEGV);
    if (fault == CH5_INJECT_HANG)
        for (;;) pause();
    if (fault == CH5_INJECT_SPIN)
        for (volatile unsigned turn = 0;; turn++) {}
    if (fault == CH5_INJECT_ALLOCATION)
        for (;;) {
            char *volatile block = malloc(1 << 20); // volatile: an optimiser may drop memory nobody reads
            if (!block) abort();
            memset((char *)block, 1, 1 << 20);
        }
}

_Noreturn void ch5_child(const char *path, int64_t file_bytes, const ch5_limits *limits, int memory, int pipe) {
    allowed = limits;
    reset_signals();
    keep_only(memory, pipe);
    limit_inspection();
    inject(limits->injected_fault);
    ch5_report report = {.phase = 3};
    ch5_import(path, file_bytes, limits, MEMORY, &report, inspected);
    report.phase = report.fault == CH5_OK ? 2 : 3;
    send_report(&report);
    _exit(0);
}
