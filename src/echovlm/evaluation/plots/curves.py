"""What lies behind an AUROC: ROC curves, reliability, and the risk that is left without the least sure."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from sklearn.metrics import roc_curve

from echovlm.evaluation.answers import Answers
from echovlm.evaluation.plots.colours import BLUE, GREY, ORANGE
from echovlm.evaluation.statistics.calibration import reliability
from echovlm.evaluation.statistics.selective import risk_coverage

_COLUMNS = 6
_SIDE = 1.9  # inches of one panel


def draw_roc(answers: Sequence[Answers]) -> Figure | None:
    """Draw one small ROC curve per finding, of studies, with the operating point that validation chose."""
    plain = _of_studies(answers, "auroc")
    if not plain:
        return None
    figure, panels = _grid(len(plain))
    for panel, one in zip(panels, plain, strict=True):
        false, true, _ = roc_curve(one.label(), one.values["score"])
        panel.plot([0, 1], [0, 1], color=GREY, linewidth=0.8, linestyle="--")
        panel.plot(false, true, color=BLUE, linewidth=1.6)
        chosen = _said(answers, one.task)
        if chosen is not None:
            sick, said = chosen.label(), chosen.values["said"]
            panel.plot(said[~sick].mean(), said[sick].mean(), "o", color=ORANGE, markersize=5)
        _name(panel, one.task)
    figure.supxlabel("1 - specificity", fontsize=9)
    figure.supylabel("sensitivity", fontsize=9)
    return figure


def draw_reliability(answers: Sequence[Answers]) -> Figure | None:
    """Draw predicted against observed per finding: as the model has it in grey, recalibrated in blue."""
    plain = [one for one in answers if "prob" in one.values and "brier" in one.metrics]
    tasks = list(dict.fromkeys(one.task for one in plain))
    if not tasks:
        return None
    figure, panels = _grid(len(tasks))
    for panel, task in zip(panels, tasks, strict=True):
        panel.plot([0, 1], [0, 1], color=GREY, linewidth=0.8, linestyle="--")
        for one in (one for one in plain if one.task == task):
            curve = reliability(one.values["prob"], one.label())
            colour = GREY if one.variant else BLUE
            panel.plot(curve.predicted_prob, curve.observed_frac, color=colour, linewidth=1.2)
            panel.scatter(
                curve.predicted_prob,
                curve.observed_frac,
                s=4 + 40 * curve.n / curve.n.max(),
                color=colour,
                linewidths=0,
            )
        _name(panel, task)
    figure.supxlabel("predicted probability", fontsize=9)
    figure.supylabel("share that has the finding", fontsize=9)
    return figure


def draw_selective(answers: Sequence[Answers]) -> Figure | None:
    """Draw the share of wrong answers among the surest, per finding, at the chosen operating points."""
    decided = [one for one in answers if "said" in one.values]
    if not decided:
        return None
    figure, panels = _grid(len(decided))
    for panel, one in zip(panels, decided, strict=True):
        score, said = one.values["score"], one.values["said"]
        limit = (
            (score[said > 0].min() + score[said < 1].max()) / 2
            if 0 < said.mean() < 1
            else float(np.median(score))
        )
        curve = risk_coverage(np.abs(score - limit), (said == one.values["label"]).astype(float))
        panel.plot(curve.coverage_frac, curve.risk_frac, color=BLUE, linewidth=1.4)
        panel.set_ylim(0, max(0.3, float(curve.risk_frac.max()) * 1.1))
        _name(panel, one.task)
    figure.supxlabel("share of studies answered, the surest first", fontsize=9)
    figure.supylabel("share of wrong answers", fontsize=9)
    return figure


def _of_studies(answers: Sequence[Answers], metric: str) -> list[Answers]:
    return [one for one in answers if one.level == "study" and not one.variant and metric in one.metrics]


def _said(answers: Sequence[Answers], task: str) -> Answers | None:
    return next((one for one in answers if one.task == task and "said" in one.values), None)


def _grid(n_panels: int) -> tuple[Figure, list[Axes]]:
    columns = min(_COLUMNS, n_panels)
    rows = -(-n_panels // columns)
    figure = Figure(figsize=(_SIDE * columns + 0.6, (_SIDE + 0.25) * rows + 0.5), layout="constrained")
    panels = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True).ravel().tolist()
    for unused in panels[n_panels:]:
        unused.set_visible(False)
    return figure, panels[:n_panels]


def _name(panel: Axes, task: str) -> None:
    panel.set_title(task.partition("/")[2], fontsize=8)
    panel.tick_params(labelsize=7)
    panel.spines[["top", "right"]].set_visible(False)
