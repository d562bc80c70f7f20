"""Numbers of known quantities in one sentence, each with its unit, its place and whether it is of this study."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from echovlm.clinical.measurement import Quantity
from echovlm.clinical.printed import PrintedNumber
from echovlm.clinical.provenance import Provenance, Source
from echovlm.clinical.reading import Reading, read_value
from echovlm.clinical.units import Unit
from echovlm.reports.context import SentenceContext
from echovlm.reports.numbers_in_text import NumberInText, numbers_of
from echovlm.reports.quantity_words import NameInText, QuantityWords
from echovlm.reports.sections import SectionKind
from echovlm.reports.stated import MeasurementInText, Span, TextState

_PAST: Final = re.compile(
    r"\b(?:previous(?:ly)?|formerly|prior|earlier|was|from|last|baseline|compared\s+(?:with|to)|vs\.?"
    r"|versus)\b",
    re.IGNORECASE,
)
_NOW: Final = re.compile(
    r"\b(?:now|currently|today|(?<!compared\s)to)\b|->|\N{RIGHTWARDS ARROW}", re.IGNORECASE
)
_JOINED: Final = re.compile(
    r"(?:[\s,;(:~)>-]|\b(?:19|20)\d\d\b|\N{RIGHTWARDS ARROW}|\b(?:previous|previously|formerly|prior|earlier"
    r"|was|is|from|last|baseline|compared|with|to|"
    r"vs|versus|now|currently|today|on|the|a|in|at|and|up|down|study|echo|tte|value|of|it|has|improved"
    r"|increased|"
    r"decreased|worsened)\b\.?)*",
    re.IGNORECASE,
)
_UP_FROM: Final = re.compile(
    r"\b(?:up|down|previously|formerly|prior|earlier)\s*(?:from|of|was|:)?\s*$", re.I
)
_OF_THE_HEADER: Final = (
    Quantity.HEIGHT, Quantity.WEIGHT, Quantity.BSA, Quantity.BMI, Quantity.HEART_RATE,
    Quantity.SYSTOLIC_BLOOD_PRESSURE, Quantity.DIASTOLIC_BLOOD_PRESSURE,
)  # fmt: skip
_PRESSURE: Final = re.compile(
    r"\b(?:BP|blood\s+pressure)\s*(?:\(\s*mm\s*Hg\s*\))?\s*(?::|of|is|was|=)?\s*"
    r"(?P<systolic>\d{2,3})\s*/\s*(?P<diastolic>\d{2,3})\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Named:
    number: NumberInText
    name: NameInText
    state: TextState


def measurements_of(
    sentence: str, offset: int, heading: str, section: SectionKind
) -> Iterator[MeasurementInText]:
    """Yield the measurements of a sentence in the order of the text.

    Args:
        sentence: The sentence.
        offset: Where it starts in the text.
        heading: The heading above it.
        section: The kind of section that it stands in.
    """
    if not any(map(str.isdigit, sentence)):
        return
    whole = Span(offset, offset + len(sentence))
    is_told = section in (SectionKind.HISTORY, SectionKind.INDICATION)
    found = sorted(
        (*_named_numbers(sentence, heading), *_pressures(sentence)), key=lambda each: each.number.start
    )
    for each in found:
        number, name = each.number, each.name
        place = Span(offset + number.start, offset + number.end)
        read = _read(name.quantity, number.printed, name.unit, place)
        factor = _factor(name.quantity, number.printed, name.unit, read)
        low, high = sorted((number.printed.low * factor, number.printed.high * factor))
        # A header prints height and pressure under the indication; they are of this study.
        is_past = is_told and name.quantity not in _OF_THE_HEADER
        yield MeasurementInText(
            quantity=name.quantity,
            printed=number.printed,
            low=low,
            high=high,
            resolution=abs(factor) * 10.0**-number.decimals,
            measurement=read.measurement if number.printed.value is not None else None,
            state=TextState.HISTORICAL if is_past else each.state,
            is_marked=number.is_marked,
            reference=number.reference,
            span=place,
            name_span=Span(offset + name.start, offset + name.end),
            sentence=whole,
            section=section,
            remark=read.remark,
        )


def _named_numbers(sentence: str, heading: str) -> list[_Named]:
    """Return the numbers that a name claims: one before them, else one directly behind."""
    numbers = [number for number in numbers_of(sentence) if not _is_year(number)]
    if not numbers:
        return []
    words, context = QuantityWords(sentence, heading), SentenceContext(sentence)
    found: list[_Named] = []
    free: list[NumberInText] = []
    ends = [*(number.start for number in numbers[1:]), len(sentence)]
    for number, until in zip(numbers, ends, strict=True):
        earliest = found[-1].number.end if found else 0
        name = words.before(number.start, number.unit, earliest)
        if name is not None:
            state = _state(sentence, context, number, until)
            found.append(_Named(number, name, state))
        elif found and (pair := _other_time(sentence, found[-1], number, context, until)) is not None:
            found[-1:] = pair
        else:
            free.append(number)
    used = {each.name.start for each in found}
    for number in free:
        behind = words.after(number.end, number.unit) if number.unit is not None else None
        if behind is not None and behind.start not in used:
            state = _state(sentence, context, number, len(sentence))
            found.append(_Named(number, behind, state))
    return found


def _is_year(number: NumberInText) -> bool:
    value = number.printed.value
    return number.unit is None and value is not None and value.is_integer() and 1900 <= value < 2100


def _state(sentence: str, context: SentenceContext, number: NumberInText, until: int) -> TextState:
    """Return whether a number is of this study or of another date."""
    is_past = (
        number.is_change == 1
        or _UP_FROM.search(sentence, max(0, number.start - 40), number.start) is not None
    )
    if is_past or context.state_at(number.start, number.end, until=until) is TextState.HISTORICAL:
        return TextState.HISTORICAL
    return TextState.PRESENT


def _other_time(
    sentence: str, first: _Named, number: NumberInText, context: SentenceContext, until: int
) -> tuple[_Named, _Named] | None:
    """Return two numbers of one name when the words between them say which is the older one."""
    between = sentence[first.number.end : number.start]
    unit = number.unit or first.name.unit
    if not _JOINED.fullmatch(between) or unit is not first.name.unit:
        return None
    second = _Named(number, first.name, TextState.PRESENT)
    if number.is_change == 2 or _NOW.search(between):
        return _Named(first.number, first.name, TextState.HISTORICAL), second
    if (
        _PAST.search(between)
        or context.state_at(number.start, number.end, until=until) is TextState.HISTORICAL
    ):
        return first, _Named(number, first.name, TextState.HISTORICAL)
    return (first, second) if first.state is TextState.HISTORICAL else None


def _pressures(sentence: str) -> Iterator[_Named]:
    for match in _PRESSURE.finditer(sentence):
        for part, quantity in (
            ("systolic", Quantity.SYSTOLIC_BLOOD_PRESSURE),
            ("diastolic", Quantity.DIASTOLIC_BLOOD_PRESSURE),
        ):
            printed = PrintedNumber(float(match[part]), float(match[part]))
            number = NumberInText(printed, 0, Unit.MMHG, match.start(part), match.end(part), False, None, 0)
            name = NameInText(quantity, match.start(), match.start("systolic"), Unit.MMHG)
            yield _Named(number, name, TextState.PRESENT)


def _read(quantity: Quantity, printed: PrintedNumber, unit: Unit | None, place: Span) -> Reading:
    """Return the number, or the middle or end of an interval, as a measurement."""
    origin = Provenance(Source.NOTE, f"characters {place.start} to {place.end}")
    ends = [end for end in (printed.low, printed.high) if math.isfinite(end)]
    return read_value(quantity, sum(ends) / len(ends), unit, origin)


def _factor(quantity: Quantity, printed: PrintedNumber, unit: Unit | None, read: Reading) -> float:
    """Return what turns the printed number into canonical units, by the unit as printed or supplied."""
    ends = [end for end in (printed.low, printed.high) if math.isfinite(end)]
    middle = sum(ends) / len(ends)
    if read.measurement is not None and middle:
        return read.measurement.value / middle
    return 1.0 if unit is None else unit.in_base / quantity.unit.in_base
