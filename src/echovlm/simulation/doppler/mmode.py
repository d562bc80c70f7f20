"""M-mode: the echoes along one line of the B-mode plane against time, for the LV and for the tricuspid annulus.

The line is an anatomical cursor: it lies along the distance or the motion that is measured, not along a beam.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final

import numpy as np
from jaxtyping import Float, UInt8
from scipy.ndimage import gaussian_filter, map_coordinates

from echovlm.clinical.anatomy import Landmark
from echovlm.clinical.measurement import Measurement, Quantity
from echovlm.clinical.provenance import Provenance, Source
from echovlm.clinical.views import View
from echovlm.simulation.bmode.echoes import N_BEAMS, N_SAMPLES
from echovlm.simulation.bmode.render import Scan, prepare_scan, receive_frame
from echovlm.simulation.bmode.style import DROPPED_BITS, ImageStyle, sample_style
from echovlm.simulation.doppler.beats import Beats, lay_beats
from echovlm.simulation.doppler.haemodynamics import circulation
from echovlm.simulation.doppler.spectral import STRIP_MM, SpectrumSizeError
from echovlm.simulation.heart.geometry import Heart, build_heart
from echovlm.simulation.heart.motion import END_DIASTOLE, END_SYSTOLE, phase_in_beat, systole_ms
from echovlm.simulation.heart.surfaces import ENDO, EPI, RV, HeartState
from echovlm.simulation.heart.ventricle import LEVEL_FRAC
from echovlm.simulation.patient import SimulatedPatient
from echovlm.simulation.views.acquisition import sample_acquisition
from echovlm.simulation.views.borders import find_border
from echovlm.simulation.views.planes import find_plane
from echovlm.simulation.views.truth import find_landmarks

_PHASES: Final = 40  # rendered per beat; columns between two are interpolated
_SWEEPS_MM_PER_S: Final = (100, 75, 50)
_ANNULUS_CM: Final = 0.11  # half-thickness of the annulus' echo


class Cursor(Enum):
    """What an M-mode is laid through, and in which view."""

    LEFT_VENTRICLE = ("left-ventricle", View.PLAX, "septum and inferolateral wall, PLAX")
    TRICUSPID_ANNULUS = ("tricuspid-annulus", View.A4C, "lateral tricuspid annulus, A4C")

    def __init__(self, file_name: str, view: View, words: str) -> None:
        self.file_name, self.view, self.words = file_name, view, words


@dataclass(frozen=True, slots=True, eq=False)
class Span:
    """One measured distance on the strip.

    Attributes:
        measurement: What it reads.
        time_ms: Times of its two ends.
        depth_cm: Depths of its two ends.
    """

    measurement: Measurement
    time_ms: tuple[float, float]
    depth_cm: tuple[float, float]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class MMode:
    """One M-mode recording and all that is known of it.

    Attributes:
        cursor: What it goes through.
        image: Grey levels, depth downwards, time to the right.
        depth_cm: Depth of each row along the cursor.
        time_ms: Time of each column since the start of the strip.
        r_times_ms: R waves within the strip.
        spans: What is stated, with the points at which it is read.
        sweep_mm_per_s: Sweep speed.
        cursor_xy_px: Both ends of the cursor in the pixels of a clip of this view, seed and size.
    """

    cursor: Cursor
    image: UInt8[np.ndarray, "depth time"]
    depth_cm: Float[np.ndarray, " depth"]
    time_ms: Float[np.ndarray, " time"]
    r_times_ms: Float[np.ndarray, " r"]
    spans: tuple[Span, ...]
    sweep_mm_per_s: int
    cursor_xy_px: Float[np.ndarray, "2 2"]

    def __repr__(self) -> str:
        height, width = self.image.shape
        return f"MMode({self.cursor.file_name}, {height}×{width}, {10 * self.cm_per_px:.2f} mm per px)"

    @property
    def cm_per_px(self) -> float:
        """Depth step from one row to the next."""
        return float(self.depth_cm[1] - self.depth_cm[0])

    @property
    def ms_per_px(self) -> float:
        """Time step from one column to the next."""
        return float(self.time_ms[1] - self.time_ms[0])

    @property
    def measurements(self) -> tuple[Measurement, ...]:
        """What is stated of this strip."""
        return tuple(span.measurement for span in self.spans)

    def points_xy_px(self, span: Span) -> Float[np.ndarray, "2 2"]:
        """Return the two ends of a distance in pixels of the image."""
        x = (np.array(span.time_ms) - self.time_ms[0]) / self.ms_per_px
        y = (np.array(span.depth_cm) - self.depth_cm[0]) / self.cm_per_px
        return np.stack([x, y], axis=-1)


@dataclass(frozen=True, slots=True, eq=False)
class _Line:
    """The cursor in heart coordinates: a point level with the transducer, and the direction away from it."""

    start: np.ndarray
    direction: np.ndarray

    def depth_cm(self, point: np.ndarray) -> float:
        return float((point - self.start) @ self.direction)

    def moved(self, along_z_cm: float) -> "_Line":
        return _Line(self.start + np.array([0.0, 0.0, along_z_cm]), self.direction)


def _follow(line: _Line, cursor: Cursor, heart: Heart, state: HeartState) -> _Line:
    """Return the cursor at this instant: through the LV it keeps to the level of the leaflet tips."""
    if cursor is Cursor.LEFT_VENTRICLE:
        return line.moved(LEVEL_FRAC * (state.height - heart.height_cm))
    return line


def simulate_mmode(
    patient: SimulatedPatient, cursor: Cursor, *, seed: int, height_px: int = 240, width_px: int = 560,
    clip_height_px: int = 240, clip_width_px: int = 320, style: ImageStyle | None = None,
) -> MMode:  # fmt: skip
    """Record one M-mode; the same arguments give the same bytes.

    Args:
        patient: Whose heart.
        cursor: What the cursor goes through.
        seed: Seed of the acquisition; that of the clip whose sector is shown beside the strip.
        height_px: Height of the strip, >= 96.
        width_px: Width of the strip, >= 160.
        clip_height_px: Height of that clip.
        clip_width_px: Width of that clip.
        style: What the console does to the image; by default one is drawn.

    Raises:
        SpectrumSizeError: If the strip is too small.
    """
    if height_px < 96 or width_px < 160:
        raise SpectrumSizeError(
            f"cannot draw an M-mode on {height_px}×{width_px} px; it needs at least 96×160 px. "
            "Raise height_px or width_px."
        )
    heart, timing = build_heart(patient), circulation(patient).timing
    rng = np.random.default_rng((seed, patient.patient_index, tuple(Cursor).index(cursor), 0x33D))
    acquisition = sample_acquisition(
        heart, cursor.view, seed=seed, height_px=clip_height_px, width_px=clip_width_px
    )
    scan = prepare_scan(
        acquisition, style or sample_style(rng), height_px=clip_height_px, width_px=clip_width_px
    )
    line = _lay_line(heart, scan, cursor)
    sweeps = [s for s in _SWEEPS_MM_PER_S if 1000 * STRIP_MM / s >= 2.5 * timing.beat_ms]
    sweep = sweeps[int(rng.integers(len(sweeps)))] if sweeps else _SWEEPS_MM_PER_S[-1]
    duration_ms = 1000 * STRIP_MM / sweep
    beats = lay_beats(timing, patient.rhythm, duration_ms=duration_ms, generator=rng)
    time_ms = np.arange(width_px) * (duration_ms / width_px)
    depth_cm = np.linspace(0, acquisition.depth_cm, height_px)
    power = _power_over_beat(heart, scan, cursor, line, depth_cm, rr_ms=timing.beat_ms)
    image = _spread(power, scan, beats, time_ms, rr_ms=timing.beat_ms, rng=rng)
    start_ms = float(beats.r_times_ms[beats.index_beat])
    shown = beats.r_times_ms[(beats.r_times_ms >= 0) & (beats.r_times_ms < duration_ms)]
    ends = line.start + np.outer([0, acquisition.depth_cm], line.direction)
    return MMode(
        cursor=cursor,
        image=image,
        depth_cm=depth_cm,
        time_ms=time_ms,
        r_times_ms=shown,
        spans=_measure(heart, cursor, line, start_ms, _end_systole_ms(patient, timing.beat_ms)),
        sweep_mm_per_s=sweep,
        cursor_xy_px=scan.to_px(ends),
    )


def _end_systole_ms(patient: SimulatedPatient, rr_ms: float) -> float:
    """Return when the ventricle is smallest, after the R wave."""
    return systole_ms(60_000.0 / rr_ms) - 25.0


def _lay_line(heart: Heart, scan: Scan, cursor: Cursor) -> _Line:
    """Lay the cursor at end-diastole: along LVIDd, or along the way of the lateral tricuspid annulus."""
    state, acquisition = heart.state(END_DIASTOLE), scan.acquisition
    if cursor is Cursor.LEFT_VENTRICLE:
        points = find_landmarks(heart, state, View.PLAX)
        through = points[Landmark.IVS_LV_SIDE]
        direction = points[Landmark.PW_LV_SIDE] - through
    else:
        through = lateral_annulus(heart, state)
        base = np.array([0.0, 0.0, 1.0])
        direction = (base @ acquisition.right) * acquisition.right + (
            base @ acquisition.down
        ) * acquisition.down
    direction = direction / np.linalg.norm(direction)
    start = through + ((acquisition.origin - through) @ direction) * direction
    return _Line(start, direction)


def lateral_annulus(heart: Heart, state: HeartState) -> np.ndarray:
    """Return the lateral hinge of the tricuspid valve in the A4C plane."""
    plane = find_plane(heart, View.A4C)
    for below_cm in (0.05, 0.2, 0.4, 0.8, 1.2):
        inside = plane.at_height(state.z_tricuspid - below_cm)
        septal = find_border(heart, state, inside, -plane.right, RV)
        if not np.isnan(septal).any():  # a wide aortic root can take the place of the uppermost levels
            break
    lateral = find_border(heart, state, septal - 1e-3 * plane.right, -plane.right, RV)
    return np.asarray(lateral + 0.15 * plane.right)  # just inside the free wall, where the leaflet hangs


def _power_over_beat(
    heart: Heart, scan: Scan, cursor: Cursor, line: _Line, depth_cm: np.ndarray, *, rr_ms: float
) -> Float[np.ndarray, "phase depth"]:
    """Render the plane over one beat and keep the echo power along the cursor."""
    acquisition = scan.acquisition
    found = np.empty((_PHASES, len(depth_cm)))
    for i in range(_PHASES):
        state = heart.state(phase_in_beat(heart.patient, i * rr_ms / _PHASES, rr_ms=rr_ms))
        power, _ = receive_frame(heart, state, scan, frame_seed=i)
        start = _follow(line, cursor, heart, state).start
        rel = start + depth_cm[:, None] * line.direction - acquisition.origin
        x, y = rel @ acquisition.right, rel @ acquisition.down
        beam = (np.arctan2(x, y) / acquisition.half_angle_rad + 1) * 0.5 * (N_BEAMS - 1)
        sample = np.hypot(x, y) / acquisition.depth_cm * (N_SAMPLES - 1)
        found[i] = map_coordinates(power, [beam, sample], order=1, cval=0.0)
        if cursor is Cursor.TRICUSPID_ANNULUS:
            # The fibrous ring shines: a strong echo at the hinge, about as bright as a tenth of the brightest.
            hinge = line.depth_cm(_on_line(line, state.z_tricuspid))
            bright = 0.5 * np.percentile(power, 99.5) * np.exp(-(((depth_cm - hinge) / _ANNULUS_CM) ** 2))
            found[i] += bright
    return found


def _on_line(line: _Line, z_cm: float) -> np.ndarray:
    """Return the point of the line at a height of the heart."""
    return np.asarray(line.start + (z_cm - line.start[2]) / line.direction[2] * line.direction)


def _spread(
    power: np.ndarray,
    scan: Scan,
    beats: Beats,
    time_ms: np.ndarray,
    *,
    rr_ms: float,
    rng: np.random.Generator,
) -> UInt8[np.ndarray, "depth time"]:
    """Lay the beat over the strip: systole keeps its length, diastole is stretched to the beat's."""
    beat = beats.beat_at(time_ms)
    since, length = time_ms - beats.r_times_ms[beat], beats.lengths_ms[beat]
    systole = systole_ms(60_000.0 / rr_ms)
    late = systole + (since - systole) * (rr_ms - systole) / np.maximum(length - systole, 1.0)
    place = np.where(since < systole, since, late) / rr_ms * _PHASES
    first = np.floor(place).astype(int) % _PHASES
    share = (place - np.floor(place))[:, None]
    amplitude = np.sqrt(np.maximum(power, 1e-12))
    column = ((1 - share) * amplitude[first] + share * amplitude[(first + 1) % _PHASES]) ** 2
    grain = gaussian_filter(rng.standard_normal(column.shape), (1.0, 0.7))
    lit = (column * np.exp(0.35 * grain / grain.std())).T
    level = scan.grey_levels[np.ascontiguousarray(lit, dtype=np.float32).view(np.int32) >> DROPPED_BITS]
    return np.asarray(np.clip(level + 0.5, 0, 255)).astype(np.uint8)


def _measure(heart: Heart, cursor: Cursor, line: _Line, start_ms: float, systole: float) -> tuple[Span, ...]:
    """Measure along the cursor at end-diastole and end-systole of the index beat."""
    origin = Provenance(Source.LANDMARK, f"simulated M-mode, {cursor.words}")
    ed, es = heart.state(END_DIASTOLE), heart.state(END_SYSTOLE)
    if cursor is Cursor.TRICUSPID_ANNULUS:
        depths = tuple(line.depth_cm(_on_line(line, state.z_tricuspid)) for state in (ed, es))
        value = Measurement(Quantity.TAPSE, 10 * abs(depths[0] - depths[1]), Quantity.TAPSE.unit, origin)
        return (Span(value, (start_ms, start_ms + systole), (depths[0], depths[1])),)
    spans = []
    for state, at_ms, quantities in (
        (
            ed,
            start_ms,
            (Quantity.IVS_THICKNESS_ED, Quantity.LV_INTERNAL_DIAMETER_ED, Quantity.PW_THICKNESS_ED),
        ),
        (
            es,
            start_ms + systole,
            (Quantity.IVS_THICKNESS_ES, Quantity.LV_INTERNAL_DIAMETER_ES, Quantity.PW_THICKNESS_ES),
        ),
    ):
        depths = _wall_depths(heart, state, _follow(line, cursor, heart, state))
        for quantity, low, high in zip(quantities, depths[:-1], depths[1:], strict=True):
            spans.append(
                Span(Measurement(quantity, high - low, quantity.unit, origin), (at_ms, at_ms), (low, high))
            )
    return tuple(spans)


def _wall_depths(heart: Heart, state: HeartState, line: _Line) -> tuple[float, float, float, float]:
    """Return the depths of the septum's and the inferolateral wall's borders, from above."""
    middle = (
        line.start + (-line.start[0] / line.direction[0]) * line.direction
    )  # where the cursor meets the axis
    borders = [
        find_border(heart, state, middle, way, field)
        for way, field in (
            (-line.direction, EPI),
            (-line.direction, ENDO),
            (line.direction, ENDO),
            (line.direction, EPI),
        )
    ]
    first, second, third, fourth = (line.depth_cm(border) for border in borders)
    return first, second, third, fourth
