"""Algorithms for stenosis, sclerosis and regurgitation of the native aortic valve."""

from typing import Final

from echovlm.clinical.context import Sign
from echovlm.clinical.documents import AS2017, REG2017, Confidence
from echovlm.clinical.findings import Finding, FindingState, Grade
from echovlm.clinical.guidelines.algorithm import Algorithm, Decision, Origin
from echovlm.clinical.guidelines.bands import severity, unisex
from echovlm.clinical.guidelines.combining import Vote, votes, weigh
from echovlm.clinical.guidelines.gates import LV_OUTFLOW_OBSTRUCTION, NATIVE_AORTIC
from echovlm.clinical.guidelines.lv_function import best_lvef
from echovlm.clinical.guidelines.study import Study
from echovlm.clinical.measurement import Quantity

_AS: Final = Origin(
    "as_grade", Finding.AORTIC_STENOSIS, AS2017, "severity table and algorithm; ACC/AHA 2020 stages",
    Confidence.VERIFIED_SECONDARY,
)  # fmt: skip
_VMAX: Final = _AS.part(
    Quantity.AV_VMAX,
    unisex("<2.6 normal:none or sclerosis | <3.0 mild | <4.0 moderate | <5.0 severe | severe:very severe"),
    resolution=0.1,
)
_GRADIENT: Final = _AS.part(
    Quantity.AV_MEAN_GRADIENT,
    unisex("<20 mild | <40 moderate | <60 severe | severe:very severe"),
    resolution=1,
)
_AREA: Final = _AS.part(
    Quantity.AORTIC_VALVE_AREA, unisex("<1.0 severe | <=1.5 moderate | mild"), resolution=0.01
)
_AREA_INDEX: Final = _AS.part(
    Quantity.AORTIC_VALVE_AREA_INDEX, unisex("<0.6 severe | <=0.85 moderate | mild"), resolution=0.01
)
_DVI: Final = _AS.part(
    Quantity.AV_DIMENSIONLESS_INDEX, unisex("<0.25 severe | <=0.5 moderate | mild"), resolution=0.01
)
_SVI: Final = _AS.part(Quantity.STROKE_VOLUME_INDEX, unisex("<35 abnormal:low flow | normal"), resolution=1)
_AS_PARTS: Final = (_VMAX, _GRADIENT, _AREA, _AREA_INDEX, _DVI, _SVI)


def _stenosis(study: Study) -> Decision | None:
    speed, gradient = study.band(_VMAX), study.band(_GRADIENT)
    measured = [band for band in (speed, gradient) if band is not None]
    if not measured:
        return None  # an area alone never makes a stenosis
    reason = " and ".join(study.show(part) for part in (_VMAX, _GRADIENT) if study.band(part))
    flags = _inflated(study)
    severe = [band for band in measured if band.grade is Grade.SEVERE]
    if severe:
        very = any(band.label == "very severe" for band in severe)
        flags += _area_disagrees(study)
        return Decision(FindingState.PRESENT, Grade.SEVERE, "very severe" if very else "", reason, flags)
    small = [
        part for part in (_AREA, _AREA_INDEX) if (band := study.band(part)) and band.grade is Grade.SEVERE
    ]
    velocity = study.value(Quantity.AV_VMAX)
    if small and (velocity is None or velocity >= 2.5):
        return _low_gradient(study, f"{reason}, {' and '.join(study.show(part) for part in small)}", flags)
    if speed is None:
        assert gradient is not None
        if study.band(_AREA) is None and gradient.grade is Grade.MILD:
            return None  # every open valve has a gradient below 20 mmHg
        return Decision(FindingState.PRESENT, gradient.grade, "", reason, flags)
    if speed.grade is Grade.NORMAL:
        return Decision(FindingState.ABSENT, Grade.NORMAL, speed.label, reason, flags)
    worst = max(measured, key=lambda band: severity(band.grade))
    return Decision(FindingState.PRESENT, worst.grade, "", reason, flags)


def _low_gradient(study: Study, reason: str, flags: tuple[str, ...]) -> Decision:
    """Return what a small area below the severe gradient means, by flow and ejection fraction."""
    low_flow, ejection = study.is_abnormal(_SVI), best_lvef(study)
    index = study.band(_DVI)
    if index is not None and index.grade is not Grade.SEVERE:
        flags += (f"{study.show(_DVI)} is not severe: check the LVOT diameter",)
    if low_flow is None:
        label = "small area with a low gradient, flow unknown"
        return Decision(FindingState.DISCORDANT, None, label, reason, flags)
    reason = f"{reason}, {study.show(_SVI)}"
    if not low_flow:
        label = "normal-flow low-gradient, usually moderate"
        return Decision(FindingState.DISCORDANT, None, label, reason, flags)
    if ejection is None:
        return Decision(
            FindingState.INDETERMINATE, None, "low-flow low-gradient, severe possible", reason, flags
        )
    reason = f"{reason}, LVEF {ejection:.0f} %"
    if ejection < 50:
        label = "low-flow low-gradient with reduced LVEF, severe possible (dobutamine or CT)"
    else:
        label = "paradoxical low-flow low-gradient, severe possible (CT calcium score)"
    return Decision(FindingState.INDETERMINATE, None, label, reason, flags)


def _inflated(study: Study) -> tuple[str, ...]:
    regurgitant = study.sees(Sign.SIGNIFICANT_AORTIC_REGURGITATION)
    return ("aortic regurgitation raises velocity and gradient",) if regurgitant else ()


def _area_disagrees(study: Study) -> tuple[str, ...]:
    area = study.band(_AREA)
    if area is not None and area.grade is not Grade.SEVERE:
        return (f"{study.show(_AREA)} is not severe: check the LVOT diameter, or high flow",)
    return ()


AS_GRADE: Final = _AS.algorithm(
    "Aortic stenosis grade",
    _AS_PARTS,
    _stenosis,
    logic=(
        "Velocity from 4 m/s or mean gradient from 40 mmHg is severe (5 or 60 very severe). Below, an "
        "area under 1.0 cm2 or "
        "0.6 cm2/m2 is a low-gradient state: with SVi under 35 severe is possible (by LVEF classic or "
        "paradoxical), with "
        "normal or unknown flow it is discordant. Otherwise the worse of velocity and gradient; below "
        "2.6 m/s none. An area "
        "alone never makes a stenosis, nor one below 2.5 m/s."
    ),
    note=(
        "area < 1.0 (2017) against <= 1.0 (2020); moderate up to 4.0 (2017) against 3.9 (2020); "
        "mild from 2.6 (2017) against 2.0 m/s (2020)"
    ),
    signs=(Sign.SIGNIFICANT_AORTIC_REGURGITATION,),
    gates=(NATIVE_AORTIC, LV_OUTFLOW_OBSTRUCTION),
    others=(Quantity.LVEF_BIPLANE,),
)

_SCLEROSIS: Final = Origin(
    "as_sclerosis", Finding.AORTIC_SCLEROSIS, AS2017, "severity table", Confidence.VERIFIED_SECONDARY
)
_SLOW: Final = _SCLEROSIS.part(Quantity.AV_VMAX, unisex("<=2.5 normal | abnormal"), resolution=0.1)


def _sclerosis(study: Study) -> Decision | None:
    thick, fast = study.sees(Sign.AORTIC_LEAFLETS_THICKENED), study.is_abnormal(_SLOW)
    if thick is None or fast is None:
        return None
    leaflets = "thickened leaflets" if thick else "leaflets not thickened"
    reason = f"{leaflets} and {study.compare(_SLOW)}"
    if thick and not fast:
        return Decision(FindingState.PRESENT, Grade.ABNORMAL, "sclerosis", reason)
    return Decision(FindingState.ABSENT, Grade.NORMAL, "", reason)


AS_SCLEROSIS: Final = _SCLEROSIS.algorithm(
    "Aortic sclerosis",
    (_SLOW,),
    _sclerosis,
    logic="Thickened or calcified leaflets with a velocity up to 2.5 m/s; beyond it is stenosis.",
    signs=(Sign.AORTIC_LEAFLETS_THICKENED,),
    gates=(NATIVE_AORTIC,),
)

_AR: Final = Origin(
    "ar_grade", Finding.AORTIC_REGURGITATION, REG2017, "AR grading table", Confidence.VERIFIED_SECONDARY
)
FOUR_ORIFICE_STEPS: Final = "mild | <{} mild:mild to moderate | <{} moderate:moderate to severe | severe"
_AR_WEIGHTED: Final = tuple(
    (_AR.part(quantity, unisex(cuts), resolution=resolution), weight)
    for quantity, cuts, resolution, weight in (
        (Quantity.AR_EROA, "<0.1 " + FOUR_ORIFICE_STEPS.format(0.2, 0.3), 0.01, 2.0),
        (Quantity.AR_REGURGITANT_VOLUME, "<30 " + FOUR_ORIFICE_STEPS.format(45, 60), 1, 2.0),
        (Quantity.AR_REGURGITANT_FRACTION, "<30 " + FOUR_ORIFICE_STEPS.format(40, 50), 1, 2.0),
        (Quantity.AR_VENA_CONTRACTA, "<0.3 mild | <=0.6 moderate | severe", 0.01, 1.5),
        (Quantity.AR_JET_WIDTH, "<25 mild | <65 moderate | severe", 1, 1.0),
        (Quantity.AR_PRESSURE_HALF_TIME, "<200 severe | <=500 moderate | mild", 1, 0.5),
    )
)


def _regurgitation(study: Study) -> Decision | None:
    cast = votes(study, _AR_WEIGHTED)
    if study.sees(Sign.AORTIC_HOLODIASTOLIC_REVERSAL):
        cast.append(Vote(Grade.SEVERE, 1.0, f"{Sign.AORTIC_HOLODIASTOLIC_REVERSAL.value} (severe)"))
    return weigh(cast)


AR_GRADE: Final = _AR.algorithm(
    "Aortic regurgitation grade",
    tuple(part for part, _ in _AR_WEIGHTED),
    _regurgitation,
    logic=(
        "Weighted median: EROA, volume and fraction count 2, vena contracta 1.5, jet width 1, half-time "
        "0.5, holodiastolic "
        "reversal votes severe with 1. Four values of one extreme decide; values two grades apart are discordant."
    ),
    note=(
        "half-time misleads in acute regurgitation and raised filling pressure, jet width in eccentric "
        "jets; the upper of the "
        "two moderate classes counts as moderate, the lower as mild"
    ),
    signs=(Sign.AORTIC_HOLODIASTOLIC_REVERSAL,),
    gates=(NATIVE_AORTIC,),
)

ALGORITHMS: Final[tuple[Algorithm, ...]] = (AS_GRADE, AS_SCLEROSIS, AR_GRADE)
