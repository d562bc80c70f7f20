"""Rules for fluid in the pericardium, and for what it or a stiff pericardium does to the heart."""

from typing import Final

from echovlm.clinical.context import Sign
from echovlm.clinical.documents import PERI2013, PERI2015, Confidence
from echovlm.clinical.findings import Finding, FindingState, Grade
from echovlm.clinical.guidelines.algorithm import Algorithm, Decision, Origin
from echovlm.clinical.guidelines.bands import unisex
from echovlm.clinical.guidelines.rule import Band, Rule, SexBands
from echovlm.clinical.guidelines.study import Study
from echovlm.clinical.measurement import Quantity

# Less than 0.3 cm is none or trivial: physiological fluid, which no report calls an effusion.
_DEPTH_BANDS: Final = (
    Band(Grade.NORMAL, high=0.3),
    Band(Grade.SMALL, low=0.3, high=1.0, low_inside=True),
    Band(Grade.MODERATE, low=1.0, high=2.0, low_inside=True, high_inside=True),
    Band(Grade.LARGE, low=2.0),
)

PEFF_SIZE: Final = Rule(
    id="peff_size",
    name="Pericardial effusion size",
    finding=Finding.PERICARDIAL_EFFUSION,
    quantity=Quantity.PERICARDIAL_EFFUSION_DEPTH,
    bands=SexBands(men=_DEPTH_BANDS, women=_DEPTH_BANDS),
    resolution=0.1,
    document=PERI2015,
    clause="size classes; ASE 2013 the same (from memory)",
    confidence=Confidence.VERIFIED_SECONDARY,
    confidence_note=(
        "the floor of 0.3 cm is a choice of this project; >2.5 cm is 'very large' in ASE 2013 (from memory); "
        "ACEP grades differently"
    ),
)

_T: Final = Origin(
    "tamponade", Finding.TAMPONADE_PHYSIOLOGY, PERI2015, "signs", Confidence.VERIFIED_SECONDARY
)
_T_DEPTH: Final = _T.part(
    Quantity.PERICARDIAL_EFFUSION_DEPTH, unisex("<0.3 normal | abnormal"), resolution=0.1
)
_T_MITRAL: Final = _T.part(
    Quantity.MITRAL_RESPIRATORY_VARIATION, unisex("<25 normal | abnormal"), resolution=1
)
_T_TRICUSPID: Final = _T.part(
    Quantity.TRICUSPID_RESPIRATORY_VARIATION, unisex("<40 normal | abnormal"), resolution=1
)
_T_IVC: Final = _T.part(Quantity.IVC_DIAMETER, unisex("<=2.1 normal | abnormal"), resolution=0.1)
_T_COLLAPSE: Final = _T.part(Quantity.IVC_COLLAPSE, unisex("<50 abnormal | normal"), resolution=1)


def _tamponade(study: Study) -> Decision | None:
    fluid = study.is_abnormal(_T_DEPTH)
    if fluid is None:
        return None
    if not fluid:
        return Decision(FindingState.ABSENT, Grade.NORMAL, "", study.compare(_T_DEPTH))
    chambers = [study.sees(sign) for sign in (Sign.RA_COLLAPSE, Sign.RV_COLLAPSE)]
    swings = [study.is_abnormal(part) for part in (_T_MITRAL, _T_TRICUSPID)]
    cava = study.is_abnormal(_T_IVC), study.is_abnormal(_T_COLLAPSE)
    plethora = None if None in cava else all(cava)
    verdicts = [verdict for verdict in (*chambers, *swings, plethora) if verdict is not None]
    if not verdicts:
        return None  # never from the size of the effusion
    reason = f"{sum(verdicts)} of {len(verdicts)} signs with an effusion"
    if any(chambers) and sum(verdicts) >= 2:
        return Decision(FindingState.PRESENT, Grade.ABNORMAL, "tamponade physiology on echo", reason)
    if sum(verdicts):
        return Decision(FindingState.INDETERMINATE, reason=reason)
    if any(collapse is not None for collapse in chambers):
        return Decision(FindingState.ABSENT, Grade.NORMAL, "", reason)
    return None


TAMPONADE: Final = _T.algorithm(
    "Tamponade physiology (echo)",
    (_T_DEPTH, _T_MITRAL, _T_TRICUSPID, _T_IVC, _T_COLLAPSE),
    _tamponade,
    logic=(
        "Needs an effusion and two signs, one of them the collapse of a chamber; fewer are "
        "indeterminate. Absent when a collapse "
        "was looked for and no sign found. Never from the size alone; the diagnosis is clinical."
    ),
    note="ASE 2013 quotes 30 and 60 % of variation on a first-beat basis (from memory)",
    signs=(Sign.RA_COLLAPSE, Sign.RV_COLLAPSE),
)

_C: Final = Origin(
    "constriction", Finding.CONSTRICTION, PERI2013, "constriction section; Mayo criteria", Confidence.MEMORY
)
_C_SEPTAL: Final = _C.part(Quantity.E_PRIME_SEPTAL, unisex("<9 normal | abnormal"), resolution=0.1)
_C_MITRAL: Final = _C.part(
    Quantity.MITRAL_RESPIRATORY_VARIATION, unisex("<25 normal | abnormal"), resolution=1
)


def _constriction(study: Study) -> Decision | None:
    bounce = study.sees(Sign.SEPTAL_BOUNCE)
    if bounce is None:
        return None
    if not bounce:
        return Decision(FindingState.ABSENT, Grade.NORMAL, "", "no respirophasic septal shift")
    quick, reversal = study.is_abnormal(_C_SEPTAL), study.sees(Sign.HEPATIC_VEIN_EXPIRATORY_REVERSAL)
    if quick or reversal:
        said = study.compare(_C_SEPTAL) if quick else Sign.HEPATIC_VEIN_EXPIRATORY_REVERSAL.value
        septal, lateral = study.value(Quantity.E_PRIME_SEPTAL), study.value(Quantity.E_PRIME_LATERAL)
        reversus = septal is not None and lateral is not None and septal > lateral
        flags = ("annulus reversus",) if reversus else ()
        return Decision(FindingState.PRESENT, Grade.ABNORMAL, "", f"septal shift, and {said}", flags)
    return Decision(FindingState.INDETERMINATE, reason="septal shift alone")


CONSTRICTION: Final = _C.algorithm(
    "Constrictive physiology",
    (_C_SEPTAL, _C_MITRAL),
    _constriction,
    logic=(
        "Respirophasic septal shift with a septal e' of 9 cm/s or more, or with expiratory hepatic vein "
        "reversal; the shift "
        "alone is indeterminate. Respiratory variation and annulus reversus support."
    ),
    signs=(Sign.SEPTAL_BOUNCE, Sign.HEPATIC_VEIN_EXPIRATORY_REVERSAL),
    others=(Quantity.E_PRIME_LATERAL,),
)

RULES: Final = (PEFF_SIZE,)

ALGORITHMS: Final[tuple[Algorithm, ...]] = (TAMPONADE, CONSTRICTION)
