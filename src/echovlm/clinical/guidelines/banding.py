"""What rules over single numbers say of a study: the most severe of a group, with its limits and distances."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from echovlm.clinical.findings import FindingResult, FindingState, Grade
from echovlm.clinical.guidelines.rule import Band, Rule
from echovlm.clinical.guidelines.study import Study
from echovlm.clinical.guidelines.wording import compare, show
from echovlm.clinical.measurement import Measurement
from echovlm.clinical.patient import Sex

_GRADES_APART: Final = 2  # indexed and absolute size this far apart are said to disagree


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What one rule says of one value for one sex."""

    rule: Rule
    measurement: Measurement
    band: Band
    severity: int  # index of the band; 0 is normal

    @property
    def grade(self) -> Grade:
        return self.band.grade


def grade_by_bands(group: tuple[Rule, ...], study: Study, *, others: Sequence[Rule]) -> FindingResult | None:
    """Return what rules of equal precedence say together, or ``None`` when none of them has its value.

    Args:
        group: Rules of one finding and equal precedence.
        study: The values.
        others: All rules of the finding, for a remark when a weaker one disagrees.
    """
    known = tuple((rule, study.usable[rule.quantity]) for rule in group if rule.quantity in study.usable)
    if not known:
        return None
    sex = study.sex
    if sex is None and any(rule.needs_sex for rule in group):
        men, women = _worst(known, Sex.MALE), _worst(known, Sex.FEMALE)
        if men.grade is not women.grade:
            return _undecided(group, known, FindingState.INDETERMINATE, _sex_reason(men, women))
        worst = men
    else:
        worst = _worst(known, sex or Sex.FEMALE)
    missing = [rule for rule in group if rule.quantity not in study.usable and not rule.supporting]
    if worst.severity == 0 and missing:
        reason = _half_normal_reason(worst, missing, sex)
        return _undecided(group, known, FindingState.NOT_ASSESSED, reason)
    if worst.grade is Grade.BORDERLINE:
        reason = f"{_shown(worst)} is borderline: {worst.rule.document.name}."
        return _undecided(group, known, FindingState.INDETERMINATE, reason)
    remark = _disagreement(worst, study, others)
    return FindingResult(
        finding=worst.rule.finding,
        state=FindingState.PRESENT if worst.severity else FindingState.ABSENT,
        grade=worst.grade,
        rule_id=worst.rule.id,
        evidence=tuple(measurement for _, measurement in known),
        reason=_reason(worst, known, sex) + (f"; {remark}" if remark else "") + ".",
        label=worst.band.label,
        missing=tuple(rule.quantity for rule in group if rule.quantity not in study.usable),
        distances=tuple(d for rule, measured in known for d in rule.measure_distance(measured.value, sex)),
        flags=(remark,) if remark else (),
        cited=worst.rule.cited,
    )


def _undecided(
    group: tuple[Rule, ...], known: Sequence[tuple[Rule, Measurement]], state: FindingState, reason: str
) -> FindingResult:
    return FindingResult(
        finding=group[0].finding,
        state=state,
        grade=None,
        rule_id=None if state is FindingState.NOT_ASSESSED else known[0][0].id,
        evidence=tuple(measurement for _, measurement in known),
        reason=reason,
        label="borderline" if "borderline" in reason else "",
        missing=tuple(r.quantity for r in group if r.quantity not in {k.quantity for k, _ in known}),
        distances=tuple(d for rule, measured in known for d in rule.measure_distance(measured.value, None)),
        cited=known[0][0].cited,
    )


def _worst(known: Sequence[tuple[Rule, Measurement]], sex: Sex) -> _Verdict:
    """Return the most severe verdict of rules that are judged together; the first when equal."""
    verdicts = [_verdict(rule, measurement, sex) for rule, measurement in known]
    return verdicts[0] if len(verdicts) == 1 else max(verdicts, key=lambda verdict: verdict.severity)


def _verdict(rule: Rule, measurement: Measurement, sex: Sex) -> _Verdict:
    band = rule.band(measurement.value, sex)
    return _Verdict(rule, measurement, band, rule.bands.of(sex).index(band))


def _shown(verdict: _Verdict) -> str:
    return f"{verdict.rule.quantity.label} {show(verdict.rule, verdict.measurement.value)}"


def _reason(worst: _Verdict, known: Sequence[tuple[Rule, Measurement]], sex: Sex | None) -> str:
    """Return the deciding comparison, or all of them when it took all to call the finding absent."""
    if worst.severity:
        compared = compare(worst.rule, worst.measurement.value, sex, beyond=True)
    else:
        compared = " and ".join(compare(rule, value.value, sex, beyond=False) for rule, value in known)
    return f"{compared}, {worst.band.label or worst.grade.value}: {worst.rule.document.name}"


def _disagreement(worst: _Verdict, study: Study, others: Sequence[Rule]) -> str:
    """Return a remark when a rule of lower precedence is two or more grades away; empty otherwise."""
    sex = study.sex
    if sex is None and worst.rule.needs_sex:
        return ""
    for rule in others:
        measurement = study.usable.get(rule.quantity)
        if (
            measurement is None
            or rule.precedence <= worst.rule.precedence
            or (sex is None and rule.needs_sex)
        ):
            continue
        other = _verdict(rule, measurement, sex or Sex.FEMALE)
        if abs(other.severity - worst.severity) >= _GRADES_APART:
            return f"{_shown(other)} alone would be {other.grade.value}, discordant"
    return ""


def _sex_reason(men: _Verdict, women: _Verdict) -> str:
    return f"Sex is unknown, and {_shown(men)} is {men.grade.value} in men but {women.grade.value} in women."


def _half_normal_reason(worst: _Verdict, missing: Sequence[Rule], sex: Sex | None) -> str:
    compared = compare(worst.rule, worst.measurement.value, sex, beyond=False)
    return f"{compared}, but {' and '.join(rule.quantity.label for rule in missing)} is not measured."
