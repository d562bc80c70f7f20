"""How far the values of two readers of one study may lie apart before they contradict each other."""

from typing import Final

from echovlm.clinical.measurement import Measurement
from echovlm.clinical.units import Unit

# Ours to choose, from what laboratories report of their readers. An ejection fraction differs by points, not by shares.
TOLERANCE_FRAC: Final = 0.10
TOLERANCE_POINTS: Final = 5.0


def agree(one: Measurement, other: Measurement) -> bool:
    """Whether two values of one quantity in canonical units differ by no more than readers do."""
    difference = abs(one.value - other.value)
    if one.quantity.unit is Unit.PERCENT:
        return difference <= TOLERANCE_POINTS
    return difference <= TOLERANCE_FRAC * max(abs(one.value), abs(other.value))
