"""Rules for the systolic function and the output of the left ventricle."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from echovlm.clinical.documents import (
    AS2017,
    ASE2005,
    ASE2015,
    ASE2025S,
    HF2021,
    MAPSE2023,
    Confidence,
    Profile,
)
from echovlm.clinical.findings import Finding, FindingState, Grade
from echovlm.clinical.guidelines.algorithm import Algorithm, Decision, Origin
from echovlm.clinical.guidelines.bands import by_sex, smaller_is_worse, unisex
from echovlm.clinical.guidelines.combining import any_positive
from echovlm.clinical.guidelines.rule import Rule, SexBands
from echovlm.clinical.guidelines.study import Study
from echovlm.clinical.measurement import Quantity

LVEF_GRADE: Final = Rule(
    id="lvef_grade",
    name="LV systolic dysfunction by LVEF",
    finding=Finding.LV_SYSTOLIC_DYSFUNCTION,
    quantity=Quantity.LVEF_BIPLANE,
    bands=SexBands(men=smaller_is_worse(52, 41, 30), women=smaller_is_worse(54, 41, 30)),
    resolution=1,
    document=ASE2015,
    clause="Table 4",
    confidence=Confidence.VERIFIED_SECONDARY,
    confidence_note=(
        "mild 41-51 M / 41-53 F; moderate 30-40; severe <30; "
        "upper normal 72/74 (above is hyperdynamic, not graded)"
    ),
    precedence=0,
)

LVEF_GRADE_A4C: Final = replace(
    LVEF_GRADE,
    id="lvef_grade_a4c",
    name="LV systolic dysfunction by single-plane LVEF",
    quantity=Quantity.LVEF_A4C,
    confidence_note=(
        "the bands of lvef_grade, made for biplane EF; one plane misses regional disease elsewhere"
    ),
    precedence=2,
)

LVEF_GRADE_VISUAL: Final = replace(
    LVEF_GRADE,
    id="lvef_grade_visual",
    name="LV systolic dysfunction by visually estimated LVEF",
    quantity=Quantity.LVEF_VISUAL,
    confidence_note="the bands of lvef_grade, made for biplane EF; an estimate comes in steps of 5 points",
    precedence=4,
)

FS_GRADE: Final = Rule(
    id="fs_grade",
    name="Fractional shortening",
    finding=Finding.LV_SYSTOLIC_DYSFUNCTION,
    quantity=Quantity.FRACTIONAL_SHORTENING,
    bands=SexBands(men=smaller_is_worse(25, 20, 15), women=smaller_is_worse(27, 22, 17)),
    resolution=1,
    document=ASE2005,
    clause="LV function table",
    confidence=Confidence.PARTIAL,
    confidence_note="25-43 for men seen; women's column from memory; not recommended in 2015",
    precedence=5,
)

LVEF_GRADE_3D: Final = replace(
    LVEF_GRADE,
    id="lvef_grade_3d",
    name="LV systolic dysfunction by 3D LVEF",
    quantity=Quantity.LVEF_3D,
    confidence_note="the bands of lvef_grade, made for biplane EF",
    precedence=1,
)

LVEF_GRADE_TEICHHOLZ: Final = replace(
    LVEF_GRADE,
    id="lvef_grade_teichholz",
    name="LV systolic dysfunction by Teichholz LVEF",
    quantity=Quantity.LVEF_TEICHHOLZ,
    confidence_note="the bands of lvef_grade, made for biplane EF; the 2015 document advises against the method",
    precedence=3,
)

# One ejection fraction by the best method at hand; the rules below ask for it in this order.
_METHODS: Final = (
    Quantity.LVEF_BIPLANE, Quantity.LVEF_3D, Quantity.LVEF_A4C, Quantity.LVEF_TEICHHOLZ, Quantity.LVEF_VISUAL,
)  # fmt: skip


def best_lvef(study: Study) -> float | None:
    """Return the ejection fraction by the best method that a study has, in percent."""
    return next((value for each in _METHODS if (value := study.value(each)) is not None), None)


def _of_each_method(rule: Rule) -> tuple[Rule, ...]:
    """Return one rule per method of the ejection fraction, in order of precedence."""
    return tuple(
        rule
        if method is rule.quantity
        else replace(
            rule,
            id=f"{rule.id}_{method.key.removeprefix('lvef_')}",
            quantity=method,
            precedence=index,
            confidence_note=f"the bands of {rule.id}",
        )
        for index, method in enumerate(_METHODS)
    )


LVEF_SEVERE: Final = Rule(
    id="lvef_severe",
    name="Severe LV systolic dysfunction",
    finding=Finding.SEVERE_LV_DYSFUNCTION,
    quantity=Quantity.LVEF_BIPLANE,
    bands=unisex("<30 severe | normal:not severe"),
    resolution=1,
    document=ASE2015,
    clause="Table 4, the severe band alone",
    confidence=Confidence.VERIFIED_SECONDARY,
)

LVEF_HF_CLASS: Final = Rule(
    id="lvef_hf_class",
    name="HF phenotype by EF",
    finding=Finding.HF_EF_CLASS,
    quantity=Quantity.LVEF_BIPLANE,
    bands=unisex("<=40 moderate:HFrEF range | <50 mild:HFmrEF range | normal:HFpEF range"),
    resolution=1,
    document=HF2021,
    clause="EF classification",
    confidence=Confidence.VERIFIED_SECONDARY,
    confidence_note="the range alone; heart failure itself needs symptoms and congestion",
)

LV_HYPERDYNAMIC: Final = Rule(
    id="lv_hyperdynamic",
    name="Hyperdynamic LV",
    finding=Finding.LV_HYPERDYNAMIC,
    quantity=Quantity.LVEF_BIPLANE,
    bands=by_sex(men="<=72 normal | abnormal:hyperdynamic", women="<=74 normal | abnormal:hyperdynamic"),
    resolution=1,
    document=ASE2015,
    clause="upper normal EF",
    confidence=Confidence.VERIFIED_SECONDARY,
)

GLS_2015: Final = Rule(
    id="gls_2015",
    name="GLS, 2015 orientation",
    finding=Finding.GLS_REDUCED,
    quantity=Quantity.GLS,
    bands=unisex("<=-20 normal | abnormal:reduced"),
    resolution=0.1,
    document=ASE2015,
    clause="GLS paragraph",
    confidence=Confidence.VERIFIED_SECONDARY,
    confidence_note="the text only says that about -20 % is expected in health: no hard limit, and it over-calls",
)

GLS_2025: Final = Rule(
    id="gls_2025",
    name="GLS, 2025 statement",
    finding=Finding.GLS_REDUCED,
    quantity=Quantity.GLS,
    bands=unisex("<-18 normal | <=-16 borderline | abnormal:reduced"),
    resolution=0.1,
    document=ASE2025S,
    clause="normal values table",
    confidence=Confidence.VERIFIED_SECONDARY,
    profile=Profile.LATEST,
)

MAPSE_LOW: Final = Rule(
    id="mapse_low",
    name="Reduced longitudinal function (MAPSE)",
    finding=Finding.MAPSE_REDUCED,
    quantity=Quantity.MAPSE,
    bands=unisex("<8 abnormal:reduced | <10 borderline | normal"),
    resolution=1,
    document=MAPSE2023,
    clause="not a guideline grade",
    confidence=Confidence.VERIFIED_SECONDARY,
    confidence_note="study cut-offs of 8 to 10 mm; depends on age and sex",
)

_FLOW: Final = Origin(
    "low_output",
    Finding.LOW_FLOW,
    AS2017,
    "flow definition (SVi); the CI limit is convention",
    Confidence.PARTIAL,
)
_FLOW_PARTS: Final = (
    _FLOW.part(Quantity.STROKE_VOLUME_INDEX, unisex("<35 abnormal:low flow | normal"), resolution=1),
    _FLOW.part(Quantity.CARDIAC_INDEX, unisex("<2.2 abnormal:low output | normal"), resolution=0.1),
)

LOW_OUTPUT: Final = _FLOW.algorithm(
    "Low stroke volume or output",
    _FLOW_PARTS,
    lambda study: any_positive(study, _FLOW_PARTS),
    logic="Either value below its limit is enough.",
)

_WALLS: Final = Origin(
    "wall_motion", Finding.REGIONAL_WMA, ASE2015, "regional function section", Confidence.VERIFIED_SECONDARY
)
_WMSI: Final = _WALLS.part(Quantity.WMSI, unisex("<=1.0 normal | abnormal"), resolution=0.01)

# Segments of the AHA model that touch, and the artery that usually feeds them; overlaps exist.
TERRITORY: Final[Mapping[str, frozenset[int]]] = {
    "LAD": frozenset({1, 2, 7, 8, 13, 14, 17}),
    "RCA": frozenset({3, 4, 9, 10, 15}),
    "LCx": frozenset({5, 6, 11, 12, 16}),
}
_RINGS: Final = ((1, 2, 3, 4, 5, 6), (7, 8, 9, 10, 11, 12), (13, 14, 15, 16))
# An apical segment touches the mid segments above it, and the cap touches all apical ones.
_BELOW: Final = {7: 13, 8: 14, 9: 14, 10: 15, 11: 16, 12: 16}


def adjacent(one: int, other: int) -> bool:
    """Return whether two segments of the 17-segment model touch."""
    low, high = sorted((one, other))
    if high == 17:
        return low >= 13
    if high - low == 6 and high <= 12:
        return True
    if _BELOW.get(low) == high:
        return True
    ring = next((ring for ring in _RINGS if low in ring and high in ring), None)
    if ring is None:
        return False
    gap = ring.index(high) - ring.index(low)
    return gap in (1, len(ring) - 1)


def _wall_motion(study: Study) -> Decision | None:
    scores = study.context.segment_scores
    poor = sorted(segment for segment, score in scores.items() if score >= 2)
    for artery, segments in TERRITORY.items():
        inside = [segment for segment in poor if segment in segments]
        if any(adjacent(a, b) for a in inside for b in inside if a < b):
            named = ", ".join(str(segment) for segment in inside)
            reason = f"adjacent segments {named} of the {artery} territory score 2 or more"
            if len(poor) == len(scores) and len(set(scores.values())) == 1:
                return Decision(
                    FindingState.ABSENT, Grade.NORMAL, "global, not regional", "all segments score alike"
                )
            return Decision(FindingState.PRESENT, Grade.ABNORMAL, f"{artery} territory", reason)
    if scores:
        if poor:
            reason = f"segment {', '.join(map(str, poor))} scores 2 or more without an adjacent one"
            return Decision(FindingState.INDETERMINATE, reason=reason)
        if len(scores) < 16:
            return None  # unseen segments may move badly
        return Decision(FindingState.ABSENT, Grade.NORMAL, "", "all segments score 1")
    high = study.is_abnormal(_WMSI)
    if high is None:
        return None
    grade = Grade.ABNORMAL if high else Grade.NORMAL
    state = FindingState.PRESENT if high else FindingState.ABSENT
    return Decision(state, grade, "by index only" if high else "", study.compare(_WMSI))


WALL_MOTION: Final = _WALLS.algorithm(
    "Regional wall motion abnormality",
    (_WMSI,),
    _wall_motion,
    logic=(
        "Present when two adjacent segments of one coronary territory score 2 or more; absent when at "
        "least 16 segments "
        "score 1. Without segment scores the index decides: above 1.0 is abnormal."
    ),
    note="16 segments for motion, 17 for strain; aneurysm is described, not scored, since 2015",
)

RULES: Final = (
    LVEF_GRADE,
    LVEF_GRADE_3D,
    LVEF_GRADE_A4C,
    LVEF_GRADE_TEICHHOLZ,
    LVEF_GRADE_VISUAL,
    FS_GRADE,
    *_of_each_method(LVEF_SEVERE),
    *_of_each_method(LVEF_HF_CLASS),
    *_of_each_method(LV_HYPERDYNAMIC),
    GLS_2015,
    GLS_2025,
    MAPSE_LOW,
)

ALGORITHMS: Final[tuple[Algorithm, ...]] = (LOW_OUTPUT, WALL_MOTION)
