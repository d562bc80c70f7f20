"""What makes a real table untidy: two schema eras, forgotten units, ranges, bounds, duplicates and corrections.

The kinds are those known of MIMIC-IV-ECHO; how often each occurs is not published, so the shares are ours.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

import numpy as np

from echovlm.clinical.guidelines import round_half_up
from echovlm.clinical.measurement import Quantity
from echovlm.simulation.archive.items import Row
from echovlm.simulation.archive.reading import Reading


class Era(Enum):
    """Which form a laboratory filled in."""

    METRIC = "height_cm and weight_kg; sex is not in the table"
    IMPERIAL = "height_inches and weight_pounds beside gender"


@dataclass(frozen=True, slots=True)
class QuirkShares:
    """Shares of the rows, 0 to 1, with each oddity.

    Attributes:
        repeated: The same row twice.
        corrected: A wrong value before the right one, and nothing says which is which.
        emptied: A row without a result.
        unitless: A value without its unit.
        millimetres: A TAPSE in mm under the unit cm.
        ranged: A visual ejection fraction as a range in one row.
        bounded: A visual ejection fraction as a bound.
    """

    repeated: float = 0.01
    corrected: float = 0.005
    emptied: float = 0.01
    unitless: float = 0.02
    millimetres: float = 0.1
    ranged: float = 0.08
    bounded: float = 0.25


_USUAL: Final = QuirkShares()
_IMPERIAL: Final = {
    "height_cm": ("height_inches", "Height (Inches)", 2.54, 1.0),
    "weight_kg": ("weight_pounds", "Weight (Pounds)", 0.45359237, 1.0),
}
_EF_STEP: Final = 5.0  # a visual estimate comes in steps of 5 %


def estimate_ejection_fraction(reading: Reading, generator: np.random.Generator) -> list[Row]:
    """Return the visual estimate: the 5 % steps below and above the measured ejection fraction."""
    measured = reading.get(Quantity.LVEF_BIPLANE)
    error_pct, is_exact = generator.normal(0, 2.5), generator.random() < 0.4
    if measured is None:
        return []
    lower = float(np.clip(_EF_STEP * np.floor((measured.value + error_pct) / _EF_STEP), 10, 75))
    upper = lower if is_exact else lower + _EF_STEP
    return [
        Row("lvef", "Left Ventricle - Ejection Fraction", f"{lower:.0f}", "%"),
        Row("lvef_upper", "Left Ventricle - Ejection Fraction (upper)", f"{upper:.0f}", "%"),
    ]


def make_untidy(
    rows: Iterable[Row], *, era: Era, generator: np.random.Generator, shares: QuirkShares = _USUAL
) -> tuple[Row, ...]:
    """Return the rows as a laboratory of this era would have left them.

    Args:
        rows: Tidy rows in metric units.
        era: Which form was filled in.
        generator: Decides which rows are odd.
        shares: How often each oddity occurs.
    """
    untidy: list[Row] = []
    for tidy in rows:
        chance = dict(zip(QuirkShares.__slots__, generator.random(len(QuirkShares.__slots__)), strict=True))
        factor = float(generator.choice([0.8, 0.9, 1.1, 1.25]))
        happens = {name: chance[name] < getattr(shares, name) for name in chance}
        row = _in_era(tidy, era)
        if row is None:
            continue
        if row.name in ("lvef", "lvef_upper"):
            row = _vague(row, is_range=happens["ranged"], is_bound=happens["bounded"])
        if row.name == "tapse" and happens["millimetres"]:
            row = replace(row, result=f"{10 * float(row.result):.0f}")
        if row.unit and happens["unitless"]:
            row = replace(row, unit="")
        if happens["emptied"]:
            row = replace(row, result="")
        if happens["corrected"] and (wrong := _mistaken(row, factor)) is not None:
            untidy.append(wrong)
        untidy += [row] * (2 if happens["repeated"] else 1)
    return tuple(untidy)


def _in_era(row: Row, era: Era) -> Row | None:
    """Return a row under the name and in the unit of its era; ``None`` where that form has no such field."""
    if era is Era.METRIC:
        return None if row.name == "gender" else row
    if row.name not in _IMPERIAL:
        return row
    name, description, size, step = _IMPERIAL[row.name]
    return Row(name, description, f"{round_half_up(float(row.result) / size, step):.0f}", "")


def _vague(row: Row, *, is_range: bool, is_bound: bool) -> Row:
    """Return an estimate as readers also write it: ``50-55``, ``>55`` when normal, ``<30`` when poor."""
    value = float(row.result)
    if is_bound and row.name == "lvef" and (value >= 55 or value < 30):
        return replace(row, result=">55" if value >= 55 else "<30")
    return (
        replace(row, result=f"{value:.0f}-{value + _EF_STEP:.0f}") if is_range and row.name == "lvef" else row
    )


def _mistaken(row: Row, factor: float) -> Row | None:
    """Return the row with a value that was later corrected; ``None`` for what is no plain number."""
    try:
        value = float(row.result)
    except ValueError:
        return None
    digits = len(row.result.partition(".")[2])
    return replace(row, result=f"{value * factor:.{digits}f}")
