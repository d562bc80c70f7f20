"""Chamber segmentation: Dice, 95 % Hausdorff distance, and the errors of the area and volume that a mask gives."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from echovlm.clinical.anatomy import Structure
from echovlm.clinical.views import View
from echovlm.dataset import ClipRow
from echovlm.evaluation.answers import Answers
from echovlm.evaluation.cache import AnswerCache
from echovlm.evaluation.evidence import Evidence
from echovlm.evaluation.needs import DataName, Need
from echovlm.evaluation.results import Arm, Sample, Scored
from echovlm.evaluation.statistics.boundary import hausdorff_95_mm
from echovlm.evaluation.statistics.metrics import dice
from echovlm.evaluation.task import TaskScore
from echovlm.evaluation.traces import TracedFrame
from echovlm.measure import la_volume_monoplane_px3, simpson_monoplane_px3, structure_mask
from echovlm.source_hash import hash_packages

Mask = Bool[np.ndarray, "height width"]


@dataclass(frozen=True, slots=True)
class SegmentationTask:
    """Outline a structure on the end-diastolic and the end-systolic frame.

    A frame on which the model outlines nothing has Dice 0, the frame's diagonal as Hausdorff distance, and
    errors of 100 %. Area and volume errors are in percent of the true outline's; volumes are by single-plane
    discs for a ventricle and by area and length for an atrium, and need no calibration.

    Attributes:
        name: Unique.
        structure: What to outline.
        views: In which views.
        has_volume: Whether the outline of one plane gives a volume.
        source: Where the task comes from.
        data: The datasets that have its truth.
    """

    name: str
    structure: Structure
    views: frozenset[View]
    has_volume: bool
    source: str
    data: tuple[DataName, ...]
    needs: frozenset[Need] = frozenset({Need.TRACES})
    headline: str = "dice"

    def sentences(self, rows: Sequence[ClipRow]) -> Iterable[str]:
        """Return none: nothing is asked in words."""
        return ()

    def score(self, evidence: Evidence) -> TaskScore:
        """Score the frames of the task's views whose true mask holds the structure."""
        sample = Sample(self.name, "frame", 0, 0)
        if evidence.traced is None:
            return TaskScore((sample.missing(NO_OUTLINES, metric="dice"),))
        frames = tuple(
            frame
            for frame in evidence.traced
            if frame.row.view in self.views
            and frame.true_mask is not None
            and structure_mask(frame.true_mask, self.structure).any()
        )
        if not frames:
            shown = ", ".join(sorted(view.abbreviation for view in self.views))
            reason = f"no frame of {shown} in this split has a true mask of the {self.structure.name}"
            return TaskScore((sample.missing(reason, metric="dice"),))
        answers = self._answers(frames, evidence.cache)
        rows = [row for one in answers for row in one.score(evidence.resamples)]
        return TaskScore((*rows, *self._chance(frames, evidence)), tuple(answers), frames)

    def _answers(self, frames: Sequence[TracedFrame], cache: AnswerCache) -> list[Answers]:
        pairs = [(structure_mask(f.mask, self.structure), self._truth(f)) for f in frames]
        spacings = [frame.row.spacing_mm for frame in frames]
        key = (
            "outline errors",
            self.name,
            hash_packages("evaluation", "measure"),
            _hash_pairs(pairs),
            spacings,
        )
        kept = cache.compute([f"{part}" for part in key], lambda: self._errors(pairs, spacings))
        values = {"dice": kept["dice"], "area_error_pct": kept["area_error_pct"]}
        if self.has_volume:
            values["volume_error_pct"] = kept["volume_error_pct"]
        made = [
            self._of(frames, values, ("dice", "area-error") + (("volume-error",) if self.has_volume else ()))
        ]
        some = [frame for frame in frames if frame.row.spacing_mm is not None]
        if some:
            made.append(self._of(some, {"hausdorff_95_mm": kept["hausdorff_95_mm"]}, ("hausdorff-95",)))
        return made

    def _errors(
        self, pairs: Sequence[tuple[Mask, Mask]], spacings_mm: Sequence[float | None]
    ) -> dict[str, Float[np.ndarray, "frame"]]:
        """Return every error of every frame; distances of the calibrated ones alone."""
        sizes = [_size_errors(self, said, true) for said, true in pairs]
        calibrated = [(pair, mm) for pair, mm in zip(pairs, spacings_mm, strict=True) if mm is not None]
        return {
            "dice": np.array([dice(said, true) for said, true in pairs]),
            "area_error_pct": np.array([area for area, _ in sizes]),
            "volume_error_pct": np.array([volume for _, volume in sizes]),
            "hausdorff_95_mm": np.array([_distance_mm(*pair, mm) for pair, mm in calibrated]),
        }

    def _of(
        self,
        frames: Sequence[TracedFrame],
        values: dict[str, Float[np.ndarray, "frame"]],
        metrics: tuple[str, ...],
    ) -> Answers:
        ids, patients = (
            tuple(each) for each in ([f.sample_id for f in frames], [f.row.patient_id for f in frames])
        )
        return Answers(self.name, "frame", "", ids, patients, values, metrics)

    def _truth(self, frame: TracedFrame) -> Mask:
        assert frame.true_mask is not None, "only frames with a truth are scored"
        return structure_mask(frame.true_mask, self.structure)

    def _chance(self, frames: Sequence[TracedFrame], evidence: Evidence) -> list[Scored]:
        """Return the Dice of the average training patient."""
        if evidence.blind is None:
            return []
        guesses = [evidence.blind.mask_for(frame.row, self.structure) for frame in frames]
        if any(guess is None for guess in guesses):
            return []
        overlap = [
            dice(guess, self._truth(frame))
            for guess, frame in zip(guesses, frames, strict=True)
            if guess is not None
        ]
        return self._of(frames, {"dice": np.array(overlap)}, ("dice",)).score(
            evidence.resamples, arm=Arm.CHANCE
        )


NO_OUTLINES = "the model under test outlines nothing; give one that does with --dense"


def _hash_pairs(pairs: Sequence[tuple[Mask, Mask]]) -> str:
    digest = hashlib.sha256()
    for mask in (mask for pair in pairs for mask in pair):
        digest.update(f"{mask.shape}".encode() + np.packbits(mask).tobytes())
    return digest.hexdigest()


def _size_errors(task: SegmentationTask, said: Mask, true: Mask) -> tuple[float, float]:
    """Return by how many percent of the truth the area and the volume are off."""
    if not said.any():
        return 100.0, 100.0
    area = 100 * abs(int(said.sum()) - int(true.sum())) / int(true.sum())
    if not task.has_volume:
        return area, np.nan
    volume = la_volume_monoplane_px3 if task.structure is Structure.LA else simpson_monoplane_px3
    truth = volume(true)
    return area, 100 * abs(volume(said) - truth) / truth


def _distance_mm(said: Mask, true: Mask, spacing_mm: float) -> float:
    if not said.any():
        return float(np.hypot(*true.shape)) * spacing_mm
    return hausdorff_95_mm(said, true, spacing_mm=spacing_mm)
