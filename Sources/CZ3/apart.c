#define _GNU_SOURCE
#include "CZ3.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { NO_LIBRARY = 3, NO_ANSWER = 4 };
// Ends what the process writes, so that half an answer is none.
static const char mark[] = "\n;end";

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static void put(int descriptor, const char *text) {
    size_t left = strlen(text);
    while (left > 0) {
        ssize_t done = write(descriptor, text, left);
        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) _exit(NO_ANSWER);
        text += done;
        left -= (size_t)done;
    }
}

// The other process: it never returns.
static _Noreturn void answer_apart(const char *path, const char *commands, int descriptor) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int faults[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGTERM, SIGINT, SIGPIPE};
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) signal(faults[i], SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    struct rlimit no_core = {0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
    int null = open("/dev/null", O_RDWR);
    for (int i = 0; null >= 0 && i < 3; i++) dup2(null, i);
    cz3_fault fault = {0};
    const cz3_library *library = cz3_library_open(path, &fault);
    cz3_context *context = library ? cz3_context_make(library, &fault) : NULL;
    if (!context) _exit(NO_LIBRARY);
    const char *said = cz3_run(context, commands);
    if (!said || strstr(said, "(error")) _exit(NO_ANSWER);
    put(descriptor, cz3_library_version(library));
    put(descriptor, "\n");
    put(descriptor, said);
    put(descriptor, mark);
    _exit(0);
}

// Reads until the other side closes: the length, or -1 where that is late or the text too long.
static ssize_t read_all(int descriptor, int64_t deadline, char *text, size_t capacity) {
    size_t length = 0;
    while (length < capacity) {
        int64_t left = deadline - now();
        struct pollfd wait = {.fd = descriptor, .events = POLLIN};
        int ready = left > 0 ? poll(&wait, 1, (int)left) : 0;
        if (ready < 0 && errno == EINTR) continue;
        if (ready <= 0) return -1;
        ssize_t got = read(descriptor, text + length, capacity - length);
        if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        if (got < 0) return -1;
        if (got == 0) return (ssize_t)length;
        length += (size_t)got;
    }
    return -1;
}

int32_t cz3_ask_apart(const char *path, const char *commands, int32_t milliseconds, char *answer, size_t capacity) {
    int ends[2];
    if (capacity < 2 || pipe2(ends, O_CLOEXEC) != 0) return CZ3_NOT_ASKED;
    answer[0] = 0;
    int64_t deadline = now() + milliseconds;
    // Descriptors of the standard streams are replaced in the other process: the pipe must not be one of them.
    pid_t process = ends[1] > 2 ? fork() : -1;
    if (process == 0) {
        close(ends[0]);
        answer_apart(path, commands, ends[1]);
    }
    close(ends[1]);
    if (process < 0) {
        close(ends[0]);
        return CZ3_NOT_ASKED;
    }
    ssize_t length = read_all(ends[0], deadline, answer, capacity - 1);
    close(ends[0]);
    int is_late = length < 0;
    // After its answer the process has nothing to do: what lingers is ended too.
    int status = 0;
    pid_t ended = 0;
    while (!is_late && (ended = waitpid(process, &status, WNOHANG)) == 0 && now() < deadline) usleep(500);
    if (ended == 0) {
        kill(process, SIGKILL);
        while (waitpid(process, &status, 0) < 0 && errno == EINTR) continue;
        answer[0] = 0;
        return CZ3_LATE;
    }
    answer[length] = 0;
    size_t tail = sizeof mark - 1;
    int is_whole = (size_t)length >= tail && strcmp(answer + length - tail, mark) == 0;
    if (ended == process && WIFEXITED(status) && WEXITSTATUS(status) == 0 && is_whole) {
        answer[length - (ssize_t)tail] = 0;
        return CZ3_ANSWERED;
    }
    answer[0] = 0;
    return ended == process && WIFEXITED(status) && WEXITSTATUS(status) == NO_LIBRARY ? CZ3_NOT_ASKED : CZ3_UNANSWERED;
}
