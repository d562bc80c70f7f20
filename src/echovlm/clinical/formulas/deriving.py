"""From given measurements to those that follow from them."""

from collections.abc import Sequence
from typing import Final

from echovlm.clinical.formulas import body_and_ventricle, chambers, flow
from echovlm.clinical.formulas.formula import Formula
from echovlm.clinical.measurement import Measurement, Quantity

# In order of dependency: a formula may use the result of an earlier one.
FORMULAS: Final[tuple[Formula, ...]] = (*body_and_ventricle.FORMULAS, *chambers.FORMULAS, *flow.FORMULAS)


def derive(
    measurements: Sequence[Measurement], *, formulas: Sequence[Formula] = FORMULAS
) -> tuple[Measurement, ...]:
    """Return the given measurements followed by those that can be derived from them.

    A quantity that was given is never derived again. Nothing is derived from an implausible value, from a
    systole larger than its diastole, or into an implausible result. A missing body surface is never assumed.

    Args:
        measurements: Values in any unit; of several for one quantity the first plausible one is used.
        formulas: The formulas to apply, in order of dependency.
    """
    known: dict[Quantity, float] = {}
    for measurement in measurements:
        quantity = measurement.quantity
        canonical = measurement if measurement.unit is quantity.unit else measurement.canonical()
        if quantity.lowest <= canonical.value <= quantity.highest:
            known.setdefault(quantity, canonical.value)
    given = {measurement.quantity for measurement in measurements}
    derived = []
    for formula in formulas:
        result = formula.result
        if result in known or result in given or not all(quantity in known for quantity in formula.inputs):
            continue
        if any(better in known for better in formula.unless):
            continue
        values = [known[quantity] for quantity in formula.inputs]
        if not formula.consistent(*values):
            continue
        value = formula.compute(*values)
        if result.lowest <= value <= result.highest:
            known[result] = value
            derived.append(Measurement(result, value, result.unit, formula.origin))
    return (*measurements, *derived)
