"""Makes the tables of ogsrl-results.md.

  python3 docs/ogsrl-results.py EXPERIMENT FOLDER [--saferl COMMAND] [--table]

One run directory for each row's seeds, in FOLDER/EXPERIMENT. Runs that are finished are kept and an interrupted one goes
on, so the command can be stopped and repeated; --table only prints what is there. EXPERIMENT is one of those below.
"""

import argparse
import json
import statistics
import subprocess
import sys
from pathlib import Path

CONFIG = "configs/ogsrl-icu-sepsis.json"
COHORT = "configs/ogsrl.json"
COSTS = ("spo2", "urine", "map")
SEEDS = range(1, 6)
EPISODES = (300, 1000, 5000, 20000)
# What the policy amounts to is computed exactly, so few episodes are played; the model's value is sampled.
COMMON = {"evaluation.episodes": 100, "ogsrl.reportRollouts": 10000}
# The network and the sampled gradients that the first tables were made with, before there was anything else.
SAMPLED = {
    "schedule.steps": 152, "ogsrl.inputs": "features", "ogsrl.widths": [64, 64], "ogsrl.proposals": "any",
    "ogsrl.warmStart": "none", "ogsrl.optimiser.damping": 0.1, "ogsrl.optimiser.advantages": "sampled",
    "ogsrl.optimiser.advantages.rollouts": 300, "ogsrl.optimiser.advantages.trace": 0.97,
}
# Without a guardian there is nothing to mask proposals by.
UNGUARDED = {key: value for key, value in SAMPLED.items() if key != "ogsrl.proposals"}


def support(task):
    """Guardian off and on, by the number of recorded episodes."""
    rows = []
    for episodes in EPISODES:
        for guardian in ("none", "count"):
            rows.append((
                f"{episodes:,} | {'off' if guardian == 'none' else 'on'}",
                [(f"{episodes}-{guardian}-{seed}", {
                    "environment": task, "data.collect.episodes": episodes, "data.collect.seed": seed,
                    "seed": seed, **(UNGUARDED if guardian == "none" else SAMPLED), "ogsrl.guardian": guardian,
                }) for seed in SEEDS]))
    return rows


BUDGET = 0.9
PLANNED = {"schedule.steps": 22, "schedule.log": 1, "ogsrl.warmStart": "none"}
EXACT = {**PLANNED, "ogsrl.optimiser": "exact", "ogsrl.proposals": "any", "ogsrl.optimiser.shrinkage": 100}
# What improves the policy within budgets, and in how many sets of records.
OPTIMISERS = {
    "exact": ({**EXACT, "ogsrl.confidence": 0.999}, 20),
    "exact, no margin": ({**EXACT, "ogsrl.confidence": 0.5}, 5),
    "exact, neither": ({**EXACT, "ogsrl.confidence": 0.5, "ogsrl.optimiser.shrinkage": 1e-6}, 5),
    "cpo, sampled": (SAMPLED, 3),
}


def budgets(episodes):
    """A budget for each of three costs."""
    limits = {name: BUDGET for name in COSTS}
    return [(f"{episodes:,} | {name}",
             [(f"{episodes}-{name}-{seed}", {
                 "data.collect.episodes": episodes, "data.collect.seed": seed, "seed": seed,
                 "ogsrl.budgets": limits, **settings,
             }) for seed in range(1, count + 1)])
            for name, (settings, count) in OPTIMISERS.items()]


# Seeds of the records that settings were chosen on, and of those that are reported.
TUNED, REPORTED = (101,), range(1, 6)
SPIBB = {**PLANNED, "ogsrl.optimiser": "spibb", "ogsrl.optimiser.shrinkage": 10, "ogsrl.optimiser.leastRecords": 5}
LEARNERS = {"cpo": {}, "spibb": SPIBB, "clone": {"schedule.steps": 4, "ogsrl.optimiser.divergence": 1e-9}}


def margins(name):
    """Within three budgets of 0.9, with the shrinkage and the margins that were chosen for `exact`."""
    return {"ogsrl.budgets": {cost: BUDGET for cost in COSTS}, "ogsrl.confidence": 0.999,
            f"ogsrl.optimiser.{'' if name == 'spibb' else 'advantages.'}shrinkage": 100}


def learners(extra, names, sizes=(5000, 20000)):
    """What improves the policy, by the number of recorded episodes; seeds that settings were chosen on stand apart."""
    return [(f"{episodes:,} | {name}{', chosen on' if seeds is TUNED else ''}",
             [(f"{episodes}-{name}-{seed}", {
                 "data.collect.episodes": episodes, "data.collect.seed": seed, "seed": seed,
                 # The value in the model is solved for, not sampled.
                 "ogsrl.reportRollouts": 100, **LEARNERS[name], **extra(name),
             }) for seed in seeds])
            for episodes in sizes for name in names for seeds in (TUNED, REPORTED)]


def cohorts():
    """The shipped configuration on records that show what the clinicians see, and on the confounded ones."""
    return [(f"{name}{', chosen on' if seeds is TUNED else ''}",
             [(f"{name}-{seed}", {
                 "environment": task, "data.collect.seed": seed, "seed": seed,
             }) for seed in seeds])
            for name, task, parts in (
                ("observed", "gumbel-sepsis-observed", (TUNED, REPORTED)),
                ("confounded", "gumbel-sepsis", (range(1, 21),)))
            for seeds in parts]


EXPERIMENTS = {
    "cohorts": cohorts,
    "learners": lambda: learners(lambda name: {}, ("clone", "cpo", "spibb")),
    "learners-budgets": lambda: learners(margins, ("cpo", "spibb"), (20000,)),
    "terminate": lambda: support("icu-sepsis-terminate"),
    "default": lambda: support("icu-sepsis"),
    "budgets": lambda: budgets(20000),
}


def finished(run):
    return (run / "report.json").exists() and (run / "evaluation" / "report.json").exists()


def train(command, run, settings):
    is_cohort = run.parent.name == "cohorts"
    words = [f"--set={key}={json.dumps(value)}" for key, value in {**COMMON, **settings}.items()]
    words += ["--require-improvement"] if is_cohort else []
    code = subprocess.run([command, "train", COHORT if is_cohort else CONFIG, "--quiet", "--resume", "--run",
                           str(run), *words], stdout=subprocess.DEVNULL).returncode
    if code not in ((0, 3) if is_cohort else (0,)):
        sys.exit(code)


def figures(run):
    """Value in the model; value, costs and share of unsupported steps in truth."""
    model = json.loads((run / "report.json").read_text())
    exact = json.loads((run / "evaluation" / "report.json").read_text())["exact"]
    costs = dict(zip(exact["cost_names"], exact["costs"]))
    # What was planned is exact; what was learned is sampled.
    value = model.get("planned_return", model["model_return"])
    return [value, exact["value"], value - exact["value"],
            100 * costs["unsupported"] / exact["length"]] + [costs[name] for name in COSTS]


def cell(values, digits):
    spread = f" ± {statistics.stdev(values):.{digits}f}" if len(values) > 1 else ""
    return f"{statistics.mean(values):.{digits}f}{spread}"


IMPROVEMENT = {
    "behaviour": "behaviour_true_return", "clone": "clone_true_return", "policy in the model": "promised_return",
    "held-out estimate": "off_policy_return", "policy in truth": "true_return", "difference, held out": "improvement",
}


def cohort_table(folder, rows):
    print("| records | seeds | " + " | ".join(IMPROVEMENT)
          + " | lower bound, by seed | past matters to actions | certified |")
    print("|" + "---|" * (5 + len(IMPROVEMENT)))
    for label, runs in rows:
        done = [folder / name for name, _ in runs if finished(folder / name)]
        if done:
            reports = [json.loads((run / "report.json").read_text()) for run in done]
            verdicts = [json.loads((run / "improvement.json").read_text()) for run in done]
            # A figure that was refused in some of the runs is given for none.
            columns = [cell([report[key] for report in reports], 3) if all(key in report for report in reports)
                       else "refused" for key in IMPROVEMENT.values()]
            bounds = ", ".join(f"{verdict['difference_lower_bound']:.3f}" for verdict in verdicts)
            found = sum(report["confounding_actions"] <= 0.01 for report in reports)
            certified = sum(verdict["verdict"] == "certified" for verdict in verdicts)
            print(f"| {label} | {len(done)} | " + " | ".join(columns)
                  + f" | {bounds} | {found} of {len(done)} | {certified} of {len(done)} |")


def table(folder, rows):
    if folder.name == "cohorts":
        return cohort_table(folder, rows)
    is_budgeted = "budgets" in folder.name
    print(f"| episodes | {'guardian' if folder.name in ('terminate', 'default') else 'optimiser'} | seeds | value in the model | true value | gap | unsupported steps, % | "
          + " | ".join(COSTS) + (f" | all within {BUDGET} |" if is_budgeted else " |"))
    print("|" + "---|" * (7 + len(COSTS) + is_budgeted))
    for label, runs in rows:
        done = [figures(folder / name) for name, _ in runs if finished(folder / name)]
        if done:
            columns = [cell(column, 3 if number != 3 else 2) for number, column in enumerate(zip(*done))]
            kept = sum(all(cost <= BUDGET for cost in run[-len(COSTS):]) for run in done)
            print(f"| {label} | {len(done)} | " + " | ".join(columns)
                  + (f" | {kept} of {len(done)} |" if is_budgeted else " |"))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("experiment", choices=EXPERIMENTS)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--saferl", default="saferl")
    parser.add_argument("--table", action="store_true")
    given = parser.parse_args()
    folder = given.folder / given.experiment
    rows = EXPERIMENTS[given.experiment]()
    if not given.table:
        runs = [run for _, runs in rows for run in runs]
        # Seed by seed, so that a stopped experiment has every row; what learns by roll-outs takes long and comes last.
        for name, settings in sorted(runs, key=lambda run: ("sampled" in run[0], run[1]["seed"])):
            if not finished(folder / name):
                print(name, file=sys.stderr, flush=True)
                train(given.saferl, folder / name, settings)
    table(folder, rows)


main()
