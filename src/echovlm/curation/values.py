"""One row of the structured table, as a measurement or as the reason why it is none.

Policy for text that is not one number: a range (``40-45``) and a bound (``>55``) become no value and are
counted; neither the middle of a range nor the limit of a bound was measured.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from echovlm.clinical import (
    ImplausibleValueError,
    Measurement,
    Provenance,
    Quantity,
    Unit,
    UnitError,
    parse_unit,
)
from echovlm.curation.reasons import RowProblem


@dataclass(frozen=True, slots=True)
class NamedQuantity:
    """What a name of the table means.

    Attributes:
        name: The ``measurement`` column.
        quantity: What was measured.
        unit: The unit when the column ``unit`` is blank.
    """

    name: str
    quantity: Quantity
    unit: Unit


# Both eras of MIMIC-IV-ECHO's table. Of two names for one quantity the earlier one here is preferred.
# MIMIC's `lvef` is a visual estimate. The inferolateral wall is the posterior wall of the ASE.
# ra_area and effusion_depth are not in MIMIC-IV-ECHO: the simulator's extension.
NAMES: Final = (
    NamedQuantity("lvedd", Quantity.LV_INTERNAL_DIAMETER_ED, Unit.CM),
    NamedQuantity("lvesd", Quantity.LV_INTERNAL_DIAMETER_ES, Unit.CM),
    NamedQuantity("septal_thickness", Quantity.IVS_THICKNESS_ED, Unit.CM),
    NamedQuantity("inf_lat_thickness", Quantity.PW_THICKNESS_ED, Unit.CM),
    NamedQuantity("biplane_lvef", Quantity.LVEF_BIPLANE, Unit.PERCENT),
    NamedQuantity("lvef", Quantity.LVEF_VISUAL, Unit.PERCENT),
    NamedQuantity("biplane_lvedv", Quantity.LV_EDV_BIPLANE, Unit.ML),
    NamedQuantity("biplane_lvesv", Quantity.LV_ESV_BIPLANE, Unit.ML),
    NamedQuantity("lvef_3d", Quantity.LVEF_3D, Unit.PERCENT),
    NamedQuantity("lvedv_3d", Quantity.LV_EDV_3D, Unit.ML),
    NamedQuantity("lvesv_3d", Quantity.LV_ESV_3D, Unit.ML),
    NamedQuantity("fs", Quantity.FRACTIONAL_SHORTENING, Unit.PERCENT),
    NamedQuantity("lvot_diam", Quantity.LVOT_DIAMETER, Unit.CM),
    NamedQuantity("lvot_vti", Quantity.LVOT_VTI, Unit.CM),
    NamedQuantity("la_dimen", Quantity.LA_DIAMETER_AP, Unit.CM),
    NamedQuantity("la_vol", Quantity.LA_VOLUME, Unit.ML),
    NamedQuantity("ra_area", Quantity.RA_AREA, Unit.CM2),
    NamedQuantity("rv_diam", Quantity.RV_BASAL_DIAMETER, Unit.CM),
    NamedQuantity("sinus_diam", Quantity.AORTIC_SINUS_DIAMETER, Unit.CM),
    NamedQuantity("ascending_diam", Quantity.ASCENDING_AORTA_DIAMETER, Unit.CM),
    NamedQuantity("arch_diam", Quantity.AORTIC_ARCH_DIAMETER, Unit.CM),
    NamedQuantity("tapse", Quantity.TAPSE, Unit.CM),
    NamedQuantity("ivc_diam", Quantity.IVC_DIAMETER, Unit.CM),
    NamedQuantity("av_pk_vel", Quantity.AV_VMAX, Unit.M_PER_S),
    NamedQuantity("av_pk_grad", Quantity.AV_PEAK_GRADIENT, Unit.MMHG),
    NamedQuantity("av_mean_grad", Quantity.AV_MEAN_GRADIENT, Unit.MMHG),
    NamedQuantity("av_area_continuity", Quantity.AORTIC_VALVE_AREA, Unit.CM2),
    NamedQuantity("mv_peak_e", Quantity.MITRAL_E_VELOCITY, Unit.M_PER_S),
    NamedQuantity("mv_peak_a", Quantity.MITRAL_A_VELOCITY, Unit.M_PER_S),
    NamedQuantity("mv_peak_e_a", Quantity.MITRAL_E_A_RATIO, Unit.RATIO),
    NamedQuantity("mv_e_decel", Quantity.MITRAL_DECELERATION_TIME, Unit.MS),
    NamedQuantity("mv_mean_grad", Quantity.MV_MEAN_GRADIENT, Unit.MMHG),
    NamedQuantity("mv_pht", Quantity.MV_PRESSURE_HALF_TIME, Unit.MS),
    NamedQuantity("mv_ero", Quantity.MR_EROA, Unit.CM2),
    NamedQuantity("sept_e_prime", Quantity.E_PRIME_SEPTAL, Unit.M_PER_S),
    NamedQuantity("lat_e_prime", Quantity.E_PRIME_LATERAL, Unit.M_PER_S),
    NamedQuantity("mean_e_to_eprime", Quantity.E_E_PRIME_AVERAGE, Unit.RATIO),
    NamedQuantity("e_e_prime", Quantity.E_E_PRIME_AVERAGE, Unit.RATIO),
    NamedQuantity("septal_e_to_eprime", Quantity.E_E_PRIME_SEPTAL, Unit.RATIO),
    NamedQuantity("lateral_e_to_eprime", Quantity.E_E_PRIME_LATERAL, Unit.RATIO),
    NamedQuantity("tr_velocity", Quantity.TR_VMAX, Unit.M_PER_S),
    NamedQuantity(
        "tr_mmhg", Quantity.TR_PEAK_GRADIENT, Unit.MMHG
    ),  # the gradient, not the pulmonary pressure
    NamedQuantity("la_4ch_length", Quantity.LA_LENGTH_A4C, Unit.CM),
    NamedQuantity("ra_length", Quantity.RA_LENGTH, Unit.CM),
    NamedQuantity("resting_sbp", Quantity.SYSTOLIC_BLOOD_PRESSURE, Unit.MMHG),
    NamedQuantity("resting_dbp", Quantity.DIASTOLIC_BLOOD_PRESSURE, Unit.MMHG),
    NamedQuantity("effusion_depth", Quantity.PERICARDIAL_EFFUSION_DEPTH, Unit.CM),
    NamedQuantity("body_surface_area", Quantity.BSA, Unit.M2),
    NamedQuantity("height_cm", Quantity.HEIGHT, Unit.CM),
    NamedQuantity("height_inches", Quantity.HEIGHT, Unit.INCH),
    NamedQuantity("weight_kg", Quantity.WEIGHT, Unit.KG),
    NamedQuantity("weight_pounds", Quantity.WEIGHT, Unit.POUND),
    NamedQuantity("resting_hr", Quantity.HEART_RATE, Unit.BPM),
)
_BY_NAME: Final = {named.name: named for named in NAMES}
_ORDER: Final = {named.name: index for index, named in enumerate(NAMES)}

_NUMBER: Final = r"[-+]?\d+(?:\.\d*)?|[-+]?\.\d+"
_RANGE: Final = re.compile(r"\d+(?:\.\d*)?\s*%?\s*(?:-|–|to)\s*\d+(?:\.\d*)?")
_BOUND: Final = re.compile(r"[<>≤≥]|\b(?:less|greater|more|over|under)\b")
# Two rows of one quantity agree when they differ by less than rounding does.
_AGREEMENT_FRAC: Final = 0.02


def parse_number(text: str) -> float | RowProblem:
    """Return the number that ``text`` is, or why it is none.

    A unit after the number is allowed and ignored; the column ``unit`` decides.
    """
    folded = text.strip().lower()
    if not folded:
        return RowProblem.EMPTY
    if _RANGE.match(folded):
        return RowProblem.RANGE
    if _BOUND.search(folded):
        return RowProblem.BOUND
    match = re.fullmatch(rf"({_NUMBER})\s*(?:%|[a-z][a-z0-9/^]*)?", folded)
    return RowProblem.NOT_A_NUMBER if match is None else float(match[1])


def find_named(name: str) -> NamedQuantity | None:
    """Return what a name of the table means, or ``None`` when we do not use it."""
    return _BY_NAME.get(name.strip().lower())


def parse_measurement(
    named: NamedQuantity, result: str, unit: str, provenance: Provenance
) -> Measurement | RowProblem:
    """Return a row's value in canonical units, or why it gives none."""
    number = parse_number(result)
    if isinstance(number, RowProblem):
        return number
    try:
        read_unit = parse_unit(unit) if unit.strip() else named.unit
    except UnitError:
        return RowProblem.UNKNOWN_UNIT
    return _check(named.quantity, number, read_unit, provenance)


def parse_quantity(
    quantity: Quantity, text: str, unit: Unit, provenance: Provenance
) -> Measurement | RowProblem:
    """Return the value of a cell whose column says quantity and unit, in canonical units, or why it gives none."""
    number = parse_number(text)
    return number if isinstance(number, RowProblem) else _check(quantity, number, unit, provenance)


def _check(quantity: Quantity, number: float, unit: Unit, provenance: Provenance) -> Measurement | RowProblem:
    try:
        return Measurement(quantity, number, unit, provenance).checked()
    except UnitError:
        return RowProblem.WRONG_DIMENSION
    except ImplausibleValueError:
        return RowProblem.IMPLAUSIBLE


def choose(
    values: Iterable[tuple[str, Measurement]],
) -> tuple[tuple[Measurement, ...], tuple[Measurement, ...]]:
    """Return one value per quantity, in the order of ``NAMES``, and the rows that conflict.

    Rows of the preferred name count first. Rows of one name that disagree give no value: which of them is
    right cannot be told.

    Args:
        values: Name and value of each usable row.
    """
    by_name: dict[str, list[Measurement]] = {}
    for name, measurement in values:
        by_name.setdefault(name, []).append(measurement)
    chosen: dict[Quantity, Measurement] = {}
    torn: list[Measurement] = []
    for name in sorted(by_name, key=_ORDER.__getitem__):
        rows = by_name[name]
        quantity = rows[0].quantity
        numbers = [row.value for row in rows]
        if max(numbers) - min(numbers) > _AGREEMENT_FRAC * max(map(abs, numbers)):
            torn += rows
        elif quantity not in chosen:
            chosen[quantity] = rows[0]
    return tuple(chosen.values()), tuple(torn)


def drop_conflicts(values: Sequence[Measurement], problems: Counter[RowProblem]) -> tuple[Measurement, ...]:
    """Return one value per quantity, in order; values of one quantity that disagree are dropped and counted."""
    grouped: dict[Quantity, list[Measurement]] = {}
    for value in values:
        grouped.setdefault(value.quantity, []).append(value)
    kept = []
    for rows in grouped.values():
        numbers = [row.value for row in rows]
        if max(numbers) - min(numbers) > _AGREEMENT_FRAC * max(map(abs, numbers)):
            problems[RowProblem.CONFLICTING] += len(rows)
        else:
            kept.append(rows[0])
    return tuple(kept)
