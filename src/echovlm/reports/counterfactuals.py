"""The opposite of a statement: the other polarity, or a number on the other side of the rule's limit.

A drawn number must not betray itself: it has the printed precision of a real one, stays in the range that
adults have, and lies where patients of that side lie. Where other patients of the source are known it is one of
their values; where none is, near the limit if abnormal, in the middle if normal.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache, lru_cache
from typing import Final

from echovlm.clinical.findings import Finding, FindingResult, FindingState, Grade
from echovlm.clinical.guidelines import Limit, Rule, rules_for
from echovlm.clinical.guidelines.rounding import steps
from echovlm.clinical.measurement import Measurement
from echovlm.clinical.patient import Sex
from echovlm.clinical.ranges import typical_range
from echovlm.reports.draws import Draws
from echovlm.reports.population import NOBODY, Population

# Findings that an algorithm grades; the other algorithms say abnormal, and no more.
_GRADED_BY_ALGORITHM: Final = (
    Finding.AORTIC_STENOSIS, Finding.AORTIC_REGURGITATION, Finding.MITRAL_STENOSIS, Finding.MITRAL_REGURGITATION,
    Finding.TRICUSPID_REGURGITATION, Finding.PULMONIC_STENOSIS, Finding.PULMONIC_REGURGITATION,
    Finding.THORACIC_AORTIC_ANEURYSM,
)  # fmt: skip
_THREE: Final = (Grade.MILD, Grade.MODERATE, Grade.SEVERE)
_SIZES: Final = (Grade.SMALL, Grade.MODERATE, Grade.LARGE)
# As how many patients the typical values count beside those of the source.
_TYPICAL_PATIENTS: Final = 2.0
# Mild disease is commoner than severe; a drawn grade follows that, so that the adverb alone tells little.
_GRADE_WEIGHT: Final = (3, 2, 1)


def _pick(weights: Sequence[float], random: Draws) -> int:
    """Return an index with probability proportional to its weight."""
    target = random.random() * sum(weights)
    for index, weight in enumerate(weights):
        target -= weight
        if target < 0:
            return index
    return len(weights) - 1


def opposite_grade(result: FindingResult, *, random: Draws) -> Grade:
    """Return the grade of a finding's opposite: normal, or one drawn from the abnormal grades of its rule.

    An algorithm has no grades of its own; then, and without a deciding rule, those of the finding's first rule.
    """
    if result.state is FindingState.PRESENT:
        return Grade.NORMAL
    grades = _grades(result)
    return grades[_pick(_GRADE_WEIGHT[: len(grades)], random)]


def _grades(result: FindingResult) -> Sequence[Grade]:
    """Return the abnormal grades that a finding can have, the mildest first."""
    rules = rules_for(result.finding)
    if not rules:
        return _THREE if result.finding in _GRADED_BY_ALGORITHM else (Grade.ABNORMAL,)
    rule = next((rule for rule in rules if rule.id == result.rule_id), rules[0])
    return [band.grade for band in rule.bands.men[1:]]


def other_side_of_moderate(grade: Grade, *, random: Draws) -> Grade:
    """Return a grade of a lesion on the other side of moderate: a mild one may become moderate or severe.

    A moderate or severe one becomes mild, or less often none: most leaks that anybody states are mild.
    """
    if grade in (Grade.MODERATE, Grade.SEVERE):
        return (Grade.NORMAL, Grade.MILD)[_pick((1, 2), random)]
    return (Grade.MODERATE, Grade.SEVERE)[_pick((2, 1), random)]


def neighbouring_grade(finding: Finding, grade: Grade, *, random: Draws) -> Grade | None:
    """Return the next grade, up or down; ``None`` for a grade without neighbours.

    From the middle one both ends are as likely: each pair of neighbours is then met from both sides.
    """
    scale = _SIZES if finding is Finding.PERICARDIAL_EFFUSION else _THREE
    if grade not in scale:
        return None
    return (scale[0], scale[2])[_pick((1, 1), random)] if grade is scale[1] else scale[1]


def is_abnormal(rule: Rule, value: float, sex: Sex | None) -> bool | None:
    """Return whether a value is beyond the rule's limit; ``None`` when that depends on an unknown sex."""
    verdicts = {limit.is_beyond(rule.rounded(value)) for limit in rule.limits(sex)}
    return verdicts.pop() if len(verdicts) == 1 else None


def opposite_measurement(
    measurement: Measurement,
    rule: Rule,
    *,
    abnormal: bool,
    sex: Sex | None,
    random: Draws,
    population: Population = NOBODY,
) -> Measurement:
    """Return the measurement with a value on the other side of the rule's limit.

    Without a sex the drawn value lies on the other side for both.

    Args:
        measurement: The real value.
        rule: The rule over its quantity.
        abnormal: On which side the real value lies.
        sex: The patient's sex, if known.
        random: Source of the draw.
        population: Values of other patients of the source.
    """
    values, weights = _opposites(rule, sex, abnormal, population)
    return replace(measurement.canonical(), value=values[_pick(weights, random)])


@lru_cache(maxsize=1024)  # asked again for every clip of every patient; there is one population for all
def _opposites(
    rule: Rule, sex: Sex | None, abnormal: bool, population: Population
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return the values that an opposite may have, with their weights: typical ones, then those of the population."""
    typical = _values_on_side(rule, sex, abnormal=not abnormal)
    weights = _rising_from_limit(len(typical)) if not abnormal else _middle(len(typical))
    scale = _TYPICAL_PATIENTS / sum(weights)
    limits = rule.limits(sex)
    drawn = [(value, scale * weight) for value, weight in zip(typical, weights, strict=True)]
    drawn += (
        (value, float(count))
        for value, count in population.values(rule.quantity, sex)
        if all(limit.is_beyond(rule.rounded(value)) is not abnormal for limit in limits)
    )
    return tuple(value for value, _ in drawn), tuple(weight for _, weight in drawn)


@cache
def _values_on_side(rule: Rule, sex: Sex | None, *, abnormal: bool) -> tuple[float, ...]:
    """Return the typical values at the rule's resolution on one side of the limit, the nearest first."""
    step = rule.resolution
    first, last = (steps(end, step) for end in typical_range(rule.quantity))
    limits = rule.limits(sex)
    values = (rule.rounded(count * step) for count in range(first, last + 1))
    kept = [value for value in values if all(limit.is_beyond(value) is abnormal for limit in limits)]
    return tuple(sorted(kept, key=lambda value: _gap(value, limits)))


def _gap(value: float, limits: Sequence[Limit]) -> float:
    return min(abs(value - limit.value) for limit in limits)


def _rising_from_limit(count: int) -> list[float]:
    """Return falling weights: most abnormal values lie in the first third beyond the limit."""
    return [(1 - index / count) ** 2 for index in range(count)]


def _middle(count: int) -> list[float]:
    """Return weights with their top at a third of the way from the limit to the far end of normal."""
    return [max(0.0, 1 - ((index / count - 0.33) / 0.55) ** 2) + 0.02 for index in range(count)]
