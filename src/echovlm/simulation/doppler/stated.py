"""What a reader states of each trace and jet: the circulation's values as the recording shows them."""

import math
from collections.abc import Iterable
from typing import Final

from echovlm.clinical.measurement import Measurement, Quantity
from echovlm.clinical.provenance import Provenance, Source
from echovlm.simulation.doppler.haemodynamics import Circulation, circulation
from echovlm.simulation.doppler.traces import Trace, angle_factor
from echovlm.simulation.doppler.valves import Jet
from echovlm.simulation.doppler.waveforms import gradient_mmhg
from echovlm.simulation.patient import Prosthesis, SimulatedPatient

_LEAST_JET_ML: Final = 1.0  # smaller leaks are seen, not quantified
_LEAST_ORIFICE_CM2: Final = 0.01
_MITRAL_STENOSIS_CM2: Final = 2.5  # from here on a half-time is measured in place of a deceleration time
_LARGE_IVC_CM: Final = (
    2.1  # ASE 2010 right heart: above it, or without collapse, the RA pressure is not normal
)
_COLLAPSE_FRAC: Final = 0.50


def stated_on(patient: SimulatedPatient, trace: Trace) -> tuple[Measurement, ...]:
    """Return the values that this trace of this patient shows, angle error included.

    Values outside their quantity's plausible range are left out. Empty for a trace that shows no such flow.
    """
    flow, seen = circulation(patient), angle_factor(patient, trace)
    values = _VALUES[trace](patient, flow, seen)
    origin = Provenance(Source.LANDMARK, f"simulated spectrum, {trace.words}")
    return _plausible(Measurement(quantity, value, quantity.unit, origin) for quantity, value in values)


def true_haemodynamics(patient: SimulatedPatient) -> tuple[Measurement, ...]:
    """Return all that Doppler, colour and M-mode state of a patient, each with the recording it comes from."""
    spectral = tuple(m for trace in Trace for m in stated_on(patient, trace))
    known = {measurement.quantity: measurement.value for measurement in spectral}
    return (*spectral, *_plausible(_derived(patient, known)), *_plausible(_leaks(patient)))


def _plausible(measurements: Iterable[Measurement]) -> tuple[Measurement, ...]:
    """Keep what lies in its quantity's range: nobody writes down what cannot be."""
    return tuple(m for m in measurements if m.quantity.lowest <= m.value <= m.quantity.highest)


_Pairs = list[tuple[Quantity, float]]


def _mitral_inflow(patient: SimulatedPatient, flow: Circulation, seen: float) -> _Pairs:
    filling = flow.filling
    pairs = [
        (Quantity.MITRAL_E_VELOCITY, filling.e_cm_per_s * seen),
        (Quantity.ISOVOLUMIC_RELAXATION_TIME, filling.relaxation_ms),
    ]
    if filling.valve_area_cm2 >= _MITRAL_STENOSIS_CM2:
        pairs.append((Quantity.MITRAL_DECELERATION_TIME, filling.deceleration_ms))
    if filling.a_cm_per_s > 0:
        pairs.append((Quantity.MITRAL_A_VELOCITY, filling.a_cm_per_s * seen))
    return pairs


def _lvot(patient: SimulatedPatient, flow: Circulation, seen: float) -> _Pairs:
    return [
        (Quantity.LVOT_VMAX, flow.aortic.tract_peak_m_per_s * seen),
        (Quantity.LVOT_VTI, flow.aortic.tract_vti_cm * seen),
    ]


def _aortic_valve(patient: SimulatedPatient, flow: Circulation, seen: float) -> _Pairs:
    replaced = patient.prosthesis is Prosthesis.AORTIC
    peak, mean = (
        (Quantity.PROSTHETIC_AV_VMAX, Quantity.PROSTHETIC_AV_MEAN_GRADIENT)
        if replaced
        else (Quantity.AV_VMAX, Quantity.AV_MEAN_GRADIENT)
    )
    pairs = [
        (peak, flow.aortic.valve_peak_m_per_s * seen),
        (mean, flow.aortic.mean_gradient_mmhg * seen**2),
        (Quantity.AV_VTI, flow.aortic.valve_vti_cm * seen),
    ]
    jet = flow.aortic_regurgitation
    if jet.volume_ml >= _LEAST_JET_ML:
        pairs += [
            (Quantity.AR_VMAX, jet.peak_m_per_s * seen),
            (Quantity.AR_PRESSURE_HALF_TIME, jet.half_time_ms),
            (Quantity.AR_VTI, jet.vti_cm * seen),
        ]
    return pairs


def _mitral_valve(patient: SimulatedPatient, flow: Circulation, seen: float) -> _Pairs:
    filling, jet = flow.filling, flow.mitral_regurgitation
    replaced = patient.prosthesis is Prosthesis.MITRAL
    mean = Quantity.PROSTHETIC_MV_MEAN_GRADIENT if replaced else Quantity.MV_MEAN_GRADIENT
    half_time = Quantity.PROSTHETIC_MV_PRESSURE_HALF_TIME if replaced else Quantity.MV_PRESSURE_HALF_TIME
    pairs = [(mean, filling.mean_gradient_mmhg * seen**2), (Quantity.MV_VTI, filling.vti_cm * seen)]
    if replaced or filling.valve_area_cm2 < _MITRAL_STENOSIS_CM2:
        pairs.append((half_time, filling.half_time_ms))
    if jet.volume_ml >= _LEAST_JET_ML:
        pairs += [(Quantity.MR_VMAX, jet.peak_m_per_s * seen), (Quantity.MR_VTI, jet.vti_cm * seen)]
    return pairs


def _tricuspid_valve(patient: SimulatedPatient, flow: Circulation, seen: float) -> _Pairs:
    jet = flow.tricuspid_regurgitation
    if not jet.is_present:
        return []
    return [(Quantity.TR_VMAX, jet.peak_m_per_s * seen), (Quantity.TR_VTI, jet.vti_cm * seen)]


def _septal_annulus(patient: SimulatedPatient, flow: Circulation, seen: float) -> _Pairs:
    site = flow.septal
    pairs = [
        (Quantity.E_PRIME_SEPTAL, site.e_cm_per_s * seen),
        (Quantity.S_PRIME_SEPTAL, site.s_cm_per_s * seen),
    ]
    return pairs + ([(Quantity.A_PRIME_SEPTAL, site.a_cm_per_s * seen)] if site.a_cm_per_s else [])


def _lateral_annulus(patient: SimulatedPatient, flow: Circulation, seen: float) -> _Pairs:
    site = flow.lateral
    pairs = [
        (Quantity.E_PRIME_LATERAL, site.e_cm_per_s * seen),
        (Quantity.S_PRIME_LATERAL, site.s_cm_per_s * seen),
    ]
    return pairs + ([(Quantity.A_PRIME_LATERAL, site.a_cm_per_s * seen)] if site.a_cm_per_s else [])


def _tricuspid_annulus(patient: SimulatedPatient, flow: Circulation, seen: float) -> _Pairs:
    return [(Quantity.RV_S_PRIME, flow.tricuspid.s_cm_per_s * seen)]


def _rvot(patient: SimulatedPatient, flow: Circulation, seen: float) -> _Pairs:
    return [
        (Quantity.RVOT_VMAX, flow.pulmonary.tract_peak_m_per_s * seen),
        (Quantity.RVOT_VTI, flow.pulmonary.tract_vti_cm * seen),
        (Quantity.RVOT_ACCELERATION_TIME, flow.pulmonary.acceleration_ms),
    ]


def _pulmonary_valve(patient: SimulatedPatient, flow: Circulation, seen: float) -> _Pairs:
    jet = flow.pulmonary_regurgitation
    pairs = [(Quantity.PV_VMAX, flow.pulmonary.valve_peak_m_per_s * seen)]
    if jet.is_present:
        pairs += [
            (Quantity.PR_EARLY_VELOCITY, jet.peak_m_per_s * seen),
            (Quantity.PR_PRESSURE_HALF_TIME, jet.half_time_ms),
        ]
    return pairs


_VALUES: Final = {
    Trace.MITRAL_INFLOW: _mitral_inflow,
    Trace.LVOT: _lvot,
    Trace.SEPTAL_ANNULUS: _septal_annulus,
    Trace.LATERAL_ANNULUS: _lateral_annulus,
    Trace.TRICUSPID_ANNULUS: _tricuspid_annulus,
    Trace.AORTIC_VALVE: _aortic_valve,
    Trace.MITRAL_VALVE: _mitral_valve,
    Trace.TRICUSPID_VALVE: _tricuspid_valve,
    Trace.RVOT: _rvot,
    Trace.PULMONARY_VALVE: _pulmonary_valve,
}


def ra_pressure_mmhg(ivc_cm: float, collapse_frac: float) -> float:
    """Return the RA pressure that the inferior vena cava suggests: 3, 8 or 15 mmHg (ASE 2010, table 3)."""
    large, collapses = ivc_cm > _LARGE_IVC_CM, collapse_frac > _COLLAPSE_FRAC
    if not large and collapses:
        return 3.0
    return 15.0 if large and not collapses else 8.0


def _derived(patient: SimulatedPatient, known: dict[Quantity, float]) -> tuple[Measurement, ...]:
    """Return what a reader computes from several recordings: continuity, half-time, right-sided pressure."""
    flow = circulation(patient)
    tract = flow.aortic.tract_cm
    diameter = Provenance(Source.LANDMARK, "simulated geometry, LVOT at the annulus, PLAX in systole")
    found = [Measurement(Quantity.LVOT_DIAMETER, tract, Quantity.LVOT_DIAMETER.unit, diameter)]
    excursion = Provenance(Source.LANDMARK, "simulated M-mode, lateral tricuspid annulus, A4C")
    found.append(Measurement(Quantity.TAPSE, 10 * flow.tapse_cm, Quantity.TAPSE.unit, excursion))
    if Quantity.LVOT_VTI in known:
        volume = math.pi / 4 * tract**2 * known[Quantity.LVOT_VTI]
        found.append(_by_formula(Quantity.STROKE_VOLUME, volume, "LVOT area times LVOT VTI"))
        if Quantity.AV_VTI in known:
            replaced = patient.prosthesis is Prosthesis.AORTIC
            area = Quantity.PROSTHETIC_AV_EOA if replaced else Quantity.AORTIC_VALVE_AREA
            through = volume / known[Quantity.AV_VTI]
            found.append(_by_formula(area, through, "continuity of LVOT and CW aortic VTI"))
    half_time = known.get(Quantity.MV_PRESSURE_HALF_TIME)
    if half_time is not None:
        found.append(
            _by_formula(Quantity.MITRAL_VALVE_AREA_PHT, 220 / half_time, "220 over pressure half-time")
        )
    atrial = ra_pressure_mmhg(patient.ivc_cm, patient.ivc_collapse_frac)
    found.append(_by_formula(Quantity.RA_PRESSURE, atrial, "IVC diameter and collapse (ASE 2010)"))
    peak = known.get(Quantity.TR_VMAX)
    if peak is not None:
        found.append(_by_formula(Quantity.RVSP, gradient_mmhg(peak) + atrial, "4 v² of TR plus RA pressure"))
    return tuple(found)


def _leaks(patient: SimulatedPatient) -> tuple[Measurement, ...]:
    """Return what is stated of regurgitant jets: orifice, volume, fraction and vena contracta."""
    flow = circulation(patient)
    filling_ml, lvot_ml = flow.filling.volume_ml, flow.aortic.volume_ml
    mitral, aortic = flow.mitral_regurgitation, flow.aortic_regurgitation
    tricuspid, pulmonary = flow.tricuspid_regurgitation, flow.pulmonary_regurgitation
    pairs: _Pairs = []
    if _is_measured(mitral):
        pairs += [
            (Quantity.MR_EROA, mitral.orifice_cm2),
            (Quantity.MR_REGURGITANT_VOLUME, mitral.volume_ml),
            (Quantity.MR_REGURGITANT_FRACTION, 100 * mitral.volume_ml / filling_ml),
            (Quantity.MR_VENA_CONTRACTA, mitral.vena_contracta_cm),
        ]
    if _is_measured(aortic):
        pairs += [
            (Quantity.AR_EROA, aortic.orifice_cm2),
            (Quantity.AR_REGURGITANT_VOLUME, aortic.volume_ml),
            (Quantity.AR_REGURGITANT_FRACTION, 100 * aortic.volume_ml / lvot_ml),
            (Quantity.AR_VENA_CONTRACTA, aortic.vena_contracta_cm),
        ]
    if _is_measured(tricuspid):
        pairs += [
            (Quantity.TR_EROA, tricuspid.orifice_cm2),
            (Quantity.TR_REGURGITANT_VOLUME, tricuspid.volume_ml),
            (Quantity.TR_VENA_CONTRACTA, tricuspid.vena_contracta_cm),
        ]
    if _is_measured(pulmonary):
        fraction = 100 * pulmonary.volume_ml / (pulmonary.volume_ml + flow.forward_volume_ml)
        pairs.append((Quantity.PR_REGURGITANT_FRACTION, fraction))
    origin = Provenance(Source.LANDMARK, "simulated colour Doppler, PISA and vena contracta")
    return tuple(Measurement(quantity, value, quantity.unit, origin) for quantity, value in pairs)


def _is_measured(jet: Jet) -> bool:
    return jet.volume_ml >= _LEAST_JET_ML and jet.orifice_cm2 >= _LEAST_ORIFICE_CM2


def _by_formula(quantity: Quantity, value: float, how: str) -> Measurement:
    return Measurement(quantity, value, quantity.unit, Provenance(Source.FORMULA, f"simulated, {how}"))
