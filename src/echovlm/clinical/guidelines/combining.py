"""Ways to weigh several parts of one algorithm: by votes, or by a weighted median of grades."""

from collections.abc import Sequence
from dataclasses import dataclass

from echovlm.clinical.findings import FindingState, Grade
from echovlm.clinical.guidelines.algorithm import Decision
from echovlm.clinical.guidelines.bands import severity
from echovlm.clinical.guidelines.rule import Rule
from echovlm.clinical.guidelines.study import Study

_APART = 2  # parameters so many grades apart contradict each other
_SPECIFIC = 4  # so many parameters of one extreme decide by themselves (ASE 2017)
_BY_RANK = (Grade.NORMAL, Grade.MILD, Grade.MODERATE, Grade.SEVERE)


@dataclass(frozen=True, slots=True)
class Vote:
    """One graded parameter with its weight, and its words."""

    grade: Grade
    weight: float
    words: str
    label: str = ""


def votes(study: Study, weighted: Sequence[tuple[Rule, float]]) -> list[Vote]:
    """Return the vote of every part that has a value."""
    found = []
    for part, weight in weighted:
        band = study.band(part)
        if band is not None:
            found.append(
                Vote(band.grade, weight, f"{study.show(part)} ({band.label or band.grade.value})", band.label)
            )
    return found


def weigh(cast: Sequence[Vote]) -> Decision | None:
    """Return the weighted median grade, or a discordance when parameters lie two grades apart.

    The median is a choice of this project: guidelines ask an expert to weigh. Of two grades with equal weight
    the lower one counts. Four or more parameters of one extreme decide alone.
    """
    if not cast:
        return None
    ranks = [severity(vote.grade) for vote in cast]
    words = "; ".join(vote.words for vote in cast)
    for extreme in (3, 1):
        if ranks.count(extreme) >= _SPECIFIC:
            return _decided(extreme, cast, words)
    rank = _median(ranks, [vote.weight for vote in cast])
    if max(ranks) - min(ranks) >= _APART:
        spread = f"{_BY_RANK[min(ranks)].value} to {_BY_RANK[max(ranks)].value}"
        label = f"{spread}; the weighted median would be {_BY_RANK[rank].value}"
        return Decision(FindingState.DISCORDANT, None, label, words)
    return _decided(rank, cast, words)


def _decided(rank: int, cast: Sequence[Vote], words: str) -> Decision:
    grade = _BY_RANK[rank]
    same = [vote for vote in cast if severity(vote.grade) == rank]
    label = max(same, key=lambda vote: vote.weight).label if same else ""
    state = FindingState.PRESENT if rank else FindingState.ABSENT
    return Decision(state, grade, label, words)


def _median(ranks: Sequence[int], weights: Sequence[float]) -> int:
    half, passed = sum(weights) / 2, 0.0
    for rank, weight in sorted(zip(ranks, weights, strict=True)):
        passed += weight
        if passed >= half:
            return rank
    return max(ranks)


def any_positive(study: Study, parts: Sequence[Rule]) -> Decision | None:
    """Return present when any part is beyond its limit, absent when all that are known are not."""
    known = [part for part in parts if study.is_abnormal(part) is not None]
    if not known:
        return None
    positive = [part for part in known if study.is_abnormal(part)]
    reason = " and ".join(study.compare(part) for part in positive or known)
    if positive:
        worst = max(
            (band for part in positive if (band := study.band(part))), key=lambda b: severity(b.grade)
        )
        return Decision(FindingState.PRESENT, worst.grade, worst.label, reason)
    return Decision(FindingState.ABSENT, Grade.NORMAL, "", reason)
