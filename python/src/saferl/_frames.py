"""Lines of metrics as tables."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from ._files import Members, Object
from .errors import RunError


def _rows(lines: list[Object], path: Path, stage: str | None) -> Iterator[tuple[str, int, Object]]:
    """Stage, step and the rest of each line of a stage; without a stage, of each line."""
    stages = dict.fromkeys(line.get("stage", "") for line in lines)
    if stage is not None and stage not in stages:
        raise RunError(path, f'no stage "{stage}"', f"It has: {', '.join(map(str, stages)) or 'none yet'}.")
    for number, line in enumerate(lines, 1):
        members = Members({"stage": ""} | line, f"{path}:{number}")
        name, step = members.text("stage"), members.integer("step")
        if stage is None or name == stage:
            yield name, step, {key: _figure(members, key) for key in line if key not in ("stage", "step")}


def _figure(members: Members, name: str) -> object:
    """A metric as a float whether or not it happens to be whole; what is no number stays what it is."""
    value = members.members[name]
    if value is None:
        return np.nan  # JSON has no NaN: saferl writes null in its place.
    return members.number(name) if isinstance(value, int) and not isinstance(value, bool) else value


def wide(lines: list[Object], path: Path, stage: str | None = None) -> pd.DataFrame:
    """One row a line: stage, step, and a column for each metric in the order of appearance."""
    rows = [{"stage": name, "step": step} | rest for name, step, rest in _rows(lines, path, stage)]
    columns = list(dict.fromkeys(("stage", "step", *(name for row in rows for name in row))))
    return pd.DataFrame(rows, columns=columns).astype({"stage": "str", "step": "int64"})


def long(lines: list[Object], path: Path, stage: str | None = None) -> pd.DataFrame:
    """One row a number: stage, step, metric, value; texts and lists are left out."""
    rows = [
        (name, step, metric, float(value))
        for name, step, rest in _rows(lines, path, stage)
        for metric, value in rest.items() if isinstance(value, int | float)
    ]
    kinds = {"stage": "str", "step": "int64", "metric": "str", "value": "float64"}
    return pd.DataFrame(rows, columns=list(kinds)).astype(kinds)
