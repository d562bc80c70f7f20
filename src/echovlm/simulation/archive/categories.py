"""The categories that a reader ticks, in the words of MIMIC-IV-ECHO, judged from the reported values alone."""

from collections.abc import Mapping
from typing import Final

import numpy as np

from echovlm.clinical.findings import CORE_FINDINGS, Finding, FindingResult, FindingState, Grade
from echovlm.clinical.formulas import derive
from echovlm.clinical.guidelines import grade_study, round_half_up
from echovlm.clinical.measurement import Measurement, Quantity
from echovlm.clinical.patient import Sex
from echovlm.clinical.provenance import Provenance, Source
from echovlm.simulation.archive.items import Row

CATEGORY_NAMES: Final = (
    "lv_wall_thickness", "lv_chamber_size", "rv_chamber_size", "la_size", "ra_size", "pericardial_effusion"
)  # fmt: skip

# Texts with the largest value they stand for, as printed in them; MIMIC-IV-ECHO's spelling, blanks included.
_Scale = tuple[tuple[float, str], ...]
_WALL: Final[_Scale] = (
    (1.0, "Symmetric (no qualifiers)"), (1.4, "Mild symmetric LVH (1.1-1.4cm)"),
    (1.7, "Mod symmetric LVH (1.5-1.7cm)"), (np.inf, "Severe symmetric (>1.7cm)"),
)  # fmt: skip
_LAVI: Final[_Scale] = (
    (34, "Normal LAVI (<34ml/m2)"), (41, "Mild LAVI (34-41ml/m2) "), (48, "Mod LAVI (41-48ml/m2)"),
    (np.inf, "Severe LAVI(>48ml/m2)"),
)  # fmt: skip
_EFFUSION: Final[_Scale] = (
    (0.2, "Trivial"), (0.4, "Very small (<0.5cm)"), (0.9, "Small (<1.0cm)"), (2.0, "Moderate (1.0-2.0cm)"),
    (np.inf, "Large (>2.0cm)"),
)  # fmt: skip
# Four classes per chamber are documented, their exact words are not; these follow la_size.
_SIZE: Final = {
    Grade.NORMAL: "Normal",
    Grade.MILD: "Mild {}E",
    Grade.MODERATE: "Mod {}E",
    Grade.SEVERE: "Sev {}E",
    Grade.ABNORMAL: "Dilated - no qualifier",
}


def judge(rounded: Mapping[Quantity, float], sex: Sex) -> list[Row]:
    """Return the categorical rows: present or absent by the guideline, the degree by what the text prints."""
    origin = Provenance(Source.TABLE, "structured-measurement.csv.gz")
    values = [Measurement(quantity, value, quantity.unit, origin) for quantity, value in rounded.items()]
    study = derive(values)
    graded = {result.finding: result for result in grade_study(study, sex=sex, findings=CORE_FINDINGS)}
    value = {measurement.quantity: measurement.value for measurement in study}
    text = {
        "lv_wall_thickness": _wall_text(graded[Finding.LV_WALL_THICKENED], value),
        "lv_chamber_size": _size_text(graded[Finding.LV_DILATED], "LV"),
        "rv_chamber_size": _size_text(graded[Finding.RV_DILATED], "RV"),
        "la_size": _la_text(value),
        "ra_size": _size_text(graded[Finding.RA_DILATED], "RA"),
        "pericardial_effusion": _effusion_text(value),
    }
    description = {
        "lv_wall_thickness": "Left Ventricle - Wall Thickness",
        "lv_chamber_size": "Left Ventricle - Chamber Size",
        "rv_chamber_size": "Right Ventricle - Chamber Size",
        "la_size": "Left Atrium - Size",
        "ra_size": "Right Atrium - Size",
        "pericardial_effusion": "Pericardium - Effusion",
    }
    return [
        Row(name, description[name], result, "")
        for name in CATEGORY_NAMES
        if (result := text[name]) is not None
    ]


def _up_to(scale: _Scale, value: float) -> str:
    return next(text for largest, text in scale if value <= largest)


def _size_text(result: FindingResult, chamber: str) -> str | None:
    return None if result.grade is None else _SIZE[result.grade].format(chamber)


def _wall_text(result: FindingResult, value: Mapping[Quantity, float]) -> str | None:
    if not result.state.is_decided:
        return None
    if result.state is FindingState.ABSENT:
        return "Normal (<1.2cm)"
    septum, posterior = value[Quantity.IVS_THICKNESS_ED], value[Quantity.PW_THICKNESS_ED]
    if septum >= 1.5 * posterior:
        return "Asymmetric (Sept>post 1.5:1)"
    return _up_to(_WALL, max(septum, posterior))


def _la_text(value: Mapping[Quantity, float]) -> str | None:
    index = value.get(Quantity.LA_VOLUME_INDEX)
    return None if index is None else _up_to(_LAVI, round_half_up(index, 1))


def _effusion_text(value: Mapping[Quantity, float]) -> str | None:
    """Return the size of an effusion; where there is none MIMIC has no word and no row."""
    depth = value.get(Quantity.PERICARDIAL_EFFUSION_DEPTH, 0.0)
    return _up_to(_EFFUSION, depth) if depth > 0 else None
