"""Reads a finished run of saferl with nothing but numpy and the standard library."""

import json
from pathlib import Path

import numpy as np

DTYPES = {"F64": "<f8", "F32": "<f4", "I64": "<i8", "I32": "<i4", "U8": "u1", "BOOL": "?"}


def safetensors(path):
    """All tensors of a safetensors file, by name."""
    data = Path(path).read_bytes()
    start = 8 + int.from_bytes(data[:8], "little")
    tensors = {}
    for name, entry in json.loads(data[8:start]).items():
        if name != "__metadata__":
            low, high = entry["data_offsets"]
            values = np.frombuffer(data[start + low : start + high], DTYPES[entry["dtype"]])
            tensors[name] = values.reshape(entry["shape"])
    return tensors


class Run:
    """A run directory."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.configuration = json.loads((self.folder / "config.resolved.json").read_text())
        self.manifest = json.loads((self.folder / "manifest.json").read_text())

    def lines(self, name):
        """The objects of a JSON Lines file; an unfinished last line is left out."""
        lines = (self.folder / name).read_text().split("\n")[:-1]
        return [json.loads(line) for line in lines if line]

    def curves(self):
        """stage -> metric -> (updates, values), in the order of appearance."""
        stages = {}
        for line in self.lines("metrics.jsonl"):
            metrics = stages.setdefault(line.get("stage", ""), {})
            for name, value in line.items():
                if name not in ("step", "stage") and isinstance(value, (int, float)):
                    steps, values = metrics.setdefault(name, ([], []))
                    steps.append(line["step"])
                    values.append(value)
        return stages

    def evaluations(self):
        """File name -> episodes, for every evaluation recorded per episode."""
        files = sorted((self.folder / "evaluation").glob("*.jsonl"))
        return {file.stem: self.lines(file.relative_to(self.folder)) for file in files}

    def checkpoint(self):
        """Folder name and tensors of the last checkpoint."""
        last = sorted((self.folder / "checkpoints").glob("step-*"))[-1]
        return last.name, safetensors(last / "state.safetensors")
