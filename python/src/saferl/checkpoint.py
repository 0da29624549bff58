"""Checkpoints: their manifests and tensors, used only where every byte is as it was written."""

from __future__ import annotations

import os
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from ._files import Members, checked_format, contents, parsed
from .errors import RunError
from .tensors import Tensors

NEWEST_FORMAT = 1


def step_of(name: str) -> int | None:
    """The number of updates in the name of a checkpoint's folder; nothing for another name."""
    digits = name.removeprefix("step-")
    if digits == name or not (digits.isascii() and digits.isdigit()):
        return None
    return int(digits) if name == f"step-{int(digits):09}" else None


@dataclass(frozen=True, slots=True)
class CheckpointManifest:
    """What `manifest.json` of a checkpoint says.

    Attributes:
        format: Of the file.
        step: Updates that had been taken.
        stage: The stage of training.
        configuration: SHA-256 of the configuration, without the keys that may change.
        data: SHA-256 of the data.
        state_bytes: Size of `state.safetensors`.
        state_sha256: Its SHA-256.
        tensors: SHA-256 of each tensor.
    """

    format: int
    step: int
    stage: str
    configuration: str
    data: str
    state_bytes: int
    state_sha256: str
    tensors: dict[str, str]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A folder `checkpoints/step-…` of a run. Nothing is read before it is asked for.

    Attributes:
        path: The folder.
    """

    path: Path

    def __init__(self, path: str | os.PathLike[str]) -> None:
        """Names a checkpoint's folder.

        Raises:
            RunError: The folder is not named as checkpoints are.
        """
        object.__setattr__(self, "path", Path(path))
        if step_of(self.path.name) is None:
            raise RunError(self.path, "not the folder of a checkpoint", "Name RUN/checkpoints/step-….")

    @property
    def step(self) -> int:
        """Updates that had been taken, from the folder's name."""
        step = step_of(self.path.name)
        assert step is not None
        return step

    def _damaged(self, reason: str) -> RunError:
        return RunError(self.path, f"damaged: {reason}", "Take an older checkpoint, or copy this one again.")

    @property
    def manifest(self) -> CheckpointManifest:
        """What the checkpoint holds.

        Raises:
            RunError: The manifest is missing, does not match its own SHA-256 or is of a newer format.
        """
        path = self.path / "manifest.json"
        data = contents(path, "Take another checkpoint.")
        start, end = b'  "manifest_sha256": "', b'"\n}\n'
        body = data[: -(len(start) + 64 + len(end))]
        if data != body + start + sha256(body).hexdigest().encode() + end:
            raise self._damaged("manifest.json does not match its own SHA-256")
        document = parsed(data, path)
        checked_format(document, path, NEWEST_FORMAT, "checkpoint")
        members, tensors = Members(document, path), Members(document, path).within("tensors")
        manifest = CheckpointManifest(
            members.integer("format"), members.integer("step"), members.text("stage"),
            members.text("configuration"), members.text("data"), members.integer("state_bytes"),
            members.text("state_sha256"), {name: tensors.text(name) for name in tensors.members})
        if manifest.step != self.step:
            raise self._damaged(f"the folder holds step {manifest.step}")
        return manifest

    def tensors(self, *, verify: bool = True) -> Tensors:
        """All tensors, named `learner.role.parameter`.

        Args:
            verify: Compares size and SHA-256 with the manifest, for which the whole file is read once.

        Raises:
            RunError: A file is missing or damaged; the message names the tensor.
        """
        manifest = self.manifest
        tensors = Tensors(self.path / "state.safetensors")
        if not verify:
            return tensors
        if tensors.size != manifest.state_bytes:
            raise self._damaged(f"state.safetensors has {tensors.size} bytes, not {manifest.state_bytes}")
        if tensors.sha256() != manifest.state_sha256:
            wrong = [name for name in tensors if tensors.sha256_of(name) != manifest.tensors.get(name)]
            culprit = f'tensor "{wrong[0]}"' if wrong else "the header"
            raise self._damaged(f"{culprit} in state.safetensors does not match its SHA-256")
        return tensors
