"""Rules for prosthetic valves, which replace those for native ones."""

from typing import Final

from echovlm.clinical.documents import PHV2009, Confidence
from echovlm.clinical.findings import Finding, FindingState, Grade
from echovlm.clinical.guidelines.algorithm import Algorithm, Decision, Origin
from echovlm.clinical.guidelines.bands import unisex
from echovlm.clinical.guidelines.rule import Rule
from echovlm.clinical.guidelines.study import Study
from echovlm.clinical.measurement import Quantity

PPM_AV: Final = Rule(
    id="ppm_av",
    name="Patient-prosthesis mismatch, aortic",
    finding=Finding.PPM_AV,
    quantity=Quantity.PROSTHETIC_AV_EOA_INDEX,
    bands=unisex("<=0.65 severe | <=0.85 moderate | normal:insignificant"),
    resolution=0.01,
    document=PHV2009,
    clause="PPM",
    confidence=Confidence.VERIFIED_SECONDARY,
    confidence_note="with a body mass index of 30 and more other documents take 0.70 and 0.60 or 0.55; not applied",
)

_AV: Final = Origin(
    "pav_stenosis", Finding.PROSTHETIC_AV_OBSTRUCTION, PHV2009, "prosthetic AV table", Confidence.PARTIAL
)
_POSSIBLE: Final = "mild:possible"
_AV_SPEED: Final = (
    _AV.part(
        Quantity.PROSTHETIC_AV_VMAX,
        unisex(f"<3.0 normal | <=4.0 {_POSSIBLE} | severe:significant"),
        resolution=0.1,
    ),
    _AV.part(
        Quantity.PROSTHETIC_AV_MEAN_GRADIENT,
        unisex(f"<20 normal | <=35 {_POSSIBLE} | severe:significant"),
        resolution=1,
    ),
)
_AV_DVI: Final = _AV.part(
    Quantity.PROSTHETIC_AV_DVI,
    unisex(f"<0.25 severe:significant | <0.3 {_POSSIBLE} | normal"),
    resolution=0.01,
)
_AV_FLOW: Final = (
    _AV_DVI,
    _AV.part(
        Quantity.PROSTHETIC_AV_EOA,
        unisex(f"<0.8 severe:significant | <=1.2 {_POSSIBLE} | normal"),
        resolution=0.01,
    ),
    _AV.part(
        Quantity.PROSTHETIC_AV_ACCELERATION_TIME,
        unisex(f"<80 normal | <=100 {_POSSIBLE} | severe:significant"),
        resolution=1,
    ),
)


def _aortic(study: Study) -> Decision | None:
    speeds = [band for part in _AV_SPEED if (band := study.band(part)) is not None]
    flows = [band for part in _AV_FLOW if (band := study.band(part)) is not None]
    if not speeds:
        return None
    parts = [part for part in (*_AV_SPEED, *_AV_FLOW) if study.band(part) is not None]
    reason = ", ".join(study.show(part) for part in parts)
    fast = any(band.grade is not Grade.NORMAL for band in speeds)
    severe_flows = sum(band.grade is Grade.SEVERE for band in flows)
    if any(band.grade is Grade.SEVERE for band in speeds) and severe_flows >= 2:
        return Decision(FindingState.PRESENT, Grade.SEVERE, "significant", reason)
    if fast and study.is_abnormal(_AV_DVI) is False:
        return Decision(FindingState.INDETERMINATE, None, "mismatch or high flow", reason)
    if fast or any(band.grade is not Grade.NORMAL for band in flows):
        return Decision(FindingState.INDETERMINATE, None, "possible obstruction", reason)
    return Decision(FindingState.ABSENT, Grade.NORMAL, "", reason)


PAV_STENOSIS: Final = _AV.algorithm(
    "Prosthetic aortic obstruction",
    (*_AV_SPEED, *_AV_FLOW),
    _aortic,
    logic=(
        "Significant: velocity or gradient and two of DVI, orifice area and acceleration time. A high "
        "velocity with a normal DVI "
        "is mismatch or high flow; anything else abnormal is possible."
    ),
    note="orifice area and DVI seen, the other cells from protocol notes or memory; the 2024 update was not checked",
)

_MV: Final = Origin(
    "pmv_stenosis", Finding.PROSTHETIC_MV_OBSTRUCTION, PHV2009, "prosthetic MV table", Confidence.PARTIAL
)
_MV_TIME: Final = _MV.part(
    Quantity.PROSTHETIC_MV_PRESSURE_HALF_TIME,
    unisex(f"<130 normal | <=200 {_POSSIBLE} | severe:significant"),
    resolution=1,
)
_MV_SPEED: Final = _MV.part(
    Quantity.PROSTHETIC_MV_VMAX,
    unisex(f"<1.9 normal | <2.5 {_POSSIBLE} | severe:significant"),
    resolution=0.1,
)
_MV_DVI: Final = _MV.part(
    Quantity.PROSTHETIC_MV_DVI,
    unisex(f"<2.2 normal | <=2.5 {_POSSIBLE} | severe:significant"),
    resolution=0.1,
)
_MV_PARTS: Final = (
    _MV_SPEED,
    _MV.part(
        Quantity.PROSTHETIC_MV_MEAN_GRADIENT,
        unisex(f"<=5 normal | <=10 {_POSSIBLE} | severe:significant"),
        resolution=1,
    ),
    _MV_DVI,
    _MV.part(
        Quantity.PROSTHETIC_MV_EOA,
        unisex(f"<1.0 severe:significant | <2.0 {_POSSIBLE} | normal"),
        resolution=0.01,
    ),
    _MV_TIME,
)


def _mitral(study: Study) -> Decision | None:
    known = [(part, band) for part in _MV_PARTS if (band := study.band(part)) is not None]
    if not known or (study.band(_MV_SPEED) is None and study.band(_MV_PARTS[1]) is None):
        return None
    reason = ", ".join(study.show(part) for part, _ in known)
    slow = study.is_abnormal(_MV_TIME)
    abnormal = [band for _, band in known if band.grade is not Grade.NORMAL]
    significant = [band for band in abnormal if band.grade is Grade.SEVERE]
    if slow is False and study.is_abnormal(_MV_SPEED) and study.is_abnormal(_MV_DVI):
        return Decision(FindingState.INDETERMINATE, None, "regurgitation rather than obstruction", reason)
    if slow and len(significant) >= 2:
        return Decision(FindingState.PRESENT, Grade.SEVERE, "significant", reason)
    if abnormal:
        return Decision(FindingState.INDETERMINATE, None, "possible obstruction", reason)
    return Decision(FindingState.ABSENT, Grade.NORMAL, "", reason)


PMV_STENOSIS: Final = _MV.algorithm(
    "Prosthetic mitral obstruction",
    _MV_PARTS,
    _mitral,
    logic=(
        "A long half-time with two significant values is obstruction; a normal half-time with high "
        "velocity and DVI points to "
        "regurgitation; anything else abnormal is possible."
    ),
    note="half-time limits from memory; two significant values are a choice of this project",
)

RULES: Final = (PPM_AV,)

ALGORITHMS: Final[tuple[Algorithm, ...]] = (PAV_STENOSIS, PMV_STENOSIS)
