"""Files with bytes that a disk or an editor changed: refused in one line, or read; never another exception."""

import os
import random
import warnings

import pytest
import saferl
from test_reports import COMPARISON

# SAFERL_DAMAGES=1000 for a long trial.
DAMAGES = int(os.environ.get("SAFERL_DAMAGES", "8"))


def damaged(data: bytes, draw: random.Random) -> bytes:
    place = draw.randrange(len(data))
    match draw.randrange(5):
        case 0:
            return data[:place]
        case 1:
            return data[:place] + bytes([draw.randrange(256)]) + data[place + 1 :]
        case 2:
            return data[:place] + draw.choice([b'"', b"{", b"[]", b"null", b"-1", b"1e999", b"true", b"\n"]) + data[place:]
        case 3:
            return data[:place] + data[place + draw.randrange(1, 40) :]
        case _:
            other = draw.randrange(len(data))
            return data[:place] + data[other : other + 20] + data[place:]


def look(path) -> int:
    """Everything that can be read of a run; how much of it was refused."""
    found = saferl.Run(path)
    reads = [
        lambda: found.manifest, lambda: found.settings, lambda: found.subject, lambda: found.tags, lambda: found.state,
        found.metrics, lambda: found.metrics(form="long"), found.timing, found.claims, found.certificates,
        lambda: [part.episodes() for part in found.certificates()], lambda: list(found.tensors().values()),
        found.episodes, lambda: found.assessment().robustness(), lambda: found.assessment().unavailable(),
        lambda: [found.evaluation().cost_interval, found.evaluation().environment],
        lambda: saferl.load_comparison(path / "cmp").methods(), lambda: saferl.load_comparison(path / "cmp").pairs(),
        lambda: saferl.load_comparison(path / "cmp").scores(), lambda: saferl.load_comparison(path / "cmp").profile(),
    ]
    refused = 0
    for read in reads:
        try:
            read()
        except saferl.RunError as error:
            assert "\n" not in str(error)
            refused += 1
    return refused


@pytest.mark.parametrize("file", [
    "manifest.json", "config.resolved.json", "tags.json", "metrics.jsonl", "timing.jsonl", "assurance/claims.jsonl",
    "assurance/certificate-1.json", "assurance/episodes-1.jsonl", "checkpoints/step-000000020/state.safetensors",
    "checkpoints/step-000000020/manifest.json", "evaluation/report.json", "evaluation/episodes.jsonl",
    "assess/report.json", "cmp/comparison.json",
])
def test_damaged_files_are_refused_or_read(run, file):
    run.write("tags.json", {"format": 1, "tags": ["paper"]})
    run.metrics('{"step":1,"stage":"a","x":1}', '{"step":2,"stage":"b","y":null}')
    run.write("timing.jsonl", '{"step":1,"seconds":2}\n')
    run.tested("certified", "no solution found")
    run.checkpoint(20)
    run.evaluation()
    noise = {"levels": [0], "return_mean": [2], "cost_mean": [0], "violated": [0], "violated_upper_bound": [0.1]}
    run.write("assess/report.json", {
        "format": 1, "robustness": {"noise": noise}, "unavailable": [{"section": "detection", "reason": "no data"}]})
    run.write("cmp/comparison.json", COMPARISON)
    assert look(run.path) == 0
    whole, draw, refused = (run.path / file).read_bytes(), random.Random(file), 0
    for _ in range(DAMAGES):
        run.write(file, damaged(whole, draw))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", saferl.RunWarning)
            saferl.list_runs(run.path)
            try:
                refused += look(run.path) > 0
            except saferl.RunError:
                refused += 1
    assert refused > 0
