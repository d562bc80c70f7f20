"""Partitions, written with the cut points that a published table prints."""

import math
import re
from typing import Final

from echovlm.clinical.findings import Grade
from echovlm.clinical.guidelines.rule import Band, SexBands

_SEGMENT: Final = re.compile(r"(?:(<=?)\s*(-?[\d.]+)\s+)?(\w+)(?::\s*(.+))?")
_SEVERITY: Final = {
    Grade.NORMAL: 0, Grade.BORDERLINE: 1, Grade.SMALL: 1, Grade.MILD: 1, Grade.ABNORMAL: 2,
    Grade.MODERATE: 2, Grade.LARGE: 3, Grade.SEVERE: 3,
}  # fmt: skip


def severity(grade: Grade) -> int:
    """Return the rank of a grade: 0 normal, 1 mild, 2 moderate or abnormal without partition, 3 severe."""
    return _SEVERITY[grade]


def bands(text: str) -> tuple[Band, ...]:
    """Return the partition that ``text`` writes from low to high values, such as ``<20 mild | <=40 moderate | severe``.

    Each segment but the last begins with its upper edge: ``<20`` ends below 20, ``<=40`` includes 40. A finer
    word of the guideline follows its grade after a colon. The result starts at the least severe end.
    """
    found: list[Band] = []
    low, low_inside = -math.inf, False
    for segment in text.split("|"):
        match = _SEGMENT.fullmatch(segment.strip())
        assert match is not None, f"no partition: {segment!r}"
        high = float(match[2]) if match[2] else math.inf
        inside = match[1] == "<="
        found.append(Band(Grade(match[3]), low, high, low_inside, inside, (match[4] or "").strip()))
        low, low_inside = high, not inside
    rising = severity(found[0].grade) <= severity(found[-1].grade)
    return tuple(found if rising else reversed(found))


def unisex(text: str) -> SexBands:
    """Return one partition for both sexes."""
    both = bands(text)
    return SexBands(men=both, women=both)


def by_sex(*, men: str, women: str) -> SexBands:
    """Return a partition per sex."""
    return SexBands(men=bands(men), women=bands(women))


def larger_is_worse(normal: float, mild: float, moderate: float) -> tuple[Band, ...]:
    """Return normal, mild, moderate and severe; each number is the largest that belongs to its grade."""
    return bands(f"<={normal} normal | <={mild} mild | <={moderate} moderate | severe")


def smaller_is_worse(normal: float, mild: float, moderate: float) -> tuple[Band, ...]:
    """Return normal, mild, moderate and severe; each number is the smallest that belongs to its grade."""
    return bands(f"<{moderate} severe | <{mild} moderate | <{normal} mild | normal")


def larger_is_abnormal(normal: float) -> tuple[Band, ...]:
    """Return normal up to and including the limit, and abnormal beyond: the guideline has no partition."""
    return bands(f"<={normal} normal | abnormal")
