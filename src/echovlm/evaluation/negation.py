"""How negation is scored: does a clip prefer its true sentences to their opposites, in both polarities."""

import itertools
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy.sparse import spmatrix, vstack
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from echovlm.clinical.findings import CORE_FINDINGS, Finding
from echovlm.clinical.statements import finding_sentences
from echovlm.evaluation.bootstrap import PatientResamples
from echovlm.evaluation.clips import EncodedClips
from echovlm.evaluation.metrics import balanced_accuracy, weighted_mean
from echovlm.evaluation.results import Arm, Sample, Scored
from echovlm.evaluation.sentences import SentenceBank
from echovlm.evaluation.task import NegationTask

_FOLDS = 5


@dataclass(frozen=True, slots=True)
class Pair:
    """A true sentence and its opposite, each in several wordings.

    Attributes:
        clip_index: The clip that they speak of.
        patient_id: Its patient.
        about: The finding or the quantity, by its key.
        present: Polarity of the true one: a finding stated, or a number beyond its limit.
        finding: The finding, ``None`` for a number.
        true_options: Wordings of the true sentence.
        false_options: Wordings of the opposite.
    """

    clip_index: int
    patient_id: str
    about: str
    present: bool
    finding: Finding | None
    true_options: tuple[str, ...]
    false_options: tuple[str, ...]


def score_negation(
    task: NegationTask, clips: EncodedClips, bank: SentenceBank, resamples: PatientResamples
) -> tuple[Scored, ...]:
    """Score every true sentence against its opposite; both polarities weigh alike, and a tie counts half.

    The figure of one pair is the share of its combinations of wordings in which the clip prefers the true
    one.
    """
    pairs = _pairs(clips, of_measurements=task.of_measurements)
    polarity = np.array([pair.present for pair in pairs], dtype=np.int64)
    patients = [pair.patient_id for pair in pairs]
    sample = Sample(task.name, "sentence", len(pairs), len(set(patients)))
    if len(np.unique(polarity)) < 2:
        said = "abnormal" if len(polarity) and polarity[0] else "normal"
        reason = f"both polarities are needed; of {len(pairs)} sentences with an opposite all are {said}"
        return (
            sample.missing(reason if pairs else "no sentence has an opposite", metric="balanced-accuracy"),
        )
    hits = {(Arm.MODEL, ""): _preferences(bank, clips, pairs)}
    if not task.of_measurements:
        hits[Arm.MODEL, "-unseen-prompts"] = _preferences(bank, clips, [_unseen(pair) for pair in pairs])
        if clips.ceiling_logit is not None:
            hits[Arm.CEILING, ""] = _classifier_hits(clips.ceiling_logit, pairs)
    text_only = text_only_hits(pairs)
    if text_only is not None:
        hits[Arm.TEXT_ONLY, ""] = text_only
    rows = []
    for (arm, suffix), hit in hits.items():
        estimate = resamples.estimate(
            lambda weight, h=hit: balanced_accuracy(h, polarity, weight),  # type: ignore[misc]
            patients,
        )
        rows.append(sample.scored(estimate, metric=f"balanced-accuracy{suffix}", arm=arm))
    rows.append(sample.exact(0.5, metric="balanced-accuracy", arm=Arm.CHANCE))
    return (*rows, *_by_polarity(task, pairs, hits[Arm.MODEL, ""], resamples))


def _by_polarity(
    task: NegationTask, pairs: Sequence[Pair], hit: Float[np.ndarray, "pair"], resamples: PatientResamples
) -> list[Scored]:
    """Return the accuracy on each polarity alone, where a bias towards yes or no would show."""
    rows = []
    for present, metric in ((True, "accuracy-on-present"), (False, "accuracy-on-absent")):
        chosen = [index for index, pair in enumerate(pairs) if pair.present is present]
        patients = [pairs[i].patient_id for i in chosen]
        part = hit[chosen]
        estimate = resamples.estimate(lambda weight, h=part: weighted_mean(h, weight), patients)  # type: ignore[misc]
        sample = Sample(task.name, "sentence", len(chosen), len(set(patients)))
        rows.append(sample.scored(estimate, metric=metric, arm=Arm.MODEL))
    return rows


def _pairs(clips: EncodedClips, *, of_measurements: bool) -> list[Pair]:
    pairs = []
    for index, row in enumerate(clips.rows):
        for statement in row.statements:
            if statement.present is None or not statement.counterfactual_options:
                continue
            if (statement.finding is None) is not of_measurements:
                continue
            about = statement.quantity.key if statement.quantity is not None else ""
            pairs.append(
                Pair(
                    clip_index=index,
                    patient_id=row.patient_id,
                    about=about if statement.finding is None else statement.finding.key,
                    present=statement.present,
                    finding=statement.finding,
                    true_options=statement.text_options,
                    false_options=statement.counterfactual_options,
                )
            )
    return pairs


def _unseen(pair: Pair) -> Pair:
    """Return the same pair in the paraphrases that no training caption uses."""
    assert pair.finding is not None, "numbers have no unseen paraphrases"
    true, false = (
        finding_sentences(pair.finding, present=present, held_out=True)
        for present in (pair.present, not pair.present)
    )
    return Pair(pair.clip_index, pair.patient_id, pair.about, pair.present, pair.finding, true, false)


def _preferences(bank: SentenceBank, clips: EncodedClips, pairs: Sequence[Pair]) -> Float[np.ndarray, "pair"]:
    similarity = (clips.clip_unit @ bank.unit.T).numpy()
    hit = np.empty(len(pairs))
    for index, pair in enumerate(pairs):
        row = similarity[pair.clip_index]
        true = row[[bank.place[sentence] for sentence in pair.true_options]][:, None]
        false = row[[bank.place[sentence] for sentence in pair.false_options]][None, :]
        hit[index] = ((true > false) + 0.5 * (true == false)).mean()
    return hit


def _classifier_hits(
    logit: Float[np.ndarray, "clip finding"], pairs: Sequence[Pair]
) -> Float[np.ndarray, "pair"]:
    """Return whether the supervised classifier's sign agrees with each true sentence."""
    order = list(CORE_FINDINGS)
    said = np.array([logit[pair.clip_index, order.index(pair.finding)] for pair in pairs if pair.finding])
    sign = np.array([1.0 if pair.present else -1.0 for pair in pairs])
    return np.asarray((said * sign > 0) + 0.5 * ((said == 0) | np.isnan(said)))


def text_only_hits(pairs: Sequence[Pair]) -> Float[np.ndarray, "pair"] | None:
    """Return where the wording alone gives the true sentence away, by word 1-3-grams and logistic regression.

    Learnt on other patients' sentences, weighted so that stating and denying a finding are equally often
    true: what is left to learn is style. ``None`` with fewer than two patients.
    """
    patients = [pair.patient_id for pair in pairs]
    n_folds = min(_FOLDS, len(set(patients)))
    if n_folds < 2:
        return None
    sides = [[_draw(pair, i, true=side) for i, pair in enumerate(pairs)] for side in (True, False)]
    count = CountVectorizer(ngram_range=(1, 3), binary=True, token_pattern=r"[^\s]+")
    count.fit(sorted(set(itertools.chain.from_iterable(sides))))
    true, false = count.transform(sides[0]), count.transform(sides[1])
    groups = [(pair.about, pair.present) for pair in pairs]
    hit = np.empty(len(pairs))
    for learn, test in GroupKFold(n_folds).split(hit, groups=patients):
        classifier = _fit(true[learn], false[learn], [groups[i] for i in learn])
        margin = classifier.decision_function(true[test]) - classifier.decision_function(false[test])
        hit[test] = (margin > 0) + 0.5 * (margin == 0)
    return hit


def _draw(pair: Pair, index: int, *, true: bool) -> str:
    """Return one wording of a side, by the pair's place and patient: the same in every run."""
    options = pair.true_options if true else pair.false_options
    return options[zlib.crc32(f"{pair.patient_id} {index} {true}".encode()) % len(options)]


def _fit(true: spmatrix, false: spmatrix, groups: Sequence[tuple[str, bool]]) -> LogisticRegression:
    size = Counter(groups)
    weight = np.array([1 / size[group] for group in groups])
    weight *= len(groups) / weight.sum()
    features = vstack([true, false], format="csr")
    label: Int[np.ndarray, sentence] = np.repeat([1, 0], len(groups))
    return LogisticRegression(solver="liblinear", random_state=0).fit(
        features, label, sample_weight=np.tile(weight, 2)
    )
