"""Makes tables of results.md: FISOR, OGSRL, behaviour cloning and BC-Safe on recorded tasks, judged in their simulators.

  SAFERL_PYTHON=PYTHON python3 docs/recorded-results.py FILES FOLDER [--saferl COMMAND] [--tasks T ...] [--methods M ...]
      [--seeds N] [--table]

FILES is a folder with files named SafetyTASK...-collected-....hdf5, PYTHON one that has bullet_safety_gym; the velocity
tasks need `saferl env setup mujoco`. One run directory for each task, method and seed, in FOLDER. Runs that are finished are kept and an interrupted one goes on, so
the command can be stopped and repeated; --table only prints what is there.
"""

import argparse
import json
import math
import statistics
import subprocess
import sys
from pathlib import Path

# Simulator, cost limit, smallest and largest return of the official data, FISOR's published one where there is any. Reach tasks
# are none of the benchmark: their range is that of the recorded file.
TASKS = {
    "CarRun": ("bullet:SafetyCarRun-v0", 5, 204.28726196289062, 574.6533203125, 0.73),
    "BallRun": ("bullet:SafetyBallRun-v0", 5, 26.339754104614258, 1327.445556640625, 0.18),
    "BallCircle": ("bullet:SafetyBallCircle-v0", 5, 0.38312244415283203, 881.46337890625, 0.34),
    "AntRun": ("bullet:SafetyAntRun-v0", 5, 0.001767391717990563, 955.4818725585938, 0.45),
    "BallReach": ("bullet:SafetyBallReach-v0", 5, None, None, None),
    "CarReach": ("bullet:SafetyCarReach-v0", 5, None, None, None),
    "HopperVelocity": ("mujoco:SafetyHopperVelocity-v1", 10, 37.05154800415039, 1911.396728515625, None),
    "SwimmerVelocity": ("mujoco:SafetySwimmerVelocity-v1", 10, 0.07114458084106445, 238.95831298828125, -0.04),
}
TUNED_ON = ("CarRun", "BallRun", "BallCircle", "BallReach")
METHODS = {
    "fisor": ("configs/fisor-cpu.json", {}),
    "bc-safe": ("configs/bc-safe.json", {"schedule.steps": 20000}),
    "bc": ("configs/bc.json", {"schedule.steps": 20000}),
    "ogsrl": ("configs/ogsrl-dsrl.json", {}),
}
# Student's 97.5 % quantile by the number of seeds.
QUANTILES = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776}


def run(command, words):
    subprocess.run([command, *words], check=True, stdout=subprocess.DEVNULL)


def judge(command, task, file, method, seed, place):
    """Trains where nothing is finished, and evaluates 20 episodes by the benchmark's seeds."""
    config, settings = METHODS[method]
    settings = {**settings, "data.file": str(file), "seed": seed}
    environment, limit, low, _, _ = TASKS[task]
    if method == "bc-safe":
        settings["bc.episodes.costLimit"] = limit
    if method == "ogsrl":
        settings["ogsrl.budgets"] = {"cost": limit}
    if method == "fisor" and low is None:
        settings["data.rewards"] = "recorded"
    words = [f"--set={key}={json.dumps(value)}" for key, value in settings.items()]
    run(command, ["train", config, "--quiet", "--resume", "--run", str(place), *words])
    run(command, ["evaluate", str(place), "--environment", environment, "--episodes", "20", "--seed",
                  str(1000 + seed), "--out", str(place / "judged")])


def recorded_range(file):
    import h5py
    with h5py.File(file) as data:
        rewards, ends = data["rewards"][:], (data["terminals"][:] != 0) | (data["timeouts"][:] != 0)
    returns, total = [], 0.0
    for reward, end in zip(rewards, ends):
        total += float(reward)
        if end:
            returns.append(total)
            total = 0.0
    return min(returns), max(returns)


def figures(task, file, place):
    report = json.loads((place / "judged" / "report.json").read_text())
    _, limit, low, high, _ = TASKS[task]
    if low is None:
        low, high = recorded_range(file)
    return (report["return_mean"] - low) / (high - low), report["cost_mean"] / limit


def chosen_updates(place):
    """Updates of the critics that a run took where it has a stage of them, and its minutes."""
    manifest = json.loads((place / "manifest.json").read_text())
    last = 0
    for line in (place / "metrics.jsonl").read_text().splitlines():
        line = json.loads(line)
        if line["stage"] == "critics":
            last = max(last, line["step"])
    return last, manifest["wall_seconds"] / 60


def cell(values, least=-math.inf):
    mean = statistics.mean(values)
    if len(values) < 2:
        return f"{mean:.2f}"
    half = QUANTILES[len(values)] * statistics.stdev(values) / math.sqrt(len(values))
    return f"{mean:.2f} ({max(mean - half, least):.2f} … {mean + half:.2f})"


def table(files, folder, tasks, methods, seeds):
    for title, group in (("tuned on", [t for t in tasks if t in TUNED_ON]),
                         ("not tuned on", [t for t in tasks if t not in TUNED_ON])):
        print(f"\n| {title} | seeds | " + " | ".join(f"{m}, return | {m}, cost" for m in methods)
              + " | published return | critics' updates | min |")
        print("|" + "---|" * (5 + 2 * len(methods)))
        for task in group:
            row, count, chosen = [], 0, []
            for method in methods:
                places = [folder / f"{task}-{method}-{seed}" for seed in range(seeds)]
                done = [place for place in places if (place / "judged" / "report.json").exists()]
                values = list(zip(*(figures(task, files[task], place) for place in done)))
                row += [cell(values[0]), cell(values[1], least=0)] if values else ["", ""]
                if method == methods[0]:
                    count, chosen = len(done), [chosen_updates(place) for place in done]
            published = TASKS[task][-1]
            updates = ", ".join(f"{updates:,}" for updates, _ in chosen if updates)
            minutes = ", ".join(f"{minutes:.1f}" for _, minutes in chosen)
            print(f"| {task} | {count} | " + " | ".join(row)
                  + f" | {'' if published is None else published} | {updates} | {minutes} |")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("files", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--saferl", default="saferl")
    parser.add_argument("--tasks", nargs="+", choices=TASKS, default=list(TASKS))
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=["fisor", "bc-safe", "bc"])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--table", action="store_true")
    given = parser.parse_args()
    files = {task: found for task in given.tasks
             for found in sorted(given.files.glob(f"Safety{task}*-collected-*.hdf5"))}
    tasks = [task for task in given.tasks if task in files]
    given.folder.mkdir(parents=True, exist_ok=True)
    for seed in range(given.seeds):
        for task in tasks:
            for method in given.methods:
                place = given.folder / f"{task}-{method}-{seed}"
                if given.table or (place / "judged" / "report.json").exists():
                    continue
                print(place.name, file=sys.stderr, flush=True)
                judge(given.saferl, task, files[task], method, seed, place)
    table(files, given.folder, tasks, given.methods, given.seeds)


main()
