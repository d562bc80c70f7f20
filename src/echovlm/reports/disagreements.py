"""What a text says against the values of the study that it is about."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final, TypeAlias

from echovlm.clinical.diseases import GRADE_RANK
from echovlm.clinical.findings import Finding, FindingResult, FindingState, Grade
from echovlm.clinical.measurement import Measurement, Quantity
from echovlm.clinical.readers import agree
from echovlm.reports.parse import ParsedReport, parse_report
from echovlm.reports.stated import FindingInText, MeasurementInText, TextState

# "EF" names no method, and laboratories print visual estimates as LVEF: these two may stand for each other.
_EF_FAMILY: Final = (Quantity.LVEF_BIPLANE, Quantity.LVEF_VISUAL)
_ABOUT_FRACTION: Final = 0.1  # what "about" allows, of the value; ours to choose

# A rule's finer word for a degree between two grades: readers use either.
_BETWEEN: Final = {
    "mild to moderate": (Grade.MILD, Grade.MODERATE),
    "progressive, mild or moderate": (Grade.MILD, Grade.MODERATE),
    "moderate to severe": (Grade.MODERATE, Grade.SEVERE),
}

_Said: TypeAlias = FindingInText | MeasurementInText


class DisagreementKind(Enum):
    """In what a text is against the values."""

    STATE = "state"  # one says present, the other absent
    DEGREE = "degree"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A statement that the values contradict.

    Attributes:
        stated: What the text says, with its place.
        known: What contradicts it.
        kind: In what.
        said: What the text says, in our words.
        held: What the values hold against it.
    """

    stated: _Said
    known: FindingResult | Measurement
    kind: DisagreementKind
    said: str
    held: str

    @property
    def about(self) -> Finding | Quantity:
        """The finding or quantity."""
        return self.stated.quantity if isinstance(self.stated, MeasurementInText) else self.stated.finding

    @property
    def sentence(self) -> str:
        """One sentence that says both; its end is the reason of the finding's rule."""
        if isinstance(self.stated, MeasurementInText):
            label = self.stated.quantity.label
            return f"The text gives {label} as {self.said}; the value is {self.held}."
        reason = self.known.reason if isinstance(self.known, FindingResult) else ""
        return f"The text says {self.said}; the values say {self.held}: {reason}"


@dataclass(frozen=True, slots=True)
class Comparison:
    """A text beside the values of its study.

    Attributes:
        compared: How many of its statements are about something that the values know.
        disagreements: Those of them that the values contradict, in the order of the text.
    """

    compared: int
    disagreements: tuple[Disagreement, ...]


class KnownOfStudy:
    """What is known of one study, by finding and by quantity, so that many texts can be compared with it.

    An ejection fraction by any of the methods that a text leaves open stands for all of them.

    Args:
        measurements: The study's values, in any unit; any of several for one quantity may confirm a number.
        findings: The study's findings.
    """

    def __init__(self, measurements: Sequence[Measurement], findings: Sequence[FindingResult]) -> None:
        self._decided = {result.finding: result for result in findings if result.state.is_decided}
        self._values: dict[Quantity, list[Measurement]] = {}
        for measurement in measurements:
            quantities = _EF_FAMILY if measurement.quantity in _EF_FAMILY else (measurement.quantity,)
            for quantity in quantities:
                self._values.setdefault(quantity, []).append(measurement.canonical())

    def find_result(self, finding: Finding) -> FindingResult | None:
        """Return the result that decides a finding; ``None`` when none does."""
        return self._decided.get(finding)

    def find_values(self, quantity: Quantity) -> Sequence[Measurement]:
        """Return the values that a number of this quantity may have, in canonical units."""
        return self._values.get(quantity, ())


def find_disagreements(
    report: str | ParsedReport, measurements: Sequence[Measurement], findings: Sequence[FindingResult]
) -> tuple[Disagreement, ...]:
    """Return what a caption or report says against the values, in the order of the text; see ``compare_text``."""
    return compare_text(report, measurements, findings).disagreements


def compare_text(
    report: str | ParsedReport,
    measurements: Sequence[Measurement],
    findings: Sequence[FindingResult],
    *,
    as_readers: bool = False,
) -> Comparison:
    """Compare what a caption or report states with the values; see ``compare_parsed``.

    Args:
        report: The text, or what was read out of it.
        measurements: The study's values, in any unit; any of several for one quantity may confirm a number.
        findings: The study's findings.
        as_readers: Whether a number may differ as two readers' do; else only as printing rounds.
    """
    parsed = parse_report(report) if isinstance(report, str) else report
    return compare_parsed(parsed, KnownOfStudy(measurements, findings), as_readers=as_readers)


def compare_parsed(parsed: ParsedReport, known: KnownOfStudy, *, as_readers: bool = False) -> Comparison:
    """Compare what was read out of a text with what is known of its study.

    Only statements about this study count, and only against what is known: a finding that no rule could decide, a
    quantity that nobody measured, and a degree that the text leaves open contradict nothing. Values that contradict
    each other are found by ``clinical.find_contradictions``.

    Args:
        parsed: What was read out of the text.
        known: The study's values and findings.
        as_readers: Whether a number may differ as two readers' do; else only as printing rounds.
    """
    compared = 0
    found: list[Disagreement] = []
    for finding in parsed.findings:
        result = known.find_result(finding.finding)
        if result is None or finding.state is TextState.HISTORICAL:
            continue
        compared += 1
        kind = _contradiction(finding, result)
        if kind is not None:
            found.append(Disagreement(finding, result, kind, *_words(finding, result)))
    for stated in parsed.measurements:
        values = known.find_values(stated.quantity)
        if stated.state is not TextState.PRESENT or not values:
            continue
        compared += 1
        if not any(_allows(stated, m) or (as_readers and _is_near(stated, m)) for m in values):
            found.append(
                Disagreement(stated, values[0], DisagreementKind.NUMBER, *_numbers(stated, values[0]))
            )
    return Comparison(compared, tuple(sorted(found, key=lambda each: each.stated.span.start)))


def _contradiction(stated: FindingInText, result: FindingResult) -> DisagreementKind | None:
    is_there = result.state is FindingState.PRESENT
    known = _known_ranks(result)
    exceeds = stated.at_most is not None and bool(known) and min(known) > GRADE_RANK[stated.at_most]
    if stated.at_most is not None or stated.state is TextState.UNCERTAIN:
        return DisagreementKind.DEGREE if exceeds else None
    if stated.state is TextState.ABSENT:
        return DisagreementKind.STATE if is_there else None
    if stated.grade is Grade.NORMAL:  # "trace regurgitation": seen, and nothing that a rule calls a finding
        return DisagreementKind.DEGREE if known and min(known) > GRADE_RANK[Grade.MILD] else None
    if not is_there:
        return DisagreementKind.STATE
    return DisagreementKind.DEGREE if known and not _fits(stated, known) else None


def _known_ranks(result: FindingResult) -> set[int]:
    """Return the ranks that a result may have; none where its grade is one that no word of a reader names."""
    if result.state is not FindingState.PRESENT:
        return {GRADE_RANK[Grade.NORMAL]}
    grades = _BETWEEN.get(result.label, (result.grade,))
    return {GRADE_RANK[grade] for grade in grades if grade in GRADE_RANK}


def _fits(stated: FindingInText, known: set[int]) -> bool:
    """Return whether the degree that a text gives can be one of the known ranks; readers call small effusions mild."""
    if stated.at_least is not None:
        return max(known) >= GRADE_RANK[stated.at_least]
    return stated.severity is None or bool({GRADE_RANK[grade] for grade in stated.severity.grades} & known)


def _is_near(stated: MeasurementInText, known: Measurement) -> bool:
    """Return whether a value lies no further from what the text leaves open than two readers' values do."""
    return agree(known, replace(known, value=min(max(known.value, stated.low), stated.high)))


def _allows(stated: MeasurementInText, known: Measurement) -> bool:
    """Return whether a value may have been printed so: within the interval, widened by half its last digit."""
    end = stated.low if math.isfinite(stated.low) else stated.high
    slack = 0.5 * stated.resolution
    if stated.printed.approximate:
        slack = max(slack, _ABOUT_FRACTION * abs(end))
    value = known.value
    tiny = 1e-9 * max(1.0, abs(value))
    return stated.low - slack - tiny <= value <= stated.high + slack + tiny


def _words(stated: FindingInText, result: FindingResult) -> tuple[str, str]:
    """Return what a text and what the values say of a finding."""
    degree = f"{stated.severity.key.replace('_', ' ')} " if stated.severity is not None else ""
    grade = f" ({result.grade.value})" if result.grade is not None else ""
    return f"{degree}{stated.finding.words} {stated.state.value}", f"{result.state.value}{grade}"


def _numbers(stated: MeasurementInText, known: Measurement) -> tuple[str, str]:
    """Return the number or the interval of a text, and the value."""
    low, high, unit = stated.low, stated.high, stated.quantity.unit.symbol
    shown = f"{low:g}" if low == high else f"{low:g} to {high:g}"
    if not math.isfinite(low) or not math.isfinite(high):
        shown = f"at most {high:g}" if math.isfinite(high) else f"at least {low:g}"
    return f"{shown} {unit}", f"{known.value:g} {unit}"
