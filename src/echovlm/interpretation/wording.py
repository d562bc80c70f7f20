"""How the report prints numbers, units, structures and states."""

from typing import Final

from echovlm.clinical.anatomy import Structure
from echovlm.clinical.findings import Finding, FindingResult, FindingState, Grade
from echovlm.clinical.guidelines import round_half_up
from echovlm.clinical.measurement import Quantity
from echovlm.clinical.units import Unit
from echovlm.clinical.views import Mode, View
from echovlm.interpretation.study import Review

STRUCTURE_WORDS: Final = {
    Structure.LV: "LV cavity",
    Structure.LV_MYOCARDIUM: "LV myocardium",
    Structure.LA: "Left atrium",
    Structure.RV: "Right ventricle",
    Structure.RA: "Right atrium",
    Structure.AORTA: "Aorta",
    Structure.EFFUSION: "Effusion",
}

STATE_WORDS: Final = {
    FindingState.PRESENT: "Present",
    FindingState.ABSENT: "Normal",
    FindingState.INDETERMINATE: "Indeterminate",
    FindingState.DISCORDANT: "Discordant",
    FindingState.NOT_APPLICABLE: "Not applicable",
    FindingState.NOT_ASSESSED: "Not assessed",
}

# What a laboratory prints: millimetre for lengths, whole numbers for volumes and fractions.
_DECIMALS: Final = {
    Unit.CM: 1,
    Unit.CM2: 1,
    Unit.RATIO: 2,
    Unit.M2: 2,
    Unit.KG: 1,
    Unit.M_PER_S: 1,
    Unit.CM_PER_M2: 1,
}


def format_number(value: float, unit: Unit) -> str:
    """Return a number with the decimals that its unit is reported with, halves up."""
    decimals = _DECIMALS.get(unit, 0)
    return f"{round_half_up(value, 10.0**-decimals):.{decimals}f}"


def format_unit(unit: Unit) -> str:
    """Return a unit as it is printed, with real exponents and nothing for a bare ratio."""
    return "" if unit is Unit.RATIO else unit.symbol.replace("m2", "m²")


def format_percent(probability: float) -> str:
    """Return a probability as a whole percentage; 100 % and 0 % are kept for certainty."""
    if 0.0 < probability < 0.005:
        return "<1%"
    if 0.995 <= probability < 1.0:
        return ">99%"
    return f"{100 * probability:.0f}%"


def name_place(view: View, mode: Mode) -> str:
    """Return a view and its mode, which goes without saying when it is plain B-mode."""
    return view.abbreviation if mode is Mode.B else f"{view.abbreviation} {mode.words}"


def sentence_case(text: str) -> str:
    """Return ``text`` with its first letter in upper case and the rest, abbreviations included, as it was."""
    return text[:1].upper() + text[1:]


def name_result(result: FindingResult) -> str:
    """Return a finding as a heading: ``No aortic root dilation`` when it is absent."""
    words = result.finding.words
    return f"No {words}" if result.state is FindingState.ABSENT else sentence_case(words)


def name_about(about: Finding | Quantity) -> str:
    """Return what a contradiction is about."""
    return about.label if isinstance(about, Quantity) else sentence_case(about.words)


def tell_review(review: Review) -> str:
    """Return one sentence on how many statements hold."""
    against = review.against
    if not review.compared:
        return f"Nothing in the report could be compared with {against}."
    found = count(len(review.contradicted), "contradiction") if review.contradicted else "no contradiction"
    return f"{sentence_case(count(review.compared, 'statement'))} compared with {against}: {found}."


def name_grade(result: FindingResult) -> str:
    """Return the severity to print after a finding, ``, mild``; nothing where the rule has no partition."""
    graded = result.state is FindingState.PRESENT and result.grade not in (None, Grade.ABNORMAL)
    return f", {result.grade.value}" if graded and result.grade else ""


def join_words(words: list[str], *, last: str = "and") -> str:
    """Return ``a``, ``a and b``, or ``a, b and c``; ``last`` is the word before the last one."""
    return f"{', '.join(words[:-1])} {last} {words[-1]}" if len(words) > 1 else "".join(words)


def count(n: int, noun: str) -> str:
    """Return ``1 clip`` or ``3 clips``."""
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"
