"""From measured values to findings, each with its rule, its limit and the frames behind it."""

from collections.abc import Sequence

from echovlm.clinical import (
    CORE_FINDINGS,
    FindingResult,
    Guideline,
    Measurement,
    Rule,
    Sex,
    find_rule,
    grade_study,
    guideline_by_id,
)
from echovlm.interpretation.study import Evidence, NormalLimit, ReportedFinding, ReportedMeasurement


def find_limit(measurement: Measurement, sex: Sex | None) -> NormalLimit | None:
    """Return a measurement's normal limit, ``None`` without a rule or without the sex that the rule needs."""
    rule = find_rule(measurement.quantity)
    if rule is None or (sex is None and rule.needs_sex):
        return None
    limit = rule.limit(sex)
    return NormalLimit(
        value=float(limit.value),
        unit=rule.quantity.unit,
        abnormal_above=limit.side.sign > 0,
        beyond=limit.is_beyond(rule.rounded(measurement.canonical().value)),
        rule_id=rule.id,
        source=cite_rule(rule),
    )


def cite_rule(rule: Guideline) -> str:
    """Return where a rule stands, with its year and how far the number was checked."""
    return rule.cited


def _deciding(result: FindingResult, rule: Guideline | None) -> Measurement | None:
    """Return the measurement that a rule bands, or the first one that an algorithm used."""
    if rule is None or not result.state.is_decided:
        return None
    banded = (m for m in result.evidence if not isinstance(rule, Rule) or m.quantity is rule.quantity)
    return next(banded, None)


def report_findings(
    measurements: Sequence[ReportedMeasurement], *, sex: Sex | None
) -> tuple[ReportedFinding, ...]:
    """Grade every finding from the reported measurements.

    Args:
        measurements: Measured, stated and derived values.
        sex: The patient's sex, if known.
    """
    frames = {
        reported.measurement.quantity: tuple(e for value in reported.values for e in value.evidence)
        for reported in measurements
    }
    findings = []
    values = [reported.measurement for reported in measurements]
    for result in grade_study(values, sex=sex, findings=CORE_FINDINGS):
        rule = guideline_by_id(result.rule_id) if result.rule_id else None
        deciding = _deciding(result, rule)
        evidence = tuple(e for m in result.evidence for e in frames.get(m.quantity, ()))
        if rule:
            evidence += (Evidence(None, None, f"rule {rule.id}"),)
        findings.append(
            ReportedFinding(
                result=result,
                deciding=deciding,
                limit=find_limit(deciding, sex) if deciding else None,
                source=cite_rule(rule) if rule else None,
                evidence=tuple(dict.fromkeys(evidence)),
            )
        )
    return tuple(findings)
