"""Algorithms for the native tricuspid and pulmonary valves."""

from typing import Final

from echovlm.clinical.context import Rhythm, Sign
from echovlm.clinical.documents import REG2017, TR5, VS2009, Confidence
from echovlm.clinical.findings import Finding, FindingState, Grade
from echovlm.clinical.guidelines.algorithm import Algorithm, Decision, Origin
from echovlm.clinical.guidelines.bands import unisex
from echovlm.clinical.guidelines.combining import Vote, votes, weigh
from echovlm.clinical.guidelines.gates import NATIVE_PULMONARY, NATIVE_TRICUSPID
from echovlm.clinical.guidelines.study import Study
from echovlm.clinical.measurement import Quantity

_TR: Final = Origin(
    "tr_grade", Finding.TRICUSPID_REGURGITATION, TR5, "Table 4, five tiers", Confidence.VERIFIED_TABLE
)
_FIVE: Final = "<{} mild | <{} moderate | <{} severe | <{} severe:massive | severe:torrential"
_TR_WEIGHTED: Final = (
    (_TR.part(Quantity.TR_VENA_CONTRACTA, unisex(_FIVE.format(0.3, 0.7, 1.4, 2.1)), resolution=0.01), 2.0),
    (_TR.part(Quantity.TR_EROA, unisex(_FIVE.format(0.2, 0.4, 0.6, 0.8)), resolution=0.01), 2.0),
    (_TR.part(Quantity.TR_REGURGITANT_VOLUME, unisex(_FIVE.format(30, 45, 60, 75)), resolution=1), 2.0),
    (_TR.part(Quantity.TR_PISA_RADIUS, unisex("<0.55 mild | <0.9 moderate | severe"), resolution=0.01), 1.0),
)
_HEPATIC: Final = (
    (Sign.HEPATIC_VEIN_SYSTOLIC_REVERSAL, Grade.SEVERE),
    (Sign.HEPATIC_VEIN_SYSTOLIC_BLUNTING, Grade.MODERATE),
    (Sign.HEPATIC_VEIN_SYSTOLIC_DOMINANT, Grade.MILD),
)


def _regurgitation(study: Study) -> Decision | None:
    cast = votes(study, _TR_WEIGHTED)
    # In fibrillation the hepatic veins reverse without regurgitation; dominant flow alone proves none either.
    if cast and study.context.rhythm is not Rhythm.ATRIAL_FIBRILLATION:
        seen = next(((sign, grade) for sign, grade in _HEPATIC if study.sees(sign)), None)
        if seen is not None:
            cast.append(Vote(seen[1], 1.0, f"{seen[0].value} ({seen[1].value})"))
    return weigh(cast)


TR_GRADE: Final = _TR.algorithm(
    "Tricuspid regurgitation grade",
    tuple(part for part, _ in _TR_WEIGHTED),
    _regurgitation,
    logic=(
        "Weighted median: vena contracta, EROA and volume count 2, PISA radius and hepatic veins 1 (not in atrial "
        "fibrillation). Massive and torrential are severe with their word."
    ),
    note="ASE 2017 has the same limits up to severe",
    signs=tuple(sign for sign, _ in _HEPATIC),
    gates=(NATIVE_TRICUSPID,),
)

_TS: Final = Origin("ts_present", Finding.TRICUSPID_STENOSIS, VS2009, "TS table", Confidence.VERIFIED_TABLE)
_TS_GRADIENT: Final = _TS.part(Quantity.TV_MEAN_GRADIENT, unisex("<5 normal | abnormal"), resolution=1)
_TS_OTHERS: Final = (
    _TS.part(Quantity.TV_VTI, unisex("<=60 normal | abnormal"), resolution=1),
    _TS.part(Quantity.TV_PRESSURE_HALF_TIME, unisex("<190 normal | abnormal"), resolution=1),
    _TS.part(Quantity.TRICUSPID_VALVE_AREA, unisex("<=1.0 abnormal | normal"), resolution=0.1),
)


def _tricuspid_stenosis(study: Study) -> Decision | None:
    parts = (_TS_GRADIENT, *_TS_OTHERS)
    known = [part for part in parts if study.is_abnormal(part) is not None]
    positive = [part for part in known if study.is_abnormal(part)]
    if not known:
        return None
    reason = " and ".join(study.compare(part) for part in positive or known)
    if len(positive) >= 2:
        return Decision(FindingState.PRESENT, Grade.ABNORMAL, "haemodynamically significant", reason)
    if positive:
        return Decision(FindingState.INDETERMINATE, reason=f"{reason} alone of {len(known)} values")
    return Decision(FindingState.ABSENT, Grade.NORMAL, "", reason)


TS_PRESENT: Final = _TS.algorithm(
    "Tricuspid stenosis, haemodynamically significant",
    (_TS_GRADIENT, *_TS_OTHERS),
    _tricuspid_stenosis,
    logic="Two positive values of mean gradient, VTI, half-time and area; one alone is indeterminate; no grades.",
    note="more than mild regurgitation lowers the continuity area",
    gates=(NATIVE_TRICUSPID,),
)

_PS: Final = Origin(
    "ps_grade",
    Finding.PULMONIC_STENOSIS,
    VS2009,
    "PS table; AHA/ACC ACHD RVOT table",
    Confidence.VERIFIED_TABLE,
)
_PS_VMAX: Final = _PS.part(
    Quantity.PV_VMAX, unisex("<2.0 normal | <3.0 mild | <=4.0 moderate | severe"), resolution=0.1
)
_PS_GRADIENT: Final = _PS.part(
    Quantity.PV_PEAK_GRADIENT, unisex("<36 mild | <=64 moderate | severe"), resolution=1
)


def _pulmonary_stenosis(study: Study) -> Decision | None:
    speed = study.band(_PS_VMAX)
    if speed is not None:
        state = FindingState.ABSENT if speed.grade is Grade.NORMAL else FindingState.PRESENT
        return Decision(state, speed.grade, "", study.show(_PS_VMAX))
    gradient = study.band(_PS_GRADIENT)
    # Below 36 mmHg a gradient may be that of an open valve.
    if gradient is None or gradient.grade is Grade.MILD:
        return None
    return Decision(FindingState.PRESENT, gradient.grade, "", study.show(_PS_GRADIENT))


PS_GRADE: Final = _PS.algorithm(
    "Pulmonary stenosis grade",
    (_PS_VMAX, _PS_GRADIENT),
    _pulmonary_stenosis,
    logic="The velocity decides; the gradient only without it, and only from 36 mmHg.",
    note="the floor of 2.0 m/s for mild is a choice of this project",
    gates=(NATIVE_PULMONARY,),
)

_PR: Final = Origin(
    "pr_grade", Finding.PULMONIC_REGURGITATION, REG2017, "PR table", Confidence.VERIFIED_SECONDARY
)
_PR_FRACTION: Final = _PR.part(
    Quantity.PR_REGURGITANT_FRACTION, unisex("<20 mild | <=40 moderate | severe"), resolution=1
)
_PR_JET: Final = _PR.part(Quantity.PR_JET_WIDTH, unisex("<=70 normal | abnormal"), resolution=1)
_PR_SIGNS: Final = (
    _PR.part(Quantity.PR_PRESSURE_HALF_TIME, unisex("<100 abnormal | normal"), resolution=1),
    _PR.part(Quantity.PR_DECELERATION_TIME, unisex("<260 abnormal | normal"), resolution=1),
    _PR.part(Quantity.PR_INDEX, unisex("<0.77 abnormal | normal"), resolution=0.01),
)


def _pulmonary_regurgitation(study: Study) -> Decision | None:
    fraction = study.band(_PR_FRACTION)
    if fraction is not None:
        return Decision(FindingState.PRESENT, fraction.grade, "", study.show(_PR_FRACTION))
    signs = [part for part in _PR_SIGNS if study.is_abnormal(part) is not None]
    positive = [part for part in signs if study.is_abnormal(part)]
    jet = study.is_abnormal(_PR_JET)
    if jet is None and not signs:
        return None
    shown = [part for part in (_PR_JET, *_PR_SIGNS) if study.is_abnormal(part)]
    reason = " and ".join(study.compare(part) for part in shown) or "no sign of more than mild regurgitation"
    if jet and positive:
        return Decision(FindingState.PRESENT, Grade.SEVERE, "", reason)
    grade = Grade.MODERATE if jet or positive else Grade.MILD
    return Decision(FindingState.PRESENT, grade, "", reason)


PR_GRADE: Final = _PR.algorithm(
    "Pulmonary regurgitation grade",
    (_PR_FRACTION, _PR_JET, *_PR_SIGNS),
    _pulmonary_regurgitation,
    logic=(
        "The regurgitant fraction decides. Otherwise a measured jet is mild, one sign makes it moderate, "
        "a jet of more than "
        "70 % of the annulus with another sign severe."
    ),
    note="mostly judged by eye; a high RV diastolic pressure shortens half-time and deceleration",
    gates=(NATIVE_PULMONARY,),
)

ALGORITHMS: Final[tuple[Algorithm, ...]] = (TR_GRADE, TS_PRESENT, PS_GRADE, PR_GRADE)
