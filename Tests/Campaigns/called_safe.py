#!/usr/bin/env python3
"""FISOR of `make train`, seed after seed: the level of V_h that an assessment finds, and the risk among what it calls safe.

    python3 Tests/Campaigns/called_safe.py PROGRAM [--trials 20] [--seed 1] [--out Checkpoints/called-safe] [--short]

Each seed trains `configs/fisor.json` with its own data (minutes), finds the loosest level at alpha by 400 episodes from all starts of the
point robot, as `saferl assess` does, and judges it by 2,000 episodes more of another seed: how many of the starts called safe were
violated, and from how many of them nothing helps by the analytic rule. What is done stays in the folder, so that a campaign that was cut
off goes on. Prints a table in Markdown; the risk is called kept where Clopper and Pearson's lower bound of it at 1 - delta is alpha at most.
Exits with 1 where it is not for more seeds than chances of delta, of the statement and of that bound, allow, by a binomial test at 1e-6.
"""
import argparse
import json
import math
import os
import shutil
import subprocess
import sys
import tempfile

ALPHA, DELTA = 0.1, 0.05
SMALL = ["schedule.steps=300", "schedule.log=100", "schedule.checkpoint=300", "data.collect.transitions=5000",
         "evaluation.episodes=5", "fisor.width=32", "fisor.criticWidths=[32,32]", "fisor.blocks=1"]

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("program")
parser.add_argument("--trials", type=int, default=20, help="seeds")
parser.add_argument("--seed", type=int, default=1, help="the first one")
parser.add_argument("--out", help="folder of the runs")
parser.add_argument("--short", action="store_true")
options = parser.parse_args()
program = os.path.abspath(options.program)
here = os.path.dirname(os.path.abspath(__file__))
configuration = os.path.join(here, "..", "..", "Configs", "fisor.json")
trials, made, judged = (1, 40, 40) if options.short else (options.trials, 400, 4000)
folder = tempfile.mkdtemp(prefix="called-safe-") if options.short else options.out or "Checkpoints/called-safe"
os.makedirs(folder, exist_ok=True)


def saferl(*arguments):
    result = subprocess.run([program, *arguments], capture_output=True, text=True)
    if result.returncode:
        sys.exit(f"{' '.join(arguments)}: exit {result.returncode}: {result.stderr.strip()}")


def assessed(run, name, episodes, seed):
    """The section of feasibility of an assessment, made where it is not there yet."""
    place = os.path.join(run, name)
    if not os.path.exists(os.path.join(place, "report.json")):
        saferl("assess", run, "--environment", "point-robot", "--only", "feasibility", "--episodes", str(episodes),
               "--seed", str(seed), "--alpha", str(ALPHA), "--delta", str(DELTA), "--out", place)
    with open(os.path.join(place, "report.json")) as file:
        return json.load(file)["feasibility"]


def tail(events, count, chance):
    """P(at least so many of count at a chance each)."""
    if events == 0:
        return 1.0
    if chance <= 0:
        return 0.0
    # By logarithms: the coefficients of a thousand rows are no floats.
    return math.fsum(math.exp(math.lgamma(count + 1) - math.lgamma(k + 1) - math.lgamma(count - k + 1)
                              + k * math.log(chance) + (count - k) * math.log1p(-chance)) for k in range(events, count + 1))


def lower(events, count):
    """Clopper and Pearson's lower bound at confidence 1 - DELTA."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if tail(events, count, middle) < DELTA else (low, middle)
    return low if events else 0.0


print("| seed | level of V_h | made of | called safe | violated | nothing helps (analytic) | risk kept |\n|--:|--:|--:|--:|--:|--:|---|")
broken = found = 0
try:
    for seed in range(options.seed, options.seed + trials):
        run = os.path.join(folder, f"seed-{seed}")
        if not os.path.exists(os.path.join(run, "trained")):
            shutil.rmtree(run, ignore_errors=True)
            sets = [f"seed={seed}", f"data.collect.seed={seed}"] + (SMALL if options.short else [])
            saferl("train", configuration, "--run", run, "--quiet", *[part for s in sets for part in ("--set", s)])
            open(os.path.join(run, "trained"), "w").close()
        own = assessed(run, "called-safe", made, 0)
        if own["level"] is None:
            print(f"| {seed} | none | | | | | nothing is called safe |", flush=True)
            continue
        other = assessed(run, "called-safe-judged", judged, 1)
        row = next(row for row in other["judged_levels"] if row["level"] == own["level"])
        kept, violated, infeasible = row["kept"], row["violations"], row["infeasible"]
        is_kept = lower(violated, kept) <= ALPHA
        found, broken = found + 1, broken + (not is_kept)
        print(f"| {seed} | {own['level']:g} | {own['violations']} of {own['kept']} | {kept} | {violated} ({100 * violated / kept:.1f} %) "
              f"| {infeasible} ({100 * infeasible / kept:.1f} %) | {'yes' if is_kept else '**no**'} |", flush=True)
finally:
    if options.short:
        shutil.rmtree(folder, ignore_errors=True)
print(f"\nA level in {found} of {trials} seeds; the risk of {ALPHA:g} is kept in {found - broken} of them, and delta allows "
      f"{DELTA:g} of them to miss it.")
sys.exit(1 if found and tail(broken, found, 2 * DELTA) < 1e-6 else 0)
