"""Algorithms for diastolic function and left atrial pressure, 2016."""

from typing import Final

from echovlm.clinical.context import Sign
from echovlm.clinical.documents import ASE2016D, Confidence
from echovlm.clinical.findings import Finding, FindingState, Grade
from echovlm.clinical.guidelines.algorithm import Algorithm, Decision, Origin
from echovlm.clinical.guidelines.bands import unisex
from echovlm.clinical.guidelines.filling import (
    ABOVE_14,
    FAST_TR,
    LARGE_LA,
    any_abnormal,
    count,
    graded,
    has_atrial_wave,
    pressure,
    rhythm_flags,
)
from echovlm.clinical.guidelines.gates import FILLING_UNREADABLE, NOT_FIBRILLATION, SINUS_FILLING
from echovlm.clinical.guidelines.lv_function import best_lvef
from echovlm.clinical.guidelines.study import Study
from echovlm.clinical.measurement import Quantity

_A: Final = Origin(
    "diast_2016_presence",
    Finding.DIASTOLIC_DYSFUNCTION,
    ASE2016D,
    "algorithm A",
    Confidence.VERIFIED_SECONDARY,
)
_A_RATIO: Final = _A.part(Quantity.E_E_PRIME_AVERAGE, ABOVE_14, resolution=0.1)
_A_TISSUE: Final = (
    _A.part(Quantity.E_PRIME_SEPTAL, unisex("<7 abnormal | normal"), resolution=0.1),
    _A.part(Quantity.E_PRIME_LATERAL, unisex("<10 abnormal | normal"), resolution=0.1),
)
_A_TR: Final = _A.part(Quantity.TR_VMAX, FAST_TR, resolution=0.1)
_A_LA: Final = _A.part(Quantity.LA_VOLUME_INDEX, LARGE_LA, resolution=1)


def _presence_2016(study: Study) -> Decision | None:
    ejection = best_lvef(study)
    if study.sees(Sign.MYOCARDIAL_DISEASE) or (ejection is not None and ejection < 50):
        return Decision(
            FindingState.PRESENT,
            Grade.ABNORMAL,
            "by myocardial disease",
            "reduced LVEF or known myocardial disease",
        )
    if not has_atrial_wave(study):
        return None
    tissue = any_abnormal(study, _A_TISSUE)
    known, positive, words = count(study, (_A_RATIO, _A_TR, _A_LA))
    if tissue is not None:
        known, positive = known + 1, positive + tissue
        words = ", ".join(filter(None, (*(study.compare(part) for part in _A_TISSUE), words)))
    flags = rhythm_flags(study) + (("LVEF unknown",) if ejection is None else ())
    if known < 2 or (known == 2 and positive == 1):
        return None
    reason = f"{positive} of {known} criteria positive: {words}"
    if 2 * positive == known:
        return Decision(FindingState.INDETERMINATE, reason=reason, flags=flags)
    if 2 * positive > known:
        return Decision(FindingState.PRESENT, Grade.ABNORMAL, "", reason, flags)
    return Decision(FindingState.ABSENT, Grade.NORMAL, "", reason, flags)


DIAST_2016_PRESENCE: Final = _A.algorithm(
    "Diastolic dysfunction in normal ejection fraction, 2016",
    (_A_RATIO, *_A_TISSUE, _A_TR, _A_LA),
    _presence_2016,
    logic=(
        "More than half of E/e', e', TR velocity and LAVi positive is dysfunction, fewer than half normal, half "
        "indeterminate; three are needed, two suffice if they agree. A reduced ejection fraction or known myocardial "
        "disease is dysfunction in itself. An unknown rhythm counts as sinus when an A wave was measured."
    ),
    note="cut-offs seen in code, the vote from memory; single sites: septal E/e' > 15, lateral > 13",
    gates=SINUS_FILLING,
    others=(Quantity.LVEF_BIPLANE, Quantity.MITRAL_E_A_RATIO),
)

# ---- 2016, algorithm B: grade and atrial pressure.

_B: Final = Origin(
    "diast_2016_grade", Finding.DIASTOLIC_GRADE, ASE2016D, "algorithm B", Confidence.VERIFIED_SECONDARY
)
_B_HIGH: Final = _B.part(
    Quantity.MITRAL_E_A_RATIO, unisex("<=0.8 normal | <2 mild:in between | severe"), resolution=0.01
)
_B_E: Final = _B.part(Quantity.MITRAL_E_VELOCITY, unisex("<=50 normal | abnormal"), resolution=1)
_B_THREE: Final = (
    _B.part(Quantity.E_E_PRIME_AVERAGE, ABOVE_14, resolution=0.1),
    _B.part(Quantity.TR_VMAX, FAST_TR, resolution=0.1),
    _B.part(Quantity.LA_VOLUME_INDEX, LARGE_LA, resolution=1),
)


def _level_2016(study: Study) -> tuple[int | None, str]:
    """Return the grade 0 to 3, or ``None`` when it cannot be said, and the reason; -1 without inputs."""
    ejection = best_lvef(study)
    diseased = bool(study.sees(Sign.MYOCARDIAL_DISEASE)) or (ejection is not None and ejection < 50)
    if not diseased:
        presence = _presence_2016(study)
        if presence is None:
            return -1, ""
        if presence.state is FindingState.INDETERMINATE:
            return None, presence.reason
        if presence.state is FindingState.ABSENT:
            return 0, presence.reason
    ratio = study.band(_B_HIGH)
    if ratio is None:
        return -1, ""
    if ratio.grade is Grade.SEVERE:
        return 3, study.compare(_B_HIGH)
    if ratio.grade is Grade.NORMAL and study.is_abnormal(_B_E) is False:
        return 1, f"{study.show(_B_HIGH)} and {study.show(_B_E)}"
    known, positive, words = count(study, _B_THREE)
    reason = f"{positive} of {known} criteria positive: {words}"
    if known <= 1 or (known == 2 and positive == 1):
        return None, reason if known else "no criterion beside E/A was measured"
    return (2 if 2 * positive > known else 1), reason


def _grade_2016(study: Study) -> Decision | None:
    if not has_atrial_wave(study):
        return None
    level, reason = _level_2016(study)
    return None if level == -1 else graded(level, reason, rhythm_flags(study))


_B_LOGIC: Final = (
    "E/A of 2 and more is grade III; E/A up to 0.8 with E up to 50 cm/s is grade I; otherwise the "
    "majority of E/e', TR "
    "velocity and LAVi parts grade II from I, a split or a single one is indeterminate. Never asked when algorithm A "
    "says normal. Pressure is raised from grade II."
)
_B_PARTS: Final = (_B_HIGH, _B_E, *_B_THREE)
_B_OTHERS: Final = (Quantity.LVEF_BIPLANE, Quantity.E_PRIME_SEPTAL, Quantity.E_PRIME_LATERAL)

DIAST_2016_GRADE: Final = _B.algorithm(
    "Diastolic grade, 2016", _B_PARTS, _grade_2016, logic=_B_LOGIC,
    note="cut-offs seen in code; branch logic from memory", gates=SINUS_FILLING, others=_B_OTHERS,
)  # fmt: skip


def _pressure_2016(study: Study) -> Decision | None:
    if not has_atrial_wave(study):
        return None
    level, reason = _level_2016(study)
    return None if level == -1 else pressure(level, reason, rhythm_flags(study))


DIAST_2016_LAP: Final = Origin(
    "diast_2016_lap", Finding.RAISED_LAP, ASE2016D, "algorithm B", Confidence.VERIFIED_SECONDARY
).algorithm(
    "LA pressure in sinus rhythm, 2016", _B_PARTS, _pressure_2016, logic=_B_LOGIC,
    note="as diast_2016_grade", precedence=1, gates=SINUS_FILLING, others=_B_OTHERS,
)  # fmt: skip

_FIB: Final = Origin("diast_2016_af", Finding.RAISED_LAP, ASE2016D, "AF table", Confidence.MEMORY)
_FIB_RATIO: Final = _FIB.part(Quantity.E_E_PRIME_SEPTAL, unisex("<11 normal | abnormal"), resolution=0.1)
_FIB_IVRT: Final = _FIB.part(
    Quantity.ISOVOLUMIC_RELAXATION_TIME, unisex("<=65 abnormal | normal"), resolution=1
)
_FIB_DT: Final = _FIB.part(Quantity.MITRAL_DECELERATION_TIME, unisex("<=160 abnormal | normal"), resolution=1)


def _fibrillation_2016(study: Study) -> Decision | None:
    ejection = best_lvef(study)
    low = ejection is not None and ejection < 50
    parts = (_FIB_RATIO, _FIB_IVRT, _FIB_DT) if low else (_FIB_RATIO, _FIB_IVRT)
    known, positive, words = count(study, parts)
    if not known:
        return None
    reason = f"{positive} of {known} signs: {words}"
    if positive >= 2:
        return Decision(FindingState.PRESENT, Grade.ABNORMAL, "raised", reason)
    if positive == 1:
        return Decision(FindingState.INDETERMINATE, None, "suggestive", reason)
    if known < 2:
        return None
    return Decision(FindingState.ABSENT, Grade.NORMAL, "normal", reason)


DIAST_2016_AF: Final = _FIB.algorithm(
    "LA pressure in atrial fibrillation, 2016",
    (_FIB_RATIO, _FIB_IVRT, _FIB_DT),
    _fibrillation_2016,
    logic=(
        "Two signs raise the pressure, one is suggestive; deceleration time counts below an LVEF of 50 %. "
        "Never a grade."
    ),
    gates=(NOT_FIBRILLATION, *FILLING_UNREADABLE),
    others=(Quantity.LVEF_BIPLANE,),
)

ALGORITHMS: Final[tuple[Algorithm, ...]] = (
    DIAST_2016_PRESENCE,
    DIAST_2016_GRADE,
    DIAST_2016_LAP,
    DIAST_2016_AF,
)
