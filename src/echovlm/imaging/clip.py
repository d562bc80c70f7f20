"""One image file as the rest of the package sees it: pixels, times, millimetres, and what is unknown."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from jaxtyping import Float, UInt8

from echovlm.clinical.views import Mode, View
from echovlm.imaging.choice import FrameChoice, choose_frames
from echovlm.imaging.content import Content
from echovlm.imaging.regions import UltrasoundRegion

# What our simulator writes as Manufacturer (0008,0070), by which its files are known again.
SIMULATOR: Final = "echovlm simulator"


@dataclass(frozen=True, slots=True)
class Calibration:
    """Millimetres per pixel of one two-dimensional region.

    Attributes:
        spacing_yx_mm: Millimetres between pixel centres, down and to the right; always positive.
        region_xyxy_px: The region's box in image pixels, end exclusive, inside the image.
    """

    spacing_yx_mm: tuple[float, float]
    region_xyxy_px: tuple[int, int, int, int]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Clip:
    """A cine or a still, decoded.

    Attributes:
        frames: RGB, whatever the file stored.
        frame_times_ms: Onset of each frame, first is 0, strictly increasing; ``None`` when unknown.
        calibration: ``None`` when the file does not say, or says something impossible.
        heart_rate_bpm: ``None`` when unknown.
        r_wave_times_ms: Times of the R waves from the first frame's onset; empty when unknown.
        view: The view that the file names; ``None`` when it names none that we know.
        mode: The imaging mode that the file states, or that colour flow in the pixels proves.
        path: The file.
        patient_id: As the file writes it; ``None`` when absent or empty. So are the next three.
        sex_text: Uninterpreted.
        study_uid: Study Instance UID.
        instance_uid: SOP Instance UID.
        remarks: What is unknown and why, one sentence each.
        height_cm: The patient's height as the file states it; ``None`` when absent or impossible.
        weight_kg: The patient's weight, likewise.
        regions: Every ultrasound region that the file states, each with the scale of its axes.
        content: What a DICOM file shows as a whole; ``None`` for other files, which say nothing of it.
        console: Maker and model of the machine as a DICOM file states them; ``None`` when unknown.
        is_simulated: Whether the file says that our simulator made it.
        frame_indices: Which frames of the file these are, counted from 0; ``None`` when they are all.
    """

    frames: UInt8[np.ndarray, "frame height width 3"]
    frame_times_ms: Float[np.ndarray, "frame"] | None
    calibration: Calibration | None
    heart_rate_bpm: float | None
    r_wave_times_ms: tuple[float, ...]
    view: View | None
    mode: Mode | None
    path: Path
    patient_id: str | None
    sex_text: str | None
    study_uid: str | None
    instance_uid: str | None
    remarks: tuple[str, ...]
    height_cm: float | None = None
    weight_kg: float | None = None
    regions: tuple[UltrasoundRegion, ...] = ()
    content: Content | None = None
    console: str | None = None
    is_simulated: bool = False
    frame_indices: tuple[int, ...] | None = None

    @property
    def is_cine(self) -> bool:
        """Whether there is more than one frame."""
        return len(self.frames) > 1

    @property
    def frames_per_second(self) -> float | None:
        """Mean rate of the file's frames, kept or not; ``None`` for a still or when times are unknown."""
        if self.frame_times_ms is None or not self.is_cine:
            return None
        indices = self.frame_indices or range(len(self.frames))
        return 1000.0 * (indices[-1] - indices[0]) / float(self.frame_times_ms[-1])

    def only(self, choose: FrameChoice) -> "Clip":
        """Return the clip with the chosen frames alone, their times counted from the first of them.

        Raises:
            ValueError: If the choice is none.
        """
        kept = choose_frames(choose, len(self.frames))
        if len(kept) == len(self.frames):
            return self
        times_ms, onset_ms = self.frame_times_ms, 0.0
        if times_ms is not None:
            onset_ms = float(times_ms[kept[0]])
            times_ms = times_ms[list(kept)] - onset_ms
        before = self.frame_indices or range(len(self.frames))
        is_run = kept[-1] - kept[0] == len(kept) - 1  # neighbours need no copy
        return replace(
            self,
            frames=self.frames[kept[0] : kept[-1] + 1] if is_run else self.frames[list(kept)],
            frame_times_ms=times_ms,
            r_wave_times_ms=tuple(wave - onset_ms for wave in self.r_wave_times_ms),
            frame_indices=tuple(before[index] for index in kept),
        )

    def __repr__(self) -> str:
        frames, height, width, _ = self.frames.shape
        rate = self.frames_per_second
        spacing = self.calibration and self.calibration.spacing_yx_mm[0]
        parts = (
            self.view.abbreviation if self.view else "view unknown",
            f"{frames}×{height}×{width}",
            "still" if not self.is_cine else f"{rate:.4g} fps" if rate else "rate unknown",
            f"{spacing:.2g} mm/px" if spacing else "not calibrated",
            f"study …{self.study_uid[-4:]}" if self.study_uid else self.path.name,
        )
        return f"Clip({', '.join(parts)})"
