"""Formulas of body size, and of the size, mass and ejection of the left ventricle."""

import math
from typing import Final

from echovlm.clinical.documents import Confidence
from echovlm.clinical.formulas.formula import Formula, per, reduction_pct, shrinks
from echovlm.clinical.measurement import Quantity

_ASE2015: Final = "ASE/EACVI 2015"
_SEEN: Final = Confidence.VERIFIED_SECONDARY


def _one_unit(ivsd_cm: float, lvidd_cm: float, pwd_cm: float) -> bool:
    """Return whether wall and cavity share a unit: cubing makes a mix of mm and cm a factor of 1000."""
    return ivsd_cm + lvidd_cm + pwd_cm <= 14 and 0.08 <= ivsd_cm / lvidd_cm <= 1.0


def _teichholz_ml(diameter_cm: float) -> float:
    return 7 * diameter_cm**3 / (2.4 + diameter_cm)


BSA_DU_BOIS: Final = Formula(
    result=Quantity.BSA,
    inputs=(Quantity.HEIGHT, Quantity.WEIGHT),
    expression="bsa = 0.007184 * weight**0.425 * height**0.725",
    compute=lambda height_cm, weight_kg: float(0.007184 * weight_kg**0.425 * height_cm**0.725),
    source="Du Bois 1916, the formula behind most echo reference sets",
    confidence=_SEEN,
)

# Not among FORMULAS: the two differ by a few percent in obesity, and one dataset must use one of them.
BSA_MOSTELLER: Final = Formula(
    result=Quantity.BSA,
    inputs=(Quantity.HEIGHT, Quantity.WEIGHT),
    expression="bsa = sqrt(height * weight / 3600)",
    compute=lambda height_cm, weight_kg: math.sqrt(height_cm * weight_kg / 3600),
    source="Mosteller 1987",
    confidence=Confidence.MEMORY,
)

FORMULAS: Final = (
    BSA_DU_BOIS,
    Formula(
        result=Quantity.BMI,
        inputs=(Quantity.HEIGHT, Quantity.WEIGHT),
        expression="bmi = weight / (height / 100)**2",
        compute=lambda height_cm, weight_kg: weight_kg / (height_cm / 100) ** 2,
        source="definition",
        confidence=Confidence.MEMORY,
    ),
    Formula(
        result=Quantity.LVEF_BIPLANE,
        inputs=(Quantity.LV_EDV_BIPLANE, Quantity.LV_ESV_BIPLANE),
        expression="lvef_biplane = 100 * (lv_edv_biplane - lv_esv_biplane) / lv_edv_biplane",
        compute=reduction_pct,
        source=_ASE2015,
        confidence=_SEEN,
        consistent=shrinks,
    ),
    Formula(
        result=Quantity.LVEF_3D,
        inputs=(Quantity.LV_EDV_3D, Quantity.LV_ESV_3D),
        expression="lvef_3d = 100 * (lv_edv_3d - lv_esv_3d) / lv_edv_3d",
        compute=reduction_pct,
        source=_ASE2015,
        confidence=_SEEN,
        consistent=shrinks,
    ),
    Formula(
        result=Quantity.LVEF_A4C,
        inputs=(Quantity.LV_EDV_A4C, Quantity.LV_ESV_A4C),
        expression="lvef_a4c = 100 * (lv_edv_a4c - lv_esv_a4c) / lv_edv_a4c",
        compute=reduction_pct,
        source=_ASE2015,
        confidence=_SEEN,
        consistent=shrinks,
    ),
    Formula(
        result=Quantity.FRACTIONAL_SHORTENING,
        inputs=(Quantity.LV_INTERNAL_DIAMETER_ED, Quantity.LV_INTERNAL_DIAMETER_ES),
        expression=(
            "fractional_shortening = 100 * (lv_internal_diameter_ed - lv_internal_diameter_es)"
            " / lv_internal_diameter_ed"
        ),
        compute=reduction_pct,
        source="ASE/EAE 2005",
        confidence=_SEEN,
        consistent=shrinks,
    ),
    Formula(
        result=Quantity.LVEF_TEICHHOLZ,
        inputs=(Quantity.LV_INTERNAL_DIAMETER_ED, Quantity.LV_INTERNAL_DIAMETER_ES),
        expression="lvef_teichholz = 100 * (V(lvidd) - V(lvids)) / V(lvidd), V(d) = 7 * d**3 / (2.4 + d), d in cm",
        compute=lambda d_cm, s_cm: reduction_pct(_teichholz_ml(d_cm), _teichholz_ml(s_cm)),
        source="Teichholz 1976; not recommended by ASE/EACVI 2015",
        confidence=_SEEN,
        consistent=shrinks,
        unless=(Quantity.LVEF_BIPLANE, Quantity.LVEF_3D, Quantity.LVEF_A4C, Quantity.LVEF_VISUAL),
        note="a fallback: one diameter cannot see regional disease",
    ),
    *(
        Formula(
            result=volume,
            inputs=(diameter,),
            expression=f"{volume.key} = 7 * {diameter.key}**3 / (2.4 + {diameter.key}), diameter in cm",
            compute=_teichholz_ml,
            source="Teichholz 1976; not recommended by ASE/EACVI 2015",
            confidence=_SEEN,
            unless=(Quantity.LV_EDV_BIPLANE, Quantity.LV_EDV_3D, Quantity.LV_EDV_A4C),
            note="a fallback: a cube of one diameter",
        )
        for volume, diameter in (
            (Quantity.LV_EDV_TEICHHOLZ, Quantity.LV_INTERNAL_DIAMETER_ED),
            (Quantity.LV_ESV_TEICHHOLZ, Quantity.LV_INTERNAL_DIAMETER_ES),
        )
    ),
    Formula(
        result=Quantity.LV_MASS,
        inputs=(Quantity.IVS_THICKNESS_ED, Quantity.LV_INTERNAL_DIAMETER_ED, Quantity.PW_THICKNESS_ED),
        expression="lv_mass = 0.8 * 1.04 * ((ivs + lvid + pw)**3 - lvid**3) + 0.6, all in cm at end-diastole",
        compute=lambda ivsd_cm, lvidd_cm, pwd_cm: float(
            0.8 * 1.04 * ((ivsd_cm + lvidd_cm + pwd_cm) ** 3 - lvidd_cm**3) + 0.6
        ),
        source=f"{_ASE2015}, cube formula",
        confidence=_SEEN,
        consistent=_one_unit,
        note="fails in asymmetric hypertrophy and in distorted ventricles",
    ),
    Formula(
        result=Quantity.RELATIVE_WALL_THICKNESS,
        inputs=(Quantity.PW_THICKNESS_ED, Quantity.LV_INTERNAL_DIAMETER_ED),
        expression="relative_wall_thickness = 2 * pw_thickness_ed / lv_internal_diameter_ed",
        compute=lambda pwd_cm, lvidd_cm: 2 * pwd_cm / lvidd_cm,
        source=_ASE2015,
        confidence=_SEEN,
        note="some laboratories use the sum of both walls; the two must not be mixed",
    ),
    per(Quantity.LV_EDV_INDEX, Quantity.LV_EDV_BIPLANE, Quantity.BSA, source=_ASE2015, confidence=_SEEN),
    per(Quantity.LV_ESV_INDEX, Quantity.LV_ESV_BIPLANE, Quantity.BSA, source=_ASE2015, confidence=_SEEN),
    per(
        Quantity.LV_INTERNAL_DIAMETER_ED_INDEX,
        Quantity.LV_INTERNAL_DIAMETER_ED,
        Quantity.BSA,
        source=_ASE2015,
        confidence=_SEEN,
    ),
    per(
        Quantity.LV_INTERNAL_DIAMETER_ES_INDEX,
        Quantity.LV_INTERNAL_DIAMETER_ES,
        Quantity.BSA,
        source=_ASE2015,
        confidence=_SEEN,
    ),
    per(Quantity.LV_MASS_INDEX, Quantity.LV_MASS, Quantity.BSA, source=_ASE2015, confidence=_SEEN),
    Formula(
        result=Quantity.LV_MASS_HEIGHT_INDEX,
        inputs=(Quantity.LV_MASS, Quantity.HEIGHT),
        expression="lv_mass_height_index = lv_mass / (height / 100)**2.7",
        compute=lambda mass_g, height_cm: float(mass_g / (height_cm / 100) ** 2.7),
        source="ASE/EAE 2005",
        confidence=Confidence.VERIFIED_TABLE,
        note="an alternative to body surface in obesity",
    ),
    per(
        Quantity.SEPTAL_POSTERIOR_RATIO,
        Quantity.IVS_THICKNESS_ED,
        Quantity.PW_THICKNESS_ED,
        source="convention",
        confidence=Confidence.CONVENTION,
        note="1.3 and more is called asymmetric",
    ),
    Formula(
        result=Quantity.LV_DPDT,
        inputs=(Quantity.MR_RISE_TIME,),
        expression="lv_dpdt = 32 / (mr_rise_time / 1000)",
        compute=lambda rise_ms: 32 / (rise_ms / 1000),
        source="Bernoulli between 1 and 3 m/s: 36 - 4 mmHg",
        confidence=_SEEN,
    ),
)
