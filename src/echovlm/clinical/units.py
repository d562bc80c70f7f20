"""Units of measurement: symbol, physical dimension, and size in the dimension's base unit."""

from enum import Enum

from echovlm.errors import EchoVLMError


class UnitError(EchoVLMError, ValueError):
    """A unit does not fit the quantity, or is not one that we know."""


class Unit(Enum):
    """A unit: its symbol, its physical dimension, and its size in that dimension's base unit."""

    MM = ("mm", "length", 1.0)
    CM = ("cm", "length", 10.0)
    INCH = ("in", "length", 25.4)
    CM2 = ("cm2", "area", 1.0)
    MM2 = ("mm2", "area", 0.01)
    ML = ("mL", "volume", 1.0)
    L = ("L", "volume", 1000.0)
    ML_PER_M2 = ("mL/m2", "indexed volume", 1.0)
    CM_PER_M2 = ("cm/m2", "indexed length", 1.0)
    CM_PER_S = ("cm/s", "velocity", 1.0)
    M_PER_S = ("m/s", "velocity", 100.0)
    G = ("g", "mass", 1.0)
    KG = ("kg", "mass", 1000.0)
    POUND = ("lb", "mass", 453.59237)
    G_PER_M2 = ("g/m2", "indexed mass", 1.0)
    M2 = ("m2", "body surface", 1.0)
    PERCENT = ("%", "fraction", 1.0)
    RATIO = ("ratio", "ratio", 1.0)
    BPM = ("bpm", "rate", 1.0)
    YEAR = ("years", "age", 1.0)
    MMHG = ("mmHg", "pressure", 1.0)
    MS = ("ms", "time", 1.0)
    S = ("s", "time", 1000.0)

    def __init__(self, symbol: str, dimension: str, in_base: float) -> None:
        self.symbol, self.dimension, self.in_base = symbol, dimension, in_base


_SPELLING = {unit.symbol.lower(): unit for unit in Unit} | {
    "cc": Unit.ML, "cm^2": Unit.CM2, "inches": Unit.INCH, "lbs": Unit.POUND, "pounds": Unit.POUND,
    "m^2": Unit.M2, "msec": Unit.MS, "ml/m^2": Unit.ML_PER_M2, "g/m^2": Unit.G_PER_M2, "": Unit.RATIO,
}  # fmt: skip


def parse_unit(text: str) -> Unit:
    """Return the unit that ``text`` spells.

    Raises:
        UnitError: If no unit has this spelling.
    """
    unit = _SPELLING.get(text.strip().lower())
    if unit is None:
        raise UnitError(f"unknown unit {text!r}; known: {', '.join(u.symbol for u in Unit)}")
    return unit
