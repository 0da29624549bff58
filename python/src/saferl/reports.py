"""What `saferl assess`, `compare` and `benchmark` wrote."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import numpy as np
import pandas as pd

from ._files import Members, Object, checked_format, document
from .errors import RunError

NEWEST_FORMAT = 1


P = ParamSpec("P")
T = TypeVar("T")


def _shaped(make: Callable[P, T]) -> Callable[P, T]:
    """A reader of a document, whose faults of shape are those of the file."""

    @functools.wraps(make)
    def shaped(*given: P.args, **named: P.kwargs) -> T:
        try:
            return make(*given, **named)
        except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
            path = getattr(given[0], "path", given[0])
            raise RunError(
                str(path), f"not what saferl writes ({type(error).__name__}: {error})", "Make the file anew.") from error

    return shaped


def _report(path: Path, what: str, remedy: str) -> Object:
    values = document(path, remedy)
    checked_format(values, path, NEWEST_FORMAT, what)
    return values


@dataclass(frozen=True, slots=True)
class Assessment:
    """A folder that `saferl assess` wrote; its figures are no certificate.

    Attributes:
        path: The folder.
        report: `report.json` as written.
    """

    path: Path
    report: Object

    def __init__(self, path: str | os.PathLike[str]) -> None:
        """Reads the report of a folder.

        Raises:
            RunError: It is missing, damaged or of a newer format.
        """
        object.__setattr__(self, "path", Path(path))
        object.__setattr__(
            self, "report", _report(self.path / "report.json", "assessment", 'Make it with "saferl assess RUN".'))

    def unavailable(self) -> dict[str, str]:
        """Sections that could not be said, with the reason."""
        parts = [Members(part, self.path) for part in Members(self.report, self.path).objects("unavailable")]
        return {part.text("section"): part.text("reason") for part in parts}

    @_shaped
    def robustness(self) -> pd.DataFrame:
        """One row for each fault and level: return_mean, cost_mean, violated, violated_upper_bound; none if not assessed."""
        figures = ["return_mean", "cost_mean", "violated", "violated_upper_bound"]
        rows = [
            {"fault": fault, "level": level} | {name: part[name][index] for name in figures}
            for fault, part in self.report.get("robustness", {}).items()
            for index, level in enumerate(part["levels"])
        ]
        kinds = {"fault": "str"} | dict.fromkeys(["level", *figures], "float64")
        return pd.DataFrame(rows, columns=list(kinds)).astype(kinds)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What `saferl compare --out` wrote.

    Attributes:
        path: `comparison.json`, or the folder that holds it.
        report: The file as written.
    """

    path: Path
    report: Object

    def __init__(self, path: str | os.PathLike[str]) -> None:
        """Reads a comparison.

        Raises:
            RunError: It is missing, damaged or of a newer format.
        """
        place = Path(path)
        object.__setattr__(self, "path", place / "comparison.json" if place.is_dir() else place)
        object.__setattr__(
            self, "report", _report(self.path, "comparison", 'Make it with "saferl compare RUN… --out DIR".'))

    @_shaped
    def methods(self) -> pd.DataFrame:
        """One row a method.

        The index is its name. Figures are `return.iqm`, `return.mean`, `return.median`, `violation_share`, with
        normalised returns `return.optimality_gap`, with limits `cost.iqm` and `cost.mean` in units of the limit; the
        ends of their intervals are in `.low` and `.high`. Beside them are runs, certified_share, and with limits
        within_limit and safe_return.
        """
        members = Members(self.report, self.path)
        rows = {}
        for entry in members.objects("methods"):
            method = Members(entry, self.path, "methods.")
            row: dict[str, Any] = {"runs": len(entry["seeds"])}
            for group in ("return", "cost"):
                for name, figure in entry[group].items():
                    row |= _figure(f"{group}.{name}", figure)
            row |= _figure("violation_share", entry["violation_share"])
            row |= {name: entry[name] for name in ("within_limit", "safe_return", "certified_share") if name in entry}
            rows[method.text("name")] = row
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("method")

    @_shaped
    def scores(self) -> pd.DataFrame:
        """One row for each method, seed and task: return, with limits cost in units of the limit, and run."""
        return pd.DataFrame(
            [
                {"method": method["name"], "seed": seed, "task": task, "return": method["returns"][index][place]}
                | ({"cost": method["costs"][index][place]} if method.get("costs") else {})
                | {"run": method["directories"][index][place]}
                for method in self.report["methods"]
                for index, seed in enumerate(method["seeds"])
                for place, task in enumerate(self.report["tasks"])
            ])

    @_shaped
    def pairs(self) -> pd.DataFrame:
        """One row a pair: the probability that the first returns more than the second, and whether it is shown to differ."""
        return pd.DataFrame(
            [
                {"first": pair["first"], "second": pair["second"]}
                | _figure("probability", pair["probability"]) | {"shown": pair["shown"]}
                for pair in self.report["pairs"]
            ])

    @_shaped
    def profile(self) -> pd.DataFrame:
        """Share of scores above thresholds: index threshold, a column a method."""
        return pd.DataFrame(
            {method["name"]: [float(point[0]) for point in method["profile"]] for method in self.report["methods"]},
            index=pd.Index(self.report["thresholds"], name="threshold"))


def _figure(name: str, figure: Object) -> dict[str, float]:
    low, high = figure.get("interval") or (np.nan, np.nan)
    value = figure["value"]
    return {name: np.nan if value is None else float(value), f"{name}.low": float(low), f"{name}.high": float(high)}


def load_comparison(path: str | os.PathLike[str]) -> Comparison:
    """What `saferl compare --out` wrote.

    Args:
        path: The folder, or `comparison.json` in it.

    Raises:
        RunError: It is missing, damaged or of a newer format.
    """
    return Comparison(path)


@_shaped
def load_benchmark(path: str | os.PathLike[str]) -> pd.DataFrame:
    """The table of `saferl benchmark`, one row for each task and method.

    Args:
        path: The folder, or `table.json` in it.

    Returns:
        Columns task, method, seeds, return and cost with their intervals (`.low`, `.high`), is_normalized, is_safe, and
        with certificates passed and tests. Cost is relative to its limit.

    Raises:
        RunError: It is missing or damaged.
    """
    place = Path(path)
    place = place / "table.json" if place.is_dir() else place
    rows = []
    for cell in Members(document(place, 'Make it with "saferl benchmark FILE".'), place).objects("cells"):
        members = Members(cell, place, "cells.")
        row: dict[str, Any] = {
            "task": members.text("task"), "method": members.text("method"), "seeds": members.integer("seeds")}
        for name in ("return", "cost"):
            if members.has(name):
                part = members.within(name)
                row |= _figure(name, {"value": part.optional_number("mean"), "interval": part.interval("interval")})
        row |= {name: cell[name] for name in ("is_normalized", "is_safe") if name in cell}
        if members.has("certified"):
            part = members.within("certified")
            row |= {name: part.integer(name) for name in ("passed", "tests")}
        rows.append(row)
    return pd.DataFrame(rows)
