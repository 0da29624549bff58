"""Times the steps of one Bullet task in a plain Python loop: what ``saferl env bench`` is compared with.

    PYTHON Benchmarks/Peers/gymnasium/peer_loop.py SafetyBallRun-v0 [--steps N] [--repeats N] [--fresh]

Uniform random actions, episodes started again as they end, the median of some repetitions; JSON on the last line.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from typing import Any

import bullet_safety_gym  # noqa: F401  (registers the tasks)
import gymnasium
import numpy as np


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("id")
    options.add_argument("--steps", type=int, default=10_000)
    options.add_argument("--repeats", type=int, default=5)
    options.add_argument("--fresh", action="store_true", help="make a new environment for every episode")
    given = options.parse_args()

    def make() -> Any:
        return gymnasium.make(given.id, disable_env_checker=True)

    environment = make()
    generator = np.random.default_rng(0)
    rates = []
    for repeat in range(given.repeats + 1):
        count = given.steps if repeat else given.steps // 10
        began = time.perf_counter()
        ended = True
        for step in range(count):
            if ended:
                if given.fresh:
                    environment.close()
                    environment = make()
                np.random.seed(step)
                observation, _ = environment.reset(seed=step)
            action = generator.uniform(-1, 1, environment.action_space.shape).astype(np.float32)
            observation, reward, terminated, truncated, info = environment.step(action)
            observation, cost = observation.astype(np.float32), float(info["cost"])
            ended = terminated or truncated
        rates.append(count / (time.perf_counter() - began))
    rates = sorted(rates[1:])  # the first warms up
    print(json.dumps({"environment": given.id, "stepsPerSecond": statistics.median(rates), "rates": rates}))


if __name__ == "__main__":
    main()
