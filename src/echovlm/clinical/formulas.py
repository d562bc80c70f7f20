"""Quantities that follow from other quantities, with the formula and its source."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from echovlm.clinical.documents import Confidence
from echovlm.clinical.measurement import Measurement, Quantity
from echovlm.clinical.provenance import Provenance, Source


@dataclass(frozen=True, slots=True)
class Formula:
    """One derivation.

    Attributes:
        result: The derived quantity.
        inputs: What it needs, in the order of ``compute``'s arguments.
        expression: The formula as text, in the keys and canonical units of the quantities.
        compute: The formula; numbers in canonical units.
        consistent: Whether the inputs can belong to one heart; if not, nothing is derived.
        source: Where the formula stands.
        confidence: How far it was checked.
    """

    result: Quantity
    inputs: tuple[Quantity, ...]
    expression: str
    compute: Callable[..., float]
    source: str
    confidence: Confidence
    consistent: Callable[..., bool] = lambda *values: True


def _bsa_m2(height_cm: float, weight_kg: float) -> float:
    return float(0.007184 * weight_kg**0.425 * height_cm**0.725)


def _lv_mass_g(ivsd_cm: float, lvidd_cm: float, pwd_cm: float) -> float:
    return float(0.8 * 1.04 * ((ivsd_cm + lvidd_cm + pwd_cm) ** 3 - lvidd_cm**3) + 0.6)


def _one_unit(ivsd_cm: float, lvidd_cm: float, pwd_cm: float) -> bool:
    """Return whether wall and cavity share a unit: cubing makes a mix of mm and cm a factor of 1000."""
    return ivsd_cm + lvidd_cm + pwd_cm <= 14 and 0.08 <= ivsd_cm / lvidd_cm <= 1.0


def _shrinks(diastole: float, systole: float) -> bool:
    return systole < diastole


def _reduction_pct(diastole: float, systole: float) -> float:
    return 100 * (diastole - systole) / diastole


def _quotient(numerator: float, denominator: float) -> float:
    return numerator / denominator


_ASE2015: Final = "ASE/EACVI 2015"

# In order of dependency: a formula may use the result of an earlier one.
FORMULAS: Final = (
    Formula(
        result=Quantity.BSA,
        inputs=(Quantity.HEIGHT, Quantity.WEIGHT),
        expression="bsa = 0.007184 * weight**0.425 * height**0.725",
        compute=_bsa_m2,
        source="Du Bois 1916, the formula behind most echo reference sets",
        confidence=Confidence.VERIFIED_SECONDARY,
    ),
    Formula(
        result=Quantity.LVEF_BIPLANE,
        inputs=(Quantity.LV_EDV_BIPLANE, Quantity.LV_ESV_BIPLANE),
        expression="lvef_biplane = 100 * (lv_edv_biplane - lv_esv_biplane) / lv_edv_biplane",
        compute=_reduction_pct,
        source=_ASE2015,
        confidence=Confidence.VERIFIED_SECONDARY,
        consistent=_shrinks,
    ),
    Formula(
        result=Quantity.FRACTIONAL_SHORTENING,
        inputs=(Quantity.LV_INTERNAL_DIAMETER_ED, Quantity.LV_INTERNAL_DIAMETER_ES),
        expression=(
            "fractional_shortening = 100 * (lv_internal_diameter_ed - lv_internal_diameter_es)"
            " / lv_internal_diameter_ed"
        ),
        compute=_reduction_pct,
        source="ASE/EAE 2005",
        confidence=Confidence.VERIFIED_SECONDARY,
        consistent=_shrinks,
    ),
    Formula(
        result=Quantity.LV_MASS,
        inputs=(Quantity.IVS_THICKNESS_ED, Quantity.LV_INTERNAL_DIAMETER_ED, Quantity.PW_THICKNESS_ED),
        expression="lv_mass = 0.8 * 1.04 * ((ivs + lvid + pw)**3 - lvid**3) + 0.6, all in cm at end-diastole",
        compute=_lv_mass_g,
        source=f"{_ASE2015}, cube formula",
        confidence=Confidence.VERIFIED_SECONDARY,
        consistent=_one_unit,
    ),
    Formula(
        result=Quantity.RELATIVE_WALL_THICKNESS,
        inputs=(Quantity.PW_THICKNESS_ED, Quantity.LV_INTERNAL_DIAMETER_ED),
        expression="relative_wall_thickness = 2 * pw_thickness_ed / lv_internal_diameter_ed",
        compute=lambda pwd_cm, lvidd_cm: 2 * pwd_cm / lvidd_cm,
        source=_ASE2015,
        confidence=Confidence.VERIFIED_SECONDARY,
    ),
    Formula(
        result=Quantity.LV_EDV_INDEX,
        inputs=(Quantity.LV_EDV_BIPLANE, Quantity.BSA),
        expression="lv_edv_index = lv_edv_biplane / bsa",
        compute=_quotient,
        source=_ASE2015,
        confidence=Confidence.VERIFIED_SECONDARY,
    ),
    Formula(
        result=Quantity.LV_MASS_INDEX,
        inputs=(Quantity.LV_MASS, Quantity.BSA),
        expression="lv_mass_index = lv_mass / bsa",
        compute=_quotient,
        source=_ASE2015,
        confidence=Confidence.VERIFIED_SECONDARY,
    ),
    Formula(
        result=Quantity.LA_VOLUME_INDEX,
        inputs=(Quantity.LA_VOLUME, Quantity.BSA),
        expression="la_volume_index = la_volume / bsa",
        compute=_quotient,
        source=_ASE2015,
        confidence=Confidence.MEMORY,
    ),
)


def derive(measurements: Sequence[Measurement]) -> tuple[Measurement, ...]:
    """Return the given measurements followed by those that can be derived from them.

    A quantity that was given is never derived again. Nothing is derived from an implausible value, from a
    systole larger than its diastole, or into an implausible result. A missing body surface is never assumed.

    Args:
        measurements: Values in any unit; of several for one quantity the first plausible one is used.
    """
    known: dict[Quantity, float] = {}
    for measurement in measurements:
        quantity, value = measurement.quantity, measurement.canonical().value
        if quantity.lowest <= value <= quantity.highest:
            known.setdefault(quantity, value)
    given = {measurement.quantity for measurement in measurements}
    derived = []
    for formula in FORMULAS:
        if formula.result in given or any(quantity not in known for quantity in formula.inputs):
            continue
        values = [known[quantity] for quantity in formula.inputs]
        if not formula.consistent(*values):
            continue
        value, result = formula.compute(*values), formula.result
        if result.lowest <= value <= result.highest:
            known[result] = value
            origin = Provenance(Source.FORMULA, f"{formula.expression} ({formula.source})")
            derived.append(Measurement(result, value, result.unit, origin))
    return (*measurements, *derived)
