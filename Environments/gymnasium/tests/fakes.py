"""Environments for tests, in plain Python: no simulator, no gymnasium, no NumPy."""

from __future__ import annotations

import os
import random
import sys
import time
from typing import Any, Dict, List, Optional, Tuple

Result = Tuple[List[float], float, bool, bool, Dict[str, Any]]


class Box:
    """Vectors between bounds."""

    def __init__(self, low: List[float], high: List[float]) -> None:
        self.low, self.high, self.shape = low, high, (len(low),)


class Discrete:
    """One of n choices, from a first number on."""

    def __init__(self, n: int, start: int = 0) -> None:
        self.n, self.start = n, start


class Dict_(Dict[str, Any]):
    """Several spaces by name, which saferl does not know."""


class Walk:
    """A walk in the plane: each step adds a tenth of the action; costs 1 outside a disc; terminates far out."""

    max_episode_steps: Optional[int] = 50

    def __init__(self) -> None:
        self.observation_space: Any = Box([float("-inf")] * 2, [float("inf")] * 2)
        self.action_space: Any = Box([-2.0, -1.0], [2.0, 3.0])
        self.place = [0.0, 0.0]
        self.age = 0

    def reset(self, *, seed: Optional[int] = None, options: Any = None) -> Tuple[List[float], Dict[str, Any]]:
        generator = random.Random(seed)
        self.place = [generator.uniform(-1, 1), generator.uniform(-1, 1)]
        self.age = 0
        return list(self.place), {}

    def step(self, action: List[float]) -> Result:
        self.age += 1
        self.place = [p + a / 10 for p, a in zip(self.place, action)]
        distance = sum(p * p for p in self.place) ** 0.5
        info = {"cost": float(distance > 1)}
        return list(self.place), action[0], distance > 3, self.age >= 50, info

    def render(self) -> List[List[List[int]]]:
        """Two rows of three pixels; the first tells the age."""
        return [[[self.age, 2, 3]] * 3, [[4, 5, 6]] * 3]

    def close(self) -> None:
        mark = os.environ.get("FAKE_CLOSED")
        if mark:
            open(mark, "w").close()


class Choice(Walk):
    """Right or left."""

    def __init__(self) -> None:
        super().__init__()
        self.action_space = Discrete(2, start=5)

    def step(self, action: Any) -> Result:
        return super().step([{5: -1.0, 6: 1.0}[action], 0.0])


class State(Walk):
    """Only the sign is seen."""

    def __init__(self) -> None:
        super().__init__()
        self.observation_space = Discrete(2)

    def reset(self, **options: Any) -> Any:
        return int(super().reset(**options)[0][0] > 0), {}

    def step(self, action: Any) -> Any:
        observation, *rest = super().step(action)
        return (int(observation[0] > 0), *rest)


class Global(Walk):
    """Draws from Python's global generator in every step."""

    def step(self, action: List[float]) -> Result:
        return super().step([a + random.uniform(-1, 1) for a in action])


class SixValues(Walk):
    """The cost as a value of its own."""

    def step(self, action: List[float]) -> Any:
        observation, reward, terminated, truncated, info = super().step(action)
        return observation, reward, info["cost"], terminated, truncated, {}


class FourValues(Walk):
    """The interface of old: one flag, and a seed apart."""

    def seed(self, seed: int) -> None:
        self.own = seed

    def reset(self) -> Any:  # type: ignore[override]
        return super().reset(seed=self.own)[0]

    def step(self, action: List[float]) -> Any:
        observation, reward, terminated, truncated, info = super().step(action)
        info["TimeLimit.truncated"] = truncated
        return observation, reward, terminated or truncated, info


class NoCost(Walk):
    def step(self, action: List[float]) -> Result:
        observation, reward, terminated, truncated, _ = super().step(action)
        return observation, reward, terminated, truncated, {}


class NoLimit(Walk):
    max_episode_steps = None


class Unbounded(Walk):
    def __init__(self) -> None:
        super().__init__()
        self.action_space = Box([-1.0, float("-inf")], [1.0, 1.0])


class Parts(Walk):
    def __init__(self) -> None:
        super().__init__()
        self.observation_space = Dict_(left=self.observation_space)


class Long(Walk):
    """Observations that do not fit their space."""

    def step(self, action: List[float]) -> Result:
        observation, *rest = super().step(action)
        return (observation + [0.0], *rest)  # type: ignore[return-value]


class Chatty(Walk):
    """Prints, as simulators do, also more than a pipe holds."""

    def __init__(self) -> None:
        print("a banner on standard output")
        super().__init__()

    def step(self, action: List[float]) -> Result:
        print("x" * 200_000)
        os.write(1, b"raw words\n")
        return super().step(action)


class Raising(Walk):
    """Raises in the third step of every episode."""

    def step(self, action: List[float]) -> Result:
        if self.age == 2:
            print("the joint is loose", file=sys.stderr)
            raise ValueError("bad\nangle")
        return super().step(action)


class Unmakeable(Walk):
    def __init__(self) -> None:
        raise OSError("no such model")


class Leaving(Walk):
    """Leaves the process, as careless libraries do."""

    def step(self, action: List[float]) -> Result:
        sys.exit("gone")


class Crashing(Walk):
    def step(self, action: List[float]) -> Result:
        print("about to crash", file=sys.stderr)
        os.abort()


class Hanging(Walk):
    """Hangs in the third step, deaf to the end of its input."""

    def step(self, action: List[float]) -> Result:
        if self.age == 2:
            print("thinking", file=sys.stderr)
            while True:
                time.sleep(60)
        return super().step(action)


class Wide(Walk):
    """100,000 values: frames longer than a pipe holds, in both directions."""

    def __init__(self) -> None:
        super().__init__()
        self.observation_space = Box([-10.0] * 100_000, [10.0] * 100_000)
        self.action_space = Box([-1.0] * 100_000, [1.0] * 100_000)

    def reset(self, **options: Any) -> Any:
        return [1.0] * 100_000, {}

    def step(self, action: List[float]) -> Result:
        return action, sum(action), False, False, {"cost": 0.0}


class Faulty(Walk):
    """Fails once, as FAKE_FAULT says: a kind, the step over all slots, and a file that tells that it has happened."""

    steps = 0

    def step(self, action: List[float]) -> Result:
        kind, at, mark = os.environ["FAKE_FAULT"].split(":")
        Faulty.steps += 1
        if Faulty.steps == int(at) and not os.path.exists(mark):
            open(mark, "w").close()
            if kind == "raise":
                raise RuntimeError("out of luck")
            if kind == "kill":
                os.kill(os.getpid(), 9)
            time.sleep(600)
        return super().step(action)


class Filmed(Walk):
    """Draws only when it was made for that, and says how fast it is."""

    metadata = {"render_modes": ["rgb_array"], "render_fps": 12}

    def __init__(self, render_mode: Optional[str] = None) -> None:
        super().__init__()
        self.render_mode = render_mode

    def render(self) -> Any:
        return super().render() if self.render_mode == "rgb_array" else None


class Blind:
    """Has nothing that draws."""

    max_episode_steps = 50

    def __init__(self) -> None:
        self.walk = Walk()
        self.observation_space, self.action_space = self.walk.observation_space, self.walk.action_space

    def reset(self, **options: Any) -> Any:
        return self.walk.reset(**options)

    def step(self, action: List[float]) -> Result:
        return self.walk.step(action)


class Disturbed(Walk):
    """Is moved by being drawn."""

    def render(self) -> List[List[List[int]]]:
        self.place[0] += 0.5
        return super().render()


class Array:
    """An array that behaves as NumPy's do since version 2.4, which convert no single element."""

    def __init__(self, *values: Any) -> None:
        self.values = list(values)

    def __float__(self) -> float:
        raise TypeError("only 0-dimensional arrays can be converted to Python scalars")

    __int__ = __bool__ = __float__  # type: ignore[assignment]

    def __len__(self) -> int:
        return len(self.values)

    def reshape(self, *_: Any) -> "Array":
        return self

    def tolist(self) -> List[Any]:
        return list(self.values)


class OneElement(Walk):
    """Reward, cost and flags as arrays of one element."""

    def step(self, action: List[float]) -> Any:
        observation, reward, terminated, truncated, info = super().step(action)
        return observation, Array(reward), Array(terminated), [truncated], {"cost": Array(info["cost"])}


class OneState(State):
    """An observation of one choice as an array of one element."""

    def reset(self, **options: Any) -> Any:
        return Array(super().reset(**options)[0]), {}

    def step(self, action: Any) -> Any:
        observation, *rest = super().step(action)
        return (Array(observation), *rest)


class TwoRewards(Walk):
    def step(self, action: List[float]) -> Any:
        observation, reward, *rest = super().step(action)
        return (observation, Array(reward, 0.0), *rest)


class NoReward(Walk):
    def step(self, action: List[float]) -> Any:
        observation, _, *rest = super().step(action)
        return (observation, None, *rest)


class ThreeValues(Walk):
    def step(self, action: List[float]) -> Any:
        return super().step(action)[:3]


class NoInfo(Walk):
    def step(self, action: List[float]) -> Any:
        return (*super().step(action)[:4], None)


class TwoCosts(Walk):
    """Two kinds of harm, told apart and not summed up: far out, and left of the middle."""

    def step(self, action: List[float]) -> Result:
        observation, reward, terminated, truncated, info = super().step(action)
        info = {"cost_far": info["cost"], "cost_left": 0.5 * float(observation[0] < 0)}
        return observation, reward, terminated, truncated, info


class Declared(TwoCosts):
    """Says which costs it has, and how large they can be in a step."""

    cost_names = ["far", "left"]
    largest_costs = [1.0, 0.5]


class Misdeclared(TwoCosts):
    cost_names = ["far", "Left"]


class Overstated(TwoCosts):
    cost_names = ["far", "left"]
    largest_costs = [1.0]


class Five(Walk):
    """Rest, right, left, up or down, counted from 3."""

    def __init__(self) -> None:
        super().__init__()
        self.action_space = Discrete(5, start=3)

    def step(self, action: Any) -> Result:
        moves = {3: [0.0, 0.0], 4: [2.0, 0.0], 5: [-2.0, 0.0], 6: [0.0, 2.0], 7: [0.0, -2.0]}
        return super().step(moves[action])
