"""Algorithms for phenotypes of cardiomyopathy; a phenotype is no diagnosis."""

from typing import Final

from echovlm.clinical.context import Sign
from echovlm.clinical.documents import AMY2021, CMP2023, HCM2024, Confidence
from echovlm.clinical.findings import Finding, FindingState, Grade
from echovlm.clinical.guidelines.algorithm import Algorithm, Decision, Origin
from echovlm.clinical.guidelines.aortic_valve import AS_GRADE
from echovlm.clinical.guidelines.bands import by_sex, unisex
from echovlm.clinical.guidelines.combining import any_positive
from echovlm.clinical.guidelines.lv_function import best_lvef
from echovlm.clinical.guidelines.study import Study
from echovlm.clinical.measurement import Quantity

_HCM: Final = Origin(
    "hcm", Finding.HCM_PHENOTYPE, HCM2024, "diagnosis; ESC 2023 the same", Confidence.PARTIAL
)
_WALLS: Final = tuple(
    _HCM.part(
        quantity, unisex("<1.3 normal | <1.5 borderline | <3.0 abnormal | severe:massive"), resolution=0.1
    )
    for quantity in (Quantity.LV_MAX_WALL_THICKNESS, Quantity.IVS_THICKNESS_ED, Quantity.PW_THICKNESS_ED)
)
_ASYMMETRY: Final = _HCM.part(
    Quantity.SEPTAL_POSTERIOR_RATIO, unisex("<1.3 normal | abnormal:asymmetric"), resolution=0.1
)
_LOADS: Final = (Sign.HYPERTENSION, Sign.AMYLOIDOSIS_SUSPECTED, Sign.ATHLETE)


def _hypertrophic(study: Study) -> Decision | None:
    known = [(part, study.value(part.quantity)) for part in _WALLS]
    measured = [(part, value) for part, value in known if value is not None]
    if not measured:
        return None
    part, _ = max(measured, key=lambda item: item[1])
    band = study.band(part)
    assert band is not None
    reason = study.show(part)
    flags = ("asymmetric",) if study.is_abnormal(_ASYMMETRY) else ()
    if band.grade is Grade.NORMAL:
        both = part.quantity is Quantity.LV_MAX_WALL_THICKNESS or len(measured) >= 2
        return Decision(FindingState.ABSENT, Grade.NORMAL, "", reason, flags) if both else None
    if band.grade is Grade.BORDERLINE:
        if study.sees(Sign.FAMILY_OF_HCM):
            return Decision(FindingState.PRESENT, Grade.ABNORMAL, "familial limit of 13 mm", reason, flags)
        return Decision(FindingState.INDETERMINATE, None, "13 to 14 mm", reason, flags)
    stenosis = AS_GRADE.decide(study)
    loads = [sign.value for sign in _LOADS if study.sees(sign)]
    if stenosis is not None and stenosis.grade in (Grade.MODERATE, Grade.SEVERE):
        loads.append(f"{stenosis.grade.value} aortic stenosis")
    if loads:
        return Decision(
            FindingState.INDETERMINATE, None, "explained by load", f"{reason} with {', '.join(loads)}", flags
        )
    return Decision(
        FindingState.PRESENT, Grade.ABNORMAL, band.label or "phenotype, no diagnosis", reason, flags
    )


HCM: Final = _HCM.algorithm(
    "HCM phenotype",
    (*_WALLS, _ASYMMETRY),
    _hypertrophic,
    logic=(
        "The thickest wall from 1.5 cm without a load that explains it (moderate or severe AS, "
        "hypertension, suspected "
        "amyloidosis, athlete); 1.3 to 1.4 cm only with family or genotype. From 3.0 cm massive; a "
        "septal ratio from 1.3 is asymmetric."
    ),
    note="15 and 13 mm from memory, 30 mm seen; the ratio is convention",
    signs=(*_LOADS, Sign.FAMILY_OF_HCM),
    others=(Quantity.AV_VMAX, Quantity.AV_MEAN_GRADIENT),
)

_LVOTO: Final = Origin(
    "lvoto", Finding.LVOT_OBSTRUCTION, HCM2024, "definitions", Confidence.VERIFIED_SECONDARY
)
_LVOTO_CUTS: Final = unisex("<30 normal | <50 mild:obstruction | severe:significant obstruction")
_LVOTO_REST: Final = _LVOTO.part(Quantity.LVOT_GRADIENT_REST, _LVOTO_CUTS, resolution=1)
_LVOTO_PROVOKED: Final = _LVOTO.part(Quantity.LVOT_GRADIENT_PROVOKED, _LVOTO_CUTS, resolution=1)


def _obstruction(study: Study) -> Decision | None:
    decision = any_positive(study, (_LVOTO_REST, _LVOTO_PROVOKED))
    if decision is None:
        return None
    if decision.state is FindingState.PRESENT:
        kind = "basal" if study.is_abnormal(_LVOTO_REST) else "labile or latent"
        return Decision(decision.state, decision.grade, f"{decision.label}, {kind}", decision.reason)
    flags = () if study.is_abnormal(_LVOTO_PROVOKED) is False else ("not provoked",)
    return Decision(FindingState.ABSENT, Grade.NORMAL, "", decision.reason, flags)


LVOTO: Final = _LVOTO.algorithm(
    "LVOT obstruction",
    (_LVOTO_REST, _LVOTO_PROVOKED),
    _obstruction,
    logic="A peak gradient from 30 mmHg at rest is basal, only when provoked labile or latent; from 50 significant.",
    note="a late-peaking shape tells it from aortic stenosis",
)

_AMY: Final = Origin(
    "amyloid_suspicion", Finding.AMYLOID_SUSPICION, AMY2021, "echo criteria; IWT score", Confidence.PARTIAL
)
_AMY_WALLS: Final = tuple(
    _AMY.part(quantity, unisex("<1.2 normal | abnormal"), resolution=0.1)
    for quantity in (Quantity.IVS_THICKNESS_ED, Quantity.PW_THICKNESS_ED)
)
_POINTS: Final = (
    (_AMY.part(Quantity.RELATIVE_WALL_THICKNESS, unisex("<=0.6 normal | abnormal"), resolution=0.01), 3),
    (_AMY.part(Quantity.E_E_PRIME_AVERAGE, unisex("<=11 normal | abnormal"), resolution=0.1), 1),
    (_AMY.part(Quantity.TAPSE, unisex("<=19 abnormal | normal"), resolution=1), 2),
    (_AMY.part(Quantity.GLS, unisex("<-13 normal | abnormal"), resolution=0.1), 1),
    (_AMY.part(Quantity.SEPTAL_APICAL_BASE_RATIO, unisex("<=2.9 normal | abnormal"), resolution=0.1), 3),
)
_SPARING: Final = _AMY.part(Quantity.APICAL_SPARING_RATIO, unisex("<=1.0 normal | abnormal"), resolution=0.01)
_RULE_OUT: Final = _AMY.part(Quantity.AMYLI, unisex("<2.22 normal:unlikely | abnormal"), resolution=0.01)
_SCORE_CUT: Final = 8


def _amyloid(study: Study) -> Decision | None:
    walls = [verdict for part in _AMY_WALLS if (verdict := study.is_abnormal(part)) is not None]
    if not walls:
        return None
    if not any(walls):
        if len(walls) < len(_AMY_WALLS):
            return None
        return Decision(FindingState.ABSENT, Grade.NORMAL, "", "no wall of 1.2 cm")
    known = [(part, points) for part, points in _POINTS if study.is_abnormal(part) is not None]
    score = sum(points for part, points in known if study.is_abnormal(part))
    open_points = sum(points for part, points in _POINTS if study.is_abnormal(part) is None)
    flags = ("apical sparing",) if study.is_abnormal(_SPARING) else ()
    reason = f"score {score} of {score + open_points} still possible" if open_points else f"score {score}"
    if score >= _SCORE_CUT:
        return Decision(FindingState.PRESENT, Grade.ABNORMAL, "suspicion, no diagnosis", reason, flags)
    if study.is_abnormal(_RULE_OUT) is False:
        return Decision(FindingState.ABSENT, Grade.NORMAL, "unlikely", study.show(_RULE_OUT), flags)
    if score + open_points < _SCORE_CUT:
        return Decision(FindingState.ABSENT, Grade.NORMAL, "", reason, flags)
    return Decision(FindingState.INDETERMINATE, reason=reason, flags=flags) if known else None


AMYLOID_SUSPICION: Final = _AMY.algorithm(
    "Cardiac amyloid suspicion",
    (*_AMY_WALLS, *(part for part, _ in _POINTS), _SPARING, _RULE_OUT),
    _amyloid,
    logic=(
        "With a wall from 1.2 cm: RWT above 0.6 (3), E/e' above 11 (1), TAPSE up to 19 mm (2), GLS "
        "weaker than -13 % (1), septal "
        "apex-to-base ratio above 2.9 (3); from 8 points suspicion. AMYLI under 2.22 or a score that "
        "cannot reach 8 rules out."
    ),
    note="the cut of 8 was seen, the points of the components are from memory; the red-flag list is not applied",
)

_DCM: Final = Origin("dcm", Finding.DCM_PHENOTYPE, CMP2023, "DCM definition", Confidence.MEMORY)
_DCM_PARTS: Final = (
    _DCM.part(
        Quantity.LV_EDV_INDEX,
        by_sex(men="<75 normal | abnormal", women="<62 normal | abnormal"),
        resolution=1,
    ),
    _DCM.part(
        Quantity.LV_INTERNAL_DIAMETER_ED,
        by_sex(men="<=5.8 normal | abnormal", women="<=5.2 normal | abnormal"),
        resolution=0.1,
    ),
)


def _dilated(study: Study) -> Decision | None:
    ejection = best_lvef(study)
    size = next((part for part in _DCM_PARTS if study.is_abnormal(part) is not None), None)
    if ejection is None:
        return None
    if ejection >= 50:
        return Decision(FindingState.ABSENT, Grade.NORMAL, "", f"LVEF {ejection:.0f} % is not below 50 %")
    if size is None:
        return None
    reason = f"LVEF {ejection:.0f} % is below 50 %, {study.compare(size)}"
    if study.is_abnormal(size):
        regional = bool(study.context.segment_scores) and any(
            score >= 2 for score in study.context.segment_scores.values()
        )
        flags = ("wall motion abnormal by segment: coronary disease is not excluded",) if regional else ()
        return Decision(FindingState.PRESENT, Grade.ABNORMAL, "phenotype, no diagnosis", reason, flags)
    return Decision(FindingState.ABSENT, Grade.NORMAL, "non-dilated with reduced LVEF", reason)


DCM: Final = _DCM.algorithm(
    "Dilated cardiomyopathy phenotype",
    _DCM_PARTS,
    _dilated,
    logic=(
        "A dilated ventricle (volume index before diameter) with LVEF under 50 %; valves and coronaries must "
        "not explain it."
    ),
    others=(Quantity.LVEF_BIPLANE,),
)

ALGORITHMS: Final[tuple[Algorithm, ...]] = (HCM, LVOTO, AMYLOID_SUSPICION, DCM)
