"""Grading of values that are known to lie in an interval: ``>55``, ``40-45``.

A finding is decided only if it is the same wherever the value lies: ``LVEF > 55 %`` is no dysfunction, and leaves
open whether the ventricle is hyperdynamic.
"""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from echovlm.clinical.context import UNKNOWN_CONTEXT, StudyContext
from echovlm.clinical.documents import Profile
from echovlm.clinical.findings import Finding, FindingResult, FindingState
from echovlm.clinical.formulas import derive
from echovlm.clinical.guidelines.grading import grade_study
from echovlm.clinical.measurement import Measurement, Quantity
from echovlm.clinical.patient import Sex
from echovlm.clinical.provenance import Provenance
from echovlm.clinical.ranges import typical_range

_EVERY: Final = tuple(Finding)
_MOST: Final = 6  # intervals that are combined; each doubles the work


@dataclass(frozen=True, slots=True)
class Interval:
    """The interval in which one quantity is known to lie.

    Attributes:
        quantity: What was measured.
        low: Smallest value that is possible, canonical unit.
        high: Largest value that is possible, canonical unit.
        provenance: Where it stands.
    """

    quantity: Quantity
    low: float
    high: float
    provenance: Provenance

    @classmethod
    def within(
        cls, quantity: Quantity, low: float, high: float, provenance: Provenance, *, open_by: float = 0.0
    ) -> "Interval | None":
        """Return the part of an interval that is plausible, or ``None`` when none of it is.

        An end that is not given is that of the typical range, if the other one is typical: together with another
        value the last plausible one may be impossible, such as the index of the largest atrium in a small patient.

        Args:
            quantity: What was measured.
            low: Smallest value, canonical unit; minus infinity for an upper bound.
            high: Largest value, canonical unit; infinity for a lower bound.
            provenance: Where it stands.
            open_by: What one unit of the last printed digit is, canonical unit, where a bound excludes its number:
                below 30 % is 29 % at most.
        """
        low, high = low + open_by, high - open_by
        least, most = typical_range(quantity)
        if math.isinf(high):
            high = most if low <= most else quantity.highest
        if math.isinf(low):
            low = least if least <= high else quantity.lowest
        low, high = max(low, quantity.lowest), min(high, quantity.highest)
        return cls(quantity, low, high, provenance) if low <= high else None

    @property
    def ends(self) -> tuple[Measurement, Measurement]:
        """The interval's two ends as values."""
        unit = self.quantity.unit
        return (
            Measurement(self.quantity, self.low, unit, self.provenance),
            Measurement(self.quantity, self.high, unit, self.provenance),
        )


def grade_with_intervals(
    measurements: Sequence[Measurement],
    intervals: Sequence[Interval],
    *,
    sex: Sex | None,
    context: StudyContext = UNKNOWN_CONTEXT,
    profile: Profile = Profile.BASELINE,
    findings: Sequence[Finding] = _EVERY,
) -> tuple[FindingResult, ...]:
    """Grade a study of which some values are only bounded.

    Every combination of the intervals' ends is graded; severity rises with its numbers, so what holds at the ends
    holds between them. Where the state differs the finding is indeterminate; where only the degree does it has none.
    An interval of a quantity that was also measured says nothing more, and counts for nothing.

    Args:
        measurements: Given values; what follows from them and from the ends is derived here.
        intervals: The bounded values; the first six count.
        sex: The patient's sex, if known.
        context: Rhythm, prostheses and signs.
        profile: The generation of guidelines.
        findings: What to judge.
    """
    known = {measurement.quantity for measurement in measurements}
    used = [each for each in intervals if each.quantity not in known][:_MOST]
    graded = [
        grade_study(
            derive((*measurements, *ends)), sex=sex, context=context, profile=profile, findings=findings
        )
        for ends in itertools.product(*(each.ends for each in used))
    ]
    return tuple(_merge(results, used) for results in zip(*graded, strict=True))


def _merge(results: Sequence[FindingResult], used: Sequence[Interval]) -> FindingResult:
    first = results[0]
    if all(other == first for other in results[1:]):
        return first
    told = ", ".join(
        f"{each.quantity.label} {each.low:.4g} to {each.high:.4g} {each.quantity.unit.symbol}"
        for each in used
    )
    bounded = {each.quantity for each in used}
    # An end of an interval was not measured: it is no evidence, and has no distance from a limit.
    merged = replace(
        first,
        evidence=tuple(value for value in first.evidence if value.quantity not in bounded),
        distances=tuple(distance for distance in first.distances if distance.quantity not in bounded),
    )
    states = {result.state for result in results}
    if len(states) > 1:
        words = " or ".join(sorted(state.value.replace("_", " ") for state in states))
        reason = f"With {told} this may be {words}."
        return replace(
            merged, state=FindingState.INDETERMINATE, grade=None, label="", flags=(), reason=reason
        )
    if len({(result.grade, result.label) for result in results}) == 1:
        return replace(merged, reason=f"With {told}, at either end: {first.reason}")
    grades = sorted({result.grade.value for result in results if result.grade is not None})
    reason = f"With {told} the degree may be {' or '.join(grades)}; at one end: {first.reason}"
    return replace(merged, grade=first.grade if len(grades) == 1 else None, label="", reason=reason)
