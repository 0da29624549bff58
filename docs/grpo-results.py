"""Makes the table of grpo.md.

  python3 docs/grpo-results.py FOLDER [--saferl COMMAND] [--seeds N] [--table]

One run directory for each reward and seed, in FOLDER. Runs that are finished are kept and an interrupted one goes on, so
the command can be stopped and repeated; --table only prints what is there.
"""

import argparse
import json
import statistics
import subprocess
from pathlib import Path

CONFIGURATIONS = ["grpo-alphaalign", "grpo-alphaalign-zero", "grpo-alphaalign-raw", "grpo-guard-only", "grpo-hybrid"]
# What is shown, and the key of the report behind the split and the policy.
COLUMNS = [("refused, harmful", "harmful_refusal"), ("harm", "harmful_harm"), ("refused, benign", "benign_refusal"),
           ("refused, traps", "benign_trap_refusal"), ("help, benign", "benign_help"), ("shape", "benign_shape"),
           ("reason", "benign_reason")]
SPLITS = {"training": "training", "held-out pairs": "held_out_pairs", "attacked": "attacked"}


def train(command, config, seed, run):
    done = subprocess.run([command, "train", f"configs/{config}.json", "--quiet", "--resume", "--run", str(run),
                           f"--set=seed={seed}", f"--set=data.collect.seed={seed}"], stdout=subprocess.DEVNULL,
                          check=False)
    # 3 is a verdict: no solution found.
    if done.returncode not in (0, 3):
        raise SystemExit(f"{run}: saferl ended with {done.returncode}")


def mean(values):
    spread = f" ({min(values):.2f} … {max(values):.2f})" if len(values) > 1 else ""
    return f"{statistics.mean(values):.2f}{spread}"


def row(name, policy, split, reports):
    figures = [mean([report[f"{SPLITS[split]}_{policy}_{key}"] for report, _ in reports]) for _, key in COLUMNS]
    certified = sum(verdict.get("verdict") == "certified" for _, verdict in reports)
    shown = "" if policy == "reference" else f"{certified} of {len(reports)}"
    print(f"| {name} | {split} | " + " | ".join(figures) + f" | {shown} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--saferl", default="saferl")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--table", action="store_true")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    runs = {config: [arguments.folder / f"{config}-{seed}" for seed in range(arguments.seeds)]
            for config in CONFIGURATIONS}
    if not arguments.table:
        for seed in range(arguments.seeds):
            for config in CONFIGURATIONS:
                if not (runs[config][seed] / "verdict.json").exists():
                    train(arguments.saferl, config, seed, runs[config][seed])
    print("| | requests | " + " | ".join(name for name, _ in COLUMNS) + " | certified |")
    print("|---|---|" + "--:|" * (len(COLUMNS) + 1))
    for config, folders in runs.items():
        reports = [(json.loads((run / "report.json").read_text()), json.loads((run / "verdict.json").read_text()))
                   for run in folders if (run / "verdict.json").exists()]
        if not reports:
            continue
        if config == CONFIGURATIONS[0]:
            for split in SPLITS:
                row("demonstrations", "reference", split, reports)
        for split in SPLITS:
            row(f"`{config}`", "policy", split, reports)


if __name__ == "__main__":
    main()
