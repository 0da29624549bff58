#!/usr/bin/env python3
"""Sweeps on a SLURM of one node whose programs are killed: cluster.py [--short] [--seed N] [--trials ROUNDS] PROGRAM

Each round runs a sweep as jobs of the cluster and meanwhile does harm: it cancels a job, kills a job's process, the slurmstepd above
it, the driver, slurmd, slurmctld (both are started again), each kind once before any comes again. The sweep is repeated until it ends. A
grid and a random search have to have the trials and values of one on local cores, every trial once; of a search with successive halving,
whose decisions depend on who came first, every decision has to follow from the rows of its table before it. Every checkpoint that lies
in a run has to be that of a run which nothing disturbed, byte for byte. Skipped with a line where SLURM's programs are not installed, or
without root. Exits with 1 where something differs.
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
        "bc": {"widths": [8], "rows": 8}, "schedule": {"steps": 4000, "log": 500, "checkpoint": 500, "keep": "all"},
        "evaluation": {"episodes": 2}}
RATES = {"bc.learningRate": {"real": [1e-4, 1e-1], "log": True}}
HALVING = {"minimum": 500, "reduction": 2}
SWEEPS = {
    "asha": {"search": "random", "trials": 12, "space": RATES, "stop": {"asha": HALVING}},
    "grid": {"search": "grid", "space": {"bc.rows": {"choices": [4, 8, 16, 32]}, "bc.learningRate": {"choices": [1e-3, 3e-3, 1e-2]}}},
    "random": {"search": "random", "trials": 8, "seeds": [0, 1], "space": RATES},
}
KINDS = ["cancel", "job", "slurmstepd", "driver", "slurmd", "slurmctld"]
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


def parent(number):
    try:
        return int(open(f"/proc/{number}/stat").read().rsplit(")", 1)[1].split()[1])
    except OSError:
        return 0


def command(number):
    try:
        return open(f"/proc/{number}/cmdline").read()
    except OSError:
        return ""


def rows(folder, words):
    database = sqlite3.connect(folder + "/sweep.sqlite")
    found = database.execute("SELECT " + words).fetchall()
    database.close()
    return found


def trials(folder):
    return rows(folder, "number, state, parameters, value, violation, steps, fault FROM trial ORDER BY number")


def checkpoints(folder):
    """SHA-256 by trial, seed and update."""
    paths = glob.glob(folder + "/trials/*/seed-*/checkpoints/step-*/state.safetensors")
    return {path[len(folder):]: hashlib.sha256(open(path, "rb").read()).hexdigest() for path in paths}


def damaged(found, expected):
    """What is wrong with checkpoints; a run that was stopped may have some between those of the schedule, whose successors tell."""
    wrong = [path for path in found if path in expected and found[path] != expected[path]]
    return [f"checkpoints that are not those of an undisturbed run: {sorted(wrong)[:3]}"] if wrong else []


def same(folder, local):
    """What differs from a sweep on local cores."""
    found, expected = trials(folder), trials(local)
    other = [pair for pair in zip(found, expected) if pair[0] != pair[1]]
    wrong = [f"another study than on local cores: {len(found)} trials, {other[:2]}"] if found != expected else []
    states = checkpoints(folder)
    last = [path for path in checkpoints(local) if "step-000004000" in path and path not in states]
    return wrong + ([f"without their last checkpoints: {last[:3]}"] if last else []) + damaged(states, checkpoints(local))


def unexplained(folder, local):
    """What does not follow from the rows of the table of reports, in the order in which they came."""
    wrong, before = [], {}
    reports = rows(folder, "number, step, value, goes_on FROM report ORDER BY rowid")
    for number, step, value, goes_on in reports:
        # The seconds of an evaluation are its machine's, its figures are not.
        logged = [line for line in map(json.loads, open(f"{folder}/trials/{number:04d}/seed-0/metrics.jsonl"))
                  if line["stage"] == "evaluation" and line["step"] == step]
        if [line["return_mean"] for line in logged] != [value]:
            wrong.append(f"trial {number} at {step}: {value} in the table, {logged} logged")
        others = before.setdefault(step, [])
        best = sum(other > value for other in others) < max(1, (len(others) + 1) // HALVING["reduction"])
        if best != bool(goes_on):
            wrong.append(f"trial {number} at {step}: {value} among {others}, and goes_on is {goes_on}")
        others.append(value)
    found, whole = trials(folder), trials(local)
    if [(row[0], row[2]) for row in found] != [(row[0], row[2]) for row in whole]:
        wrong.append(f"other trials than {len(whole)} different ones: {[row[:3:2] for row in found]}")
    rungs = [500, 1000, 2000]
    for (number, state, _, value, _, steps, fault), expected in zip(found, whole):
        own = [(step, bool(goes_on)) for other, step, _, goes_on in reports if other == number]
        if state == "pruned":
            reached = rungs[:rungs.index(steps) + 1] if steps in rungs else []
            right = own == [(step, step != steps) for step in reached] and own
        else:
            right = state == "complete" and own == [(step, True) for step in rungs] and (value, steps, fault) == (expected[3], 4000, None)
        if not right:
            wrong.append(f"trial {number}: {state} after {steps} updates with {value} ({fault}) by {own}")
    states = checkpoints(folder)
    lacking = [row[0] for row in found if row[1] == "complete" and f"/trials/{row[0]:04d}/seed-0/checkpoints/step-000004000/state.safetensors" not in states]
    return wrong + ([f"without their last checkpoints: {lacking}"] if lacking else []) + damaged(states, checkpoints(local))


class Harm:
    """What is done to a sweep in between, by its name."""

    def __init__(self, cluster, folder, random_, pause, most):
        self.cluster, self.folder, self.random, self.pause, self.most = cluster, folder, random_, pause, most
        self.done, self.left = {}, []

    def worker(self):
        """A job's process, waited for a while; 0 where there is none."""
        until = time.time() + 3
        while not (workers := numbers(f"sweep trial {self.folder}")):
            if time.time() > until:
                return 0
            time.sleep(0.05)
        return self.random.choice(workers)

    def once(self, driver):
        """Does the first of what is left that can be done now.

        A slow machine would see more harm to a trial than a sweep takes up, so the number of times is bounded.
        """
        if sum(self.done.values()) >= self.most:
            return
        self.left = self.left or self.random.sample(KINDS, len(KINDS))
        for kind in self.left:
            if self.did(kind, driver):
                self.left.remove(kind)
                self.done[kind] = self.done.get(kind, 0) + 1
                return

    def did(self, kind, driver):
        if kind == "cancel":
            jobs = subprocess.run(["squeue", "-h", "-r", "-o", "%F_%K"], capture_output=True, text=True).stdout.split()
            if not jobs:
                return False
            subprocess.run(["scancel", self.random.choice(jobs)])
        elif kind == "job":
            if not (worker := self.worker()):
                return False
            kill(worker)
        elif kind == "slurmstepd":
            above = parent(self.worker())
            if not above or "slurmstepd" not in command(above):
                return False
            kill(above)
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
        return True


def bring_back():
    """What the owner of a cluster does whose node was drained, as slurmctld does with one that has a job it did not know of."""
    if subprocess.run(["sinfo", "-h", "-o", "%T"], capture_output=True, text=True).stdout.startswith("drain"):
        subprocess.run(["scontrol", "update", "nodename=" + socket.gethostname().split(".")[0], "state=resume"],
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def sweep(program, folder, kind, out, harm=None):
    """Repeats the sweep until it ends by itself; returns what it said last."""
    words = [program, "sweep", kind + ".json", "--out", folder + "/" + out, "--jobs", "2", "--on", "slurm", "--cpus", "1", "--memory", "500M"]
    for _ in range(50):
        driver = subprocess.Popen(words, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        while harm and driver.poll() is None:
            time.sleep(harm.random.uniform(*harm.pause))
            if driver.poll() is None:
                harm.once(driver)
                bring_back()
        errors = driver.communicate()[1]
        if driver.returncode not in (-signal.SIGKILL, 73):
            return driver.returncode, errors
    return 1, "50 times without an end"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--trials", type=int, default=10, help="rounds")
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--only", nargs="*", choices=sorted(SWEEPS))
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
        for kind in options.only or (["grid", "asha"] if options.short else sorted(SWEEPS)):
            goal = {"base": "base.json", "maximise": "evaluation.return_mean", **SWEEPS[kind]}
            json.dump(goal, open(f"{folder}/{kind}.json", "w"))
            # Whole runs to compare with, evaluated as often.
            if goal.pop("stop", None):
                goal["set"] = {"evaluation.interval": HALVING["minimum"]}
            json.dump(goal, open(f"{folder}/local.json", "w"))
            local = f"{folder}/local-{kind}"
            subprocess.run([program, "sweep", "local.json", "--out", local, "--jobs", "2"], cwd=folder, check=True,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            for number in range(rounds):
                out, began = f"{kind}-{number}", time.time()
                harm = Harm(cluster, f"{folder}/{out}", random_, *(((0.3, 2), 12) if options.short else ((0.5, 4), 40)))
                status, errors = sweep(program, folder, kind, out, harm)
                for name, count in harm.done.items():
                    harms[name] = harms.get(name, 0) + count
                if status != 0:
                    found = [f"ended with {status}: {errors.strip()[-400:]}"]
                else:
                    found = (unexplained if kind == "asha" else same)(f"{folder}/{out}", local)
                broken += [f"{out}: {line}" for line in found]
                ends = [row[1] for row in trials(f"{folder}/{out}")]
                print(f"{out}: {', '.join(f'{ends.count(end)} {end}' for end in sorted(set(ends)))}; "
                      f"{sum(harm.done.values())} harms, {time.time() - began:.0f} s; {'; '.join(found) or 'sound'}", flush=True)
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
