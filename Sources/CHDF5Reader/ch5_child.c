#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
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

// The hard limit too, so that code which takes over here cannot raise what stands.
static void cap(int resource, rlim_t soft, rlim_t hard) {
    struct rlimit limit;
    if (getrlimit(resource, &limit) != 0) return;
    if (hard < limit.rlim_max) limit.rlim_max = hard;
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

static rlim_t seconds_for(int64_t bytes) {
    return (rlim_t)(allowed->inspection_seconds + (double)bytes / allowed->bytes_per_second) + 1;
}

// The hard limits are what the largest acceptable file of this size needs.
static void limit_inspection(int64_t file_bytes) {
    int64_t most = ch5_most_bytes(file_bytes, allowed);
    rlim_t working = (rlim_t)allowed->working_bytes;
    initial_space = address_space();
    cap(RLIMIT_CORE, 0, 0);
    cap(RLIMIT_NPROC, 0, 0);
    cap(RLIMIT_FSIZE, 0, (rlim_t)most + 4096);
    cap(RLIMIT_CPU, seconds_for(0), seconds_for(most));
    if (initial_space)
        cap(RLIMIT_AS, initial_space + working,
            initial_space + working + (rlim_t)most + 4096 + 3 * (rlim_t)allowed->maximum_chunk_bytes);
}

// The structure is known: allow what these columns need, and tell the parent, who extends its patience likewise.
static void inspected(const ch5_report *report) {
    ch5_layout layout = ch5_layout_of(report);
    rlim_t seconds = seconds_for((int64_t)layout.bytes);
    cap(RLIMIT_CPU, seconds, seconds);
    cap(RLIMIT_FSIZE, (rlim_t)layout.bytes, (rlim_t)layout.bytes);
    // Four blocks: stored, unpacked, one in libhdf5's cache, and one in double precision. `value` carries the largest block's bytes.
    rlim_t blocks = 4 * (rlim_t)report->value;
    rlim_t space = initial_space + (rlim_t)allowed->working_bytes + blocks + layout.bytes;
    if (initial_space) cap(RLIMIT_AS, space, space);
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

// What code that took over the child might do next; each must fail.
static void try_to_escape(ch5_report *report) {
    report->fault = CH5_DAMAGED;
    const char *done = "nothing got out";
    if (socket(AF_UNIX, SOCK_STREAM, 0) >= 0) done = "a socket";
    if (open("/tmp", O_WRONLY | O_TMPFILE, 0600) >= 0) done = "a file to write to";
    if (kill(getppid(), 0) == 0) done = "a signal to another process";
    if (execl("/bin/true", "true", NULL) == 0) done = "another program";
    if (mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED) done = "code";
    pid_t other = fork();
    if (other == 0) _exit(0);
    if (other > 0) done = "another process";
    ch5_copy_printable(report->detail, sizeof report->detail, done);
}

_Noreturn void ch5_child(const char *path, int64_t file_bytes, const ch5_limits *limits, int memory, int pipe) {
    allowed = limits;
    reset_signals();
    keep_only(memory, pipe);
    limit_inspection(file_bytes);
    if (limits->injected_fault != CH5_INJECT_NO_FILTER) ch5_confine(MEMORY, PIPE);
    inject(limits->injected_fault);
    ch5_report report = {.phase = 3};
    if (limits->injected_fault == CH5_INJECT_ESCAPE)
        try_to_escape(&report);
    else
        ch5_import(path, file_bytes, limits, MEMORY, &report, inspected);
    report.phase = report.fault == CH5_OK ? 2 : 3;
    send_report(&report);
    _exit(0);
}
