"""A number with or without its unit, read as a measurement; a mix-up of units is found and said.

A unit is only ever supplied when none was given, and never for a value that is plausible both in the canonical
unit and in another one: 3.5 may be a septum of 3.5 cm or of 3.5 mm.
"""

from dataclasses import dataclass
from typing import Final

from echovlm.clinical.measurement import Measurement, Quantity
from echovlm.clinical.provenance import Provenance
from echovlm.clinical.ranges import typical_range
from echovlm.clinical.units import Unit

# Units that laboratories print for each dimension. A unit of the right dimension that nobody prints for
# an adult's heart (litres of stroke volume, pounds of myocardium) is no candidate for a forgotten one.
_PRINTED: Final[dict[str, tuple[Unit, ...]]] = {
    "length": (Unit.CM, Unit.MM),
    "area": (Unit.CM2, Unit.MM2),
    "velocity": (Unit.CM_PER_S, Unit.M_PER_S),
    "time": (Unit.MS, Unit.S),
    "fraction": (Unit.PERCENT, Unit.FRACTION),
    "indexed length": (Unit.CM_PER_M2, Unit.MM_PER_M2),
    "flow": (Unit.L_PER_MIN, Unit.ML_PER_MIN),
}
_OF_QUANTITY: Final = {
    Quantity.HEIGHT: (Unit.CM, Unit.M, Unit.INCH),
    Quantity.WEIGHT: (Unit.KG, Unit.POUND),
    Quantity.LVOT_VTI: (Unit.CM, Unit.M),
    Quantity.AV_VTI: (Unit.CM, Unit.M),
    Quantity.RVOT_VTI: (Unit.CM, Unit.M),
    Quantity.MV_VTI: (Unit.CM, Unit.M),
    Quantity.TV_VTI: (Unit.CM, Unit.M),
    Quantity.IVC_COLLAPSE: (Unit.PERCENT,),  # 0.5 % and 50 % are both possible
    Quantity.MITRAL_RESPIRATORY_VARIATION: (Unit.PERCENT,),
    Quantity.TRICUSPID_RESPIRATORY_VARIATION: (Unit.PERCENT,),
}
_STRAINS: Final = (
    Quantity.GLS,
    Quantity.RV_FREE_WALL_STRAIN,
)  # kept negative; half the world prints them positive


@dataclass(frozen=True, slots=True)
class Reading:
    """What became of a number.

    Attributes:
        measurement: In canonical units; ``None`` when the number cannot be used.
        remark: One sentence about a supplied unit or sign, or why the number was dropped; empty when plain.
    """

    measurement: Measurement | None
    remark: str = ""


def accepted_units(quantity: Quantity) -> tuple[Unit, ...]:
    """Return the units in which laboratories print a quantity, the canonical one first."""
    printed = _OF_QUANTITY.get(quantity) or _PRINTED.get(quantity.unit.dimension, (quantity.unit,))
    return (quantity.unit, *(unit for unit in printed if unit is not quantity.unit))


def read_value(quantity: Quantity, value: float, unit: Unit | None, provenance: Provenance) -> Reading:
    """Return a number as a measurement, with what had to be assumed.

    Args:
        quantity: What was measured.
        value: The number as it stands.
        unit: The unit beside it, ``None`` when there is none.
        provenance: Where it stands.

    Raises:
        UnitError: If the unit's dimension is not the quantity's.
    """
    flipped = quantity in _STRAINS and value > 0
    signed = -value if flipped else value
    sign = (
        f"{quantity.label} was given without its sign; strain of shortening is negative." if flipped else ""
    )
    if unit is not None:
        stated = Measurement(quantity, signed, unit, provenance).canonical()
        if _plausible(stated):
            return Reading(stated, sign)
        return Reading(None, _implausible(quantity, value, unit, provenance))
    candidates = [Measurement(quantity, signed, each, provenance) for each in accepted_units(quantity)]
    fitting = [each for each in candidates if _plausible(each.canonical())]
    if not fitting:
        return Reading(None, _implausible(quantity, value, None, provenance))
    first = fitting[0]
    if len(fitting) > 1:
        return _choose_canonical(quantity, value, fitting)
    if first.unit is quantity.unit:
        return Reading(first, sign)
    shown = first.canonical()
    remark = (
        f"{quantity.label} of {value:g} has no unit and is no plausible number of {quantity.unit.symbol}; "
        f"it was read as {value:g} {first.unit.symbol} = {shown.value:g} {quantity.unit.symbol}."
    )
    return Reading(shown, remark)


def _choose_canonical(quantity: Quantity, value: float, fitting: list[Measurement]) -> Reading:
    """Keep the canonical reading if it alone is a typical value; never convert, and drop what may be either."""
    low, high = typical_range(quantity)
    typical = [each for each in fitting if low <= each.canonical().value <= high]
    if [each.unit for each in typical] == [quantity.unit]:
        return Reading(typical[0])
    ways = " or ".join(f"{value:g} {each.unit.symbol}" for each in fitting)
    return Reading(None, f"{quantity.label} of {value:g} may be {ways}; it needs its unit.")


def _plausible(measurement: Measurement) -> bool:
    return measurement.quantity.lowest <= measurement.value <= measurement.quantity.highest


def _implausible(quantity: Quantity, value: float, unit: Unit | None, provenance: Provenance) -> str:
    """Return why a number was dropped, and which other unit would make sense of it."""
    shown = f"{value:g} {unit.symbol}" if unit is not None else f"{value:g}"
    allowed = f"{quantity.lowest:g} to {quantity.highest:g} {quantity.unit.symbol}"
    said = f"{quantity.label} of {shown} is implausible (allowed {allowed})"
    others = [Measurement(quantity, value, each, provenance) for each in accepted_units(quantity)]
    likely = [each for each in others if each.unit is not unit and _plausible(each.canonical())]
    if not likely:
        return f"{said}."
    guess = likely[0].canonical()
    return (
        f"{said}; {value:g} {likely[0].unit.symbol} would be {guess.value:g} {quantity.unit.symbol}. "
        "Check the unit."
    )
