"""Rounding half up in decimal, so that 5.85 at a resolution of 0.1 is 5.9."""

import math
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Final

_SURE: Final = 1e-4
_EXACT: Final = 1e5


@lru_cache(maxsize=64)
def _decimal(resolution: float) -> Decimal:
    return Decimal(repr(resolution)).normalize()


def steps(value: float, resolution: float) -> int:
    """Return the number of whole steps of ``resolution`` nearest to ``value``, halves up.

    The value is first cut to ten significant digits: 58.5 mm / 10 and 5.85 cm must be the same number,
    and no echo measurement has an eleventh digit.
    """
    if not resolution > 0:
        raise ValueError(f"resolution must be > 0; got {resolution:g}")
    shifted = value / resolution + 0.5
    below = math.floor(shifted)
    # Away from a half the float is sure; near one, and for steps too many to be exact, decimals decide.
    if _SURE < shifted - below < 1 - _SURE and abs(shifted) < _EXACT:
        return below
    return int((Decimal(f"{value:.10g}") / _decimal(resolution)).to_integral_value(rounding=ROUND_HALF_UP))


@lru_cache(maxsize=4096)  # a rule rounds one value for its band, its distance and its words
def round_half_up(value: float, resolution: float) -> float:
    """Return ``value`` rounded to ``resolution``, the float nearest to the decimal result."""
    count = steps(value, resolution)
    inverse = round(1 / resolution)
    # A quotient of two integers is the float nearest to the decimal result, and quicker than decimals.
    return count / inverse if inverse * resolution == 1 else float(count * _decimal(resolution))
