"""The three shapes of a partition, written with the cut points that a published table prints."""

from echovlm.clinical.findings import Grade
from echovlm.clinical.guidelines.rule import Band

_PARTITION = (Grade.NORMAL, Grade.MILD, Grade.MODERATE, Grade.SEVERE)


def larger_is_worse(normal: float, mild: float, moderate: float) -> tuple[Band, ...]:
    """Return normal, mild, moderate and severe; each number is the largest that belongs to its grade."""
    edges = (normal, mild, moderate)
    return (
        Band(Grade.NORMAL, high=normal, high_inside=True),
        *(
            Band(grade, low=low, high=high, high_inside=True)
            for grade, low, high in zip(_PARTITION[1:3], edges[:2], edges[1:], strict=True)
        ),
        Band(Grade.SEVERE, low=moderate),
    )


def smaller_is_worse(normal: float, mild: float, moderate: float) -> tuple[Band, ...]:
    """Return normal, mild, moderate and severe; each number is the smallest that belongs to its grade."""
    edges = (normal, mild, moderate)
    return (
        Band(Grade.NORMAL, low=normal, low_inside=True),
        *(
            Band(grade, low=low, high=high, low_inside=True)
            for grade, low, high in zip(_PARTITION[1:3], edges[1:], edges[:2], strict=True)
        ),
        Band(Grade.SEVERE, high=moderate),
    )


def larger_is_abnormal(normal: float) -> tuple[Band, ...]:
    """Return normal up to and including the limit, and abnormal beyond: the guideline has no partition."""
    return (Band(Grade.NORMAL, high=normal, high_inside=True), Band(Grade.ABNORMAL, low=normal))
