#!/usr/bin/env python3
"""Kills of sweeps at random moments: sweeps.py [--short] [--seed N] [--trials KILLS] PROGRAM

A sweep with one trial at a time is killed (SIGKILL) again and again at random moments and repeated until it ends. Its study (every
trial with its parameters, value, violation, updates and what it saw; every report of a rung) and the last checkpoints of its complete
trials have to be those of a sweep that nothing disturbed. Every event file that a kill leaves has to end at a whole record. Exits
with 1 where one is not so.
"""
import argparse
import glob
import hashlib
import json
import os
import random
import shutil
import sqlite3
import struct
import subprocess
import sys
import tempfile
import time

BASE = {"algorithm": "bc", "environment": "point-robot", "data": {"collect": {"transitions": 200}},
        "bc": {"widths": [8], "rows": 8}, "schedule": {"steps": 40, "log": 2, "checkpoint": 5}, "evaluation": {"episodes": 2}}
SPACE = {"bc.learningRate": {"real": [1e-5, 1e-1], "log": True}, "bc.rows": {"integer": [4, 16]}}
GOAL = {"base": "base.json", "maximise": "evaluation.return_mean", "within": ["evaluation.cost_mean <= 50"]}
SWEEPS = {
    "tpe": {**GOAL, "search": "tpe", "trials": 13, "space": SPACE},
    "asha": {**GOAL, "search": "random", "trials": 10, "space": SPACE, "stop": {"asha": {"minimum": 10, "reduction": 2}}},
    "grid": {**GOAL, "search": "grid", "seeds": [0, 1, 2],
             "space": {"bc.rows": {"choices": [4, 8]}, "bc.learningRate": {"choices": [0.001, 0.01]}}},
}
TRIAL = "number, state, parameters, bracket, value, violation, steps, run, fault, seen"


def start(program, folder, kind, out):
    words = [program, "sweep", kind + ".json", "--out", out, "--jobs", "1"]
    return subprocess.Popen(words, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def study(folder):
    database = sqlite3.connect(folder + "/sweep.sqlite")
    trials = database.execute(f"SELECT {TRIAL} FROM trial ORDER BY number").fetchall()
    reports = database.execute("SELECT number, step, value, violation, goes_on FROM report ORDER BY rowid").fetchall()
    database.close()
    sums = []
    for trial in trials:
        if trial[1] == "complete":
            for path in sorted(glob.glob(f"{folder}/{trial[7]}/seed-*/checkpoints/step-000000040/state.safetensors")):
                sums.append(hashlib.sha256(open(path, "rb").read()).hexdigest())
    return trials, reports, sums


def torn(folder):
    """Event files that do not end at a whole record."""
    found = []
    for path in glob.glob(folder + "/trials/*/seed-*/events/events.out.tfevents.*"):
        data, place = open(path, "rb").read(), 0
        while place + 12 <= len(data):
            place += 16 + struct.unpack_from("<Q", data, place)[0]
        if place != len(data) and not path.endswith(".partial"):
            found.append(path)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--trials", type=int, default=200, help="kills in all")
    parser.add_argument("--short", action="store_true")
    options = parser.parse_args()
    kills = 9 if options.short else options.trials
    kinds = ["asha"] if options.short else list(SWEEPS)
    program, random_ = os.path.abspath(options.program), random.Random(options.seed)
    folder = tempfile.mkdtemp(prefix="saferl-sweeps-")
    rows, broken = {kind: [0, 0, 0, 0] for kind in kinds}, []
    try:
        json.dump(BASE, open(folder + "/base.json", "w"))
        whole, seconds = {}, {}
        for kind in kinds:
            json.dump(SWEEPS[kind], open(f"{folder}/{kind}.json", "w"))
            began = time.monotonic()
            process = start(program, folder, kind, "whole-" + kind)
            errors = process.communicate(timeout=600)[1]
            if process.returncode != 0:
                sys.exit(f"{kind}: an undisturbed sweep ended with {process.returncode}: {errors}")
            whole[kind], seconds[kind] = study(f"{folder}/whole-{kind}"), time.monotonic() - began
        done, sweep = 0, 0
        while done < kills:
            kind = kinds[sweep % len(kinds)]
            out, sweep = f"sweep-{sweep}", sweep + 1
            rows[kind][0] += 1
            while True:
                process = start(program, folder, kind, out)
                left = kills - done
                try:
                    errors = process.communicate(timeout=random_.uniform(0.02, seconds[kind] / 6) if left > 0 else 600)[1]
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.communicate()
                    done += 1
                    rows[kind][1] += 1
                    rows[kind][3] += len(torn(f"{folder}/{out}"))
                    continue
                if process.returncode != 0:
                    broken.append(f"{out} ({kind}): ended with {process.returncode}: {errors.strip()}")
                break
            if not broken and study(f"{folder}/{out}") != whole[kind]:
                broken.append(f"{out} ({kind}): another study than undisturbed")
            rows[kind][2] += not broken
            shutil.rmtree(f"{folder}/{out}")
            if broken:
                break
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print("| sweep | sweeps | kills | the same study | torn event files |\n|---|---|---|---|---|")
    for kind, row in rows.items():
        print(f"| {kind} | " + " | ".join(str(number) for number in row) + " |")
    for line in broken:
        print(line)
    sys.exit(1 if broken or any(row[3] for row in rows.values()) else 0)


main()
