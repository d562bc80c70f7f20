"""View classification by prompts: balanced accuracy, and who is taken for whom."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Float, Int
from sklearn.linear_model import RidgeClassifier
from sklearn.model_selection import GroupKFold

from echovlm.clinical.statements import view_sentences
from echovlm.clinical.views import Mode, View
from echovlm.dataset import ClipRow
from echovlm.evaluation.answers import Answers
from echovlm.evaluation.clips import EncodedClips
from echovlm.evaluation.evidence import Evidence
from echovlm.evaluation.needs import DataName, Need
from echovlm.evaluation.results import Arm, Sample, Scored
from echovlm.evaluation.sentences import SentenceBank
from echovlm.evaluation.task import TaskScore

_FOLDS: Final = 5
_RIDGE: Final = 0.1  # on unit vectors; solved in closed form

# Planes that one small turn or tilt of the probe parts (ASE 2019, section II): taking one for the other is the mistake
# of a beginner, taking a parasternal for an apical one is not.
ADJACENT: Final = frozenset(
    frozenset(pair)
    for pair in (
        (View.PLAX, View.RV_INFLOW),
        (View.PSAX_AV, View.PSAX_MV),
        (View.PSAX_MV, View.PSAX_PM),
        (View.PSAX_PM, View.PSAX_AP),
        (View.A4C, View.A5C),
        (View.A4C, View.A2C),
        (View.A2C, View.A3C),
        (View.SC_4C, View.SC_IVC),
    )
)


@dataclass(frozen=True, slots=True)
class ViewTask:
    """Name the view of a B-mode clip by prompts alone, among the views that the split shows.

    Attributes:
        name: Unique.
        source: Where the task comes from.
        data: The datasets that have its truth.
    """

    name: str
    source: str
    data: tuple[DataName, ...]
    needs: frozenset[Need] = frozenset({Need.CLIPS})
    headline: str = "balanced-accuracy"

    def sentences(self, rows: Sequence[ClipRow]) -> Iterable[str]:
        """Return the prompts of every view, seen in training and not."""
        return {s for view in View for unseen in (False, True) for s in view_sentences(view, held_out=unseen)}

    def score(self, evidence: Evidence) -> TaskScore:
        """Score the choice of the view."""
        assert evidence.clips is not None, "this task needs clips"
        shown = ShownViews.of(evidence.clips)
        if shown.reason:
            return TaskScore((shown.sample(self.name).missing(shown.reason, metric="balanced-accuracy"),))
        said = {"": _choose(evidence.clips, evidence.bank, shown, unseen=False)}
        if said[""] is None:
            reason = f"{evidence.model.name} takes no sentences and names no view itself"
            return TaskScore((shown.sample(self.name).missing(reason, metric="balanced-accuracy"),))
        said["unseen-prompts"] = _choose(evidence.clips, evidence.bank, shown, unseen=True)
        answers = [shown.answers(self.name, one, variant=v) for v, one in said.items() if one is not None]
        rows = [row for one in answers for row in one.score(evidence.resamples)]
        rows.append(shown.chance(self.name))
        if evidence.clips.clip_unit is not None:
            probe = _probe(evidence.clips.clip_unit[shown.chosen], shown)
            if probe is not None:
                rows += shown.answers(self.name, probe).score(evidence.resamples, arm=Arm.CEILING)
        return TaskScore(tuple(rows), tuple(answers))


@dataclass(frozen=True, slots=True, eq=False)
class ShownViews:
    """The B-mode clips of a split, by view.

    Attributes:
        chosen: Their places in the split.
        rows: The clips.
        views: The views that occur, in the order of ``View``: the candidates.
        truth: Place of each clip's view among the candidates.
    """

    chosen: Int[np.ndarray, "clip"]
    rows: tuple[ClipRow, ...]
    views: tuple[View, ...]
    truth: Int[np.ndarray, "clip"]

    @classmethod
    def of(cls, clips: EncodedClips, *, among: Sequence[View] = ()) -> "ShownViews":
        """Choose the B-mode clips, or those that show one of some views."""
        chosen = [
            i
            for i, row in enumerate(clips.rows)
            if (row.mode or Mode.B) is Mode.B and (not among or row.view in among)
        ]
        rows = tuple(clips.rows[i] for i in chosen)
        views = tuple(among) or tuple(view for view in View if any(row.view is view for row in rows))
        return cls(
            np.array(chosen, np.int64), rows, views, np.array([views.index(r.view) for r in rows], np.int64)
        )

    @property
    def reason(self) -> str:
        """Why there is nothing to choose; empty when there is."""
        return (
            ""
            if len(self.views) > 1
            else f"a choice needs two views; the split shows {len(self.views)} in B-mode"
        )

    def sample(self, task: str) -> Sample:
        """Return what is scored."""
        return Sample(task, "image", len(self.rows), len({row.patient_id for row in self.rows}))

    def chance(self, task: str) -> Scored:
        """Return the balanced accuracy of a guess."""
        return self.sample(task).exact(
            1 / len(np.unique(self.truth)), metric="balanced-accuracy", arm=Arm.CHANCE
        )

    def answers(self, task: str, said: Int[np.ndarray, "clip"], *, variant: str = "") -> Answers:
        """Return chosen views as answers; labels are places in ``View``."""
        order = [list(View).index(view) for view in self.views]
        label, choice = np.array(order)[self.truth], np.array(order)[said]
        hit = (said == self.truth).astype(np.float64)
        near = np.array(
            [
                float(a == b or frozenset((self.views[a], self.views[b])) in ADJACENT)
                for a, b in zip(self.truth, said, strict=True)
            ]
        )
        values = {
            "label": label.astype(np.float64),
            "choice": choice.astype(np.float64),
            "hit": hit,
            "near": near,
        }
        return Answers(
            task, "image", variant, tuple(row.clip_id for row in self.rows),
            tuple(row.patient_id for row in self.rows), values,
            ("balanced-accuracy", "accuracy", "accuracy-or-adjacent"),
        )  # fmt: skip


def _choose(
    clips: EncodedClips, bank: SentenceBank | None, shown: ShownViews, *, unseen: bool
) -> Int[np.ndarray, "clip"] | None:
    """Return the place of the best view: by prompts, or by the model's own scores without them."""
    if bank is not None and clips.clip_unit is not None:
        prompts = [bank.direction(view_sentences(view, held_out=unseen)) for view in shown.views]
        return np.asarray((clips.clip_unit[shown.chosen] @ np.stack(prompts).T).argmax(axis=1))
    if unseen or not clips.view_score:
        return None
    floor = np.full(len(clips.rows), -np.inf)  # of a view that the model does not know
    scores = np.stack([clips.view_score.get(view, floor)[shown.chosen] for view in shown.views], axis=1)
    return np.asarray(scores.argmax(axis=1))


def _probe(unit: Float[np.ndarray, "clip dim"], shown: ShownViews) -> Int[np.ndarray, "clip"] | None:
    """Return the view by ridge regression on the frozen embeddings, learnt on the other folds' patients.

    ``None`` when there are too few patients, or a fold would leave a single view to learn from.
    """
    patients = [row.patient_id for row in shown.rows]
    n_folds = min(_FOLDS, len(set(patients)))
    if n_folds < 2:
        return None
    answer = np.empty_like(shown.truth)
    for learn, test in GroupKFold(n_folds).split(unit, shown.truth, patients):
        if len(np.unique(shown.truth[learn])) < 2:
            return None
        classifier = RidgeClassifier(alpha=_RIDGE).fit(unit[learn], shown.truth[learn])
        answer[test] = classifier.predict(unit[test])
    return answer
