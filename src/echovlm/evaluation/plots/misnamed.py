"""Clips whose view was misnamed: a picture of each confusion, the most frequent first."""

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure

from echovlm.clinical.views import View
from echovlm.evaluation.answers import Answers
from echovlm.evaluation.gallery import ClipPictures

_COLUMNS, _MOST = 4, 12


@dataclass(frozen=True, slots=True)
class Confusion:
    """Clips of one view that were all named as one other.

    Attributes:
        true: What they show.
        said: What they were named.
        clip_ids: The clips, each patient's first one before any second.
    """

    true: View
    said: View
    clip_ids: tuple[str, ...]


def find_confusions(one: Answers) -> list[Confusion]:
    """Return what was taken for what, the most frequent first.

    Args:
        one: Answers of a view task.
    """
    order = tuple(View)
    clips: dict[tuple[View, View], list[tuple[int, str]]] = {}
    seen: dict[tuple[View, View, str], int] = {}
    pairs = zip(one.values["label"].astype(int), one.values["choice"].astype(int), strict=True)
    for (label, choice), clip_id, patient_id in zip(pairs, one.sample_ids, one.patient_ids, strict=True):
        if label != choice:
            pair = order[label], order[choice]
            turn = seen[*pair, patient_id] = seen.get((*pair, patient_id), 0) + 1
            clips.setdefault(pair, []).append((turn, clip_id))
    found = [Confusion(*pair, tuple(clip for _, clip in sorted(some))) for pair, some in clips.items()]
    return sorted(
        found, key=lambda each: (-len(each.clip_ids), order.index(each.true), order.index(each.said))
    )


def draw_misnamed(answers: Sequence[Answers], task: str, pictures: ClipPictures) -> Figure | None:
    """Draw misnamed clips of a view task: one of every confusion, then a second one of each, and so on.

    ``None`` when there are no answers to the task, or every clip was named rightly.
    """
    one = next((a for a in answers if a.task == task and not a.variant and "choice" in a.values), None)
    confusions = [] if one is None else find_confusions(one)
    if not confusions:
        return None
    turns = range(max(len(each.clip_ids) for each in confusions))
    shown = [(each, turn) for turn in turns for each in confusions if turn < len(each.clip_ids)][:_MOST]
    rows = -(-len(shown) // _COLUMNS)
    figure = Figure(figsize=(2.5 * _COLUMNS, 2.6 * rows + 0.5), layout="constrained", facecolor="white")
    panels = figure.subplots(rows, _COLUMNS, squeeze=False).ravel()
    for panel in panels:
        panel.set_axis_off()
    for panel, (each, turn) in zip(panels, shown, strict=False):
        panel.imshow(pictures.read(each.clip_ids[turn]), cmap="gray", vmin=0, vmax=255)
        words = f"{each.true.abbreviation} named {each.said.abbreviation}"
        panel.set_title(f"{words}\n{turn + 1} of {len(each.clip_ids)}", fontsize=8)
    n_wrong = sum(len(each.clip_ids) for each in confusions)
    n_all = 0 if one is None else len(one.sample_ids)
    figure.suptitle(f"{task}: {n_wrong} of {n_all} clips misnamed, {len(confusions)} confusions", fontsize=10)
    return figure
