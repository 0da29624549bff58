#!/usr/bin/env python3
"""Verdicts of `saferl verify` on ACAS Xu: properties 1 to 4 on 45 networks, 5 to 10 where they are asked.

    python3 Tests/Campaigns/acasxu.py .build/release/saferl [--short] [--seconds 116] [--property 3] [--network 1_1]

Needs the recorded networks (`data/acasxu` below SAFERL_SHARED or ../shared); says so and passes where there are none.
Prints a table in Markdown: verdict, boxes, wall time and CPU time of the whole process, its start included. Exits with 1
where a verdict is the opposite of the recorded one, or unknown.
"""
import argparse
import csv
import json
import os
import resource
import subprocess
import sys
import time

QUICK = [("1", "1_1"), ("3", "2_5"), ("3", "4_4"), ("3", "3_6"), ("4", "3_7"), ("3", "1_7"), ("4", "1_9"), ("2", "2_2")]

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("program")
parser.add_argument("--seed", type=int, default=0, help="without effect: nothing here is random")
parser.add_argument("--trials", type=int, default=0, help="instances at most")
parser.add_argument("--seconds", type=float, default=116)
parser.add_argument("--property", action="append", default=[])
parser.add_argument("--network", action="append", default=[])
parser.add_argument("--short", action="store_true")
options = parser.parse_args()
program = os.path.abspath(options.program)
here = os.path.dirname(os.path.abspath(__file__))
shared = os.environ.get("SAFERL_SHARED") or os.path.join(here, "..", "..", "..", "shared")
folder = os.path.join(shared, "data", "acasxu")
if not os.path.isdir(folder):
    print("acasxu: skipped, no recorded networks (SAFERL_SHARED names their place)")
    sys.exit(0)

with open(os.path.join(folder, "verdicts.csv")) as file:
    rows = [(row["property"], row["network"], row["verdict"]) for row in csv.DictReader(file)]
if options.short:
    rows = [row for row in rows if row[:2] in QUICK]
if options.property:
    rows = [row for row in rows if row[0] in options.property]
if options.network:
    rows = [row for row in rows if row[1] in options.network]
if options.trials:
    rows = rows[: options.trials]


def verify(prop, network):
    """Verdict, boxes, wall and CPU seconds of one process."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    result = subprocess.run(
        [program, "verify", "--json", "--seconds", str(options.seconds),
         "--onnx", os.path.join(folder, "onnx", f"ACASXU_run2a_{network}_batch_2000.onnx"),
         "--vnnlib", os.path.join(folder, "vnnlib", f"prop_{prop}.vnnlib")],
        capture_output=True, text=True)
    wall, after = time.monotonic() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if result.returncode not in (0, 3):
        sys.exit(f"{prop}/{network}: exit {result.returncode}: {result.stderr}")
    found = json.loads(result.stdout)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return found["verdict"], found["boxes"], wall, cpu


total_wall = total_cpu = slowest = 0.0
right = wrong = unknown = 0
print("| property | network | verdict | boxes | wall s | CPU s |\n|---|---|---|---|---|---|")
for prop, network, expected in rows:
    verdict, boxes, wall, cpu = verify(prop, network)
    total_wall, total_cpu, slowest = total_wall + wall, total_cpu + cpu, max(slowest, wall)
    note = "" if verdict == expected else f" (recorded: {expected})"
    right += verdict == expected
    unknown += verdict == "unknown"
    wrong += verdict not in (expected, "unknown")
    print(f"| {prop} | {network} | {verdict}{note} | {boxes} | {wall:.2f} | {cpu:.2f} |", flush=True)
print(f"\n{right} of {len(rows)} right, {wrong} wrong, {unknown} unknown; "
      f"together {total_wall:.1f} s wall, {total_cpu:.1f} s CPU; largest {slowest:.1f} s wall")
sys.exit(1 if wrong or unknown else 0)
