#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "ch5_internal.h"

// A busy machine may give the child an eighth of a processor; one that spins is ended by its processor time.
static const double PATIENCE = 8;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int fail(ch5_report *report, int fault, int number, const char *detail) {
    *report = (ch5_report){.phase = 3, .fault = fault, .number = number};
    ch5_copy_printable(report->detail, sizeof report->detail, detail);
    return fault;
}

// Opens the path once in the parent, to tell a missing file from an unreadable one. O_NONBLOCK: a named pipe must not
// hold us up.
static int check_file(const char *path, int64_t *bytes, ch5_report *report) {
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        int missing = errno == ENOENT || errno == ENOTDIR;
        return fail(report, missing ? CH5_MISSING_FILE : CH5_UNREADABLE, errno, "open");
    }
    struct stat info;
    int failed = fstat(fd, &info) != 0 ? errno : 0;
    close(fd);
    if (failed) return fail(report, CH5_UNREADABLE, failed, "fstat");
    if (!S_ISREG(info.st_mode)) return fail(report, CH5_NOT_REGULAR, 0, "");
    *bytes = (int64_t)info.st_size;
    return CH5_OK;
}

static ssize_t read_report(int fd, ch5_report *report) {
    ssize_t got;
    do got = read(fd, report, sizeof *report);
    while (got < 0 && errno == EINTR);
    return got;
}

static int are_plausible_channels(const ch5_report *report) {
    if (report->channels < 0 || report->channels > CH5_CHANNELS) return 0;
    for (int32_t channel = 0; channel < report->channels; channel++) {
        const char *name = report->channel_names[channel];
        if (!memchr(name, 0, CH5_CHANNEL_ROOM) || !ch5_is_channel_name(name)) return 0;
        if (channel > 0 && strcmp(report->channel_names[channel - 1], name) >= 0) return 0;
    }
    return 1;
}

// A report comes from a process that parsed hostile bytes: believe it only within the limits.
static int is_plausible(const ch5_report *report, const ch5_limits *limits) {
    return report->rows > 0 && report->rows <= limits->maximum_rows && report->observation_size > 0
        && report->action_size > 0 && report->observation_size <= 1 << 20 && report->action_size <= 1 << 20
        && are_plausible_channels(report) && report->choices >= 0 && report->choices <= CH5_CHOICES
        && (report->rows * (2LL * report->observation_size + report->action_size + 3 + report->channels))
            <= limits->maximum_bytes;
}

// Listens until the child has finished, failed, died or used up its time. Returns a fault; fills `report`.
static int listen_to(int fd, const ch5_limits *limits, ch5_report *report) {
    double deadline = now() + PATIENCE * limits->inspection_seconds;
    for (;;) {
        double left = deadline - now();
        if (left <= 0) return fail(report, CH5_WAITED, 0, "");
        struct pollfd item = {.fd = fd, .events = POLLIN};
        int ready = poll(&item, 1, left > 1000 ? 1000000 : (int)(left * 1000) + 1);
        if (ready < 0 && errno != EINTR) return fail(report, CH5_SYSTEM, errno, "poll");
        if (ready <= 0) continue;
        ch5_report news;
        ssize_t got = read_report(fd, &news);
        if (got != (ssize_t)sizeof news) return fail(report, CH5_CRASHED, 0, "");
        news.column[sizeof news.column - 1] = 0;
        news.detail[sizeof news.detail - 1] = 0;
        for (int role = 0; role < CH5_ROLES; role++) news.names[role][CH5_NAME_ROOM - 1] = 0;
        for (int index = 0; index < CH5_NARROWED; index++) {
            ch5_narrowed *narrowed = &news.narrowed[index];
            narrowed->column[sizeof narrowed->column - 1] = 0;
        }
        *report = news;
        if (news.phase == 3) return news.fault > CH5_OK && news.fault <= CH5_SYSTEM ? news.fault : CH5_CRASHED;
        if (!is_plausible(&news, limits)) return fail(report, CH5_CRASHED, 0, "");
        if (news.phase == 2) return CH5_OK;
        ch5_layout layout = ch5_layout_of(&news);
        deadline += PATIENCE * (double)layout.bytes / limits->bytes_per_second;
    }
}

// Ends the child, and tells a signal of its own from ours.
static void reap(pid_t child, ch5_report *report) {
    int status = 0;
    pid_t ended = 0;
    if (report->fault == CH5_CRASHED) {  // the pipe is closed, so the child is ending by itself
        for (int wait = 0; wait < 200 && ended == 0; wait++) {
            ended = waitpid(child, &status, WNOHANG);
            if (ended == 0) nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
        }
    }
    if (ended == 0) {
        kill(child, SIGKILL);
        do ended = waitpid(child, &status, 0);
        while (ended < 0 && errno == EINTR);
        return;
    }
    if (ended == child && WIFSIGNALED(status)) report->number = WTERMSIG(status);
    if (report->number == SIGXCPU) report->fault = CH5_TIMED_OUT;
}

// Nobody can change the memory any more once it is sealed, so what was validated stays valid. A file on disk has no name
// and, the child being gone, no other holder.
static int map_columns(
    int memory, int is_on_disk, const ch5_report *found, ch5_image *image, ch5_report *report) {
    ch5_layout layout = ch5_layout_of(found);
    struct stat info;
    if (fstat(memory, &info) != 0 || info.st_size < (off_t)layout.bytes) return fail(report, CH5_CRASHED, 0, "");
    if (is_on_disk) {
        int number = ch5_map(memory, layout, image);
        return number ? fail(report, CH5_SYSTEM, number, "mmap") : CH5_OK;
    }
    if (fcntl(memory, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) != 0)
        return fail(report, CH5_SYSTEM, errno, "seal");
    void *start = mmap(NULL, layout.bytes, PROT_READ, MAP_PRIVATE, memory, 0);
    if (start == MAP_FAILED) return fail(report, CH5_SYSTEM, errno, "mmap");
    madvise(start, layout.bytes, MADV_DONTFORK);
    *image = (ch5_image){.start = start, .layout = layout};
    return CH5_OK;
}

static int read_in_child(
    const char *path, int64_t file_bytes, const ch5_limits *limits, ch5_image *image, ch5_report *report) {
    int is_on_disk = limits->disk_file >= 0;
    int memory = is_on_disk ? fcntl(limits->disk_file, F_DUPFD_CLOEXEC, 0)
                            : memfd_create("saferl-columns", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (memory < 0) return fail(report, CH5_SYSTEM, errno, is_on_disk ? "dup" : "memfd_create");
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        int fault = fail(report, CH5_SYSTEM, errno, "pipe");
        close(memory);
        return fault;
    }
    ch5_lock();
    pid_t child = fork();
    if (child == 0) ch5_child(path, file_bytes, limits, memory, ends[1]);
    int fork_error = errno;
    ch5_unlock();
    close(ends[1]);
    int fault;
    if (child < 0) {
        fault = fail(report, CH5_SYSTEM, fork_error, "fork");
    } else {
        fault = listen_to(ends[0], limits, report);
        report->fault = fault;
        reap(child, report);
        fault = report->fault;
        if (fault == CH5_OK) {
            ch5_report found = *report;
            fault = map_columns(memory, is_on_disk, &found, image, report);
        }
    }
    close(ends[0]);
    close(memory);
    return fault;
}

int ch5_read(const char *path, const ch5_limits *limits, ch5_image *image, ch5_report *report) {
    int64_t file_bytes = 0;
    int fault = check_file(path, &file_bytes, report);
    if (fault != CH5_OK) return fault;
    // libhdf5 asks where a link leads, which the child may not.
    char *target = realpath(path, NULL);
    if (!target) return fail(report, CH5_UNREADABLE, errno, "realpath");
    fault = read_in_child(target, file_bytes, limits, image, report);
    free(target);
    return fault;
}
