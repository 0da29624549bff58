"""Runs of the program itself, named in SAFERL and SAFERL_RUNS (a folder with finished runs); `make test` names both."""

import json
import math
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import saferl

SAFERL, RUNS = os.environ.get("SAFERL"), os.environ.get("SAFERL_RUNS")
pytestmark = pytest.mark.skipif(not (SAFERL and RUNS), reason="no program in SAFERL, or no runs in SAFERL_RUNS")


def call(*words: object, allowed: tuple[int, ...] = (0,)) -> str:
    done = subprocess.run([str(SAFERL), *map(str, words)], capture_output=True, text=True)
    assert done.returncode in allowed, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def copies(tmp_path_factory) -> Path:
    """Copies of the runs, of which one is tagged and tested, and others cannot be read."""
    folder = tmp_path_factory.mktemp("runs")
    for run in saferl.runs(str(RUNS)):
        shutil.copytree(run.path, folder / run.name)
    first = folder / "run"
    call("runs", "tag", first, "--add", "paper")
    call("certify", first, "--episodes", 40, "--limit", 250, "--delta", 0.1, allowed=(0, 3))
    for name, file, text in (("tags", "tags.json", "{"), ("broken", "manifest.json", "{")):
        shutil.copytree(first, folder / name)
        (folder / name / file).write_text(text)
    return folder


def test_the_list_is_that_of_the_program(copies):
    told = json.loads(call("runs", "list", copies, "--json"))
    found = saferl.list_runs(copies).set_index("run")
    assert [line["run"] for line in told] == list(found.index) and len(found) >= 3
    with pytest.warns(saferl.RunWarning, match="broken/manifest.json"):
        assert [str(run.path) for run in saferl.runs(copies)] == [path for path in found.index if "broken" not in path]
    for line in told:
        row = found.loc[line["run"]]
        assert (row["state"], row["tags"], pd.notna(row["fault"])) == (line["state"], line["tags"], "fault" in line)
        for name in ("algorithm", "subject", "step", "steps", "return_mean", "cost_mean", "started"):
            if name not in line:
                assert pd.isna(row[name]), name
            elif name == "started":
                assert row[name] == pd.Timestamp(line[name])
            else:
                assert row[name] == line[name], name


def test_what_the_program_shows_of_a_run_is_what_is_read(copies):
    run = saferl.Run(copies / "run")
    shown = json.loads(call("runs", "show", run.path, "--json"))
    assert (shown["state"], shown["tags"]) == (run.state, run.tags)
    assert shown["manifest"]["step"] == run.manifest.step and shown["manifest"]["seed"] == run.manifest.seed
    assert shown["evaluation"]["return_mean"] == run.evaluation().return_mean
    assert [line["claim"]["statement"] for line in shown["claims"]] == [claim.statement for claim in run.claims()]


def test_a_certificate_of_the_program_is_read_with_its_episodes(copies):
    run = saferl.Run(copies / "run")
    (certificate,) = run.certificates()
    (claim,) = run.claims()
    assert certificate.claim == claim == saferl.load_claim(certificate.path)
    costs = certificate.episodes()["cost"]
    assert len(costs) == certificate.n == 40 and math.isclose(costs.mean(), certificate.mean)
    assert claim.subject.policy_sha256 == run.checkpoint().manifest.state_sha256 == run.evaluation().policy_sha256
    text = certificate.path.read_bytes()
    certificate.path.write_bytes(text.replace(b'"delta" : 0.1', b'"delta" : 0.2'))
    with pytest.raises(saferl.RunError, match="its seal does not fit"):
        run.certificates()
    certificate.path.write_bytes(text)


def test_checkpoints_of_the_program_verify(copies):
    run = saferl.Run(copies / "run")
    assert run.checkpoints[-1].step == run.manifest.step == run.settings["schedule.steps"]
    tensors = run.tensors()
    assert tensors.metadata["policy.updates"].isdigit()
    weights = tensors.select("policy.weights")
    assert weights and all(np.isfinite(values).all() for values in weights.values())
    assert any((run.tensors(run.checkpoints[0].step).select("policy.weights")[name] != values).any()
               for name, values in weights.items())


def test_metrics_and_episodes_of_the_program_are_read(copies):
    run = saferl.Run(copies / "run")
    frame = run.metrics()
    steps = frame[frame["stage"] == "joint"]["step"]
    assert list(steps) == list(range(10, run.manifest.step + 1, 10)) and frame["vh_loss"].notna().any()
    assert run.timing()["step"].max() == run.manifest.step
    episodes, report = run.episodes(), run.evaluation()
    assert len(episodes) == report["episodes"]
    assert math.isclose(episodes["return"].mean(), report.return_mean, rel_tol=1e-6)
    assert math.isclose(1 - episodes["violated"].mean(), report.violation_free_share)


def test_a_comparison_of_the_program_is_read(copies, tmp_path):
    for number, name in enumerate(("a", "b")):
        shutil.copytree(copies / "run", tmp_path / name)
        resolved = tmp_path / name / "config.resolved.json"
        resolved.write_text(resolved.read_text().replace('"seed": 0', f'"seed": {number}'))
    call("compare", tmp_path / "a", "--group", "algorithm", "--out", tmp_path / "out", "--limit", 5)
    comparison = saferl.load_comparison(tmp_path / "out")
    (row,) = comparison.methods().to_dict("records")
    evaluation = saferl.Run(tmp_path / "a").evaluation()
    assert math.isclose(row["return.iqm"], evaluation.return_mean) and comparison.scores()["run"][0] == str(tmp_path / "a")
    assert math.isclose(row["cost.mean"], evaluation.cost_mean / 5)


def test_a_data_set_of_the_program_is_read(tmp_path):
    call("collect", "point-robot", "--transitions", 500, "--seed", 3, "--out", tmp_path / "d.hdf5")
    told = json.loads(call("data", "info", tmp_path / "d.hdf5", "--json"))
    data = saferl.load_dataset(tmp_path / "d.hdf5")
    assert len(data) == told["transitions"] == 500 and len(data.episodes()) == told["episodes"]
    assert data.next_observations is not None and data.observations.shape == data.next_observations.shape
