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
    M = ("m", "length", 1000.0)
    CM2 = ("cm2", "area", 1.0)
    MM2 = ("mm2", "area", 0.01)
    ML = ("mL", "volume", 1.0)
    L = ("L", "volume", 1000.0)
    ML_PER_M2 = ("mL/m2", "indexed volume", 1.0)
    CM_PER_M2 = ("cm/m2", "indexed length", 1.0)
    MM_PER_M2 = ("mm/m2", "indexed length", 0.1)
    CM_PER_M = ("cm/m", "length by height", 1.0)
    CM2_PER_M = ("cm2/m", "area by height", 1.0)
    CM2_PER_M2 = ("cm2/m2", "indexed area", 1.0)
    CM_PER_S = ("cm/s", "velocity", 1.0)
    M_PER_S = ("m/s", "velocity", 100.0)
    G = ("g", "mass", 1.0)
    KG = ("kg", "mass", 1000.0)
    POUND = ("lb", "mass", 453.59237)
    G_PER_M2 = ("g/m2", "indexed mass", 1.0)
    G_PER_M27 = ("g/m2.7", "mass by height", 1.0)
    KG_PER_M2 = ("kg/m2", "body mass index", 1.0)
    M2 = ("m2", "body surface", 1.0)
    PERCENT = ("%", "fraction", 1.0)
    FRACTION = ("fraction", "fraction", 100.0)
    RATIO = ("ratio", "ratio", 1.0)
    INDEX = ("index", "index", 1.0)
    Z_SCORE = ("SD", "z-score", 1.0)
    BPM = ("bpm", "rate", 1.0)
    YEAR = ("years", "age", 1.0)
    MMHG = ("mmHg", "pressure", 1.0)
    MMHG_PER_S = ("mmHg/s", "pressure rise", 1.0)
    MM_PER_MMHG = ("mm/mmHg", "excursion by pressure", 1.0)
    L_PER_MIN = ("L/min", "flow", 1.0)
    ML_PER_MIN = ("mL/min", "flow", 0.001)
    L_PER_MIN_PER_M2 = ("L/min/m2", "indexed flow", 1.0)
    MS = ("ms", "time", 1.0)
    S = ("s", "time", 1000.0)

    def __init__(self, symbol: str, dimension: str, in_base: float) -> None:
        self.symbol, self.dimension, self.in_base = symbol, dimension, in_base


_SPELLING = {unit.symbol.lower(): unit for unit in Unit} | {
    "cc": Unit.ML, "cm^2": Unit.CM2, "inches": Unit.INCH, "lbs": Unit.POUND, "pounds": Unit.POUND,
    "m^2": Unit.M2, "msec": Unit.MS, "ml/m^2": Unit.ML_PER_M2, "g/m^2": Unit.G_PER_M2, "": Unit.RATIO,
    "cm2/m^2": Unit.CM2_PER_M2, "cm^2/m^2": Unit.CM2_PER_M2, "cm/m^2": Unit.CM_PER_M2, "mm^2": Unit.MM2,
    "cm/sec": Unit.CM_PER_S, "m/sec": Unit.M_PER_S, "mm hg": Unit.MMHG,
    "l/min/m^2": Unit.L_PER_MIN_PER_M2, "kg/m^2": Unit.KG_PER_M2, "msecs": Unit.MS, "sec": Unit.S,
    "beats/min": Unit.BPM, "percent": Unit.PERCENT, "yrs": Unit.YEAR, "y": Unit.YEAR,
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
