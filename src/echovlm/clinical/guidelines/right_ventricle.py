"""Rules for the size, wall and function of the right ventricle."""

from dataclasses import replace
from typing import Final

from echovlm.clinical.context import Sign
from echovlm.clinical.documents import (
    ASE2010RH,
    ASE2015,
    ASE2025RH,
    ESCERS2022,
    Confidence,
    Profile,
)
from echovlm.clinical.findings import Finding, FindingState, Grade
from echovlm.clinical.guidelines.algorithm import Algorithm, Decision, Origin
from echovlm.clinical.guidelines.bands import larger_is_abnormal, severity, unisex
from echovlm.clinical.guidelines.combining import any_positive, votes, weigh
from echovlm.clinical.guidelines.gates import FIBRILLATION, closed_gate
from echovlm.clinical.guidelines.rule import Rule, SexBands
from echovlm.clinical.guidelines.study import Study
from echovlm.clinical.measurement import Quantity

_BASAL_BANDS: Final = larger_is_abnormal(4.1)  # printed as 41 mm

RV_SIZE_2015: Final = Rule(
    id="rv_size_2015",
    name="RV dilatation by the basal diameter",
    finding=Finding.RV_DILATED,
    quantity=Quantity.RV_BASAL_DIAMETER,
    bands=SexBands(men=_BASAL_BANDS, women=_BASAL_BANDS),
    resolution=0.1,
    document=ASE2015,
    clause="RV size table",
    confidence=Confidence.PARTIAL,
    confidence_note=(
        "basal limit of 41 mm seen; the table has no mild, moderate or severe; "
        "a missing mid-cavity diameter does not keep the ventricle from being normal"
    ),
)

RV_MID_2015: Final = replace(
    RV_SIZE_2015,
    id="rv_size_2015_mid",
    name="RV dilatation by the mid-cavity diameter",
    quantity=Quantity.RV_MID_DIAMETER,
    bands=unisex("<=3.5 normal | abnormal"),
    confidence_note="limit of 35 mm seen; the draft also lists the length (83 mm), which decides nothing by itself",
    supporting=True,
)

RVOT_2015: Final = Rule(
    id="rvot_size_2015",
    name="RVOT dilatation, proximal",
    finding=Finding.RVOT_DILATED,
    quantity=Quantity.RVOT_DIAMETER_PROXIMAL,
    bands=unisex("<=3.5 normal | abnormal"),
    resolution=0.1,
    document=ASE2015,
    clause="RV size table",
    confidence=Confidence.PARTIAL,
    confidence_note="RVOT limits from memory; an RVOT alone is no dilated ventricle",
)
RVOT_PLAX_2015: Final = replace(
    RVOT_2015,
    id="rvot_size_2015_plax",
    name="RVOT dilatation, long axis",
    quantity=Quantity.RVOT_DIAMETER_PLAX,
    bands=unisex("<=3.0 normal | abnormal"),
    supporting=True,
)
RVOT_DISTAL_2015: Final = replace(
    RVOT_2015,
    id="rvot_size_2015_distal",
    name="RVOT dilatation, distal",
    quantity=Quantity.RVOT_DIAMETER_DISTAL,
    bands=unisex("<=2.7 normal | abnormal"),
    supporting=True,
)

_OLD: Final = Origin(
    "rv_size_2010", Finding.RV_DILATED, ASE2010RH, "summary table", Confidence.MEMORY, Profile.LEGACY
)
_OLD_PARTS: Final = tuple(
    _OLD.part(quantity, unisex(f"<={limit} normal | abnormal"), resolution=0.1)
    for quantity, limit in (
        (Quantity.RV_BASAL_DIAMETER, 4.2),
        (Quantity.RV_MID_DIAMETER, 3.5),
        (Quantity.RV_LENGTH, 8.6),
        (Quantity.RVOT_DIAMETER_PLAX, 3.3),
        (Quantity.RVOT_DIAMETER_DISTAL, 2.7),
    )
)
RV_SIZE_2010: Final = _OLD.algorithm(
    "RV dilatation, 2010 limits",
    _OLD_PARTS,
    lambda study: any_positive(study, _OLD_PARTS),
    logic="Any diameter above its limit; to reproduce the wording of older reports.",
)

RV_WALL: Final = Rule(
    id="rv_wall",
    name="RV hypertrophy",
    finding=Finding.RV_HYPERTROPHY,
    quantity=Quantity.RV_WALL_THICKNESS,
    bands=unisex("<=0.5 normal | abnormal"),
    resolution=0.1,
    document=ASE2015,
    clause="RV wall thickness (subcostal or PLAX)",
    confidence=Confidence.VERIFIED_SECONDARY,
)

RV_PA_COUPLING: Final = Rule(
    id="rv_pa_coupling",
    name="RV-PA uncoupling",
    finding=Finding.RV_PA_UNCOUPLING,
    quantity=Quantity.TAPSE_PASP_RATIO,
    bands=unisex("<0.32 severe:uncoupled | <0.55 mild:reduced | normal"),
    resolution=0.01,
    document=ESCERS2022,
    clause="PH signs (0.55); risk table (0.32)",
    confidence=Confidence.VERIFIED_SECONDARY,
)

SEPTAL_FLATTENING: Final = Rule(
    id="septal_flattening",
    name="Interventricular septal flattening (D-shaped LV)",
    finding=Finding.SEPTAL_FLATTENING,
    quantity=Quantity.LV_ECCENTRICITY_INDEX,
    bands=unisex("<=1.1 normal | abnormal:flattened"),
    resolution=0.1,
    document=ESCERS2022,
    clause="PH signs",
    confidence=Confidence.VERIFIED_SECONDARY,
)

_F15: Final = Origin(
    "rv_function_2015",
    Finding.RV_SYSTOLIC_DYSFUNCTION,
    ASE2015,
    "RV function table",
    Confidence.VERIFIED_SECONDARY,
)
_F15_TAPSE: Final = _F15.part(Quantity.TAPSE, unisex("<17 abnormal | normal"), resolution=1)
_F15_S: Final = _F15.part(Quantity.RV_S_PRIME, unisex("<9.5 abnormal | normal"), resolution=0.1)
_F15_STRONG: Final = (
    _F15.part(Quantity.RV_FAC, unisex("<35 abnormal | normal"), resolution=1),
    _F15.part(Quantity.RVEF_3D, unisex("<45 abnormal | normal"), resolution=1),
)
_F15_RIMP: Final = (
    _F15.part(Quantity.RIMP_TDI, unisex("<=0.54 normal | abnormal"), resolution=0.01),
    _F15.part(Quantity.RIMP_PW, unisex("<=0.43 normal | abnormal"), resolution=0.01),
)
_F15_STRAIN: Final = _F15.part(
    Quantity.RV_FREE_WALL_STRAIN, unisex("<=-20 normal | abnormal"), resolution=0.1
)
_ANNULAR: Final = (Quantity.TAPSE, Quantity.RV_S_PRIME)


def _unreliable(study: Study) -> tuple[Quantity, ...]:
    """Return the quantities that surgery, severe regurgitation or rhythm make unreliable."""
    annular = study.sees(Sign.CARDIAC_SURGERY) or study.sees(Sign.SEVERE_TRICUSPID_REGURGITATION)
    fibrillating = closed_gate((FIBRILLATION,), study.context) is not None
    return (*(_ANNULAR if annular else ()), *((Quantity.RIMP_TDI, Quantity.RIMP_PW) if fibrillating else ()))


def _function_2015(study: Study) -> Decision | None:
    excluded = _unreliable(study)
    parts = (_F15_TAPSE, _F15_S, *_F15_STRONG, *_F15_RIMP, _F15_STRAIN)
    known = [p for p in parts if p.quantity not in excluded and study.is_abnormal(p) is not None]
    if not known:
        return None
    low = [part for part in known if study.is_abnormal(part)]
    flags = ("TAPSE and S' are unreliable here",) if excluded and excluded[0] in _ANNULAR else ()
    reason = " and ".join(study.compare(part) for part in low or known)
    if any(part in _F15_STRONG for part in low) or len(low) >= 2 or (low and len(known) == 1):
        return Decision(FindingState.PRESENT, Grade.ABNORMAL, "reduced", reason, flags)
    if low:
        return Decision(FindingState.INDETERMINATE, reason=f"{reason} alone of {len(known)}", flags=flags)
    return Decision(FindingState.ABSENT, Grade.NORMAL, "", reason, flags)


RV_FUNCTION_2015: Final = _F15.algorithm(
    "RV systolic dysfunction (binary)",
    (_F15_TAPSE, _F15_S, *_F15_STRONG, *_F15_RIMP, _F15_STRAIN),
    _function_2015,
    logic=(
        "Reduced when FAC or 3D ejection fraction is low, when two values are, or when the only value "
        "is. One low value "
        "among several normal ones is indeterminate (a choice of this project). TAPSE and S' are left out after "
        "surgery or with severe TR, RIMP in atrial fibrillation."
    ),
    signs=(Sign.CARDIAC_SURGERY, Sign.SEVERE_TRICUSPID_REGURGITATION),
)

_F25: Final = Origin(
    "rv_function_2025", Finding.RV_SYSTOLIC_DYSFUNCTION, ASE2025RH, "graded severity table",
    Confidence.VERIFIED_SECONDARY, Profile.LATEST,
)  # fmt: skip
_F25_WEIGHTED: Final = tuple(
    (_F25.part(quantity, unisex(cuts), resolution=resolution), weight)
    for quantity, cuts, resolution, weight in (
        (Quantity.TAPSE, "<=10 severe | <=13 moderate | <=17 mild | normal", 1, 1.0),
        (Quantity.RV_S_PRIME, "<=5.0 severe | <=7.2 moderate | <=9.5 mild | normal", 0.1, 1.0),
        (Quantity.RV_FAC, "<=22 severe | <=29 moderate | <=35 mild | normal", 1, 2.0),
        (Quantity.RVEF_3D, "<32 severe | <39 moderate | <=45 mild | normal", 1, 2.0),
        (Quantity.RV_FREE_WALL_STRAIN, "<-20 normal | <=-15 mild | <=-11 moderate | severe", 0.1, 1.0),
        (Quantity.RIMP_TDI, "<0.55 normal | <0.62 mild | <0.7 moderate | severe", 0.01, 1.0),
        (Quantity.RIMP_PW, "<0.4 normal | <0.49 mild | <0.57 moderate | severe", 0.01, 1.0),
    )
)


def _function_2025(study: Study) -> Decision | None:
    excluded = _unreliable(study)
    usable = [(part, weight) for part, weight in _F25_WEIGHTED if part.quantity not in excluded]
    cast = votes(study, usable)
    decision = weigh(cast)
    if decision is None or decision.grade is None or severity(decision.grade) < 2 or len(cast) >= 2:
        return decision
    reason = f"{decision.reason}; moderate or worse needs two values"
    return Decision(FindingState.INDETERMINATE, reason=reason)


RV_FUNCTION_2025: Final = _F25.algorithm(
    "RV systolic dysfunction, graded",
    tuple(part for part, _ in _F25_WEIGHTED),
    _function_2025,
    logic="Weighted median grade, FAC and 3D ejection fraction counting double; moderate or worse needs two values.",
    note="one secondary source; to which grade shared edges such as TAPSE 13 belong is ambiguous there",
    signs=(Sign.CARDIAC_SURGERY, Sign.SEVERE_TRICUSPID_REGURGITATION),
)

RULES: Final = (
    RV_SIZE_2015, RV_MID_2015, RVOT_2015, RVOT_PLAX_2015, RVOT_DISTAL_2015, RV_WALL, RV_PA_COUPLING, SEPTAL_FLATTENING,
)  # fmt: skip

ALGORITHMS: Final[tuple[Algorithm, ...]] = (RV_SIZE_2010, RV_FUNCTION_2015, RV_FUNCTION_2025)
