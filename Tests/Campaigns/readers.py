#!/usr/bin/env python3
"""Readers of strangers' files against changed ones: rules, traces, schemas of tools, ONNX, VNN-LIB, .nnet, GGUF, chat templates, suites.

    python3 Tests/Campaigns/readers.py .build/release/saferl [--short] [--trials 10000000] [--reader rules] [--state FILE]

`reader-fuzz`, which stands beside the program, reads them in slices, each a process of its own. Execution i of a seed is the same file
whatever else was tried: `reader-fuzz rules --seed 1 --first i --show` writes it. What was done is kept in a state file after
each slice, beside the program unless --state names another or --short is given, and another call goes on from there: a trial that is
killed loses a slice. A state of another build of `reader-fuzz` is refused. Prints a table in Markdown. Exits with 1 where a reader ends the process, takes more than
a second of CPU time for a file, lets the process grow by more than 64 MiB, asks for more than twice the file and 8 MiB at once
(touched or not), or refuses in several lines or none.
"""
import argparse
import hashlib
import json
import os
import resource
import subprocess
import sys

READERS = ["rules", "traces", "tools", "onnx", "vnnlib", "nnet", "gguf", "templates", "suites"]
# So many a second are read at least by an old machine; a slice that takes a hundred times as long hangs.
SHORT = {"rules": 10_000, "traces": 30_000, "tools": 2_000, "onnx": 40_000, "vnnlib": 40_000, "nnet": 40_000,
         "gguf": 20_000, "templates": 20_000, "suites": 20_000}
LIMIT_MS, LIMIT_KIB, BEYOND_KIB = 1000, 64 * 1024, 8 * 1024

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("program")
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--trials", type=int, default=10_000_000, help="executions of each reader")
parser.add_argument("--slice", type=int, default=20_000, help="executions of one process")
parser.add_argument("--timeout", type=float, default=3600, help="seconds after which a slice hangs")
parser.add_argument("--reader", action="append", choices=READERS, default=[])
parser.add_argument("--state", default="", help="where what was done is kept; else readers-SEED.state beside the program")
parser.add_argument("--short", action="store_true")
options = parser.parse_args()
fuzz = os.path.join(os.path.dirname(os.path.abspath(options.program)), "reader-fuzz")
if not os.path.exists(fuzz):
    sys.exit(f"readers: there is no {fuzz}: swift build -c release --product reader-fuzz")


def run(reader, first, count):
    """The process's counts, or None where it did not end by itself."""
    try:
        result = subprocess.run(
            [fuzz, reader, "--seed", str(options.seed), "--first", str(first), "--executions", str(count)],
            capture_output=True, text=True, timeout=options.timeout)
    except subprocess.TimeoutExpired:
        return None
    if result.returncode == 64:
        sys.exit(f"readers: {result.stderr.strip()}")
    return json.loads(result.stdout) if result.returncode == 0 else None


def cpu_seconds():
    """CPU time of all processes that were waited for."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def culprit(reader, first, count):
    """The first execution of a slice after which the process does not end by itself."""
    while count > 1:
        half = count // 2
        if run(reader, first, half) is None:
            count = half
        else:
            first, count = first + half, count - half
    return first


def save(state):
    if not options.state:
        return
    with open(options.state + ".new", "w") as file:
        json.dump(state, file, indent=1)
    os.replace(options.state + ".new", options.state)


with open(fuzz, "rb") as file:
    build = hashlib.sha256(file.read()).hexdigest()
if not options.state and not options.short:
    options.state = os.path.join(os.path.dirname(fuzz), f"readers-{options.seed}.state")
state = {"seed": options.seed, "build": build, "readers": {}}
if options.state and os.path.exists(options.state):
    with open(options.state) as file:
        state = json.load(file)
    if state["seed"] != options.seed:
        sys.exit(f"readers: {options.state} is of seed {state['seed']}. Name that seed, or another file.")
    if state.setdefault("build", build) != build:
        sys.exit(f"readers: {options.state} is of another build of reader-fuzz. Remove it, or name another file.")

chosen = options.reader or READERS
empty = {"executions": 0, "taken": 0, "refused": 0, "badly_said": 0, "slowest_ms": 0.0, "slowest_at": 0, "grown_kib": 0, "beyond_kib": 0,
         "timed": 0, "cpu_seconds": 0.0, "ended": []}
goals = {name: SHORT[name] if options.short else options.trials for name in chosen}
# In turn, so that a trial that is cut off has tried all of them.
while True:
    open_readers = [name for name in chosen if state["readers"].get(name, empty)["executions"] < goals[name]]
    if not open_readers:
        break
    for name in open_readers:
        done = state["readers"].setdefault(name, dict(empty, ended=[]))
        count = min(options.slice, goals[name] - done["executions"])
        start = cpu_seconds()
        found = run(name, done["executions"], count)
        if found is None:
            at = culprit(name, done["executions"], count)
            print(f"{name}: execution {at} of seed {options.seed} ends the process", file=sys.stderr, flush=True)
            done["ended"].append(at)
        else:
            for key in ("taken", "refused", "badly_said"):
                done[key] += found[key]
            if found["slowest_ms"] > done["slowest_ms"]:
                done["slowest_ms"], done["slowest_at"] = found["slowest_ms"], found["slowest_at"]
            for key in ("grown_kib", "beyond_kib"):
                done[key] = max(done.get(key, 0), found[key])
            done["timed"] = done.get("timed", 0) + count
            done["cpu_seconds"] = done.get("cpu_seconds", 0.0) + cpu_seconds() - start
        done["executions"] += count
        save(state)

print(f"Seed {options.seed}.\n\n| Reader | Executions | Read | Refused | Crashed | Longest, CPU ms (execution) | Growth, MiB "
      "| Asked for at once beyond twice the file, MiB | A second of CPU |")
print("|---|--:|--:|--:|--:|--:|--:|--:|--:|")
broken = False
for name in chosen:
    done = state["readers"][name]
    print(f"| {name} | {done['executions']:,} | {done['taken']:,} | {done['refused']:,} | {len(done['ended'])} | "
          f"{done['slowest_ms']:.1f} ({done['slowest_at']:,}) | {done['grown_kib'] / 1024:.1f} | "
          f"{done['beyond_kib'] / 1024:.1f} | {done.get('timed', 0) / max(done.get('cpu_seconds', 0), 1e-9):,.0f} |")
    fine = (not done["ended"] and done["badly_said"] == 0 and done["slowest_ms"] <= LIMIT_MS
            and done["grown_kib"] <= LIMIT_KIB and done["beyond_kib"] <= BEYOND_KIB
            and done["taken"] > 0 and done["refused"] > done["executions"] // 10)
    if done["badly_said"]:
        print(f"readers: {name} refused {done['badly_said']} files in several lines or none", file=sys.stderr)
    broken = broken or not fine
sys.exit(1 if broken else 0)
