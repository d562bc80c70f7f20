"""One simulated cine with everything that is known of it: frames, masks, landmarks, timing and scale."""

import math
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float, UInt8

from echovlm.clinical.anatomy import Landmark
from echovlm.clinical.views import View
from echovlm.errors import EchoVLMError
from echovlm.simulation.bmode.render import Scan, prepare_scan, render_frames
from echovlm.simulation.bmode.style import ImageStyle, sample_style
from echovlm.simulation.heart.geometry import Heart, build_heart
from echovlm.simulation.heart.motion import Phase, beat_ms, phase_in_beat, rr_intervals_ms
from echovlm.simulation.heart.respiration import inspiration_at
from echovlm.simulation.heart.surfaces import HeartState
from echovlm.simulation.patient import SimulatedPatient
from echovlm.simulation.views.acquisition import (
    STANDARD,
    Acquisition,
    AcquisitionSettings,
    sample_acquisition,
)
from echovlm.simulation.views.truth import find_landmarks


class ClipSizeError(EchoVLMError):
    """A clip was asked for that cannot be simulated."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class SimulatedClip:
    """A cine of one view, one beat or more.

    Attributes:
        view: Which view.
        frames: Grey B-mode, no overlay; 0 outside the sector.
        masks: Labels of ``Structure``; 0 is background.
        landmarks_xy_px: Points per frame, pixel centres at integers; NaN where a point does not exist, as in a
            plane off the view's own.
        frame_times_ms: Time of each frame after the first R wave.
        r_wave_times_ms: When each beat of the clip starts, and when the one after its last would.
        ed_frame_index: Frame at end-diastole, the R wave.
        es_frame_index: Frame of smallest LV in the first beat.
        sector_mask: Pixels that belong to the sector.
        apex_xy_px: Sector apex.
        angle_rad: Full opening of the sector.
        depth_mm: Imaging depth.
        spacing_mm: Size of a pixel, same in x and y.
        quality_frac: Quality of the acoustic window, 0 (nothing to be seen) to 1.
        off_axis_deg: How far the plane is turned and tilted out of its view.
        is_diagnostic: Whether a reader could use the clip.
        is_mirrored: Whether the image is shown left-right inverted.
    """

    view: View
    frames: UInt8[np.ndarray, "frame height width"]
    masks: UInt8[np.ndarray, "frame height width"]
    landmarks_xy_px: dict[Landmark, Float[np.ndarray, "frame 2"]]
    frame_times_ms: Float[np.ndarray, " frame"]
    r_wave_times_ms: tuple[float, ...]
    ed_frame_index: int
    es_frame_index: int
    sector_mask: Bool[np.ndarray, "height width"]
    apex_xy_px: tuple[float, float]
    angle_rad: float
    depth_mm: float
    spacing_mm: float
    quality_frac: float
    off_axis_deg: float
    is_diagnostic: bool
    is_mirrored: bool

    def __repr__(self) -> str:
        n, height, width = self.frames.shape
        return f"SimulatedClip({self.view.abbreviation}, {n}×{height}×{width}, {self.spacing_mm:.2f} mm/px)"


def simulate_clip(
    patient: SimulatedPatient, view: View, *, seed: int, n_frames: int, height_px: int, width_px: int,
    style: ImageStyle | None = None, settings: AcquisitionSettings = STANDARD,
) -> SimulatedClip:  # fmt: skip
    """Render one beat of one view; the same arguments give the same bytes.

    Args:
        patient: Whose heart.
        view: One of ``SIMULATED_VIEWS``.
        seed: Seed of the acquisition: sector, style and speckle.
        n_frames: Frames over exactly one beat, >= 2; the first is at the R wave.
        height_px: Image height, >= 64.
        width_px: Image width, >= 64.
        style: What the console does to the image; by default one is drawn for this clip.
        settings: How often an acquisition fails.

    Raises:
        ClipSizeError: If there are too few frames or pixels.
    """
    if n_frames < 2:
        raise ClipSizeError(f"cannot simulate {n_frames} frames; a beat needs at least 2. Raise n_frames.")
    rr_ms = beat_ms(patient.heart_rate_bpm)
    times_ms = np.arange(n_frames) * (rr_ms / n_frames)
    return _simulate(
        patient, view, times_ms, (rr_ms,), seed=seed, height_px=height_px, width_px=width_px, style=style,
        settings=settings,
    )  # fmt: skip


def simulate_cine(
    patient: SimulatedPatient, view: View, *, seed: int, n_beats: int, frame_rate_hz: float, height_px: int,
    width_px: int, style: ImageStyle | None = None, settings: AcquisitionSettings = STANDARD,
) -> SimulatedClip:  # fmt: skip
    """Render whole beats at a frame rate, each as long as the patient's rhythm makes it.

    Args:
        patient: Whose heart.
        view: One of ``SIMULATED_VIEWS``.
        seed: Seed of the acquisition: sector, style and speckle.
        n_beats: Beats, >= 1; the first frame is at an R wave.
        frame_rate_hz: Frames per second, 5 to 200.
        height_px: Image height, >= 64.
        width_px: Image width, >= 64.
        style: What the console does to the image; by default one is drawn for this clip.
        settings: How often an acquisition fails.

    Raises:
        ClipSizeError: If there are no beats, too few pixels, or no such frame rate.
    """
    if n_beats < 1 or not 5 <= frame_rate_hz <= 200:
        raise ClipSizeError(
            f"cannot simulate {n_beats} beats at {frame_rate_hz:g} frames per second; allowed are 1 beat or "
            "more at 5 to 200. Change n_beats or frame_rate_hz."
        )
    intervals_ms = rr_intervals_ms(patient, n_beats)
    times_ms = np.arange(math.ceil(sum(intervals_ms) * frame_rate_hz / 1000)) * (1000 / frame_rate_hz)
    return _simulate(
        patient, view, times_ms, intervals_ms, seed=seed, height_px=height_px, width_px=width_px, style=style,
        settings=settings,
    )  # fmt: skip


def _simulate(
    patient: SimulatedPatient, view: View, times_ms: np.ndarray, intervals_ms: tuple[float, ...], *, seed: int,
    height_px: int, width_px: int, style: ImageStyle | None, settings: AcquisitionSettings,
) -> SimulatedClip:  # fmt: skip
    if min(height_px, width_px) < 64:
        raise ClipSizeError(
            f"cannot simulate frames of {height_px}×{width_px} px; the least is 64×64. Raise height_px or width_px."
        )
    heart = build_heart(patient)
    acquisition = sample_acquisition(
        heart, view, seed=seed, height_px=height_px, width_px=width_px, settings=settings
    )
    scan = prepare_scan(
        acquisition, style or _draw_style(acquisition), height_px=height_px, width_px=width_px
    )
    starts_ms = np.concatenate([[0.0], np.cumsum(intervals_ms)])
    phases = _phases(patient, times_ms, starts_ms)
    breaths = [inspiration_at(patient, float(time_ms)) for time_ms in times_ms]
    states = [heart.state(phase, inspiration=breath) for phase, breath in zip(phases, breaths, strict=True)]
    frames, masks = zip(*render_frames(heart, states, scan), strict=True)
    first_beat = [phase.contraction for phase, t in zip(phases, times_ms, strict=True) if t < intervals_ms[0]]
    clip = SimulatedClip(
        view=view,
        frames=np.stack(frames),
        masks=np.stack(masks),
        landmarks_xy_px=_landmarks(heart, states, scan, view),
        frame_times_ms=times_ms,
        r_wave_times_ms=tuple(map(float, starts_ms)),
        ed_frame_index=0,
        es_frame_index=int(np.argmax(first_beat)),
        sector_mask=scan.sector_mask,
        apex_xy_px=acquisition.apex_xy_px,
        angle_rad=2 * acquisition.half_angle_rad,
        depth_mm=10 * acquisition.depth_cm,
        spacing_mm=10 * acquisition.spacing_cm,
        quality_frac=acquisition.quality_frac,
        off_axis_deg=acquisition.off_axis_deg,
        is_diagnostic=acquisition.is_diagnostic,
        is_mirrored=acquisition.is_mirrored,
    )
    return _mirrored(clip) if acquisition.is_mirrored else clip


def _phases(patient: SimulatedPatient, times_ms: np.ndarray, starts_ms: np.ndarray) -> list[Phase]:
    beats = np.searchsorted(starts_ms, times_ms, side="right") - 1
    lengths_ms = np.diff(starts_ms)
    return [
        phase_in_beat(patient, float(t - starts_ms[beat]), rr_ms=float(lengths_ms[beat]))
        for t, beat in zip(times_ms, beats, strict=True)
    ]


def _landmarks(heart: Heart, states: list[HeartState], scan: Scan, view: View) -> dict[Landmark, np.ndarray]:
    """Return the landmarks per frame; in a plane off the view's own they do not exist."""
    points = [find_landmarks(heart, state, view) for state in states]
    shown = 1.0 if scan.acquisition.off_axis_deg == 0 else math.nan
    return {name: np.stack([scan.to_px(p[name]) * shown for p in points]) for name in points[0]}


def _mirrored(clip: SimulatedClip) -> SimulatedClip:
    """Return the clip with left and right exchanged."""
    last = clip.frames.shape[2] - 1

    def flip(points: np.ndarray) -> np.ndarray:
        return np.stack([last - points[..., 0], points[..., 1]], axis=-1)

    return replace(
        clip,
        frames=np.ascontiguousarray(clip.frames[..., ::-1]),
        masks=np.ascontiguousarray(clip.masks[..., ::-1]),
        sector_mask=np.ascontiguousarray(clip.sector_mask[:, ::-1]),
        landmarks_xy_px={name: flip(points) for name, points in clip.landmarks_xy_px.items()},
        apex_xy_px=(last - clip.apex_xy_px[0], clip.apex_xy_px[1]),
    )


def _draw_style(acquisition: Acquisition) -> ImageStyle:
    return sample_style(np.random.default_rng((acquisition.texture_seed, 0x57)))
