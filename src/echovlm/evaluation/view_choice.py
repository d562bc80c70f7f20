"""How zero-shot view classification is scored, and who is taken for whom."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int
from sklearn.linear_model import RidgeClassifier
from sklearn.model_selection import GroupKFold

from echovlm.clinical.views import View
from echovlm.evaluation.bootstrap import PatientResamples
from echovlm.evaluation.clips import EncodedClips
from echovlm.evaluation.metrics import balanced_accuracy, weighted_mean
from echovlm.evaluation.results import Arm, Sample, Scored
from echovlm.evaluation.sentences import SentenceBank
from echovlm.evaluation.task import ViewTask

_FOLDS = 5
_RIDGE = 0.1  # on unit vectors; solved in closed form


@dataclass(frozen=True, slots=True, eq=False)
class ViewScore:
    """The figures, with the confusion matrix behind them.

    Attributes:
        rows: The figures.
        views: The candidates.
        confusion: Clips by true and by chosen view; empty without clips.
    """

    rows: tuple[Scored, ...]
    views: tuple[View, ...]
    confusion: Int[np.ndarray, "view view"]


def score_views(
    task: ViewTask, clips: EncodedClips, bank: SentenceBank, resamples: PatientResamples
) -> ViewScore:
    """Score the choice of the view among the candidates, over clips that show one of them."""
    views = task.views
    chosen = np.flatnonzero(clips.in_views(frozenset(views)))
    if len(chosen) == 0:
        reason = f"no clip of the split shows one of {', '.join(view.abbreviation for view in views)}"
        row = Sample(task.name, "image", 0, 0).missing(reason, metric="balanced-accuracy")
        return ViewScore((row,), views, np.zeros((len(views), len(views)), dtype=np.int64))
    truth = np.array([views.index(clips.rows[i].view) for i in chosen])
    patients = [clips.rows[i].patient_id for i in chosen]
    unit = clips.clip_unit[torch.from_numpy(chosen)]
    seen, unseen = (
        (unit @ torch.stack([bank.direction(sentences) for _, sentences in prompts]).T).argmax(1).numpy()
        for prompts in (task.prompts, task.prompts_unseen)
    )
    answers = {(Arm.MODEL, ""): seen, (Arm.MODEL, "-unseen-prompts"): unseen}
    probe = _probe(unit.numpy(), truth, patients)
    if probe is not None:
        answers[Arm.CEILING, ""] = probe
    sample = Sample(task.name, "image", len(chosen), len(set(patients)))
    rows = []
    for (arm, suffix), answer in answers.items():
        hit = (answer == truth).astype(np.float64)
        balanced = resamples.estimate(
            lambda weight, h=hit: balanced_accuracy(h, truth, weight),  # type: ignore[misc]
            patients,
        )
        plain = resamples.estimate(lambda weight, h=hit: weighted_mean(h, weight), patients)  # type: ignore[misc]
        rows.append(sample.scored(balanced, metric=f"balanced-accuracy{suffix}", arm=arm))
        rows.append(sample.scored(plain, metric=f"accuracy{suffix}", arm=arm))
    chance = 1 / len(np.unique(truth))
    rows.append(sample.exact(chance, metric="balanced-accuracy", arm=Arm.CHANCE))
    confusion = np.zeros((len(views), len(views)), dtype=np.int64)
    np.add.at(confusion, (truth, seen), 1)
    return ViewScore(tuple(rows), views, confusion)


def _probe(
    unit: Float[np.ndarray, "clip dim"], truth: Int[np.ndarray, "clip"], patients: list[str]
) -> Int[np.ndarray, "clip"] | None:
    """Return the view by ridge regression on the frozen embeddings, learnt on the other folds' patients.

    ``None`` when there are too few patients, or a fold would leave a single view to learn from.
    """
    n_folds = min(_FOLDS, len(set(patients)))
    if n_folds < 2:
        return None
    answer = np.empty_like(truth)
    for learn, test in GroupKFold(n_folds).split(unit, truth, patients):
        if len(np.unique(truth[learn])) < 2:
            return None
        classifier = RidgeClassifier(alpha=_RIDGE).fit(unit[learn], truth[learn])
        answer[test] = classifier.predict(unit[test])
    return answer
