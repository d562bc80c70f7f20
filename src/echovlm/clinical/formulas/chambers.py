"""Formulas of the atria, the right ventricle and the aorta."""

import math
from typing import Final

from echovlm.clinical.documents import Confidence
from echovlm.clinical.formulas.formula import Formula, per, reduction_pct, shrinks
from echovlm.clinical.measurement import Quantity
from echovlm.clinical.patient import Sex

_ASE2015: Final = "ASE/EACVI 2015"
_SEEN: Final = Confidence.VERIFIED_SECONDARY
_ROOT_SEE_CM: Final = 0.261  # standard error of Devereux's regression on body surface


def predict_root_cm(age_years: float, bsa_m2: float, sex: Sex) -> float:
    """Return the mean sinus diameter of healthy people by age, body surface and sex (Devereux 2012)."""
    return 2.423 + 0.009 * age_years + 0.461 * bsa_m2 - 0.267 * (1 if sex is Sex.MALE else 2)


def predict_root_by_height_cm(age_years: float, height_cm: float, sex: Sex) -> float:
    """Return the mean sinus diameter by age, height and sex (Devereux 2012; standard error 0.215 cm)."""
    return 1.519 + 0.010 * age_years + 0.010 * height_cm - 0.247 * (1 if sex is Sex.MALE else 2)


def root_z(sinus_cm: float, age_years: float, bsa_m2: float, sex: Sex) -> float:
    """Return by how many standard errors the aortic root exceeds its predicted size (Devereux 2012)."""
    return (sinus_cm - predict_root_cm(age_years, bsa_m2, sex)) / _ROOT_SEE_CM


def simpson_ml(diameters_a_cm: list[float], diameters_b_cm: list[float], length_cm: float) -> float:
    """Return the volume of a stack of elliptic discs; ``length_cm`` is the longer of the two long axes."""
    discs = sum(a * b for a, b in zip(diameters_a_cm, diameters_b_cm, strict=True))
    return math.pi / 4 * discs * length_cm / len(diameters_a_cm)


FORMULAS: Final = (
    Formula(
        result=Quantity.LA_VOLUME,
        inputs=(
            Quantity.LA_AREA_A4C,
            Quantity.LA_AREA_A2C,
            Quantity.LA_LENGTH_A4C,
            Quantity.LA_LENGTH_A2C,
        ),
        expression="la_volume = 8 / (3 * pi) * la_area_a4c * la_area_a2c / min(la_length_a4c, la_length_a2c)",
        compute=lambda four_cm2, two_cm2, four_cm, two_cm: (
            8 / (3 * math.pi) * four_cm2 * two_cm2 / min(four_cm, two_cm)
        ),
        source=f"{_ASE2015}, area-length",
        confidence=Confidence.MEMORY,
        note="reads slightly larger than the disc summation that the guideline prefers",
    ),
    per(
        Quantity.LA_VOLUME_INDEX,
        Quantity.LA_VOLUME,
        Quantity.BSA,
        source=_ASE2015,
        confidence=Confidence.MEMORY,
    ),
    per(
        Quantity.RA_VOLUME_INDEX,
        Quantity.RA_VOLUME,
        Quantity.BSA,
        source=_ASE2015,
        confidence=Confidence.MEMORY,
    ),
    Formula(
        result=Quantity.RV_FAC,
        inputs=(Quantity.RV_AREA_ED, Quantity.RV_AREA_ES),
        expression="rv_fac = 100 * (rv_area_ed - rv_area_es) / rv_area_ed",
        compute=reduction_pct,
        source="ASE 2010",
        confidence=_SEEN,
        consistent=shrinks,
    ),
    per(
        Quantity.RV_LV_RATIO,
        Quantity.RV_BASAL_DIAMETER,
        Quantity.LV_BASAL_DIAMETER,
        source="ESC/ERS 2022",
        confidence=_SEEN,
    ),
    Formula(
        result=Quantity.RIMP_TDI,
        inputs=(Quantity.TRICUSPID_CLOSED_TIME, Quantity.RV_EJECTION_TIME),
        expression="rimp_tdi = (tricuspid_closed_time - rv_ejection_time) / rv_ejection_time",
        compute=lambda closed_ms, ejection_ms: (closed_ms - ejection_ms) / ejection_ms,
        source="ASE 2010",
        confidence=_SEEN,
        consistent=lambda closed_ms, ejection_ms: closed_ms > ejection_ms,
        note="both times from one tissue Doppler beat; not in atrial fibrillation",
    ),
    per(
        Quantity.LV_ECCENTRICITY_INDEX,
        Quantity.LV_DIAMETER_ALONG_SEPTUM,
        Quantity.LV_DIAMETER_ACROSS_SEPTUM,
        source="ESC/ERS 2022",
        confidence=_SEEN,
    ),
    per(
        Quantity.AORTIC_SINUS_INDEX,
        Quantity.AORTIC_SINUS_DIAMETER,
        Quantity.BSA,
        source="Zafar 2018",
        confidence=Confidence.VERIFIED_TABLE,
    ),
    per(
        Quantity.ASCENDING_AORTA_INDEX,
        Quantity.ASCENDING_AORTA_DIAMETER,
        Quantity.BSA,
        source="Zafar 2018",
        confidence=Confidence.VERIFIED_TABLE,
    ),
    Formula(
        result=Quantity.ASCENDING_AORTA_HEIGHT_INDEX,
        inputs=(Quantity.ASCENDING_AORTA_DIAMETER, Quantity.HEIGHT),
        expression="ascending_aorta_height_index = ascending_aorta_diameter / (height / 100)",
        compute=lambda diameter_cm, height_cm: diameter_cm / (height_cm / 100),
        source="Zafar 2018",
        confidence=Confidence.VERIFIED_TABLE,
    ),
    Formula(
        result=Quantity.ASCENDING_AORTA_AREA_INDEX,
        inputs=(Quantity.ASCENDING_AORTA_DIAMETER, Quantity.HEIGHT),
        expression="ascending_aorta_area_index = pi * (ascending_aorta_diameter / 2)**2 / (height / 100)",
        compute=lambda diameter_cm, height_cm: math.pi * (diameter_cm / 2) ** 2 / (height_cm / 100),
        source="ACC/AHA 2022",
        confidence=Confidence.MEMORY,
        note="10 cm2/m and more is a surgical index",
    ),
)
