"""How landmark tasks are scored: the error of the diameter in centimetres and of its ends in millimetres."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from echovlm.clinical.anatomy import Landmark
from echovlm.evaluation.blind import BlindAnswer
from echovlm.evaluation.bootstrap import PatientResamples
from echovlm.evaluation.metrics import weighted_mean
from echovlm.evaluation.results import Arm, Sample, Scored
from echovlm.evaluation.task import LandmarkTask
from echovlm.evaluation.traces import TracedFrame
from echovlm.measure import distance_cm

Points = dict[Landmark, Float[np.ndarray, "2"]]


@dataclass(frozen=True, slots=True, eq=False)
class DiameterScore:
    """The figures, with the pairs of values behind them.

    Attributes:
        rows: The figures.
        true_cm: The true diameter of each clip.
        model_cm: The model's.
    """

    rows: tuple[Scored, ...]
    true_cm: Float[np.ndarray, "clip"]
    model_cm: Float[np.ndarray, "clip"]


def score_diameters(
    task: LandmarkTask, traced: Sequence[TracedFrame], blind: BlindAnswer, resamples: PatientResamples
) -> DiameterScore:
    """Score the end-diastolic frames of the task's views that are calibrated and have both landmarks."""
    ends = {task.first, task.second}
    frames = [
        frame
        for frame in traced
        if frame.row.view in task.views
        and frame.frame_index == frame.row.ed_frame_index
        and frame.row.spacing_mm is not None
        and ends <= frame.true_points_xy_px.keys()
    ]
    if not frames:
        reason = (
            f"no calibrated end-diastolic frame in this split has {task.first.value} and {task.second.value}"
        )
        row = Sample(task.name, "image", 0, 0).missing(reason, metric="error", unit="cm")
        return DiameterScore((row,), np.zeros(0), np.zeros(0))
    true_cm = np.array([_length_cm(task, frame, frame.true_points_xy_px) for frame in frames])
    model_cm = np.array([_length_cm(task, frame, frame.points_xy_px) for frame in frames])
    errors = {
        ("error", "cm", Arm.MODEL): np.abs(model_cm - true_cm),
        ("bias", "cm", Arm.MODEL): model_cm - true_cm,
        ("point-error", "mm", Arm.MODEL): _point_error_mm(task, frames, [f.points_xy_px for f in frames]),
    }
    guess = [blind.distances_cm.get((frame.row.view, task.first, task.second)) for frame in frames]
    if all(value is not None for value in guess):
        errors["error", "cm", Arm.CHANCE] = np.abs(np.array(guess, dtype=np.float64) - true_cm)
    placed = [_blind_points(task, frame, blind) for frame in frames]
    if all(ends <= points.keys() for points in placed):
        errors["point-error", "mm", Arm.CHANCE] = _point_error_mm(task, frames, placed)
    patients = [frame.row.patient_id for frame in frames]
    sample = Sample(task.name, "image", len(frames), len(set(patients)))
    rows = []
    for (metric, unit, arm), error in errors.items():
        estimate = resamples.estimate(lambda weight, e=error: weighted_mean(e, weight), patients)  # type: ignore[misc]
        rows.append(sample.scored(estimate, metric=metric, arm=arm, unit=unit))
    return DiameterScore(tuple(rows), true_cm, model_cm)


def _length_cm(task: LandmarkTask, frame: TracedFrame, points: Points) -> float:
    return distance_cm(points[task.first], points[task.second], spacing_mm=frame.row.spacing_mm)


def _point_error_mm(
    task: LandmarkTask, frames: Sequence[TracedFrame], placed: Sequence[Points]
) -> Float[np.ndarray, "clip"]:
    """Return the mean distance of the two ends from where they belong."""
    error = [
        np.mean(
            [
                distance_cm(points[end], frame.true_points_xy_px[end], spacing_mm=frame.row.spacing_mm) * 10
                for end in (task.first, task.second)
            ]
        )
        for frame, points in zip(frames, placed, strict=True)
    ]
    return np.array(error, dtype=np.float64)


def _blind_points(task: LandmarkTask, frame: TracedFrame, blind: BlindAnswer) -> Points:
    ends = ((end, blind.point_for(frame.row, end)) for end in (task.first, task.second))
    return {end: point for end, point in ends if point is not None}
