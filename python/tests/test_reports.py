import json

import numpy as np
import pytest
import saferl


def figure(value, low=None, high=None):
    return {"value": value} | ({"interval": [low, high]} if low is not None else {})


COMPARISON = {
    "format": 1, "tasks": ["plant", "crane"], "normalized": False, "thresholds": [0, 1],
    "methods": [
        {"name": "fisor", "seeds": [0, 1], "directories": [["a", "b"], ["c", "d"]], "returns": [[1, 2], [3, 4]],
         "costs": [[0.5, 1], [2, 0]], "return": {"iqm": figure(2.5, 1, 4)}, "cost": {"mean": figure(0.875, 0, 2)},
         "violation_share": figure(0.25, 0, 1), "certified_share": 0.5, "within_limit": 0.75, "safe_return": 2,
         "profile": [[1, 1, 1], [0.5, 0, 1]]},
        {"name": "bc", "seeds": [0], "directories": [["e", "f"]], "returns": [[5, 6]], "return": {"iqm": figure(5.5)},
         "cost": {}, "violation_share": figure(1, 1, 1), "certified_share": 0, "profile": [[1, 1, 1], [1, 1, 1]]},
    ],
    "pairs": [{"first": "fisor", "second": "bc", "probability": figure(0, 0, 0.5), "shown": False}],
}


@pytest.fixture
def comparison(tmp_path):
    (tmp_path / "comparison.json").write_text(json.dumps(COMPARISON))
    return saferl.load_comparison(tmp_path)


def test_a_comparison_has_a_row_a_method(comparison):
    table = comparison.methods()
    assert list(table.index) == ["fisor", "bc"] and list(table["runs"]) == [2, 1]
    fisor, bc = table.loc["fisor"], table.loc["bc"]
    assert (fisor["return.iqm"], fisor["return.iqm.low"], fisor["return.iqm.high"]) == (2.5, 1, 4)
    assert (fisor["cost.mean"], fisor["within_limit"], fisor["safe_return"], fisor["certified_share"]) == (
        0.875, 0.75, 2, 0.5)
    assert np.isnan([bc["return.iqm.low"], bc["cost.mean"], bc["within_limit"]]).all() and bc["return.iqm"] == 5.5


def test_a_comparison_has_its_scores_pairs_and_profiles(comparison):
    scores = comparison.scores()
    assert list(scores["return"]) == [1, 2, 3, 4, 5, 6] and list(scores["run"]) == list("abcdef")
    assert list(scores["task"][:2]) == ["plant", "crane"] and list(scores["cost"][:4]) == [0.5, 1, 2, 0]
    (pair,) = comparison.pairs().to_dict("records")
    assert pair == {"first": "fisor", "second": "bc", "probability": 0.0, "probability.low": 0.0,
                    "probability.high": 0.5, "shown": False}
    assert list(comparison.profile()["fisor"]) == [1, 0.5] and list(comparison.profile().index) == [0, 1]


@pytest.mark.parametrize(("changes", "call", "reason"), [
    ({"methods": [{"name": "x"}]}, "methods", "KeyError"), ({"methods": 1}, "methods", "not a list of objects"),
    ({"methods": [1]}, "scores", "TypeError"), ({"tasks": ["a", "b", "c"]}, "scores", "IndexError"),
    ({"pairs": None}, "pairs", "TypeError"), ({"thresholds": [0]}, "profile", "ValueError"),
])
def test_a_comparison_of_another_shape_is_refused(tmp_path, changes, call, reason):
    (tmp_path / "comparison.json").write_text(json.dumps(COMPARISON | changes))
    with pytest.raises(saferl.RunError, match=f"comparison.json: .*{reason}"):
        getattr(saferl.load_comparison(tmp_path / "comparison.json"), call)()


def test_reports_that_are_missing_or_newer_are_refused(run, tmp_path):
    (tmp_path / "comparison.json").write_text(json.dumps(COMPARISON | {"format": 2}))
    with pytest.raises(saferl.RunError, match="comparison format 2 is newer than 1"):
        saferl.load_comparison(tmp_path)
    with pytest.raises(saferl.RunError, match='report.json: no such file. Make it with "saferl assess RUN".'):
        saferl.Run(run.path).assessment()
    with pytest.raises(saferl.RunError, match="table.json: no such file"):
        saferl.load_benchmark(tmp_path)


def test_an_assessment_has_a_row_a_fault_and_level(run):
    noise = {"levels": [0, 0.1], "return_mean": [2, 1], "cost_mean": [0, 3], "violated": [0, 0.5],
             "violated_upper_bound": [0.1, None]}
    run.write("assess/report.json", {
        "format": 1, "robustness": {"noise": noise}, "unavailable": [{"section": "detection", "reason": "no data"}]})
    assessment = saferl.Run(run.path).assessment()
    table = assessment.robustness()
    assert list(table["fault"]) == ["noise"] * 2 and list(table["level"]) == [0, 0.1]
    assert list(table["cost_mean"]) == [0, 3] and np.isnan(table["violated_upper_bound"][1])
    assert assessment.unavailable() == {"detection": "no data"}
    run.write("assess/report.json", {"format": 1})
    assert saferl.Run(run.path).assessment().robustness().empty
    run.write("assess/report.json", {"format": 1, "robustness": {"noise": noise | {"violated": [0]}}})
    with pytest.raises(saferl.RunError, match="IndexError"):
        saferl.Run(run.path).assessment().robustness()


def test_a_benchmark_has_a_row_a_cell(tmp_path):
    cell = {"task": "plant", "method": "bc", "seeds": 2, "return": {"mean": 0.5, "interval": [0, 1]},
            "cost": {"mean": 2, "interval": None}, "is_normalized": True, "is_safe": False,
            "certified": {"passed": 1, "tests": 4}}
    path = tmp_path / "table.json"
    path.write_text(json.dumps({"episodes": 4, "cells": [cell, {"task": "plant", "method": "none", "seeds": 0}]}))
    table = saferl.load_benchmark(tmp_path)
    first = table.iloc[0]
    assert (first["return"], first["return.low"], first["return.high"], first["cost"]) == (0.5, 0, 1, 2)
    assert np.isnan(first["cost.low"]) and not first["is_safe"] and (first["passed"], first["tests"]) == (1, 4)
    assert np.isnan(table.iloc[1]["return"]) and list(table["seeds"]) == [2, 0]
    path.write_text(json.dumps({"cells": [{"task": "plant"}]}))
    with pytest.raises(saferl.RunError, match='"cells.method" is missing'):
        saferl.load_benchmark(path)
