"""Rounding half up in decimal, so that 5.85 at a resolution of 0.1 is 5.9."""

from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache


@lru_cache(maxsize=64)
def _decimal(resolution: float) -> Decimal:
    if not resolution > 0:
        raise ValueError(f"resolution must be > 0; got {resolution:g}")
    return Decimal(repr(resolution)).normalize()


def steps(value: float, resolution: float) -> int:
    """Return the number of whole steps of ``resolution`` nearest to ``value``, halves up.

    The value is first cut to ten significant digits: 58.5 mm / 10 and 5.85 cm must be the same number,
    and no echo measurement has an eleventh digit.
    """
    return int((Decimal(f"{value:.10g}") / _decimal(resolution)).to_integral_value(rounding=ROUND_HALF_UP))


def round_half_up(value: float, resolution: float) -> float:
    """Return ``value`` rounded to ``resolution``, the float nearest to the decimal result."""
    return float(steps(value, resolution) * _decimal(resolution))
