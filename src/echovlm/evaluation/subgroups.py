"""Figures of groups of patients apart: by sex, age, image quality, console, pixel size and view."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np

from echovlm.clinical.measurement import Quantity
from echovlm.dataset import ClipRow
from echovlm.evaluation.answers import Answers
from echovlm.evaluation.results import Scored
from echovlm.evaluation.statistics.bootstrap import PatientResamples

_LEAST_PATIENTS: Final = 10  # an interval over fewer is a guess
_OF_CLIPS: Final = ("pixel", "view")  # which differ within a study
_YOUNG, _OLD = 40, 65  # years; our choice
_FINE_MM, _COARSE_MM = 0.45, 0.75  # of a stored pixel; our choice


def score_subgroups(
    answers: Sequence[Answers],
    headlines: Mapping[str, str],
    rows: Sequence[ClipRow],
    quality: Mapping[str, str],
    resamples: PatientResamples,
) -> list[Scored]:
    """Return each task's headline metric in every group of at least ten patients.

    Args:
        answers: What was said; only the plain way of asking is looked at, at the level of the headline.
        headlines: The headline metric of each task.
        rows: The clips of the split.
        quality: Image quality of each study.
        resamples: The drawn patients.
    """
    groupings = _groupings(rows, quality)
    beside = _levels_beside(answers)
    scored = []
    for one in answers:
        metric = headlines.get(one.task)
        if one.variant or metric not in one.metrics or (one.task, one.level) in beside:
            continue
        for grouping, group_of in groupings.items():
            if grouping in _OF_CLIPS and one.level == "study":
                continue
            member = np.array([group_of(sample) for sample in _rows_of(one, rows)])
            for group in sorted({m for m in member if m}):
                part = one.only(member == group)
                if len(set(part.patient_ids)) >= _LEAST_PATIENTS and _has_both(part, metric):
                    scored += part.score(resamples, subgroup=f"{grouping}: {group}", names=[metric])
    return scored


def _levels_beside(answers: Sequence[Answers]) -> set[tuple[str, str]]:
    """Return the levels that say the same of a task as another one, which is enough for a group."""
    levels = {(one.task, one.level) for one in answers}
    return {(t, "image") for t, level in levels if level == "study" and t.startswith("zero-shot/")} | {
        (t, "study") for t, level in levels if level == "sentence"
    }


def _groupings(rows: Sequence[ClipRow], quality: Mapping[str, str]) -> dict[str, Callable[[ClipRow], str]]:
    """Return the ways to group, leaving out those in which all clips are alike."""
    ways: dict[str, Callable[[ClipRow], str]] = {
        "sex": lambda row: "" if row.sex is None else row.sex.value,
        "age": _age_of,
        "image quality": lambda row: quality.get(row.study_id, ""),
        "console": lambda row: row.console or "",
        "pixel": _pixel_of,
        "view": lambda row: row.view.abbreviation,
    }
    return {name: way for name, way in ways.items() if len({way(row) for row in rows} - {""}) > 1}


def _rows_of(answers: Answers, rows: Sequence[ClipRow]) -> list[ClipRow]:
    """Return a clip of each sample: the clip itself, or one of the study."""
    by_clip = {row.clip_id: row for row in rows}
    by_study = {row.study_id: row for row in rows}
    return [by_clip.get(s.split(" ")[0]) or by_study[s.split(" ")[0]] for s in answers.sample_ids]


def _has_both(part: Answers, metric: str) -> bool:
    return metric != "auroc" or 0 < part.label().mean() < 1


def _age_of(row: ClipRow) -> str:
    age = next((m.canonical().value for m in row.measurements if m.quantity is Quantity.AGE), None)
    if age is None:
        return ""
    return (
        f"under {_YOUNG}" if age < _YOUNG else f"{_YOUNG} to {_OLD - 1}" if age < _OLD else f"{_OLD} and over"
    )


def _pixel_of(row: ClipRow) -> str:
    if row.spacing_mm is None:
        return "not calibrated"
    return "fine" if row.spacing_mm < _FINE_MM else "coarse" if row.spacing_mm > _COARSE_MM else "medium"
