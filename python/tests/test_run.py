import fcntl
import json
import os
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest
import saferl


def fault(call) -> str:
    with pytest.raises(saferl.RunError) as caught:
        call()
    assert "\n" not in str(caught.value)
    return str(caught.value)


# What it is


def test_a_run_says_what_it_is(run):
    found = saferl.Run(run.path)
    assert found.name == "run" and repr(found) == f"Run({str(run.path)!r})"
    manifest = found.manifest
    assert (manifest.algorithm, manifest.seed, manifest.step, manifest.finished) == ("fisor", 2**64 - 1, 20, True)
    assert manifest.started == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert (manifest.data.path, manifest.blas.threads, manifest.mathematics) == ("plant.hdf5", 2, None)
    assert found.config == {"algorithm": "fisor"} and found.resolved["schedule"] == {"steps": 20, "log": 10}
    assert found.settings == {
        "algorithm": "fisor", "seed": 1, "environment": "plant", "schedule.steps": 20, "schedule.log": 10,
        "fisor.widths": [32, 32], "fisor.none": {}}


def test_the_subject_is_the_environment_else_the_data(run):
    for resolved, subject in (
        ({"environment": "plant", "data": {"file": "a/b.hdf5"}}, "plant"),
        ({"environment": "", "evaluation": {"environment": "other"}}, "other"),
        ({"evaluation": {"environment": None}, "data": {"file": "a/b.hdf5"}}, "b.hdf5"), ({}, None),
    ):
        run.write("config.resolved.json", resolved)
        assert saferl.Run(run.path).subject == subject


def test_everything_is_read_anew(run):
    found = saferl.Run(run.path)
    run.save(step=40, finished=False)
    assert found.manifest.step == 40 and found.state == "interrupted"


def test_tags_are_sorted_and_those_of_another_version_are_refused(run):
    found = saferl.Run(run.path)
    assert found.tags == []
    run.write("tags.json", {"format": 1, "tags": ["paper", "a"]})
    assert found.tags == ["a", "paper"]
    run.write("tags.json", {"format": 2, "tags": []})
    assert fault(lambda: found.tags) == (
        f"{run.path}/tags.json: no list of tags of this version. Remove the file, and tag the run anew.")


def test_the_state_is_that_of_its_lock_its_manifest_and_its_newest_test(run):
    found = saferl.Run(run.path)
    assert found.state == "finished"
    run.tested("certified", "no solution found")
    assert found.state == "refused"
    run.tested("no solution found", "certified")
    assert found.state == "certified"
    run.tested("no solution found", by="evaluate")
    assert found.state == "finished"
    lock = run.write(".lock", "")
    assert found.state == "finished"
    with lock.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert found.state == "training"


def test_what_is_no_run_is_refused(run, tmp_path):
    assert fault(lambda: saferl.Run(tmp_path)) == (
        f'{tmp_path}: holds no run. Check the path, or start one with "saferl train".')
    step = run.checkpoint(10)
    assert fault(lambda: saferl.Run(step)) == f"{step}: a checkpoint, not a run. Name the run, which is two folders up."


def test_a_run_of_a_newer_format_is_refused(run):
    run.save(format=2)
    assert fault(lambda: saferl.Run(run.path)) == (
        f"{run.path}/manifest.json: run format 2 is newer than 1, the newest that this package reads. "
        "Install the package of that saferl: pip install ./python in its sources.")


@pytest.mark.parametrize(("text", "reason"), [
    ('{"format": 1', "not JSON as saferl writes it"), ("[1]", "not a JSON object"), ("\xff", "not JSON"),
    ('{"format": 1, "format": 1}', 'the key "format" stands there twice'),
    ('{"format": NaN}', "NaN is no JSON number"), ('{"format": true}', '"format" is not a whole number'),
    ('{"format": 1}', '"data" is missing'), ('{"format": 0}', "run format 0 is none"),
    ("[" * 100_000, "nested too deeply"), ('{"format": ' + "9" * 5000 + "}", "not JSON"),
])
def test_a_damaged_manifest_is_one_line(run, text, reason):
    run.write("manifest.json", text.encode("latin-1"))
    message = fault(lambda: saferl.Run(run.path))
    assert message.startswith(f"{run.path}/manifest.json: ") and reason in message


@pytest.mark.parametrize(("changes", "reason"), [
    ({"data": {"path": 1, "sha256": "d"}}, '"data.path" is not a text'), ({"blas": []}, '"blas" is not an object'),
    ({"started": "today"}, '"started" is no time'), ({"finished": 1}, '"finished" is not true or false'),
    ({"earlier": [1]}, '"earlier" is not a list of texts'), ({"wall_seconds": "1"}, '"wall_seconds" is not a number'),
])
def test_a_member_of_another_type_is_named(run, changes, reason):
    run.save(**changes)
    assert reason in fault(lambda: saferl.Run(run.path))


def test_members_that_later_versions_add_are_let_pass(run):
    run.save(earlier=["c0"], moved={"data.file": '"old"'}, novelty=[1], commit="abc",
             mathematics={"library": "glibc 2.36", "level": "v4", "values_sha256": "m"})
    manifest = saferl.Run(run.path).manifest
    assert (manifest.earlier, manifest.moved, manifest.commit) == (("c0",), {"data.file": '"old"'}, "abc")
    assert manifest.mathematics.library == "glibc 2.36"


# Metrics

LINES = (
    '{"step":10,"stage":"joint","loss":1,"rate":0.5}', '{"step":10,"stage":"evaluation","cost_mean":null}',
    '{"step":20,"stage":"joint","loss":NaN,"rate":-Infinity,"note":"x"}',
)


def test_metrics_have_a_row_a_line(run):
    run.metrics(*LINES)
    frame = saferl.Run(run.path).metrics()
    expected = pd.DataFrame({
        "stage": ["joint", "evaluation", "joint"], "step": [10, 10, 20], "loss": [1, np.nan, np.nan],
        "rate": [0.5, np.nan, -np.inf], "cost_mean": [np.nan] * 3, "note": [np.nan, np.nan, "x"]})
    pd.testing.assert_frame_equal(frame, expected.astype({"note": frame["note"].dtype}))
    assert frame["step"].dtype == np.int64 and frame["loss"].dtype == np.float64


def test_one_stage_has_its_own_columns(run):
    run.metrics(*LINES[:2])
    frame = saferl.Run(run.path).metrics("joint")
    assert list(frame) == ["stage", "step", "loss", "rate"] and frame["loss"].dtype == np.float64
    assert list(saferl.Run(run.path).metrics("evaluation")) == ["stage", "step", "cost_mean"]
    assert fault(lambda: saferl.Run(run.path).metrics("jiont")) == (
        f'{run.path}/metrics.jsonl: no stage "jiont". It has: joint, evaluation.')


def test_the_long_form_has_a_row_a_number(run):
    run.metrics(*LINES)
    frame = saferl.Run(run.path).metrics(form="long")
    expected = pd.DataFrame(
        [("joint", 10, "loss", 1.0), ("joint", 10, "rate", 0.5), ("evaluation", 10, "cost_mean", np.nan),
         ("joint", 20, "loss", np.nan), ("joint", 20, "rate", -np.inf)],
        columns=["stage", "step", "metric", "value"])
    pd.testing.assert_frame_equal(frame, expected)
    assert len(saferl.Run(run.path).metrics("joint", form="long")) == 4


def test_a_line_that_is_being_written_is_left_out(run):
    for unfinished in ('{"step":30,"sta', '{"step":30,"stage":"joint","loss":2}'):
        run.metrics(*LINES, unfinished, end="")
        assert list(saferl.Run(run.path).metrics()["step"]) == [10, 10, 20]
    run.metrics(LINES[0], end="")
    assert saferl.Run(run.path).metrics().empty
    assert list(saferl.Run(run.path).metrics(form="long")) == ["stage", "step", "metric", "value"]


@pytest.mark.parametrize(("line", "reason"), [
    ("", "not JSON"), ("{", "not JSON"), ('{"stage":"joint"}', '"step" is missing'),
    ('{"step":1.5}', '"step" is not a whole number'), ('{"step":9223372036854775808}', '"step" is not a whole number up to'), ('{"step":1,"stage":2}', '"stage" is not a text'),
    ('{"step":1,"x":1' + "0" * 400 + "}", '"x" is not a number that fits'),
])
def test_a_damaged_line_is_named_by_its_number(run, line, reason):
    run.metrics(LINES[0], line, LINES[2])
    message = fault(lambda: saferl.Run(run.path).metrics())
    assert message.startswith(f"{run.path}/metrics.jsonl:2: ") and reason in message


def test_missing_metrics_say_what_to_do(run):
    assert fault(lambda: saferl.Run(run.path).metrics()) == f"{run.path}/metrics.jsonl: no such file. Train first."
    os.mkfifo(run.path / "metrics.jsonl")
    assert "not a regular file" in fault(lambda: saferl.Run(run.path).metrics())


def test_timing_has_times_and_events(run):
    run.write("timing.jsonl", '{"step":0,"event":"start"}\n{"step":10,"seconds":2,"updates_per_second":5.5}\n')
    frame = saferl.Run(run.path).timing()
    assert list(frame) == ["step", "event", "seconds", "updates_per_second"]
    assert frame["seconds"].dtype == np.float64 and frame["updates_per_second"].iloc[1] == 5.5


# Evaluations


def test_evaluations_have_names_figures_and_episodes(run):
    run.evaluation()
    run.evaluation("evaluation/long", episodes=6, return_mean=None)
    run.write("evaluation/empty/readme.txt", "")
    found = saferl.Run(run.path)
    assert list(found.evaluations()) == ["evaluation", "evaluation/long"]
    evaluation = found.evaluation()
    assert (evaluation.return_mean, evaluation.return_interval) == (2.5, None)
    assert (evaluation.cost_mean, evaluation.cost_interval) == (1.0, (0.0, 2.5))
    assert (evaluation.violation_free_share, evaluation.violation_upper_bound) == (0.5, 0.9)
    assert (evaluation.environment, evaluation.policy_sha256, evaluation["episodes"]) == ("plant", "aa", 4)
    assert found.evaluation("evaluation/long").return_mean is None
    episodes = found.episodes()
    assert len(episodes) == 4 and list(episodes["violated"]) == [False, True, False, True]
    assert episodes["return"].dtype == np.float64 and episodes["seed"].iloc[0] == 2**64 - 1
    assert len(found.episodes("evaluation/long")) == 6


def test_an_evaluation_that_is_missing_or_damaged_is_refused(run):
    found = saferl.Run(run.path)
    assert found.evaluations() == {}
    assert fault(found.evaluation) == (
        f'{run.path}/evaluation: no evaluation. Make it with "saferl evaluate RUN --out DIR".')
    run.evaluation(cost_interval=[1], return_mean="2")
    assert '"cost_interval" is not an interval' in fault(lambda: found.evaluation().cost_interval)
    assert '"return_mean" is not a number' in fault(lambda: found.evaluation().return_mean)
    run.write("evaluation/episodes.jsonl", '{"return":1}\n{"return":"high"}\n')
    assert 'evaluation/episodes.jsonl:2: "return" is not a number' in fault(found.episodes)
    (run.path / "evaluation/episodes.jsonl").unlink()
    assert "evaluation/episodes.jsonl: no such file" in fault(found.episodes)


# Checkpoints


def test_the_newest_checkpoint_is_read_and_verified(run):
    for step in (5, 20, 1_000_000_000):
        run.checkpoint(step)
    run.write("checkpoints/step-7/state.safetensors", "")
    run.write("checkpoints/.partial/state.safetensors", "")
    found = saferl.Run(run.path)
    assert [checkpoint.step for checkpoint in found.checkpoints] == [5, 20, 1_000_000_000]
    assert found.checkpoint().step == 1_000_000_000 and found.tensors().metadata == {"policy.updates": "1000000000"}
    np.testing.assert_array_equal(found.tensors(20)["policy.weights.l0.weight"], np.full((2, 3), 20, np.float32))
    assert found.checkpoint(20).manifest.stage == "joint"
    assert fault(lambda: found.tensors(6)) == f"{run.path}: no checkpoint of step 6. There are: 5, 20, 1000000000."


def test_a_damaged_newest_checkpoint_is_skipped_with_a_warning(run):
    run.checkpoint(10)
    folder = run.checkpoint(20)
    state = folder / "state.safetensors"
    state.write_bytes(state.read_bytes()[:-1] + b"\1")
    found = saferl.Run(run.path)
    reason = 'damaged: tensor "policy.weights.l0.weight" in state.safetensors does not match its SHA-256'
    with pytest.warns(saferl.RunWarning, match=f"step-000000020: {reason}.*It is skipped."):
        assert found.checkpoint().step == 10
    assert fault(lambda: found.tensors(20)) == (
        f"{folder}: {reason}. Take an older checkpoint, or copy this one again.")
    assert found.checkpoints[1].tensors(verify=False)["policy.weights.l0.weight"].shape == (2, 3)


def test_where_none_verifies_the_newest_fault_is_said(run):
    assert fault(saferl.Run(run.path).checkpoint) == f"{run.path}/checkpoints: no checkpoint. Train first."
    folder = run.checkpoint(20)
    manifest = folder / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"joint"', '"joinT"'))
    assert "manifest.json does not match its own SHA-256" in fault(saferl.Run(run.path).checkpoint)
    manifest.unlink()
    assert fault(saferl.Run(run.path).checkpoint) == f"{manifest}: no such file. Take another checkpoint."


@pytest.mark.parametrize(("changes", "reason"), [
    ({"state_bytes": 1}, "bytes, not 1"), ({"state_sha256": "0"}, "the header in state.safetensors"),
    ({"step": 19}, "the folder holds step 19"), ({"format": 2}, "checkpoint format 2 is newer than 1"),
    ({"configuration": "other"}, "of a run with another configuration"), ({"data": "other"}, "of a run with other data"),
    ({"tensors": []}, '"tensors" is not an object'),
])
def test_a_checkpoint_that_is_not_the_runs_is_refused(run, changes, reason):
    run.checkpoint(20, **changes)
    assert reason in fault(lambda: saferl.Run(run.path).tensors(20))


def test_a_checkpoint_of_an_earlier_configuration_of_the_run_is_taken(run):
    run.checkpoint(20, configuration="c0")
    run.save(earlier=["c0"])
    assert saferl.Run(run.path).checkpoint().step == 20


def test_a_folder_with_another_name_is_no_checkpoint(tmp_path):
    for name in ("step-20", "step-00000002x", "step--00000020", "other"):
        assert "not the folder of a checkpoint" in fault(lambda name=name: saferl.Checkpoint(tmp_path / name))


def test_nothing_is_written(run):
    run.metrics(*LINES)
    run.evaluation()
    run.tested("certified")
    run.checkpoint(20)
    before = sorted(run.path.rglob("*"))
    found = saferl.Run(run.path)
    json.dumps([found.state, len(found.metrics()), len(found.certificates()), len(found.tensors())])
    assert sorted(run.path.rglob("*")) == before
