"""The one exception of the package, and its warning."""

from __future__ import annotations

import os


class RunError(Exception):
    """A file of a run that is missing, damaged or of a newer version.

    Attributes:
        path: The file or folder.
        reason: What is wrong, without a full stop.
        remedy: What to do about it, one sentence.
    """

    def __init__(self, path: str | os.PathLike[str], reason: str, remedy: str) -> None:
        self.path = os.fspath(path)
        self.reason = reason
        self.remedy = remedy
        super().__init__(path, reason, remedy)

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}. {self.remedy}"


class RunWarning(UserWarning):
    """Something of a run was left out, such as a damaged checkpoint with an older one before it."""
