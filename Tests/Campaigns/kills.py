#!/usr/bin/env python3
"""Kills aimed at the birth and at the end of runs: kills.py [--short] [--seed N] [--trials N] PROGRAM

A run is killed (SIGKILL) just after its directory appears, or around its last checkpoint, its manifest, its report or its
evaluation, and then continued with `train --run DIR --resume` until it ends. It has to end with the bytes of a run that
nothing disturbed, and manifest, report and evaluation have to name the last update. Exits with 1 where they do not.
"""
import argparse
import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time

SMALL = ["schedule.log=2", "schedule.checkpoint=5", "evaluation.episodes=2"]
RUNS = {
    "bc": ("bc.json", ["data.file=", "environment=point-robot", "data.collect.transitions=300", "bc.widths=[8]", "bc.rows=8",
                       "schedule.steps=12"]),
    "fisor": ("fisor.json", ["data.collect.transitions=300", "fisor.width=8", "fisor.criticWidths=[8]", "fisor.blocks=1",
                             "fisor.policyRows=8", "fisor.criticRows=8", "fisor.candidates=2", "schedule.steps=12"]),
    "ogsrl": ("ogsrl.json", ["data.collect.episodes=20", "ogsrl.optimiser=\"cpo\"", "ogsrl.optimiser.advantages.rollouts=4",
                             "ogsrl.reportRollouts=4", "ogsrl.guardian.visits=1",
                             "ogsrl.horizon=4", "ogsrl.widths=[4]", "schedule.steps=12"]),
    "hcrlhf": ("hcrlhf-tokens.json", ["hcrlhf.model.hidden=8", "hcrlhf.model.intermediate=8", "hcrlhf.model.layers=1",
                                      "hcrlhf.candidate.batch=4", "hcrlhf.candidate.microBatch=4",
                                      "hcrlhf.candidate.prompts=8", "hcrlhf.test.prompts=8", "schedule.steps=12"]),
}
# 3: HC-RLHF found no solution, which is a result.
ENDED = (0, 3)


class Trial:
    """One run directory of one algorithm, and what an undisturbed run of it left."""

    def __init__(self, program, folder, algorithm):
        self.program, self.folder, self.algorithm = program, folder, algorithm
        self.whole = None
        self.seconds = 0

    def command(self, run):
        file, settings = RUNS[self.algorithm]
        words = [w for s in SMALL + settings for w in ("--set", s)]
        return [self.program, "train", "configs/" + file, "--run", run, "--resume", "--quiet", "--events", "timeless"] + words

    def start(self, run):
        environment = dict(os.environ, SWIFT_BACKTRACE="enable=no")
        return subprocess.Popen(self.command(run), cwd=self.folder, env=environment, stdin=subprocess.DEVNULL,
                                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def finish(self, run):
        process = self.start(run)
        errors = process.communicate(timeout=300)[1]
        return process.returncode, errors.strip()

    def prepare(self):
        started = time.monotonic()
        code, errors = self.finish(self.path("whole"))
        if code not in ENDED:
            sys.exit(f"{self.algorithm}: the undisturbed run ended with {code}: {errors}")
        self.seconds = time.monotonic() - started
        self.whole = self.left("whole")
        self.last = json.load(open(self.path("whole") + "/manifest.json"))["step"]

    def path(self, name):
        return f"{self.folder}/{self.algorithm}-{name}"

    def left(self, name):
        """SHA-256 of everything that equal runs have in common, by path; names alone of what holds clock values."""
        run, found = self.path(name), {}
        for place, _, files in os.walk(run):
            for file in files:
                path = os.path.relpath(os.path.join(place, file), run)
                content = open(os.path.join(place, file), "rb").read()
                timed = path in (".lock", "manifest.json", "timing.jsonl")
                found[path] = "" if timed else hashlib.sha256(content.replace(f"{self.algorithm}-{name}".encode(), b"NAME")).hexdigest()
        return found

    def moments(self, run):
        """What is waited for before a kill at the end: one of the things that are written there, in their order."""
        last = f"{run}/checkpoints/step-{self.last:09}"
        return [lambda: os.path.isdir(last), lambda: self.manifest(run).get("step") == self.last,
                lambda: self.manifest(run).get("finished"), lambda: os.path.exists(run + "/report.md"),
                lambda: os.path.exists(run + "/evaluation/episodes.jsonl"), lambda: os.path.isdir(run + "/pictures"),
                lambda: os.path.isdir(run + "/checkpoints/.partial") and self.manifest(run).get("step", 0) >= self.last - 3]

    @staticmethod
    def manifest(run):
        try:
            return json.load(open(run + "/manifest.json"))
        except (OSError, ValueError):
            return {}

    def kill(self, run, ready, delay):
        """Starts the run and kills it so many seconds after `ready`; False where it was too late."""
        process = self.start(run)
        while process.poll() is None and not ready():
            time.sleep(0.0003)
        time.sleep(delay)
        process.kill()
        process.communicate()
        return process.returncode == -9

    def faults(self, name):
        """What is not as it should be after the run was continued to its end."""
        run = self.path(name)
        code, errors = self.finish(run)
        if code not in ENDED:
            return f"exit {code}: {errors[:200]}"
        left = self.left(name)
        other = sorted(p for p in set(left) | set(self.whole) if left.get(p) != self.whole.get(p))
        if other:
            return "other bytes: " + ", ".join(other)
        manifest = self.manifest(run)
        if manifest["step"] != self.last or not manifest["finished"]:
            return f"manifest: step {manifest['step']}, finished {manifest['finished']}"
        origin = json.load(open(run + "/evaluation/report.json"))["origin"]
        return None if origin["step"] == self.last else f"evaluation of step {origin['step']}"


def aim(trial, name, at_birth, stream):
    """Kills once or twice; returns how many kills there were."""
    run, kills = trial.path(name), 0
    for _ in range(stream.choice((1, 1, 2))):
        if at_birth:
            ready, delay = (lambda: os.path.isdir(run)), stream.choice((0, 0, stream.uniform(0, 0.01)))
        else:
            ready, delay = stream.choice(trial.moments(run)), stream.choice((0, stream.uniform(0, 0.02)))
        kills += trial.kill(run, ready, delay)
    return kills


def campaign(program, folder, trials, stream):
    broken = []
    print("| Algorithm | Moment | Kills | Runs continued | Of them before the manifest | Broken |\n|---|---|--:|--:|--:|--:|", flush=True)
    for algorithm in RUNS:
        trial = Trial(program, folder, algorithm)
        trial.prepare()
        for at_birth in (True, False):
            kills = runs = unborn = attempts = 0
            before = len(broken)
            while kills < trials and attempts < 4 * trials + 20:
                attempts += 1
                name = f"{'birth' if at_birth else 'end'}{attempts:04}"
                hit = aim(trial, name, at_birth, stream)
                if hit:
                    kills, runs = kills + hit, runs + 1
                    unborn += not os.path.exists(trial.path(name) + "/manifest.json")
                    fault = trial.faults(name)
                    if fault:
                        broken.append(f"{algorithm}, {name}: {fault}")
                shutil.rmtree(trial.path(name), ignore_errors=True)
            moment = "birth" if at_birth else "end"
            print(f"| {algorithm} | {moment} | {kills} | {runs} | {unborn} | {len(broken) - before} |", flush=True)
            if kills < trials:
                broken.append(f"{algorithm}: only {kills} of {trials} kills at its {moment} came in time")
    return broken


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--short", action="store_true", help="two kills a moment")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--trials", type=int, help="kills of each moment of each algorithm (25)")
    arguments = parser.parse_args()
    trials = arguments.trials or (2 if arguments.short else 25)
    folder = tempfile.mkdtemp()
    try:
        broken = campaign(os.path.abspath(arguments.program), folder, trials, random.Random(arguments.seed))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    for line in broken:
        print("BROKEN " + line)
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
