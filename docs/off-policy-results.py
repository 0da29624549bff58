"""Makes the table of off-policy.md: estimates from recordings beside what the same policies are worth in their simulators.

  SAFERL_PYTHON=PYTHON python3 docs/off-policy-results.py FILES RUNS FOLDER [--saferl COMMAND] [--tasks T ...] [--table]

FILES is a folder with files named SafetyTASK...-collected-....hdf5, PYTHON one that has bullet_safety_gym, RUNS the folder of
runs that docs/recorded-results.py makes; what is missing there is trained. point-robot and gumbel-sepsis need neither. Everything
else goes to FOLDER, where what is finished is kept, so that the command can be stopped and repeated; --table only prints.

Each task has at least ten policies: cloning of different length and on different recordings, FISOR with different seeds and
choices, OGSRL with different guardians. The truth is the mean over fresh episodes, of gumbel-sepsis the exact expectation. An
interval covers where that lies in it.
"""

import argparse
import json
import math
import subprocess
import sys
from pathlib import Path

METHODS = ("fqe", "model", "pdwis", "wdr")
CHOICES = ("first", "safest", "most-rewarding", "most-rewarding-safe")


def words(settings):
    return [f"--set={key}={json.dumps(value)}" for key, value in settings.items()]


class Policy:
    """A run, one of its checkpoints, and options of how it acts."""

    def __init__(self, run, config, settings, checkpoint=None, acting=None):
        self.run, self.config, self.settings = run, config, settings
        self.checkpoint, self.acting = checkpoint, acting or {}

    @property
    def name(self):
        acting = "".join(f"-{value}" for value in self.acting.values())
        return self.run + (f"-at-{self.checkpoint}" if self.checkpoint else "") + acting

    @property
    def arguments(self):
        return (["--checkpoint", str(self.checkpoint)] if self.checkpoint else []) + words(self.acting)


def bullet(task):
    policies = [
        Policy(f"{task}-bc-{steps}", "configs/bc.json", {"schedule.steps": steps, "schedule.checkpoint": steps})
        for steps in (200, 1000, 4000)]
    for seed in range(3):
        for step in (10000, 20000):
            policies.append(Policy(
                f"{task}-bc-safe-{seed}", "configs/bc-safe.json",
                {"schedule.steps": 20000, "bc.episodes.costLimit": 5, "seed": seed}, checkpoint=step))
    for seed in range(3):
        for choice in CHOICES[::-1] if seed == 0 else CHOICES[3:]:
            policies.append(Policy(f"{task}-fisor-{seed}", "configs/fisor-cpu.json", {"seed": seed},
                                   acting={"fisor.choice": choice, "fisor.candidates": 4}))
    return policies


def robot():
    policies = []
    for seed in range(2):
        for choice in CHOICES:
            policies.append(Policy(
                f"point-robot-fisor-{seed}", "configs/fisor.json",
                {"schedule.steps": 3000, "schedule.checkpoint": 3000, "seed": seed,
                 "data.collect.transitions": 50000}, acting={"fisor.choice": choice, "fisor.candidates": 4}))
    for steps in (100, 300, 1000, 4000):
        policies.append(Policy(
            f"point-robot-bc-{steps}", "configs/bc.json",
            {"data.file": "", "environment": "point-robot", "schedule.steps": steps, "schedule.checkpoint": steps,
             "data.collect.behaviour": "controller", "data.collect.transitions": 30000}))
    return policies


def sepsis(environment):
    policies = []
    for behaviour in ("clinician", "uniform-supported", "uniform"):
        for steps in (30, 300, 3000):
            policies.append(Policy(
                f"{environment}-bc-{behaviour}-{steps}", "configs/bc.json",
                {"data.file": "", "environment": environment, "schedule.steps": steps, "schedule.checkpoint": steps,
                 "data.collect.behaviour": behaviour, "data.collect.episodes": 2000}))
    for behaviour in ("clinician", "uniform-supported"):
        for visits in (10, 100):
            policies.append(Policy(
                f"{environment}-ogsrl-{behaviour}-{visits}", "configs/ogsrl.json",
                {"environment": environment, "data.collect.behaviour": behaviour, "ogsrl.visits": visits,
                 "ogsrl.testShare": 0}))
    return policies


# Where the truth is, how many episodes it takes, what records (nothing: a file of FILES), and the policies.
TASKS = {
    "BallRun": ("bullet:SafetyBallRun-v0", 20, None, bullet("BallRun")),
    "CarRun": ("bullet:SafetyCarRun-v0", 20, None, bullet("CarRun")),
    "point-robot": ("point-robot", 1000, ["--behaviour", "controller", "--transitions", "50000"], robot()),
    "gumbel-sepsis": ("gumbel-sepsis", 1000, ["--behaviour", "uniform-supported", "--episodes", "5000"],
                      sepsis("gumbel-sepsis")),
    "gumbel-sepsis, confounded": ("gumbel-sepsis", 1000, ["--behaviour", "clinician", "--episodes", "5000"],
                                  sepsis("gumbel-sepsis")),
}


def output(command, arguments):
    done = subprocess.run([command, *map(str, arguments)], check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout


def recording(given, task):
    _, _, behaviour, _ = TASKS[task]
    if behaviour is None:
        return next(iter(sorted(given.files.glob(f"Safety{task}*-collected-*.hdf5"))))
    file = given.folder / (task.replace(", ", "-") + ".hdf5")
    if not file.exists():
        output(given.saferl, ["collect", TASKS[task][0], "--out", file, "--seed", 77, *behaviour])
    return file


def place(given, task, policy, file):
    """The run's folder, trained where nothing is finished."""
    for folder in (given.runs, given.folder / "runs"):
        manifest = folder / policy.run / "manifest.json"
        if manifest.exists() and json.loads(manifest.read_text()).get("finished"):
            return folder / policy.run
    run = given.folder / "runs" / policy.run
    run.parent.mkdir(parents=True, exist_ok=True)
    settings = dict(policy.settings)
    if TASKS[task][2] is None:
        settings["data.file"] = str(file)
    output(given.saferl, ["train", policy.config, "--quiet", "--resume", "--run", run, *words(settings)])
    return run


def judge(given, task):
    """Writes NAME.truth.json and NAME.estimate.json of each policy."""
    environment, episodes, _, policies = TASKS[task]
    file = recording(given, task)
    folder = given.folder / "judged" / task.replace(", ", "-")
    folder.mkdir(parents=True, exist_ok=True)
    for policy in policies:
        run = place(given, task, policy, file)
        for kind, arguments in (
            ("truth", ["--environment", environment, "--episodes", episodes, "--seed", 424242]),
            ("estimate", ["--data", file, "--out", folder / policy.name, "--seed", 1]),
        ):
            path = folder / f"{policy.name}.{kind}.json"
            if not path.exists():
                print(task, policy.name, kind, file=sys.stderr, flush=True)
                path.write_text(output(given.saferl, ["evaluate", run, "--json", *policy.arguments, *arguments]))


def truth(report):
    exact = report.get("exact")
    if exact:
        return {"reward": exact["value"], "cost": sum(exact["costs"])}
    return {"reward": report["return_mean"], "cost": report["cost_mean"]}


def ranks(values):
    """Ranks from 0, ties shared."""
    order = sorted(values)
    return [(order.index(value) + len(order) - 1 - order[::-1].index(value)) / 2 for value in values]


def spearman(first, second):
    a, b = ranks(first), ranks(second)
    mean = (len(a) - 1) / 2
    above = sum((x - mean) * (y - mean) for x, y in zip(a, b))
    below = math.sqrt(sum((x - mean) ** 2 for x in a) * sum((y - mean) ** 2 for y in b))
    return above / below if below else math.nan


def rows(given, task):
    folder = given.folder / "judged" / task.replace(", ", "-")
    judged = []
    for policy in TASKS[task][3]:
        paths = [folder / f"{policy.name}.{kind}.json" for kind in ("truth", "estimate")]
        if all(path.exists() for path in paths):
            judged.append([json.loads(path.read_text()) for path in paths])
    for signal in ("reward", "cost"):
        for method in METHODS:
            pairs = []
            for real, report in judged:
                figures = next(s for s in report["signals"] if s["signal"] == signal)
                found = [e for e in figures["estimates"] if e["estimator"] == method and e.get("value") is not None]
                if found:
                    pairs.append((truth(real)[signal], found[0]))
            if len(pairs) < 3:
                continue
            real = [pair[0] for pair in pairs]
            guessed = [pair[1]["value"] for pair in pairs]
            covered = sum(1 for value, e in pairs if e.get("interval") and e["interval"][0] <= value <= e["interval"][1])
            error = sorted(abs(x - y) for x, y in zip(real, guessed))[len(real) // 2]
            above = sum(1 for x, y in zip(real, guessed) if y > x)
            yield (f"| {task} | {'return' if signal == 'reward' else 'cost'} | {method} | {len(pairs)} of {len(judged)} "
                   f"| {min(real):.3g} … {max(real):.3g} | {spearman(real, guessed):.2f} | {covered} of {len(pairs)} "
                   f"| {error:.3g} | {above} |")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("files", type=Path)
    parser.add_argument("runs", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--saferl", default="saferl")
    parser.add_argument("--tasks", nargs="+", choices=TASKS, default=list(TASKS))
    parser.add_argument("--table", action="store_true")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    if not given.table:
        for task in given.tasks:
            judge(given, task)
    print("| Task | Sum | Estimator | policies | truth | Spearman | intervals cover | median error | too high |")
    print("|" + "---|" * 9)
    for task in given.tasks:
        for row in rows(given, task):
            print(row)


main()
