"""Rules for stenosis, regurgitation and prolapse of the native mitral valve."""

from typing import Final

from echovlm.clinical.context import Sign
from echovlm.clinical.documents import REG2017, VHD2020, VS2009, Confidence, Profile
from echovlm.clinical.findings import Finding, FindingState, Grade
from echovlm.clinical.guidelines.algorithm import Algorithm, Decision, Origin
from echovlm.clinical.guidelines.aortic_valve import FOUR_ORIFICE_STEPS
from echovlm.clinical.guidelines.bands import unisex
from echovlm.clinical.guidelines.combining import Vote, votes, weigh
from echovlm.clinical.guidelines.gates import NATIVE_MITRAL
from echovlm.clinical.guidelines.lv_function import best_lvef
from echovlm.clinical.guidelines.rule import Rule
from echovlm.clinical.guidelines.study import Study
from echovlm.clinical.measurement import Quantity

MVP: Final = Rule(
    id="mvp",
    name="Mitral valve prolapse",
    finding=Finding.MITRAL_VALVE_PROLAPSE,
    quantity=Quantity.MITRAL_LEAFLET_DISPLACEMENT,
    bands=unisex("<=2 normal | abnormal:prolapse"),
    resolution=1,
    document=REG2017,
    clause="definition: more than 2 mm beyond the annulus in a long-axis view",
    confidence=Confidence.MEMORY,
    confidence_note="long-axis views only, never from the apical four chamber alone",
    gates=(NATIVE_MITRAL,),
)

_MS: Final = Origin(
    "ms_grade_2020", Finding.MITRAL_STENOSIS, VHD2020, "stages of MS", Confidence.VERIFIED_SECONDARY
)
_MS_CUTS: Final = unisex("<=1.0 severe:very severe | <=1.5 severe | mild:progressive, mild or moderate")
# In order of trust: planimetry, continuity, half-time.
_MS_AREAS: Final = tuple(
    _MS.part(quantity, _MS_CUTS, resolution=0.1)
    for quantity in (
        Quantity.MITRAL_VALVE_AREA, Quantity.MITRAL_VALVE_AREA_CONTINUITY, Quantity.MITRAL_VALVE_AREA_PHT,
    )
)  # fmt: skip
_MS_GRADIENT: Final = _MS.part(Quantity.MV_MEAN_GRADIENT, unisex("<4 normal | abnormal"), resolution=1)


def _stenosis(study: Study) -> Decision | None:
    named, gradient = study.sees(Sign.MITRAL_STENOSIS), study.is_abnormal(_MS_GRADIENT)
    if named is False and not gradient:
        return Decision(FindingState.ABSENT, Grade.NORMAL, "", "no mitral stenosis was seen")
    usable = _MS_AREAS
    if study.sees(Sign.SIGNIFICANT_AORTIC_REGURGITATION) or study.sees(Sign.MODERATE_MAC):
        usable = _MS_AREAS[:1]  # half-time and continuity do not hold
    area = next((part for part in usable if study.band(part) is not None), None)
    if not named and not gradient:
        if gradient is False and area is not None:
            reason = f"{study.compare(_MS_GRADIENT)}; {study.show(area)} alone makes no stenosis"
            small = (band := study.band(area)) is not None and band.grade is Grade.SEVERE
            state = FindingState.DISCORDANT if small else FindingState.ABSENT
            return Decision(state, None if small else Grade.NORMAL, "", reason)
        return None
    if area is None:
        if not named:
            return None
        return Decision(
            FindingState.PRESENT, Grade.ABNORMAL, "not graded", "mitral stenosis was seen, no area measured"
        )
    band = study.band(area)
    assert band is not None
    reason = " and ".join(filter(None, (study.show(area), study.show(_MS_GRADIENT))))
    return Decision(FindingState.PRESENT, band.grade, band.label, reason)


MS_GRADE_2020: Final = _MS.algorithm(
    "Mitral stenosis grade (anchored on the area)",
    (*_MS_AREAS, _MS_GRADIENT),
    _stenosis,
    logic=(
        "Graded only where a stenosis was seen or the mean gradient is 4 mmHg or more (a choice of this "
        "project): severe up to "
        "1.5 cm2, very severe up to 1.0. Planimetry before continuity before half-time; with significant AR or "
        "calcification only planimetry."
    ),
    note="half-time areas also fail after valvuloplasty and in stiff ventricles",
    signs=(Sign.MITRAL_STENOSIS, Sign.SIGNIFICANT_AORTIC_REGURGITATION, Sign.MODERATE_MAC),
    gates=(NATIVE_MITRAL,),
)

_OLD: Final = Origin(
    "ms_grade_2009",
    Finding.MITRAL_STENOSIS,
    VS2009,
    "MS severity table",
    Confidence.VERIFIED_SECONDARY,
    Profile.LEGACY,
)
_OLD_AREA: Final = _OLD.part(
    Quantity.MITRAL_VALVE_AREA, unisex("<1.0 severe | <=1.5 moderate | mild"), resolution=0.1
)
_OLD_SUPPORT: Final = (
    _OLD.part(Quantity.MV_MEAN_GRADIENT, unisex("<5 mild | <=10 moderate | severe"), resolution=1),
    _OLD.part(Quantity.RVSP, unisex("<30 mild | <=50 moderate | severe"), resolution=1),
)


def _stenosis_2009(study: Study) -> Decision | None:
    band = study.band(_OLD_AREA)
    if band is None:
        return weigh(votes(study, [(_OLD_SUPPORT[0], 1.0)])) if study.sees(Sign.MITRAL_STENOSIS) else None
    return Decision(FindingState.PRESENT, band.grade, "", study.show(_OLD_AREA))


MS_GRADE_2009: Final = _OLD.algorithm(
    "Mitral stenosis grade (classic)",
    (_OLD_AREA, *_OLD_SUPPORT),
    _stenosis_2009,
    logic=(
        "The area decides; mean gradient (heart rate 60 to 80) and pressure support. For the wording of "
        "older reports."
    ),
    note="the society asks to use the later stages instead",
    signs=(Sign.MITRAL_STENOSIS,),
    gates=(NATIVE_MITRAL,),
)

_MR: Final = Origin(
    "mr_primary", Finding.MITRAL_REGURGITATION, REG2017, "MR grading table", Confidence.VERIFIED_TABLE
)
_MR_EROA: Final = _MR.part(
    Quantity.MR_EROA, unisex("<0.2 " + FOUR_ORIFICE_STEPS.format(0.3, 0.4)), resolution=0.01
)
_MR_VOLUME: Final = _MR.part(
    Quantity.MR_REGURGITANT_VOLUME, unisex("<30 " + FOUR_ORIFICE_STEPS.format(45, 60)), resolution=1
)
_MR_WEIGHTED: Final = (
    (_MR_EROA, 2.0),
    (_MR_VOLUME, 2.0),
    (
        _MR.part(
            Quantity.MR_REGURGITANT_FRACTION, unisex("<30 " + FOUR_ORIFICE_STEPS.format(40, 50)), resolution=1
        ),
        2.0,
    ),
    (
        _MR.part(Quantity.MR_VENA_CONTRACTA, unisex("<0.3 mild | <0.7 moderate | severe"), resolution=0.01),
        1.5,
    ),
    (_MR.part(Quantity.MR_JET_AREA, unisex("<20 mild | <=50 moderate | severe"), resolution=1), 0.5),
)
_MR_E: Final = _MR.part(Quantity.MITRAL_E_VELOCITY, unisex("<=120 normal | severe"), resolution=1)
_SVI: Final = _MR.part(Quantity.STROKE_VOLUME_INDEX, unisex("<35 abnormal:low flow | normal"), resolution=1)


def _regurgitation(study: Study) -> Decision | None:
    cast = votes(study, _MR_WEIGHTED)
    if study.sees(Sign.PULMONARY_VEIN_SYSTOLIC_REVERSAL):
        cast.append(Vote(Grade.SEVERE, 1.0, f"{Sign.PULMONARY_VEIN_SYSTOLIC_REVERSAL.value} (severe)"))
    # A fast E wave supports severity only where regurgitation was measured; alone it means filling.
    if cast and study.is_abnormal(_MR_E):
        cast.append(Vote(Grade.SEVERE, 0.5, f"{study.show(_MR_E)} (supports severe)"))
    decision = weigh(cast)
    if decision is None or not study.sees(Sign.SECONDARY_MITRAL_REGURGITATION):
        return decision
    return Decision(
        decision.state,
        decision.grade,
        decision.label,
        decision.reason,
        decision.flags + _possibly_severe(study),
    )


def _possibly_severe(study: Study) -> tuple[str, ...]:
    """Return the remark on secondary regurgitation that ESC 2021 may call severe in low flow."""
    orifice, volume = study.value(Quantity.MR_EROA), study.value(Quantity.MR_REGURGITANT_VOLUME)
    between = (orifice is not None and 0.30 <= orifice < 0.40) or (volume is not None and 45 <= volume < 60)
    ejection = best_lvef(study)
    low = (ejection is not None and ejection < 50) or bool(study.is_abnormal(_SVI))
    return ("secondary mechanism: possibly severe (ESC 2021)",) if between and low else ()


MR_PRIMARY: Final = _MR.algorithm(
    "Mitral regurgitation grade",
    (*(part for part, _ in _MR_WEIGHTED), _MR_E, _SVI),
    _regurgitation,
    logic=(
        "Weighted median: EROA, volume and fraction count 2, vena contracta 1.5, pulmonary vein reversal "
        "votes severe with 1, "
        "jet area and an E above 120 cm/s count 0.5. Secondary regurgitation (draft rule mr_secondary) uses the same "
        "table; EROA 0.30 to 0.39 cm2 or 45 to 59 mL with LVEF under 50 % or low flow adds 'possibly "
        "severe'; 0.20 cm2 is "
        "never severe."
    ),
    note=(
        "late-systolic regurgitation: the orifice over-estimates; jet area above 50 % (2017) against 40 "
        "% (ACC/AHA); the "
        "flag for secondary regurgitation is from memory; the lower of the two moderate classes counts as mild"
    ),
    signs=(Sign.PULMONARY_VEIN_SYSTOLIC_REVERSAL, Sign.SECONDARY_MITRAL_REGURGITATION),
    gates=(NATIVE_MITRAL,),
    others=(Quantity.LVEF_BIPLANE,),
)

RULES: Final = (MVP,)

ALGORITHMS: Final[tuple[Algorithm, ...]] = (MS_GRADE_2020, MS_GRADE_2009, MR_PRIMARY)
