"""How often the intervals of `saferl evaluate` hold, against exact values.

Trains the shipped ogsrl.json in gumbel-sepsis, whose law is known, and evaluates its policy again and again on fresh
episodes. Counts how many of the reports' intervals contain the exact expectation, and for comparison how many of
Student's would. Exits with 1 where an interval that is not marked approximate misses more often than it says.
"""

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("program")
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--trials", type=int, default=0, help="evaluations; 400, with --short 40")
parser.add_argument("--episodes", type=int, nargs="*", help="of an evaluation; 20 100 1000, with --short 100")
parser.add_argument("--short", action="store_true")
options = parser.parse_args()
PROGRAM = os.path.abspath(options.program)
TRIALS = options.trials or (40 if options.short else 400)
EPISODES = options.episodes or ([100] if options.short else [20, 100, 1000])
SHORT = ["data.collect.episodes=400", "ogsrl.guardian.visits=5", "schedule.steps=6", "evaluation.episodes=10"]


def saferl(*words):
    result = subprocess.run([PROGRAM, *words], capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"{' '.join(words)}: exit {result.returncode}: {result.stderr}")
    return result.stdout


def tail(misses, trials, share):
    """Probability of at least so many misses where each has probability `share`."""
    return sum(math.comb(trials, k) * share**k * (1 - share) ** (trials - k) for k in range(misses, trials + 1))


def student(mean, deviation, count):
    """Half the width of Student's 95 % interval; the quantile by Cornish and Fisher, right to 0.1 % from 20 on."""
    if deviation is None:
        return 0
    z, n = 1.959964, count - 1
    t = z + (z**3 + z) / (4 * n) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * n**2)
    return t * deviation / math.sqrt(count)


def figures(report):
    """(name, exact, interval, its method, mean, deviation) of everything whose expectation is known."""
    exact = report["exact"]
    costs = dict(zip(exact["cost_names"], exact["costs"]))
    yield ("return", exact["value"], report["return_interval"], report["return_interval_method"],
           report["return_mean"], report["return_sd"])
    yield "length", exact["length"], report["length_interval"], "betting", report["length_mean"], None
    yield ("cost, all channels", sum(costs.values()), report["cost_interval"], report["cost_interval_method"],
           report["cost_mean"], report["cost_sd"])
    for channel in report["channels"]:
        yield ("cost " + channel["name"], costs[channel["name"]], channel["cost_interval"],
               channel["cost_interval_method"], channel["cost_mean"], channel["cost_sd"])


def evaluate(run, episodes, seed):
    return json.loads(saferl("evaluate", run, "--episodes", str(episodes), "--seed", str(seed), "--json"))


def main():
    broken = False
    with tempfile.TemporaryDirectory() as folder:
        run = os.path.join(folder, "run")
        changes = [word for key in (SHORT if options.short else []) for word in ("--set", key)]
        saferl("train", "ogsrl.json", "--run", run, "--quiet", "--set", 'environment="gumbel-sepsis"', *changes)
        print(f"{TRIALS} evaluations each, 95 % intervals\n")
        print("| Episodes | Figure | Exact value | Holds | Method | Student's holds | Mean width, of Student's |")
        print("|--:|---|--:|--:|---|--:|--:|")
        for episodes in EPISODES:
            seeds = [1_000_000 * options.seed + 10_000 + trial for trial in range(TRIALS)]
            with ThreadPoolExecutor(os.cpu_count()) as pool:
                reports = list(pool.map(lambda seed: evaluate(run, episodes, seed), seeds))
            for rows in zip(*map(list, map(figures, reports))):
                name, exact = rows[0][:2]
                methods = {row[3] for row in rows if row[2]}
                held = sum(bool(row[2]) and row[2][0] <= exact <= row[2][1] for row in rows)
                halves = [student(row[4], row[5], episodes) for row in rows]
                others = sum(abs(row[4] - exact) <= half for row, half in zip(rows, halves))
                widths = [sum(row[2][1] - row[2][0] for row in rows if row[2]) / TRIALS, 2 * sum(halves) / TRIALS]
                known = rows[0][5] is not None
                approximate = "betting" not in methods
                method = ", ".join(sorted(methods)) + (" (approximate)" if approximate else "")
                print(f"| {episodes} | {name} | {exact:.4f} | {100 * held / TRIALS:.1f} % | {method} | "
                      + (f"{100 * others / TRIALS:.1f} % | {widths[0]:.3f}, {widths[1]:.3f} |" if known
                         else f"– | {widths[0]:.3f} |"))
                if not approximate and tail(TRIALS - held, TRIALS, 0.05) < 1e-5:
                    print(f"  {name}: misses more often than in 5 %")
                    broken = True
    sys.exit(1 if broken else 0)


main()
