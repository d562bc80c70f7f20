"""A printed number as the interval that it states: ``55``, ``>55``, ``40-45``, ``50% to 55%``, ``about 60``."""

import math
import re
from dataclasses import dataclass
from typing import Final

_NUMBER: Final = r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)"
_UNIT: Final = r"\s*[%a-zA-Z][%a-zA-Z0-9/^.']*|\s*%"
_SINGLE: Final = re.compile(rf"({_NUMBER})({_UNIT})?")
_RANGE: Final = re.compile(rf"({_NUMBER})(?:{_UNIT})?\s*(?:-|\N{{EN DASH}}|\bto\b)\s*({_NUMBER})({_UNIT})?")
_BETWEEN: Final = re.compile(rf"between\s+({_NUMBER})(?:{_UNIT})?\s+and\s+({_NUMBER})({_UNIT})?")

# Spelling of a bound: on which side the value lies, and whether the number itself belongs to it.
_BOUND: Final = {
    ">=": (1, True), "=>": (1, True), "\N{GREATER-THAN OR EQUAL TO}": (1, True), "at least": (1, True),
    "<=": (-1, True), "=<": (-1, True), "\N{LESS-THAN OR EQUAL TO}": (-1, True), "at most": (-1, True),
    "up to": (-1, True), ">": (1, False), "greater than": (1, False), "more than": (1, False),
    "over": (1, False), "above": (1, False), "<": (-1, False), "less than": (-1, False),
    "under": (-1, False), "below": (-1, False),
}  # fmt: skip
_ABOUT: Final = ("~", "approximately", "approx.", "approx", "about", "around", "ca.", "est.", "estimated")


@dataclass(frozen=True, slots=True)
class PrintedNumber:
    """The interval that a printed number states.

    Attributes:
        low: Smallest value that it allows; ``-inf`` for an upper bound.
        high: Largest value that it allows; ``inf`` for a lower bound.
        low_inside: Whether ``low`` itself is allowed.
        high_inside: Whether ``high`` itself is allowed.
        approximate: Whether the text says "about".
        unit_text: The unit as printed; empty when none was.
    """

    low: float
    high: float
    low_inside: bool = True
    high_inside: bool = True
    approximate: bool = False
    unit_text: str = ""

    @property
    def value(self) -> float | None:
        """The number when it is a single one; ``None`` for a range or a bound, for no value was measured."""
        return self.low if self.low == self.high else None

    @property
    def middle(self) -> float | None:
        """The middle of a single number or a range; ``None`` for a bound, which has none."""
        return (self.low + self.high) / 2 if math.isfinite(self.low) and math.isfinite(self.high) else None


def parse_printed(text: str) -> PrintedNumber | None:
    """Return the interval that the whole of ``text`` states, or ``None`` when it is no number.

    A range whose ends are in the wrong order is no number: which end was mistyped cannot be told.
    """
    rest = text.strip().lower()
    about = next((word for word in _ABOUT if rest.startswith(word)), "")
    rest = rest[len(about) :].strip()
    bound = next((sign for sign in _BOUND if rest.startswith(sign)), None)
    if bound is not None:
        single = _SINGLE.fullmatch(rest[len(bound) :].strip())
        return None if single is None else _bounded(bound, single, about=bool(about))
    pair = _RANGE.fullmatch(rest) or _BETWEEN.fullmatch(rest)
    if pair is not None:
        low, high = float(pair[1]), float(pair[2])
        unit = (pair[3] or "").strip()
        return PrintedNumber(low, high, approximate=bool(about), unit_text=unit) if low < high else None
    single = _SINGLE.fullmatch(rest)
    if single is None:
        return None
    number = float(single[1])
    return PrintedNumber(number, number, approximate=bool(about), unit_text=(single[2] or "").strip())


def _bounded(sign: str, single: re.Match[str], *, about: bool) -> PrintedNumber:
    side, inside = _BOUND[sign]
    number, unit = float(single[1]), (single[2] or "").strip()
    if side > 0:
        return PrintedNumber(number, math.inf, inside, False, about, unit)
    return PrintedNumber(-math.inf, number, False, inside, about, unit)
