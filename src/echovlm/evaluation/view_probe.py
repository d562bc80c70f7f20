"""View classification from frozen embeddings: a linear probe on all labels of the training split, and on few."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Float, Int
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from echovlm.dataset import ClipRow
from echovlm.evaluation.evidence import Evidence
from echovlm.evaluation.needs import DataName, Need
from echovlm.evaluation.results import Sample
from echovlm.evaluation.task import TaskScore
from echovlm.evaluation.view_choice import ShownViews

_STRENGTH: Final = 1.0  # of the penalty, scikit-learn's own; not tuned
_MOST_STEPS: Final = 200


@dataclass(frozen=True, slots=True)
class ProbeTask:
    """Name the view of a B-mode clip by logistic regression on the frozen embeddings of training clips.

    With few labels the training clips are drawn several times, at least one of each view, and the accuracies are
    averaged over the draws: one draw of so few clips says little.

    Attributes:
        name: Unique.
        label_share: Part of the training split's labels that is used.
        draws: How many times they are drawn.
        source: Where the task comes from.
        data: The datasets that have its truth.
    """

    name: str
    label_share: float
    draws: int
    source: str
    data: tuple[DataName, ...]
    needs: frozenset[Need] = frozenset({Need.CLIPS, Need.LEARNING_CLIPS})
    headline: str = "balanced-accuracy"

    def sentences(self, rows: Sequence[ClipRow]) -> Iterable[str]:
        """Return none: nothing is asked in words."""
        return ()

    def score(self, evidence: Evidence) -> TaskScore:
        """Learn on the training split, score on the evaluated one."""
        assert evidence.clips is not None, "this task needs clips"
        shown = ShownViews.of(evidence.clips)
        reason = shown.reason or _why_not(evidence, shown)
        if reason:
            sample: Sample = shown.sample(self.name)
            return TaskScore((sample.missing(reason, metric="balanced-accuracy"),))
        assert evidence.learning is not None, "or there is a reason"
        assert evidence.learning.clip_unit is not None, "likewise"
        assert evidence.clips.clip_unit is not None, "likewise"
        learnt = ShownViews.of(evidence.learning, among=shown.views)
        train, test = evidence.learning.clip_unit[learnt.chosen], evidence.clips.clip_unit[shown.chosen]
        said = [
            _probe(train[some], learnt.truth[some], test)
            for some in _draws(learnt.truth, share=self.label_share, draws=self.draws)
        ]
        each = [shown.answers(self.name, one) for one in said]
        averaged = {
            name: np.mean([one.values[name] for one in each], axis=0) if name in ("hit", "near") else column
            for name, column in each[0].values.items()
        }
        answers = type(each[0])(
            self.name, "image", "", each[0].sample_ids, each[0].patient_ids, averaged, each[0].metrics
        )
        return TaskScore((*answers.score(evidence.resamples), shown.chance(self.name)), (answers,))


def _why_not(evidence: Evidence, shown: ShownViews) -> str:
    """Return why a probe cannot be learnt; empty when it can."""
    if evidence.clips is None or evidence.clips.clip_unit is None:
        return f"{evidence.model.name} gives no embeddings to learn on"
    if evidence.learning is None:
        return "a probe learns on the training split, which is empty or is the one evaluated"
    seen = {row.view for row in ShownViews.of(evidence.learning).rows}
    missing = [view.abbreviation for view in shown.views if view not in seen]
    return f"no training clip shows {', '.join(missing)}" if missing else ""


def _draws(truth: Int[np.ndarray, "clip"], *, share: float, draws: int) -> list[Int[np.ndarray, "some"]]:
    """Return the places of the drawn clips: of each view its share, rounded up."""
    if share >= 1:
        return [np.arange(len(truth))]
    drawn = []
    for seed in range(draws):
        rng = np.random.default_rng(seed)
        places = [np.flatnonzero(truth == view) for view in np.unique(truth)]
        some = [rng.permutation(of_view)[: math.ceil(share * len(of_view))] for of_view in places]
        drawn.append(np.sort(np.concatenate(some)))
    return drawn


def _probe(
    train: Float[np.ndarray, "clip dim"], truth: Int[np.ndarray, "clip"], test: Float[np.ndarray, "test dim"]
) -> Int[np.ndarray, "test"]:
    scale = StandardScaler().fit(train)
    classifier = LogisticRegression(C=_STRENGTH, max_iter=_MOST_STEPS).fit(scale.transform(train), truth)
    return np.asarray(classifier.predict(scale.transform(test)), dtype=np.int64)
