"""What a model said of each sample of a task, and the metrics that are computed from it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Self

import numpy as np
from jaxtyping import Bool, Float

from echovlm.evaluation.results import Arm, Sample, Scored
from echovlm.evaluation.statistics.bootstrap import Estimate, PatientResamples
from echovlm.evaluation.statistics.calibration import expected_calibration_error
from echovlm.evaluation.statistics.metrics import (
    auroc,
    average_precision,
    balanced_accuracy,
    stratified_auroc,
    weighted_median,
)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Answers:
    """One arm's answers to one task: what was true, what was said, and of whom.

    Attributes:
        task: Name of the task.
        level: What one sample is, such as ``study``.
        variant: What is special about how it was asked, such as ``unseen-prompts``; empty for the plain way.
        sample_ids: One per sample; the same sample has the same name whatever model is asked.
        patient_ids: The patient of each sample.
        values: Columns of numbers, such as ``label`` and ``score``.
        metrics: Names of the metrics that these answers are scored by.
    """

    task: str
    level: str
    variant: str
    sample_ids: tuple[str, ...]
    patient_ids: tuple[str, ...]
    values: Mapping[str, Float[np.ndarray, "sample"]]
    metrics: tuple[str, ...]

    def __repr__(self) -> str:
        how = f", {self.variant}" if self.variant else ""
        return f"Answers({self.task}, {self.level}{how}, {len(self.sample_ids)} samples, {', '.join(self.values)})"

    @property
    def sample(self) -> Sample:
        """What was scored, for the results file."""
        return Sample(self.task, self.level, len(self.sample_ids), len(set(self.patient_ids)))

    def label(self) -> Bool[np.ndarray, "sample"]:
        """Return the truth of a yes-or-no task."""
        return np.asarray(self.values["label"] > 0.5)

    def only(self, chosen: Bool[np.ndarray, "sample"]) -> Self:
        """Return some of the samples."""
        return self.at(np.flatnonzero(chosen).tolist())

    def at(self, places: Sequence[int]) -> Self:
        """Return the samples at these places, in that order."""
        return replace(
            self,
            sample_ids=tuple(self.sample_ids[i] for i in places),
            patient_ids=tuple(self.patient_ids[i] for i in places),
            values={name: column[list(places)] for name, column in self.values.items()},
        )

    def score(
        self,
        resamples: PatientResamples,
        *,
        arm: Arm = Arm.MODEL,
        subgroup: str = "",
        names: Sequence[str] = (),
    ) -> list[Scored]:
        """Return each metric with its interval, or those in ``names``."""
        rows = []
        for name in names or self.metrics:
            metric = metric_by_name(name)
            estimate = metric.estimate(self, resamples)
            shown = f"{name}-{self.variant}" if self.variant else name
            rows.append(
                self.sample.scored(estimate, metric=shown, arm=arm, unit=metric.unit, subgroup=subgroup)
            )
        return rows


@dataclass(frozen=True, slots=True)
class Metric:
    """A figure of merit over answers.

    Attributes:
        name: As in the results file.
        unit: ``frac``, ``rank``, ``mm``, ``cm``, ``pct`` or ``mL``.
        rises: Whether more is better; ``None`` when neither is, as for a bias.
        estimate: Computes it with its interval.
        hangs_on: How many patients decide it: all, or those of the rarer class.
    """

    name: str
    unit: str
    rises: bool | None
    estimate: Callable[[Answers, PatientResamples], Estimate]
    hangs_on: Callable[[Answers], int]


def patients_in_all(answers: Answers) -> int:
    """Return how many patients the answers are of."""
    return len(set(answers.patient_ids))


def patients_of_rarer_class(answers: Answers) -> int:
    """Return how many patients the less common answer has: what an AUROC hangs on."""
    patients, label = np.array(answers.patient_ids), answers.label()
    return min(len(np.unique(patients[label])), len(np.unique(patients[~label])))


def mean_metric(name: str, *, column: str, unit: str = "frac", rises: bool | None = True) -> Metric:
    """Return the mean of a column as a metric; shares get an interval between 0 and 1."""

    def estimate(answers: Answers, resamples: PatientResamples) -> Estimate:
        return resamples.estimate_mean(answers.values[column], answers.patient_ids, bounded=unit == "frac")

    return Metric(name, unit, rises, estimate, patients_in_all)


def _auroc(answers: Answers, resamples: PatientResamples) -> Estimate:
    score, label = answers.values["score"], answers.label()
    return resamples.estimate(
        lambda weight: auroc(score, label, weight),
        answers.patient_ids,
        bounded_by=patients_of_rarer_class(answers),
    )


def _auroc_within_view(answers: Answers, resamples: PatientResamples) -> Estimate:
    score, label, stratum = answers.values["score"], answers.label(), answers.values["view"].astype(np.int64)
    return resamples.estimate(
        lambda weight: stratified_auroc(score, label, stratum, weight),
        answers.patient_ids,
        bounded_by=patients_of_rarer_class(answers),
    )


def _average_precision(answers: Answers, resamples: PatientResamples) -> Estimate:
    score, label = answers.values["score"], answers.label()
    return resamples.estimate(
        lambda weight: average_precision(score, label, weight),
        answers.patient_ids,
        bounded_by=patients_of_rarer_class(answers),
    )


def _calibration_error(answers: Answers, resamples: PatientResamples) -> Estimate:
    prob, label = answers.values["prob"], answers.label()
    return resamples.estimate(
        lambda weight: expected_calibration_error(prob, label, weight),
        answers.patient_ids,
        bounded_by=patients_in_all(answers),
    )


def _brier(answers: Answers, resamples: PatientResamples) -> Estimate:
    return resamples.estimate_mean(
        np.square(answers.values["prob"] - answers.values["label"]), answers.patient_ids, bounded=True
    )


def _sensitivity(answers: Answers, resamples: PatientResamples) -> Estimate:
    sick = answers.only(answers.label())
    return resamples.estimate_mean(sick.values["said"], sick.patient_ids, bounded=True)


def _specificity(answers: Answers, resamples: PatientResamples) -> Estimate:
    well = answers.only(~answers.label())
    return resamples.estimate_mean(1 - well.values["said"], well.patient_ids, bounded=True)


def _balanced_accuracy(answers: Answers, resamples: PatientResamples) -> Estimate:
    hit, label = answers.values["hit"], answers.values["label"].astype(np.int64)
    return resamples.estimate(
        lambda weight: balanced_accuracy(hit, label, weight),
        answers.patient_ids,
        bounded_by=patients_in_all(answers),
    )


def _median_rank(answers: Answers, resamples: PatientResamples) -> Estimate:
    rank = answers.values["rank"]
    return resamples.estimate(lambda weight: weighted_median(rank, weight), answers.patient_ids)


METRICS: Final = (
    Metric("auroc", "frac", True, _auroc, patients_of_rarer_class),
    Metric("auroc-within-view", "frac", True, _auroc_within_view, patients_of_rarer_class),
    Metric("average-precision", "frac", True, _average_precision, patients_of_rarer_class),
    Metric("sensitivity", "frac", True, _sensitivity, patients_of_rarer_class),
    Metric("specificity", "frac", True, _specificity, patients_of_rarer_class),
    Metric("brier", "frac", False, _brier, patients_in_all),
    Metric("calibration-error", "frac", False, _calibration_error, patients_in_all),
    Metric("balanced-accuracy", "frac", True, _balanced_accuracy, patients_in_all),
    mean_metric("accuracy", column="hit"),
    mean_metric("accuracy-or-adjacent", column="near"),
    *(mean_metric(f"recall@{k}", column=f"recall@{k}") for k in (1, 5, 10)),
    Metric("median-rank", "rank", False, _median_rank, patients_in_all),
    mean_metric("dice", column="dice"),
    mean_metric("hausdorff-95", column="hausdorff_95_mm", unit="mm", rises=False),
    mean_metric("area-error", column="area_error_pct", unit="pct", rises=False),
    mean_metric("volume-error", column="volume_error_pct", unit="pct", rises=False),
    mean_metric("ef-error", column="ef_error_pct", unit="pct", rises=False),
    mean_metric("answered", column="answered"),
    mean_metric("error", column="error_cm", unit="cm", rises=False),
    mean_metric("bias", column="bias_cm", unit="cm", rises=None),
    mean_metric("point-error", column="point_error_mm", unit="mm", rises=False),
)


def metric_by_name(name: str) -> Metric:
    """Return a metric.

    Raises:
        KeyError: If there is none of this name.
    """
    for metric in METRICS:
        if metric.name == name:
            return metric
    raise KeyError(f"no metric is called {name!r}; known: {', '.join(m.name for m in METRICS)}")
