import pandas as pd
import pytest
import saferl


def test_runs_below_folders_are_found_the_oldest_first(make, tmp_path):
    make("b/new").save(started="2026-03-01T00:00:00Z")
    make("b/old").save(started="2025-03-01T00:00:00Z")
    make("a/deep/er").save(started="2026-03-01T00:00:00Z")
    make("b/old/evaluation/inner")
    make("b/.trash/gone")
    (tmp_path / "link").symlink_to(tmp_path / "b")
    paths = [run.path.relative_to(tmp_path).as_posix() for run in saferl.runs(tmp_path)]
    assert paths == ["b/old", "a/deep/er", "b/new"]
    assert len(saferl.runs(tmp_path / "link")) == 2 and len(saferl.runs(tmp_path / "b/old", tmp_path / "b")) == 2


def test_checkpoints_is_looked_through_without_a_folder(make, tmp_path, monkeypatch):
    make("Checkpoints/run")
    monkeypatch.chdir(tmp_path)
    assert [str(run.path) for run in saferl.runs()] == ["Checkpoints/run"]
    monkeypatch.chdir(tmp_path / "Checkpoints")
    assert list(saferl.list_runs(".")["run"]) == ["run"]
    with pytest.raises(saferl.RunError, match="Checkpoints: no such folder. Name the one that holds the runs."):
        saferl.runs()


def test_a_run_that_cannot_be_read_is_left_out_or_listed(make, tmp_path):
    make("good").evaluation()
    make("newer").save(format=2)
    make("tags").write("tags.json", "{")
    make("report").write("evaluation/report.json", "{")
    with pytest.warns(saferl.RunWarning, match="run format 2 is newer .* It is left out."):
        assert {run.name for run in saferl.runs(tmp_path)} == {"good", "tags", "report"}
    table = saferl.list_runs(tmp_path).set_index("run")
    table.index = table.index.str.removeprefix(f"{tmp_path}/")
    assert list(table.index) == ["newer", "good", "report", "tags"]
    assert dict(table["state"]) == {
        "newer": "unreadable", "good": "finished", "report": "finished", "tags": "unreadable"}
    good = table.loc["good"]
    assert (good["algorithm"], good["subject"], good["step"], good["steps"]) == ("fisor", "plant", 20, 20)
    assert (good["return_mean"], good["cost_mean"], good["tags"]) == (2.5, 1.0, []) and pd.isna(good["fault"])
    assert good["started"] == pd.Timestamp("2026-01-02T03:04:05Z")
    assert all(part in table.loc[name, "fault"] for name, part in (
        ("newer", "newer than 1"), ("tags", "tags.json"), ("report", "report.json")))


@pytest.mark.parametrize(("file", "text"), [
    ("config.resolved.json", '{"schedule": {"steps": "many"}}'), ("config.resolved.json", '{"schedule": 3}'),
    ("config.resolved.json", '{"schedule": {"steps": 9223372036854775808}}'), ("manifest.json", '{"format": 1e999}'),
    ("evaluation/report.json", '{"return_mean": "high"}'), ("evaluation/report.json", '{"cost_mean": 1' + "0" * 400 + "}"),
])
def test_a_run_with_a_member_of_another_kind_is_listed_with_its_fault(run, file, text):
    run.write(file, text)
    (row,) = saferl.list_runs(run.path).to_dict("records")
    assert row["state"] == "unreadable" and isinstance(row["fault"], str)


def test_a_folder_without_runs_has_an_empty_table(tmp_path):
    assert saferl.runs(tmp_path) == []
    assert list(saferl.list_runs(tmp_path))[:4] == ["run", "algorithm", "subject", "step"]
