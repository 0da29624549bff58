"""Races updates of the offline baselines against the package osrl-lib, alternating, at published sizes.

  python3 Benchmarks/Peers/osrl/race.py SAFERL PYTHON [--cores 0] [--rounds 3] [--only bcq-lag ...]

PYTHON has osrl-lib and torch (requirements.txt beside this file), and runs update.py. saferl's figure is the difference of two training
runs of different length over their difference in updates, on 20,000 synthetic transitions of 17 and 2 numbers, drawing rows
included; so start, data and checkpoints cancel.
"""

import argparse
import random
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

# saferl's name, the package's, and the lengths of the two runs.
LEARNERS = [("bcq-lag", "bcql", 5, 30), ("bear-lag", "bearl", 5, 30), ("cpq", "cpq", 5, 50),
            ("coptidice", "coptidice", 10, 110), ("cdt", "cdt", 1, 3)]


def synthetic(folder):
    """20,000 steps in episodes of 200, as a table."""
    draw = random.Random(0)
    names = [f"observation_{k}" for k in range(17)] + ["action_0", "action_1", "reward", "cost", "episode"]
    lines = [",".join(names)]
    for row in range(20000):
        numbers = [f"{draw.gauss(0, 1):.5f}" for _ in range(17)] + [f"{draw.uniform(-1, 1):.5f}" for _ in range(2)]
        lines.append(",".join(numbers + [f"{draw.gauss(0, 1):.5f}", str(int(draw.random() < 0.1)), str(row // 200)]))
    table = folder / "steps.csv"
    table.write_text("\n".join(lines) + "\n")
    return table


def seconds(command):
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - began


def ours(saferl, pin, data, folder, name, short, long):
    times = []
    for steps in (short, long):
        run = folder / f"{name}-{steps}-{time.time_ns()}"
        settings = [f"data.file={data}", f"schedule.steps={steps}", "schedule.log=1000", "schedule.checkpoint=100000"]
        if name == "cdt":
            settings += ["cdt.relabelling=none", 'cdt.target={"kind": "stated", "reward": 300, "cost": 10}']
        times.append(seconds(pin + [saferl, "train", f"configs/{name}.json", "--quiet", "--run", str(run)]
                             + [f"--set={setting}" for setting in settings]))
    return 1e3 * (times[1] - times[0]) / (long - short)


def theirs(python, pin, threads, name):
    updates = 2 if name == "cdt" else 15
    script = Path(__file__).with_name("update.py")
    return float(subprocess.run(pin + [python, str(script), name, "--threads", str(threads), "--updates", str(updates)],
                                check=True, capture_output=True, text=True).stdout)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("saferl")
    parser.add_argument("python")
    parser.add_argument("--cores", default="0")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="*", default=[name for name, *_ in LEARNERS])
    given = parser.parse_args()
    pin, threads = ["taskset", "-c", given.cores], given.cores.count(",") + 1
    print(f"| cores {given.cores} | saferl, ms | osrl-lib, ms | ratio of medians | ratios by round |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        data = folder / "steps.hdf5"
        seconds([given.saferl, "data", "convert", str(synthetic(folder)), str(data)])
        for name, peer, short, long in LEARNERS:
            if name not in given.only:
                continue
            pairs = [(ours(given.saferl, pin, data, folder, name, short, long),
                      theirs(given.python, pin, threads, peer)) for _ in range(given.rounds)]
            mine, other = (statistics.median(column) for column in zip(*pairs))
            rounds = ", ".join(f"{b / a:.2f}" for a, b in pairs)
            print(f"| {name} | {mine:.1f} | {other:.1f} | {other / mine:.2f} | {rounds} |", flush=True)


main()
