"""What one trained arm scores: each figure with its resamples, so that two arms can be compared patient by patient."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from jaxtyping import Float
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save
from sklearn.linear_model import Ridge
from sklearn.model_selection import GroupKFold

from echovlm.clinical.measurement import Quantity
from echovlm.clinical.visibility import shows
from echovlm.dataset import ClipRow, EchoGround
from echovlm.evaluation.cache import AnswerCache
from echovlm.evaluation.clips import EncodedClips, encode_clips
from echovlm.evaluation.contenders import Contender, DualEncoder, SupervisedTower
from echovlm.evaluation.evidence import Evidence
from echovlm.evaluation.negation import NegationTask
from echovlm.evaluation.results import Arm, Scored
from echovlm.evaluation.retrieval import Direction, RetrievalTask
from echovlm.evaluation.sentences import SentenceBank
from echovlm.evaluation.statistics.bootstrap import PatientResamples
from echovlm.evaluation.task import Task
from echovlm.evaluation.tasks import SUPPLEMENTARY, TASKS
from echovlm.evaluation.view_choice import ViewTask
from echovlm.evaluation.zero_shot import MACRO, ZeroShotTask, macro_rows
from echovlm.files import write_whole

_HEADER: Final = "echovlm-ablation-scores"
_FOLDS: Final = 5
_RIDGE: Final = 0.1  # on unit vectors, as the probe of the views
_IMAGE_TO_CAPTION: Final = "retrieval/image-to-caption"


@dataclass(frozen=True, slots=True)
class Metric:
    """One figure of an ablation.

    Attributes:
        key: Unique; names it in files.
        words: What a reader is told.
        task: The evaluation task that it comes from.
        metric: Its name there.
        level: Its level there.
        higher_is_better: Which way is up.
        unit: ``frac``, ``pct`` or ``cm``.
    """

    key: str
    words: str
    task: str
    metric: str
    level: str
    higher_is_better: bool = True
    unit: str = "frac"


METRICS: Final = (
    Metric("auroc", "findings, one clip (AUROC)", MACRO, "auroc", "image"),
    Metric("auroc-study", "findings, whole study (AUROC)", MACRO, "auroc", "study"),
    Metric("auroc-within-view", "findings, within one view (AUROC)", MACRO, "auroc-within-view", "image"),
    Metric("auroc-unseen", "findings, whole study, unseen prompts (AUROC)", MACRO, "auroc-unseen-prompts", "study"),
    Metric("view", "view (balanced accuracy)", "view/zero-shot", "balanced-accuracy", "image"),
    Metric("negation", "negated findings (balanced accuracy)", "negation/findings", "balanced-accuracy", "sentence"),
    Metric(
        "negation-unseen", "the same, unseen wordings", "negation/findings", "balanced-accuracy-unseen-prompts",
        "sentence",
    ),
    Metric("numbers", "numbers across a limit (balanced accuracy)", "negation/measurements", "balanced-accuracy",
           "sentence"),
    Metric("recall-5", "clip to caption (recall@5)", _IMAGE_TO_CAPTION, "recall@5", "image"),
    Metric("ef-error", "EF, probe (mean error, points)", "probe/lvef_biplane", "error", "image",
           higher_is_better=False, unit="pct"),
    Metric("lvidd-error", "LVIDd, probe (mean error, cm)", "probe/lv_internal_diameter_ed", "error", "image",
           higher_is_better=False, unit="cm"),
)  # fmt: skip
_TASKS: Final[tuple[Task, ...]] = tuple(
    task
    for task in (*TASKS, *SUPPLEMENTARY)
    if isinstance(task, ZeroShotTask | ViewTask | NegationTask)
    or (isinstance(task, RetrievalTask) and task.direction is Direction.IMAGE_TO_CAPTION)
)
PROBED: Final = {"ef-error": Quantity.LVEF_BIPLANE, "lvidd-error": Quantity.LV_INTERNAL_DIAMETER_ED}
PRIMARY_METRIC: Final = METRICS[0]
# What a classifier of findings answers itself; the rest of the tasks would score the model beside it.
_SUPERVISED: Final = ("auroc", "auroc-study", "auroc-within-view", "negation")


@dataclass(frozen=True, slots=True, eq=False)
class RunScores:
    """The figures of one trained arm on one set of patients.

    Attributes:
        value: Each metric that exists, by key.
        replicates: The same in each resample of patients.
        controls: Chance, the text alone and such, by metric and control.
    """

    value: Mapping[str, float]
    replicates: Mapping[str, Float[np.ndarray, "resample"]]
    controls: Mapping[str, Mapping[str, float]]

    def write(self, path: Path, *, fingerprint: str) -> None:
        """Write the scores, whole or not at all."""
        header = {
            "fingerprint": fingerprint, "value": dict(self.value),
            "controls": {key: dict(value) for key, value in self.controls.items()},
        }  # fmt: skip
        arrays = {
            key: np.asarray(replicates, dtype=np.float64) for key, replicates in self.replicates.items()
        }
        write_whole(path, save(arrays, {_HEADER: json.dumps(header, sort_keys=True)}))


def read_scores(path: Path, *, fingerprint: str) -> RunScores | None:
    """Return the scores that ``write`` left, or ``None`` where there are none of this very run."""
    try:
        with safe_open(path, framework="np") as file:
            header = json.loads((file.metadata() or {}).get(_HEADER, "{}"))
            arrays = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError):
        return None
    if header.get("fingerprint") != fingerprint:
        return None
    return RunScores(header["value"], arrays, header["controls"])


def score_dual_encoder(
    checkpoint: Path, dataset: EchoGround, rows: Sequence[ClipRow], resamples: PatientResamples
) -> RunScores:
    """Score a dual encoder by prompts, and its embeddings by a probe."""
    evidence = _evidence(DualEncoder(checkpoint), None, dataset, rows, resamples)
    assert evidence.clips is not None, "a dual encoder embeds clips"
    return _collect(_score(evidence), probe_measurements(evidence.clips, resamples), arm=Arm.MODEL)


def score_supervised(
    checkpoint: Path, beside: Path, dataset: EchoGround, rows: Sequence[ClipRow], resamples: PatientResamples
) -> RunScores:
    """Score a classifier that was trained on the labels; ``beside`` only fills the model's place in the tasks."""
    evidence = _evidence(DualEncoder(beside), SupervisedTower(checkpoint), dataset, rows, resamples)
    return _collect(_score(evidence), {}, arm=Arm.CEILING)


def _evidence(
    model: Contender,
    ceiling: Contender | None,
    dataset: EchoGround,
    rows: Sequence[ClipRow],
    resamples: PatientResamples,
) -> Evidence:
    """Return what the models say of the clips, without all that only other tasks need."""
    kept = AnswerCache(None)
    clips, top = (
        None if one is None else encode_clips(dataset, rows, model=one, cache=kept, on_clip=lambda _n: None)
        for one in (model, ceiling)
    )
    sentences = {sentence for task in _TASKS for sentence in task.sentences(rows)}
    bank = SentenceBank.encode(model, sentences, cache=kept)
    return Evidence(dataset, tuple(rows), resamples, model, clips=clips, bank=bank, ceiling=top)


def _score(evidence: Evidence) -> list[Scored]:
    found = [row for task in _TASKS for row in task.score(evidence).rows]
    core = {task.name for task in TASKS}
    disease = [row for row in found if row.result.task.startswith("zero-shot/") and row.result.task in core]
    return [*macro_rows(disease, evidence.resamples), *found]


def probe_measurements(
    clips: EncodedClips, resamples: PatientResamples
) -> dict[str, tuple[float, Float[np.ndarray, "resample"], float]]:
    """Return the error of a linear probe of the frozen embeddings, its resamples, and that of the mean.

    Ridge regression learns the value from four fifths of the patients and is tested on the rest; a metric without
    enough patients is left out.
    """
    found = {}
    for key, quantity in PROBED.items():
        value, chosen = _measured(clips.rows, quantity)
        patients = [clips.rows[index].patient_id for index in chosen]
        if len(set(patients)) < _FOLDS:
            continue
        assert clips.clip_unit is not None, "a dual encoder embeds clips"
        unit = clips.clip_unit[chosen].astype(np.float64)
        error, blind = np.empty(len(value)), np.empty(len(value))
        for learn, test in GroupKFold(_FOLDS).split(unit, groups=patients):
            probe = Ridge(alpha=_RIDGE).fit(unit[learn], value[learn])
            error[test] = np.abs(probe.predict(unit[test]) - value[test])
            blind[test] = np.abs(value[learn].mean() - value[test])
        estimate = resamples.estimate_mean(error, patients)
        found[key] = (estimate.value, estimate.replicates, float(blind.mean()))
    return found


def _measured(rows: Sequence[ClipRow], quantity: Quantity) -> tuple[Float[np.ndarray, "clip"], list[int]]:
    """Return the quantity's values in its canonical unit, and which clips have it and show it."""
    value, chosen = [], []
    for index, row in enumerate(rows):
        known = [m.canonical().value for m in row.measurements if m.quantity is quantity]
        if known and shows(row.view, quantity):
            value.append(known[0])
            chosen.append(index)
    return np.array(value, dtype=np.float64), chosen


def _collect(
    scored: Sequence[Scored],
    probed: Mapping[str, tuple[float, Float[np.ndarray, "resample"], float]],
    *,
    arm: Arm,
) -> RunScores:
    """Return the metrics of one arm by key, and the controls of each."""
    value = {key: error for key, (error, _, _) in probed.items()}
    replicates = {key: resampled for key, (_, resampled, _) in probed.items()}
    controls = {key: {"mean": blind} for key, (_, _, blind) in probed.items()}
    for metric in METRICS:
        if arm is Arm.CEILING and metric.key not in _SUPERVISED:
            continue
        name = (metric.task, metric.metric, metric.level)
        found = [s for s in scored if (s.result.task, s.result.metric, s.result.level) == name]
        for row in found:
            result = row.result
            if result.value is None:
                continue
            if result.arm is arm and row.estimate is not None:
                value[metric.key], replicates[metric.key] = row.estimate.value, row.estimate.replicates
            elif result.arm is not Arm.MODEL:
                controls.setdefault(metric.key, {})[result.arm.value] = result.value
    return RunScores(value, replicates, controls)
