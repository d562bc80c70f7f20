"""Where a reader puts the calipers on a trace, and what each reads there."""

from dataclasses import dataclass
from enum import Enum
from typing import Final

import numpy as np
from jaxtyping import Float

from echovlm.clinical.measurement import Measurement, Quantity
from echovlm.simulation.doppler.beats import Beats
from echovlm.simulation.doppler.haemodynamics import Circulation
from echovlm.simulation.doppler.waveforms import HALF_TIME_SHARE
from echovlm.simulation.doppler.waves import Wave, WaveLook


class Shape(Enum):
    """What a caliper looks like."""

    POINT = "cross at a peak"
    LINE = "two crosses with a line"
    OUTLINE = "traced envelope"


@dataclass(frozen=True, slots=True, eq=False)
class Caliper:
    """One placed caliper.

    Attributes:
        measurement: What it reads.
        shape: What it looks like.
        time_ms: Times of its points.
        velocity_cm_per_s: Signed velocities of its points.
    """

    measurement: Measurement
    shape: Shape
    time_ms: Float[np.ndarray, " point"]
    velocity_cm_per_s: Float[np.ndarray, " point"]


class _Reading(Enum):
    PEAK = 1
    OUTLINE = 2
    SLOPE = 3  # peak to where the deceleration meets the baseline
    HALF_TIME = 4  # peak to where the gradient has halved
    RISE = 5  # onset to peak
    PAUSE = 6  # end of ejection to start of filling


_READINGS: Final = {
    Quantity.MITRAL_E_VELOCITY: (Wave.E, _Reading.PEAK),
    Quantity.MITRAL_A_VELOCITY: (Wave.A, _Reading.PEAK),
    Quantity.MITRAL_DECELERATION_TIME: (Wave.E, _Reading.SLOPE),
    Quantity.ISOVOLUMIC_RELAXATION_TIME: (Wave.E, _Reading.PAUSE),
    Quantity.LVOT_VMAX: (Wave.EJECTION, _Reading.PEAK),
    Quantity.LVOT_VTI: (Wave.EJECTION, _Reading.OUTLINE),
    Quantity.AV_VMAX: (Wave.EJECTION, _Reading.PEAK),
    Quantity.AV_VTI: (Wave.EJECTION, _Reading.OUTLINE),
    Quantity.AV_MEAN_GRADIENT: (Wave.EJECTION, _Reading.OUTLINE),
    Quantity.PROSTHETIC_AV_VMAX: (Wave.EJECTION, _Reading.PEAK),
    Quantity.PROSTHETIC_AV_MEAN_GRADIENT: (Wave.EJECTION, _Reading.OUTLINE),
    Quantity.AR_VMAX: (Wave.LEAK, _Reading.PEAK),
    Quantity.AR_VTI: (Wave.LEAK, _Reading.OUTLINE),
    Quantity.AR_PRESSURE_HALF_TIME: (Wave.LEAK, _Reading.HALF_TIME),
    Quantity.MV_MEAN_GRADIENT: (Wave.E, _Reading.OUTLINE),
    Quantity.MV_VTI: (Wave.E, _Reading.OUTLINE),
    Quantity.MV_PRESSURE_HALF_TIME: (Wave.E, _Reading.HALF_TIME),
    Quantity.PROSTHETIC_MV_MEAN_GRADIENT: (Wave.E, _Reading.OUTLINE),
    Quantity.PROSTHETIC_MV_PRESSURE_HALF_TIME: (Wave.E, _Reading.HALF_TIME),
    Quantity.MR_VMAX: (Wave.LEAK, _Reading.PEAK),
    Quantity.MR_VTI: (Wave.LEAK, _Reading.OUTLINE),
    Quantity.TR_VMAX: (Wave.LEAK, _Reading.PEAK),
    Quantity.TR_VTI: (Wave.LEAK, _Reading.OUTLINE),
    Quantity.E_PRIME_SEPTAL: (Wave.E_PRIME, _Reading.PEAK),
    Quantity.S_PRIME_SEPTAL: (Wave.S_PRIME, _Reading.PEAK),
    Quantity.A_PRIME_SEPTAL: (Wave.A_PRIME, _Reading.PEAK),
    Quantity.E_PRIME_LATERAL: (Wave.E_PRIME, _Reading.PEAK),
    Quantity.S_PRIME_LATERAL: (Wave.S_PRIME, _Reading.PEAK),
    Quantity.A_PRIME_LATERAL: (Wave.A_PRIME, _Reading.PEAK),
    Quantity.RV_S_PRIME: (Wave.S_PRIME, _Reading.PEAK),
    Quantity.RVOT_VMAX: (Wave.EJECTION, _Reading.PEAK),
    Quantity.RVOT_VTI: (Wave.EJECTION, _Reading.OUTLINE),
    Quantity.RVOT_ACCELERATION_TIME: (Wave.EJECTION, _Reading.RISE),
    Quantity.PV_VMAX: (Wave.EJECTION, _Reading.PEAK),
    Quantity.PR_EARLY_VELOCITY: (Wave.LEAK, _Reading.PEAK),
    Quantity.PR_PRESSURE_HALF_TIME: (Wave.LEAK, _Reading.HALF_TIME),
}


def place_calipers(
    stated: tuple[Measurement, ...],
    waves: tuple[WaveLook, ...],
    flow: Circulation,
    beats: Beats,
    *,
    seen: float,
) -> tuple[Caliper, ...]:
    """Place the calipers of a trace on its index beat.

    Args:
        stated: What is stated of this trace.
        waves: Its waves.
        flow: The patient's circulation.
        beats: The recording's beats.
        seen: Share of each velocity that the trace shows.
    """
    found = []
    for measurement in stated:
        wave, reading = _READINGS[measurement.quantity]
        shape, time_ms, velocity = _points(wave, reading, waves, flow, beats)
        found.append(Caliper(measurement, shape, time_ms, seen * velocity))
    return tuple(found)


def _points(
    wave: Wave, reading: _Reading, waves: tuple[WaveLook, ...], flow: Circulation, beats: Beats
) -> tuple[Shape, np.ndarray, np.ndarray]:
    start, length = beats.r_times_ms[beats.index_beat], beats.lengths_ms[beats.index_beat]
    look = next(look for look in waves if look.wave is wave)
    # A diastolic leak goes on beyond the next R wave: its outline starts where the valve closes.
    diastolic = wave is Wave.LEAK and look.peak_cm_per_s > 0
    from_ms = flow.timing.aortic_closes_ms if diastolic else 0.0
    time_ms = start + from_ms + np.arange(0.0, length, 1.0)
    velocity = look.velocity(beats, time_ms)
    peak = int(np.argmax(np.abs(velocity)))
    if reading is _Reading.PEAK:
        return Shape.POINT, time_ms[[peak]], velocity[[peak]]
    if reading is _Reading.OUTLINE:
        if wave is Wave.E:  # the outline of the inflow is that of both of its waves
            for look in waves:
                velocity = (
                    np.maximum(velocity, look.velocity(beats, time_ms)) if look.wave is Wave.A else velocity
                )
        return Shape.OUTLINE, *_outline(time_ms, velocity)
    if reading is _Reading.PAUSE:
        ends = start + np.array([flow.timing.aortic_closes_ms, flow.timing.mitral_opens_ms])
        return Shape.LINE, ends, np.zeros(2)
    if reading is _Reading.RISE:
        return (
            Shape.LINE,
            np.array([start + flow.timing.aortic_opens_ms, time_ms[peak]]),
            np.array([0.0, velocity[peak]]),
        )
    return Shape.LINE, *_fall(wave, reading, flow, time_ms[peak], velocity[peak])


def _outline(time_ms: np.ndarray, velocity: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    inside = np.flatnonzero(np.abs(velocity) > 0.02 * np.abs(velocity).max())
    chosen = np.unique(np.linspace(inside[0], inside[-1], 32).round().astype(int))
    return time_ms[chosen], velocity[chosen]


def _fall(
    wave: Wave, reading: _Reading, flow: Circulation, peak_ms: float, peak_cm_per_s: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return the line along a deceleration, from the peak."""
    if reading is _Reading.SLOPE:
        return np.array([peak_ms, peak_ms + flow.filling.deceleration_ms]), np.array([peak_cm_per_s, 0.0])
    leak = flow.aortic_regurgitation if flow.aortic_regurgitation.is_present else flow.pulmonary_regurgitation
    half_ms = flow.filling.half_time_ms if wave is Wave.E else leak.half_time_ms
    return np.array([peak_ms, peak_ms + half_ms]), peak_cm_per_s * np.array([1.0, 1 - HALF_TIME_SHARE])
