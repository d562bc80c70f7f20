"""Rules for the size of the thoracic aorta."""

from dataclasses import replace
from typing import Final

from echovlm.clinical.documents import AO2022, AO2024, ASE2015, DEV2012, Confidence, Profile
from echovlm.clinical.findings import Distance, Finding, FindingState, Grade
from echovlm.clinical.formulas import root_z
from echovlm.clinical.guidelines.algorithm import Algorithm, Decision, Origin
from echovlm.clinical.guidelines.bands import by_sex, larger_is_abnormal, unisex
from echovlm.clinical.guidelines.combining import any_positive
from echovlm.clinical.guidelines.rule import Rule, SexBands
from echovlm.clinical.guidelines.study import Study
from echovlm.clinical.measurement import Quantity

AO_SINUS_2015: Final = Rule(
    id="ao_sinus_2015",
    name="Aortic root (sinus) dilatation (mean+2SD)",
    finding=Finding.AO_SINUS_DILATED,
    quantity=Quantity.AORTIC_SINUS_DIAMETER,
    bands=SexBands(men=larger_is_abnormal(4.0), women=larger_is_abnormal(3.6)),
    resolution=0.1,
    document=ASE2015,
    clause="aortic root table",
    confidence=Confidence.PARTIAL,
    confidence_note=(
        "means and SD seen only in summaries that quote the EACVI table; +2SD computed; "
        "prefer an indexed limit or a z-score at extremes of body size"
    ),
    precedence=1,
)

AO_STJ_2015: Final = replace(
    AO_SINUS_2015,
    id="ao_stj_2015",
    name="STJ dilatation (mean+2SD)",
    finding=Finding.AO_STJ_DILATED,
    quantity=Quantity.AORTIC_STJ_DIAMETER,
    bands=by_sex(men="<=3.5 normal | abnormal", women="<=3.2 normal | abnormal"),
    precedence=0,
)

AO_ASC_2015: Final = replace(
    AO_SINUS_2015,
    id="ao_asc_2015",
    name="Ascending aorta dilatation (mean+2SD)",
    finding=Finding.AO_ASC_DILATED,
    quantity=Quantity.ASCENDING_AORTA_DIAMETER,
    bands=by_sex(men="<=3.8 normal | abnormal", women="<=3.5 normal | abnormal"),
    precedence=0,
)

AO_ANNULUS_2015: Final = replace(
    AO_SINUS_2015,
    id="ao_annulus_2015",
    name="Aortic annulus enlarged (mean+2SD)",
    finding=Finding.AO_ANNULUS_DILATED,
    quantity=Quantity.AORTIC_ANNULUS_DIAMETER,
    bands=by_sex(men="<=3.2 normal | abnormal", women="<=2.7 normal | abnormal"),
    precedence=0,
)

_Z: Final = Origin(
    "ao_root_z",
    Finding.AO_SINUS_DILATED,
    DEV2012,
    "regression on age, body surface and sex",
    Confidence.VERIFIED_TABLE,
)
_Z_BANDS: Final = _Z.part(
    Quantity.AORTIC_ROOT_Z, unisex("<=2 normal | <=3 mild | <=4 moderate | severe"), resolution=0.1
)


def _by_z(study: Study) -> Decision | None:
    sinus, age = study.value(Quantity.AORTIC_SINUS_DIAMETER), study.value(Quantity.AGE)
    surface = study.value(Quantity.BSA)
    if sinus is None or age is None or surface is None or study.sex is None:
        return None
    z = root_z(sinus, age, surface, study.sex)
    band = _Z_BANDS.band(z, study.sex)
    state = FindingState.ABSENT if band.grade is Grade.NORMAL else FindingState.PRESENT
    rounded = _Z_BANDS.rounded(z)
    reason = f"root z-score {rounded:.1f} by age, body surface and sex"
    distances = (Distance(Quantity.AORTIC_ROOT_Z, rounded, 2.0, rounded - 2.0),)
    return Decision(state, band.grade, "", reason, distances=distances)


AO_ROOT_Z: Final = _Z.algorithm(
    "Aortic root z-score",
    (_Z_BANDS,),
    _by_z,
    logic="z = (diameter - predicted) / 0.261 cm; asked first, when age, body surface and sex are known.",
    note="equation seen in the abstract; the mild, moderate and severe bands only in a summary",
    others=(Quantity.AORTIC_SINUS_DIAMETER, Quantity.AGE, Quantity.BSA),
    sex_matters=True,
)

_ESC: Final = Origin(
    "ao_esc2024", Finding.THORACIC_AORTA_DILATED, AO2024, "definition", Confidence.PARTIAL, Profile.LATEST
)
_ESC_SIZE: Final = by_sex(men="<=4.0 normal | abnormal", women="<=3.6 normal | abnormal")
_ESC_INDEX: Final = unisex("<=2.2 normal | abnormal")
_ESC_PARTS: Final = (
    _ESC.part(Quantity.AORTIC_SINUS_DIAMETER, _ESC_SIZE, resolution=0.1),
    _ESC.part(Quantity.ASCENDING_AORTA_DIAMETER, _ESC_SIZE, resolution=0.1),
    _ESC.part(Quantity.AORTIC_SINUS_INDEX, _ESC_INDEX, resolution=0.1),
    _ESC.part(Quantity.ASCENDING_AORTA_INDEX, _ESC_INDEX, resolution=0.1),
)

AO_ESC2024: Final = _ESC.algorithm(
    "Root or ascending dilatation, ESC 2024",
    _ESC_PARTS,
    lambda study: _either_place(study, _ESC_PARTS),
    logic=(
        "Any diameter above 4.0 cm in men, 3.6 in women, or above 2.2 cm/m2; absent only when both places "
        "were measured."
    ),
)

_ACC: Final = Origin(
    "ao_acc2022", Finding.THORACIC_AORTIC_ANEURYSM, AO2022, "definitions", Confidence.PARTIAL
)
_ACC_SIZE: Final = unisex("<4.0 normal | <4.5 mild:dilated | <5.5 moderate:aneurysm | severe:surgical size")
_ACC_PARTS: Final = (
    _ACC.part(Quantity.AORTIC_SINUS_DIAMETER, _ACC_SIZE, resolution=0.1),
    _ACC.part(Quantity.ASCENDING_AORTA_DIAMETER, _ACC_SIZE, resolution=0.1),
)

AO_ACC2022: Final = _ACC.algorithm(
    "Ascending dilatation or aneurysm, ACC/AHA 2022",
    _ACC_PARTS,
    lambda study: _either_place(study, _ACC_PARTS),
    logic="The larger of root and ascending aorta: dilated from 4.0, aneurysm from 4.5, surgical size from 5.5 cm.",
    note="4.0 and 4.5 seen; 5.5 and the indexed surgical limits from memory; lower limits with inherited disease",
)


def _either_place(study: Study, parts: tuple[Rule, ...]) -> Decision | None:
    decision = any_positive(study, parts)
    places = (Quantity.AORTIC_SINUS_DIAMETER, Quantity.ASCENDING_AORTA_DIAMETER)
    if decision is None or decision.state is FindingState.PRESENT:
        return decision
    return decision if all(study.value(place) is not None for place in places) else None


RULES: Final = (AO_SINUS_2015, AO_STJ_2015, AO_ASC_2015, AO_ANNULUS_2015)

ALGORITHMS: Final[tuple[Algorithm, ...]] = (AO_ROOT_Z, AO_ESC2024, AO_ACC2022)
