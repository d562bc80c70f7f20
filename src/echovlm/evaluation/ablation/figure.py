"""An ablation as a picture: each arm's difference from what it is compared with, and its interval."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from echovlm.evaluation.ablation.result import AblationResult, ArmResult, Tested
from echovlm.evaluation.ablation.scores import METRICS, Metric
from echovlm.files import write_whole

FIGURE_NAME: Final = "ablation.png"
# Okabe and Ito's colours, told apart by colour-blind readers too.
_BETTER, _WORSE, _OPEN, _GREY = "#0072B2", "#D55E00", "#6E6E6E", "#B5B5B5"
_DPI: Final = 120
_SHOWN: Final = ("auroc", "view", "negation", "ef-error")


def draw_figure(result: AblationResult, folder: Path) -> Path:
    """Draw the differences on the dataset's own test patients, one panel per metric."""
    own = result.tested[0]
    arms = [arm for arm in own.arms if arm.against is not None and arm.difference]
    metrics = [m for m in METRICS if m.key in _SHOWN and any(m.key in arm.difference for arm in arms)]
    figure = Figure(figsize=(3.1 * max(len(metrics), 1) + 2.6, 0.29 * len(arms) + 1.7), layout="constrained")
    panels = figure.subplots(1, max(len(metrics), 1), sharey=True, squeeze=False)[0]
    for panel, metric in zip(panels, metrics, strict=False):
        _draw_panel(panel, arms, metric)
    panels[0].set_yticks(range(len(arms)), [f"{arm.name}  −  {arm.against}" for arm in arms], fontsize=8)
    panels[0].set_ylim(len(arms) - 0.4, -0.6)
    _legend(figure, own, simulated=result.simulated)
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=_DPI, metadata={"Software": None})
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / FIGURE_NAME, picture.getvalue())
    return folder / FIGURE_NAME


def _draw_panel(panel: Axes, arms: Sequence[ArmResult], metric: Metric) -> None:
    """Draw one difference per row; a gain lies to the right of zero, also where the metric is an error."""
    sign = 1 if metric.higher_is_better else -1
    for place, arm in enumerate(arms):
        interval = arm.difference.get(metric.key)
        if interval is None:
            continue
        colour = _OPEN
        if interval.excludes_zero:
            colour = _BETTER if sign * interval.value > 0 else _WORSE
        if interval.low is not None and interval.high is not None:
            ends = [sign * interval.low, sign * interval.high]
            panel.plot(ends, [place, place], color=colour, linewidth=2, solid_capstyle="butt")
        panel.plot(
            [sign * one for one in interval.per_seed], [place] * len(interval.per_seed), "|", color=_GREY,
            markersize=7, zorder=1,
        )  # fmt: skip
        panel.plot(sign * interval.value, place, "o", color=colour, markersize=5)
    groups = [arm.group for arm in arms]
    for place in range(1, len(arms)):
        if groups[place] != groups[place - 1]:
            panel.axhline(place - 0.5, color="#E0E0E0", linewidth=0.8)
    panel.axvline(0, color="black", linewidth=0.8)
    panel.set_title(metric.words if sign > 0 else f"{metric.words}: fall", fontsize=8)
    panel.tick_params(axis="x", labelsize=7)
    panel.grid(axis="x", color="#EFEFEF", linewidth=0.6)
    panel.set_axisbelow(True)
    panel.spines[["top", "right"]].set_visible(False)


def _legend(figure: Figure, tested: Tested, *, simulated: bool) -> None:
    handles = [
        Line2D([], [], color=_BETTER, marker="o", linewidth=2, label="better"),
        Line2D([], [], color=_WORSE, marker="o", linewidth=2, label="worse"),
        Line2D([], [], color=_OPEN, marker="o", linewidth=2, label="interval holds zero"),
        Line2D([], [], color=_GREY, marker="|", linestyle="", label="one seed"),
    ]
    figure.legend(handles=handles, loc="outside upper center", ncols=4, frameon=False, fontsize=8)
    note = (
        f"{tested.patients} {'simulated' if simulated else ''} patients; bars: 95 % over seeds and patients"
    )
    figure.supxlabel(note, x=0.99, ha="right", fontsize=7, color=_OPEN)
