"""Files as JSON: regular files, UTF-8, no duplicate keys, every fault a `RunError`."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

from .errors import RunError

Object: TypeAlias = dict[str, Any]
"""A JSON object."""

_AGAIN = "Copy the file again, or make it anew."


def is_file(path: Path) -> bool:
    """Whether a regular file is there; a path that cannot be looked at has none."""
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except (OSError, ValueError):
        return False


def contents(path: Path, remedy: str = "Check the path.") -> bytes:
    """The bytes of a regular file."""
    try:
        # A pipe or a device would keep the reader waiting.
        if not stat.S_ISREG(path.stat().st_mode):
            raise RunError(path, "not a regular file", remedy)
        return path.read_bytes()
    except FileNotFoundError:
        raise RunError(path, "no such file", remedy) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise RunError(path, f"cannot be read: {reason}", remedy) from None


def unique_members(pairs: list[tuple[str, Any]]) -> Object:
    """Members of an object, each key once."""
    members = dict(pairs)
    if len(members) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f'the key "{twice}" stands there twice')
    return members


def _refuse(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON number")


def parsed(data: bytes, path: Path, *, line: int | None = None, lenient: bool = False) -> Object:
    """The JSON object in some bytes.

    Args:
        data: The bytes.
        path: Names the file in messages.
        line: Where in the file the bytes are, counted from 1.
        lenient: Takes NaN, Infinity and -Infinity as written.
    """
    place = f"{path}:{line}" if line is not None else path
    try:
        value = json.loads(
            data.decode(), object_pairs_hook=unique_members, parse_constant=float if lenient else _refuse)
    except (ValueError, RecursionError) as error:
        reason = str(error) if isinstance(error, ValueError) else "nested too deeply"
        raise RunError(place, f"not JSON as saferl writes it: {reason}", _AGAIN) from None
    if not isinstance(value, dict):
        raise RunError(place, "not a JSON object", _AGAIN)
    return value


def document(path: Path, remedy: str = "Check the path.") -> Object:
    """The object of a JSON file."""
    return parsed(contents(path, remedy), path)


def complete_lines(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The lines that end, counted from 1: what stands behind the last line feed is still being written."""
    yield from enumerate(data.split(b"\n")[:-1], 1)


def lines(path: Path, remedy: str = "Check the path.") -> list[Object]:
    """The objects of a JSON Lines file, NaN and Infinity as written; an unfinished last line is left out."""
    return [
        parsed(line, path, line=number, lenient=True) for number, line in complete_lines(contents(path, remedy))
    ]


class Members:
    """An object whose members are taken out by their types."""

    def __init__(self, members: Object, path: str | Path, within: str = "") -> None:
        self.members = members
        self._path = path
        self._within = within

    def _fault(self, name: str, wanted: str) -> RunError:
        state = f"is not {wanted}" if name in self.members else "is missing"
        return RunError(self._path, f'"{self._within}{name}" {state}', _AGAIN)

    def text(self, name: str) -> str:
        value = self.members.get(name)
        if not isinstance(value, str):
            raise self._fault(name, "a text")
        return value

    def integer(self, name: str, most: int = 2**63 - 1) -> int:
        value = self.members.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or not -(2**63) <= value <= most:
            raise self._fault(name, f"a whole number up to {most}" if isinstance(value, int) else "a whole number")
        return value

    def number(self, name: str) -> float:
        value = self.members.get(name)
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise self._fault(name, "a number")
        try:
            return float(value)
        except OverflowError:
            raise self._fault(name, "a number that fits") from None

    def truth(self, name: str) -> bool:
        value = self.members.get(name)
        if not isinstance(value, bool):
            raise self._fault(name, "true or false")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        value = self.members.get(name)
        if not isinstance(value, list) or not all(isinstance(part, str) for part in value):
            raise self._fault(name, "a list of texts")
        return tuple(value)

    def objects(self, name: str) -> list[Object]:
        value = self.members.get(name)
        if not isinstance(value, list) or not all(isinstance(part, dict) for part in value):
            raise self._fault(name, "a list of objects")
        return value

    def within(self, name: str) -> Members:
        value = self.members.get(name)
        if not isinstance(value, dict):
            raise self._fault(name, "an object")
        return Members(value, self._path, f"{self._within}{name}.")

    def has(self, name: str) -> bool:
        """Whether the member is there and is not null."""
        return self.members.get(name) is not None

    def optional_text(self, name: str) -> str | None:
        return self.text(name) if self.has(name) else None

    def optional_integer(self, name: str) -> int | None:
        return self.integer(name) if self.has(name) else None

    def optional_number(self, name: str) -> float | None:
        return self.number(name) if self.has(name) else None

    def interval(self, name: str) -> tuple[float, float] | None:
        """Two numbers, the lower one first; nothing where the member is missing or null."""
        if not self.has(name):
            return None
        value = self.members[name]
        if not isinstance(value, list) or len(value) != 2:
            raise self._fault(name, "an interval")
        ends = Members({"low": value[0], "high": value[1]}, self._path, f"{self._within}{name}.")
        return ends.number("low"), ends.number("high")


def checked_format(members: Object, path: Path, newest: int, what: str) -> None:
    """Refuses a document of a newer format than the package knows."""
    found = Members(members, path).integer("format")
    if found > newest:
        raise RunError(
            path, f"{what} format {found} is newer than {newest}, the newest that this package reads",
            "Install the package of that saferl: pip install ./python in its sources.")
    if found < 1:
        raise RunError(path, f"{what} format {found} is none", _AGAIN)
