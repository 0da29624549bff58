"""What `saferl evaluate` wrote: the report and the episodes."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from ._files import Members, Object, document, is_file, lines
from .errors import RunError

_EVALUATE = 'Make it with "saferl evaluate RUN --out DIR".'
_SUMS = ("return", "cost")


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A folder with `report.json` and `episodes.jsonl`.

    Attributes:
        path: The folder.
        name: The folder relative to its run, such as `evaluation`.
    """

    path: Path
    name: str

    def __init__(self, path: str | os.PathLike[str], name: str | None = None) -> None:
        """Names a folder that `saferl evaluate --out` wrote.

        Raises:
            RunError: It holds neither file.
        """
        object.__setattr__(self, "path", Path(path))
        object.__setattr__(self, "name", self.path.name if name is None else name)
        if not self.holds(self.path):
            raise RunError(self.path, "no evaluation", _EVALUATE)

    @staticmethod
    def holds(path: Path) -> bool:
        """Whether a folder holds an evaluation."""
        return is_file(path / "report.json") or is_file(path / "episodes.jsonl")

    @property
    def report(self) -> Object:
        """`report.json` as written: every figure by its documented name."""
        return document(self.path / "report.json", _EVALUATE)

    @property
    def _members(self) -> Members:
        return Members(self.report, self.path / "report.json")

    @property
    def return_mean(self) -> float | None:
        """Mean return of an episode."""
        return self._members.optional_number("return_mean")

    @property
    def return_interval(self) -> tuple[float, float] | None:
        """Interval of the mean return; nothing where the episodes cannot give one."""
        return self._members.interval("return_interval")

    @property
    def cost_mean(self) -> float | None:
        """Mean cost of an episode, all channels together."""
        return self._members.optional_number("cost_mean")

    @property
    def cost_interval(self) -> tuple[float, float] | None:
        """Interval of the mean cost; nothing where the episodes cannot give one."""
        return self._members.interval("cost_interval")

    @property
    def violation_free_share(self) -> float | None:
        """Share of episodes in which no step had a cost."""
        return self._members.optional_number("violation_free_share")

    @property
    def violation_upper_bound(self) -> float | None:
        """Exact one-sided bound on the probability that an episode has a violation."""
        return self._members.optional_number("violation_upper_bound")

    @property
    def environment(self) -> str | None:
        """Where the policy was judged; nothing in reports of earlier versions."""
        members = self._members
        return members.within("origin").optional_text("environment") if members.has("origin") else None

    @property
    def policy_sha256(self) -> str | None:
        """SHA-256 of the policy that was judged, as in claims; nothing in reports of earlier versions."""
        members = self._members
        return members.within("origin").optional_text("policy") if members.has("origin") else None

    def episodes(self) -> pd.DataFrame:
        """One row an episode: return, cost, length, violated, end, and what the environment adds.

        Raises:
            RunError: The file is missing or damaged.
        """
        path = self.path / "episodes.jsonl"
        rows = [
            # Floats whether or not they happen to be whole.
            row | {name: Members(row, f"{path}:{number}").optional_number(name) for name in _SUMS if name in row}
            for number, row in enumerate(lines(path, _EVALUATE), 1)
        ]
        return pd.DataFrame(rows)

    def __getitem__(self, name: str) -> Any:
        """A figure of the report by its documented name."""
        return self.report[name]
