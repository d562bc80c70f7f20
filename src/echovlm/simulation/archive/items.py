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


# Share of studies in which a trace was done. The core's findings need most of them: fuller than in MIMIC.
CORE_FILL: Final = {
    "body": 0.97, "lv diastole": 0.96, "lv systole": 0.75, "walls": 0.95, "biplane": 0.94, "la volume": 0.93,
    "la diameter": 0.94, "rv": 0.93, "ra": 0.92, "sinus": 0.95, "ascending": 0.80, "rate": 0.85,
    "effusion": 0.94,
}  # fmt: skip
# As counted over MIMIC-IV-ECHO's 179,928 transthoracic studies: lvedd 165k, septal thickness 164k, biplane_lvef 69k,
# la_vol 71k, av_pk_vel 159k, sept_e_prime 124k, E/A 140k, tr_mmhg 134k, tapse 39k. The others are not published.
PUBLISHED_FILL: Final = {
    "body": 0.93, "lv diastole": 0.917, "lv systole": 0.55, "walls": 0.911, "biplane": 0.383, "la volume": 0.395,
    "la diameter": 0.85, "rv": 0.35, "ra": 0.30, "sinus": 0.88, "ascending": 0.75, "rate": 0.60, "effusion": 0.30,
    "visual": 0.93, "aortic doppler": 0.884, "lvot": 0.60, "mitral inflow": 0.778, "annulus": 0.69,
    "tricuspid doppler": 0.745, "tapse": 0.217, "ivc": 0.45, "pressure": 0.70, "mitral doppler": 0.15,
    "regurgitation": 0.12, "arch": 0.35,
}  # fmt: skip

# A model learns from what is measured: every trace of the published list, but in nearly every study.
STANDARD_FILL: Final = dict.fromkeys(PUBLISHED_FILL, 0.95)

CATEGORY_FILL: Final = 0.92  # MIMIC-IV-ECHO has lv_wall_thickness in 166k of 180k studies

CORE_ITEMS: Final = (
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

DOPPLER_ITEMS: Final = (
    Item("lvot_diam", "Left Ventricle - LVOT Diameter", Quantity.LVOT_DIAMETER, "cm", 0.1, "lvot"),
    Item("lvot_vti", "Left Ventricle - LVOT VTI", Quantity.LVOT_VTI, "cm", 0.1, "lvot"),
    Item("av_pk_vel", "Aortic Valve - Peak Velocity", Quantity.AV_VMAX, "m/s", 0.1, "aortic doppler"),
    Item("av_pk_grad", "Aortic Valve - Peak Gradient", Quantity.AV_PEAK_GRADIENT, "mmHg", 1, "aortic doppler"),
    Item("av_mean_grad", "Aortic Valve - Mean Gradient", Quantity.AV_MEAN_GRADIENT, "mmHg", 1, "aortic doppler"),
    Item("av_area_continuity", "Aortic Valve - Area (Continuity)", Quantity.AORTIC_VALVE_AREA, "cm2", 0.1, "lvot"),
    Item("mv_peak_e", "Mitral Valve - Peak E Wave", Quantity.MITRAL_E_VELOCITY, "m/s", 0.1, "mitral inflow"),
    Item("mv_peak_a", "Mitral Valve - Peak A Wave", Quantity.MITRAL_A_VELOCITY, "m/s", 0.1, "mitral inflow"),
    Item("mv_peak_e_a", "Mitral Valve - E/A Ratio", Quantity.MITRAL_E_A_RATIO, "", 0.01, "mitral inflow"),
    Item("mv_e_decel", "Mitral Valve - E Wave Deceleration Time", Quantity.MITRAL_DECELERATION_TIME, "ms", 1,
         "mitral inflow"),
    Item("mv_mean_grad", "Mitral Valve - Mean Gradient", Quantity.MV_MEAN_GRADIENT, "mmHg", 1, "mitral doppler"),
    # MIMIC's name for the half-time is not known; this one is an extension of the simulator.
    Item("mv_pht", "Mitral Valve - Pressure Half-Time", Quantity.MV_PRESSURE_HALF_TIME, "ms", 1, "mitral doppler"),
    Item("mv_ero", "Mitral Valve - Effective Regurgitant Orifice", Quantity.MR_EROA, "cm2", 0.01, "regurgitation"),
    Item("sept_e_prime", "Left Ventricle - Septal e'", Quantity.E_PRIME_SEPTAL, "m/s", 0.01, "annulus"),
    Item("lat_e_prime", "Left Ventricle - Lateral e'", Quantity.E_PRIME_LATERAL, "m/s", 0.01, "annulus"),
    Item("mean_E_to_eprime", "E To E Prime Ratio", Quantity.E_E_PRIME_AVERAGE, "", 1, "annulus"),
    Item("tr_velocity", "Tricuspid Valve - TR Velocity", Quantity.TR_VMAX, "m/s", 0.1, "tricuspid doppler"),
    Item("tr_mmhg", "Tricuspid Valve - TR Pressure Gradient", Quantity.TR_PEAK_GRADIENT, "mmHg", 1,
         "tricuspid doppler"),
    Item("tapse", "Right Ventricle - TAPSE", Quantity.TAPSE, "cm", 0.1, "tapse"),
    Item("ivc_diam", "Inferior Vena Cava - Diameter", Quantity.IVC_DIAMETER, "cm", 0.1, "ivc"),
    Item("arch_diam", "Aorta - Arch Diameter", Quantity.AORTIC_ARCH_DIAMETER, "cm", 0.1, "arch"),
    Item("resting_sbp", "Resting Systolic Blood Pressure", Quantity.SYSTOLIC_BLOOD_PRESSURE, "mmHg", 1, "pressure"),
    Item("resting_dbp", "Resting Diastolic Blood Pressure", Quantity.DIASTOLIC_BLOOD_PRESSURE, "mmHg", 1,
         "pressure"),
)  # fmt: skip
