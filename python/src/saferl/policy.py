"""Policies that `saferl export RUN --to safetensors` has written, computed by NumPy."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ._files import unique_members
from .errors import RunError
from .tensors import Tensors

Array = npt.NDArray[np.float32]

FORMAT = 1
_AGAIN = "Export the policy again."


def _single(x: npt.NDArray[Any]) -> Array:
    return x.astype(np.float32, copy=False)


def _exp(x: Array) -> Array:
    return _single(np.exp(np.clip(x, -87, 88)))


def _mish(x: Array) -> Array:
    e = _exp(_single(np.minimum(x, 20)))
    m = e * (e + 2)
    return _single(x * (m / (m + 2)))


def _softplus(x: Array) -> Array:
    return _single(np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x))))


def _gelu(x: Array) -> Array:
    share = np.array([math.erf(number * math.sqrt(0.5)) for number in x.ravel().tolist()], np.float32)
    return np.float32(0.5) * x * (1 + share.reshape(x.shape))


_FUNCTIONS: dict[str, Callable[[Array], Array]] = {
    "relu": lambda x: np.maximum(x, 0), "tanh": np.tanh, "sigmoid": lambda x: _single(1 / (1 + _exp(-x))), "softplus": _softplus,
    "mish": _mish, "silu": lambda x: _single(x / (1 + _exp(-x))), "gelu": _gelu,
}


class Policy:
    """A policy in a safetensors file.

    Attributes:
        path: The file.
        origin: What it comes from.
        observation: Numbers of an observation, as the environment gives it.
        action: Numbers of an action.
        candidates: Actions that are drawn for an observation.
        noise: The shape of the numbers N(0, 1) that an action reads: blocks, candidates, numbers.
        networks: The names of its networks: `actor`, and `rewards` and `risks` where they choose among candidates.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        """Opens a file.

        Raises:
            RunError: It is missing, damaged, no exported policy, or of a newer format.
        """
        self.path = Path(path)
        self._tensors = Tensors(path)
        if "program" not in self._tensors.metadata:
            raise RunError(
                self.path, "no exported policy", "Write one with saferl export RUN --to safetensors.")
        try:
            self._program: dict[str, Any] = json.loads(
                self._tensors.metadata["program"], object_pairs_hook=unique_members)
            number = self._program["format"]
            if type(number) is int and number > FORMAT:
                raise RunError(self.path, f"a policy of format {number}, which is newer", "Install a newer saferl for Python.")
            self.origin = str(self._program["origin"])
            self.observation, self.action, self.candidates = (
                int(self._program[key]) for key in ("observation", "action", "candidates"))
            self.noise = (int(self._program["noise_blocks"]), self.candidates, int(self._program["noise_width"]))
            self.networks = tuple(sorted(self._program["networks"]))
            self.act(np.zeros(self.observation), np.zeros(self.noise))
        except (KeyError, TypeError, ValueError, IndexError, RecursionError, StopIteration, AttributeError) as error:
            raise RunError(self.path, f"the description of its steps is damaged: {error}", _AGAIN) from None

    def network(self, name: str, x: npt.ArrayLike) -> Array:
        """The outputs of one of its networks, `[rows, outputs]`, for rows of its inputs."""
        values: list[Array] = []
        for step in self._program["networks"][name]:
            operation, inputs = step["operation"], [values[number] for number in step["inputs"]]
            value: Array
            if operation == "input":
                value = np.asarray(x, np.float32)
            elif operation == "affine":
                value = inputs[0] @ self._tensors[step["weight"]].T + self._tensors[step["bias"]]
            elif operation == "centre":
                value = inputs[0] - inputs[0].mean(-1, keepdims=True)
            elif operation == "normalise":
                spread = np.sqrt((inputs[0] ** 2).mean(-1, keepdims=True) + np.float32(step["epsilon"]))
                value = self._tensors[step["weight"]] * inputs[0] / spread + self._tensors[step["bias"]]
            elif operation == "scaled":
                value = self._tensors[step["weight"]] * inputs[0] + self._tensors[step["bias"]]
            elif operation == "sum":
                parts = [np.float32(factor) * part for factor, part in zip(step["factors"], inputs, strict=True)]
                value = np.sum(parts, axis=0, dtype=np.float32)
            elif operation == "concatenation":
                value = np.concatenate(inputs, -1)
            else:
                value = _FUNCTIONS[operation](inputs[0])
            values.append(value)
        return values[-1]

    def candidates_on(self, observation: npt.ArrayLike, noise: npt.ArrayLike | None = None) -> Array:
        """All drawn actions, `[candidates, action]`, on one observation; without noise it is drawn from NumPy's generator."""
        seen = self._rows(observation)
        if noise is None:
            noise = np.random.default_rng().standard_normal(self.noise)
        blocks: Iterator[Array] = iter(np.asarray(noise, np.float32).reshape(self.noise))
        drawing = self._program["drawing"]
        if drawing == "choice":
            return _single(self.network("actor", seen).argmax(-1, keepdims=True))
        if drawing == "network":
            drawn = self.network("actor", np.concatenate([seen, *blocks], -1))
            return _single(np.clip(drawn, -1, 1)) if self._program["is_clipped"] else drawn
        if drawing != "diffusion":
            raise ValueError(f"unknown drawing {drawing!r}")
        x = next(blocks)
        before = np.zeros_like(x)
        for move in self._program["moves"]:
            m = {key: np.float32(value) for key, value in move.items() if key != "time"}
            code = np.repeat(self._tensors["codes"][move["time"]][None], self.candidates, 0)
            predicted = self.network("actor", np.concatenate([seen, x, code], -1))
            noisy = (x - m["remove"] * predicted) / m["divide"] + (m["add"] * next(blocks) if m["add"] else 0)
            data = _single(np.clip(noisy, -1, 1))
            x, before = _single(m["keep"] * x + m["toward"] * (m["new"] * data - m["old"] * before)), data
        return x

    def act(self, observation: npt.ArrayLike, noise: npt.ArrayLike | None = None) -> Array:
        """The action on one observation, `[action]`."""
        drawn = self.candidates_on(observation, noise)
        preference = self._program.get("preference")
        if preference is None or preference["order"] == "first":
            return _single(drawn[0])
        pairs = np.concatenate([self._rows(observation), drawn], -1)
        rewards, risks = self.network("rewards", pairs).min(-1), self.network("risks", pairs).max(-1)
        best: dict[str, Callable[[], np.intp]] = {
            "safest": lambda: risks.argmin(), "most-rewarding": lambda: rewards.argmax(),
            "most-rewarding-safe": lambda: self._safe(rewards, risks, np.float32(preference["threshold"])),
        }
        return _single(drawn[best[preference["order"]]()])

    @staticmethod
    def _safe(rewards: Array, risks: Array, threshold: np.float32) -> np.intp:
        safe = risks <= threshold
        return np.where(safe, rewards, -np.inf).argmax() if safe.any() else risks.argmin()

    def _rows(self, observation: npt.ArrayLike) -> Array:
        return np.repeat(np.asarray(observation, np.float32).reshape(1, self.observation), self.candidates, 0)

    def __repr__(self) -> str:
        return f"Policy({str(self.path)!r}, {self.observation} numbers to {self.action})"


def load_policy(path: str | os.PathLike[str]) -> Policy:
    """An exported policy.

    Raises:
        RunError: The file is missing, damaged, no exported policy, or of a newer format.
    """
    return Policy(path)
