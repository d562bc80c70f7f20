"""The waves of each spectral trace: their velocity over a recording, and how they look on it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Final

import numpy as np
from jaxtyping import Float

from echovlm.simulation.doppler.beats import Beats
from echovlm.simulation.doppler.haemodynamics import (
    A_WAVE_POWER,
    ANNULAR_POWER,
    AnnularMotion,
    BeatTiming,
    Circulation,
    annular_early_ms,
)
from echovlm.simulation.doppler.traces import Trace
from echovlm.simulation.doppler.valves import SYSTOLIC_JET_POWER, Jet
from echovlm.simulation.doppler.waveforms import dome, early_filling, ejection, half_time_decay

Times = Float[np.ndarray, "..."]


class Wave(Enum):
    """What a wave is; a trace has each at most once."""

    E = "early filling"
    A = "atrial filling"
    EJECTION = "ejection"
    TRACT = "ejection in the outflow tract, inside the jet of the valve"
    LEAK = "regurgitation"
    S_PRIME = "systolic annular motion"
    E_PRIME = "early diastolic annular motion"
    A_PRIME = "late diastolic annular motion"
    GHOST = "flow beside the sample volume, never measured"


@dataclass(frozen=True, slots=True)
class WaveLook:
    """One wave of a trace.

    Attributes:
        wave: What it is.
        peak_cm_per_s: Signed peak velocity; towards the transducer is positive.
        course: Velocity over its peak at times after the R wave, given the beat's excess length over the mean.
        filled_from_frac: Slowest velocity in the sample volume over the fastest; 0 fills down to the baseline.
        level_db: Strength of the echo.
        past_r_ms: How long it goes on beyond the R wave that ends its beat.
    """

    wave: Wave
    peak_cm_per_s: float
    course: Callable[[Times, Times], Times]
    filled_from_frac: float
    level_db: float
    past_r_ms: float = 0.0

    def velocity(self, beats: Beats, time_ms: Times) -> Times:
        """Return the signed velocity at times of the recording; 0 where there is no such flow."""
        beat = beats.beat_at(time_ms - self.past_r_ms)
        since_r, extra = (
            time_ms - beats.r_times_ms[beat],
            beats.lengths_ms[beat] - beats.lengths_ms[beats.index_beat],
        )
        return np.asarray(self.peak_cm_per_s * beats.strengths[beat] * self.course(since_r, extra))


_PULSED: Final = 0.66  # PW: a small sample volume sees a narrow band of velocities
_TISSUE: Final = 0.72
_FILLED: Final = 0.0


def waves_of(trace: Trace, flow: Circulation) -> tuple[WaveLook, ...]:
    """Return the waves of a trace at their true velocities, without the angle error."""
    return _WAVES[trace](flow)


def _mitral_inflow(flow: Circulation) -> tuple[WaveLook, ...]:
    ghost = WaveLook(Wave.GHOST, -60 * flow.aortic.tract_peak_m_per_s, _ejects(flow.timing, 0.3), 0.4, -21)
    return (*_inflow(flow, filled_from_frac=_PULSED), ghost)


def _inflow(flow: Circulation, *, filled_from_frac: float, level_db: float = 0.0) -> tuple[WaveLook, ...]:
    filling, timing = flow.filling, flow.timing

    def early(since_r: Times, extra: Times) -> Times:
        since = since_r - timing.mitral_opens_ms
        course = early_filling(since, rise_ms=filling.rise_ms, deceleration_ms=filling.deceleration_ms)
        return np.where(since > 0, course, 0.0)

    e_wave = WaveLook(Wave.E, filling.e_cm_per_s, early, filled_from_frac, level_db)
    if filling.a_cm_per_s <= 0:
        return (e_wave,)
    atrial = _atrial(timing, power=A_WAVE_POWER)
    return e_wave, WaveLook(Wave.A, filling.a_cm_per_s, atrial, filled_from_frac, level_db)


def _atrial(timing: BeatTiming, *, power: float) -> Callable[[Times, Times], Times]:
    def course(since_r: Times, extra: Times) -> Times:
        # Atrial contraction keeps its distance from the next R wave.
        return dome((since_r - extra - timing.atrial_starts_ms) / timing.atrial_ms, power=power)

    return course


def _ejects(timing: BeatTiming, peak_at_frac: float) -> Callable[[Times, Times], Times]:
    def course(since_r: Times, extra: Times) -> Times:
        return ejection((since_r - timing.aortic_opens_ms) / timing.ejection_ms, peak_at_frac=peak_at_frac)

    return course


def _lvot(flow: Circulation) -> tuple[WaveLook, ...]:
    peak = -100 * flow.aortic.tract_peak_m_per_s
    ghosts = tuple(
        WaveLook(Wave.GHOST, 0.6 * wave.peak_cm_per_s, wave.course, 0.4, -19)
        for wave in _inflow(flow, filled_from_frac=0.4)
    )
    course = _ejects(flow.timing, flow.aortic.peak_at_frac)
    return WaveLook(Wave.EJECTION, peak, course, _PULSED, 0.0), *ghosts


def _aortic_valve(flow: Circulation) -> tuple[WaveLook, ...]:
    course, outflow = _ejects(flow.timing, flow.aortic.peak_at_frac), flow.aortic
    jet = WaveLook(Wave.EJECTION, -100 * outflow.valve_peak_m_per_s, course, _FILLED, 0.0)
    tract = WaveLook(Wave.TRACT, -100 * outflow.tract_peak_m_per_s, course, _FILLED, 5.0)
    leak = flow.aortic_regurgitation
    if leak.is_present:
        return jet, tract, _diastolic_leak(leak, flow.timing)
    return jet, tract, *_inflow(flow, filled_from_frac=_FILLED, level_db=-16)


def _mitral_valve(flow: Circulation) -> tuple[WaveLook, ...]:
    inflow = _inflow(flow, filled_from_frac=_FILLED)
    leak = flow.mitral_regurgitation
    return (*inflow, _systolic_leak(leak, flow.timing)) if leak.is_present else inflow


def _tricuspid_valve(flow: Circulation) -> tuple[WaveLook, ...]:
    inflow = tuple(
        WaveLook(Wave.GHOST, 0.6 * min(wave.peak_cm_per_s, 110.0), wave.course, _FILLED, -4)
        for wave in _inflow(flow, filled_from_frac=_FILLED)
    )
    leak = flow.tricuspid_regurgitation
    return (_systolic_leak(leak, flow.timing), *inflow) if leak.is_present else inflow


def _rvot(flow: Circulation) -> tuple[WaveLook, ...]:
    course = _ejects(flow.timing, flow.pulmonary.peak_at_frac)
    return (WaveLook(Wave.EJECTION, -100 * flow.pulmonary.tract_peak_m_per_s, course, _PULSED, 0.0),)


def _pulmonary_valve(flow: Circulation) -> tuple[WaveLook, ...]:
    course = _ejects(flow.timing, flow.pulmonary.peak_at_frac)
    jet = WaveLook(Wave.EJECTION, -100 * flow.pulmonary.valve_peak_m_per_s, course, _FILLED, 0.0)
    leak = flow.pulmonary_regurgitation
    return (jet, _diastolic_leak(leak, flow.timing)) if leak.is_present else (jet,)


def _systolic_leak(leak: Jet, timing: BeatTiming) -> WaveLook:
    def course(since_r: Times, extra: Times) -> Times:
        return dome(since_r / timing.mitral_opens_ms, power=SYSTOLIC_JET_POWER)

    return WaveLook(Wave.LEAK, -100 * leak.peak_m_per_s, course, _FILLED, _leak_level_db(leak))


def _diastolic_leak(leak: Jet, timing: BeatTiming) -> WaveLook:
    def course(since_r: Times, extra: Times) -> Times:
        # It begins as the valve closes and goes on into the next beat until the valve opens.
        since = (
            np.where(since_r < timing.aortic_opens_ms, since_r + timing.beat_ms, since_r)
            - timing.aortic_closes_ms
        )
        rising = np.clip(since / 25.0, 0, 1)
        return np.asarray(rising * half_time_decay(since - 25.0, half_time_ms=leak.half_time_ms))

    return WaveLook(
        Wave.LEAK,
        100 * leak.peak_m_per_s,
        course,
        _FILLED,
        _leak_level_db(leak),
        past_r_ms=timing.aortic_opens_ms,
    )


def _leak_level_db(leak: Jet) -> float:
    """Return the strength of a jet's echo: small leaks have few scatterers and a faint envelope."""
    return -14 * float(np.clip(1 - leak.orifice_cm2 / 0.2, 0, 1))


def _annulus(site: AnnularMotion, timing: BeatTiming) -> tuple[WaveLook, ...]:
    early_ms = annular_early_ms(timing)

    def systolic(since_r: Times, extra: Times) -> Times:
        return dome((since_r - timing.aortic_opens_ms) / timing.ejection_ms, power=ANNULAR_POWER)

    def early(since_r: Times, extra: Times) -> Times:
        return dome((since_r - timing.mitral_opens_ms + 12) / early_ms, power=ANNULAR_POWER)

    def contraction(since_r: Times, extra: Times) -> Times:
        return dome(since_r / 45.0, power=2.0)

    def relaxation(since_r: Times, extra: Times) -> Times:
        return dome((since_r - timing.aortic_closes_ms) / 40.0, power=2.0)

    waves = (
        WaveLook(Wave.S_PRIME, site.s_cm_per_s, systolic, _TISSUE, 0.0),
        WaveLook(Wave.E_PRIME, -site.e_cm_per_s, early, _TISSUE, 0.0),
        WaveLook(Wave.GHOST, 0.7 * site.s_cm_per_s, contraction, 0.5, -3.0),
        WaveLook(Wave.GHOST, -0.35 * site.e_cm_per_s, relaxation, 0.4, -4.0),
    )
    if site.a_cm_per_s <= 0:
        return waves
    atrial = _atrial(timing, power=ANNULAR_POWER)
    return (*waves, WaveLook(Wave.A_PRIME, -site.a_cm_per_s, atrial, _TISSUE, 0.0))


_WAVES: Final[dict[Trace, Callable[[Circulation], tuple[WaveLook, ...]]]] = {
    Trace.MITRAL_INFLOW: _mitral_inflow,
    Trace.LVOT: _lvot,
    Trace.SEPTAL_ANNULUS: lambda flow: _annulus(flow.septal, flow.timing),
    Trace.LATERAL_ANNULUS: lambda flow: _annulus(flow.lateral, flow.timing),
    Trace.TRICUSPID_ANNULUS: lambda flow: _annulus(flow.tricuspid, flow.timing),
    Trace.AORTIC_VALVE: _aortic_valve,
    Trace.MITRAL_VALVE: _mitral_valve,
    Trace.TRICUSPID_VALVE: _tricuspid_valve,
    Trace.RVOT: _rvot,
    Trace.PULMONARY_VALVE: _pulmonary_valve,
}
