"""How negation is scored: does a clip prefer its true sentences to their opposites, in both polarities."""

import hashlib
import itertools
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import sklearn
from jaxtyping import Float, Int
from scipy.sparse import spmatrix, vstack
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from echovlm.clinical.findings import Finding
from echovlm.clinical.statements import finding_sentences
from echovlm.dataset import ClipRow
from echovlm.evaluation.answers import Answers
from echovlm.evaluation.cache import AnswerCache
from echovlm.evaluation.clips import EncodedClips
from echovlm.evaluation.evidence import Evidence
from echovlm.evaluation.needs import DataName, Need
from echovlm.evaluation.results import Arm, Sample, Scored
from echovlm.evaluation.sentences import SentenceBank
from echovlm.evaluation.statistics.bootstrap import PatientResamples
from echovlm.evaluation.task import TaskScore
from echovlm.source_hash import hash_packages

_FOLDS = 5


@dataclass(frozen=True, slots=True)
class NegationTask:
    """Prefer the true sentence of a clip, or of a study, to its opposite: accuracy, the mean over both polarities.

    Attributes:
        name: Unique.
        of_measurements: True for numbers moved across a rule's limit, False for findings stated or denied.
        source: Where the task comes from.
        data: The datasets that have its truth.
    """

    name: str
    of_measurements: bool
    source: str
    data: tuple[DataName, ...]
    needs: frozenset[Need] = frozenset({Need.CLIPS})
    headline: str = "balanced-accuracy"

    def sentences(self, rows: Sequence[ClipRow]) -> Iterable[str]:
        """Return the sentences of these clips with their opposites, and the unseen paraphrases."""
        said = [
            s for row in rows for s in row.statements if s.counterfactual_options and s.present is not None
        ]
        seen = {text for one in said for text in (*one.text_options, *one.counterfactual_options)}
        findings = {one.finding for one in said if one.finding is not None}
        return seen | {
            text
            for finding in findings
            for present in (True, False)
            for text in finding_sentences(finding, present=present, held_out=True)
        }

    def score(self, evidence: Evidence) -> TaskScore:
        """Score every true sentence against its opposite; both polarities weigh alike, and a tie counts half."""
        assert evidence.clips is not None, "this task needs clips"
        if evidence.bank is None or evidence.clips.clip_unit is None:
            reason = f"{evidence.model.name} does not put pictures and sentences into one space"
            return TaskScore((Sample(self.name, "sentence", 0, 0).missing(reason, metric=self.headline),))
        return score_negation(self, evidence, evidence.bank)


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


def score_negation(task: NegationTask, evidence: Evidence, bank: SentenceBank) -> TaskScore:
    """Score one task over what the model said.

    The figure of one pair is the share of its combinations of wordings in which the clip prefers the true
    one.
    """
    assert evidence.clips is not None, "this task needs clips"
    pairs = _pairs(evidence.clips, of_measurements=task.of_measurements)
    if len({pair.present for pair in pairs}) < 2:
        said = "abnormal" if pairs and pairs[0].present else "normal"
        reason = f"both polarities are needed; of {len(pairs)} sentences with an opposite all are {said}"
        sample = Sample(task.name, "sentence", len(pairs), len({pair.patient_id for pair in pairs}))
        missing = sample.missing(
            reason if pairs else "no sentence has an opposite", metric="balanced-accuracy"
        )
        return TaskScore((missing,))
    preferred = _preferences(bank, evidence.clips, pairs)
    plain = _answers(task, evidence.clips, pairs, preferred.hit)
    controls: dict[Arm, Float[np.ndarray, pair]] = {}
    answers = [plain, study_answers(task, evidence.clips, pairs, preferred.margin)]
    if not task.of_measurements:
        unseen = _preferences(bank, evidence.clips, [_unseen(pair) for pair in pairs])
        variant = "unseen-prompts"
        answers.append(_answers(task, evidence.clips, pairs, unseen.hit, variant=variant))
        answers.append(study_answers(task, evidence.clips, pairs, unseen.margin, variant=variant))
        if evidence.ceiling is not None:
            controls[Arm.CEILING] = _classifier_hits(evidence.ceiling, pairs)
    if (text_only := _kept_text_only_hits(pairs, evidence.cache)) is not None:
        controls[Arm.TEXT_ONLY] = text_only
    rows = [row for one in answers for row in one.score(evidence.resamples)]
    for arm, hit in controls.items():
        rows += _answers(task, evidence.clips, pairs, hit).score(evidence.resamples, arm=arm)
        rows += study_answers(task, evidence.clips, pairs, hit - 0.5).score(evidence.resamples, arm=arm)
    rows += [one.sample.exact(0.5, metric="balanced-accuracy", arm=Arm.CHANCE) for one in answers[:2]]
    return TaskScore((*rows, *_by_polarity(plain, evidence.resamples)), tuple(answers))


def _answers(
    task: NegationTask,
    clips: EncodedClips,
    pairs: Sequence[Pair],
    hit: Float[np.ndarray, "pair"],
    *,
    variant: str = "",
) -> Answers:
    ids = tuple(f"{clips.rows[p.clip_index].clip_id} {p.about} {place}" for place, p in enumerate(pairs))
    values = {"label": np.array([float(pair.present) for pair in pairs]), "hit": hit}
    patients = tuple(pair.patient_id for pair in pairs)
    return Answers(task.name, "sentence", variant, ids, patients, values, ("balanced-accuracy",))


def study_answers(
    task: NegationTask,
    clips: EncodedClips,
    pairs: Sequence[Pair],
    margin: Float[np.ndarray, "pair"],
    *,
    variant: str = "",
) -> Answers:
    """Return what each study prefers: the sign of the mean over its clips that show the finding or the quantity.

    Args:
        task: Whose answers they are.
        clips: The clips.
        pairs: What is said of them.
        margin: By how much each pair's true side is preferred; 0 is a tie, which counts half.
        variant: Way of asking.
    """
    places: dict[tuple[str, str, bool], list[int]] = {}
    for place, pair in enumerate(pairs):
        places.setdefault((clips.rows[pair.clip_index].study_id, pair.about, pair.present), []).append(place)
    mean = np.array([margin[here].mean() for here in places.values()])
    values = {
        "label": np.array([float(present) for _, _, present in places]),
        "hit": (mean > 0) + 0.5 * (mean == 0),
    }
    ids = tuple(f"{study} {about} {'present' if present else 'absent'}" for study, about, present in places)
    patients = tuple(pairs[here[0]].patient_id for here in places.values())
    return Answers(task.name, "study", variant, ids, patients, values, ("balanced-accuracy",))


def _by_polarity(plain: Answers, resamples: PatientResamples) -> list[Scored]:
    """Return the accuracy on each polarity alone, where a bias towards yes or no would show."""
    rows = []
    for side, metric in ((plain.label(), "accuracy-on-present"), (~plain.label(), "accuracy-on-absent")):
        part = plain.only(side)
        estimate = resamples.estimate_mean(part.values["hit"], part.patient_ids, bounded=True)
        rows.append(part.sample.scored(estimate, metric=metric, arm=Arm.MODEL))
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


@dataclass(frozen=True, slots=True, eq=False)
class Preferences:
    """What clips prefer.

    Attributes:
        hit: The share of the combinations of wordings in which the true one is preferred.
        margin: By how much the true wordings are more similar to the clip than the false ones, on the average.
    """

    hit: Float[np.ndarray, "pair"]
    margin: Float[np.ndarray, "pair"]


def _preferences(bank: SentenceBank, clips: EncodedClips, pairs: Sequence[Pair]) -> Preferences:
    assert clips.clip_unit is not None, "the model embeds clips"
    wordings = {options for pair in pairs for options in (pair.true_options, pair.false_options)}
    spoken = sorted(set(itertools.chain.from_iterable(wordings)))
    column = {sentence: index for index, sentence in enumerate(spoken)}
    columns = {options: [column[sentence] for sentence in options] for options in wordings}
    similarity = clips.clip_unit @ bank.of(spoken).T
    hit, margin = np.empty(len(pairs)), np.empty(len(pairs))
    for index, pair in enumerate(pairs):
        row = similarity[pair.clip_index]
        true, false = row[columns[pair.true_options]][:, None], row[columns[pair.false_options]][None, :]
        hit[index] = (np.count_nonzero(true > false) + 0.5 * np.count_nonzero(true == false)) / (
            true.size * false.size
        )
        margin[index] = true.mean() - false.mean()
    return Preferences(hit, margin)


def _classifier_hits(clips: EncodedClips, pairs: Sequence[Pair]) -> Float[np.ndarray, "pair"]:
    """Return whether the supervised classifier's sign agrees with each true sentence; half where it has none."""
    zero = np.zeros(len(clips.rows))
    said = np.array([clips.finding_score.get(p.finding, zero)[p.clip_index] for p in pairs if p.finding])
    sign = np.array([1.0 if pair.present else -1.0 for pair in pairs])
    return np.asarray((said * sign > 0) + 0.5 * (said == 0))


def _kept_text_only_hits(pairs: Sequence[Pair], cache: AnswerCache) -> Float[np.ndarray, "pair"] | None:
    """Return ``text_only_hits``, which depends on no model: another one's run finds it kept."""
    digest = hashlib.sha256()
    for pair in pairs:
        said = (pair.patient_id, pair.about, pair.present, pair.true_options, pair.false_options)
        digest.update(repr(said).encode())
    key = ("text only", f"{hash_packages('evaluation')}", f"{sklearn.__version__}", digest.hexdigest())
    kept = cache.compute(key, lambda: {"hit": np.zeros(0) if (hit := text_only_hits(pairs)) is None else hit})
    return kept["hit"] if len(kept["hit"]) else None


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
