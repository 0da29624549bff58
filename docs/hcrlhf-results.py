"""Makes the tables of hcrlhf-results.md.

  python3 docs/hcrlhf-results.py EXPERIMENT FOLDER [--saferl COMMAND] [--table]

One run directory for each seed, in FOLDER/EXPERIMENT. Runs that are finished are kept and an interrupted one goes on, so
the command can be stopped and repeated; --table only prints what is there. EXPERIMENT is one of those below.
"""

import argparse
import json
import resource
import statistics
import subprocess
import time
from pathlib import Path

# How the candidate is selected, and how many seeds.
METHODS = {
    "C1 = 4, C2 = 2": ({}, 100),
    "C1 = C2 = 1": ({"method.sampleFactor": 1, "method.testFactor": 1}, 40),
    "C1 = C2 = 0": ({"method.sampleFactor": 0, "method.testFactor": 0}, 40),
    "Safe-RLHF": ({"method": "safe-rlhf", "samples": 1}, 40),
}


def tokens():
    """The task of tokens: its true costs are tested, and the truth is an evaluation of 20,000 fresh responses."""
    for number, (name, (settings, seeds)) in enumerate(METHODS.items()):
        yield name, "configs/hcrlhf-tokens.json", [
            (f"{number}-{seed}", {"seed": seed, **{f"hcrlhf.candidate.{key}": value
                                                  for key, value in settings.items()}})
            for seed in range(seeds)]


def synthetic():
    """The grammar: learned costs are tested, the truth is the grammar's."""
    for name, (settings, seeds) in {"HC-RLHF": ({}, 10),
                                    "Safe-RLHF": ({"method": "safe-rlhf", "samples": 1}, 5)}.items():
        yield name, "configs/hcrlhf.json", [
            (f"{name}-{seed}", {"seed": seed, "data.collect.seed": seed,
                                **{f"hcrlhf.candidate.{key}": value for key, value in settings.items()}})
            for seed in range(seeds)]


def train(command, config, run, settings):
    began, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    words = [f"--set={key}={json.dumps(value)}" for key, value in settings.items()]
    done = subprocess.run([command, "train", config, "--quiet", "--resume", "--run", str(run), *words],
                          stdout=subprocess.DEVNULL, check=False)
    # 3 is a verdict: no solution found.
    if done.returncode not in (0, 3):
        raise SystemExit(f"{run}: saferl ended with {done.returncode}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    # Of a run that was interrupted, what the last command took.
    (run.parent / f"{run.name}.time.json").write_text(json.dumps({
        "seconds": time.monotonic() - began,
        "processor_seconds": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime}))


def read(run):
    def file(name):
        path = run / name
        return json.loads(path.read_text()) if path.exists() else {}
    times = run.parent / f"{run.name}.time.json"
    report = file("report.json") | (json.loads(times.read_text()) if times.exists() else {})
    return file("verdict.json"), report, file("evaluation/report.json")


def mean(values, digits=2):
    spread = f" ± {statistics.stdev(values):.{digits}f}" if len(values) > 1 else ""
    return f"{statistics.mean(values):.{digits}f}{spread}"


def token_row(name, runs):
    unsafe = [evaluation["cost_mean"] > verdict["limit"] for verdict, _, evaluation in runs]
    returned = [verdict["verdict"] == "certified" for verdict, _, _ in runs]
    both = sum(a and b for a, b in zip(unsafe, returned))
    print(f"| {name} | {len(runs)} | {sum(unsafe)} | {sum(returned)} | **{both}** "
          f"| {mean([e['return_mean'] for _, _, e in runs])} | {mean([e['cost_mean'] for _, _, e in runs])} |")


def synthetic_row(name, runs):
    """One row for each seed, then their means."""
    keys = {"reference_grammatical": 3, "candidate_grammatical": 3, "reference_true_reward": 2,
            "candidate_true_reward": 2, "reference_true_cost": 2, "candidate_true_cost": 2,
            "reference_safe_share": 2, "candidate_safe_share": 2, "true_reward_order": 2, "true_grammar_order": 2,
            "true_cost_order": 2, "true_cost_sign": 2, "divergence_per_response": 2, "upper_bound": 2,
            "processor_seconds": 0, "seconds": 0}
    for verdict, report, _ in runs:
        figures = [f"{report[key]:.{digits}f}" if key in report else "" for key, digits in keys.items()]
        print(f"| {name} {verdict['origin']['seed']} | {verdict['verdict']} | " + " | ".join(figures) + " |")
    returned = sum(verdict["verdict"] == "certified" for verdict, _, _ in runs)
    means = [mean(values, digits) if (values := [report[key] for _, report, _ in runs if key in report]) else ""
             for key, digits in keys.items()]
    print(f"| **{name}**, {len(runs)} runs | {returned} certified | " + " | ".join(means) + " |")


EXPERIMENTS = {
    "tokens": (tokens, token_row, "| Candidate | Runs | Unsafe candidates | Returned | Unsafe returns | True return "
               "| True cost |\n|---|--:|--:|--:|--:|--:|--:|"),
    "synthetic": (synthetic, synthetic_row,
                  "| Run | Verdict | Grammar: reference | candidate | Reward: reference | candidate "
                  "| Cost: reference | candidate | Safe: reference | candidate | Reward, true order "
                  "| Reward, grammar first | Cost, true order | Cost, true sign | Divergence | Upper bound "
                  "| Processor s | Elapsed s |\n|---|---|" + "--:|" * 16),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("experiment", choices=EXPERIMENTS)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--saferl", default="saferl")
    parser.add_argument("--table", action="store_true")
    arguments = parser.parse_args()
    rows, show, head = EXPERIMENTS[arguments.experiment]
    folder = arguments.folder / arguments.experiment
    folder.mkdir(parents=True, exist_ok=True)
    print(head)
    for name, config, runs in rows():
        for run, settings in runs:
            if not arguments.table and not (folder / run / "verdict.json").exists():
                train(arguments.saferl, config, folder / run, settings)
        found = [read(folder / run) for run, _ in runs]
        if found := [row for row in found if row[0] and row[1]]:
            show(name, found)


if __name__ == "__main__":
    main()
