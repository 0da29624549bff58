#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "ch5_internal.h"

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

#ifdef ARCHITECTURE

enum { REFUSED = SECCOMP_RET_ERRNO | 1 /* EPERM */, ROOM = 192 };

typedef struct {
    struct sock_filter lines[ROOM];
    unsigned short count;
} program;

static void add(program *p, unsigned short code, unsigned char yes, unsigned char no, unsigned value) {
    if (p->count < ROOM) p->lines[p->count++] = (struct sock_filter){code, yes, no, value};
}

static void load(program *p, unsigned offset) { add(p, BPF_LD | BPF_W | BPF_ABS, 0, 0, offset); }
static void answer(program *p, unsigned value) { add(p, BPF_RET | BPF_K, 0, 0, value); }

static void start(program *p) {
    load(p, offsetof(struct seccomp_data, arch));
    add(p, BPF_JMP | BPF_JEQ | BPF_K, 1, 0, ARCHITECTURE);
    answer(p, SECCOMP_RET_KILL_PROCESS);
    load(p, offsetof(struct seccomp_data, nr));
}

static void allow(program *p, unsigned number) {
    add(p, BPF_JMP | BPF_JEQ | BPF_K, 0, 1, number);
    answer(p, SECCOMP_RET_ALLOW);
}

// Allowed where the bits of `mask` in an argument's lower half are `value`; both supported machines are little-endian.
static void allow_where(program *p, unsigned number, unsigned argument, unsigned mask, unsigned value) {
    add(p, BPF_JMP | BPF_JEQ | BPF_K, 0, 5, number);
    load(p, (unsigned)offsetof(struct seccomp_data, args) + 8 * argument);
    add(p, BPF_ALU | BPF_AND | BPF_K, 0, 0, mask);
    add(p, BPF_JMP | BPF_JEQ | BPF_K, 0, 1, value);
    answer(p, SECCOMP_RET_ALLOW);
    answer(p, REFUSED);
}

static int install(const program *p) {
    struct sock_fprog filter = {.len = p->count, .filter = (struct sock_filter *)(uintptr_t)p->lines};
    return p->count < ROOM ? prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0) : -1;
}

static const unsigned harmless[] = {
    __NR_read, __NR_pread64, __NR_lseek, __NR_fstat, __NR_newfstatat, __NR_statx, __NR_close, __NR_dup, __NR_munmap,
    __NR_mremap, __NR_brk, __NR_madvise, __NR_exit, __NR_exit_group, __NR_rt_sigaction, __NR_rt_sigprocmask,
    __NR_rt_sigreturn, __NR_sigaltstack, __NR_getpid, __NR_gettid, __NR_getuid, __NR_geteuid, __NR_getgid,
    __NR_getegid, __NR_futex, __NR_getrandom, __NR_clock_gettime, __NR_gettimeofday, __NR_getrlimit, __NR_sysinfo,
    __NR_uname, __NR_getcwd, __NR_sched_yield, __NR_restart_syscall, __NR_capset,
#ifdef __NR_stat
    __NR_stat, __NR_lstat, __NR_time, __NR_pause,
#endif
};

void ch5_confine(int memory, int pipe) {
    // A filter needs this where the process is not privileged, and a set-user-id program must never help anybody.
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return;
    program p = {.count = 0};
    start(&p);
    for (size_t index = 0; index < sizeof harmless / sizeof *harmless; index++) allow(&p, harmless[index]);
    allow_where(&p, __NR_write, 0, ~0U, (unsigned)pipe);
    allow_where(&p, __NR_ftruncate, 0, ~0U, (unsigned)memory);
    allow_where(&p, __NR_fallocate, 0, ~0U, (unsigned)memory);
    allow_where(&p, __NR_openat, 2, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY);
#ifdef __NR_open
    allow_where(&p, __NR_open, 1, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY);
#endif
    allow_where(&p, __NR_mmap, 2, PROT_EXEC, 0);
    allow_where(&p, __NR_mprotect, 2, PROT_EXEC, 0);
    allow_where(&p, __NR_tgkill, 0, ~0U, (unsigned)getpid());
    allow_where(&p, __NR_prlimit64, 0, ~0U, 0);
    allow_where(&p, __NR_prctl, 0, ~0U, PR_SET_SECCOMP);
    answer(&p, REFUSED);
    install(&p);
}

void ch5_confine_further(void) {
    // The superuser's rights would let limits be raised again.
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    struct __user_cap_data_struct none[2] = {{0}};
    syscall(SYS_capset, &header, none);
    static const unsigned done[] = {
        __NR_openat, __NR_prctl, __NR_capset,
#ifdef __NR_open
        __NR_open,
#endif
    };
    program p = {.count = 0};
    start(&p);
    for (size_t index = 0; index < sizeof done / sizeof *done; index++) {
        add(&p, BPF_JMP | BPF_JEQ | BPF_K, 0, 1, done[index]);
        answer(&p, REFUSED);
    }
    answer(&p, SECCOMP_RET_ALLOW);
    install(&p);
}

int ch5_can_confine(void) {
    unsigned action = SECCOMP_RET_ERRNO;
    return prctl(PR_GET_SECCOMP, 0, 0, 0, 0) >= 0 && syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

#else

void ch5_confine(int memory, int pipe) {
    (void)memory, (void)pipe;
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}
void ch5_confine_further(void) {}
int ch5_can_confine(void) { return 0; }

#endif
