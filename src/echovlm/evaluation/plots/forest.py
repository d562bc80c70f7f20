"""AUROC of every finding with its interval and its controls, one row each."""

from collections.abc import Sequence
from typing import Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from echovlm.evaluation.plots.colours import BLUE, GREEN, GREY, ORANGE
from echovlm.evaluation.results import Arm, Result, ResultsFile
from echovlm.evaluation.tasks import SUPPLEMENTARY, TASKS
from echovlm.evaluation.zero_shot import MACRO, ZeroShotTask

_LEVELS: Final = (("image", "one clip"), ("study", "whole study"))


def draw_forest(results: ResultsFile) -> Figure:
    """Draw one row per finding and one for their mean, at image and at study level."""
    names = {t.name: t.disease.words for t in (*TASKS, *SUPPLEMENTARY) if isinstance(t, ZeroShotTask)}
    tasks = [task for task in names if (found := results.find(task, "auroc")) and found.value is not None] + [
        MACRO
    ]
    figure = Figure(figsize=(10.5, 0.42 * len(tasks) + 1.8), layout="constrained")
    panels = figure.subplots(1, 2, sharey=True)
    for panel, (level, words) in zip(panels, _LEVELS, strict=True):
        for place, task in enumerate(tasks):
            _disease_row(panel, place, results, task, level)
        panel.axvline(0.5, color=GREY, linewidth=1, linestyle="--")
        panel.axhline(len(tasks) - 1.5, color="black", linewidth=0.6)
        panel.set_title(f"{words}", fontsize=10)
        panel.set_xlabel("AUROC, zero-shot")
        panel.set_xlim(_lowest(results, tasks), 1.02)
        panel.grid(axis="x", color="#E6E6E6", linewidth=0.6)
        panel.set_axisbelow(True)
        panel.spines[["top", "right"]].set_visible(False)
    panels[0].set_yticks(range(len(tasks)), [names.get(task, "mean over findings") for task in tasks])
    panels[0].set_ylim(len(tasks) - 0.4, -0.6)
    _disease_legend(figure)
    return figure


def _disease_row(panel: Axes, place: int, results: ResultsFile, task: str, level: str) -> None:
    model = results.find(task, "auroc", level=level)
    if model is None or model.value is None:
        reason = "one class only" if model is not None and model.n else "no clip"
        panel.text(0.505, place, reason, fontsize=8, color=GREY, va="center")
        return
    if model.low is not None and model.high is not None:
        panel.plot([model.low, model.high], [place, place], color=BLUE, linewidth=2.2, solid_capstyle="butt")
    panel.plot(model.value, place, "o", color=BLUE, markersize=7)
    for arm, marker, colour in ((Arm.CEILING, "D", ORANGE), (Arm.VIEW_ONLY, "x", GREEN)):
        control = results.find(task, "auroc", level=level, arm=arm)
        if control is not None and control.value is not None:
            panel.plot(
                control.value, place, marker, color=colour, markersize=6, markeredgewidth=1.6, zorder=1
            )


def _lowest(results: ResultsFile, tasks: Sequence[str]) -> float:
    """Return where the axis begins: below everything drawn, and never above 0.4."""
    drawn: list[Result | None] = [
        results.find(task, "auroc", level=level, arm=arm)
        for task in tasks
        for level, _ in _LEVELS
        for arm in (Arm.MODEL, Arm.CEILING, Arm.VIEW_ONLY)
    ]
    ends = [end for r in drawn if r is not None for end in (r.low, r.value) if end is not None]
    return max(0.0, min([0.42, *ends]) - 0.02)


def _disease_legend(figure: Figure) -> None:
    handles = [
        Line2D([], [], color=BLUE, marker="o", linewidth=2.2, label="model, 95 % interval over patients"),
        Line2D([], [], color=ORANGE, marker="D", linestyle="", label="trained on the labels (ceiling)"),
        Line2D(
            [],
            [],
            color=GREEN,
            marker="x",
            linestyle="",
            markeredgewidth=1.6,
            label="prompts and view, no image",
        ),
        Line2D([], [], color=GREY, linestyle="--", linewidth=1, label="chance"),
    ]
    figure.legend(handles=handles, loc="outside upper center", ncols=4, frameon=False, fontsize=9)
