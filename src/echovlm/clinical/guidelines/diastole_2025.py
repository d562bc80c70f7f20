"""Algorithms for diastolic function and left atrial pressure, 2025."""

from typing import Final

from echovlm.clinical.documents import ASE2025D, Confidence, Profile
from echovlm.clinical.findings import Finding, FindingState, Grade
from echovlm.clinical.guidelines.algorithm import Algorithm, Decision, Origin
from echovlm.clinical.guidelines.bands import unisex
from echovlm.clinical.guidelines.filling import (
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
from echovlm.clinical.guidelines.study import Study
from echovlm.clinical.measurement import Quantity

_N: Final = Origin(
    "diast_2025_sinus",
    Finding.DIASTOLIC_GRADE,
    ASE2025D,
    "Figure 3",
    Confidence.VERIFIED_SECONDARY,
    Profile.LATEST,
)
_N_TISSUE: Final = (
    _N.part(Quantity.E_PRIME_SEPTAL, unisex("<=6 abnormal | normal"), resolution=0.1),
    _N.part(Quantity.E_PRIME_LATERAL, unisex("<=7 abnormal | normal"), resolution=0.1),
    _N.part(Quantity.E_PRIME_AVERAGE, unisex("<=6.5 abnormal | normal"), resolution=0.1),
)
_N_RATIO: Final = (
    _N.part(Quantity.E_E_PRIME_SEPTAL, unisex("<15 normal | abnormal"), resolution=0.1),
    _N.part(Quantity.E_E_PRIME_LATERAL, unisex("<13 normal | abnormal"), resolution=0.1),
    _N.part(Quantity.E_E_PRIME_AVERAGE, unisex("<14 normal | abnormal"), resolution=0.1),
)
_N_TR: Final = (
    _N.part(Quantity.TR_VMAX, FAST_TR, resolution=0.1),
    _N.part(Quantity.RVSP, unisex("<35 normal | abnormal"), resolution=1),
)
_N_SECOND: Final = (
    _N.part(Quantity.PULMONARY_VEIN_S_D_RATIO, unisex("<=0.67 abnormal | normal"), resolution=0.01),
    _N.part(Quantity.LA_RESERVOIR_STRAIN, unisex("<=18 abnormal | normal"), resolution=1),
    _N.part(Quantity.LA_VOLUME_INDEX, LARGE_LA, resolution=1),
    _N.part(Quantity.ISOVOLUMIC_RELAXATION_TIME, unisex("<=70 abnormal | normal"), resolution=1),
)
_N_EA: Final = _N.part(
    Quantity.MITRAL_E_A_RATIO,
    unisex("<=0.8 normal:grade I pattern | <2 mild:in between | severe"),
    resolution=0.01,
)


def _level_2025(study: Study) -> tuple[int | None, str]:
    primaries = {
        name: verdict
        for name, parts in (
            ("reduced e'", _N_TISSUE),
            ("raised E/e'", _N_RATIO),
            ("raised TR or PASP", _N_TR),
        )
        if (verdict := any_abnormal(study, parts)) is not None
    }
    ratio = study.band(_N_EA)
    if "reduced e'" not in primaries or "raised E/e'" not in primaries:
        return -1, ""
    found = [name for name, positive in primaries.items() if positive]
    reason = f"{', '.join(found) or 'no primary criterion'} of {len(primaries)} criteria"
    if not found:
        return 0, reason
    if len(found) < 3:
        if found == ["reduced e'"] and ratio is not None and ratio.grade is Grade.NORMAL:
            return 1, f"{reason}; {study.show(_N_EA)}"
        known, positive, words = count(study, _N_SECOND)
        if not known:
            return None, f"{reason}, and no secondary marker was measured"
        reason = f"{reason}; {positive} of {known} secondary markers: {words}"
        if not positive:
            return 1, reason
    if ratio is None:
        return None, f"{reason}; E/A is not measured"
    return (3 if ratio.grade is Grade.SEVERE else 2), f"{reason}; {study.show(_N_EA)}"


def _grade_2025(study: Study) -> Decision | None:
    if not has_atrial_wave(study):
        return None
    level, reason = _level_2025(study)
    return None if level == -1 else graded(level, reason, rhythm_flags(study))


def _pressure_2025(study: Study) -> Decision | None:
    if not has_atrial_wave(study):
        return None
    level, reason = _level_2025(study)
    return None if level == -1 else pressure(level, reason, rhythm_flags(study))


_N_PARTS: Final = (*_N_TISSUE, *_N_RATIO, *_N_TR, *_N_SECOND, _N_EA)
_N_NOTE: Final = (
    "three summaries agree; whether 2.8 m/s itself is raised, and grade 1 with a normal e', need the document; "
    "age-adjusted e' limits are not applied"
)
_N_LOGIC: Final = (
    "None of reduced e', raised E/e', raised TR velocity or PASP is normal; a reduced e' alone with E/A up to 0.8 is "
    "grade I; all three raise the pressure; any other mix asks the secondary markers (S/D, LA strain, "
    "LAVi, IVRT): none "
    "positive is grade I, one raises the pressure, none measured is indeterminate. Raised: grade III "
    "from E/A 2, else II."
)


def _origin_2025(algorithm_id: str, finding: Finding) -> Origin:
    return Origin(algorithm_id, finding, ASE2025D, "Figure 3", Confidence.VERIFIED_SECONDARY, Profile.LATEST)


DIAST_2025_SINUS: Final = _N.algorithm(
    "Diastolic grade, 2025", _N_PARTS, _grade_2025, logic=_N_LOGIC, note=_N_NOTE, gates=SINUS_FILLING
)
DIAST_2025_PRESENCE: Final = _origin_2025("diast_2025_presence", Finding.DIASTOLIC_DYSFUNCTION).algorithm(
    "Diastolic dysfunction, 2025", _N_PARTS, _grade_2025, logic=_N_LOGIC, note=_N_NOTE, gates=SINUS_FILLING
)
DIAST_2025_LAP: Final = _origin_2025("diast_2025_lap", Finding.RAISED_LAP).algorithm(
    "LA pressure in sinus rhythm, 2025", _N_PARTS, _pressure_2025,
    logic=_N_LOGIC, note=_N_NOTE, precedence=1, gates=SINUS_FILLING,
)  # fmt: skip

_NF: Final = Origin(
    "diast_2025_af", Finding.RAISED_LAP, ASE2025D, "AF figure", Confidence.VERIFIED_SECONDARY, Profile.LATEST
)
_NF_E: Final = _NF.part(Quantity.MITRAL_E_VELOCITY, unisex("<100 normal | abnormal"), resolution=1)
_NF_RATIO: Final = _NF.part(Quantity.E_E_PRIME_SEPTAL, unisex("<=11 normal | abnormal"), resolution=0.1)
_NF_TR: Final = (
    _NF.part(Quantity.TR_VMAX, FAST_TR, resolution=0.1),
    _NF.part(Quantity.RVSP, unisex("<=35 normal | abnormal"), resolution=1),
)
_NF_DT: Final = _NF.part(Quantity.MITRAL_DECELERATION_TIME, unisex("<=160 abnormal | normal"), resolution=1)
_NF_SECOND: Final = (
    _NF.part(Quantity.LA_RESERVOIR_STRAIN, unisex("<18 abnormal | normal"), resolution=1),
    _NF.part(Quantity.PULMONARY_VEIN_S_D_RATIO, unisex("<1 abnormal | normal"), resolution=0.01),
    _NF.part(Quantity.BMI, unisex("<=30 normal | abnormal"), resolution=1),
)


def _fibrillation_2025(study: Study) -> Decision | None:
    raised = any_abnormal(study, _NF_TR)
    known, positive, words = count(study, (_NF_E, _NF_RATIO, _NF_DT))
    if raised is not None:
        known, positive = known + 1, positive + raised
        words = ", ".join(filter(None, (words, *(study.compare(part) for part in _NF_TR))))
    if known < 3:
        return None
    reason = f"{positive} of {known} primary criteria: {words}"
    if positive >= 3:
        return Decision(FindingState.PRESENT, Grade.ABNORMAL, "raised", reason)
    if positive <= 1:
        return Decision(FindingState.ABSENT, Grade.NORMAL, "normal", reason)
    seconds, more_positive, more = count(study, _NF_SECOND)
    reason = f"{reason}; {more_positive} of {seconds} secondary: {more}" if seconds else reason
    if more_positive >= 2:
        return Decision(FindingState.PRESENT, Grade.ABNORMAL, "raised", reason)
    if more_positive == 1 or seconds < 2:
        return Decision(FindingState.INDETERMINATE, reason=reason)
    return Decision(FindingState.ABSENT, Grade.NORMAL, "normal", reason)


DIAST_2025_AF: Final = _NF.algorithm(
    "LA pressure in atrial fibrillation, 2025",
    (_NF_E, _NF_RATIO, *_NF_TR, _NF_DT, *_NF_SECOND),
    _fibrillation_2025,
    logic=(
        "Of E, septal E/e', TR velocity or PASP, and deceleration time none or one positive is normal, "
        "three are raised; two "
        "ask LA strain, S/D and body mass index: none normal, one indeterminate, two raised. At least "
        "three of four are "
        "needed (a choice of this project)."
    ),
    gates=(NOT_FIBRILLATION, *FILLING_UNREADABLE),
)

ALGORITHMS: Final[tuple[Algorithm, ...]] = (
    DIAST_2025_SINUS,
    DIAST_2025_PRESENCE,
    DIAST_2025_LAP,
    DIAST_2025_AF,
)
