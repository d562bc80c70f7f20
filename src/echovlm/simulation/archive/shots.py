"""One item of an examination as the console stores it, with all that is known of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

import numpy as np
from jaxtyping import Float, UInt8

from echovlm.clinical.measurement import Measurement
from echovlm.clinical.views import Mode
from echovlm.simulation.archive.burned import (
    describe_calipers,
    describe_results,
    place_distances,
    place_on_m_mode,
    place_on_spectrum,
)
from echovlm.simulation.archive.dicom import Content, Timing
from echovlm.simulation.archive.exam import ExamItem, ItemKind
from echovlm.simulation.archive.pages import show_m_mode, show_results, show_spectrum
from echovlm.simulation.archive.reading import Reading
from echovlm.simulation.archive.task import Json, StudyTask
from echovlm.simulation.clip import SimulatedClip, simulate_clip
from echovlm.simulation.console.calipers import Caliper
from echovlm.simulation.console.ecg import Physiology
from echovlm.simulation.console.screen import Examination, Flow, Screen, compose_cine
from echovlm.simulation.console.sector import SectorCine
from echovlm.simulation.console.settings import Console
from echovlm.simulation.doppler.colour import simulate_colour
from echovlm.simulation.doppler.flow_field import Valve
from echovlm.simulation.doppler.mmode import Cursor, simulate_mmode
from echovlm.simulation.doppler.spectral import render_spectrum
from echovlm.simulation.doppler.traces import Trace
from echovlm.simulation.patient import SimulatedPatient
from echovlm.simulation.views.acquisition import AcquisitionSettings

# The first recording of a view is its standard one; of the others some fail. The shares are ours to choose.
_FURTHER_TAKES: Final = AcquisitionSettings(off_axis_share=0.4, nondiagnostic_share=0.15, mirrored_share=0.03)
_STRIP_PX: Final = (240, 560)  # height and width of a spectrum, near its size on the screen


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """One file before it is encoded.

    Attributes:
        frames: The screen.
        content: What it shows, and where.
        timing: When.
        masks: Labels of ``Structure`` in the pixels of the screen; ``None`` where nothing is outlined.
        jets: 1 where a colour cine paints the regurgitant jet of its valve; ``None`` on other files.
        truth: What else is known of it, ready for JSON.
    """

    frames: UInt8[np.ndarray, "frame height width 3"]
    content: Content
    timing: Timing
    masks: UInt8[np.ndarray, "frame height width"] | None = None
    jets: UInt8[np.ndarray, "frame height width"] | None = None
    truth: Json = field(default_factory=dict)

    @property
    def shows_colour(self) -> bool:
        """Whether its colours mean something, so that no console stores it in grey."""
        return self.content.mode is Mode.COLOR


@dataclass(frozen=True, slots=True)
class Recorder:
    """Who is examined, by which machine.

    Attributes:
        task: The study.
        patient: The patient.
        console: The machine, as it was set for this study and as it stores cines.
        still_console: The same machine as it stores stills and pages: larger, so that their text can be read.
        physiology: What its electrodes see.
        has_frame_time_vector: Whether it states the time of each frame.
        reading: What the reader measures in this study.
    """

    task: StudyTask
    patient: SimulatedPatient
    console: Console
    still_console: Console
    physiology: Physiology
    has_frame_time_vector: bool
    reading: Reading

    def record(self, item: ExamItem, acquired: datetime) -> Shot:
        """Return one item of the examination."""
        console = self.console if item.kind is ItemKind.CINE else self.still_console
        examination = Examination(console, self.physiology, acquired)
        if item.kind is ItemKind.REPORT:
            return self._record_page(show_results(self.reading, examination), item, None)
        if item.trace is not None:
            return self._record_spectrum(item, item.trace, examination)
        if item.cursor is not None:
            return self._record_m_mode(item, item.cursor, examination)
        if item.valve is not None:
            return self._record_flow(item, item.valve, examination)
        clip = self._scan(item, console, n_frames=self.task.settings.n_frames)
        calipers: tuple[Caliper, ...] = ()
        if item.distances is not None:
            at_end_systole = item.distances.at_end_systole
            clip = freeze(clip, clip.es_frame_index if at_end_systole else clip.ed_frame_index)
            calipers = place_distances(clip, item.distances, self.reading)
        elif item.kind is ItemKind.STILL:
            clip = freeze(clip, clip.ed_frame_index)
        screen = compose_cine(SectorCine.from_clip(clip), examination, calipers=calipers)
        truth = _describe_clip(clip, screen)
        if calipers:
            truth |= {
                "results": describe_results(screen),
                "calipers": describe_calipers(calipers, screen.placements[0]),
            }
        return Shot(
            frames=screen.frames,
            content=Content(item.view, Mode.B, screen.regions, depth_mm=clip.depth_mm),
            timing=self._timing(clip.frame_times_ms),
            masks=_place(clip.masks, clip, screen),
            truth=truth,
        )

    def _record_flow(self, item: ExamItem, valve: Valve, examination: Examination) -> Shot:
        console = examination.console
        colour = simulate_colour(
            self.patient, valve, seed=self.task.settings.seed, n_frames=self.task.settings.n_frames,
            height_px=console.sector_height_px, width_px=console.sector_width_px, view=item.view,
        )  # fmt: skip
        flow = Flow(
            colour.frames, colour.shown, colour.outline_xy_px, colour.nyquist_cm_per_s, colour.colours
        )
        clip = colour.clip
        screen = compose_cine(SectorCine.from_clip(clip), examination, flow=flow)
        truth = _describe_clip(clip, screen) | {
            "valve": valve.name.lower(),
            "nyquist_cm_per_s": colour.nyquist_cm_per_s,
            "measurements": _describe_measurements(colour.measurements),
        }
        return Shot(
            frames=screen.frames,
            content=Content(item.view, item.mode, screen.regions, depth_mm=clip.depth_mm),
            timing=self._timing(clip.frame_times_ms),
            masks=_place(clip.masks, clip, screen),
            jets=_place(colour.jets.astype(np.uint8), clip, screen),
            truth=truth,
        )

    def _record_spectrum(self, item: ExamItem, trace: Trace, examination: Examination) -> Shot:
        clip = self._scan(item, examination.console, n_frames=2)
        spectrum = render_spectrum(
            self.patient, trace, seed=self.task.settings.seed, height_px=_STRIP_PX[0], width_px=_STRIP_PX[1]
        )
        calipers = place_on_spectrum(spectrum) if item.is_marked else ()
        screen = show_spectrum(clip, spectrum, examination, calipers=calipers)
        truth = {"trace": trace.file_name} | _describe_strip(screen, calipers, spectrum.measurements)
        return self._record_page(screen, item, clip.depth_mm, truth)

    def _record_m_mode(self, item: ExamItem, cursor: Cursor, examination: Examination) -> Shot:
        console = examination.console
        clip = self._scan(item, console, n_frames=2)
        m_mode = simulate_mmode(
            self.patient, cursor, seed=self.task.settings.seed, height_px=_STRIP_PX[0], width_px=_STRIP_PX[1],
            clip_height_px=console.sector_height_px, clip_width_px=console.sector_width_px,
        )  # fmt: skip
        calipers = place_on_m_mode(m_mode) if item.is_marked else ()
        screen = show_m_mode(clip, m_mode, examination, calipers=calipers)
        truth = {"cursor": cursor.file_name} | _describe_strip(screen, calipers, m_mode.measurements)
        return self._record_page(screen, item, clip.depth_mm, truth)

    def _record_page(
        self, screen: Screen, item: ExamItem, depth_mm: float | None, truth: Json | None = None
    ) -> Shot:
        return Shot(
            frames=screen.frames,
            content=Content(item.view, item.mode, screen.regions, depth_mm=depth_mm),
            timing=self._timing(np.zeros(1)),
            truth={"frame_times_ms": [0.0], "results": describe_results(screen)} | (truth or {}),
        )

    def _scan(self, item: ExamItem, console: Console, *, n_frames: int) -> SimulatedClip:
        assert item.view is not None, "only a page of results has none"
        return simulate_clip(
            self.patient, item.view, seed=self.task.take_seed(item.take), n_frames=n_frames,
            height_px=console.sector_height_px, width_px=console.sector_width_px,
            style=console.image_style,
        )  # fmt: skip

    def _timing(self, frame_times_ms: Float[np.ndarray, " frame"]) -> Timing:
        start_ms, beat_ms = float(frame_times_ms[0]), 60_000.0 / self.patient.heart_rate_bpm
        times_ms = tuple(float(time_ms) - start_ms for time_ms in frame_times_ms)
        waves_ms = tuple(float(wave_ms) for wave_ms in np.arange(0.0, times_ms[-1] + 1e-6, beat_ms))
        return Timing(
            times_ms,
            heart_rate_bpm=self.patient.heart_rate_bpm,
            r_wave_times_ms=waves_ms if len(times_ms) > 1 else (),
            as_vector=self.has_frame_time_vector,
        )


def freeze(clip: SimulatedClip, frame_index: int) -> SimulatedClip:
    """Return one frame of a cine as a clip of its own."""
    here = slice(frame_index, frame_index + 1)
    return replace(
        clip,
        frames=clip.frames[here],
        masks=clip.masks[here],
        landmarks_xy_px={name: points[here] for name, points in clip.landmarks_xy_px.items()},
        frame_times_ms=clip.frame_times_ms[here],
        ed_frame_index=0,
        es_frame_index=0,
    )


def _place(
    labels: UInt8[np.ndarray, "frame height width"], clip: SimulatedClip, screen: Screen
) -> UInt8[np.ndarray, "frame height width"]:
    """Return labels of a clip's pixels in the pixels of the screen."""
    x_px, y_px = screen.offset_xy_px
    top, left = (int(i) for i in np.argwhere(clip.sector_mask).min(axis=0))
    bottom, right = (int(i) + 1 for i in np.argwhere(clip.sector_mask).max(axis=0))
    placed = np.zeros(screen.frames.shape[:3], np.uint8)
    placed[:, top + y_px : bottom + y_px, left + x_px : right + x_px] = labels[:, top:bottom, left:right]
    return placed


def _describe_strip(
    screen: Screen, calipers: tuple[Caliper, ...], measurements: Sequence[Measurement]
) -> Json:
    """Return what is known of a spectrum or an M-mode; its strip was placed after the reference picture."""
    return {
        "calipers": describe_calipers(calipers, screen.placements[1]),
        "measurements": _describe_measurements(measurements),
    }


def _describe_measurements(measurements: Sequence[Measurement]) -> list[Json]:
    return [{"quantity": m.quantity.key, "value": m.value, "unit": m.unit.symbol} for m in measurements]


def _describe_clip(clip: SimulatedClip, screen: Screen) -> Json:
    """Return what is known of a B-mode clip, points in the pixels of the screen."""
    return {
        "ed_frame_index": clip.ed_frame_index,
        "es_frame_index": clip.es_frame_index,
        "spacing_mm": clip.spacing_mm,
        "quality_frac": clip.quality_frac,
        "off_axis_deg": clip.off_axis_deg,
        "is_diagnostic": clip.is_diagnostic,
        "is_mirrored": clip.is_mirrored,
        "frame_times_ms": [round(float(time_ms), 6) for time_ms in clip.frame_times_ms],
        "landmarks": {
            landmark.value: [_point_json(point) for point in points + np.array(screen.offset_xy_px)]
            for landmark, points in sorted(clip.landmarks_xy_px.items(), key=lambda item: item[0].value)
        },
    }


def _point_json(point: Float[np.ndarray, "2"]) -> list[float | None]:
    """Return a point in JSON, which has no NaN: a point that does not exist in a frame has null for both."""
    return [round(float(value), 4) if np.isfinite(value) else None for value in point]
