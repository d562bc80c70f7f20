"""What the diastolic algorithms share: counting of criteria, the rhythm, and the words of a grade."""

from typing import Final

from echovlm.clinical.context import Rhythm
from echovlm.clinical.findings import FindingState, Grade
from echovlm.clinical.guidelines.algorithm import Decision
from echovlm.clinical.guidelines.bands import unisex
from echovlm.clinical.guidelines.rule import Rule
from echovlm.clinical.guidelines.study import Study
from echovlm.clinical.measurement import Quantity

ABOVE_14: Final = unisex("<=14 normal | abnormal")
FAST_TR: Final = unisex("<=2.8 normal | abnormal")
LARGE_LA: Final = unisex("<=34 normal | abnormal")

_RHYTHM_UNKNOWN: Final = "rhythm unknown, an A wave was measured"

Parts = tuple[Rule, ...]


def has_atrial_wave(study: Study) -> bool:
    """Return whether the rhythm lets the atrium contract: sinus, or unknown with a measured A wave."""
    if study.context.rhythm is Rhythm.SINUS:
        return True
    waves = (Quantity.MITRAL_A_VELOCITY, Quantity.MITRAL_E_A_RATIO)
    return study.context.rhythm is None and any(study.value(wave) is not None for wave in waves)


def rhythm_flags(study: Study) -> tuple[str, ...]:
    """Return the remark that the rhythm was not known; empty when it was."""
    return () if study.context.rhythm is not None else (_RHYTHM_UNKNOWN,)


def count(study: Study, parts: Parts) -> tuple[int, int, str]:
    """Return how many parts have a value, how many are beyond their limit, and all of them in words."""
    known = [part for part in parts if study.is_abnormal(part) is not None]
    positive = [part for part in known if study.is_abnormal(part)]
    return len(known), len(positive), ", ".join(study.compare(part) for part in known)


def any_abnormal(study: Study, parts: Parts) -> bool | None:
    """Return whether any part is beyond its limit; ``None`` when none has a value."""
    verdicts = [verdict for part in parts if (verdict := study.is_abnormal(part)) is not None]
    return any(verdicts) if verdicts else None


_GRADES: Final = {1: (Grade.MILD, "grade I"), 2: (Grade.MODERATE, "grade II"), 3: (Grade.SEVERE, "grade III")}


def graded(level: int | None, reason: str, flags: tuple[str, ...]) -> Decision:
    """Return what a level says of the grade: 0 normal, 1 to 3 grade I to III, ``None`` indeterminate."""
    if level is None:
        return Decision(FindingState.INDETERMINATE, reason=reason, flags=flags)
    if level == 0:
        return Decision(FindingState.ABSENT, Grade.NORMAL, "normal", reason, flags)
    grade, word = _GRADES[level]
    return Decision(FindingState.PRESENT, grade, word, reason, flags)


def pressure(level: int | None, reason: str, flags: tuple[str, ...]) -> Decision:
    """Return what a diastolic grade says of the atrial pressure: raised from grade II."""
    if level is None:
        return Decision(FindingState.INDETERMINATE, reason=reason, flags=flags)
    if level >= 2:
        return Decision(FindingState.PRESENT, Grade.ABNORMAL, "raised", reason, flags)
    return Decision(FindingState.ABSENT, Grade.NORMAL, "normal", reason, flags)
