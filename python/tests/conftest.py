"""Run directories as saferl writes them, made without the package that reads them."""

from __future__ import annotations

import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pytest

matplotlib.use("Agg")

CODES = {"float32": "F32", "float64": "F64", "float16": "F16", "int64": "I64", "uint8": "U8", "bool": "BOOL"}


def digest(data: bytes) -> str:
    return sha256(data).hexdigest()


def safetensors(header: dict[str, Any] | bytes, data: bytes = b"") -> bytes:
    """A file of a header and its data."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + data


def packed(tensors: dict[str, np.ndarray], metadata: dict[str, str] | None = None) -> bytes:
    """A file of arrays."""
    header: dict[str, Any] = {"__metadata__": metadata} if metadata else {}
    data = b""
    for name, values in tensors.items():
        raw = values.tobytes()
        header[name] = {
            "dtype": CODES[values.dtype.name], "shape": list(values.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    return safetensors(header, data)


def sealed(document: dict[str, Any], indented: bool) -> bytes:
    """An object with its seal as the last member."""
    if indented:
        body = json.dumps(document, indent=2, separators=(",", " : "))[:-2].encode() + b",\n"
        return body + f'  "seal" : "{digest(body)}"\n}}\n'.encode()
    body = json.dumps(document, separators=(",", ":"))[:-1].encode() + b","
    return body + f'"seal":"{digest(body)}"}}\n'.encode()


def ledger(lines: list[dict[str, Any]]) -> bytes:
    """Lines, each of which has the digest of those before it."""
    text, chain = b"", ""
    for line in lines:
        row = sealed(line | {"previous": chain}, indented=False)
        chain = digest(chain.encode() + row)
        text += row
    return text


SUBJECT = {"policy_sha256": "aa", "configuration_sha256": "cc", "data_sha256": "dd", "binary_sha256": "bb"}


def claim(verdict: str = "certified", **changes: Any) -> dict[str, Any]:
    return {
        "bound": 4.5, "conditions": ["Assumed: independent costs."], "delta": 0.05, "kind": "test", "limit": 5,
        "measured": 3, "statement": "The mean cost of an episode in plant is at most 5.", "subject": SUBJECT,
        "verdict": verdict,
    } | changes


def certificate(verdict: str = "certified", **changes: Any) -> dict[str, Any]:
    reasons = [] if verdict == "certified" else [{"reason": "above the limit", "words": "the bound is above the limit"}]
    return {
        "approximate": False, "bound": "betting", "cautions": [], "claim": claim(verdict), "earlier_tests": 0,
        "mean": 3, "n": 100, "reasons": reasons, "sd": 0.5, "statement": "Relative to plant.", "verdict": verdict,
    } | changes


class Writer:
    """Writes one run directory."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.manifest: dict[str, Any] = {
            "algorithm": "fisor", "blas": {"kernel": "Haswell", "threads": 2}, "configuration": "cc", "cores": 4,
            "data": {"path": "plant.hdf5", "sha256": "dd"}, "finished": True, "format": 1, "saferl": "0.2.0",
            "seed": 2**64 - 1, "started": "2026-01-02T03:04:05Z", "step": 20, "swift": "6.2", "wall_seconds": 1.5,
        }
        path.mkdir(parents=True)
        self.save()
        self.write("config.json", '{"algorithm": "fisor"}\n')
        self.write("config.resolved.json", json.dumps(
            {"algorithm": "fisor", "seed": 1, "environment": "plant", "schedule": {"steps": 20, "log": 10},
             "fisor": {"widths": [32, 32], "none": {}}}))

    def write(self, name: str, content: str | bytes | dict[str, Any]) -> Path:
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        content = json.dumps(content) if isinstance(content, dict) else content
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file

    def save(self, **changes: Any) -> None:
        self.manifest |= changes
        self.write("manifest.json", self.manifest)

    def metrics(self, *lines: str, end: str = "\n") -> None:
        self.write("metrics.jsonl", "\n".join(lines) + end)

    def checkpoint(self, step: int, tensors: dict[str, np.ndarray] | None = None, /, **changes: Any) -> Path:
        tensors = tensors or {"policy.weights.l0.weight": np.full((2, 3), step, np.float32)}
        state = packed(tensors, {"policy.updates": str(step)})
        body = json.dumps({
            "format": 1, "step": step, "stage": "joint", "configuration": "cc", "data": "dd",
            "state_bytes": len(state), "state_sha256": digest(state),
            "tensors": {name: digest(values.tobytes()) for name, values in tensors.items()},
        } | changes, indent=2)[:-2].encode() + b",\n"
        folder = f"checkpoints/step-{step:09}"
        self.write(f"{folder}/state.safetensors", state)
        return self.write(f"{folder}/manifest.json", body + f'  "manifest_sha256": "{digest(body)}"\n}}\n'.encode()).parent

    def evaluation(self, name: str = "evaluation", episodes: int = 4, **changes: Any) -> None:
        report = {
            "cost_interval": [0, 2.5], "cost_mean": 1, "episodes": episodes, "return_interval": None, "return_mean": 2.5,
            "violation_free_share": 0.5, "violation_upper_bound": 0.9,
            "origin": {"environment": "plant", "policy": "aa", "step": 20, "overrides": [], "packages": {}},
        } | changes
        self.write(f"{name}/report.json", report)
        rows = [
            {"cost": index % 2, "end": "terminated", "episode": index, "length": 5, "return": index,
             "seed": 2**64 - 1 - index, "violated": index % 2 == 1} for index in range(episodes)]
        self.write(f"{name}/episodes.jsonl", "".join(json.dumps(row) + "\n" for row in rows))

    def tested(self, *verdicts: str, by: str = "certify") -> None:
        """Certificates, and the ledger that has them."""
        lines = []
        for number, verdict in enumerate(verdicts, 1):
            costs = b'{"cost":1,"episode":0}\n{"cost":5,"episode":1}\n'
            self.write(f"assurance/episodes-{number}.jsonl", costs)
            text = sealed(certificate(verdict, episodes_sha256=digest(costs), earlier_tests=number - 1), indented=True)
            self.write(f"assurance/certificate-{number}.json", text)
            lines.append({
                "by": by, "claim": claim(verdict), "file": f"run/assurance/certificate-{number}.json",
                "file_sha256": digest(text), "look": {"n": 100, "policy": "aa"}, "saferl": "0.2.0", "subject": SUBJECT,
                "verdict": verdict})
        self.write("assurance/claims.jsonl", ledger(lines))


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Writer]:
    """Makes a run directory of a name."""
    return lambda name="run": Writer(tmp_path / name)


@pytest.fixture
def run(make: Callable[..., Writer]) -> Writer:
    """A run directory."""
    return make()
