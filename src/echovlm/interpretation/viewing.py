"""Which view a clip shows: the model's probabilities, what the file states, and when to say unknown."""

from collections.abc import Mapping
from typing import Final

from echovlm.clinical import Mode, View
from echovlm.interpretation.study import ViewReading
from echovlm.interpretation.wording import format_percent

LEAST_VIEW_PROB: Final = 0.5  # below it no measurement rests on the view


def choose_view(
    prob: Mapping[View, float], *, stated: View | None, mode: Mode | None, knows_mode: bool = False
) -> ViewReading:
    """Return the view to work with, or an unknown one with the reason.

    The view is unknown when its probability is low, when the file states another one, or when the clip is of a
    mode that the model has not learnt.

    Args:
        prob: Probability of each view that the model knows, two or more.
        stated: The view that the file states.
        mode: The imaging mode, if known.
        knows_mode: Whether the model has learnt clips of that mode; B-mode it always knows.
    """
    (candidate, best), (runner_up, second) = sorted(prob.items(), key=lambda item: -item[1])[:2]
    reason = ""
    if mode not in (None, Mode.B) and not knows_mode:
        words = _MODE_WORDS.get(mode, mode.value) if mode else ""
        reason = f"The clip is {words}, which the model has not learnt."
    elif best < LEAST_VIEW_PROB:
        reason = f"No view reaches {format_percent(LEAST_VIEW_PROB)}, so none is used{_name_window(prob)}."
    elif stated is not None and stated is not candidate:
        reason = f"The file states {stated.abbreviation}; they disagree, so neither is used."
    view = None if reason else candidate
    if view is not None and stated is view:
        reason = "The file states the same view."
    return ViewReading(view, candidate, best, runner_up, second, stated, reason)


def _name_window(prob: Mapping[View, float]) -> str:
    """Return what the views of one window make together, where that is likely: a torn answer still says it."""
    sums: dict[str, float] = {}
    for view, share in prob.items():
        sums[view.window] = sums.get(view.window, 0.0) + share
    window, together = max(sums.items(), key=lambda item: item[1])
    return f"; {window} views together have {format_percent(together)}" if together >= LEAST_VIEW_PROB else ""


_MODE_WORDS: Final = {
    Mode.COLOR: "colour Doppler",
    Mode.M: "M-mode",
    Mode.PW: "pulsed-wave Doppler",
    Mode.CW: "continuous-wave Doppler",
    Mode.TDI: "tissue Doppler",
}
