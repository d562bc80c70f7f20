"""Rules for right atrial and pulmonary pressure."""

from typing import Final

from echovlm.clinical.context import Sign
from echovlm.clinical.documents import ASE2010RH, CONV, ESCERS2022, Confidence
from echovlm.clinical.findings import Finding, FindingState, Grade
from echovlm.clinical.formulas.flow import rap_from_ivc
from echovlm.clinical.guidelines.algorithm import Algorithm, Decision, Origin
from echovlm.clinical.guidelines.bands import unisex
from echovlm.clinical.guidelines.gates import RV_OUTFLOW_OBSTRUCTION, VENTILATED
from echovlm.clinical.guidelines.rule import Rule
from echovlm.clinical.guidelines.study import Study
from echovlm.clinical.measurement import Quantity

IVC_DILATED: Final = Rule(
    id="ivc_dilated",
    name="Dilated IVC",
    finding=Finding.IVC_DILATED,
    quantity=Quantity.IVC_DIAMETER,
    bands=unisex("<=2.1 normal | abnormal"),
    resolution=0.1,
    document=ASE2010RH,
    clause="RAP table",
    confidence=Confidence.VERIFIED_SECONDARY,
    confidence_note="athletes may have a large vena cava",
)

PA_DILATED: Final = Rule(
    id="pa_dilated",
    name="Dilated main pulmonary artery",
    finding=Finding.PA_DILATED,
    quantity=Quantity.PULMONARY_ARTERY_DIAMETER,
    bands=unisex("<=2.5 normal | abnormal"),
    resolution=0.1,
    document=ESCERS2022,
    clause="PH signs",
    confidence=Confidence.VERIFIED_SECONDARY,
)

RVSP_BAND: Final = Rule(
    id="rvsp_band",
    name="RVSP band",
    finding=Finding.ELEVATED_RVSP,
    quantity=Quantity.RVSP,
    bands=unisex("<36 normal | <50 mild | <60 moderate | severe"),
    resolution=1,
    document=CONV,
    clause="upper normal limit of 35 to 36 mmHg from ASE 2010",
    confidence=Confidence.CONVENTION,
    confidence_note="to reproduce report wording only; no guideline grades the pressure",
    gates=(RV_OUTFLOW_OBSTRUCTION,),
)

_RAP: Final = Origin(
    "rap_estimate", Finding.RAISED_RAP, ASE2010RH, "RAP table (kept in 2015)", Confidence.VERIFIED_SECONDARY
)
_RAP_IVC: Final = _RAP.part(Quantity.IVC_DIAMETER, unisex("<=2.1 normal | abnormal"), resolution=0.1)
_RAP_COLLAPSE: Final = _RAP.part(
    Quantity.IVC_COLLAPSE, unisex("<50 abnormal | <=50 borderline | normal"), resolution=1
)


def _atrial_pressure(study: Study) -> Decision | None:
    wide, fall = study.value(Quantity.IVC_DIAMETER), study.value(Quantity.IVC_COLLAPSE)
    if wide is None or fall is None:
        return None
    pressure = rap_from_ivc(_RAP_IVC.rounded(wide), _RAP_COLLAPSE.rounded(fall))
    reason = f"{study.show(_RAP_IVC)} and {study.show(_RAP_COLLAPSE)}"
    if pressure == 3:
        return Decision(FindingState.ABSENT, Grade.NORMAL, "3 mmHg", reason)
    if pressure == 15:
        return Decision(FindingState.PRESENT, Grade.ABNORMAL, "15 mmHg", reason)
    return Decision(FindingState.INDETERMINATE, None, "intermediate, 8 mmHg", reason)


RAP_ESTIMATE: Final = _RAP.algorithm(
    "RA pressure estimate",
    (_RAP_IVC, _RAP_COLLAPSE),
    _atrial_pressure,
    logic="Up to 2.1 cm with more than 50 % collapse is 3 mmHg, above with less is 15 mmHg, anything else 8 mmHg.",
    note="hepatic veins and filling may move the middle class",
    gates=(VENTILATED,),
)

_PH: Final = Origin(
    "ph_probability", Finding.PULMONARY_HYPERTENSION, ESCERS2022, "probability figure and signs table",
    Confidence.VERIFIED_SECONDARY,
)  # fmt: skip
_PH_TR: Final = _PH.part(
    Quantity.TR_VMAX,
    unisex("<=2.8 normal | <=3.4 mild:intermediate velocity | severe:high velocity"),
    resolution=0.1,
)
_PH_A: Final = (
    _PH.part(Quantity.RV_LV_RATIO, unisex("<=1.0 normal | abnormal"), resolution=0.01),
    _PH.part(Quantity.LV_ECCENTRICITY_INDEX, unisex("<=1.1 normal | abnormal"), resolution=0.1),
    _PH.part(Quantity.TAPSE_PASP_RATIO, unisex("<0.55 abnormal | normal"), resolution=0.01),
)
_PH_B: Final = (
    _PH.part(Quantity.RVOT_ACCELERATION_TIME, unisex("<105 abnormal | normal"), resolution=1),
    _PH.part(Quantity.PR_EARLY_VELOCITY, unisex("<=2.2 normal | abnormal"), resolution=0.1),
    _PH.part(Quantity.PULMONARY_ARTERY_DIAMETER, unisex("<=2.5 normal | abnormal"), resolution=0.1),
)
_PH_IVC: Final = _PH.part(Quantity.IVC_DIAMETER, unisex("<=2.1 normal | abnormal"), resolution=0.1)
_PH_COLLAPSE: Final = _PH.part(Quantity.IVC_COLLAPSE, unisex("<50 abnormal | normal"), resolution=1)
_PH_RA: Final = _PH.part(Quantity.RA_AREA, unisex("<=18 normal | abnormal"), resolution=1)


def _signs(study: Study) -> tuple[int, int, str]:
    """Return how many of the three groups have a sign, how many were looked at, and the signs in words."""
    notch = study.sees(Sign.RVOT_NOTCH)
    plethora = (
        study.is_abnormal(_PH_IVC) and study.is_abnormal(_PH_COLLAPSE)
        if study.is_abnormal(_PH_IVC) is not None and study.is_abnormal(_PH_COLLAPSE) is not None
        else None
    )
    groups = (
        [study.is_abnormal(part) for part in _PH_A],
        [*(study.is_abnormal(part) for part in _PH_B), notch],
        [plethora, study.is_abnormal(_PH_RA)],
    )
    looked = sum(any(verdict is not None for verdict in group) for group in groups)
    positive = sum(any(group) for group in groups)
    found = [study.show(part) for part in (*_PH_A, *_PH_B, _PH_RA) if study.is_abnormal(part)]
    found += ["plethoric IVC"] if plethora else []
    found += ["RVOT notch"] if notch else []
    return positive, looked, ", ".join(found)


def _probability(study: Study) -> Decision | None:
    velocity = study.band(_PH_TR)
    positive, looked, found = _signs(study)
    signs = positive >= 2
    said = f"signs in {positive} of {looked} groups" + (f" ({found})" if found else "")
    if velocity is None:
        # Unmeasurable regurgitation is no normal pressure: only signs can speak, and their absence does not.
        return Decision(FindingState.INDETERMINATE, None, "intermediate probability", said) if signs else None
    reason = f"{study.show(_PH_TR)}, {said}"
    if velocity.grade is Grade.SEVERE or (velocity.grade is Grade.MILD and signs):
        return Decision(FindingState.PRESENT, Grade.ABNORMAL, "high probability", reason)
    if velocity.grade is Grade.MILD or signs:
        return Decision(FindingState.INDETERMINATE, None, "intermediate probability", reason)
    flags = () if looked >= 2 else ("fewer than two groups of signs were looked at",)
    return Decision(FindingState.ABSENT, Grade.NORMAL, "low probability", reason, flags)


PH_PROBABILITY: Final = _PH.algorithm(
    "PH probability",
    (_PH_TR, *_PH_A, *_PH_B, _PH_IVC, _PH_COLLAPSE, _PH_RA),
    _probability,
    logic=(
        "Signs are positive when two of the groups ventricles, pulmonary artery, vena cava and atrium have one. "
        "TR velocity up to 2.8 m/s: low, with signs intermediate; 2.9 to 3.4: intermediate, with signs "
        "high; above 3.4: "
        "high. High is present, low absent, intermediate indeterminate. Without a velocity the finding "
        "is never absent."
    ),
    note="2.8 m/s itself counts as not raised",
    signs=(Sign.RVOT_NOTCH,),
    gates=(RV_OUTFLOW_OBSTRUCTION,),
)

RULES: Final = (IVC_DILATED, PA_DILATED, RVSP_BAND)

ALGORITHMS: Final[tuple[Algorithm, ...]] = (RAP_ESTIMATE, PH_PROBABILITY)
