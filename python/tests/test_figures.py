import json
import subprocess
import sys

import matplotlib.pyplot as plt
import numpy as np
import pytest
import saferl
from saferl import figures
from test_reports import COMPARISON


@pytest.fixture(autouse=True)
def close():
    yield
    for number in plt.get_fignums():
        plt.figure(number).canvas.draw()
    plt.close("all")


@pytest.fixture
def pair(make):
    """Two runs of one algorithm, whose losses differ by 2."""
    found = []
    for number, name in enumerate(("one", "two")):
        writer = make(name)
        writer.evaluation()
        writer.checkpoint(20)
        writer.metrics(*(
            json.dumps({"step": step, "stage": stage, "loss": step + 2 * number, "rate": 1})
            for step in (10, 20, 30 + number) for stage in ("joint",)), '{"step":20,"stage":"evaluation","cost_mean":3}')
        found.append(saferl.Run(writer.path))
    return found


def test_the_running_mean_keeps_length_mean_and_ends():
    np.testing.assert_allclose(figures.smoothed([0, 3, 6, 9], 3), [1, 3, 6, 8])
    np.testing.assert_allclose(figures.smoothed([1, 2], 1), [1, 2])
    np.testing.assert_allclose(figures.smoothed([1, np.nan, 3], 3), [1, 2, 3])
    assert figures.smoothed([], 3).size == 0
    with pytest.raises(ValueError, match="a running mean over 0 values"):
        figures.smoothed([1], 0)


def test_a_curve_has_a_line_a_run(pair):
    ax = figures.curve(pair, "loss")
    assert [line.get_label() for line in ax.lines] == ["one", "two"]
    np.testing.assert_array_equal(ax.lines[1].get_xydata(), [[10, 12], [20, 22], [31, 33]])
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("updates", "loss")
    named = figures.curve({"first": pair[0]}, "loss", smooth=3, ax=ax)
    assert named is ax and len(ax.lines) == 4


def test_a_group_has_its_mean_and_its_band_at_common_updates(pair):
    ax = figures.curve(pair, "loss", group_by="algorithm")
    (line,) = ax.lines
    assert line.get_label() == "fisor (2)"
    np.testing.assert_array_equal(line.get_xydata(), [[10, 11], [20, 21]])
    band = ax.collections[0].get_paths()[0].vertices
    assert {tuple(point) for point in band} >= {(10.0, 10.0), (10.0, 12.0), (20.0, 20.0), (20.0, 22.0)}


def test_what_cannot_be_drawn_is_an_error(pair, make):
    twice = make("twice")
    twice.metrics('{"step":1,"stage":"a","x":1}', '{"step":1,"stage":"b","x":1}')
    empty = make("empty")
    empty.metrics(end="")
    empty.evaluation(episodes=0)
    for draw, reason in (
        (lambda: figures.curve(pair, "los"), "no run has the metric los"),
        (lambda: figures.curve(pair, "loss", stage="evaluation"), "no run has the metric loss in the stage evaluation"),
        (lambda: figures.curve(saferl.Run(twice.path), "x"), "x belongs to several stages: a, b. Name one."),
        (lambda: figures.curve(pair, "loss", group_by="colour"), "has no key colour"),
        (lambda: figures.curves(saferl.Run(empty.path)), "no run has a metric"),
        (lambda: figures.curves(pair, stage="none"), "no metric in the stage none"),
        (lambda: figures.returns_and_costs(saferl.Run(empty.path)), "evaluation has no episodes with return"),
        (lambda: figures.weights(pair[0], role="target"), "no tensor of the role target"),
    ):
        with pytest.raises(ValueError, match=reason):
            draw()


def test_curves_have_a_plot_a_metric(pair):
    drawn = figures.curves(pair, smooth=2)
    assert list(drawn) == ["loss", "rate"] and drawn["loss"].get_title() == "loss"
    assert len(drawn["loss"].figure.axes) == 2
    assert list(figures.curves(pair[0], stage="evaluation")) == ["cost_mean"]
    assert list(figures.curves(pair[0], ["rate"])) == ["rate"]


def test_episodes_with_a_violation_are_crosses(pair):
    ax = figures.returns_and_costs(pair, cost_limit=0.5)
    kept, violated = ax.collections[:2]
    np.testing.assert_array_equal(kept.get_offsets(), [[0, 0], [2, 0]])
    np.testing.assert_array_equal(violated.get_offsets(), [[1, 1], [3, 1]])
    assert kept.get_label() == "one: 50.0% without violation" and ax.lines[0].get_ydata()[0] == 0.5


def test_a_comparison_shows_intervals_and_profiles(tmp_path):
    (tmp_path / "comparison.json").write_text(json.dumps(COMPARISON))
    comparison = saferl.load_comparison(tmp_path)
    ax = figures.compare(comparison)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["fisor", "bc"]
    np.testing.assert_array_equal(ax.lines[0].get_xydata(), [[2.5, 1], [5.5, 0]])
    assert len(figures.compare(comparison, "cost.mean").lines) == 2
    with pytest.raises(ValueError, match="no figure within_limit with an interval; there are return.iqm, cost.mean"):
        figures.compare(comparison, "within_limit")
    assert [line.get_label() for line in figures.profiles(comparison).lines] == ["fisor", "bc"]


def test_faults_are_drawn_by_the_order_of_their_levels(run):
    part = {"levels": [0, 8], "return_mean": [2, 1], "cost_mean": [0, 3], "violated": [0, 0.5],
            "violated_upper_bound": [0.1, 0.9]}
    run.write("assess/report.json", {"format": 1, "robustness": {"delay": part, "stuck": part}})
    assessment = saferl.Run(run.path).assessment()
    (line,) = figures.robustness(assessment, "cost_mean").lines
    np.testing.assert_array_equal(line.get_xydata(), [[0, 0], [1, 3]])
    with pytest.raises(ValueError, match="no figure cost; there are return_mean"):
        figures.robustness(assessment, "cost")
    run.write("assess/report.json", {"format": 1})
    with pytest.raises(ValueError, match="has no section about faults"):
        figures.robustness(saferl.Run(run.path).assessment())


def test_weights_of_the_largest_tensors_are_drawn(pair):
    ax = figures.weights(pair[0])
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["policy.weights.l0.weight"]


def test_two_runs_of_one_name_are_told_apart(make):
    found = []
    for name in ("a/run", "b/run"):
        writer = make(name)
        writer.metrics('{"step":1,"stage":"a","x":1}')
        found.append(saferl.Run(writer.path))
    assert [line.get_label() for line in figures.curve(found, "x").lines] == ["run", str(found[1].path)]


def test_matplotlib_is_imported_only_for_figures():
    code = (
        "import sys; sys.modules['matplotlib'] = None; import saferl\n"
        "try: saferl.figures\nexcept ImportError as error: print(error)")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("saferl.figures needs matplotlib: pip install")
    with pytest.raises(AttributeError, match="module 'saferl' has no attribute 'figure'"):
        saferl.figure
