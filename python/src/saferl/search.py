"""Run directories below folders, found as `saferl runs list` finds them."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from ._files import Members, Object, document, is_file
from .errors import RunError, RunWarning
from .run import Run, subject_of

_DEEPEST = 32
_TRASH = ".trash"


def _below(folder: Path, depth: int = 0) -> Iterator[Path]:
    if is_file(folder / "manifest.json"):
        yield folder
        return
    if depth == _DEEPEST:
        return
    try:
        inner = sorted(entry.name for entry in os.scandir(folder) if entry.is_dir(follow_symlinks=False))
    except OSError:
        return
    for name in inner:
        if name != _TRASH:
            yield from _below(folder / name, depth + 1)


def _paths(folders: tuple[str | os.PathLike[str], ...]) -> list[Path]:
    found: dict[Path, None] = {}
    for folder in map(Path, folders or ("Checkpoints",)):
        if not folder.is_dir():
            raise RunError(folder, "no such folder", "Name the one that holds the runs.")
        found |= dict.fromkeys(_below(folder))
    return list(found)


def runs(*folders: str | os.PathLike[str]) -> list[Run]:
    """The runs below folders, the oldest first, equally old ones by path.

    Links are not followed, and nothing inside of a run is a run of its own.

    Args:
        folders: `Checkpoints` without any; a run may be named itself.

    Raises:
        RunError: A folder is not there. A run that cannot be read is left out, with a `RunWarning`.
    """
    found = []
    for path in _paths(folders):
        try:
            run = Run(path)
            found.append((run.manifest.started.isoformat(), str(path), run))
        except RunError as error:
            warnings.warn(f"{error} It is left out.", RunWarning, stacklevel=2)
    return [run for _, _, run in sorted(found, key=lambda entry: entry[:2])]


def list_runs(*folders: str | os.PathLike[str]) -> pd.DataFrame:
    """The table of `saferl runs list`: one row a run, the oldest first, also those that cannot be read.

    Args:
        folders: `Checkpoints` without any; a run may be named itself.

    Returns:
        Columns run (its path), algorithm, subject, step, steps, state, return_mean, cost_mean, started, tags, fault.

    Raises:
        RunError: A folder is not there.
    """
    kinds = {
        "run": "str", "algorithm": "str", "subject": "str", "step": "Int64", "steps": "Int64", "state": "str",
        "return_mean": "float64", "cost_mean": "float64", "started": "datetime64[us, UTC]", "tags": "object",
        "fault": "str",
    }
    rows = [_row(path) for path in _paths(folders)]
    frame = pd.DataFrame(rows, columns=list(kinds)).astype(kinds)
    return frame.sort_values(["started", "run"], na_position="first", ignore_index=True)


def _row(path: Path) -> dict[str, Any]:
    row: dict[str, Any] = {"run": str(path), "state": "unreadable", "tags": [], "fault": None}

    def read(name: str) -> Object:
        if not is_file(path / name):
            return {}
        try:
            return document(path / name)
        except RunError as error:
            row["fault"] = row["fault"] or str(error)
            return {}

    resolved, report = read("config.resolved.json"), Members(read("evaluation/report.json"), path)
    row["subject"] = subject_of(resolved)
    try:
        schedule = Members(resolved, path / "config.resolved.json").within("schedule") if "schedule" in resolved else None
        row["steps"] = schedule.optional_integer("steps") if schedule is not None else None
        row |= {name: report.optional_number(name) for name in ("return_mean", "cost_mean")}
        run = Run(path)
        manifest = run.manifest
        row |= {"algorithm": manifest.algorithm, "step": manifest.step, "started": manifest.started}
        row |= {"tags": run.tags, "state": run.state}
    except RunError as error:
        row["fault"] = row["fault"] or str(error)
    return row
