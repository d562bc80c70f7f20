"""From the measurements of a study to its findings, each with the rule and the values that decided it."""

from collections.abc import Sequence
from functools import cache
from itertools import groupby
from typing import Final, TypeAlias

from echovlm.clinical.context import UNKNOWN_CONTEXT, StudyContext
from echovlm.clinical.documents import Profile
from echovlm.clinical.findings import Finding, FindingResult, FindingState
from echovlm.clinical.guidelines.algorithm import Algorithm, Decision
from echovlm.clinical.guidelines.banding import grade_by_bands
from echovlm.clinical.guidelines.gates import closed_gate
from echovlm.clinical.guidelines.rule import Rule
from echovlm.clinical.guidelines.study import Study
from echovlm.clinical.guidelines.table import algorithms_for, rules_for
from echovlm.clinical.guidelines.wording import labels
from echovlm.clinical.measurement import Measurement, Quantity
from echovlm.clinical.patient import Sex

_Step: TypeAlias = tuple[Rule, ...] | Algorithm
_EVERY: Final = tuple(Finding)


@cache
def _steps(finding: Finding, profile: Profile) -> tuple[_Step, ...]:
    """Return what is asked of a finding, in order: algorithms, and groups of rules of equal precedence."""
    steps: list[tuple[int, _Step]] = [(each.precedence, each) for each in algorithms_for(finding, profile)]
    rules = rules_for(finding, profile)
    steps += [(rank, tuple(group)) for rank, group in groupby(rules, key=lambda rule: rule.precedence)]
    return tuple(step for _, step in sorted(steps, key=lambda item: item[0]))


@cache
def _findings_of(profile: Profile) -> dict[Quantity, tuple[Finding, ...]]:
    """Return which findings use a quantity, so that a study asks only what its values can answer."""
    using: dict[Quantity, list[Finding]] = {}
    for finding in Finding:
        for quantity in {q for step in _steps(finding, profile) for q in _quantities(step)}:
            using.setdefault(quantity, []).append(finding)
    return {quantity: tuple(found) for quantity, found in using.items()}


def grade_study(
    measurements: Sequence[Measurement],
    *,
    sex: Sex | None,
    context: StudyContext = UNKNOWN_CONTEXT,
    profile: Profile = Profile.BASELINE,
    findings: Sequence[Finding] = _EVERY,
) -> tuple[FindingResult, ...]:
    """Grade findings from the measurements of one study.

    Values are rounded to the rule's resolution before banding. When several rules could decide, the one of
    highest precedence that has its inputs does. Rules of equal precedence (septum and posterior wall) are
    judged together: one abnormal value is enough, and absence needs all of them, because a normal septum says
    nothing of a posterior wall that nobody measured. Without a sex a finding is kept only when both sexes
    have the same grade. A value outside the plausible range counts as missing.

    Args:
        measurements: Given and derived values, any unit; of several for one quantity the first counts.
        sex: The patient's sex, if known.
        context: Rhythm, prostheses and signs; what is unknown closes no gate.
        profile: The generation of guidelines; a finding is never judged by two of them.
        findings: What to judge.

    Returns:
        One result per finding, in the order of ``findings``.
    """
    study = Study.collect(measurements, sex=sex, context=context)
    if context is not UNKNOWN_CONTEXT:
        return tuple(_grade_finding(finding, study, profile) for finding in findings)
    using = _findings_of(profile)
    given = (*study.usable, *study.implausible)
    touched = {finding for quantity in given for finding in using.get(quantity, ())}
    return tuple(
        _grade_finding(finding, study, profile) if finding in touched else _nothing_measured(finding, profile)
        for finding in findings
    )


def _grade_finding(finding: Finding, study: Study, profile: Profile) -> FindingResult:
    shut: tuple[_Step, str] | None = None
    partial: FindingResult | None = None
    is_open = False
    for step in _steps(finding, profile):
        gates = step.gates if isinstance(step, Algorithm) else step[0].gates
        gate = closed_gate(gates, study.context)
        if gate is not None:
            shut = shut or (step, gate.words)
            continue
        is_open = True
        result = (
            _by_algorithm(step, study) if isinstance(step, Algorithm) else _by_bands(step, study, profile)
        )
        if result is not None and result.state is not FindingState.NOT_ASSESSED:
            return result
        partial = partial or result
    if partial is not None:
        return partial
    if shut is not None and not is_open:
        return _not_applicable(finding, *shut)
    return _missing(finding, study, profile)


def _by_bands(group: tuple[Rule, ...], study: Study, profile: Profile) -> FindingResult | None:
    return grade_by_bands(group, study, others=rules_for(group[0].finding, profile))


def _by_algorithm(algorithm: Algorithm, study: Study) -> FindingResult | None:
    """Return what an algorithm says, for both sexes when the sex decides and is unknown."""
    if study.sex is not None or not algorithm.needs_sex:
        decision = algorithm.decide(study)
        return None if decision is None else _result(algorithm, study, decision)
    men, women = (algorithm.decide(study.of(sex)) for sex in (Sex.MALE, Sex.FEMALE))
    if men is None or women is None:
        return None
    if (men.state, men.grade, men.label) == (women.state, women.grade, women.label):
        return _result(algorithm, study, men)
    said = [d.label or (d.grade.value if d.grade else d.state.value) for d in (men, women)]
    reason = f"sex is unknown, and this is {said[0]} in men but {said[1]} in women"
    return _result(algorithm, study, Decision(FindingState.INDETERMINATE, reason=reason))


def _result(algorithm: Algorithm, study: Study, decision: Decision) -> FindingResult:
    used = [part for part in algorithm.parts if part.quantity in study.usable]
    quantities = algorithm.quantities
    word = decision.label or (decision.grade.value if decision.grade else decision.state.value)
    reason = f"{decision.reason}, {word}" if decision.reason else word
    return FindingResult(
        finding=algorithm.finding,
        state=decision.state,
        grade=decision.grade if decision.state.is_decided else None,
        rule_id=algorithm.id,
        evidence=tuple(study.usable[q] for q in quantities if q in study.usable),
        reason=f"{reason[0].upper()}{reason[1:]}: {algorithm.document.name}.",
        label=decision.label,
        missing=tuple(q for q in quantities if q not in study.usable),
        distances=(
            *decision.distances,
            *(d for p in used for d in p.measure_distance(study.usable[p.quantity].value, study.sex)),
        ),
        flags=decision.flags,
        cited=algorithm.cited,
    )


def _quantities(step: _Step) -> tuple[Quantity, ...]:
    return step.quantities if isinstance(step, Algorithm) else tuple(rule.quantity for rule in step)


def _asked(step: _Step) -> tuple[Quantity, ...]:
    """Return the quantities with a cut point: what a reader would have to measure."""
    rules = step.parts if isinstance(step, Algorithm) else step
    return tuple(rule.quantity for rule in rules)


def _not_applicable(finding: Finding, step: _Step, words: str) -> FindingResult:
    rule = step if isinstance(step, Algorithm) else step[0]
    reason = f"Not applicable: {words}."
    return FindingResult(finding, FindingState.NOT_APPLICABLE, None, rule.id, (), reason, cited=rule.cited)


@cache
def _nothing_measured(finding: Finding, profile: Profile) -> FindingResult:
    """Return the result of a study without any input of this finding; the same for every such study."""
    steps = _steps(finding, profile)
    quantities = tuple(dict.fromkeys(q for step in steps for q in _asked(step)))
    if quantities:
        joint = " or " if len(quantities) <= _LISTED else ", "
        reason = f"Not measured: {joint.join(quantity.label for quantity in quantities)}."
    else:
        reason = "Not stated." if steps else f"No rule of the profile {profile.value}."
    return FindingResult(finding, FindingState.NOT_ASSESSED, None, None, (), reason, missing=quantities)


_LISTED: Final = 5  # so many quantities read as alternatives; more are a list


def _missing(finding: Finding, study: Study, profile: Profile) -> FindingResult:
    quantities = [q for step in _steps(finding, profile) for q in _quantities(step)]
    wrong = [study.implausible[q] for q in quantities if q in study.implausible]
    nothing = _nothing_measured(finding, profile)
    if not wrong:
        evidence = tuple(study.usable[q] for q in nothing.missing if q in study.usable)
        missing = tuple(q for q in nothing.missing if q not in study.usable)
        if not evidence:
            return nothing
        reason = (
            f"Not enough was measured; missing: {labels(missing)}." if missing else "Not enough is known."
        )
        return FindingResult(
            finding, FindingState.NOT_ASSESSED, None, None, evidence, reason, missing=missing
        )
    quantity = wrong[0].quantity
    allowed = f"{quantity.lowest:g} to {quantity.highest:g} {quantity.unit.symbol}"
    shown = f"{wrong[0].value:g} {quantity.unit.symbol}"
    reason = f"{quantity.label} of {shown} is implausible (allowed {allowed})."
    return FindingResult(finding, FindingState.NOT_ASSESSED, None, None, (), reason, missing=nothing.missing)
