"""Formulas of flow: output, gradients, valve areas, regurgitation, filling and pressures."""

import math
from typing import Final

from echovlm.clinical.documents import Confidence
from echovlm.clinical.formulas.formula import Formula, per
from echovlm.clinical.measurement import Quantity

_SEEN: Final = Confidence.VERIFIED_SECONDARY
_AS2017: Final = "EACVI/ASE 2017"
_REG2017: Final = "ASE 2017"
_DIASTOLE: Final = "ASE/EACVI 2016"
_RIGHT: Final = "ASE 2010"
_CM_PER_S: Final = 100  # in one m/s


def _disc_area(diameter_cm: float) -> float:
    return math.pi * (diameter_cm / 2) ** 2


def _bernoulli(velocity_m_per_s: float) -> float:
    return 4 * velocity_m_per_s**2


def _peak_gradient(result: Quantity, velocity: Quantity, note: str = "") -> Formula:
    return Formula(
        result=result,
        inputs=(velocity,),
        expression=f"{result.key} = 4 * {velocity.key}**2",
        compute=_bernoulli,
        source="simplified Bernoulli equation",
        confidence=_SEEN,
        note=note,
    )


def _eroa(result: Quantity, radius: Quantity, alias: Quantity, peak: Quantity) -> Formula:
    return Formula(
        result=result,
        inputs=(radius, alias, peak),
        expression=f"{result.key} = 2 * pi * {radius.key}**2 * {alias.key} / (100 * {peak.key})",
        compute=lambda radius_cm, alias_cm_per_s, peak_m_per_s: (
            2 * math.pi * radius_cm**2 * alias_cm_per_s / (_CM_PER_S * peak_m_per_s)
        ),
        source=f"{_REG2017}, proximal isovelocity surface area",
        confidence=_SEEN,
        note="assumes a round orifice and a hemisphere; over-estimates late-systolic regurgitation",
    )


def _regurgitant_volume(result: Quantity, eroa: Quantity, vti: Quantity) -> Formula:
    return Formula(
        result=result,
        inputs=(eroa, vti),
        expression=f"{result.key} = {eroa.key} * {vti.key}",
        compute=lambda eroa_cm2, vti_cm: eroa_cm2 * vti_cm,
        source=_REG2017,
        confidence=_SEEN,
    )


def rap_from_ivc(ivc_cm: float, collapse_pct: float) -> float:
    """Return the right atrial pressure in mmHg by the three classes of ASE 2010: 3, 8 or 15."""
    if ivc_cm <= 2.1 and collapse_pct > 50:
        return 3.0
    return 15.0 if ivc_cm > 2.1 and collapse_pct < 50 else 8.0


OUTPUT: Final = (
    Formula(
        result=Quantity.LVOT_AREA,
        inputs=(Quantity.LVOT_DIAMETER,),
        expression="lvot_area = pi * (lvot_diameter / 2)**2",
        compute=_disc_area,
        source=_AS2017,
        confidence=_SEEN,
        note="an error of the diameter counts twice",
    ),
    Formula(
        result=Quantity.STROKE_VOLUME,
        inputs=(Quantity.LVOT_AREA, Quantity.LVOT_VTI),
        expression="stroke_volume = lvot_area * lvot_vti",
        compute=lambda area_cm2, vti_cm: area_cm2 * vti_cm,
        source=_AS2017,
        confidence=_SEEN,
    ),
    per(Quantity.STROKE_VOLUME_INDEX, Quantity.STROKE_VOLUME, Quantity.BSA, source=_AS2017, confidence=_SEEN),
    Formula(
        result=Quantity.CARDIAC_OUTPUT,
        inputs=(Quantity.STROKE_VOLUME, Quantity.HEART_RATE),
        expression="cardiac_output = stroke_volume * heart_rate / 1000",
        compute=lambda volume_ml, rate_bpm: volume_ml * rate_bpm / 1000,
        source="definition",
        confidence=_SEEN,
    ),
    per(Quantity.CARDIAC_INDEX, Quantity.CARDIAC_OUTPUT, Quantity.BSA, source="definition", confidence=_SEEN),
    Formula(
        result=Quantity.QP_QS,
        inputs=(
            Quantity.RVOT_DIAMETER_DISTAL,
            Quantity.RVOT_VTI,
            Quantity.LVOT_DIAMETER,
            Quantity.LVOT_VTI,
        ),
        expression=("qp_qs = (rvot_diameter_distal**2 * rvot_vti) / (lvot_diameter**2 * lvot_vti)"),
        compute=lambda rvot_cm, rvot_vti_cm, lvot_cm, lvot_vti_cm: (
            rvot_cm**2 * rvot_vti_cm / (lvot_cm**2 * lvot_vti_cm)
        ),
        source="continuity of flow",
        confidence=_SEEN,
        note="the square of the RVOT diameter makes it error-prone",
    ),
)

AORTIC: Final = (
    _peak_gradient(
        Quantity.AV_PEAK_GRADIENT, Quantity.AV_VMAX, "take 4*(v2**2 - v1**2) when the LVOT exceeds 1.5 m/s"
    ),
    Formula(
        result=Quantity.AORTIC_VALVE_AREA,
        inputs=(Quantity.LVOT_AREA, Quantity.LVOT_VTI, Quantity.AV_VTI),
        expression="aortic_valve_area = lvot_area * lvot_vti / av_vti",
        compute=lambda area_cm2, lvot_cm, av_cm: area_cm2 * lvot_cm / av_cm,
        source=f"{_AS2017}, continuity equation",
        confidence=_SEEN,
    ),
    per(
        Quantity.AORTIC_VALVE_AREA_INDEX,
        Quantity.AORTIC_VALVE_AREA,
        Quantity.BSA,
        source=_AS2017,
        confidence=_SEEN,
        note="over-calls severity in obesity",
    ),
    per(
        Quantity.AV_DIMENSIONLESS_INDEX, Quantity.LVOT_VTI, Quantity.AV_VTI, source=_AS2017, confidence=_SEEN
    ),
    per(
        Quantity.AV_DIMENSIONLESS_INDEX,
        Quantity.LVOT_VMAX,
        Quantity.AV_VMAX,
        source=_AS2017,
        confidence=_SEEN,
        note="the velocity ratio stands in when there is no velocity time integral",
    ),
    per(
        Quantity.PROSTHETIC_AV_EOA_INDEX,
        Quantity.PROSTHETIC_AV_EOA,
        Quantity.BSA,
        source="ASE 2009",
        confidence=_SEEN,
    ),
)

MITRAL: Final = (
    Formula(
        result=Quantity.MITRAL_VALVE_AREA_PHT,
        inputs=(Quantity.MV_PRESSURE_HALF_TIME,),
        expression="mitral_valve_area_pht = 220 / mv_pressure_half_time",
        compute=lambda half_time_ms: 220 / half_time_ms,
        source="EAE/ASE 2009",
        confidence=_SEEN,
        note="native rheumatic valves only; not within 72 h of valvotomy, in significant AR or a stiff ventricle",
    ),
    Formula(
        result=Quantity.MITRAL_VALVE_AREA_CONTINUITY,
        inputs=(Quantity.STROKE_VOLUME, Quantity.MV_VTI),
        expression="mitral_valve_area_continuity = stroke_volume / mv_vti",
        compute=lambda volume_ml, vti_cm: volume_ml / vti_cm,
        source="EAE/ASE 2009",
        confidence=Confidence.MEMORY,
        note="not with significant mitral or aortic regurgitation",
    ),
    per(
        Quantity.MITRAL_E_A_RATIO,
        Quantity.MITRAL_E_VELOCITY,
        Quantity.MITRAL_A_VELOCITY,
        source=_DIASTOLE,
        confidence=_SEEN,
        note="undefined in atrial fibrillation and with fused waves",
    ),
    Formula(
        result=Quantity.E_PRIME_AVERAGE,
        inputs=(Quantity.E_PRIME_SEPTAL, Quantity.E_PRIME_LATERAL),
        expression="e_prime_average = (e_prime_septal + e_prime_lateral) / 2",
        compute=lambda septal, lateral: (septal + lateral) / 2,
        source=_DIASTOLE,
        confidence=_SEEN,
    ),
    *(
        per(ratio, Quantity.MITRAL_E_VELOCITY, tissue, source=_DIASTOLE, confidence=_SEEN)
        for ratio, tissue in (
            (Quantity.E_E_PRIME_SEPTAL, Quantity.E_PRIME_SEPTAL),
            (Quantity.E_E_PRIME_LATERAL, Quantity.E_PRIME_LATERAL),
            (Quantity.E_E_PRIME_AVERAGE, Quantity.E_PRIME_AVERAGE),
        )
    ),
    per(
        Quantity.PULMONARY_VEIN_S_D_RATIO,
        Quantity.PULMONARY_VEIN_S_VELOCITY,
        Quantity.PULMONARY_VEIN_D_VELOCITY,
        source=_DIASTOLE,
        confidence=_SEEN,
    ),
    Formula(
        result=Quantity.AMYLI,
        inputs=(Quantity.RELATIVE_WALL_THICKNESS, Quantity.E_E_PRIME_AVERAGE),
        expression="amyli = relative_wall_thickness * e_e_prime_average",
        compute=lambda wall, filling: wall * filling,
        source="Aimo 2020",
        confidence=Confidence.VERIFIED_TABLE,
    ),
)

REGURGITATION: Final = (
    _eroa(Quantity.MR_EROA, Quantity.MR_PISA_RADIUS, Quantity.MR_ALIAS_VELOCITY, Quantity.MR_VMAX),
    _eroa(Quantity.AR_EROA, Quantity.AR_PISA_RADIUS, Quantity.AR_ALIAS_VELOCITY, Quantity.AR_VMAX),
    _eroa(Quantity.TR_EROA, Quantity.TR_PISA_RADIUS, Quantity.TR_ALIAS_VELOCITY, Quantity.TR_VMAX),
    _regurgitant_volume(Quantity.MR_REGURGITANT_VOLUME, Quantity.MR_EROA, Quantity.MR_VTI),
    _regurgitant_volume(Quantity.AR_REGURGITANT_VOLUME, Quantity.AR_EROA, Quantity.AR_VTI),
    _regurgitant_volume(Quantity.TR_REGURGITANT_VOLUME, Quantity.TR_EROA, Quantity.TR_VTI),
    Formula(
        result=Quantity.MR_REGURGITANT_FRACTION,
        inputs=(Quantity.MR_REGURGITANT_VOLUME, Quantity.STROKE_VOLUME),
        expression="mr_regurgitant_fraction = 100 * mr_volume / (mr_volume + stroke_volume)",
        compute=lambda leak_ml, forward_ml: 100 * leak_ml / (leak_ml + forward_ml),
        source=_REG2017,
        confidence=_SEEN,
        note="the LVOT carries the forward flow only if the aortic valve is tight",
    ),
    Formula(
        result=Quantity.AR_REGURGITANT_FRACTION,
        inputs=(Quantity.AR_REGURGITANT_VOLUME, Quantity.STROKE_VOLUME),
        expression="ar_regurgitant_fraction = 100 * ar_volume / stroke_volume",
        compute=lambda leak_ml, lvot_ml: 100 * leak_ml / lvot_ml,
        source=_REG2017,
        confidence=_SEEN,
        consistent=lambda leak_ml, lvot_ml: leak_ml < lvot_ml,
        note="the LVOT carries forward and regurgitant flow",
    ),
)

RIGHT_HEART: Final = (
    _peak_gradient(Quantity.TR_PEAK_GRADIENT, Quantity.TR_VMAX),
    _peak_gradient(Quantity.PV_PEAK_GRADIENT, Quantity.PV_VMAX),
    Formula(
        result=Quantity.RA_PRESSURE,
        inputs=(Quantity.IVC_DIAMETER, Quantity.IVC_COLLAPSE),
        expression="ra_pressure = 3 if ivc <= 2.1 and collapse > 50; 15 if ivc > 2.1 and collapse < 50; else 8",
        compute=rap_from_ivc,
        source=_RIGHT,
        confidence=_SEEN,
        note="not with positive-pressure ventilation; without a vena cava the pressure stays unknown",
    ),
    Formula(
        result=Quantity.RVSP,
        inputs=(Quantity.TR_PEAK_GRADIENT, Quantity.RA_PRESSURE),
        expression="rvsp = tr_peak_gradient + ra_pressure, tr_peak_gradient = 4 * tr_vmax**2",
        compute=lambda gradient_mmhg, atrium_mmhg: gradient_mmhg + atrium_mmhg,
        source=_RIGHT,
        confidence=_SEEN,
        note="equals the pulmonary pressure only without pulmonary stenosis",
    ),
    Formula(
        result=Quantity.MEAN_PULMONARY_PRESSURE,
        inputs=(Quantity.PR_EARLY_VELOCITY, Quantity.RA_PRESSURE),
        expression="mean_pulmonary_pressure = 4 * pr_early_velocity**2 + ra_pressure",
        compute=lambda velocity, atrium_mmhg: _bernoulli(velocity) + atrium_mmhg,
        source=_RIGHT,
        confidence=_SEEN,
    ),
    Formula(
        result=Quantity.MEAN_PULMONARY_PRESSURE,
        inputs=(Quantity.RVOT_ACCELERATION_TIME,),
        expression="mean_pulmonary_pressure = 79 - 0.45 * rvot_acceleration_time",
        compute=lambda time_ms: 79 - 0.45 * time_ms,
        source=_RIGHT,
        confidence=_SEEN,
        note="the 2025 document takes 90 - 0.62 * time below 120 ms",
    ),
    per(Quantity.TAPSE_PASP_RATIO, Quantity.TAPSE, Quantity.RVSP, source="ESC/ERS 2022", confidence=_SEEN),
)

FORMULAS: Final = (*OUTPUT, *AORTIC, *MITRAL, *REGURGITATION, *RIGHT_HEART)
