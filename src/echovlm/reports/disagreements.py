"""What a text says against the values of the study that it is about."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from echovlm.clinical.findings import Finding, FindingResult, FindingState, Grade
from echovlm.clinical.measurement import Measurement, Quantity
from echovlm.reports.parse import ParsedReport, parse_report
from echovlm.reports.severity import Severity
from echovlm.reports.stated import FindingInText, MeasurementInText, TextState

# "EF" names no method, and laboratories print visual estimates as LVEF: these two may stand for each other.
_EF_FAMILY: Final = (Quantity.LVEF_BIPLANE, Quantity.LVEF_VISUAL)
_ABOUT_FRACTION: Final = 0.1  # what "about" allows, of the value; ours to choose

_GRADES: Final = {
    Severity.MILD_TO_MODERATE: (Grade.MILD, Grade.MODERATE),
    Severity.MODERATE_TO_SEVERE: (Grade.MODERATE, Grade.SEVERE),
}
# A rule's finer word for a degree between two grades: readers use either.
_BETWEEN: Final = {
    "mild to moderate": (Grade.MILD, Grade.MODERATE),
    "moderate to severe": (Grade.MODERATE, Grade.SEVERE),
}
# Grades that no word of a reader names, so no word can contradict them.
_WITHOUT_WORD: Final = (Grade.ABNORMAL, Grade.BORDERLINE)

_Said: TypeAlias = FindingInText | MeasurementInText


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A statement that the values contradict.

    Attributes:
        stated: What the text says, with its place.
        known: What contradicts it.
        sentence: One sentence that says so.
    """

    stated: _Said
    known: FindingResult | Measurement
    sentence: str


def find_disagreements(
    report: str | ParsedReport, measurements: Sequence[Measurement], findings: Sequence[FindingResult]
) -> tuple[Disagreement, ...]:
    """Return what a caption or report says against the values, in the order of the text.

    Only statements about this study count, and only against what is known: a finding that no rule could decide, a
    quantity that nobody measured, and a degree that the text leaves open contradict nothing. Values that contradict
    each other are found by ``clinical.find_contradictions``.

    Args:
        report: The text, or what was read out of it.
        measurements: The study's values, in any unit; any of several for one quantity may confirm a number.
        findings: The study's findings.
    """
    parsed = parse_report(report) if isinstance(report, str) else report
    results = {result.finding: result for result in findings if result.state.is_decided}
    found: list[Disagreement] = []
    for finding in parsed.findings:
        result = results.get(finding.finding)
        if result is not None and _contradicts(finding, result):
            found.append(Disagreement(finding, result, _finding_sentence(finding, result)))
    for stated in parsed.measurements:
        known = [m.canonical() for m in measurements if _is_same(m.quantity, stated.quantity)]
        if stated.state is TextState.PRESENT and known and not any(_allows(stated, m.value) for m in known):
            found.append(Disagreement(stated, known[0], _number_sentence(stated, known[0])))
    return tuple(sorted(found, key=lambda each: each.stated.span.start))


def _contradicts(stated: FindingInText, result: FindingResult) -> bool:
    is_there = result.state is FindingState.PRESENT
    if stated.state is TextState.ABSENT:
        return is_there
    if stated.state is not TextState.PRESENT:
        return False
    if stated.grade is Grade.NORMAL:  # "trace regurgitation": seen, and nothing that a rule calls a finding
        return is_there and result.grade not in (Grade.MILD, *_WITHOUT_WORD, None)
    if not is_there:
        return True
    if stated.severity is None or result.grade is None or result.grade in _WITHOUT_WORD:
        return False
    said = _GRADES.get(stated.severity, (stated.grade,))
    known = _BETWEEN.get(result.label, (result.grade,))
    return not {_without_size(grade, stated.finding) for grade in said if grade is not None} & {
        _without_size(grade, stated.finding) for grade in known
    }


def _without_size(grade: Grade, finding: Finding) -> Grade:
    """Return a grade with small and large as mild and severe, for readers use either words of an effusion."""
    if finding is not Finding.PERICARDIAL_EFFUSION:
        return grade
    return {Grade.SMALL: Grade.MILD, Grade.LARGE: Grade.SEVERE}.get(grade, grade)


def _is_same(one: Quantity, other: Quantity) -> bool:
    return one is other or (one in _EF_FAMILY and other in _EF_FAMILY)


def _allows(stated: MeasurementInText, value: float) -> bool:
    """Return whether a value may have been printed so: within the interval, widened by half its last digit."""
    end = stated.low if math.isfinite(stated.low) else stated.high
    slack = 0.5 * stated.resolution
    if stated.printed.approximate:
        slack = max(slack, _ABOUT_FRACTION * abs(end))
    tiny = 1e-9 * max(1.0, abs(value))
    return stated.low - slack - tiny <= value <= stated.high + slack + tiny


def _finding_sentence(stated: FindingInText, result: FindingResult) -> str:
    degree = f"{stated.severity.key.replace('_', ' ')} " if stated.severity is not None else ""
    grade = f" ({result.grade.value})" if result.grade is not None else ""
    return (
        f"The text says {degree}{stated.finding.words} {stated.state.value}; "
        f"the values say {result.state.value}{grade}: {result.reason}"
    )


def _number_sentence(stated: MeasurementInText, known: Measurement) -> str:
    low, high, unit = stated.low, stated.high, stated.quantity.unit.symbol
    shown = f"{low:g}" if low == high else f"{low:g} to {high:g}"
    return f"The text gives {stated.quantity.label} as {shown} {unit}; the value is {known.value:g} {unit}."
