"""What a run was started with, and where it stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ._files import Members, checked_format, document, is_file
from .errors import RunError

NEWEST_FORMAT = 1


@dataclass(frozen=True, slots=True)
class DataSource:
    """Where the data lay, and the SHA-256 of their content."""

    path: str
    sha256: str


@dataclass(frozen=True, slots=True)
class MatrixLibrary:
    """The kernel chosen for the processor, and the threads used."""

    kernel: str
    threads: int


@dataclass(frozen=True, slots=True)
class Mathematics:
    """The C library's mathematical functions: its version, the processor's level, SHA-256 of values at fixed places."""

    library: str
    level: str
    values_sha256: str


@dataclass(frozen=True, slots=True)
class RunManifest:
    """What `manifest.json` of a run says.

    Attributes:
        format: Of the file.
        saferl: Version of the program.
        commit: That the program was built from; nothing where it did not know.
        binary_sha256: Of the program that started the run; nothing in runs from before it was recorded.
        swift: Version of the compiler.
        algorithm: Its name.
        seed: The run's.
        data: What it learned from.
        configuration: SHA-256 of the configuration, without the keys that may change.
        earlier: SHA-256 of configurations with fewer updates that the run was trained with before.
        blas: The matrix library.
        mathematics: The mathematical functions; nothing in runs from before they were recorded.
        cores: Processors of the machine.
        started: When, in UTC.
        step: Updates in the newest checkpoint.
        finished: Whether the last update was taken.
        wall_seconds: Seconds of training, over all interruptions.
        moved: Keys of files that have moved, with their places at the start as JSON texts.
    """

    format: int
    saferl: str
    commit: str | None
    binary_sha256: str | None
    swift: str
    algorithm: str
    seed: int
    data: DataSource
    configuration: str
    earlier: tuple[str, ...]
    blas: MatrixLibrary
    mathematics: Mathematics | None
    cores: int
    started: datetime
    step: int
    finished: bool
    wall_seconds: float
    moved: dict[str, str]


def load_manifest(folder: Path) -> RunManifest:
    """The manifest of a run directory.

    Raises:
        RunError: It is missing, damaged or of a newer format.
    """
    path = folder / "manifest.json"
    if not is_file(path):
        raise RunError(folder, "holds no run", 'Check the path, or start one with "saferl train".')
    values = document(path)
    if "algorithm" not in values and is_file(folder / "state.safetensors"):
        raise RunError(folder, "a checkpoint, not a run", "Name the run, which is two folders up.")
    checked_format(values, path, NEWEST_FORMAT, "run")
    members = Members(values, path)
    data, blas = members.within("data"), members.within("blas")
    mathematics = None
    if members.has("mathematics"):
        part = members.within("mathematics")
        mathematics = Mathematics(part.text("library"), part.text("level"), part.text("values_sha256"))
    moved = members.within("moved") if members.has("moved") else Members({}, path)
    try:
        started = datetime.fromisoformat(members.text("started"))
    except ValueError:
        raise RunError(path, '"started" is no time', "Copy the file again.") from None
    return RunManifest(
        members.integer("format"), members.text("saferl"), members.optional_text("commit"),
        members.optional_text("binary_sha256"), members.text("swift"), members.text("algorithm"),
        members.integer("seed", 2**64 - 1), DataSource(data.text("path"), data.text("sha256")),
        members.text("configuration"), members.texts("earlier") if members.has("earlier") else (),
        MatrixLibrary(blas.text("kernel"), blas.integer("threads")), mathematics, members.integer("cores"),
        started, members.integer("step"), members.truth("finished"), members.number("wall_seconds"),
        {name: moved.text(name) for name in moved.members})
