"""Run directories."""

from __future__ import annotations

import fcntl
import os
import warnings
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from . import _frames
from ._files import Object, document, is_file, lines
from .checkpoint import Checkpoint, step_of
from .claims import Certificate, Claim, LedgerLine, load_certificate, load_ledger
from .errors import RunError, RunWarning
from .evaluation import Evaluation
from .manifest import RunManifest, load_manifest
from .reports import Assessment
from .tensors import Tensors

State = Literal["training", "interrupted", "finished", "certified", "refused"]


class Run:
    """A run directory of `saferl train`.

    It holds a path and no contents. Everything is read when it is asked for, so a run that is still training shows its
    newest state, and nothing is written.

    Attributes:
        path: The directory.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        """Opens a run.

        Raises:
            RunError: There is none, its manifest is damaged, or it is of a newer format.
        """
        self.path = Path(path)
        load_manifest(self.path)

    def __repr__(self) -> str:
        return f"Run({str(self.path)!r})"

    @property
    def name(self) -> str:
        """The directory's name."""
        return self.path.resolve().name

    # What it is

    @property
    def manifest(self) -> RunManifest:
        """What the run was started with, and where it stands."""
        return load_manifest(self.path)

    @property
    def config(self) -> Object:
        """The configuration as given."""
        return document(self.path / "config.json")

    @property
    def resolved(self) -> Object:
        """The configuration with every key."""
        return document(self.path / "config.resolved.json")

    @property
    def settings(self) -> dict[str, Any]:
        """The resolved configuration by dotted keys, such as `schedule.steps`."""
        return flattened(self.resolved)

    @property
    def subject(self) -> str | None:
        """What it is about: its environment, else the name of its data."""
        return subject_of(self.resolved)

    @property
    def tags(self) -> list[str]:
        """The tags of `saferl runs tag`."""
        path = self.path / "tags.json"
        if not is_file(path):
            return []
        values = document(path)
        tags = values.get("tags")
        if values.get("format") != 1 or not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
            raise RunError(path, "no list of tags of this version", "Remove the file, and tag the run anew.")
        return sorted(set(tags))

    @property
    def state(self) -> State:
        """`training`, `interrupted`, `finished`, or by its newest test `certified` or `refused`."""
        if _is_held(self.path / ".lock"):
            return "training"
        if not self.manifest.finished:
            return "interrupted"
        tested = [line.verdict for line in self.ledger() if line.by != "evaluate" and line.claim is not None]
        if not tested:
            return "finished"
        return "certified" if tested[-1] == "certified" else "refused"

    # How it went

    def metrics(self, stage: str | None = None, *, form: Literal["wide", "long"] = "wide") -> pd.DataFrame:
        """Training metrics, and evaluations during training as the stage `evaluation`.

        A line that is still being written is left out. NaN stands where a figure was not there (`null`).

        Args:
            stage: One stage alone, with its own columns.
            form: `wide` has one row a line (stage, step, a column for each metric), `long` one row a number (stage,
                step, metric, value).

        Raises:
            RunError: The file is missing or damaged, or there is no such stage.
        """
        path = self.path / "metrics.jsonl"
        frame = {"wide": _frames.wide, "long": _frames.long}[form]
        return frame(lines(path, "Train first."), path, stage)

    def timing(self) -> pd.DataFrame:
        """Wall-clock times: step, seconds since the start of training, updates_per_second, event, duration."""
        path = self.path / "timing.jsonl"
        return _frames.wide(lines(path, "Train first."), path).drop(columns="stage")

    # What came of it

    def evaluations(self) -> dict[str, Evaluation]:
        """The evaluations below `evaluation`, by their folders relative to the run."""
        top = self.path / "evaluation"
        folders = [top, *sorted(path for path in top.rglob("*") if path.is_dir())]
        found = [folder for folder in folders if Evaluation.holds(folder)]
        names = [folder.relative_to(self.path).as_posix() for folder in found]
        return {name: Evaluation(self.path / name, name) for name in names}

    def evaluation(self, name: str = "evaluation") -> Evaluation:
        """One evaluation, by its folder relative to the run.

        Raises:
            RunError: There is none.
        """
        return Evaluation(self.path / name, name)

    def episodes(self, name: str = "evaluation") -> pd.DataFrame:
        """The episodes of an evaluation, one row each.

        Raises:
            RunError: The evaluation or its episodes are missing or damaged.
        """
        return self.evaluation(name).episodes()

    def assessment(self) -> Assessment:
        """What `saferl assess` found.

        Raises:
            RunError: The run has not been assessed.
        """
        return Assessment(self.path / "assess")

    # What may be relied on

    def ledger(self) -> list[LedgerLine]:
        """Every claim about the run's policies and every look at them, oldest first.

        Raises:
            RunError: A line is not as it was written.
        """
        return load_ledger(self.path / "assurance" / "claims.jsonl")

    def claims(self) -> list[Claim]:
        """The claims of the ledger, oldest first. `pandas.DataFrame(run.claims())` is a table of them."""
        return [line.claim for line in self.ledger() if line.claim is not None]

    def certificates(self) -> list[Certificate]:
        """Certificates and verdicts in the run, in the order of the ledger.

        Raises:
            RunError: One has been changed since it was written, or is none that the ledger knows.
        """
        entered = [line.file_sha256 for line in self.ledger()]
        paths = [self.path / "verdict.json", self.path / "improvement.json"]
        paths += sorted((self.path / "assurance").glob("certificate-*.json"))
        found = [load_certificate(path) for path in paths if is_file(path)]
        for certificate in found:
            if certificate.sha256 not in entered:
                raise RunError(
                    certificate.path, "not the certificate that assurance/claims.jsonl has",
                    "Restore the file from a copy.")
        return sorted(found, key=lambda certificate: entered.index(certificate.sha256))

    # Checkpoints

    @property
    def checkpoints(self) -> list[Checkpoint]:
        """The checkpoints that there are, oldest first, whether or not they verify."""
        folder = self.path / "checkpoints"
        found = [path for path in folder.glob("step-*") if step_of(path.name) is not None]
        return sorted((Checkpoint(path) for path in found), key=lambda checkpoint: checkpoint.step)

    def checkpoint(self, step: int | None = None) -> Checkpoint:
        """One checkpoint, every byte of which has been compared with its manifest.

        Args:
            step: Its updates; without it the newest that verifies is taken, with a `RunWarning` for each that is skipped.

        Raises:
            RunError: There is none, or the one that was asked for is damaged or of another run.
        """
        return self._verified(step)[0]

    def tensors(self, step: int | None = None) -> Tensors:
        """The tensors of one checkpoint, named `learner.role.parameter`, such as `policy.weights.l0.weight`.

        Args:
            step: Its updates; without it the newest that verifies is taken, with a `RunWarning` for each that is skipped.

        Raises:
            RunError: There is none, or the one that was asked for is damaged or of another run.
        """
        return self._verified(step)[1]

    def _verified(self, step: int | None) -> tuple[Checkpoint, Tensors]:
        present = self.checkpoints
        if step is not None:
            for checkpoint in present:
                if checkpoint.step == step:
                    return checkpoint, self._tensors(checkpoint)
            steps = ", ".join(str(checkpoint.step) for checkpoint in present) or "none"
            raise RunError(self.path, f"no checkpoint of step {step}", f"There are: {steps}.")
        newest: RunError | None = None
        for checkpoint in reversed(present):
            try:
                return checkpoint, self._tensors(checkpoint)
            except RunError as error:
                newest = newest or error
                if checkpoint is not present[0]:
                    warnings.warn(f"{error} It is skipped.", RunWarning, stacklevel=3)
        raise newest or RunError(self.path / "checkpoints", "no checkpoint", "Train first.")

    def _tensors(self, checkpoint: Checkpoint) -> Tensors:
        manifest, its = self.manifest, checkpoint.manifest
        if its.configuration not in (manifest.configuration, *manifest.earlier):
            raise RunError(checkpoint.path, "of a run with another configuration", "Remove it.")
        if its.data != manifest.data.sha256:
            raise RunError(checkpoint.path, "of a run with other data", "Remove it.")
        return checkpoint.tensors()


def flattened(values: Object, within: str = "") -> dict[str, Any]:
    """An object by dotted keys; lists are values."""
    flat: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, dict) and value:
            flat |= flattened(value, f"{within}{name}.")
        else:
            flat[within + name] = value
    return flat


def subject_of(resolved: Object) -> str | None:
    """What a run with a configuration is about: its environment, else the name of its data."""
    flat = flattened(resolved)
    for key in ("environment", "evaluation.environment", "data.file"):
        text = flat.get(key)
        if isinstance(text, str) and text:
            return Path(text).name if key == "data.file" else text
    return None


def _is_held(path: Path) -> bool:
    """Whether a process has the file; the look makes no file and keeps no lock."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return False
