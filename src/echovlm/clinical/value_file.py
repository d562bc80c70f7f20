"""The values of one study from a CSV or JSON file, or as ``NAME=VALUE`` texts, ready to be graded."""

import csv
import json
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from echovlm.clinical.context import Rhythm, Sign, StudyContext, Valve
from echovlm.clinical.guidelines.intervals import Interval
from echovlm.clinical.measurement import Measurement, Quantity
from echovlm.clinical.names import find_quantity_by_name
from echovlm.clinical.patient import Sex, find_sex
from echovlm.clinical.printed import PrintedNumber, parse_printed
from echovlm.clinical.provenance import Provenance, Source
from echovlm.clinical.reading import read_value
from echovlm.clinical.units import Unit, UnitError, parse_unit
from echovlm.errors import EchoVLMError

_Word = TypeVar("_Word", Rhythm, Valve, Sign)
_COLUMNS: Final = ("name", "value", "unit")
_WORDS: Final = "sex, rhythm, prosthesis, seen, denied"


class ValueFileError(EchoVLMError, ValueError):
    """A list of values cannot be read, or names what is not known."""


@dataclass(frozen=True, slots=True)
class ReadStudy:
    """What a list of values says.

    Attributes:
        measurements: Plausible values in canonical units.
        sex: The patient's sex, if given.
        context: Rhythm, prostheses and signs, if given.
        intervals: Values that are only bounded, such as ``>55`` or ``40-45``.
        remarks: What was assumed or dropped, one sentence each.
    """

    measurements: tuple[Measurement, ...]
    sex: Sex | None
    context: StudyContext
    intervals: tuple[Interval, ...]
    remarks: tuple[str, ...]


def read_study(path: Path, more: Sequence[str] = ()) -> ReadStudy:
    """Read a study from a file.

    A CSV file has the columns ``name``, ``value`` and, if known, ``unit``. A JSON file is one object of names and
    values. Beside the names of quantities both take sex, rhythm, prosthesis, seen and denied.

    Args:
        path: The file.
        more: Further values, as for ``parse_study``.

    Raises:
        ValueFileError: If the file is neither, or names what is not known.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueFileError(
            f"{path} is no text file ({error.reason}); give a CSV or JSON file in UTF-8"
        ) from None
    if path.suffix.lower() == ".json":
        return _study([*_json_rows(path, text), *_pairs(more)])
    rows = list(csv.DictReader(text.splitlines()))
    if not rows or not {"name", "value"} <= set(rows[0]):
        raise ValueFileError(
            f"{path} lacks the columns name and value; its first line must be name,value,unit"
        )
    found = [
        (*((row.get(column) or "").strip() for column in _COLUMNS), f"{path.name} line {line}")
        for line, row in enumerate(rows, start=2)
    ]
    return _study([*((name, value, unit, where) for name, value, unit, where in found), *_pairs(more)])


def parse_study(texts: Sequence[str]) -> ReadStudy:
    """Return the study that texts such as ``LVIDd=5.5 cm`` or ``sex=F`` state.

    Raises:
        ValueFileError: If a text has no name and value, or names what is not known.
    """
    return _study(_pairs(texts))


_Row = tuple[str, str, str, str]


def _json_rows(path: Path, text: str) -> list[_Row]:
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueFileError(f"{path} is no JSON: {error.msg} in line {error.lineno}; mend it") from None
    if not isinstance(content, dict):
        raise ValueFileError(
            f'{path} holds a {type(content).__name__}; one object is needed: {{"LVIDd": "5.5 cm"}}'
        )
    return [
        (name, str(item).strip(), "", f"{path.name} {name}")
        for name, value in content.items()
        for item in (value if isinstance(value, list) else [value])
    ]


def _pairs(texts: Iterable[str]) -> list[_Row]:
    rows = []
    for text in texts:
        name, parted, value = text.partition("=")
        if not parted or not name.strip() or not value.strip():
            raise ValueFileError(f"{text!r} is no NAME=VALUE; write for instance 'LVIDd=5.5 cm'")
        rows.append((name.strip(), value.strip(), "", "command line"))
    return rows


def _study(rows: Sequence[_Row]) -> ReadStudy:
    measurements: list[Measurement] = []
    intervals: list[Interval] = []
    remarks: list[str] = []
    words: dict[str, list[str]] = {}
    for name, value, unit, where in rows:
        if name.lower() in _WORDS.split(", "):
            words.setdefault(name.lower(), []).append(value)
        elif value:
            measured, remark = _measure(name, value, unit, where)
            if isinstance(measured, Measurement):
                measurements.append(measured)
            elif measured is not None:
                intervals.append(measured)
            remarks += [remark] if remark else []
    context = StudyContext(
        rhythm=next((_member(Rhythm, text, "rhythm") for text in words.get("rhythm", ())), None),
        prostheses=frozenset(_member(Valve, text, "prosthesis") for text in words.get("prosthesis", ())),
        seen=frozenset(_member(Sign, text, "sign") for text in words.get("seen", ())),
        denied=frozenset(_member(Sign, text, "sign") for text in words.get("denied", ())),
    )
    sex = next(iter(words.get("sex", ())), None)
    if sex is not None and find_sex(sex) is None:
        raise ValueFileError(f"sex {sex!r} is not known; write F or M, or leave it out")
    return ReadStudy(
        tuple(measurements), find_sex(sex) if sex else None, context, tuple(intervals), tuple(remarks)
    )


def _member(kind: type[_Word], text: str, what: str) -> _Word:
    folded = text.strip().lower().replace(" ", "_").replace("-", "_")
    found = next((member for member in kind if folded in (member.name.lower(), member.value.lower())), None)
    if found is None:
        known = ", ".join(member.name.lower() for member in kind)
        raise ValueFileError(f"{what} {text!r} is not known; one of: {known}")
    return found


def _measure(name: str, value: str, unit: str, where: str) -> tuple[Measurement | Interval | None, str]:
    """Return the value of one row, or none and why."""
    quantity = find_quantity_by_name(name)
    if quantity is None:
        raise ValueFileError(
            f"{where}: no measurement is called {name!r}; use a report label such as LVIDd, or {_WORDS}"
        )
    printed = parse_printed(value)
    if printed is None:
        raise ValueFileError(f"{where}: {quantity.label} {value!r} is no number; write for instance 5.5 cm")
    origin = Provenance(Source.TABLE, where)
    try:
        stated = _unit(unit or printed.unit_text)
        if printed.value is None:
            return _interval(quantity, value, printed, stated, origin)
        reading = read_value(quantity, printed.value, stated, origin)
    except UnitError as error:
        raise ValueFileError(f"{where}: {error}") from None
    return reading.measurement, reading.remark


def _interval(
    quantity: Quantity, text: str, printed: PrintedNumber, unit: Unit | None, origin: Provenance
) -> tuple[Interval | None, str]:
    """Return a range or bound; one without a unit is taken in the canonical unit, and must be plausible there."""
    known = unit or quantity.unit

    def canonical(value: float) -> float:
        return (
            Measurement(quantity, value, known, origin).canonical().value if math.isfinite(value) else value
        )

    closed = (printed.low_inside or math.isinf(printed.low)) and (
        printed.high_inside or math.isinf(printed.high)
    )
    digits = max(len(part.partition(".")[2]) for part in re.findall(r"\d+(?:\.\d+)?", text))
    step = 0.0 if closed else canonical(10.0**-digits)
    if any(
        math.isfinite(end) and not quantity.lowest <= canonical(end) <= quantity.highest
        for end in (printed.low, printed.high)
    ):
        return None, f"{quantity.label} {text} is implausible in {known.symbol}: it was not graded."
    interval = Interval.within(
        quantity, canonical(printed.low), canonical(printed.high), origin, open_by=step
    )
    if interval is None:
        return None, f"{quantity.label} {text} leaves no plausible value: it was not graded."
    return interval, f"{quantity.label} {text} is no single value: findings hold at both of its ends."


def _unit(text: str) -> Unit | None:
    return parse_unit(text) if text else None
