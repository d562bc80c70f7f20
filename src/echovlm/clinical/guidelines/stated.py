"""Findings that no number decides: they are present or absent as somebody saw or denied them."""

from collections.abc import Callable
from typing import Final

from echovlm.clinical.context import Sign
from echovlm.clinical.documents import ACHD2018, DESIGN, REG2017, Confidence, Document
from echovlm.clinical.findings import Finding, FindingState, Grade
from echovlm.clinical.guidelines.algorithm import Algorithm, Decision, Origin
from echovlm.clinical.guidelines.study import Study
from echovlm.clinical.measurement import Quantity


def _by_sign(sign: Sign) -> Callable[[Study], Decision | None]:
    def decide(study: Study) -> Decision | None:
        seen = study.sees(sign)
        if seen is None:
            return None
        state = FindingState.PRESENT if seen else FindingState.ABSENT
        grade = Grade.ABNORMAL if seen else Grade.NORMAL
        return Decision(state, grade, "stated", sign.value if seen else f"no {sign.value}")

    return decide


def _stated(
    algorithm_id: str,
    name: str,
    finding: Finding,
    sign: Sign,
    *,
    logic: str = "By explicit statement only.",
    document: Document = DESIGN,
    confidence: Confidence = Confidence.DESIGN,
    precedence: int = 0,
    others: tuple[Quantity, ...] = (),
) -> Algorithm:
    return Origin(algorithm_id, finding, document, "report text", confidence).algorithm(
        name, (), _by_sign(sign), logic=logic, signs=(sign,), precedence=precedence, others=others
    )


def _prosthetic(study: Study) -> Decision | None:
    if not study.context.prostheses:
        return None
    named = ", ".join(sorted(valve.value for valve in study.context.prostheses))
    return Decision(FindingState.PRESENT, Grade.ABNORMAL, "stated", f"prosthesis or repair: {named}")


PROSTHETIC_VALVE: Final = Origin(
    "text_prosthetic_valve", Finding.PROSTHETIC_VALVE, DESIGN, "report text", Confidence.DESIGN
).algorithm(
    "Prosthetic valve present", (), _prosthetic, logic="By explicit statement only; never absent by silence."
)

ALGORITHMS: Final[tuple[Algorithm, ...]] = (
    _stated(
        "lv_thrombus", "LV thrombus", Finding.LV_THROMBUS, Sign.LV_THROMBUS,
        logic="A discrete mass beside an akinetic segment in two views, as stated; never from numbers.",
    ),
    _stated("vegetation", "Vegetation", Finding.VEGETATION, Sign.VEGETATION),
    _stated("bav", "Bicuspid aortic valve", Finding.BICUSPID_AV, Sign.BICUSPID_AV),
    _stated("takotsubo_apical_aneurysm", "LV aneurysm", Finding.LV_ANEURYSM, Sign.LV_ANEURYSM),
    _stated(
        "asd", "Atrial septal defect or patent foramen", Finding.ATRIAL_SHUNT, Sign.ATRIAL_COLOR_SHUNT,
        logic="Colour or bubbles decide; a dilated right ventricle and Qp/Qs from 1.5 support.",
        document=ACHD2018, confidence=Confidence.MEMORY,
    ),
    _stated(
        "vsd", "Ventricular septal defect", Finding.VENTRICULAR_SHUNT, Sign.VENTRICULAR_COLOR_SHUNT,
        logic="Colour or continuous-wave Doppler decides; dilated left chambers support.",
        document=ACHD2018, confidence=Confidence.MEMORY,
    ),
    _stated("text_mac", "Mitral annular calcification", Finding.MAC, Sign.MAC),
    _stated("text_pleural_effusion", "Pleural effusion", Finding.PLEURAL_EFFUSION, Sign.PLEURAL_EFFUSION),
    _stated("text_device_lead", "Pacemaker or defibrillator lead", Finding.DEVICE_LEAD, Sign.DEVICE_LEAD),
    PROSTHETIC_VALVE,
    _stated("text_aortic_dissection", "Aortic dissection flap", Finding.AORTIC_DISSECTION, Sign.AORTIC_DISSECTION),
    _stated(
        "text_atrial_septal_aneurysm", "Atrial septal aneurysm", Finding.ATRIAL_SEPTAL_ANEURYSM,
        Sign.ATRIAL_SEPTAL_ANEURYSM,
    ),
    _stated(
        "text_septal_flattening", "D-shaped ventricle, as stated", Finding.SEPTAL_FLATTENING, Sign.D_SHAPED_VENTRICLE,
        precedence=1,
    ),
    _stated(
        "text_flail", "Flail leaflet, as stated", Finding.MITRAL_VALVE_PROLAPSE, Sign.FLAIL_LEAFLET,
        document=REG2017, confidence=Confidence.MEMORY, precedence=1,
    ),
)  # fmt: skip
