"""How often one update of a run allocates memory: calls of malloc, counted between two lengths of the run.

    python3 Benchmarks/mallocs.py SAFERL CONFIG SHORT LONG [KEY=VALUE ...]

SAFERL is the program, CONFIG its configuration, SHORT and LONG two numbers of updates of its last learning stage's run, each
KEY=VALUE a further --set. A C compiler is needed. The program's malloc calls __libc_malloc, which a library loaded before it counts.
"""
import os
import subprocess
import sys
import tempfile

COUNTER = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <unistd.h>

static atomic_long calls;
static void *(*next)(size_t);

void *__libc_malloc(size_t size) {
    if (!next) next = (void *(*)(size_t))dlsym(RTLD_NEXT, "__libc_malloc");
    atomic_fetch_add(&calls, 1);
    return next(size);
}

__attribute__((destructor)) static void say(void) {
    char text[64];
    int length = snprintf(text, sizeof text, "mallocs %ld\n", (long)calls);
    if (write(2, text, (size_t)length) < 0) return;
}
"""


def main():
    saferl, config, short, long, *settings = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        source, library = os.path.join(folder, "counter.c"), os.path.join(folder, "counter.so")
        with open(source, "w") as file:
            file.write(COUNTER)
        subprocess.run(["cc", "-O2", "-shared", "-fPIC", source, "-o", library, "-ldl"], check=True)

        def count(steps):
            chosen = [f"schedule.{key}={value}" for key, value in
                      (("steps", steps), ("log", 10_000), ("checkpoint", 10_000))] + ["evaluation.episodes=1"]
            command = [saferl, "train", config, "--quiet", "--run", os.path.join(folder, f"run-{steps}")]
            command += [word for setting in chosen + settings for word in ("--set", setting)]
            done = subprocess.run(
                command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                env=os.environ | {"LD_PRELOAD": library, "OPENBLAS_NUM_THREADS": "1"})
            counts = [line for line in done.stderr.splitlines() if line.startswith("mallocs ")]
            # A run that certifies nothing ends with 3.
            if done.returncode not in (0, 3) or not counts:
                sys.exit(f"{' '.join(command)} ended with {done.returncode}: {done.stderr.strip()}")
            return int(counts[-1].split()[1])

        first, last = count(short), count(long)
        print(f"{(last - first) / (int(long) - int(short)):.0f} mallocs an update")


if __name__ == "__main__":
    main()
