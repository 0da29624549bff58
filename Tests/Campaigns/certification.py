"""Certify at a limit just below the true mean: how often each bound does, and how looks at once are counted.

    python3 Tests/Campaigns/certification.py PROGRAM [--trials 400] [--seed 0] [--jobs 2] [--short]

`saferl certify` runs as a user runs it, on a policy that acts in an environment of this file: what an episode costs does
not depend on the action there, so that the true mean is known. The limit is a billionth part below it, so that every
certificate is false. A bound that keeps its delta certifies in a share of the seeds that is delta at most.
"""
import argparse
import concurrent.futures
import json
import math
import os
import shutil
import subprocess
import sys
import tempfile

DELTA = 0.1
BOUNDS = ["clopper-pearson", "betting", "anderson", "maurer-pontil", "hoeffding", "student-t"]
ENVIRONMENTS = '''
import random

class Box:
    def __init__(self, size):
        self.low, self.high, self.shape = [-9.0] * size, [9.0] * size, (size,)

class Rare:
    """One step, which costs 1 in five of a hundred episodes."""
    max_episode_steps = 1
    def __init__(self):
        self.observation_space, self.action_space = Box(11), Box(2)
    def reset(self, *, seed=None, options=None):
        self.random = random.Random(seed)
        return [0.0] * 11, {}
    def cost(self):
        return float(self.random.random() < 0.05)
    def step(self, action):
        return [0.0] * 11, 0.0, False, True, {"cost": self.cost()}
    def close(self):
        pass

class Graded(Rare):
    """One step, which costs a quarter, a half, three quarters or 1, each in one of eight episodes, else nothing."""
    def cost(self):
        return max(0, self.random.randrange(8) - 3) / 4
'''
# The true mean, and the true probability of a violation.
MEANS = {"Rare": (0.05, 0.05), "Graded": (2.5 / 8, 0.5)}
RUN = """{"algorithm": "bc", "environment": "point-robot", "data": {"collect": {"transitions": 400}},
          "schedule": {"steps": 2, "log": 1, "checkpoint": 2}, "evaluation": {"episodes": 1}}"""


class Case:
    """One environment and one bound."""

    def __init__(self, environment, bound):
        self.environment, self.bound = environment, bound
        violations = bound == "clopper-pearson"
        self.truth = MEANS[environment][violations]
        self.options = ["--bound", bound] + (["--violations"] if violations else ["--max-step-cost", "1"])
        if bound == "student-t":
            self.options = ["--bound", bound]


class Campaign:
    """A run to certify, made once and copied for every trial, so that each is the first look."""

    def __init__(self, program, folder):
        self.program, self.folder = os.path.abspath(program), folder
        self.surroundings = dict(os.environ, PYTHONPATH=folder, PYTHONDONTWRITEBYTECODE="1", SAFERL_HOME=folder)
        self.surroundings.pop("SAFERL_PYTHON", None)
        for name, text in (("campaign_worlds.py", ENVIRONMENTS), ("run.json", RUN)):
            with open(os.path.join(folder, name), "w") as file:
                file.write(text)
        made = self.call(["train", "run.json", "--run", "run", "--quiet"])
        if made.returncode != 0:
            sys.exit("no run to certify: " + made.stderr)

    def call(self, arguments):
        return subprocess.run([self.program, *arguments], cwd=self.folder, env=self.surroundings, text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def certify(self, run, case, seed, limit, episodes=100):
        return self.call(["certify", run, "--environment", "python:campaign_worlds:" + case.environment, "--json",
                          "--episodes", str(episodes), "--workers", "1", "--delta", str(DELTA), "--seed", str(seed),
                          "--limit", repr(limit), *case.options])

    def trial(self, case, seed):
        """Whether a limit just below the truth is certified."""
        run = f"trial-{case.environment}-{case.bound}-{seed}"
        shutil.copytree(os.path.join(self.folder, "run"), os.path.join(self.folder, run))
        try:
            ended = self.certify(run, case, seed, case.truth * (1 - 1e-9))
        finally:
            shutil.rmtree(os.path.join(self.folder, run))
        if ended.returncode not in (0, 3):
            sys.exit(f"{case.bound}, seed {seed}: exit {ended.returncode}: {ended.stderr}")
        report = json.loads(ended.stdout)
        if (report["verdict"] == "certified") != (ended.returncode == 0):
            sys.exit(f"{case.bound}, seed {seed}: {report['verdict']}, exit {ended.returncode}")
        return ended.returncode == 0, report["approximate"]

    def looks(self, count, seed):
        """What is wrong with so many looks at once, each at another limit; nothing where all are counted."""
        run = f"looks-{seed}"
        shutil.copytree(os.path.join(self.folder, "run"), os.path.join(self.folder, run))
        case = Case("Rare", "betting")
        with concurrent.futures.ThreadPoolExecutor(count) as pool:
            ended = list(pool.map(lambda look: self.certify(run, case, seed, 0.5 + look / 100), range(count)))
        if any(one.returncode not in (0, 3) for one in ended):
            return "; ".join(one.stderr for one in ended if one.returncode not in (0, 3))
        earlier = sorted(json.loads(one.stdout)["earlier_tests"] for one in ended)
        warnings = sum("of the same policy" in one.stderr for one in ended)
        names = os.listdir(os.path.join(self.folder, run, "assurance"))
        certificates = sum(name.startswith("certificate-") and name.endswith(".json") for name in names)
        shutil.rmtree(os.path.join(self.folder, run))
        if (earlier, warnings, certificates) == (list(range(count)), count - 1, count):
            return None
        return f"counts {earlier}, {warnings} warnings, {certificates} certificates"


def at_least(events, trials, share):
    """The probability of so many events or more, each with probability `share`."""
    return sum(math.comb(trials, k) * share ** k * (1 - share) ** (trials - k) for k in range(events, trials + 1))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program")
    parser.add_argument("--trials", type=int, default=400, help="seeds for each bound")
    parser.add_argument("--seed", type=int, default=0, help="the first of them")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="commands at once")
    parser.add_argument("--bounds", nargs="+", default=BOUNDS, choices=BOUNDS, help="some of them alone")
    parser.add_argument("--short", action="store_true", help="a few seeds, for every change")
    options = parser.parse_args()
    trials = 6 if options.short else options.trials
    environments = ["Graded"] if options.short else list(MEANS)
    faults = []
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        campaign = Campaign(options.program, folder)
        print("| Costs | Bound | Certified | Share | Chance of so many, at delta 0.1 |\n|---|---|--:|--:|--:|")
        for environment in environments:
            for bound in options.bounds:
                case = Case(environment, bound)
                seeds = range(options.seed, options.seed + trials)
                ended = list(pool.map(lambda seed: campaign.trial(case, seed), seeds))
                certified = sum(is_certified for is_certified, _ in ended)
                approximate = any(is_approximate for _, is_approximate in ended)
                chance = at_least(certified, trials, DELTA)
                # Once in ten thousand a bound that keeps its delta exactly looks as if it did not.
                if not approximate and chance < 1e-4:
                    faults.append(f"{bound} certifies {certified} of {trials} unsafe policies")
                if approximate != (bound == "student-t"):
                    faults.append(f"{bound} is {'' if approximate else 'not '}marked approximate")
                print(f"| {environment.lower()} | {bound}{' (approximate)' if approximate else ''} | {certified} of {trials} "
                      f"| {certified / trials:.3f} | {chance:.2g} |", flush=True)
        rounds = 1 if options.short else 20
        wrong = [fault for fault in (campaign.looks(8, seed) for seed in range(rounds)) if fault]
        print(f"\nEight looks at once, {rounds} times: {rounds - len(wrong)} times all were counted.")
        faults += wrong
    for fault in faults:
        print("BROKEN: " + fault)
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
