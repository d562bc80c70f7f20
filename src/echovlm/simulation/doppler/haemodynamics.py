"""One consistent circulation per patient: flows, pressures and velocities that follow from one heart.

Volumes come from the LV's geometry, orifices from the valves' disease, velocities from continuity (flow over area)
and from Bernoulli (pressure drop 4 v²). Where physiology gives no law, a published regression stands in; residual
scatter between patients is seeded by the patient alone.
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from echovlm.simulation.doppler.valves import (
    Jet,
    Outflow,
    aortic_jet,
    mitral_area_cm2,
    mitral_jet,
    outflow,
    pulmonary_jet,
    regurgitant_shares,
    tricuspid_jet,
)
from echovlm.simulation.doppler.waveforms import HALF_TIME_SHARE, dome, dome_mean, early_filling
from echovlm.simulation.heart.geometry import Heart, build_heart, tapse_cm
from echovlm.simulation.heart.motion import END_DIASTOLE, END_SYSTOLE, beat_ms, systole_ms
from echovlm.simulation.patient import Rhythm, SimulatedPatient
from echovlm.simulation.views.truth import biplane_volume_ml

ANNULAR_POWER: Final = 1.1  # shape of S', e' and a': nearly half sines
A_WAVE_POWER: Final = 1.2
_E_LIMIT_CM_PER_S: Final = 150.0  # no inflow without stenosis is faster; the regression knows no limit
_DOME: Final = dome_mean(power=ANNULAR_POWER)


@dataclass(frozen=True, slots=True)
class BeatTiming:
    """When the valves move, in ms after the R wave of a beat of mean length.

    Attributes:
        beat_ms: RR interval.
        aortic_opens_ms: Start of ejection.
        aortic_closes_ms: End of ejection.
        mitral_opens_ms: Start of filling; the isovolumic relaxation time after the aortic valve has closed.
        atrial_starts_ms: Start of the A wave, 20 ms longer than it lasts before the next R wave.
        atrial_ms: Duration of the A wave.
    """

    beat_ms: float
    aortic_opens_ms: float
    aortic_closes_ms: float
    mitral_opens_ms: float
    atrial_starts_ms: float
    atrial_ms: float

    @property
    def ejection_ms(self) -> float:
        """Duration of ejection."""
        return self.aortic_closes_ms - self.aortic_opens_ms

    @property
    def filling_ms(self) -> float:
        """Duration of filling."""
        return self.beat_ms - self.mitral_opens_ms


@dataclass(frozen=True, slots=True)
class Filling:
    """Mitral inflow at the leaflets' tips.

    Attributes:
        e_cm_per_s: Peak of early filling.
        a_cm_per_s: Peak of atrial filling; 0 in atrial fibrillation.
        rise_ms: From mitral opening to the peak of E.
        deceleration_ms: From the peak of E to where its slope meets 0.
        relaxation_ms: Isovolumic relaxation time.
        half_time_ms: Pressure half-time of the inflow.
        valve_area_cm2: Area of the open mitral valve.
        volume_ml: Volume that enters the LV per beat.
        vti_cm: Velocity-time integral of the inflow.
        mean_gradient_mmhg: Mean of 4 v² over filling.
    """

    e_cm_per_s: float
    a_cm_per_s: float
    rise_ms: float
    deceleration_ms: float
    relaxation_ms: float
    half_time_ms: float
    valve_area_cm2: float
    volume_ml: float
    vti_cm: float
    mean_gradient_mmhg: float


@dataclass(frozen=True, slots=True)
class AnnularMotion:
    """Tissue velocities along the beam at one site of an annulus, all as positive numbers, cm/s."""

    s_cm_per_s: float
    e_cm_per_s: float
    a_cm_per_s: float


@dataclass(frozen=True, slots=True)
class Circulation:
    """All flows and pressures of one patient at rest.

    Attributes:
        timing: When the valves move.
        stroke_volume_ml: LV end-diastolic less end-systolic volume, all that leaves the LV either way.
        forward_volume_ml: What of it reaches the body.
        aortic_systolic_mmhg: Systolic blood pressure.
        aortic_diastolic_mmhg: Diastolic blood pressure.
        filling: Mitral inflow.
        septal: Septal mitral annulus.
        lateral: Lateral mitral annulus.
        tricuspid: Lateral tricuspid annulus.
        aortic: LVOT and aortic valve.
        pulmonary: RVOT and pulmonary valve; its valve never narrows.
        mitral_regurgitation: MR jet.
        aortic_regurgitation: AR jet.
        tricuspid_regurgitation: TR jet.
        pulmonary_regurgitation: PR jet.
        tapse_cm: Excursion of the lateral tricuspid annulus.
    """

    timing: BeatTiming
    stroke_volume_ml: float
    forward_volume_ml: float
    aortic_systolic_mmhg: float
    aortic_diastolic_mmhg: float
    filling: Filling
    septal: AnnularMotion
    lateral: AnnularMotion
    tricuspid: AnnularMotion
    aortic: Outflow
    pulmonary: Outflow
    mitral_regurgitation: Jet
    aortic_regurgitation: Jet
    tricuspid_regurgitation: Jet
    pulmonary_regurgitation: Jet
    tapse_cm: float


@lru_cache(maxsize=16)
def circulation(patient: SimulatedPatient) -> Circulation:
    """Derive the circulation from the patient and the measured geometry of the heart."""
    heart = build_heart(patient)
    scatter = np.random.default_rng((patient.seed, patient.patient_index, 0xD0B1)).standard_normal(8)
    edv, esv = (biplane_volume_ml(heart, heart.state(phase)) for phase in (END_DIASTOLE, END_SYSTOLE))
    stroke = edv - esv
    leak_mitral, leak_aortic = regurgitant_shares(patient, stroke_ml=stroke)
    relaxation_ms = _relaxation_ms(patient, scatter[4])
    timing = _timing(patient, relaxation_ms, ejected_frac=stroke / edv)
    systolic = 122 + 0.35 * (patient.age_years - 55) + 14 * float(np.clip(scatter[5], -2, 2.5))
    annulus = 2 * heart.end_diastole().ao_annulus
    left = outflow(
        patient, volume_ml=stroke * (1 - leak_mitral), tract_cm=annulus, ejection_ms=timing.ejection_ms
    )
    septal, lateral = _mitral_annulus(heart, timing, scatter[2])
    entering = stroke - left.volume_ml * leak_aortic
    filling = _filling(patient, heart, timing, septal, lateral, volume_ml=entering, leak=leak_mitral,
                       scatter=scatter)  # fmt: skip
    diastolic = 0.62 * systolic * (1 - 0.45 * leak_aortic)  # run-off widens the pulse pressure
    forward = left.volume_ml * (1 - leak_aortic)
    return Circulation(
        timing=timing,
        stroke_volume_ml=stroke,
        forward_volume_ml=forward,
        aortic_systolic_mmhg=systolic,
        aortic_diastolic_mmhg=diastolic,
        filling=filling,
        septal=septal,
        lateral=lateral,
        tricuspid=_tricuspid_annulus(heart, timing),
        aortic=left,
        pulmonary=_pulmonary(patient, timing, forward),
        mitral_regurgitation=mitral_jet(
            patient, volume_ml=stroke * leak_mitral, duration_ms=timing.mitral_opens_ms,
            ventricle_mmhg=systolic + 0.7 * left.peak_gradient_mmhg,
        ),
        aortic_regurgitation=aortic_jet(
            patient, volume_ml=left.volume_ml * leak_aortic,
            duration_ms=timing.beat_ms - timing.ejection_ms, aorta_mmhg=0.5 * (systolic + diastolic),
        ),
        tricuspid_regurgitation=tricuspid_jet(patient, duration_ms=timing.mitral_opens_ms),
        pulmonary_regurgitation=pulmonary_jet(
            patient, forward_ml=forward, duration_ms=timing.beat_ms - timing.ejection_ms
        ),
        tapse_cm=tapse_cm(heart),
    )  # fmt: skip


def _timing(patient: SimulatedPatient, relaxation_ms: float, *, ejected_frac: float) -> BeatTiming:
    """Return the valve times; the aortic ones lie within the times at which its cusps move."""
    beat, systole = beat_ms(patient.heart_rate_bpm), systole_ms(patient.heart_rate_bpm)
    atrial = 150 * min(1.0, math.sqrt(beat / 1000)) ** 1.5
    return BeatTiming(
        beat_ms=beat,
        # A failing ventricle takes longer to build up pressure and ejects for less time (Weissler 1968).
        aortic_opens_ms=68.0 + 55.0 * max(0.0, 1 - ejected_frac / 0.55),
        aortic_closes_ms=systole - 28.0,
        mitral_opens_ms=systole - 28.0 + relaxation_ms,
        atrial_starts_ms=beat - atrial - 20.0,
        atrial_ms=atrial,
    )


def _relaxation_ms(patient: SimulatedPatient, scatter: float) -> float:
    """Return the isovolumic relaxation time: longer with age and slow relaxation, shorter with a full atrium.

    Normal values by decade: ASE/EACVI 2016 (Nagueh et al.), table 3: 67 ± 8 ms at 16-20, 87 ± 7 ms over 60.
    """
    value = 68 + 0.38 * (patient.age_years - 20) + 45 * patient.relaxation_frac
    value -= 2.4 * (patient.filling_pressure_mmhg - 9)
    return float(np.clip((value + 6 * scatter) * (70 / patient.heart_rate_bpm) ** 0.25, 36, 150))


def _mitral_annulus(heart: Heart, timing: BeatTiming, scatter: float) -> tuple[AnnularMotion, AnnularMotion]:
    """Return the septal and the lateral mitral annulus.

    e' by age: about 12 and 17 cm/s at 30, 8 and 10 at 70 (NORRE, Caballero et al. 2015); a stiff or
    calcified annulus moves less. S' carries the annulus down as far as the geometry says, e' and a' bring it back.
    """
    patient = heart.patient
    slowing = 1 - 0.62 * patient.relaxation_frac
    spread = float(np.exp(0.06 * np.clip(scatter, -2.5, 2.5)))
    calcium = 1 - 0.30 * patient.mitral_annular_calcification_frac
    septal = max((15.4 - 0.112 * patient.age_years) * slowing * spread, 2.4)
    lateral = max((21.3 - 0.160 * patient.age_years) * slowing * spread * calcium, 2.8)
    descent_cm = heart.shortening_frac * heart.height_cm
    return (
        _annular_motion(patient, timing, e_cm_per_s=septal, descent_cm=0.92 * descent_cm),
        _annular_motion(patient, timing, e_cm_per_s=lateral, descent_cm=1.08 * descent_cm),
    )


def _tricuspid_annulus(heart: Heart, timing: BeatTiming) -> AnnularMotion:
    descent_cm = tapse_cm(heart)
    return _annular_motion(heart.patient, timing, e_cm_per_s=5.2 * descent_cm, descent_cm=descent_cm)


def _annular_motion(
    patient: SimulatedPatient, timing: BeatTiming, *, e_cm_per_s: float, descent_cm: float
) -> AnnularMotion:
    """Return a site's velocities; what e' leaves of the way back is done by atrial contraction, within limits."""
    systolic = descent_cm / (_DOME * timing.ejection_ms / 1000)
    early_cm = e_cm_per_s * _DOME * annular_early_ms(timing) / 1000
    atrial = (descent_cm - early_cm) / (_DOME * timing.atrial_ms / 1000)
    fibrillating = patient.rhythm is Rhythm.ATRIAL_FIBRILLATION
    return AnnularMotion(systolic, e_cm_per_s, 0.0 if fibrillating else float(np.clip(atrial, 2.5, 13.0)))


def annular_early_ms(timing: BeatTiming) -> float:
    """Return the duration of e'."""
    return 160.0 * min(1.0, math.sqrt(timing.beat_ms / 1000))


def _filling(
    patient: SimulatedPatient, heart: Heart, timing: BeatTiming, septal: AnnularMotion, lateral: AnnularMotion, *,
    volume_ml: float, leak: float, scatter: np.ndarray,
) -> Filling:  # fmt: skip
    """Return mitral inflow: E from e' and filling pressure, or from continuity where the valve is narrow."""
    area = mitral_area_cm2(heart, volume_ml=volume_ml, filling_ms=timing.filling_ms)
    half_time = 220.0 / area  # Hatle 1979
    pressure, slow = patient.filling_pressure_mmhg, patient.relaxation_frac
    rate = math.sqrt(min(timing.beat_ms, 1000.0) / 1000)
    own = (172 + 0.5 * (patient.age_years - 45) + 95 * slow - 6.0 * (pressure - 9) + 12 * scatter[3]) * rate
    narrow = float(np.clip((3.4 - area) / 0.9, 0, 1))  # the law of half-times holds for narrow valves only
    deceleration = max(float(np.clip(own, 95, 320)), narrow * half_time / HALF_TIME_SHARE)
    rise = 85.0 * rate
    # Nagueh et al., JACC 1997;30:1527: mean wedge pressure = 1.24 E/e' (lateral) + 1.9 mmHg, r 0.87.
    ratio = max(pressure - 1.9, 2.0) / 1.24 * math.exp(0.12 * float(np.clip(scatter[0], -2, 2)))
    free = lateral.e_cm_per_s * ratio * (1 + 0.3 * leak)
    free /= (1 + (free / _E_LIMIT_CM_PER_S) ** 4) ** 0.25
    e_over_a = _e_over_a(patient, scatter[1])
    fibrillating = patient.rhythm is Rhythm.ATRIAL_FIBRILLATION
    at_kick = float(early_filling(
        np.array([timing.atrial_starts_ms + 0.5 * timing.atrial_ms - timing.mitral_opens_ms]),
        rise_ms=rise, deceleration_ms=deceleration,
    )[0])  # fmt: skip
    # The A wave rides on what is left of the E wave, so that it always has a peak of its own.
    a_share = 0.0 if fibrillating else max(1 / e_over_a, 1.12 * at_kick)
    curve = _inflow_curve(timing, rise_ms=rise, deceleration_ms=deceleration, a_share=a_share)
    # Continuity: through an area no larger than the valve's, the volume needs at least this velocity.
    needed = volume_ml / (area * float(curve.mean()) * timing.filling_ms / 1000)
    e = max(math.exp((1 - narrow) * math.log(free) + narrow * math.log(needed)), needed)
    return Filling(
        e_cm_per_s=e,
        a_cm_per_s=e * a_share,
        rise_ms=rise,
        deceleration_ms=deceleration,
        relaxation_ms=timing.mitral_opens_ms - timing.aortic_closes_ms,
        half_time_ms=HALF_TIME_SHARE * deceleration,
        valve_area_cm2=area,
        volume_ml=volume_ml,
        vti_cm=e * float(curve.mean()) * timing.filling_ms / 1000,
        mean_gradient_mmhg=4 * float(((e / 100 * curve) ** 2).mean()),
    )


def _inflow_curve(
    timing: BeatTiming, *, rise_ms: float, deceleration_ms: float, a_share: float
) -> np.ndarray:
    """Return the inflow velocity over filling at steps of about 1 ms, in units of E."""
    since_opening = np.linspace(0, timing.filling_ms, max(2, round(timing.filling_ms)))
    early = early_filling(since_opening, rise_ms=rise_ms, deceleration_ms=deceleration_ms)
    since_atrial = since_opening + timing.mitral_opens_ms - timing.atrial_starts_ms
    late = a_share * dome(since_atrial / timing.atrial_ms, power=A_WAVE_POWER)
    return np.asarray(np.maximum(early, late))


def _e_over_a(patient: SimulatedPatient, scatter: float) -> float:
    """Return E/A: 1.7 at 30 and 0.95 at 70 in health (NORRE 2015); slow relaxation lowers, pressure raises it."""
    log = math.log(1.7) - 0.0145 * (patient.age_years - 30) - 0.75 * patient.relaxation_frac
    log += 0.095 * (patient.filling_pressure_mmhg - 9) + 0.10 * float(np.clip(scatter, -2.5, 2.5))
    log += 0.4 * math.log(70 / max(patient.heart_rate_bpm, 50))
    return float(np.clip(math.exp(log), 0.35, 4.5))


def _pulmonary(patient: SimulatedPatient, timing: BeatTiming, forward_ml: float) -> Outflow:
    """Return flow through the RVOT; its peak comes earlier the higher the pulmonary pressure.

    Mean pressure from systolic: 0.61 sPAP + 2 (Chemla 2004); acceleration time from mean pressure:
    mPAP = 90 - 0.62 AT (Dabestani 1987).
    """
    mean_mmhg = 0.61 * patient.rv_systolic_pressure_mmhg + 2
    acceleration_ms = float(np.clip((90 - mean_mmhg) / 0.62, 42, 0.45 * timing.ejection_ms))
    tract_cm = float(np.clip(0.80 * patient.pulmonary_artery_cm, 1.5, 2.8))
    return Outflow.through(
        volume_ml=forward_ml, tract_cm=tract_cm, valve_area_cm2=0.8 * math.pi / 4 * tract_cm**2,
        ejection_ms=timing.ejection_ms, peak_at_frac=acceleration_ms / timing.ejection_ms,
    )  # fmt: skip
