"""Safetensors files as NumPy arrays, read strictly and where they lie."""

from __future__ import annotations

import json
import mmap
import os
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ._files import is_file, unique_members
from .errors import RunError

# BF16 has no type in NumPy: it is widened to float32, which holds each of its values.
_TYPES = {
    "BOOL": "?", "U8": "u1", "I8": "i1", "U16": "<u2", "I16": "<i2", "F16": "<f2", "BF16": "<u2", "U32": "<u4",
    "I32": "<i4", "F32": "<f4", "U64": "<u8", "I64": "<i8", "F64": "<f8",
}
_LARGEST_HEADER = 100_000_000
_LARGEST_SIZE = 2**63 - 1
_AGAIN = "Copy or convert the file again."


class Tensors(Mapping[str, npt.NDArray[Any]]):
    """The tensors of a safetensors file by name, in the order of their data.

    The file is mapped into memory, so that only what is looked at is read, and arrays cannot be written to. It must not
    be shortened while it is open. BF16 is copied to float32.

    Attributes:
        path: The file.
        metadata: The texts of `__metadata__`.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        """Opens a file.

        Raises:
            RunError: It is missing, or breaks a rule of the format: a hole, an overlap, an unknown type, a shape that
                does not fit its bytes, a duplicate key.
        """
        self.path = Path(path)
        if not is_file(self.path):
            raise RunError(self.path, "no such file", "Check the path.")
        try:
            with self.path.open("rb") as file:
                self._size = os.fstat(file.fileno()).st_size
                self._bytes: mmap.mmap | bytes = (
                    mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if self._size else b"")
        except OSError as error:
            raise RunError(self.path, f"cannot be read: {error.strerror}", "Check its permissions.") from None
        self._start, header = self._header()
        self.metadata = self._texts(header.pop("__metadata__", {}))
        self._entries = self._checked(header)

    def _fault(self, reason: str) -> RunError:
        return RunError(self.path, f"not a valid safetensors file: {reason}", _AGAIN)

    def _header(self) -> tuple[int, dict[str, Any]]:
        if self._size < 8:
            raise self._fault(f"{self._size} bytes are too few for the length of a header")
        length = int.from_bytes(self._bytes[:8], "little")
        if length > _LARGEST_HEADER or length > self._size - 8:
            raise self._fault(f"a header of {length} bytes does not fit into the file of {self._size}")
        text = self._bytes[8 : 8 + length]
        if text[:1] != b"{":
            raise self._fault('the header does not begin with "{"')
        try:
            header = json.loads(text.decode(), object_pairs_hook=unique_members)
        except (ValueError, RecursionError) as error:
            raise self._fault(f"the header cannot be read: {error}") from None
        assert isinstance(header, dict)
        return 8 + length, header

    def _texts(self, value: object) -> dict[str, str]:
        if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
            raise self._fault("__metadata__ holds more than texts")
        return value

    def _checked(self, header: dict[str, Any]) -> dict[str, tuple[str, tuple[int, ...], int, int]]:
        """Name, type, shape, first byte and the one behind the last of each tensor, in the order of the data."""
        entries = []
        for name, entry in header.items():
            if not isinstance(entry, dict) or set(entry) != {"dtype", "shape", "data_offsets"}:
                raise self._fault(f'tensor "{name}" needs a dtype, a shape and two data_offsets, and nothing else')
            kind, shape, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
            if not isinstance(kind, str) or kind not in _TYPES:
                raise self._fault(f'tensor "{name}" has the unknown dtype {json.dumps(kind)}')
            for numbers in (shape, offsets):
                if not isinstance(numbers, list) or not all(type(part) is int and part >= 0 for part in numbers):
                    raise self._fault(f'the numbers of tensor "{name}" are not whole and at least 0')
            if len(offsets) != 2:
                raise self._fault(f'tensor "{name}" needs two data_offsets')
            entries.append((*offsets, name, kind, tuple(shape)))
        end, size, checked = 0, self._size - self._start, {}
        for first, last, name, kind, shape in sorted(entries):
            if first != end:
                what = "leaves a hole before" if first > end else "overlaps what is before"
                raise self._fault(f'tensor "{name}" {what} byte {max(first, end)} of the data')
            if not first <= last <= size:
                raise self._fault(f'tensor "{name}" ends at byte {last} of {size} bytes of data')
            bytes_needed = np.dtype(_TYPES[kind]).itemsize
            for part in shape:
                bytes_needed *= part
                if bytes_needed > _LARGEST_SIZE or part > _LARGEST_SIZE:
                    raise self._fault(f'the shape of tensor "{name}" is too large')
            if bytes_needed != last - first:
                raise self._fault(
                    f'tensor "{name}" of shape {list(shape)} needs {bytes_needed} bytes, not {last - first}')
            if kind == "BOOL" and self._bytes[self._start + first : self._start + last].strip(b"\0\1"):
                raise self._fault(f'tensor "{name}" holds truth values that are neither 0 nor 1')
            checked[name] = (kind, shape, first, last)
            end = last
        if end != size:
            raise self._fault(f"{size - end} bytes follow the last tensor")
        return checked

    def __getitem__(self, name: str) -> npt.NDArray[Any]:
        if name not in self._entries:
            raise KeyError(f"{name!r} is no tensor of {self.path}")
        kind, shape, first, last = self._entries[name]
        data = memoryview(self._bytes)[self._start + first : self._start + last]
        try:
            values = np.frombuffer(data, _TYPES[kind]).reshape(shape)
        except ValueError as error:
            raise self._fault(f'tensor "{name}": {error}') from None
        if kind == "BF16":
            values = (values.astype("<u4") << 16).view("<f4")
        values.flags.writeable = False
        return values

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __repr__(self) -> str:
        return f"Tensors({str(self.path)!r}, {len(self)} tensors)"

    def type_of(self, name: str) -> str:
        """The type of a tensor as the format writes it, such as `F32`."""
        return self._entries[name][0]

    def shape_of(self, name: str) -> tuple[int, ...]:
        """The shape of a tensor, without reading it."""
        return self._entries[name][1]

    def select(self, prefix: str) -> dict[str, npt.NDArray[Any]]:
        """The tensors below a name, without it: `select("policy.weights")` has the weights of the policy."""
        start = prefix + "."
        return {name[len(start) :]: self[name] for name in self if name.startswith(start)}

    def sha256(self) -> str:
        """SHA-256 of the whole file, in hexadecimal."""
        return sha256(self._bytes).hexdigest()

    def sha256_of(self, name: str) -> str:
        """SHA-256 of the bytes of one tensor, in hexadecimal."""
        _, _, first, last = self._entries[name]
        return sha256(memoryview(self._bytes)[self._start + first : self._start + last]).hexdigest()

    @property
    def size(self) -> int:
        """Bytes of the whole file."""
        return self._size


def load_tensors(path: str | os.PathLike[str]) -> Tensors:
    """The tensors of a safetensors file, such as an exported policy's.

    Raises:
        RunError: The file is missing or no valid safetensors file.
    """
    return Tensors(path)
