"""Measurement boxes on the screen: lines of text to name, value and unit."""

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from echovlm.imaging.overlay.reader import TextBox

# Units as consoles print them, and their spelling in `clinical.units`; longer ones first.
_UNITS: Final = {
    "ml/m2": "mL/m2", "ml/m²": "mL/m2", "g/m2": "g/m2", "g/m²": "g/m2", "cm2/m2": "cm2/m2", "l/min/m2": "L/min/m2",
    "cm/m2": "cm/m2", "cm/m²": "cm/m2", "l/min": "L/min", "cm/s2": "cm/s2", "m/s2": "m/s2", "cm/s": "cm/s",
    "m/s": "m/s", "mmhg": "mmHg", "bpm": "bpm", "cm2": "cm2", "cm²": "cm2", "mm2": "mm2", "ml": "mL", "msec": "ms",
    "ms": "ms", "cm": "cm", "mm": "mm", "sec": "s", "s": "s", "g": "g", "%": "%", "hz": "Hz", "°": "°",
}  # fmt: skip
_UNIT: Final = "|".join(re.escape(unit) for unit in sorted(_UNITS, key=len, reverse=True))
# A caliper's number or sign may precede the name; a name has a letter and does not end in a digit that is the value.
_LINE: Final = re.compile(
    r"^\W*(?:\d\s+)?(?P<name>[A-Za-z][\w()'’./\- ]*?[\w)'’])\s*[:=]?\s+"
    rf"(?P<value>[-+]?\d+(?:[.,]\d+)?)\s*(?P<unit>{_UNIT})?\s*$",
    re.IGNORECASE,
)
_SAME_ROW_FRAC: Final = (
    0.6  # two boxes are on one row when their centres lie within this share of their height
)
_GAP_HEIGHTS: Final = 6.0  # a value stands at most this many line heights to the right of its name


@dataclass(frozen=True, slots=True)
class OverlayValue:
    """One measurement that the screen states.

    Attributes:
        name: As printed, such as ``Asc Ao Diam``.
        value: The number.
        unit: In the spelling of `clinical.units`; ``None`` where the screen prints none, as for an index.
        box_xyxy_px: Where the line stands, end exclusive.
        score: How sure the reader is of the least sure part of it, 0 to 1.
    """

    name: str
    value: float
    unit: str | None
    box_xyxy_px: tuple[int, int, int, int]
    score: float


def parse_overlay(lines: tuple[TextBox, ...]) -> tuple[OverlayValue, ...]:
    """Return the measurements among lines of text; settings of the machine, which have no name before them, are not.

    A name and its value may be one line or two boxes on a row. A settings column (``16cm``, ``C 50``) yields nothing
    as long as its lines have no unit and name together; what a name means is for `clinical` to say.
    """
    found = []
    for row in _rows(lines):
        for run in _runs(row):
            text = " ".join(line.text for line in run)
            match = _LINE.match(" ".join(text.split()))
            if match is None or not _is_measurement(match["name"], match["unit"]):
                continue
            boxes = [line.box_xyxy_px for line in run]
            found.append(
                OverlayValue(
                    name=match["name"].strip(),
                    value=float(match["value"].replace(",", ".")),
                    unit=_UNITS[match["unit"].lower()] if match["unit"] else None,
                    box_xyxy_px=(
                        min(box[0] for box in boxes), min(box[1] for box in boxes),
                        max(box[2] for box in boxes), max(box[3] for box in boxes),
                    ),
                    score=min(line.score for line in run),
                )
            )  # fmt: skip
    return tuple(found)


def _is_measurement(name: str, unit: str | None) -> bool:
    """Whether a name can be a quantity's: settings such as ``C 50`` are one letter, or have no unit."""
    letters = sum(letter.isalpha() for letter in name)
    return letters >= 2 if unit else letters >= 4 and not re.fullmatch(_SETTING, name, re.IGNORECASE)


_SETTING: Final = (
    r"((ti[sbc]?|mi)\W*[\d.]*\b|gain|depth|power|freq|frame|persist|map|focus|zoom|gray|grey|compress|filter|scale"
    r"|sweep).*"
)


def _rows(lines: tuple[TextBox, ...]) -> list[list[TextBox]]:
    """Return lines grouped by row, each from left to right."""
    ordered = sorted(lines, key=_middle_px)
    rows: list[list[TextBox]] = []
    for line in ordered:
        last = rows[-1] if rows else None
        if last and abs(_middle_px(line) - _middle_px(last[-1])) < _SAME_ROW_FRAC * _height_px(line):
            last.append(line)
        else:
            rows.append([line])
    return [sorted(row, key=lambda line: line.box_xyxy_px[0]) for row in rows]


def _runs(row: list[TextBox]) -> list[list[TextBox]]:
    """Return a row cut where the gap is too wide for a name and its value, and after each value."""
    runs: list[list[TextBox]] = [[row[0]]]
    for before, line in pairwise(row):
        gap_px = line.box_xyxy_px[0] - before.box_xyxy_px[2]
        ends_in_value = re.search(rf"\d\s*(?:{_UNIT})?$", before.text, re.IGNORECASE) is not None
        is_unit = line.text.lower() in _UNITS
        if gap_px > _GAP_HEIGHTS * _height_px(line) or (ends_in_value and not is_unit):
            runs.append([line])
        else:
            runs[-1].append(line)
    return runs


def _middle_px(line: TextBox) -> float:
    return (line.box_xyxy_px[1] + line.box_xyxy_px[3]) / 2


def _height_px(line: TextBox) -> int:
    return line.box_xyxy_px[3] - line.box_xyxy_px[1]
