"""Spectral Doppler as an image: velocity upwards, time to the right, brightness the power of the echoes."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Float, UInt8
from scipy.ndimage import gaussian_filter

from echovlm.clinical.measurement import Measurement
from echovlm.clinical.views import Mode
from echovlm.errors import EchoVLMError
from echovlm.simulation.doppler.beats import Beats, lay_beats
from echovlm.simulation.doppler.calipers import Caliper, place_calipers
from echovlm.simulation.doppler.haemodynamics import BeatTiming, circulation
from echovlm.simulation.doppler.stated import stated_on
from echovlm.simulation.doppler.traces import Trace, angle_factor
from echovlm.simulation.doppler.waves import Wave, WaveLook, waves_of
from echovlm.simulation.patient import SimulatedPatient

STRIP_MM: Final = 220.0  # length of paper that the strip stands for: 4.4 s at 50 mm/s
_SWEEPS_MM_PER_S: Final = (100, 75, 50)
_FEWEST_BEATS: Final = 3.0
_EDGE_ROWS: Final = (
    5.0  # over so many rows the echo falls from full level to nothing; the velocity is half-way
)
_SUBSAMPLES: Final = 5  # of a column: the spectral window sees all velocities of its duration
_PW_SPAN_CM_PER_S: Final = 330.0  # what the pulse repetition frequency allows at the depth of the base
_EMPTY_SCALE_CM_PER_S: Final = 220.0
_ALIASED_SHARE: Final = 0.05  # of pulsed traces are stored with too small a scale


class SpectrumSizeError(EchoVLMError):
    """A spectrum was asked for that is too small to be read."""


@dataclass(frozen=True, slots=True)
class TraceSettings:
    """How the console was set for one trace.

    Attributes:
        sweep_mm_per_s: Sweep speed.
        above_cm_per_s: Velocity at the upper end of the scale.
        below_cm_per_s: Velocity at the lower end, as a positive number.
        range_db: Displayed dynamic range.
        gain_db: Level of the flow re full brightness.
        noise_db: Level of the noise re full brightness.
        wall_filter_cm_per_s: Slower echoes are removed.
        mirror_db: Level of the mirror image re the flow.
        click_db: Level of valve clicks re full brightness.
        clutter_db: Level of slow wall echoes re full brightness.
        ragged_frac: Unsteadiness of the fastest velocity from column to column.
        is_aliased: Whether the scale is too small for the flow.
        texture_seed: Seeds texture and noise.
    """

    sweep_mm_per_s: int
    above_cm_per_s: float
    below_cm_per_s: float
    range_db: float
    gain_db: float
    noise_db: float
    wall_filter_cm_per_s: float
    mirror_db: float
    click_db: float
    clutter_db: float
    ragged_frac: float
    is_aliased: bool
    texture_seed: int


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Spectrum:
    """One spectral recording and all that is known of it.

    Attributes:
        trace: What was recorded.
        image: Grey levels; neither axes nor baseline nor calipers are drawn.
        velocity_cm_per_s: Velocity of each row, positive towards the transducer; falls downwards.
        time_ms: Time of each column since the start of the strip.
        baseline_row: Row of velocity 0.
        r_times_ms: R waves within the strip.
        calipers: What is stated of this trace, with the points at which it is read.
        settings: How the console was set.
    """

    trace: Trace
    image: UInt8[np.ndarray, "velocity time"]
    velocity_cm_per_s: Float[np.ndarray, " velocity"]
    time_ms: Float[np.ndarray, " time"]
    baseline_row: int
    r_times_ms: Float[np.ndarray, " r"]
    calipers: tuple[Caliper, ...]
    settings: TraceSettings

    def __repr__(self) -> str:
        height, width = self.image.shape
        return f"Spectrum({self.trace.file_name}, {height}×{width}, {self.cm_per_s_per_px:.2f} cm/s per px)"

    @property
    def cm_per_s_per_px(self) -> float:
        """Velocity step from one row to the row above it."""
        return float(self.velocity_cm_per_s[0] - self.velocity_cm_per_s[1])

    @property
    def ms_per_px(self) -> float:
        """Time step from one column to the next."""
        return float(self.time_ms[1] - self.time_ms[0])

    @property
    def measurements(self) -> tuple[Measurement, ...]:
        """What is stated of this trace."""
        return tuple(caliper.measurement for caliper in self.calipers)

    def points_xy_px(self, caliper: Caliper) -> Float[np.ndarray, "point 2"]:
        """Return a caliper's points in pixels of the image; outside it where the trace is aliased."""
        x = (caliper.time_ms - self.time_ms[0]) / self.ms_per_px
        y = self.baseline_row - caliper.velocity_cm_per_s / self.cm_per_s_per_px
        return np.stack([x, y], axis=-1)


def render_spectrum(
    patient: SimulatedPatient, trace: Trace, *, seed: int, height_px: int = 240, width_px: int = 560
) -> Spectrum:
    """Record one trace of a patient; the same arguments give the same bytes.

    Args:
        patient: Whose flow.
        trace: Which recording.
        seed: Seed of the acquisition: scale, sweep, gain and texture.
        height_px: Image height, >= 96.
        width_px: Image width, >= 160.

    Raises:
        SpectrumSizeError: If the image is too small.
    """
    if height_px < 96 or width_px < 160:
        raise SpectrumSizeError(
            f"cannot draw a spectrum on {height_px}×{width_px} px; it needs at least 96×160 px. "
            "Raise height_px or width_px."
        )
    flow, seen = circulation(patient), angle_factor(patient, trace)
    waves = waves_of(trace, flow)
    rng = np.random.default_rng((seed, patient.patient_index, tuple(Trace).index(trace), 0x5BEC))
    settings = _draw_settings(trace, waves, flow.timing, rng, seen=seen)
    duration_ms = 1000 * STRIP_MM / settings.sweep_mm_per_s
    beats = lay_beats(flow.timing, patient.rhythm, duration_ms=duration_ms, generator=rng)
    time_ms = np.arange(width_px) * (duration_ms / width_px)
    step = (settings.above_cm_per_s + settings.below_cm_per_s) / height_px
    baseline_row = round(settings.above_cm_per_s / step)
    image = _paint(trace, waves, beats, flow.timing, settings, time_ms, step_cm_per_s=step,
                   baseline_row=baseline_row, height_px=height_px, seen=seen)  # fmt: skip
    shown = beats.r_times_ms[(beats.r_times_ms >= 0) & (beats.r_times_ms < duration_ms)]
    return Spectrum(
        trace=trace,
        image=image,
        velocity_cm_per_s=(baseline_row - np.arange(height_px)) * step,
        time_ms=time_ms,
        baseline_row=baseline_row,
        r_times_ms=shown,
        calipers=place_calipers(stated_on(patient, trace), waves, flow, beats, seen=seen),
        settings=settings,
    )


def _draw_settings(
    trace: Trace, waves: tuple[WaveLook, ...], timing: BeatTiming, rng: np.random.Generator, *, seen: float
) -> TraceSettings:
    """Draw the console's settings: a scale that the flow fills well, a sweep that shows three beats or more."""
    sweeps = [s for s in _SWEEPS_MM_PER_S if 1000 * STRIP_MM / s >= _FEWEST_BEATS * timing.beat_ms]
    measured = [seen * wave.peak_cm_per_s for wave in waves if wave.wave is not Wave.GHOST]
    up, down = max([*measured, 0.0]), -min([*measured, 0.0])
    if not up + down:
        down = _EMPTY_SCALE_CM_PER_S  # a search for a leak that is not there
    largest = max(up, down, 6.0)
    fill = float(rng.uniform(0.58, 0.85))
    other = float(rng.uniform(0.22, 0.5)) * largest / fill
    above, below = (max(v / fill, other) for v in (up, down))
    aliased = trace.mode is Mode.PW and bool(rng.random() < _ALIASED_SHARE)
    if aliased or (trace.mode is Mode.PW and above + below > _PW_SPAN_CM_PER_S):
        # The highest pulse repetition frequency is reached, or nobody raised it: the fastest flow wraps around.
        span = min(_PW_SPAN_CM_PER_S, 0.88 * largest / 0.75)
        above, below = (0.75 * span, 0.25 * span) if up > down else (0.25 * span, 0.75 * span)
        aliased = largest > 0.75 * span
    filters = {
        Mode.PW: rng.uniform(0.03, 0.08) * largest,
        Mode.CW: min(rng.uniform(8, 25), 0.12 * largest),
        Mode.TDI: 0.0,
    }
    return TraceSettings(
        sweep_mm_per_s=sweeps[int(rng.integers(len(sweeps)))] if sweeps else _SWEEPS_MM_PER_S[-1],
        above_cm_per_s=_nice(above),
        below_cm_per_s=_nice(below),
        range_db=float(rng.uniform(28, 42)),
        gain_db=float(rng.uniform(-4, 3)),
        noise_db=float(rng.uniform(-44, -27)) + (3.0 if trace.mode is Mode.CW else 0.0),
        wall_filter_cm_per_s=float(filters[trace.mode]),
        mirror_db=float(rng.uniform(-42, -22)),
        click_db=float(rng.uniform(-32, -6)),
        clutter_db=float(rng.uniform(-34, -9)),
        ragged_frac=float(rng.uniform(0.003, 0.009)),
        is_aliased=aliased,
        texture_seed=int(rng.integers(2**31)),
    )


def _nice(velocity_cm_per_s: float) -> float:
    """Return the end of a scale at least this large, in steps that a console offers."""
    step = 2.0 if velocity_cm_per_s < 40 else 5.0 if velocity_cm_per_s < 150 else 20.0
    return step * math.ceil(velocity_cm_per_s / step - 1e-9)


def _paint(
    trace: Trace, waves: tuple[WaveLook, ...], beats: Beats, timing: BeatTiming, settings: TraceSettings,
    time_ms: np.ndarray, *, step_cm_per_s: float, baseline_row: int, height_px: int, seen: float,
) -> UInt8[np.ndarray, "velocity time"]:  # fmt: skip
    """Add up the waves' power over velocity and time, wrap what is too fast, add texture and noise, compress."""
    wraps = trace.mode is not Mode.CW
    turns = 1 if wraps else 0  # how many whole scales above and below are folded in
    rows = np.arange(-turns * height_px, (1 + turns) * height_px)
    velocity = ((baseline_row - rows)[:, None] * step_cm_per_s).astype(np.float32)
    power = np.zeros((len(rows), len(time_ms)), np.float32)
    spread = (np.arange(_SUBSAMPLES) / (_SUBSAMPLES - 1) - 0.5) * (time_ms[1] - time_ms[0])
    rng = np.random.default_rng((settings.texture_seed, 1))
    for wave in waves:
        unsteady = 1 + settings.ragged_frac * gaussian_filter(rng.standard_normal(len(time_ms)), 0.7)
        course = seen * unsteady[:, None] * wave.velocity(beats, time_ms[:, None] + spread)
        band = _band_power(wave, course, velocity, settings, step_cm_per_s)
        power += band
        # The quadrature channels never match exactly: a faint image on the other side of the baseline.
        mirrored = _band_power(wave, -course, velocity, settings, step_cm_per_s)
        power += mirrored * 10 ** (settings.mirror_db / 10)
    power += _clicks(trace, beats, timing, settings, time_ms, velocity, rng)
    if settings.wall_filter_cm_per_s > 0:
        moving = 10 ** gaussian_filter(rng.normal(0, 1.2, len(time_ms)), 2.0)  # walls come and go
        slow = np.abs(velocity) / settings.wall_filter_cm_per_s
        power += 10 ** (settings.clutter_db / 10) * (moving * np.exp(-0.5 * (slow / 1.3) ** 2)).astype(
            np.float32
        )
        power *= 1 / (1 + np.clip(slow, 0.05, 9) ** -8)
    if wraps:
        power = power.reshape(3, height_px, -1).sum(axis=0)
    return _develop(power, settings)


def _band_power(
    wave: WaveLook, course: np.ndarray, velocity: np.ndarray, settings: TraceSettings, step_cm_per_s: float
) -> np.ndarray:
    """Return the power of one wave: full between its slowest and its fastest velocity, soft at both ends."""
    sign = math.copysign(1.0, float(course.flat[np.argmax(np.abs(course))]))
    speed = (sign * course).astype(np.float32)
    fastest, slowest = speed.max(axis=1), wave.filled_from_frac * speed.min(axis=1)
    outer = (sign * velocity - fastest) / (_EDGE_ROWS * step_cm_per_s) + 0.5
    inner = (slowest - sign * velocity) / (3 * _EDGE_ROWS * step_cm_per_s)
    level_db = (
        wave.level_db + settings.gain_db - settings.range_db * (np.clip(outer, 0, 2) + np.clip(inner, 0, 2))
    )
    # In a filled band most blood moves fast: the jet's core is brighter than its borders.
    core = np.clip(sign * velocity / np.maximum(fastest, 1e-3), 0, 1)
    level_db = level_db - (6.0 if wave.filled_from_frac == 0 else 3.0) * (1 - core)
    return np.where(fastest > 0.5 * step_cm_per_s, 10 ** (level_db / 10), 0.0).astype(np.float32)


def _clicks(
    trace: Trace, beats: Beats, timing: BeatTiming, settings: TraceSettings, time_ms: np.ndarray,
    velocity: np.ndarray, rng: np.random.Generator,
) -> np.ndarray:  # fmt: skip
    """Return the power of valve clicks: short, broad in velocity; a tissue trace has none."""
    if trace.mode is Mode.TDI:
        return np.zeros((1, len(time_ms)), np.float32)
    inflow = trace in (Trace.MITRAL_INFLOW, Trace.MITRAL_VALVE, Trace.TRICUSPID_VALVE)
    moments = (timing.mitral_opens_ms, 0.0) if inflow else (timing.aortic_opens_ms, timing.aortic_closes_ms)
    reach = 0.4 * max(settings.above_cm_per_s, settings.below_cm_per_s)
    fading = np.exp(-0.5 * (velocity / reach) ** 2)
    total = np.zeros((len(velocity), len(time_ms)), np.float32)
    for moment, level_db in zip(moments, (-5.0, 0.0), strict=True):
        since = time_ms[:, None] - (beats.r_times_ms[None, :] + moment)
        uneven = 10 ** (rng.normal(0, 0.5, len(beats.r_times_ms)))
        sharp = (uneven * np.exp(-0.5 * (since / 5.0) ** 2)).max(axis=1)
        total += 10 ** ((settings.click_db + level_db) / 10) * fading * sharp
    return total


def _develop(power: np.ndarray, settings: TraceSettings) -> UInt8[np.ndarray, "velocity time"]:
    """Give the mean power the texture of an estimated spectrum, add noise and compress."""
    rng = np.random.default_rng(settings.texture_seed)
    noise = 10 ** (settings.noise_db / 10)
    flicker = 10 ** (gaussian_filter(rng.normal(0, 2.2, power.shape[1]), 0.6) / 10)
    total = power * flicker.astype(np.float32) * _texture(rng, power.shape, looks=2) + noise * _texture(
        rng, power.shape, looks=1
    )
    level = 1 + 10 * np.log10(np.maximum(total, 1e-9)) / settings.range_db
    return np.asarray(255 * np.clip(level, 0, 1) + 0.5).astype(np.uint8)


def _texture(rng: np.random.Generator, shape: tuple[int, ...], *, looks: int) -> np.ndarray:
    """Return positive noise of mean 1: a periodogram's, correlated over neighbouring columns and rows."""
    total = np.zeros(shape, np.float32)
    for _ in range(2 * looks):
        field = gaussian_filter(rng.standard_normal(shape, dtype=np.float32), (0.7, 1.0))
        total += field**2
    return np.asarray(total / total.mean())
