"""Printed numbers in running text: single ones, ranges and bounds, with their unit and the laboratory's range."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final, NamedTuple

from echovlm.clinical.printed import PrintedNumber, parse_printed
from echovlm.clinical.units import Unit, parse_unit

# Left out are units that are also words or letters of text: "in", "s", "l", "g" and "y".
_UNIT_WORDS: Final = (
    *(u.symbol for u in Unit if len(u.symbol) > 1 and u.symbol not in ("in", "ratio", "index", "fraction")),
    "%", "percent", "cc", "mm Hg", "msec", "msecs", "m/sec", "cm/sec", "cm^2", "mm^2", "m^2", "ml/m^2", "g/m^2",
    "cm/m^2", "cm2/m^2", "cm^2/m^2", "l/min/m^2", "kg/m^2", "lbs", "inches", "beats/min", "yrs", "sec",
)  # fmt: skip
_UNIT: Final = (
    r"(?:"
    + "|".join(re.escape(w).replace(r"\ ", r"\s*") for w in sorted(_UNIT_WORDS, key=len, reverse=True))
    + r")(?![\w/^])"
)
_BOUND: Final = (
    r"(?:>=|<=|=>|=<|\N{GREATER-THAN OR EQUAL TO}|\N{LESS-THAN OR EQUAL TO}|[<>]"
    r"|\b(?:at\s+least|at\s+most|up\s+to|greater\s+than|more\s+than|less\s+than|over|above|under|below)\b)"
)
_ABOUT: Final = (
    r"(?:~|\N{ALMOST EQUAL TO}|\b(?:approximately|approx\.?|about|around|roughly"
    r"|estimated(?:\s+(?:at|to\s+be))?)(?!\w))"
)
_DIGITS: Final = r"(?:\d{1,8}(?:\.\d{1,8})?|\.\d{1,8})"
_NUMBER: Final = re.compile(
    rf"(?:(?P<about>{_ABOUT})\s*)?(?:(?P<bound>{_BOUND})\s*)?(?P<between>\bbetween\s+)?"
    rf"(?<![\w.])(?P<low>(?:(?<![\w)])[-+])?{_DIGITS})(?:\s*(?P<unit_low>{_UNIT}))?"
    rf"(?:\s*(?:(?:-|\N{{EN DASH}})|\bto\b|(?(between)\band\b"
    rf"|(?!)))\s*(?P<high>{_DIGITS})(?:\s*(?P<unit_high>{_UNIT}))?)?"
    r"(?![\w+]|\s*[-/]\s*\d|\.\d)",
    re.IGNORECASE,
)
_CHANGED_FROM: Final = re.compile(
    r"\b(?:improv|increas|decreas|declin|drop|fell|fall|worsen|chang|reduc|recover|progress|rose|risen"
    r"|went)\w*\s+(?:\w+\s+){0,2}?from\s*$",
    re.IGNORECASE,
)
# The laboratory's range stands in brackets, or behind two blanks in a table.
_RANGE_AFTER: Final = re.compile(
    rf"(?:\s{{2,}}|\s+(?={_BOUND})|(?<=[A-Za-z%])\s+(?={_DIGITS}\s*-)|\s*[(\[]\s*(?:(?:nl|normal|ref\w*)(?:\s+range)?[:\s]*)?)"
    rf"(?P<range>{_BOUND}\s*{_DIGITS}|{_DIGITS}\s*(?:-|\N{{EN DASH}}|\bto\b)\s*{_DIGITS})\s*(?:{_UNIT})?",
    re.IGNORECASE,
)
_RANGE_BEFORE: Final = re.compile(r"[(\[]\s*(?:nl|normal|ref\w*)\b[^()\[\]]*$", re.IGNORECASE)
_YEAR: Final = re.compile(r"(?:19|20)\d\d")
_MARK_BEHIND: Final = re.compile(r"\s?\*(?!\*)")
_BEFORE: Final = 60  # characters before a number that may tell what it is
_MARK_BEFORE: Final = re.compile(r"(?<!\*)\*\s*$")


class NumberInText(NamedTuple):
    """A number that a sentence prints.

    Attributes:
        printed: What it states.
        decimals: How many digits stand after its point.
        unit: Its unit, if one is printed.
        start: Where it starts in the sentence, asterisk and bound included.
        end: Where it ends, unit included.
        is_marked: Whether an asterisk marks it.
        reference: The laboratory's range behind it.
        is_change: Whether it is the first or second of "from 30% to 50%": 1, 2, else 0.
    """

    printed: PrintedNumber
    decimals: int
    unit: Unit | None
    start: int
    end: int
    is_marked: bool
    reference: PrintedNumber | None
    is_change: int


def numbers_of(sentence: str) -> Iterator[NumberInText]:
    """Yield the numbers of a sentence; the laboratory's range belongs to the number before it."""
    begin = 0
    while (match := _NUMBER.search(sentence, begin)) is not None:
        begin, near = match.end(), max(0, match.start() - _BEFORE)
        if _RANGE_BEFORE.search(sentence, near, match.start()):
            continue
        if match["high"] and _CHANGED_FROM.search(sentence, near, match.start()):
            yield from _change(sentence, match)
            continue
        unit_text = match["unit_high"] or match["unit_low"] or ""
        text = f"{_plain(match['bound'])} {match['low']}" + (f" - {match['high']}" if match["high"] else "")
        printed = parse_printed(text)
        if printed is None:
            # "From 60% in 2014 to 35%" is no range of a year.
            begin = match.start("high") if _YEAR.fullmatch(match["low"]) else begin
            continue
        printed = replace(printed, approximate=match["about"] is not None, unit_text=unit_text)
        marked = _MARK_BEFORE.search(sentence, near, match.start())
        behind = _MARK_BEHIND.match(sentence, match.end())
        end = behind.end() if behind else match.end()
        reference, begin = _reference(sentence, end) if match["bound"] is None else (None, end)
        is_marked = marked is not None or behind is not None
        decimals = max(_decimals(match["low"]), _decimals(match["high"] or ""))
        yield NumberInText(
            printed, decimals, _unit(unit_text), match.start(), match.end(), is_marked, reference, 0
        )


def _change(sentence: str, match: re.Match[str]) -> Iterator[NumberInText]:
    unit_text = match["unit_high"] or match["unit_low"] or ""
    for part, place in (("low", 1), ("high", 2)):
        printed = parse_printed(match[part])
        if printed is not None:
            end = match.end(f"unit_{part}") if match[f"unit_{part}"] else match.end(part)
            unit, decimals = _unit(unit_text), _decimals(match[part])
            yield NumberInText(printed, decimals, unit, match.start(part), end, False, None, place)


def _reference(sentence: str, end: int) -> tuple[PrintedNumber | None, int]:
    match = _RANGE_AFTER.match(sentence, end)
    if match is None:
        return None, end
    return parse_printed(" ".join(match["range"].lower().split())), match.end()


def _decimals(digits: str) -> int:
    return len(digits.partition(".")[2])


def _plain(text: str | None) -> str:
    return " ".join((text or "").lower().split())


def _unit(text: str) -> Unit | None:
    plain = _plain(text)
    if plain == "mmhg":
        return Unit.MMHG
    return parse_unit(plain) if plain else None
