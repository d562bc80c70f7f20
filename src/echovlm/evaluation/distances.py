"""Landmarks whose distance is a measurement: the error of the points in millimetres and of the value in centimetres."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from echovlm.clinical.anatomy import Landmark
from echovlm.clinical.views import View
from echovlm.dataset import ClipRow
from echovlm.evaluation.answers import Answers
from echovlm.evaluation.evidence import Evidence
from echovlm.evaluation.needs import DataName, Need
from echovlm.evaluation.outlines import NO_OUTLINES
from echovlm.evaluation.results import Arm, Sample, Scored
from echovlm.evaluation.task import TaskScore
from echovlm.evaluation.traces import TracedFrame

Points = Mapping[Landmark, Float[np.ndarray, "2"]]


@dataclass(frozen=True, slots=True)
class LandmarkTask:
    """Place both ends of a linear measurement at end-diastole.

    Attributes:
        name: Unique.
        first: One end: a landmark, or several whose middle it is.
        second: The other end.
        views: In which views.
        source: Where the task comes from.
        data: The datasets that have its truth.
    """

    name: str
    first: tuple[Landmark, ...]
    second: tuple[Landmark, ...]
    views: frozenset[View]
    source: str
    data: tuple[DataName, ...]
    needs: frozenset[Need] = frozenset({Need.TRACES})
    headline: str = "point-error"

    @property
    def landmarks(self) -> frozenset[Landmark]:
        """All landmarks that it takes."""
        return frozenset((*self.first, *self.second))

    def sentences(self, rows: Sequence[ClipRow]) -> Iterable[str]:
        """Return none: nothing is asked in words."""
        return ()

    def ends(self, points: Points) -> tuple[Float[np.ndarray, "2"], Float[np.ndarray, "2"]] | None:
        """Return both ends of the line; ``None`` when a landmark is missing."""
        if not self.landmarks <= points.keys():
            return None
        first, second = (
            np.asarray(np.mean([points[name] for name in end], axis=0)) for end in (self.first, self.second)
        )
        return first, second

    def length(self, points: Points) -> float | None:
        """Return the distance between both ends, in the unit of the points."""
        ends = self.ends(points)
        return None if ends is None else float(np.hypot(*(ends[0] - ends[1])))

    def score(self, evidence: Evidence) -> TaskScore:
        """Score the end-diastolic frames of the task's views that are calibrated and have all landmarks."""
        sample = Sample(self.name, "image", 0, 0)
        if evidence.traced is None:
            return TaskScore((sample.missing(NO_OUTLINES, metric="point-error", unit="mm"),))
        frames = tuple(
            frame
            for frame in evidence.traced
            if frame.row.view in self.views
            and frame.frame_index == frame.row.ed_frame_index
            and frame.row.spacing_mm is not None
            and self.landmarks <= frame.true_points_xy_px.keys()
        )
        if not frames:
            needed = ", ".join(sorted(name.value for name in self.landmarks))
            reason = f"no calibrated end-diastolic frame in this split has {needed}"
            return TaskScore((sample.missing(reason, metric="point-error", unit="mm"),))
        if any(self.ends(frame.points_xy_px) is None for frame in frames):
            reason = f"{evidence.model.name} places no {', '.join(sorted(n.value for n in self.landmarks))}"
            return TaskScore((sample.missing(reason, metric="point-error", unit="mm"),))
        answers = self._answers(frames, [frame.points_xy_px for frame in frames])
        rows = answers.score(evidence.resamples)
        return TaskScore((*rows, *self._chance(frames, evidence)), (answers,), frames)

    def _answers(self, frames: Sequence[TracedFrame], placed: Sequence[Points]) -> Answers:
        truth, said = (
            np.array([self._length_cm(frame, points) for frame, points in zip(frames, each, strict=True)])
            for each in ([frame.true_points_xy_px for frame in frames], placed)
        )
        values = {
            "error_cm": np.abs(said - truth),
            "bias_cm": said - truth,
            "point_error_mm": np.array([self._off_mm(f, p) for f, p in zip(frames, placed, strict=True)]),
            "true_cm": truth,
            "said_cm": said,
        }
        ids, patients = (
            tuple(each) for each in ([f.sample_id for f in frames], [f.row.patient_id for f in frames])
        )
        return Answers(self.name, "image", "", ids, patients, values, ("point-error", "error", "bias"))

    def _length_cm(self, frame: TracedFrame, points: Points) -> float:
        length, spacing_mm = self.length(points), frame.row.spacing_mm
        assert length is not None, "frames without a landmark are left out"
        assert spacing_mm is not None, "and those without a calibration"
        return length * spacing_mm / 10

    def _off_mm(self, frame: TracedFrame, placed: Points) -> float:
        """Return the mean distance of the two ends from where they belong."""
        said, truth = self.ends(placed), self.ends(frame.true_points_xy_px)
        assert said is not None, "frames without a landmark are left out"
        assert truth is not None, "likewise"
        assert frame.row.spacing_mm is not None, "and those without a calibration"
        return (
            float(np.mean([np.hypot(*(a - b)) for a, b in zip(said, truth, strict=True)]))
            * frame.row.spacing_mm
        )

    def _chance(self, frames: Sequence[TracedFrame], evidence: Evidence) -> list[Scored]:
        """Return the errors of the average training patient: its points, and its median value."""
        blind = evidence.blind
        if blind is None:
            return []
        placed = [
            {n: p for n in self.landmarks if (p := blind.point_for(f.row, n)) is not None} for f in frames
        ]
        usual = [blind.median_length_cm(frame.row.view, self.length) for frame in frames]
        if any(self.ends(points) is None for points in placed) or any(value is None for value in usual):
            return []
        answers = self._answers(frames, placed)
        error = np.abs(np.array(usual, dtype=np.float64) - answers.values["true_cm"])
        answers = Answers(
            self.name,
            "image",
            "",
            answers.sample_ids,
            answers.patient_ids,
            {**answers.values, "error_cm": error},
            ("point-error", "error"),
        )
        return answers.score(evidence.resamples, arm=Arm.CHANCE)
