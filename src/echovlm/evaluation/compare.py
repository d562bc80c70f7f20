"""Two models on the same samples, task by task: paired differences, corrected for the number of tasks."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from echovlm.evaluation.answers import Answers, metric_by_name
from echovlm.evaluation.errors import EvaluationError
from echovlm.evaluation.predictions import read_predictions
from echovlm.evaluation.results import RESULTS_NAME, ResultsFile
from echovlm.evaluation.statistics.bootstrap import PatientResamples
from echovlm.evaluation.statistics.differences import Difference, paired_difference
from echovlm.evaluation.statistics.multiplicity import holm
from echovlm.evaluation.tasks import SUPPLEMENTARY, TASKS

N_RESAMPLES: Final = 2000
_SIGNIFICANT: Final = 0.05


@dataclass(frozen=True, slots=True)
class ComparedTask:
    """One task of two models.

    Attributes:
        task: Name of the task.
        metric: The metric, at the level that is named.
        level: What one sample is.
        unit: Of the metric.
        first: The first model's figure over the samples that both answered.
        second: The second model's.
        difference: First minus second, with its interval.
        p_holm: The p-value corrected for all compared tasks.
        n: Samples that both answered.
        n_patients: Patients behind them.
        better: Which model is better: ``first``, ``second``, or ``neither`` when the correction leaves no claim.
    """

    task: str
    metric: str
    level: str
    unit: str
    first: float
    second: float
    difference: Difference
    p_holm: float
    n: int
    n_patients: int
    better: str


def compare(
    first: Path, second: Path, *, n_resamples: int = N_RESAMPLES, seed: int = 0
) -> tuple[ComparedTask, ...]:
    """Compare two results, each a ``results.json`` or its folder, on the headline metric of each task.

    Only samples that both models answered are counted, with the same drawn patients for both. A difference is
    claimed where the p-value, corrected by Holm over the compared tasks, is below 0.05.

    Args:
        first: Results of one model.
        second: Results of another, on the same data.
        n_resamples: Resamples of patients.
        seed: Seed of the bootstrap.

    Raises:
        EvaluationError: If one cannot be read, the data differ, or no task was answered by both.
    """
    folders = [path if path.is_dir() else path.parent for path in (first, second)]
    runs = [ResultsFile.read(folder / RESULTS_NAME).run for folder in folders]
    for key, what in (("manifest_sha256", "datasets"), ("split", "splits")):
        if runs[0].get(key) != runs[1].get(key):
            raise EvaluationError(
                f"{first} and {second} were evaluated on different {what} "
                f"({str(runs[0].get(key))[:12]} and {str(runs[1].get(key))[:12]}); evaluate both models on one"
            )
    answers = [_by_task(read_predictions(folder)) for folder in folders]
    shared = [task.name for task in (*TASKS, *SUPPLEMENTARY) if all(task.name in each for each in answers)]
    if not shared:
        raise EvaluationError(
            f"no task was answered in both {first} and {second}; evaluate both on the same tasks"
        )
    headline = {task.name: task.headline for task in (*TASKS, *SUPPLEMENTARY)}
    compared = [
        _compare(answers[0][name], answers[1][name], headline[name], n_resamples=n_resamples, seed=seed)
        for name in shared
    ]
    tested = [c for c in compared if np.isfinite(c.difference.p_value)]
    corrected = dict(zip((c.task for c in tested), holm([c.difference.p_value for c in tested]), strict=True))
    return tuple(_decide(one, corrected.get(one.task, 1.0)) for one in compared)


def _by_task(answers: Sequence[Answers]) -> dict[str, Answers]:
    """Return the plain answers of each task at the level of its headline: studies before images."""
    headline = {task.name: task.headline for task in (*TASKS, *SUPPLEMENTARY)}
    found: dict[str, Answers] = {}
    for one in answers:
        if one.variant or headline.get(one.task) not in one.metrics:
            continue
        if one.task not in found or one.level == "study":
            found[one.task] = one
    return found


def _compare(first: Answers, second: Answers, name: str, *, n_resamples: int, seed: int) -> ComparedTask:
    shared = set(first.sample_ids) & set(second.sample_ids)
    if not shared:
        raise EvaluationError(
            f"{first.task}: no sample was answered by both models; evaluate both on one dataset"
        )
    pair = [_ordered(one, shared) for one in (first, second)]
    if not np.array_equal(pair[0].values.get("label", 0), pair[1].values.get("label", 0)):
        raise EvaluationError(
            f"{first.task}: the labels of the two results differ; evaluate both models again"
        )
    metric = metric_by_name(name)
    resamples = PatientResamples.draw(pair[0].patient_ids, n_resamples=n_resamples, seed=seed)
    estimates = [metric.estimate(one, resamples) for one in pair]
    difference = paired_difference(*estimates, n_patients=metric.hangs_on(pair[0]))
    return ComparedTask(
        task=first.task,
        metric=name,
        level=first.level,
        unit=metric.unit,
        first=estimates[0].value,
        second=estimates[1].value,
        difference=difference,
        p_holm=1.0,
        n=len(shared),
        n_patients=len(set(pair[0].patient_ids)),
        better="neither",
    )


def _ordered(one: Answers, shared: set[str]) -> Answers:
    """Return the shared samples in alphabetical order."""
    places = sorted((i for i, s in enumerate(one.sample_ids) if s in shared), key=lambda i: one.sample_ids[i])
    return one.at(places)


def _decide(one: ComparedTask, p_holm: float) -> ComparedTask:
    rises = metric_by_name(one.metric).rises
    better = "neither"
    if p_holm < _SIGNIFICANT and rises is not None:
        better = "first" if (one.difference.value > 0) is rises else "second"
    return replace(one, p_holm=p_holm, better=better)


def render_comparison(compared: Sequence[ComparedTask], *, names: tuple[str, str]) -> str:
    """Return the comparison as a Markdown table."""
    rule = ("---", "---", "---:", "---:", "---:", "---:", "---:", "---:", "---")
    head = ("task", "metric", *names, "difference", "95 % interval", "p (Holm)", "n", "better")
    rows = [
        (
            one.task, one.metric, f"{one.first:.3f}", f"{one.second:.3f}", f"{one.difference.value:+.3f}",
            f"{one.difference.low:+.3f} to {one.difference.high:+.3f}", f"{one.p_holm:.3f}", f"{one.n}",
            {"first": names[0], "second": names[1]}.get(one.better, ""),
        )
        for one in compared
    ]  # fmt: skip
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, rule, *rows)) + "\n"
