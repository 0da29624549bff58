"""Recorded transitions in HDF5 files, in the layout of DSRL."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ._files import is_file
from .errors import RunError

_VALIDATE = 'See "saferl data validate FILE".'


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Dataset:
    """Transitions, one row each, as they are stored.

    Attributes:
        observations: `[n, o]`.
        next_observations: `[n, o]`; nothing where the file has none.
        actions: `[n, a]`, or with choices `[n, 1]`.
        rewards: `[n]`.
        costs: `[n]`, positive where the step violated the constraint.
        terminals: `[n]`, true where the task itself ended the episode.
        timeouts: `[n]`, true where the step limit cut it; all false where the file has none.
        channels: The cost of each constraint, `[n]`; empty where the file has one.
        constraint_values: `[n]`, h(s), positive where violated; nothing where the file has none.
        choices: Of how many an action is one; nothing for real numbers.
    """

    observations: npt.NDArray[np.floating[Any]]
    next_observations: npt.NDArray[np.floating[Any]] | None
    actions: npt.NDArray[np.floating[Any]]
    rewards: npt.NDArray[np.floating[Any]]
    costs: npt.NDArray[np.floating[Any]]
    terminals: npt.NDArray[np.bool_]
    timeouts: npt.NDArray[np.bool_]
    channels: dict[str, npt.NDArray[np.floating[Any]]]
    constraint_values: npt.NDArray[np.floating[Any]] | None
    choices: int | None

    def __len__(self) -> int:
        return len(self.rewards)

    def __repr__(self) -> str:
        return f"Dataset({len(self)} transitions, {len(self.episodes())} episodes)"

    def episodes(self) -> list[slice]:
        """The rows of each episode; rows after the last end belong to none."""
        ends = np.flatnonzero(self.terminals | self.timeouts) + 1
        return [slice(int(start), int(end)) for start, end in zip([0, *ends[:-1]], ends, strict=True)]


def load_dataset(path: str | os.PathLike[str]) -> Dataset:
    """Reads a file of `saferl collect`, or another one in the layout of DSRL.

    It checks shapes and nothing else; `saferl data validate` checks all that training relies on.

    Raises:
        RunError: The file is missing, is not HDF5 or lacks a dataset.
        ImportError: h5py is not installed.
    """
    try:
        import h5py
    except ImportError:
        raise ImportError('load_dataset needs h5py: pip install "./python[data]", or pip install h5py') from None
    place = Path(path)
    if not is_file(place):
        raise RunError(place, "no such file", "Check the path.")
    try:
        with h5py.File(place, "r") as file:
            columns = {name: file[name][()] for name in file if isinstance(file[name], h5py.Dataset)}
            choices = file["actions"].attrs.get("choices") if "actions" in columns else None
    except OSError as error:
        raise RunError(place, f"cannot be read as HDF5: {error}", _VALIDATE) from None
    needed = ("observations", "actions", "rewards", "costs", "terminals")
    missing = [name for name in needed if name not in columns]
    if missing:
        raise RunError(place, f"no dataset {missing[0]}", _VALIDATE)
    count = len(columns["rewards"])

    def column(name: str) -> npt.NDArray[Any]:
        if np.shape(columns[name]) not in {(count,), (count, 1)}:
            raise RunError(place, f"{name} has the shape {np.shape(columns[name])}, not ({count},)", _VALIDATE)
        values: npt.NDArray[Any] = np.reshape(columns[name], count)
        return values

    def matrix(name: str) -> npt.NDArray[Any]:
        values: npt.NDArray[Any] = columns[name]
        if values.ndim not in (1, 2) or len(values) != count:
            raise RunError(place, f"{name} has the shape {values.shape}, not ({count}, …)", _VALIDATE)
        return values.reshape(count, -1) if count else values.reshape(0, values.shape[-1] if values.ndim == 2 else 1)

    def flag(name: str) -> npt.NDArray[np.bool_]:
        return column(name).astype(bool) if name in columns else np.zeros(count, dtype=bool)

    return Dataset(
        matrix("observations"), matrix("next_observations") if "next_observations" in columns else None,
        matrix("actions"), column("rewards"), column("costs"), flag("terminals"), flag("timeouts"),
        {name.removeprefix("cost_"): column(name) for name in sorted(columns) if name.startswith("cost_")},
        column("constraint_values") if "constraint_values" in columns else None,
        int(choices) if choices is not None else None)
