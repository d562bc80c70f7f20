"""The three tables of a MIMIC-IV-ECHO 1.0.1 tree, as a reader of simulated studies would have filled them."""

import csv
import gzip
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from echovlm.clinical.findings import Finding, FindingResult, FindingState, Grade
from echovlm.clinical.formulas import derive
from echovlm.clinical.guidelines import grade_study, round_half_up
from echovlm.clinical.measurement import Measurement, Quantity
from echovlm.clinical.patient import Sex
from echovlm.clinical.provenance import Provenance, Source

RECORD_COLUMNS: Final = ("subject_id", "study_id", "acquisition_datetime", "dicom_filepath")
STUDY_COLUMNS: Final = (
    "subject_id", "study_id", "study_datetime", "note_id", "note_seq", "note_charttime",
    "measurement_id", "measurement_datetime",
)  # fmt: skip
MEASUREMENT_COLUMNS: Final = (
    "subject_id", "measurement_id", "measurement_datetime", "test_type", "measurement",
    "measurement_description", "result", "unit",
)  # fmt: skip

READER_NOISE_SD: Final = 0.015  # of the value; our choice, well below the 5-10 % between real readers
_NOISE_LIMIT_SD: Final = 3.0
_CATEGORY_FILL: Final = 0.92  # datasets.md: lv_wall_thickness in 166k of 180k studies


@dataclass(frozen=True, slots=True)
class Row:
    """One result of one study in the long table.

    Attributes:
        name: MIMIC's short name.
        description: MIMIC's ``Chamber - Item``.
        result: The result as text.
        unit: Unit as text, empty for a category.
    """

    name: str
    description: str
    result: str
    unit: str


@dataclass(frozen=True, slots=True)
class _Item:
    """One numeric row that a reader may fill.

    Attributes:
        name: MIMIC's short name.
        description: MIMIC's ``Chamber - Item``.
        quantity: What it holds.
        unit: Unit as text.
        resolution: Step that the reader rounds to.
        trace: What has to be traced for it; items of one trace are filled or missing together.
    """

    name: str
    description: str
    quantity: Quantity
    unit: str
    resolution: float
    trace: str


# Share of studies in which a trace was done. The nine findings need most of them: fuller than in MIMIC.
_FILL: Final = {
    "body": 0.97, "lv diastole": 0.96, "lv systole": 0.75, "walls": 0.95, "biplane": 0.94, "la volume": 0.93,
    "la diameter": 0.94, "rv": 0.93, "ra": 0.92, "sinus": 0.95, "ascending": 0.80, "rate": 0.85,
    "effusion": 0.94,
}  # fmt: skip

_ITEMS: Final = (
    _Item("height_cm", "Height", Quantity.HEIGHT, "cm", 1, "body"),
    _Item("weight_kg", "Weight", Quantity.WEIGHT, "kg", 0.1, "body"),
    _Item("body_surface_area", "Body Surface Area", Quantity.BSA, "m2", 0.01, "body"),
    _Item("resting_hr", "Resting Heart Rate", Quantity.HEART_RATE, "bpm", 1, "rate"),
    _Item(
        "lvedd",
        "Left Ventricle - End Diastolic Dimension",
        Quantity.LV_INTERNAL_DIAMETER_ED,
        "cm",
        0.1,
        "lv diastole",
    ),
    _Item(
        "lvesd",
        "Left Ventricle - End Systolic Dimension",
        Quantity.LV_INTERNAL_DIAMETER_ES,
        "cm",
        0.1,
        "lv systole",
    ),
    _Item(
        "septal_thickness",
        "Left Ventricle - Septal Wall Thickness",
        Quantity.IVS_THICKNESS_ED,
        "cm",
        0.1,
        "walls",
    ),
    _Item(
        "inf_lat_thickness",
        "Left Ventricle - Inferolateral Wall Thickness",
        Quantity.PW_THICKNESS_ED,
        "cm",
        0.1,
        "walls",
    ),
    _Item(
        "biplane_lvedv",
        "Left Ventricle - Biplane End Diastolic Volume",
        Quantity.LV_EDV_BIPLANE,
        "mL",
        1,
        "biplane",
    ),
    _Item(
        "biplane_lvesv",
        "Left Ventricle - Biplane End Systolic Volume",
        Quantity.LV_ESV_BIPLANE,
        "mL",
        1,
        "biplane",
    ),
    _Item(
        "biplane_lvef", "Left Ventricle - Biplane Ejection Fraction", Quantity.LVEF_BIPLANE, "%", 1, "biplane"
    ),
    _Item(
        "fs", "Left Ventricle - Fractional Shortening", Quantity.FRACTIONAL_SHORTENING, "%", 1, "lv systole"
    ),
    _Item("la_dimen", "Left Atrium - Diastolic Dimension", Quantity.LA_DIAMETER_AP, "cm", 0.1, "la diameter"),
    _Item("la_vol", "Left Atrium - Volume", Quantity.LA_VOLUME, "mL", 1, "la volume"),
    _Item("rv_diam", "Right Ventricle - Basal Diameter", Quantity.RV_BASAL_DIAMETER, "cm", 0.1, "rv"),
    _Item("sinus_diam", "Aorta - Sinus Diameter", Quantity.AORTIC_SINUS_DIAMETER, "cm", 0.1, "sinus"),
    _Item(
        "ascending_diam",
        "Aorta - Ascending Diameter",
        Quantity.ASCENDING_AORTA_DIAMETER,
        "cm",
        0.1,
        "ascending",
    ),
    # MIMIC has no number for these two; they are an extension of the simulator.
    _Item("ra_area", "Right Atrium - Area", Quantity.RA_AREA, "cm2", 0.1, "ra"),
    _Item(
        "effusion_depth",
        "Pericardium - Effusion Depth",
        Quantity.PERICARDIAL_EFFUSION_DEPTH,
        "cm",
        0.1,
        "effusion",
    ),
)

# Not read off the image: the same on every screen and in every chart.
_EXACT: Final = frozenset({Quantity.HEIGHT, Quantity.WEIGHT, Quantity.HEART_RATE})


def report_study(true: Sequence[Measurement], *, sex: Sex, generator: np.random.Generator) -> tuple[Row, ...]:
    """Return the rows that a reader of this study enters.

    The reader measures with a small error, derives what the laboratory derives, rounds, judges the categories
    by the guideline rules, and leaves some fields empty.

    Args:
        true: Values measured on the geometry.
        sex: The patient's sex, which the limits depend on.
        generator: Decides the reader's errors and omissions.
    """
    measured = [_read(measurement, generator) for measurement in true]
    # The laboratory's software computes the ejection fraction from the traced volumes.
    read = {m.quantity: m for m in derive([m for m in measured if m.quantity is not Quantity.LVEF_BIPLANE])}
    skipped = {trace for trace, fill in _FILL.items() if generator.random() >= fill}
    # A category is entered by itself: drawn for all of them, so that no draw depends on the patient.
    says = dict(zip(_CATEGORY_NAMES, generator.random(len(_CATEGORY_NAMES)) < _CATEGORY_FILL, strict=True))
    sex_known = generator.random() < _FILL["body"]
    rows = [Row("gender", "Gender", sex.value, "")] if sex_known else []
    rounded = {
        item.quantity: round_half_up(read[item.quantity].value, item.resolution)
        for item in _ITEMS
        if item.quantity in read
    }
    for item in _ITEMS:
        if item.quantity in rounded and item.trace not in skipped:
            digits = max(0, -int(np.floor(np.log10(item.resolution))))
            rows.append(Row(item.name, item.description, f"{rounded[item.quantity]:.{digits}f}", item.unit))
    return (*rows, *(row for row in _categories(rounded, sex) if says[row.name]))


def _read(measurement: Measurement, generator: np.random.Generator) -> Measurement:
    """Return what the reader gets when measuring: the truth times a small error, 0 staying 0."""
    true = measurement.canonical()
    error = generator.normal(0, READER_NOISE_SD)
    error = float(np.clip(error, -_NOISE_LIMIT_SD * READER_NOISE_SD, _NOISE_LIMIT_SD * READER_NOISE_SD))
    value = true.value if true.quantity in _EXACT else true.value * (1 + error)
    return Measurement(
        true.quantity, value, true.unit, Provenance(Source.TABLE, "structured-measurement.csv.gz")
    )


_CATEGORY_NAMES: Final = (
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


def _categories(rounded: Mapping[Quantity, float], sex: Sex) -> list[Row]:
    """Return the categorical rows: present or absent by the guideline, the degree by what the text prints."""
    origin = Provenance(Source.TABLE, "structured-measurement.csv.gz")
    values = [Measurement(quantity, value, quantity.unit, origin) for quantity, value in rounded.items()]
    study = derive(values)
    graded = {result.finding: result for result in grade_study(study, sex=sex)}
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
        for name in _CATEGORY_NAMES
        if (result := text[name]) is not None
    ]


def _up_to(scale: _Scale, value: float) -> str:
    return next(text for largest, text in scale if value <= largest)


def _size_text(result: FindingResult, chamber: str) -> str | None:
    return None if result.grade is None else _SIZE[result.grade].format(chamber)


def _wall_text(result: FindingResult, value: Mapping[Quantity, float]) -> str | None:
    if result.state is FindingState.NOT_ASSESSED:
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


def render_csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Return a table as CSV with Unix line ends."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue().encode()


def compress(table: bytes) -> bytes:
    """Return a table as gzip without a time in its header."""
    return gzip.compress(table, compresslevel=6, mtime=0)
