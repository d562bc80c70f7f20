"""What passes each valve: the way forward through its opening, and the leak backward through its orifice."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from echovlm.simulation.doppler.waveforms import (
    bernoulli_m_per_s,
    dome_mean,
    ejection_mean,
    ejection_mean_square,
    gradient_mmhg,
    half_time_decay,
)
from echovlm.simulation.heart.geometry import Heart
from echovlm.simulation.patient import Prosthesis, SimulatedPatient

SYSTOLIC_JET_POWER: Final = 0.55  # MR and TR: a blunt dome over all of systole
_SMALLEST_AORTIC_CM2: Final = 0.42
_FASTEST_AORTIC_CM_PER_S: Final = (
    620.0  # no ventricle drives its stroke through a smaller orifice than this asks for
)
_SMALLEST_MITRAL_CM2: Final = 0.65
_FASTEST_MITRAL_CM_PER_S: Final = 300.0
_LOWEST_OUTPUT_ML_PER_MIN: Final = (
    2000.0  # who has less forward flow is not examined at rest in the laboratory
)
NO_LEAK_FRAC: Final = 0.02  # severities below this leave no jet at all


@dataclass(frozen=True, slots=True)
class Outflow:
    """Systolic flow through an outflow tract and the valve behind it; both have the same course in time.

    Attributes:
        volume_ml: Volume per beat.
        tract_cm: Diameter of the outflow tract.
        tract_area_cm2: Its area as a circle.
        valve_area_cm2: Effective orifice of the open valve.
        peak_at_frac: Acceleration time over ejection time.
        acceleration_ms: Acceleration time.
        tract_vti_cm: Velocity-time integral in the tract.
        tract_peak_m_per_s: Peak velocity in the tract.
        valve_vti_cm: Velocity-time integral through the valve.
        valve_peak_m_per_s: Peak velocity through the valve.
        mean_gradient_mmhg: Mean of 4 v² through the valve over ejection.
    """

    volume_ml: float
    tract_cm: float
    tract_area_cm2: float
    valve_area_cm2: float
    peak_at_frac: float
    acceleration_ms: float
    tract_vti_cm: float
    tract_peak_m_per_s: float
    valve_vti_cm: float
    valve_peak_m_per_s: float
    mean_gradient_mmhg: float

    @property
    def peak_gradient_mmhg(self) -> float:
        """Bernoulli at the peak velocity."""
        return gradient_mmhg(self.valve_peak_m_per_s)

    @classmethod
    def through(
        cls,
        *,
        volume_ml: float,
        tract_cm: float,
        valve_area_cm2: float,
        ejection_ms: float,
        peak_at_frac: float,
    ) -> "Outflow":
        """Return the flow that continuity gives for these areas."""
        tract_area = math.pi / 4 * tract_cm**2
        area = min(valve_area_cm2, tract_area)
        per_peak_s = ejection_mean(peak_at_frac=peak_at_frac) * ejection_ms / 1000
        peak = volume_ml / area / per_peak_s / 100
        return cls(
            volume_ml=volume_ml,
            tract_cm=tract_cm,
            tract_area_cm2=tract_area,
            valve_area_cm2=area,
            peak_at_frac=peak_at_frac,
            acceleration_ms=peak_at_frac * ejection_ms,
            tract_vti_cm=volume_ml / tract_area,
            tract_peak_m_per_s=volume_ml / tract_area / per_peak_s / 100,
            valve_vti_cm=volume_ml / area,
            valve_peak_m_per_s=peak,
            mean_gradient_mmhg=gradient_mmhg(peak) * ejection_mean_square(peak_at_frac=peak_at_frac),
        )


@dataclass(frozen=True, slots=True)
class Jet:
    """A regurgitant jet; all zero where the valve is tight.

    Attributes:
        volume_ml: Regurgitant volume per beat.
        orifice_cm2: Effective regurgitant orifice: volume over velocity-time integral.
        vena_contracta_cm: Diameter of a round orifice of that area.
        peak_m_per_s: Peak velocity.
        vti_cm: Velocity-time integral.
        half_time_ms: Pressure half-time of a diastolic jet; 0 for a systolic one.
    """

    volume_ml: float
    orifice_cm2: float
    vena_contracta_cm: float
    peak_m_per_s: float
    vti_cm: float
    half_time_ms: float

    @property
    def is_present(self) -> bool:
        """Whether there is any."""
        return self.volume_ml > 0

    @classmethod
    def through(cls, *, volume_ml: float, peak_m_per_s: float, vti_cm: float, half_time_ms: float) -> "Jet":
        """Return the jet whose orifice lets this volume pass at these velocities."""
        orifice = volume_ml / vti_cm
        return cls(volume_ml, orifice, math.sqrt(4 * orifice / math.pi), peak_m_per_s, vti_cm, half_time_ms)


NO_JET: Final = Jet(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


def outflow(patient: SimulatedPatient, *, volume_ml: float, tract_cm: float, ejection_ms: float) -> Outflow:
    """Return LV outflow: what the LVOT carries passes an aortic valve that stenosis or a prosthesis narrows."""
    stenosis = patient.aortic_stenosis_frac
    normal = 0.86 * math.pi / 4 * tract_cm**2
    if patient.prosthesis is Prosthesis.AORTIC:
        normal *= 0.52  # a well-working prosthesis has about half of the native orifice
    peak_at = 0.31 + 0.14 * stenosis  # the tighter the valve, the later the peak
    needed = volume_ml / (_FASTEST_AORTIC_CM_PER_S * ejection_mean(peak_at_frac=peak_at) * ejection_ms / 1000)
    narrow = min(max(_SMALLEST_AORTIC_CM2, needed), normal)
    area = narrow + (normal - narrow) * (1 - stenosis) ** 1.4
    return Outflow.through(
        volume_ml=volume_ml,
        tract_cm=tract_cm,
        valve_area_cm2=area,
        ejection_ms=ejection_ms,
        peak_at_frac=peak_at,
    )


def mitral_area_cm2(heart: Heart, *, volume_ml: float, filling_ms: float) -> float:
    """Return the area of the open mitral valve: part of its annulus, less what fusion and calcium take."""
    patient, state = heart.patient, heart.end_diastole()
    annulus = math.pi * state.mv_half_width * 0.5 * (state.mv_front - state.mv_back)
    normal = float(np.clip(0.9 * annulus, 5.0, 7.0))
    if patient.prosthesis is Prosthesis.MITRAL:
        normal = min(normal, 2.4 + 0.3 * math.tanh(patient.shape[2]))
    fused = (1 - patient.mitral_stenosis_frac) ** 1.6
    calcified = 1 - 0.45 * patient.mitral_annular_calcification_frac**2
    # A stenotic inflow is on average at about three quarters of its peak.
    needed = volume_ml / (_FASTEST_MITRAL_CM_PER_S * 0.75 * filling_ms / 1000)
    narrow = min(max(_SMALLEST_MITRAL_CM2, needed), normal)
    return float(narrow + (normal - narrow) * fused * calcified)


def regurgitant_shares(patient: SimulatedPatient, *, stroke_ml: float) -> tuple[float, float]:
    """Return which share of the stroke leaks into the LA, and which of the LVOT's volume returns from the aorta.

    Severities are shares of the worst leak. Both are held back together where little would reach the body.
    """
    wanted = [
        _leak(patient.mitral_regurgitation_frac, worst=0.60),
        _leak(patient.aortic_regurgitation_frac, worst=0.58),
    ]
    kept = (1 - wanted[0]) * (1 - wanted[1])
    floor = min(1.0, _LOWEST_OUTPUT_ML_PER_MIN / patient.heart_rate_bpm / stroke_ml)
    if kept < floor:
        # (1 - a)^k (1 - b)^k is the floor itself.
        power = math.log(floor) / math.log(kept)
        wanted = [1 - (1 - share) ** power for share in wanted]
    return wanted[0], wanted[1]


def _leak(severity: float, *, worst: float) -> float:
    return worst * severity**1.25 if severity >= NO_LEAK_FRAC else 0.0


def mitral_jet(
    patient: SimulatedPatient, *, volume_ml: float, duration_ms: float, ventricle_mmhg: float
) -> Jet:
    """Return the MR jet, driven by the LV's systolic pressure against that of the atrium."""
    if volume_ml <= 0:
        return NO_JET
    peak = bernoulli_m_per_s(ventricle_mmhg - patient.filling_pressure_mmhg)
    return _systolic_jet(volume_ml=volume_ml, peak_m_per_s=peak, duration_ms=duration_ms)


def tricuspid_jet(patient: SimulatedPatient, *, duration_ms: float) -> Jet:
    """Return the TR jet; its orifice follows the severity, its velocity the RV's pressure."""
    severity = patient.tricuspid_regurgitation_frac
    drop = patient.rv_systolic_pressure_mmhg - patient.ra_pressure_mmhg
    if severity < NO_LEAK_FRAC or drop <= 0:
        return NO_JET
    peak = bernoulli_m_per_s(drop)
    vti = 100 * peak * dome_mean(power=SYSTOLIC_JET_POWER) * duration_ms / 1000
    return _systolic_jet(volume_ml=0.95 * severity**1.6 * vti, peak_m_per_s=peak, duration_ms=duration_ms)


def _systolic_jet(*, volume_ml: float, peak_m_per_s: float, duration_ms: float) -> Jet:
    vti = 100 * peak_m_per_s * dome_mean(power=SYSTOLIC_JET_POWER) * duration_ms / 1000
    return Jet.through(volume_ml=volume_ml, peak_m_per_s=peak_m_per_s, vti_cm=vti, half_time_ms=0.0)


def aortic_jet(patient: SimulatedPatient, *, volume_ml: float, duration_ms: float, aorta_mmhg: float) -> Jet:
    """Return the AR jet, driven by early diastolic aortic pressure; the larger the leak, the faster it fades."""
    if volume_ml <= 0:
        return NO_JET
    peak = bernoulli_m_per_s(aorta_mmhg - patient.filling_pressure_mmhg)
    # From 600 ms when trivial to 170 ms when all severe signs agree (bands of ASE 2017: 500 and 200 ms).
    half_time = 600 * math.exp(-1.25 * patient.aortic_regurgitation_frac)
    return _diastolic_jet(volume_ml, peak, duration_ms=duration_ms, half_time_ms=half_time)


def pulmonary_jet(patient: SimulatedPatient, *, forward_ml: float, duration_ms: float) -> Jet:
    """Return the PR jet, driven by mean pulmonary pressure against the RV in diastole."""
    severity = patient.pulmonary_regurgitation_frac
    if severity < NO_LEAK_FRAC:
        return NO_JET
    # The early peak gives the mean pulmonary pressure (Masuyama 1986), which is 0.61 sPAP + 2 (Chemla 2004).
    mean_mmhg = 0.61 * patient.rv_systolic_pressure_mmhg + 2
    peak = bernoulli_m_per_s(max(mean_mmhg - patient.ra_pressure_mmhg, 2.0))
    share = _leak(severity, worst=0.5)
    half_time = 330 * math.exp(-1.5 * severity)
    return _diastolic_jet(
        forward_ml * share / (1 - share), peak, duration_ms=duration_ms, half_time_ms=half_time
    )


def _diastolic_jet(volume_ml: float, peak_m_per_s: float, *, duration_ms: float, half_time_ms: float) -> Jet:
    course = half_time_decay(np.linspace(0, duration_ms, 400), half_time_ms=half_time_ms)
    vti = 100 * peak_m_per_s * float(course.mean()) * duration_ms / 1000
    return Jet.through(volume_ml=volume_ml, peak_m_per_s=peak_m_per_s, vti_cm=vti, half_time_ms=half_time_ms)
