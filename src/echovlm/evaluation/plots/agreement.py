"""Two readers of one length: the difference over the mean (Bland and Altman 1986)."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from echovlm.evaluation.answers import Answers
from echovlm.evaluation.plots.colours import BLUE, GREY, ORANGE


def draw_agreement(answers: Sequence[Answers]) -> Figure | None:
    """Draw one panel per measurement, with bias and 95 % limits of agreement."""
    measured = [one for one in answers if "said_cm" in one.values]
    if not measured:
        return None
    figure = Figure(figsize=(3.6 * len(measured), 3.4), layout="constrained")
    for panel, one in zip(figure.subplots(1, len(measured), squeeze=False)[0], measured, strict=True):
        _panel(panel, one)
    figure.supylabel("model − truth (cm)", fontsize=9)
    return figure


def _panel(panel: Axes, one: Answers) -> None:
    difference = one.values["said_cm"] - one.values["true_cm"]
    mean = (one.values["said_cm"] + one.values["true_cm"]) / 2
    panel.axhline(0, color=GREY, linewidth=0.8)
    panel.scatter(mean, difference, s=14, color=BLUE, alpha=0.6, linewidths=0)
    bias = float(difference.mean())
    spread = float(difference.std(ddof=1)) if len(difference) > 1 else 0.0
    for level, style in ((bias, "-"), (bias - 1.96 * spread, "--"), (bias + 1.96 * spread, "--")):
        panel.axhline(level, color=ORANGE, linewidth=1.1, linestyle=style)
        text = f"{level:+.2f}".replace("-", "−")
        panel.text(
            0.99, level, text, transform=panel.get_yaxis_transform(), ha="right", va="bottom", fontsize=7
        )
    reach = max(float(np.abs(difference).max()), abs(bias) + 1.96 * spread, 0.1) * 1.15
    panel.set_ylim(-reach, reach)
    panel.set_xlabel("mean of model and truth (cm)", fontsize=8)
    panel.set_title(
        f"{one.task.partition('/')[2]}: off by {np.abs(difference).mean():.2f} cm, n {len(mean)}", fontsize=9
    )
    panel.tick_params(labelsize=7)
    panel.spines[["top", "right"]].set_visible(False)
