"""The numeric rows of MIMIC-IV-ECHO's structured table: name, unit, decimals, and what is traced for each."""

from dataclasses import dataclass
from typing import Final

from echovlm.clinical.measurement import Quantity


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
class Item:
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
FILL: Final = {
    "body": 0.97, "lv diastole": 0.96, "lv systole": 0.75, "walls": 0.95, "biplane": 0.94, "la volume": 0.93,
    "la diameter": 0.94, "rv": 0.93, "ra": 0.92, "sinus": 0.95, "ascending": 0.80, "rate": 0.85,
    "effusion": 0.94,
}  # fmt: skip

CATEGORY_FILL: Final = 0.92  # MIMIC-IV-ECHO has lv_wall_thickness in 166k of 180k studies

ITEMS: Final = (
    Item("height_cm", "Height", Quantity.HEIGHT, "cm", 1, "body"),
    Item("weight_kg", "Weight", Quantity.WEIGHT, "kg", 0.1, "body"),
    Item("body_surface_area", "Body Surface Area", Quantity.BSA, "m2", 0.01, "body"),
    Item("resting_hr", "Resting Heart Rate", Quantity.HEART_RATE, "bpm", 1, "rate"),
    Item(
        "lvedd",
        "Left Ventricle - End Diastolic Dimension",
        Quantity.LV_INTERNAL_DIAMETER_ED,
        "cm",
        0.1,
        "lv diastole",
    ),
    Item(
        "lvesd",
        "Left Ventricle - End Systolic Dimension",
        Quantity.LV_INTERNAL_DIAMETER_ES,
        "cm",
        0.1,
        "lv systole",
    ),
    Item(
        "septal_thickness",
        "Left Ventricle - Septal Wall Thickness",
        Quantity.IVS_THICKNESS_ED,
        "cm",
        0.1,
        "walls",
    ),
    Item(
        "inf_lat_thickness",
        "Left Ventricle - Inferolateral Wall Thickness",
        Quantity.PW_THICKNESS_ED,
        "cm",
        0.1,
        "walls",
    ),
    Item(
        "biplane_lvedv",
        "Left Ventricle - Biplane End Diastolic Volume",
        Quantity.LV_EDV_BIPLANE,
        "mL",
        1,
        "biplane",
    ),
    Item(
        "biplane_lvesv",
        "Left Ventricle - Biplane End Systolic Volume",
        Quantity.LV_ESV_BIPLANE,
        "mL",
        1,
        "biplane",
    ),
    Item(
        "biplane_lvef", "Left Ventricle - Biplane Ejection Fraction", Quantity.LVEF_BIPLANE, "%", 1, "biplane"
    ),
    Item(
        "fs", "Left Ventricle - Fractional Shortening", Quantity.FRACTIONAL_SHORTENING, "%", 1, "lv systole"
    ),
    Item("la_dimen", "Left Atrium - Diastolic Dimension", Quantity.LA_DIAMETER_AP, "cm", 0.1, "la diameter"),
    Item("la_vol", "Left Atrium - Volume", Quantity.LA_VOLUME, "mL", 1, "la volume"),
    Item("rv_diam", "Right Ventricle - Basal Diameter", Quantity.RV_BASAL_DIAMETER, "cm", 0.1, "rv"),
    Item("sinus_diam", "Aorta - Sinus Diameter", Quantity.AORTIC_SINUS_DIAMETER, "cm", 0.1, "sinus"),
    Item(
        "ascending_diam",
        "Aorta - Ascending Diameter",
        Quantity.ASCENDING_AORTA_DIAMETER,
        "cm",
        0.1,
        "ascending",
    ),
    # MIMIC has no number for these two; they are an extension of the simulator.
    Item("ra_area", "Right Atrium - Area", Quantity.RA_AREA, "cm2", 0.1, "ra"),
    Item(
        "effusion_depth",
        "Pericardium - Effusion Depth",
        Quantity.PERICARDIAL_EFFUSION_DEPTH,
        "cm",
        0.1,
        "effusion",
    ),
)
