"""From the measurements of a study to its findings, each with the rule and the values that decided it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from echovlm.clinical.findings import Finding, FindingResult, FindingState, Grade
from echovlm.clinical.guidelines.rule import Rule
from echovlm.clinical.guidelines.table import rules_for
from echovlm.clinical.measurement import Measurement, Quantity
from echovlm.clinical.patient import Sex

# Per finding: its rules in groups of equal precedence, best first.
_RULE_GROUPS: Final = {
    finding: tuple(tuple(group) for _, group in groupby(rules_for(finding), key=lambda rule: rule.precedence))
    for finding in Finding
}

_GRADES_APART: Final = 2  # indexed and absolute size this far apart are said to disagree


@dataclass(frozen=True, slots=True)
class _Inputs:
    """The first plausible value of each quantity in its canonical unit, and the implausible ones."""

    usable: Mapping[Quantity, Measurement]
    implausible: Mapping[Quantity, Measurement]


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What one rule says of one value for one sex."""

    rule: Rule
    measurement: Measurement
    grade: Grade
    severity: int  # index of the band; 0 is normal


def grade_study(measurements: Sequence[Measurement], *, sex: Sex | None) -> tuple[FindingResult, ...]:
    """Grade every finding from the measurements of one study.

    Values are rounded to the rule's resolution before banding. When several rules could decide, the one of
    highest precedence that has its input does. Rules of equal precedence (septum and posterior wall) are
    judged together: one abnormal value is enough, and absence needs all of them, because a normal septum says
    nothing of a posterior wall that nobody measured. Without a sex a finding is kept only when both sexes
    have the same grade. A value outside the plausible range counts as missing.

    Args:
        measurements: Given and derived values, any unit; of several for one quantity the first counts.
        sex: The patient's sex, if known.

    Returns:
        One result per finding, in the order of ``Finding``.
    """
    inputs = _collect(measurements)
    return tuple(_grade_finding(finding, inputs, sex) for finding in Finding)


def _collect(measurements: Sequence[Measurement]) -> _Inputs:
    usable: dict[Quantity, Measurement] = {}
    implausible: dict[Quantity, Measurement] = {}
    for measurement in measurements:
        quantity = measurement.quantity
        if quantity in usable:
            continue
        value = measurement if measurement.unit is quantity.unit else measurement.canonical()
        fits = quantity.lowest <= value.value <= quantity.highest
        (usable if fits else implausible).setdefault(quantity, value)
    return _Inputs(usable, implausible)


def _grade_finding(finding: Finding, inputs: _Inputs, sex: Sex | None) -> FindingResult:
    groups = _RULE_GROUPS[finding]
    chosen = next((g for g in groups if any(rule.quantity in inputs.usable for rule in g)), None)
    if chosen is None:
        return _not_assessed(finding, (), _missing_reason(finding, inputs))
    known = tuple((rule, inputs.usable[rule.quantity]) for rule in chosen if rule.quantity in inputs.usable)
    evidence = tuple(measurement for _, measurement in known)
    if sex is None and any(rule.needs_sex for rule in chosen):
        men, women = _worst(known, Sex.MALE), _worst(known, Sex.FEMALE)
        if men.grade is not women.grade:
            return _not_assessed(finding, evidence, _sex_reason(men, women))
        worst = men
    else:
        worst = _worst(known, sex or Sex.FEMALE)
    missing = [rule for rule in chosen if rule.quantity not in inputs.usable]
    if worst.severity == 0 and missing:
        return _not_assessed(finding, evidence, _half_normal_reason(worst, missing, sex))
    return FindingResult(
        finding=finding,
        state=FindingState.PRESENT if worst.severity else FindingState.ABSENT,
        grade=worst.grade,
        rule_id=worst.rule.id,
        evidence=evidence,
        reason=_reason(worst, known, sex) + _disagreement(worst, inputs, sex) + ".",
    )


def _worst(known: Sequence[tuple[Rule, Measurement]], sex: Sex) -> _Verdict:
    """Return the most severe verdict of rules that are judged together; the first when equal."""
    verdicts = [_verdict(rule, measurement, sex) for rule, measurement in known]
    return max(verdicts, key=lambda verdict: verdict.severity)


def _verdict(rule: Rule, measurement: Measurement, sex: Sex) -> _Verdict:
    band = rule.band(measurement.value, sex)
    return _Verdict(rule, measurement, band.grade, rule.bands.of(sex).index(band))


def _not_assessed(finding: Finding, evidence: tuple[Measurement, ...], reason: str) -> FindingResult:
    return FindingResult(finding, FindingState.NOT_ASSESSED, None, None, evidence, reason)


def _shown(rule: Rule, value: float) -> str:
    """Return a value of the rule's quantity at the rule's resolution, with its unit."""
    digits = 0 if rule.resolution >= 1 else 1
    return f"{rule.rounded(value):.{digits}f} {rule.quantity.unit.symbol}"


def _comparison(rule: Rule, measurement: Measurement, sex: Sex | None, *, beyond: bool) -> str:
    """Return ``LVIDd 6.0 cm is above 5.8 cm (men)``."""
    sexes = (sex,) if sex is not None or not rule.needs_sex else (Sex.MALE, Sex.FEMALE)
    limits = " and ".join(
        _shown(rule, rule.limit(s).value) + (f" ({s.plural})" if s is not None and rule.needs_sex else "")
        for s in sexes
    )
    verb = "is" if beyond else "is not"
    side = rule.limit(sexes[0]).side.value
    return f"{rule.quantity.label} {_shown(rule, measurement.value)} {verb} {side} {limits}"


def _reason(worst: _Verdict, known: Sequence[tuple[Rule, Measurement]], sex: Sex | None) -> str:
    """Return the deciding comparison, or all of them when it took all to call the finding absent."""
    if worst.severity:
        compared = _comparison(worst.rule, worst.measurement, sex, beyond=True)
    else:
        compared = " and ".join(_comparison(rule, value, sex, beyond=False) for rule, value in known)
    return f"{compared}, {worst.grade.value}: {worst.rule.document.name}"


def _disagreement(worst: _Verdict, inputs: _Inputs, sex: Sex | None) -> str:
    """Return a remark when a rule of lower precedence is two or more grades away; empty otherwise."""
    if sex is None and worst.rule.needs_sex:
        return ""
    for rule in rules_for(worst.rule.finding):
        measurement = inputs.usable.get(rule.quantity)
        if (
            measurement is None
            or rule.precedence <= worst.rule.precedence
            or (sex is None and rule.needs_sex)
        ):
            continue
        other = _verdict(rule, measurement, sex or Sex.FEMALE)
        if abs(other.severity - worst.severity) >= _GRADES_APART:
            shown = f"{rule.quantity.label} {_shown(rule, measurement.value)}"
            return f"; {shown} alone would be {other.grade.value}, discordant"
    return ""


def _missing_reason(finding: Finding, inputs: _Inputs) -> str:
    rules = rules_for(finding)
    wrong = [inputs.implausible[rule.quantity] for rule in rules if rule.quantity in inputs.implausible]
    if wrong:
        quantity = wrong[0].quantity
        allowed = f"{quantity.lowest:g} to {quantity.highest:g} {quantity.unit.symbol}"
        shown = f"{wrong[0].value:g} {quantity.unit.symbol}"
        return f"{quantity.label} of {shown} is implausible (allowed {allowed})."
    labels = [rule.quantity.label for rule in rules]
    return f"Not measured: {' or '.join(labels)}."


def _sex_reason(men: _Verdict, women: _Verdict) -> str:
    rule, measurement = men.rule, men.measurement
    shown = f"{rule.quantity.label} {_shown(rule, measurement.value)}"
    return f"Sex is unknown, and {shown} is {men.grade.value} in men but {women.grade.value} in women."


def _half_normal_reason(worst: _Verdict, missing: Sequence[Rule], sex: Sex | None) -> str:
    compared = _comparison(worst.rule, worst.measurement, sex, beyond=False)
    return f"{compared}, but {' and '.join(rule.quantity.label for rule in missing)} is not measured."
