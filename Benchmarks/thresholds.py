#!/usr/bin/env python3
"""Compares this build with what `Benchmarks/Thresholds.json` keeps for this kind of processor, and says what moved.

    python3 Benchmarks/thresholds.py PROGRAM [--rounds 3] [--only fisor cpq ...] [--peers PYTHON] [--keep]

A kind of processor is the widest tiles that products are computed in, and the number of threads. What is compared:

  gflop   a time, in operations that the machine's own matrix products do meanwhile (measured before and after it): at most what is kept,
          and a share of products at least, give or take 15 %
  mallocs of an update: not more than a thousandth more (tests check that, and the operations of products in a step, on every machine)
  MB      of resident memory at most, give or take 3 %
  ratio   of a peer's time to ours, with --peers: at least what is kept, give or take 15 %

--peers names a Python that has what `Benchmarks/Peers/*/requirements.txt` say. Programs take turns. Of --rounds the best time counts, since other
programs of a shared machine only take away, and the median of everything else. --keep
writes what was seen as what is to be kept, for this kind alone. Exits with 1 where something moved for the worse, and with 3 where nothing
is kept of this kind.
"""
import argparse
import json
import os
import re
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
FILE = os.path.join(HERE, "Thresholds.json")
ALGORITHMS = ["bc", "bcq-lag", "bear-lag", "cpq", "coptidice", "caps", "trac", "lspc", "bcrl", "ppo-lagrangian", "sac-lagrangian"]
# Most seconds of a race are the peer's.
RACES = {"osrl": ["osrl/race.py", "{program}", "{python}", "--only", "cpq", "coptidice", "bcq-lag", "bear-lag"],
         "online": ["online/race.py", "{program}", "{python}"]}
# Give or take: other programs share a machine.
TOLERANCE = {"gflop": 0.15, "share": 0.10, "mallocs": 0.001, "MB": 0.03, "ratio": 0.15}
BETTER_WHEN_LARGE = {"share", "ratio"}

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("program")
parser.add_argument("--rounds", type=int, default=3)
parser.add_argument("--only", nargs="*", help="algorithms")
parser.add_argument("--peers", metavar="PYTHON")
parser.add_argument("--keep", action="store_true")
options = parser.parse_args()


def bench(name):
    """What one run of `saferl bench` says, as (kind, threads, kernel) and figures by (name, unit)."""
    steps = ["--steps", "5"] if name in ("fisor", "bc") else ["--steps", "3"]
    command = [options.program, "bench", name, *steps, "--json"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)}: exit {done.returncode}: {done.stderr.strip()}")
    found = json.loads(done.stdout)
    rate = found["sgemm_gflops"]
    figures = {("memory", "MB"): found["peak_rss_mb"]}
    if name == "fisor":
        figures[("step", "share")] = found["product_share"]
        figures[("step", "mallocs")] = found.get("mallocs_per_step", 0)
        for key in ("median_ms", "one_step_median_ms", "action_ms", "actions_20_ms", "one_step_action_ms"):
            figures[(key.removesuffix("_ms"), "gflop")] = found[key] * rate / 1e3
    for stage in found.get("stages", []):
        figures[(stage["stage"], "gflop")] = stage["median_ms"] * rate / 1e3
        figures[(stage["stage"], "mallocs")] = stage.get("mallocs_per_update", 0)
    kernel = found["kernel"]
    tiles = {"tiles": "AVX-512", "narrow tiles": "AVX2", "bf16 tiles": "bf16", "": "library"}[kernel.partition(" + ")[2]]
    return (f"{tiles}, threads {found['threads']}", kernel), figures


def races():
    """Ratios of peers' times by row of each race's table."""
    figures = {}
    for name, words in RACES.items():
        command = [sys.executable] + [
            os.path.join(HERE, "Peers", words[0]),
            *(w.format(program=options.program, python=options.peers) for w in words[1:]),
            "--rounds", str(options.rounds)]
        text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        for line in text.splitlines():
            cells = [cell.strip() for cell in line.strip("| ").split("|")]
            numbers = [float(cell) for cell in cells if re.fullmatch(r"[0-9.]+", cell)]
            if len(numbers) >= 3:
                row = cells[0] if not re.fullmatch(r"[0-9.]+", cells[0]) else name
                figures[(f"{name}: {row}", "ratio")] = numbers[2]
    return figures


def isWorse(unit, kept, seen):
    margin = TOLERANCE[unit]
    return seen < kept * (1 - margin) if unit in BETTER_WHEN_LARGE else seen > kept * (1 + margin) + 1e-9


names = options.only or ["fisor"] + ALGORITHMS
measured, kind, kernel = {}, None, None
for turn in range(options.rounds):
    for name in names:
        (kind, kernel), figures = bench(name)
        for key, value in figures.items():
            measured.setdefault(f"{name}: {key[0]}, {key[1]}", []).append(value)
BEST = {"gflop": min, "share": max}
seen = {key: BEST.get(key.rpartition(", ")[2], statistics.median)(values) for key, values in measured.items()}
if options.peers:
    seen.update({f"{key[0]}, {key[1]}": value for key, value in races().items()})
with open(FILE) as file:
    table = json.load(file)
kept = table.get(kind, {}).get("kept", {})
if options.keep:
    table[kind] = {"kernel": kernel, "kept": {**kept, **{key: float(f"{value:.6g}") for key, value in seen.items()}}}
    with open(FILE, "w") as file:
        file.write(json.dumps(table, indent=2, sort_keys=True) + "\n")
    print(f"kept for {kind}: {len(seen)} figures")
    sys.exit(0)
if not kept:
    print(f"nothing is kept for {kind}, only for {'; '.join(sorted(table)) or 'no kind'}. Write it down with --keep.", file=sys.stderr)
    sys.exit(3)
worse = []
print(f"{kind} ({kernel})\n\n| | kept | now | |\n|---|--:|--:|---|")
for key, value in seen.items():
    if key not in kept:
        print(f"| {key} | – | {value:.4g} | new |")
        continue
    unit = key.rpartition(", ")[2]
    change = value / kept[key] - 1 if kept[key] else value
    word = "**worse**" if isWorse(unit, kept[key], value) else "moved" if abs(change) > max(TOLERANCE[unit], 0.001) else ""
    if word == "**worse**":
        worse.append(key)
    print(f"| {key} | {kept[key]:.4g} | {value:.4g} ({change:+.1%}) | {word} |")
if worse:
    sys.exit(f"worse than what is kept: {'; '.join(worse)}")
