"""Zero-shot disease classification: AUROC of clips and of studies, beside controls, with and without the values."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Final

import numpy as np
from jaxtyping import Float, Int
from scipy.special import expit

from echovlm.clinical.diseases import Disease
from echovlm.clinical.findings import FindingState
from echovlm.clinical.measurement import Quantity
from echovlm.clinical.statements import disease_sentences, measurement_sentences
from echovlm.clinical.views import Mode, View
from echovlm.dataset import ClipRow
from echovlm.evaluation.answers import Answers
from echovlm.evaluation.clips import EncodedClips
from echovlm.evaluation.evidence import Evidence
from echovlm.evaluation.needs import DataName, Need
from echovlm.evaluation.results import Arm, Sample, Scored
from echovlm.evaluation.sentences import SentenceBank
from echovlm.evaluation.statistics.bootstrap import PatientResamples
from echovlm.evaluation.statistics.calibration import recalibrate
from echovlm.evaluation.statistics.operating import youden_threshold
from echovlm.evaluation.task import TaskScore

MACRO: Final = "zero-shot/macro"
_NO_ANSWER: Final = "takes no sentences and has no score of its own for it"


@dataclass(frozen=True, slots=True)
class ZeroShotTask:
    """Tell by prompts alone whether a study has a disease: AUROC at image and at study level.

    A study's score is the mean over its clips that show the disease. In the multimodal arm the sentences that
    state the measured values are added to the picture; beside it stands a reader of the values alone.

    Attributes:
        disease: The finding, and the degree from which it counts.
        reads: The measured values that are given as text in the multimodal arm: what its rules read.
        source: The rule or paper behind the task.
        data: The datasets that have its truth.
    """

    disease: Disease
    reads: tuple[Quantity, ...]
    source: str
    data: tuple[DataName, ...]
    needs: frozenset[Need] = frozenset({Need.CLIPS, Need.TUNING_CLIPS})
    headline: str = "auroc"

    @property
    def name(self) -> str:
        """Unique, such as ``zero-shot/aortic-stenosis``."""
        return f"zero-shot/{self.disease.key}"

    def prompts(self, *, present: bool, unseen: bool = False, mode: Mode | None = None) -> tuple[str, ...]:
        """Return the sentences that state or deny the disease, for clips of one mode.

        Args:
            present: Whether it is stated.
            unseen: In paraphrases that no training caption uses.
            mode: The mode of the clips.
        """
        return disease_sentences(self.disease, present=present, held_out=unseen, mode=mode)

    def sentences(self, rows: Sequence[ClipRow]) -> Iterable[str]:
        """Return the prompts, and the values of these studies as sentences."""
        modes = {row.mode or Mode.B for row in rows}
        prompts = {
            sentence
            for mode in modes
            for present, unseen in product((True, False), repeat=2)
            for sentence in self.prompts(present=present, unseen=unseen, mode=mode)
        }
        # Clips of a study share their values, and the dataset's reader builds these once.
        studies = {id(row.measurements): row for row in rows}.values()
        return prompts | {sentence for row in studies for sentence in self.value_sentences(row)}

    def value_sentences(self, row: ClipRow) -> tuple[str, ...]:
        """Return the study's measured values that the disease's rules read, one sentence each."""
        return tuple(measurement_sentences(m)[0] for m in row.measurements if m.quantity in self.reads)

    def state(self, row: ClipRow) -> int:
        """Return 1 where the study has the disease, 0 where not, -1 where unknown or not to be seen in the clip."""
        found = next((f for f in row.findings if f.finding is self.disease.finding), None)
        if found is None or not found.visible:
            return -1
        state = self.disease.state(found.state, found.grade)
        return {FindingState.PRESENT: 1, FindingState.ABSENT: 0}.get(state, -1)

    def score(self, evidence: Evidence) -> TaskScore:
        """Score the clips whose view shows the finding and whose study was assessed."""
        assert evidence.clips is not None, "this task needs clips"
        clips, asked = evidence.clips, _Asked.choose(self, evidence.clips)
        if asked.reason:
            return _nothing(self, asked, asked.reason)
        score = self.log_odds(clips, evidence.bank, asked.chosen)
        if score is None:
            return _nothing(self, asked, f"{evidence.model.name} {_NO_ANSWER}")
        rows, answers = _image_level(self, asked, score, evidence.resamples)
        study, study_answers = self._study_level(asked, score, evidence)
        return TaskScore((*rows, *study), (*answers, *study_answers))

    def log_odds(
        self,
        clips: EncodedClips,
        bank: SentenceBank | None,
        chosen: Int[np.ndarray, "clip"],
        *,
        unseen: bool = False,
    ) -> Float[np.ndarray, "clip"] | None:
        """Return the model's log-odds for some clips: by prompts, or by its own scores without them."""
        if bank is not None and clips.clip_unit is not None:
            directions = self._directions([clips.rows[i] for i in chosen], bank, unseen=unseen)
            return np.asarray((clips.clip_unit[chosen] * directions).sum(axis=1), dtype=np.float64)
        known = clips.finding_score.get(self.disease.finding)
        return None if unseen or known is None else np.asarray(known[chosen], dtype=np.float64)

    def _directions(
        self, rows: Sequence[ClipRow], bank: SentenceBank, *, unseen: bool = False
    ) -> Float[np.ndarray, "clip dim"]:
        """Return the direction from denied to stated, in the sentences of each clip's mode."""
        by_mode = {}
        for mode in {row.mode or Mode.B for row in rows}:
            stated, denied = (
                bank.direction(self.prompts(present=present, unseen=unseen, mode=mode))
                for present in (True, False)
            )
            by_mode[mode] = stated - denied
        return np.stack([by_mode[row.mode or Mode.B] for row in rows])

    def _study_level(
        self, asked: "_Asked", score: Float[np.ndarray, "clip"], evidence: Evidence
    ) -> tuple[list[Scored], list[Answers]]:
        clips, bank, resamples = evidence.clips, evidence.bank, evidence.resamples
        assert clips is not None, "this task needs clips"
        tuned = None if evidence.tuning is None else self._tuned(evidence.tuning, bank)
        plain = asked.answers(self, "study", score, metrics=("auroc", "average-precision"))
        answers = [plain, *_decided(plain, tuned)]
        controls = {Arm.VIEW_ONLY: _mean_of_place(score, asked)}
        unseen = self.log_odds(clips, bank, asked.chosen, unseen=True)
        if unseen is not None:
            answers.append(asked.answers(self, "study", unseen, variant="unseen-prompts"))
        if (
            evidence.ceiling is not None
            and (ceiling := self.log_odds(evidence.ceiling, None, asked.chosen)) is not None
        ):
            controls[Arm.CEILING] = ceiling
        rows = [row for one in answers for row in one.score(resamples)]
        for arm, control in controls.items():
            rows += asked.answers(self, "study", control).score(resamples, arm=arm)
        rows.append(plain.sample.exact(0.5, metric="auroc", arm=Arm.CHANCE))
        if bank is not None and (values := self._values_score(asked, bank)) is not None:
            both = asked.answers(self, "study", score + values, variant="with-values")
            answers.append(both)
            rows += both.score(resamples)
            alone = asked.answers(self, "study", values, variant="with-values")
            rows += alone.score(resamples, arm=Arm.TEXT_ONLY)
        return rows, answers

    def _values_score(self, asked: "_Asked", bank: SentenceBank) -> Float[np.ndarray, "clip"] | None:
        """Return the log-odds of the sentences that state the values; 0 without any."""
        said = {id(row.measurements): self.value_sentences(row) for row in asked.studies}
        if not any(said.values()):
            return None
        embedded = {study: bank.of(sentences) for study, sentences in said.items() if sentences}
        directions = self._directions(asked.rows, bank)
        values = [
            float((embedded[id(row.measurements)] @ d).mean()) if id(row.measurements) in embedded else 0.0
            for row, d in zip(asked.rows, directions, strict=True)
        ]
        return np.array(values)

    def _tuned(self, clips: EncodedClips, bank: SentenceBank | None) -> Answers | None:
        """Return the scores of the validation studies."""
        asked = _Asked.choose(self, clips)
        score = None if asked.reason else self.log_odds(clips, bank, asked.chosen)
        return None if score is None else asked.answers(self, "study", score)


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """The clips that a task is asked on.

    Attributes:
        chosen: Their places in the split.
        rows: The clips.
        label: Whether each has the finding.
        reason: Why the task has no value here; empty when it has.
    """

    chosen: Int[np.ndarray, "clip"]
    rows: tuple[ClipRow, ...]
    label: Float[np.ndarray, "clip"]
    reason: str

    @property
    def studies(self) -> list[ClipRow]:
        """One clip for each set of values: clips of a study share theirs, which the dataset's reader builds once."""
        return list({id(row.measurements): row for row in self.rows}.values())

    @classmethod
    def choose(cls, task: ZeroShotTask, clips: EncodedClips) -> "_Asked":
        state = np.array([task.state(row) for row in clips.rows], dtype=np.int64)
        chosen = np.flatnonzero(state >= 0)
        label, reason = state[chosen], ""
        if len(label) == 0 or label.all() or not label.any():
            found = (
                "there is none" if len(label) == 0 else f"all are {'present' if label.all() else 'absent'}"
            )
            reason = (
                f"an AUROC needs clips with and without the finding; of {len(label)} assessed clips {found}"
            )
        rows = tuple(clips.rows[i] for i in chosen)
        return cls(chosen, rows, label.astype(np.float64), reason)

    def answers(
        self,
        task: ZeroShotTask,
        level: str,
        score: Float[np.ndarray, "clip"],
        *,
        variant: str = "",
        metrics: tuple[str, ...] = ("auroc",),
    ) -> Answers:
        """Return the scores as answers: of each clip, or of each study its clips' mean."""
        if level == "image":
            ids = tuple(row.clip_id for row in self.rows)
            order = [(mode, view) for mode in (None, *Mode) for view in View]
            view = np.array([order.index((row.mode, row.view)) for row in self.rows], dtype=np.float64)
            values = {"label": self.label, "score": score, "view": view}
            return Answers(
                task.name, level, variant, ids, tuple(r.patient_id for r in self.rows), values, metrics
            )
        _, first, study = np.unique([r.study_id for r in self.rows], return_index=True, return_inverse=True)
        # Rounded, so that sums of the same numbers tie whatever their order.
        mean = np.round(np.bincount(study, weights=score) / np.bincount(study), 9)
        firsts = [self.rows[i] for i in first]
        return Answers(
            task.name,
            level,
            variant,
            tuple(row.study_id for row in firsts),
            tuple(row.patient_id for row in firsts),
            {"label": self.label[first], "score": mean},
            metrics,
        )


def _image_level(
    task: ZeroShotTask, asked: _Asked, score: Float[np.ndarray, "clip"], resamples: PatientResamples
) -> tuple[list[Scored], list[Answers]]:
    answers = asked.answers(task, "image", score, metrics=("auroc", "auroc-within-view"))
    chance = answers.sample.exact(0.5, metric="auroc", arm=Arm.CHANCE)
    return [*answers.score(resamples), chance], [answers]


def _mean_of_place(score: Float[np.ndarray, "clip"], asked: _Asked) -> Float[np.ndarray, "clip"]:
    """Return the score of each view's mean embedding: all that the prompts can tell from the view alone."""
    places = np.array([f"{row.mode} {row.view}" for row in asked.rows])
    mean = np.zeros_like(score)
    for value in np.unique(places):
        mean[places == value] = score[places == value].mean()
    return mean


def _decided(plain: Answers, tuned: Answers | None) -> list[Answers]:
    """Return probabilities and yes or no: as the model has them, and by what validation patients taught."""
    raw = {**plain.values, "prob": expit(plain.values["score"])}
    made = [_variant(plain, "uncalibrated", raw, ("brier", "calibration-error"))]
    if tuned is None:
        return made
    curve = recalibrate(tuned.values["score"], tuned.label())
    if curve is not None:
        values = {**plain.values, "prob": curve(plain.values["score"])}
        made.append(_variant(plain, "", values, ("brier", "calibration-error")))
    threshold = youden_threshold(tuned.values["score"], tuned.label())
    if threshold is not None:
        said = (plain.values["score"] >= threshold).astype(np.float64)
        made.append(_variant(plain, "", {**plain.values, "said": said}, ("sensitivity", "specificity")))
    return made


def _variant(
    plain: Answers, variant: str, values: dict[str, Float[np.ndarray, "sample"]], metrics: tuple[str, ...]
) -> Answers:
    return replace(plain, variant=variant, values=values, metrics=metrics)


def _nothing(task: ZeroShotTask, asked: _Asked, reason: str) -> TaskScore:
    n_patients = len({row.patient_id for row in asked.rows})
    levels = {"image": len(asked.rows), "study": len({row.study_id for row in asked.rows})}
    samples = (Sample(task.name, level, n, n_patients) for level, n in levels.items())
    return TaskScore(tuple(sample.missing(reason, metric="auroc") for sample in samples))


def macro_rows(rows: Sequence[Scored], resamples: PatientResamples) -> list[Scored]:
    """Return the mean over findings of every AUROC, level and arm; findings without a value are left out."""
    groups: dict[tuple[str, str, Arm], list[Scored]] = {}
    for row in rows:
        if row.result.value is not None and row.result.metric.startswith("auroc"):
            groups.setdefault((row.result.metric, row.result.level, row.result.arm), []).append(row)
    macro = []
    for (metric, level, arm), members in groups.items():
        sample = Sample(MACRO, level, max(member.result.n for member in members), len(resamples.patient_ids))
        estimates = [member.estimate for member in members if member.estimate is not None]
        if arm is Arm.CHANCE:
            macro.append(sample.exact(0.5, metric=metric, arm=arm))
        elif estimates:
            macro.append(sample.scored(resamples.mean(estimates), metric=metric, arm=arm))
    return macro
