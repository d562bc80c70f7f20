"""The results as pictures: AUROC and its controls, views confused, diameters compared, masks ranked."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from echovlm.clinical.findings import CORE_FINDINGS
from echovlm.evaluation.diameters import DiameterScore
from echovlm.evaluation.outlines import OutlineScore
from echovlm.evaluation.results import Arm, Result, ResultsFile
from echovlm.evaluation.view_choice import ViewScore
from echovlm.evaluation.zero_shot import MACRO
from echovlm.files import write_whole
from echovlm.measure import structure_mask

# Okabe and Ito's colours, told apart by colour-blind readers too.
_BLUE, _ORANGE, _GREEN, _GREY = "#0072B2", "#D55E00", "#009E73", "#8C8C8C"
_DPI: Final = 130
_LEVELS: Final = (("image", "one clip"), ("study", "whole study"))


def draw_plots(
    results: ResultsFile, drawable: Sequence[ViewScore | OutlineScore | DiameterScore], folder: Path
) -> tuple[Path, ...]:
    """Draw whatever the results allow; of several outlines the one over all views, which comes first."""
    folder.mkdir(parents=True, exist_ok=True)
    figures: dict[str, Figure] = {}
    if results.find(MACRO, "auroc") is not None:
        figures["zero-shot"] = _disease_figure(results)
    for score in drawable:
        if isinstance(score, ViewScore) and score.confusion.sum() > 0:
            figures.setdefault("views", _view_figure(score))
        elif isinstance(score, DiameterScore) and len(score.true_cm) > 0:
            figures.setdefault("lvidd", _diameter_figure(score))
        elif isinstance(score, OutlineScore) and score.frames:
            figures.setdefault("masks", _outline_figure(score))
    paths = []
    for name, figure in figures.items():
        _note_simulation(figure, simulated=results.simulated)
        picture = io.BytesIO()
        figure.savefig(picture, format="png", dpi=_DPI, metadata={"Software": None})
        write_whole(folder / f"{name}.png", picture.getvalue())
        paths.append(folder / f"{name}.png")
    return tuple(paths)


def _note_simulation(figure: Figure, *, simulated: bool) -> None:
    if simulated:
        figure.supxlabel("simulated hearts, not patients", x=0.99, ha="right", fontsize=7, color=_GREY)


def _disease_figure(results: ResultsFile) -> Figure:
    """Draw one row per finding and one for their mean, at image and at study level."""
    names = {f"zero-shot/{finding.key.replace('_', '-')}": finding.words for finding in CORE_FINDINGS}
    tasks = [task for task in names if results.find(task, "auroc") is not None] + [MACRO]
    figure = Figure(figsize=(10.5, 0.42 * len(tasks) + 1.8), layout="constrained")
    panels = figure.subplots(1, 2, sharey=True)
    for panel, (level, words) in zip(panels, _LEVELS, strict=True):
        for place, task in enumerate(tasks):
            _disease_row(panel, place, results, task, level)
        panel.axvline(0.5, color=_GREY, linewidth=1, linestyle="--")
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
        panel.text(0.505, place, reason, fontsize=8, color=_GREY, va="center")
        return
    if model.low is not None and model.high is not None:
        panel.plot([model.low, model.high], [place, place], color=_BLUE, linewidth=2.2, solid_capstyle="butt")
    panel.plot(model.value, place, "o", color=_BLUE, markersize=7)
    for arm, marker, colour in ((Arm.CEILING, "D", _ORANGE), (Arm.VIEW_ONLY, "x", _GREEN)):
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
        Line2D([], [], color=_BLUE, marker="o", linewidth=2.2, label="model, 95 % interval over patients"),
        Line2D([], [], color=_ORANGE, marker="D", linestyle="", label="trained on the labels (ceiling)"),
        Line2D(
            [],
            [],
            color=_GREEN,
            marker="x",
            linestyle="",
            markeredgewidth=1.6,
            label="prompts and view, no image",
        ),
        Line2D([], [], color=_GREY, linestyle="--", linewidth=1, label="chance"),
    ]
    figure.legend(handles=handles, loc="outside upper center", ncols=4, frameon=False, fontsize=9)


def _view_figure(score: ViewScore) -> Figure:
    """Draw true against chosen view: counts, shaded by their share of the true view."""
    labels = [view.abbreviation for view in score.views]
    total = score.confusion.sum(axis=1, keepdims=True)
    share = np.divide(score.confusion, total, out=np.zeros(score.confusion.shape), where=total > 0)
    side = 0.75 * len(labels) + 1.6
    figure = Figure(figsize=(side + 0.6, side), layout="constrained")
    panel = figure.subplots()
    panel.imshow(share, cmap="Blues", vmin=0, vmax=1)
    for true, chosen in np.argwhere(score.confusion > 0):
        colour = "white" if share[true, chosen] > 0.55 else "black"
        text = f"{score.confusion[true, chosen]}\n{share[true, chosen]:.0%}"
        panel.text(chosen, true, text, ha="center", va="center", color=colour, fontsize=9)
    panel.set_xticks(range(len(labels)), labels)
    panel.set_yticks(range(len(labels)), labels)
    panel.set_xlabel("view chosen by prompts")
    panel.set_ylabel("true view")
    right = np.trace(score.confusion) / score.confusion.sum()
    panel.set_title(f"zero-shot view: {right:.1%} of {score.confusion.sum()} clips right", fontsize=10)
    return figure


def _diameter_figure(score: DiameterScore) -> Figure:
    """Draw agreement after Bland and Altman (1986): the difference over the mean of the two values."""
    difference = score.model_cm - score.true_cm
    mean = (score.model_cm + score.true_cm) / 2
    figure = Figure(figsize=(6.4, 4.2), layout="constrained")
    panel = figure.subplots()
    panel.axhline(0, color=_GREY, linewidth=0.8)
    panel.scatter(mean, difference, s=18, color=_BLUE, alpha=0.65, linewidths=0)
    bias = float(difference.mean())
    spread = float(difference.std(ddof=1)) if len(difference) > 1 else 0.0
    for level, style in ((bias, "-"), (bias - 1.96 * spread, "--"), (bias + 1.96 * spread, "--")):
        panel.axhline(level, color=_ORANGE, linewidth=1.2, linestyle=style)
        panel.annotate(
            f"{level:+.2f}".replace("-", "−"), (1, level), xycoords=("axes fraction", "data"), xytext=(4, 0),
            textcoords="offset points", va="center", fontsize=8, color=_ORANGE, annotation_clip=False,
        )  # fmt: skip
    reach = max(float(np.abs(difference).max()), abs(bias) + 1.96 * spread, 0.3) * 1.15
    panel.set_ylim(-reach, reach)
    panel.set_xlabel("LVIDd, mean of model and truth (cm)")
    panel.set_ylabel("model − truth (cm)")
    error = float(np.abs(difference).mean())
    panel.set_title(
        f"LVIDd in {len(mean)} PLAX clips: mean error {error:.2f} cm, bias and 95 % limits", fontsize=10
    )
    panel.spines[["top", "right"]].set_visible(False)
    return figure


def _outline_figure(score: OutlineScore) -> Figure:
    """Draw the best, the median and the worst frame of up to five views, truth and model outlined."""
    by_view: dict[str, list[int]] = {}
    for index, frame in enumerate(score.frames):
        by_view.setdefault(frame.row.view.abbreviation, []).append(index)
    views = sorted(by_view)[:5]
    figure = Figure(figsize=(2.3 * len(views) + 0.4, 7.6), layout="constrained", facecolor="white")
    panels = figure.subplots(3, len(views), squeeze=False)
    for column, view in enumerate(views):
        order = sorted(by_view[view], key=lambda index: -score.dices[index])
        for row, (place, words) in enumerate(((0, "best"), (len(order) // 2, "median"), (-1, "worst"))):
            _outline_panel(panels[row, column], score, order[place], f"{view}, {words}")
    handles = [
        Line2D([], [], color=_ORANGE, linewidth=1.6, label="truth"),
        Line2D([], [], color="#56B4E9", linewidth=1.6, label="model"),
    ]
    figure.legend(handles=handles, loc="outside upper center", ncols=2, frameon=False, fontsize=9)
    return figure


def _outline_panel(panel: Axes, score: OutlineScore, index: int, words: str) -> None:
    frame = score.frames[index]
    panel.imshow(frame.image, cmap="gray", vmin=0, vmax=255)
    assert frame.true_mask is not None, "only frames with a truth are scored"
    for labels, colour in ((frame.true_mask, _ORANGE), (frame.mask, "#56B4E9")):
        mask = structure_mask(labels, score.structure)
        if mask.any():
            panel.contour(mask.astype(float), levels=[0.5], colors=[colour], linewidths=1.3)
    phase = "ED" if frame.frame_index == frame.row.ed_frame_index else "ES"
    panel.set_title(f"{words} ({phase}): {score.dices[index]:.3f}", fontsize=9)
    panel.set_xticks([])
    panel.set_yticks([])
