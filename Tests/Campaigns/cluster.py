#!/usr/bin/env python3
"""Sweeps on a SLURM of one node whose programs are killed: cluster.py [--short] [--seed N] [--trials ROUNDS] PROGRAM

Each round runs a sweep as jobs of the cluster and meanwhile does harm: it cancels a job, kills a job's process, the driver, slurmd,
slurmctld (both are started again). The sweep is repeated until it ends, and has to have the trials, values and last checkpoints of one
on local cores, every trial once. Skipped with a line where SLURM's programs are not installed, or without root. Exits with 1 where
something differs.
"""
import argparse
import glob
import hashlib
import json
import os
import random
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time

BASE = {"algorithm": "bc", "environment": "point-mass", "data": {"collect": {"transitions": 400}},
        "bc": {"widths": [8], "rows": 8}, "schedule": {"steps": 4000, "log": 500, "checkpoint": 500}, "evaluation": {"episodes": 2}}
SWEEPS = {
    "grid": {"search": "grid", "space": {"bc.rows": {"choices": [4, 8, 16, 32]}, "bc.learningRate": {"choices": [1e-3, 3e-3, 1e-2]}}},
    "random": {"search": "random", "trials": 8, "seeds": [0, 1], "space": {"bc.learningRate": {"real": [1e-4, 1e-1], "log": True}}},
}
SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Cluster", "slurm.sh")


def numbers(name):
    """Processes of the sweep's user whose command line has these words."""
    found = subprocess.run(["pgrep", "-f", name], capture_output=True, text=True).stdout.split()
    return [int(number) for number in found if int(number) != os.getpid()]


def kill(number, how=signal.SIGKILL):
    try:
        os.kill(number, how)
    except ProcessLookupError:
        pass


def pid(cluster, program):
    try:
        return int(open(f"{cluster}/{program}.pid").read())
    except (OSError, ValueError):
        return 0


def content(folder):
    database = sqlite3.connect(folder + "/sweep.sqlite")
    trials = database.execute("SELECT number, state, parameters, value, violation, steps, fault FROM trial ORDER BY number").fetchall()
    database.close()
    states = sorted(glob.glob(folder + "/trials/*/seed-*/checkpoints/step-000004000/state.safetensors"))
    return trials, [(path[len(folder):], hashlib.sha256(open(path, "rb").read()).hexdigest()) for path in states]


class Harm:
    """What is done to a sweep in between, by its name."""

    def __init__(self, cluster, folder, random_, pause):
        self.cluster, self.folder, self.random, self.pause = cluster, folder, random_, pause
        self.done = {}

    def once(self, driver):
        kind = self.random.choice(["cancel", "job", "driver", "slurmd", "slurmctld"])
        if kind == "cancel":
            jobs = subprocess.run(["squeue", "-h", "-r", "-o", "%F_%K"], capture_output=True, text=True).stdout.split()
            if not jobs:
                return
            subprocess.run(["scancel", self.random.choice(jobs)])
        elif kind == "job":
            until = time.time() + 3
            while not (workers := numbers(f"sweep trial {self.folder}")):
                if time.time() > until:
                    return
                time.sleep(0.05)
            kill(self.random.choice(workers))
        elif kind == "driver":
            driver.kill()
        elif kind == "slurmd":
            kill(pid(self.cluster, "slurmd"))
            time.sleep(0.5)
            subprocess.run(["slurmd", "-f", os.environ["SLURM_CONF"], "-N", socket.gethostname().split(".")[0]], check=True)
        else:
            kill(pid(self.cluster, "slurmctld"))
            time.sleep(0.5)
            subprocess.run([SCRIPT, "controller", self.cluster], check=True)
        self.done[kind] = self.done.get(kind, 0) + 1


def sweep(program, folder, kind, out, harm=None):
    """Repeats the sweep until it ends by itself; returns what it said last."""
    words = [program, "sweep", kind + ".json", "--out", out, "--jobs", "2", "--on", "slurm", "--cpus", "1", "--memory", "500M"]
    for _ in range(50):
        driver = subprocess.Popen(words, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        while harm and driver.poll() is None:
            time.sleep(harm.random.uniform(*harm.pause))
            if driver.poll() is None:
                harm.once(driver)
        errors = driver.communicate()[1]
        if driver.returncode not in (-signal.SIGKILL, 73):
            return driver.returncode, errors
        # Drained nodes are the cluster's business, whose owner brings them back.
        subprocess.run(["scontrol", "update", "nodename=" + socket.gethostname().split(".")[0], "state=resume"],
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return 1, "50 times without an end"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--trials", type=int, default=10, help="rounds")
    parser.add_argument("--short", action="store_true")
    options = parser.parse_args()
    rounds = 1 if options.short else options.trials
    program, random_ = os.path.abspath(options.program), random.Random(options.seed)
    folder = tempfile.mkdtemp(prefix="saferl-cluster-")
    cluster, broken, harms = folder + "/slurm", [], {}
    started = subprocess.run([SCRIPT, "start", cluster], capture_output=True, text=True)
    try:
        if started.returncode == 69:
            print(f"skipped: {started.stderr.strip()}")
            return
        started.check_returncode()
        os.environ["SLURM_CONF"] = started.stdout.strip()
        json.dump(BASE, open(folder + "/base.json", "w"))
        for kind in list(SWEEPS)[:1] if options.short else SWEEPS:
            goal = {"base": "base.json", "maximise": "evaluation.return_mean", **SWEEPS[kind]}
            json.dump(goal, open(f"{folder}/{kind}.json", "w"))
            local = f"local-{kind}"
            subprocess.run([program, "sweep", kind + ".json", "--out", local, "--jobs", "2"], cwd=folder, check=True,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            expected = content(f"{folder}/{local}")
            for number in range(rounds):
                out = f"{kind}-{number}"
                harm = Harm(cluster, out, random_, (0.3, 2) if options.short else (2, 8))
                status, errors = sweep(program, folder, kind, out, harm)
                for name, count in harm.done.items():
                    harms[name] = harms.get(name, 0) + count
                if status != 0:
                    broken.append(f"{out}: ended with {status}: {errors.strip()[-400:]}")
                elif (found := content(f"{folder}/{out}")) != expected:
                    other = [pair for pair in zip(found[0] + found[1], expected[0] + expected[1]) if pair[0] != pair[1]]
                    broken.append(f"{out}: another study than on local cores: {other[:2]}")
        said = ", ".join(f"{name} {count}" for name, count in sorted(harms.items()))
        print(f"sweeps on SLURM: {rounds} rounds, harm done: {said or 'none'}; {len(broken)} broken")
        for line in broken:
            print("  " + line, file=sys.stderr)
    finally:
        subprocess.run([SCRIPT, "stop", cluster])
        shutil.rmtree(folder, ignore_errors=True)
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
