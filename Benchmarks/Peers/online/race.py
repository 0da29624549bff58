"""Races an update of `ppo-lagrangian` against the same work in PyTorch on safety-gymnasium, alternating, one core.

  python3 Benchmarks/Peers/online/race.py SAFERL PYTHON [--rounds 3] [--core 0]

PYTHON has the packages of ../osrl/requirements.txt and, installed behind them with --no-deps, of ../velocity/requirements.txt. saferl's figure is the difference of two training runs of different length
over their difference in updates, in seconds of processor time; passes do not end early in either (`update.clipped.divergence` 10).
Every size is set here and read back from the run, so that what is shipped with SAFERL does not decide how much work is compared.
"""
import argparse
import json
import os
import statistics
import subprocess
import tempfile
from pathlib import Path

TASK, SHORT, LONG = "SafetyHopperVelocity-v1", 2, 17
# The sizes of ppo_lagrangian_peer.py.
SIZES = {
    "rollout.steps": 4000, "rollout.slots": 4, "discount": 0.995, "lambda": 0.95, "policy.widths": [64, 64],
    "update.clipped.rows": 64, "update.clipped.epochs": 10, "update.clipped.divergence": 10, "update.clipped.rate": 3e-4,
    "values.widths": [64, 64], "values.rows": 256, "values.passes": 10, "values.rate": 1e-3,
}


def processor_seconds(command):
    before = os.times()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def ours(saferl, pin, folder, number):
    times = []
    for steps in (SHORT, LONG):
        run = folder / f"{number}-{steps}"
        settings = [f"schedule.steps={steps}", "schedule.checkpoint=1000", "evaluation.episodes=1", f"environment=mujoco:{TASK}"]
        settings += [f"ppo-lagrangian.{key}={json.dumps(value)}" for key, value in SIZES.items()]
        times.append(processor_seconds(pin + [saferl, "train", "configs/ppo-lagrangian.json", "--quiet", "--run", str(run)]
                                       + [f"--set={setting}" for setting in settings]))
        last = json.loads((run / "metrics.jsonl").read_text().splitlines()[-1])
        if last["environment_steps"] != steps * SIZES["rollout.steps"]:
            raise SystemExit(f"{saferl}: {last['environment_steps']:.0f} steps in {steps} updates, not {SIZES['rollout.steps']} each.")
    return (times[1] - times[0]) / (LONG - SHORT)


def theirs(python, pin):
    script = Path(__file__).with_name("ppo_lagrangian_peer.py")
    lines = subprocess.run(pin + [python, str(script), TASK, "8"], check=True, capture_output=True, text=True).stdout.split()
    return statistics.median(map(float, lines))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("saferl")
    parser.add_argument("python")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--core", default="0")
    given = parser.parse_args()
    pin = ["taskset", "-c", given.core]
    with tempfile.TemporaryDirectory() as name:
        pairs = [(ours(given.saferl, pin, Path(name), number), theirs(given.python, pin)) for number in range(given.rounds)]
    mine, other = (statistics.median(column) for column in zip(*pairs))
    rounds = ", ".join(f"{b / a:.2f}" for a, b in pairs)
    print(f"| saferl, s an update | PyTorch | ratio of medians | ratios by round |\n|---|---|---|---|\n"
          f"| {mine:.2f} | {other:.2f} | {other / mine:.2f} | {rounds} |")


main()
