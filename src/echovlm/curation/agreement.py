"""Several places that state one value: which of them counts, what contradicts it, and how often they agree."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from echovlm.clinical import (
    Finding,
    FindingResult,
    Measurement,
    Quantity,
    Source,
)
from echovlm.clinical.readers import agree
from echovlm.dataset.conflicts import ValueConflict

# In order of trust: a table is what the reader signed, a screen what the sonographer drew, a note what was copied.
TRUST: Final = (Source.TABLE, Source.OVERLAY, Source.NOTE)
_BODY: Final = (Quantity.HEART_RATE, Quantity.SYSTOLIC_BLOOD_PRESSURE, Quantity.DIASTOLIC_BLOOD_PRESSURE)


@dataclass(frozen=True, slots=True)
class Weighed:
    """The values of a study after all places were heard.

    Attributes:
        chosen: One per quantity, from the place that is trusted most.
        others: Every further value, with its own provenance.
        conflicts: Pairs of measurements beyond tolerance, the trusted one first.
        agreement: How often two places agreed and disagreed, by ``table/note agree`` and the like.
    """

    chosen: tuple[Measurement, ...]
    others: tuple[Measurement, ...]
    conflicts: tuple[tuple[Measurement, Measurement], ...]
    agreement: Counter[str]


def weigh(places: Sequence[Sequence[Measurement]], *, torn: Sequence[Measurement] = ()) -> Weighed:
    """Return which value of each quantity counts.

    Values of one place that disagree among themselves give none that counts, as neither can be preferred; a less
    trusted place may then decide.

    Args:
        places: The values of each place in canonical units, the most trusted place first.
        torn: Values of the first place that are known to contradict each other.
    """
    chosen: dict[Quantity, Measurement] = {}
    others: list[Measurement] = list(torn)
    conflicts: list[tuple[Measurement, Measurement]] = _pairs_of(torn)
    agreement: Counter[str] = Counter()
    for place in places:
        grouped: dict[Quantity, list[Measurement]] = {}
        for value in place:
            grouped.setdefault(value.quantity, []).append(value)
        for quantity, values in grouped.items():
            apart = [value for value in values[1:] if not agree(values[0], value)]
            conflicts += [(values[0], value) for value in apart]
            known = chosen.get(quantity)
            if known is None:
                if apart:
                    others += values
                else:
                    chosen[quantity] = values[0]
                    others += values[1:]
                continue
            others += values
            if not apart and quantity not in _BODY:
                is_same = agree(known, values[0])
                pair = f"{known.provenance.source.value}/{values[0].provenance.source.value}"
                agreement[f"{pair} {'agree' if is_same else 'disagree'}"] += 1
                if not is_same:
                    conflicts.append((known, values[0]))
    return Weighed(tuple(chosen.values()), tuple(others), tuple(conflicts), agreement)


def _pairs_of(torn: Sequence[Measurement]) -> list[tuple[Measurement, Measurement]]:
    """Return each value that differs from the first of its quantity, beside that one."""
    first: dict[Quantity, Measurement] = {}
    for value in torn:
        first.setdefault(value.quantity, value)
    return [(first[value.quantity], value) for value in torn if value.value != first[value.quantity].value]


def list_conflicts(weighed: Weighed, *, study_id: str) -> tuple[ValueConflict, ...]:
    """Return a study's conflicts as rows of a table."""
    return tuple(
        ValueConflict(
            study_id=study_id,
            quantity=one.quantity.key,
            unit=one.quantity.unit.symbol,
            value=one.value,
            origin=str(one.provenance),
            other_value=other.value,
            other_origin=str(other.provenance),
        )
        for one, other in weighed.conflicts
    )


def count_findings(
    by_rule: Iterable[FindingResult], stated: Sequence[FindingResult], place: str
) -> Counter[str]:
    """Return how often what a place states of a finding is what the rules make of the values.

    Args:
        by_rule: Results of the rules.
        stated: Findings that the place states.
        place: Its name, such as ``category``.
    """
    said: dict[Finding, FindingResult] = {result.finding: result for result in stated}
    found: Counter[str] = Counter()
    for result in by_rule:
        other = said.get(result.finding)
        if other is not None and result.state.is_decided and other.state.is_decided and result.rule_id:
            found[f"rule/{place} {'agree' if result.state is other.state else 'disagree'}"] += 1
    return found
