"""Pictures of runs with matplotlib: every function draws into axes that are given, or makes them, and returns them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

try:
    import matplotlib.pyplot as plt
    from matplotlib.axes import Axes
except ImportError:
    raise ImportError(
        'saferl.figures needs matplotlib: pip install "./python[figures]", or pip install matplotlib') from None

from .reports import Assessment, Comparison
from .run import Run

Runs = Run | Sequence[Run] | Mapping[str, Run]
"""One run, several, or several by the names that a legend shows."""


def _named(runs: Runs) -> dict[str, Run]:
    if isinstance(runs, Run):
        return {runs.name: runs}
    if isinstance(runs, Mapping):
        return dict(runs)
    named: dict[str, Run] = {}
    for run in runs:
        name = run.name if run.name not in named else str(run.path)
        named[name] = run
    return named


def _axes(ax: Axes | None) -> Axes:
    return plt.subplots(layout="constrained")[1] if ax is None else ax


def smoothed(values: npt.ArrayLike, width: int) -> npt.NDArray[np.float64]:
    """The running mean over `width` values, as long as what is given; ends are continued by themselves.

    NaN counts as missing: a mean of what is there, NaN where nothing is.
    """
    if width < 1:
        raise ValueError(f"a running mean over {width} values")
    numbers = np.asarray(values, dtype=np.float64)
    if numbers.size == 0:
        return numbers
    padded = np.pad(numbers, (width // 2, width - 1 - width // 2), mode="edge")
    return pd.Series(padded).rolling(width, min_periods=1).mean().to_numpy()[width - 1 :]


def curve(
    runs: Runs, metric: str, *, stage: str | None = None, smooth: int = 1, group_by: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """One metric over updates, a line a run.

    Args:
        runs: What is drawn. A run without the metric is left out; without any it is an error.
        metric: Such as `policy_loss`, or with the stage `evaluation` such as `cost_mean`.
        stage: The stage of training; needed where several have the metric.
        smooth: Width of a running mean; beyond 1 what was recorded stays as a faint line.
        group_by: A key of the configuration, such as `algorithm`: a line for each of its values, the mean over runs at the
            updates that all of them have, in a band from the least to the largest.
        ax: Axes to draw into.

    Raises:
        ValueError: No run has the metric, or it belongs to several stages.
        RunError: A file is missing or damaged.
    """
    ax = _axes(ax)
    found: dict[str, pd.Series[float]] = {}
    named = _named(runs)
    for name, run in named.items():
        frame = run.metrics(form="long")
        frame = frame[frame["metric"] == metric]
        if stage is not None:
            frame = frame[frame["stage"] == stage]
        stages = list(frame["stage"].unique())
        if len(stages) > 1:
            raise ValueError(f"{metric} belongs to several stages: {', '.join(stages)}. Name one.")
        if stages:
            # A step that was evaluated twice has the later line.
            found[name] = frame.drop_duplicates("step", keep="last").set_index("step")["value"]
    if not found:
        where = f" in the stage {stage}" if stage is not None else ""
        raise ValueError(f"no run has the metric {metric}{where}")
    if group_by is not None:
        _bands(ax, found, named, group_by, smooth)
    else:
        for name, series in found.items():
            _line(ax, series, name, smooth)
    ax.set(xlabel="updates", ylabel=metric)
    ax.grid(alpha=0.3)
    if len(found) > 1 or group_by is not None:
        ax.legend()
    return ax


def _line(ax: Axes, series: pd.Series[float], label: str, smooth: int) -> None:
    steps, values = series.index.to_numpy(), series.to_numpy()
    (line,) = ax.plot(steps, smoothed(values, smooth), label=label)
    if smooth > 1:
        ax.plot(steps, values, color=line.get_color(), alpha=0.35, linewidth=1, zorder=1)


def _bands(ax: Axes, found: dict[str, pd.Series[float]], runs: dict[str, Run], key: str, smooth: int) -> None:
    groups: dict[str, list[pd.Series[float]]] = {}
    for name, series in found.items():
        settings = runs[name].settings
        if key not in settings:
            raise ValueError(f"{runs[name].path} has no key {key}")
        groups.setdefault(str(settings[key]), []).append(series)
    for label, members in groups.items():
        table = pd.concat(members, axis=1, join="inner").sort_index()
        if table.empty:
            raise ValueError(f"the runs with {key} {label} have no update in common")
        steps, values = table.index.to_numpy(), table.to_numpy(dtype=np.float64)
        (line,) = ax.plot(steps, smoothed(values.mean(axis=1), smooth), label=f"{label} ({len(members)})")
        low, high = (smoothed(end, smooth) for end in (values.min(axis=1), values.max(axis=1)))
        ax.fill_between(steps, low, high, color=line.get_color(), alpha=0.2, linewidth=0)


def curves(
    runs: Runs, metrics: Iterable[str] | None = None, *, stage: str | None = None, smooth: int = 1,
    group_by: str | None = None, columns: int = 3,
) -> dict[str, Axes]:
    """A figure with one plot a metric.

    Args:
        runs: What is drawn.
        metrics: Their names; all of the stage without them.
        stage: The stage of training; the first one of the first run without it.
        smooth: Width of a running mean.
        group_by: As for `curve`.
        columns: Plots side by side.

    Returns:
        The axes by metric.

    Raises:
        ValueError: There is nothing to draw.
        RunError: A file is missing or damaged.
    """
    frames = [run.metrics(form="long") for run in _named(runs).values()]
    table = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=["stage", "metric"])
    if table.empty:
        raise ValueError("no run has a metric")
    stage = str(table["stage"].iloc[0]) if stage is None else stage
    wanted = list(metrics) if metrics is not None else list(table[table["stage"] == stage]["metric"].unique())
    if not wanted:
        raise ValueError(f"no metric in the stage {stage}")
    rows = -(-len(wanted) // columns)
    figure, axes = plt.subplots(
        rows, columns, figsize=(4 * columns, 2.6 * rows), squeeze=False, layout="constrained")
    figure.suptitle(stage or "training")
    drawn: dict[str, Axes] = {}
    for ax, metric in zip(axes.flat, wanted, strict=False):
        curve(runs, metric, stage=stage, smooth=smooth, group_by=group_by, ax=ax)
        ax.set(title=metric, ylabel="")
        if drawn and (legend := ax.get_legend()) is not None:
            legend.remove()
        drawn[metric] = ax
    for ax in axes.flat[len(wanted) :]:
        ax.remove()
    return drawn


def returns_and_costs(
    runs: Runs, *, evaluation: str = "evaluation", cost_limit: float | None = None, ax: Axes | None = None
) -> Axes:
    """Return and cost of every episode: a colour a run, crosses for episodes with a violation.

    Args:
        runs: What is drawn.
        evaluation: Folder of the evaluation relative to each run.
        cost_limit: A line at this cost.
        ax: Axes to draw into.

    Raises:
        ValueError: An evaluation has no episodes.
        RunError: A run has no such evaluation, or its file is damaged.
    """
    ax = _axes(ax)
    for name, run in _named(runs).items():
        episodes = run.episodes(evaluation)
        if not {"return", "cost", "violated"} <= set(episodes):
            raise ValueError(f"{run.path}/{evaluation} has no episodes with return, cost and violated")
        violated = episodes["violated"].to_numpy(dtype=bool)
        shown = ax.scatter(
            episodes["return"][~violated], episodes["cost"][~violated], s=14, alpha=0.7,
            label=f"{name}: {1 - violated.mean():.1%} without violation")
        ax.scatter(
            episodes["return"][violated], episodes["cost"][violated], s=18, alpha=0.7, marker="x",
            color=shown.get_facecolor()[:1], linewidths=1)
    if cost_limit is not None:
        ax.axhline(cost_limit, color="black", linewidth=0.8, linestyle="--")
    ax.set(xlabel="return", ylabel="cost")
    ax.grid(alpha=0.3)
    ax.legend(fontsize="small")
    return ax


def compare(comparison: Comparison, figure: str = "return.iqm", *, ax: Axes | None = None) -> Axes:
    """One figure of a comparison with its interval, a row a method, the first on top.

    Args:
        comparison: Of `saferl compare --out`.
        figure: A column of `Comparison.methods`.
        ax: Axes to draw into.

    Raises:
        ValueError: The comparison does not have the figure.
        RunError: The file is damaged.
    """
    table = comparison.methods()
    if f"{figure}.low" not in table:
        known = [name.removesuffix(".low") for name in map(str, table) if name.endswith(".low")]
        raise ValueError(f"no figure {figure} with an interval; there are {', '.join(known)}")
    ax = _axes(ax)
    places = np.arange(len(table))[::-1]
    values, low, high = (table[name].to_numpy(dtype=np.float64) for name in (figure, f"{figure}.low", f"{figure}.high"))
    ax.hlines(places, low, high, linewidth=3, alpha=0.5)
    ax.plot(values, places, "o")
    ax.set_yticks(places, list(table.index))
    ax.set(xlabel=figure, ylim=(-0.6, len(table) - 0.4))
    if figure.startswith("cost."):
        ax.axvline(1, color="black", linewidth=0.8, linestyle="--")
    ax.grid(alpha=0.3, axis="x")
    return ax


def profiles(comparison: Comparison, *, ax: Axes | None = None) -> Axes:
    """Performance profiles: the share of runs that return more than a threshold.

    Raises:
        RunError: The file is damaged.
    """
    ax = _axes(ax)
    for name, shares in comparison.profile().items():
        ax.step(shares.index.to_numpy(), shares.to_numpy(), where="post", label=str(name))
    ax.set(xlabel="return above", ylabel="share of runs", ylim=(-0.02, 1.02))
    ax.grid(alpha=0.3)
    ax.legend()
    return ax


def robustness(assessment: Assessment, figure: str = "violated", *, ax: Axes | None = None) -> Axes:
    """A figure over the level of each fault; levels have different units, so they are shown by their order.

    Args:
        assessment: Of `saferl assess`.
        figure: `return_mean`, `cost_mean`, `violated` or `violated_upper_bound`.
        ax: Axes to draw into.

    Raises:
        ValueError: There is no such figure, or faults were not assessed.
        RunError: The file is damaged.
    """
    table = assessment.robustness()
    if figure not in table.columns[2:]:
        raise ValueError(f"no figure {figure}; there are {', '.join(table.columns[2:])}")
    if table.empty:
        raise ValueError(f"{assessment.path} has no section about faults")
    ax = _axes(ax)
    # The levels of "stuck" are columns and have no order.
    for number, (fault, rows) in enumerate(table[table["fault"] != "stuck"].groupby("fault")):
        # Ten colours, then the same ones dashed.
        style = "o-" if number < 10 else "s--"
        ax.plot(np.arange(len(rows)), rows[figure].to_numpy(), style, markersize=3, label=str(fault))
    ax.set(xlabel="level, 0 is undisturbed", ylabel=figure)
    ax.locator_params(axis="x", integer=True)
    ax.grid(alpha=0.3)
    ax.legend(fontsize="x-small", ncols=2)
    return ax


def weights(
    run: Run, *, step: int | None = None, role: str = "weights", largest: int = 8, ax: Axes | None = None
) -> Axes:
    """How the numbers of the largest tensors of a checkpoint are spread.

    Args:
        run: What is drawn.
        step: Of the checkpoint; the newest that verifies without it.
        role: `weights`, `target`, `firstMoment` or `secondMoment`.
        largest: So many tensors.
        ax: Axes to draw into.

    Raises:
        ValueError: The checkpoint has no tensor of the role.
        RunError: There is no such checkpoint, or it is damaged.
    """
    tensors = run.tensors(step)
    chosen = {name: tensors[name] for name in tensors if f".{role}." in name and tensors[name].dtype.kind == "f"}
    chosen = {name: values for name, values in chosen.items() if values.size}
    if not chosen:
        raise ValueError(f"no tensor of the role {role}")
    ax = _axes(ax)
    for name, values in sorted(chosen.items(), key=lambda item: -item[1].size)[:largest]:
        ax.hist(values.ravel(), bins=80, histtype="step", density=True, label=name)
    ax.set(xlabel="value", ylabel="density", yscale="log")
    ax.legend(fontsize="x-small")
    return ax
