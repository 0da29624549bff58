"""Seals: the last member of an object, the SHA-256 of all bytes before it. They find damage and edits, not forgery."""

from __future__ import annotations

from hashlib import sha256
from typing import Literal

State = Literal["intact", "broken", "missing"]


def state(data: bytes) -> State:
    """What the seal of an object says, on one line or with members on lines of their own.

    Args:
        data: The object's bytes, with or without a line feed behind it.
    """
    text = data if data.endswith(b"\n") else data + b"\n"
    for start, end in ((b'  "seal" : "', b'"\n}\n'), (b'"seal":"', b'"}\n')):
        body = text[: -(len(start) + 64 + len(end))]
        if body and text == body + start + sha256(body).hexdigest().encode() + end:
            return "intact"
    return "broken" if b'"seal"' in text else "missing"
