"""True against chosen view: counts, shaded by their share, with the cells of adjacent views framed."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from echovlm.clinical.views import View
from echovlm.evaluation.answers import Answers
from echovlm.evaluation.plots.colours import ORANGE
from echovlm.evaluation.view_choice import ADJACENT


def draw_confusion(answers: Sequence[Answers], task: str) -> Figure | None:
    """Draw the confusion matrix of a view task."""
    one = next(
        (one for one in answers if one.task == task and not one.variant and "choice" in one.values), None
    )
    if one is None:
        return None
    order = list(View)
    truth, choice = (one.values[name].astype(int) for name in ("label", "choice"))
    shown = sorted({*truth.tolist(), *choice.tolist()})
    place = {index: at for at, index in enumerate(shown)}
    count = np.zeros((len(shown), len(shown)), dtype=int)
    np.add.at(count, ([place[i] for i in truth.tolist()], [place[i] for i in choice.tolist()]), 1)
    total = count.sum(axis=1, keepdims=True)
    share = np.divide(count, total, out=np.zeros(count.shape), where=total > 0)
    side = 0.55 * len(shown) + 1.8
    figure = Figure(figsize=(side + 0.4, side), layout="constrained")
    panel = figure.subplots()
    panel.imshow(share, cmap="Blues", vmin=0, vmax=1)
    for true, chosen in np.argwhere(count > 0):
        colour = "white" if share[true, chosen] > 0.55 else "black"
        panel.text(chosen, true, f"{count[true, chosen]}", ha="center", va="center", color=colour, fontsize=8)
    for a, first in enumerate(shown):
        for b, second in enumerate(shown):
            if frozenset((order[first], order[second])) in ADJACENT:
                panel.add_patch(
                    Rectangle((b - 0.5, a - 0.5), 1, 1, fill=False, edgecolor=ORANGE, linewidth=1)
                )
    labels = [order[index].abbreviation for index in shown]
    panel.set_xticks(range(len(labels)), labels, rotation=45, ha="right", fontsize=8)
    panel.set_yticks(range(len(labels)), labels, fontsize=8)
    panel.set_xlabel("chosen view")
    panel.set_ylabel("true view")
    panel.set_title(f"{task}: {one.values['hit'].mean():.1%} of {len(truth)} clips right", fontsize=10)
    return figure
