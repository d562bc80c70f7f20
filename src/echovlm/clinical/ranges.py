"""The range of values that an adult laboratory usually sees, and the reference interval of each sex.

Typical ranges are those of the project's guideline draft, which cites no source for them: they help to choose
between units and to draw believable numbers, and they are no normal limits. Plausible (hard) ranges are part of
``Quantity`` and have the same standing.
"""

from dataclasses import dataclass
from typing import Final

from echovlm.clinical.documents import ASE2005, ASE2015, Confidence, Document
from echovlm.clinical.measurement import Quantity
from echovlm.clinical.patient import Sex

_Q = Quantity
# Canonical units. A quantity without an entry is typical over its whole plausible range.
_TYPICAL: Final[dict[Quantity, tuple[float, float]]] = {
    _Q.AGE: (18, 95), _Q.HEIGHT: (150, 195), _Q.WEIGHT: (45, 130), _Q.BSA: (1.4, 2.4), _Q.BMI: (18, 40),
    _Q.HEART_RATE: (50, 110), _Q.SYSTOLIC_BLOOD_PRESSURE: (90, 180), _Q.DIASTOLIC_BLOOD_PRESSURE: (50, 100),
    _Q.LV_INTERNAL_DIAMETER_ED: (3.5, 7.0), _Q.LV_INTERNAL_DIAMETER_ES: (2.0, 5.5),
    _Q.LV_INTERNAL_DIAMETER_ED_INDEX: (1.8, 4.2), _Q.LV_INTERNAL_DIAMETER_ES_INDEX: (1.0, 3.4),
    _Q.IVS_THICKNESS_ED: (0.6, 2.0), _Q.PW_THICKNESS_ED: (0.6, 1.6), _Q.IVS_THICKNESS_ES: (0.8, 2.4),
    _Q.PW_THICKNESS_ES: (0.9, 2.2), _Q.LV_MAX_WALL_THICKNESS: (0.6, 2.5), _Q.LV_MASS: (70, 350),
    _Q.LV_MASS_INDEX: (40, 200), _Q.LV_MASS_INDEX_2D: (40, 180), _Q.LV_MASS_HEIGHT_INDEX: (18, 95),
    _Q.RELATIVE_WALL_THICKNESS: (0.2, 0.8), _Q.SEPTAL_POSTERIOR_RATIO: (0.8, 2.0),
    _Q.LV_EDV_BIPLANE: (45, 300), _Q.LV_ESV_BIPLANE: (12, 220), _Q.LV_EDV_3D: (45, 300),
    _Q.LV_ESV_3D: (12, 220), _Q.LV_EDV_A4C: (45, 300), _Q.LV_ESV_A4C: (12, 220),
    _Q.LV_EDV_TEICHHOLZ: (45, 350), _Q.LV_ESV_TEICHHOLZ: (12, 260), _Q.LV_EDV_INDEX: (25, 150),
    _Q.LV_ESV_INDEX: (7, 110), _Q.LVEF_BIPLANE: (15, 75), _Q.LVEF_3D: (15, 75), _Q.LVEF_A4C: (15, 75),
    _Q.LVEF_TEICHHOLZ: (15, 80), _Q.LVEF_VISUAL: (15, 75), _Q.FRACTIONAL_SHORTENING: (10, 45),
    _Q.GLS: (-26, -5), _Q.WMSI: (1.0, 3.0), _Q.MAPSE: (5, 18), _Q.S_PRIME_LATERAL: (4, 12),
    _Q.S_PRIME_SEPTAL: (3, 11), _Q.LV_DPDT: (400, 1800), _Q.STROKE_VOLUME: (35, 130),
    _Q.STROKE_VOLUME_INDEX: (20, 70), _Q.CARDIAC_OUTPUT: (2.5, 9), _Q.CARDIAC_INDEX: (1.6, 4.8),
    _Q.APICAL_SPARING_RATIO: (0.4, 2.5), _Q.SEPTAL_APICAL_BASE_RATIO: (0.8, 6), _Q.AMYLI: (1, 16),
    _Q.MITRAL_E_VELOCITY: (30, 200), _Q.MITRAL_A_VELOCITY: (20, 150), _Q.MITRAL_E_A_RATIO: (0.4, 4.0),
    _Q.MITRAL_DECELERATION_TIME: (120, 320), _Q.MITRAL_A_DURATION: (90, 180),
    _Q.ISOVOLUMIC_RELAXATION_TIME: (50, 130), _Q.E_PRIME_SEPTAL: (3, 15), _Q.E_PRIME_LATERAL: (3, 20),
    _Q.E_PRIME_AVERAGE: (3, 17), _Q.A_PRIME_SEPTAL: (3, 14), _Q.A_PRIME_LATERAL: (3, 15),
    _Q.E_E_PRIME_SEPTAL: (4, 30), _Q.E_E_PRIME_LATERAL: (3, 25), _Q.E_E_PRIME_AVERAGE: (4, 28),
    _Q.PULMONARY_VEIN_S_VELOCITY: (20, 90), _Q.PULMONARY_VEIN_D_VELOCITY: (20, 90),
    _Q.PULMONARY_VEIN_S_D_RATIO: (0.3, 2.0), _Q.PULMONARY_VEIN_AR_MINUS_A: (-60, 60),
    _Q.LA_RESERVOIR_STRAIN: (8, 55), _Q.LA_DIAMETER_AP: (2.5, 6.0), _Q.LA_LENGTH_A4C: (3.5, 8.0),
    _Q.LA_LENGTH_A2C: (3.5, 8.0),
    _Q.LA_AREA_A4C: (10, 40), _Q.LA_AREA_A2C: (10, 40), _Q.LA_VOLUME: (20, 150), _Q.LA_VOLUME_INDEX: (14, 90),
    _Q.RA_AREA: (9, 35), _Q.RA_LENGTH: (3.5, 8.0), _Q.RA_VOLUME: (18, 140), _Q.RA_VOLUME_INDEX: (10, 70),
    _Q.RA_MINOR_DIAMETER: (2.6, 6), _Q.RV_BASAL_DIAMETER: (2.2, 6.0), _Q.RV_MID_DIAMETER: (1.7, 5.0),
    _Q.RV_LENGTH: (5.5, 10.0), _Q.RVOT_DIAMETER_PLAX: (1.8, 4.5), _Q.RVOT_DIAMETER_PROXIMAL: (1.8, 4.8),
    _Q.RVOT_DIAMETER_DISTAL: (1.4, 3.8), _Q.RV_WALL_THICKNESS: (0.2, 1.2), _Q.RV_AREA_ED: (10, 45),
    _Q.RV_AREA_ES: (4, 35), _Q.RV_LV_RATIO: (0.5, 1.6), _Q.LV_BASAL_DIAMETER: (3.0, 6.5), _Q.TAPSE: (8, 30),
    _Q.RV_S_PRIME: (5, 20), _Q.RV_FAC: (15, 60), _Q.RVEF_3D: (20, 70), _Q.RIMP_TDI: (0.2, 0.9),
    _Q.RIMP_PW: (0.1, 0.8),
    _Q.TRICUSPID_CLOSED_TIME: (280, 600), _Q.RV_EJECTION_TIME: (200, 400),
    _Q.LV_DIAMETER_ALONG_SEPTUM: (3.0, 7.0), _Q.LV_DIAMETER_ACROSS_SEPTUM: (2.5, 7.0),
    _Q.RV_FREE_WALL_STRAIN: (-36, -6), _Q.LV_ECCENTRICITY_INDEX: (0.9, 1.6),
    _Q.TAPSE_PASP_RATIO: (0.15, 1.6), _Q.TR_VMAX: (1.5, 5.0), _Q.TR_PEAK_GRADIENT: (9, 100),
    _Q.RA_PRESSURE: (3, 20), _Q.RVSP: (15, 110), _Q.MEAN_PULMONARY_PRESSURE: (10, 65),
    _Q.IVC_DIAMETER: (0.8, 3.0), _Q.RVOT_ACCELERATION_TIME: (50, 170), _Q.RVOT_VTI: (8, 28),
    _Q.RVOT_VMAX: (0.4, 1.4), _Q.PR_EARLY_VELOCITY: (0.8, 4), _Q.PR_END_VELOCITY: (0.4, 2.5),
    _Q.PULMONARY_ARTERY_DIAMETER: (1.6, 4.0), _Q.AV_VMAX: (0.8, 6), _Q.AV_MEAN_GRADIENT: (2, 90),
    _Q.AV_PEAK_GRADIENT: (3, 150), _Q.AV_VTI: (15, 150), _Q.AORTIC_VALVE_AREA: (0.4, 4.5),
    _Q.AORTIC_VALVE_AREA_INDEX: (0.2, 2.5), _Q.AV_DIMENSIONLESS_INDEX: (0.15, 1.0),
    _Q.LVOT_DIAMETER: (1.6, 2.7), _Q.LVOT_AREA: (2.0, 5.7), _Q.LVOT_VTI: (10, 30), _Q.LVOT_VMAX: (0.5, 1.8),
    _Q.LVOT_GRADIENT_REST: (2, 120), _Q.LVOT_GRADIENT_PROVOKED: (2, 160),
    _Q.AR_VENA_CONTRACTA: (0.1, 1.0), _Q.AR_PRESSURE_HALF_TIME: (100, 900), _Q.AR_EROA: (0.03, 0.8),
    _Q.AR_REGURGITANT_VOLUME: (5, 120), _Q.AR_REGURGITANT_FRACTION: (5, 70), _Q.AR_JET_WIDTH: (5, 90),
    _Q.AR_PISA_RADIUS: (0.2, 1.2), _Q.AR_VMAX: (3, 5.5), _Q.AR_VTI: (80, 280),
    _Q.MITRAL_VALVE_AREA: (0.6, 6), _Q.MITRAL_VALVE_AREA_PHT: (0.6, 6), _Q.MITRAL_VALVE_AREA_CONTINUITY: (0.6, 6),
    _Q.MV_MEAN_GRADIENT: (1, 25), _Q.MV_PRESSURE_HALF_TIME: (40, 400), _Q.MV_VTI: (10, 90),
    _Q.MR_VENA_CONTRACTA: (0.1, 1.2), _Q.MR_EROA: (0.03, 1.0), _Q.MR_REGURGITANT_VOLUME: (5, 150),
    _Q.MR_REGURGITANT_FRACTION: (5, 75), _Q.MR_JET_AREA: (5, 90), _Q.MR_PISA_RADIUS: (0.2, 1.5),
    _Q.MR_VMAX: (3.5, 6.5), _Q.MR_VTI: (80, 230), _Q.MITRAL_LEAFLET_DISPLACEMENT: (0, 10),
    _Q.MITRAL_RESPIRATORY_VARIATION: (0, 60), _Q.TR_VENA_CONTRACTA: (0.1, 2.5), _Q.TR_EROA: (0.05, 1.5),
    _Q.TR_REGURGITANT_VOLUME: (5, 120), _Q.TR_PISA_RADIUS: (0.2, 1.5), _Q.TR_VTI: (40, 200),
    _Q.TV_MEAN_GRADIENT: (0.5, 12), _Q.TV_VTI: (10, 90), _Q.TV_PRESSURE_HALF_TIME: (40, 300),
    _Q.TRICUSPID_VALVE_AREA: (0.8, 9), _Q.TRICUSPID_RESPIRATORY_VARIATION: (0, 90), _Q.PV_VMAX: (0.6, 5),
    _Q.PV_PEAK_GRADIENT: (1, 110), _Q.PR_PRESSURE_HALF_TIME: (60, 500), _Q.PR_DECELERATION_TIME: (150, 1200),
    _Q.PR_INDEX: (0.5, 1.0), _Q.PR_JET_WIDTH: (5, 100), _Q.PR_REGURGITANT_FRACTION: (5, 60), _Q.QP_QS: (0.7, 4),
    _Q.AORTIC_ANNULUS_DIAMETER: (1.8, 5.5), _Q.AORTIC_SINUS_DIAMETER: (1.8, 5.5),
    _Q.AORTIC_STJ_DIAMETER: (1.8, 5.5), _Q.ASCENDING_AORTA_DIAMETER: (1.8, 5.5),
    _Q.AORTIC_ARCH_DIAMETER: (1.8, 4.5), _Q.ABDOMINAL_AORTA_DIAMETER: (1.3, 5),
    _Q.AORTIC_SINUS_INDEX: (1.0, 3.5), _Q.ASCENDING_AORTA_INDEX: (1.0, 3.5), _Q.AORTIC_ROOT_Z: (-3, 8),
    _Q.ASCENDING_AORTA_HEIGHT_INDEX: (1.2, 3.6), _Q.ASCENDING_AORTA_AREA_INDEX: (2, 16),
    _Q.PERICARDIAL_EFFUSION_DEPTH: (0.0, 3.5), _Q.PROSTHETIC_AV_VMAX: (0.8, 5),
    _Q.PROSTHETIC_AV_MEAN_GRADIENT: (2, 60), _Q.PROSTHETIC_AV_DVI: (0.15, 4), _Q.PROSTHETIC_AV_EOA: (0.6, 3.5),
    _Q.PROSTHETIC_AV_EOA_INDEX: (0.3, 2.0), _Q.PROSTHETIC_AV_ACCELERATION_TIME: (40, 150),
    _Q.PROSTHETIC_MV_VMAX: (0.8, 5), _Q.PROSTHETIC_MV_MEAN_GRADIENT: (2, 60), _Q.PROSTHETIC_MV_DVI: (0.15, 4),
    _Q.PROSTHETIC_MV_EOA: (0.6, 3.5), _Q.PROSTHETIC_MV_PRESSURE_HALF_TIME: (40, 300),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ReferenceInterval:
    """The interval of healthy adults of one sex.

    Attributes:
        low: Lower reference limit, canonical unit.
        high: Upper reference limit, canonical unit.
        document: The guideline.
        confidence: How far the two numbers were checked; never against the publication itself.
    """

    low: float
    high: float
    document: Document
    confidence: Confidence


# (men, women); the upper limits are those of the rules, the lower ones of the same table, from memory if PARTIAL.
_REFERENCE: Final[dict[Quantity, tuple[tuple[float, float], tuple[float, float], Document, Confidence]]] = {
    _Q.LV_INTERNAL_DIAMETER_ED: ((4.2, 5.8), (3.8, 5.2), ASE2015, Confidence.VERIFIED_SECONDARY),
    _Q.LV_INTERNAL_DIAMETER_ES: ((2.5, 4.0), (2.2, 3.5), ASE2015, Confidence.PARTIAL),
    _Q.LV_EDV_BIPLANE: ((62, 150), (46, 106), ASE2015, Confidence.PARTIAL),
    _Q.LV_ESV_BIPLANE: ((21, 61), (14, 42), ASE2015, Confidence.PARTIAL),
    _Q.LV_EDV_INDEX: ((34, 74), (29, 61), ASE2015, Confidence.PARTIAL),
    _Q.LV_ESV_INDEX: ((11, 31), (8, 24), ASE2015, Confidence.PARTIAL),
    _Q.LVEF_BIPLANE: ((52, 72), (54, 74), ASE2015, Confidence.VERIFIED_SECONDARY),
    _Q.IVS_THICKNESS_ED: ((0.6, 1.0), (0.6, 0.9), ASE2015, Confidence.PARTIAL),
    _Q.PW_THICKNESS_ED: ((0.6, 1.0), (0.6, 0.9), ASE2015, Confidence.PARTIAL),
    _Q.LV_MASS: ((88, 224), (67, 162), ASE2015, Confidence.PARTIAL),
    _Q.LV_MASS_INDEX: ((49, 115), (43, 95), ASE2015, Confidence.PARTIAL),
    _Q.RELATIVE_WALL_THICKNESS: ((0.24, 0.42), (0.22, 0.42), ASE2015, Confidence.PARTIAL),
    _Q.FRACTIONAL_SHORTENING: ((25, 43), (27, 45), ASE2005, Confidence.PARTIAL),
    _Q.LA_DIAMETER_AP: ((3.0, 4.0), (2.7, 3.8), ASE2005, Confidence.PARTIAL),
    _Q.LA_VOLUME_INDEX: ((16, 34), (16, 34), ASE2015, Confidence.PARTIAL),
    _Q.RV_BASAL_DIAMETER: ((2.5, 4.1), (2.5, 4.1), ASE2015, Confidence.PARTIAL),
    _Q.RV_MID_DIAMETER: ((1.9, 3.5), (1.9, 3.5), ASE2015, Confidence.PARTIAL),
    _Q.RV_LENGTH: ((5.9, 8.3), (5.9, 8.3), ASE2015, Confidence.PARTIAL),
    _Q.AORTIC_ANNULUS_DIAMETER: ((2.0, 3.2), (1.9, 2.7), ASE2015, Confidence.PARTIAL),
    _Q.AORTIC_SINUS_DIAMETER: ((2.8, 4.0), (2.4, 3.6), ASE2015, Confidence.PARTIAL),
    _Q.AORTIC_STJ_DIAMETER: ((2.3, 3.5), (2.0, 3.2), ASE2015, Confidence.PARTIAL),
    _Q.ASCENDING_AORTA_DIAMETER: ((2.2, 3.8), (1.9, 3.5), ASE2015, Confidence.PARTIAL),
}  # fmt: skip


def typical_range(quantity: Quantity) -> tuple[float, float]:
    """Return the lowest and highest typical value of adults in a laboratory, canonical unit."""
    return _TYPICAL.get(quantity, (quantity.lowest, quantity.highest))


def reference_interval(quantity: Quantity, sex: Sex) -> ReferenceInterval | None:
    """Return the reference interval of one sex, or ``None`` where the draft gives no two-sided one."""
    row = _REFERENCE.get(quantity)
    if row is None:
        return None
    men, women, document, confidence = row
    low, high = men if sex is Sex.MALE else women
    return ReferenceInterval(low, high, document, confidence)
