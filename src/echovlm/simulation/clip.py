"""One simulated cine with everything that is known of it: frames, masks, landmarks, timing and scale."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, UInt8

from echovlm.clinical.anatomy import Landmark
from echovlm.clinical.views import View
from echovlm.errors import EchoVLMError
from echovlm.simulation.bmode.render import prepare_scan, render_frames
from echovlm.simulation.bmode.style import ImageStyle, sample_style
from echovlm.simulation.heart.geometry import build_heart
from echovlm.simulation.heart.motion import beat_ms, phase_in_beat
from echovlm.simulation.patient import SimulatedPatient
from echovlm.simulation.views.acquisition import Acquisition, sample_acquisition
from echovlm.simulation.views.truth import find_landmarks


class ClipSizeError(EchoVLMError):
    """A clip was asked for that cannot be simulated."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class SimulatedClip:
    """One beat of one view.

    Attributes:
        view: Which view.
        frames: Grey B-mode, no overlay; 0 outside the sector.
        masks: Labels of ``Structure``; 0 is background.
        landmarks_xy_px: Points per frame, pixel centres at integers; NaN where a point does not exist.
        frame_times_ms: Time of each frame after the R wave.
        ed_frame_index: Frame at end-diastole, the R wave.
        es_frame_index: Frame of smallest LV.
        sector_mask: Pixels that belong to the sector.
        apex_xy_px: Sector apex.
        angle_rad: Full opening of the sector.
        depth_mm: Imaging depth.
        spacing_mm: Size of a pixel, same in x and y.
        quality_frac: Quality of the acoustic window, 0 (nothing to be seen) to 1.
    """

    view: View
    frames: UInt8[np.ndarray, "frame height width"]
    masks: UInt8[np.ndarray, "frame height width"]
    landmarks_xy_px: dict[Landmark, Float[np.ndarray, "frame 2"]]
    frame_times_ms: Float[np.ndarray, " frame"]
    ed_frame_index: int
    es_frame_index: int
    sector_mask: Bool[np.ndarray, "height width"]
    apex_xy_px: tuple[float, float]
    angle_rad: float
    depth_mm: float
    spacing_mm: float
    quality_frac: float

    def __repr__(self) -> str:
        n, height, width = self.frames.shape
        return f"SimulatedClip({self.view.abbreviation}, {n}×{height}×{width}, {self.spacing_mm:.2f} mm/px)"


def simulate_clip(
    patient: SimulatedPatient,
    view: View,
    *,
    seed: int,
    n_frames: int,
    height_px: int,
    width_px: int,
    style: ImageStyle | None = None,
) -> SimulatedClip:
    """Render one beat of one view; the same arguments give the same bytes.

    Args:
        patient: Whose heart.
        view: One of ``SIMULATED_VIEWS``.
        seed: Seed of the acquisition: sector, style and speckle.
        n_frames: Frames over exactly one beat, >= 2; the first is at the R wave.
        height_px: Image height, >= 64.
        width_px: Image width, >= 64.
        style: What the console does to the image; by default one is drawn for this clip.

    Raises:
        ClipSizeError: If there are too few frames or pixels.
    """
    if n_frames < 2 or min(height_px, width_px) < 64:
        raise ClipSizeError(
            f"cannot simulate {n_frames} frames of {height_px}×{width_px} px; a beat needs at least 2 frames "
            "and 64×64 px. Raise n_frames, height_px or width_px."
        )
    heart = build_heart(patient)
    acquisition = sample_acquisition(heart, view, seed=seed, height_px=height_px, width_px=width_px)
    scan = prepare_scan(
        acquisition, style or _draw_style(acquisition), height_px=height_px, width_px=width_px
    )
    rr_ms = beat_ms(patient.heart_rate_bpm)
    times_ms = np.arange(n_frames) * (rr_ms / n_frames)
    phases = [phase_in_beat(patient, float(time_ms), rr_ms=rr_ms) for time_ms in times_ms]
    states = [heart.state(phase) for phase in phases]
    frames, masks = zip(*render_frames(heart, states, scan), strict=True)
    points = [
        {name: scan.to_px(point) for name, point in find_landmarks(heart, state, view).items()}
        for state in states
    ]
    return SimulatedClip(
        view=view,
        frames=np.stack(frames),
        masks=np.stack(masks),
        landmarks_xy_px={name: np.stack([p[name] for p in points]) for name in points[0]},
        frame_times_ms=times_ms,
        ed_frame_index=0,
        es_frame_index=int(np.argmax([phase.contraction for phase in phases])),
        sector_mask=scan.sector_mask,
        apex_xy_px=acquisition.apex_xy_px,
        angle_rad=2 * acquisition.half_angle_rad,
        depth_mm=10 * acquisition.depth_cm,
        spacing_mm=10 * acquisition.spacing_cm,
        quality_frac=acquisition.quality_frac,
    )


def _draw_style(acquisition: Acquisition) -> ImageStyle:
    return sample_style(np.random.default_rng((acquisition.texture_seed, 0x57)))
