"""Rules for the size, function, walls and mass of the left ventricle."""

from dataclasses import replace
from typing import Final

from echovlm.clinical.documents import ASE2005, ASE2015, Confidence
from echovlm.clinical.findings import Finding
from echovlm.clinical.guidelines.bands import larger_is_worse, smaller_is_worse
from echovlm.clinical.guidelines.rule import Rule, SexBands
from echovlm.clinical.measurement import Quantity

# Size: the guideline prefers volumes indexed to body surface. The absolute volume comes last: its cells are
# the weakest, and with a body surface at hand the index would have been derived.
LV_SIZE_EDVI: Final = Rule(
    id="lv_size_edvi",
    name="LV dilatation by biplane EDV index",
    finding=Finding.LV_DILATED,
    quantity=Quantity.LV_EDV_INDEX,
    bands=SexBands(men=larger_is_worse(74, 89, 100), women=larger_is_worse(61, 70, 80)),
    resolution=1,
    document=ASE2015,
    clause="size partition table",
    confidence=Confidence.VERIFIED_SECONDARY,
    precedence=0,
)

LV_SIZE_LVIDD: Final = Rule(
    id="lv_size_lvidd",
    name="LV dilatation by LVIDd",
    finding=Finding.LV_DILATED,
    quantity=Quantity.LV_INTERNAL_DIAMETER_ED,
    bands=SexBands(men=larger_is_worse(5.8, 6.3, 6.8), women=larger_is_worse(5.2, 5.6, 6.1)),
    resolution=0.1,
    document=ASE2015,
    clause="size/function partition table (supplement)",
    confidence=Confidence.VERIFIED_SECONDARY,
    confidence_note=(
        "normal means +/-2SD seen as 42.0-58.4 / 37.8-52.2 mm; women's partitions seen in code only"
    ),
    precedence=1,
)

LV_SIZE_EDV: Final = Rule(
    id="lv_size_edv",
    name="LV EDV absolute",
    finding=Finding.LV_DILATED,
    quantity=Quantity.LV_EDV_BIPLANE,
    bands=SexBands(men=larger_is_worse(150, 174, 200), women=larger_is_worse(106, 120, 130)),
    resolution=1,
    document=ASE2015,
    clause="size partition table",
    confidence=Confidence.PARTIAL,
    confidence_note="normal limits of both sexes and men's partitions seen; women's partitions from memory",
    precedence=2,
)

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
    precedence=1,
)

LVEF_GRADE_VISUAL: Final = replace(
    LVEF_GRADE,
    id="lvef_grade_visual",
    name="LV systolic dysfunction by visually estimated LVEF",
    quantity=Quantity.LVEF_VISUAL,
    confidence_note="the bands of lvef_grade, made for biplane EF; an estimate comes in steps of 5 points",
    precedence=2,
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
    precedence=3,
)

# Walls: equal precedence, so one thick wall is enough, and a normal septum alone does not clear the other.
LV_WALL_IVSD: Final = Rule(
    id="lv_wall_ivsd",
    name="Septal thickness",
    finding=Finding.LV_WALL_THICKENED,
    quantity=Quantity.IVS_THICKNESS_ED,
    bands=SexBands(men=larger_is_worse(1.0, 1.3, 1.6), women=larger_is_worse(0.9, 1.2, 1.5)),
    resolution=0.1,
    document=ASE2015,
    clause="LV mass/geometry table (same cells as 2005)",
    confidence=Confidence.VERIFIED_SECONDARY,
    confidence_note="cells seen in 2005 table copies; that 2015 keeps them is from memory",
)

LV_WALL_PWD: Final = replace(
    LV_WALL_IVSD,
    id="lv_wall_pwd",
    name="Posterior wall thickness",
    quantity=Quantity.PW_THICKNESS_ED,
    confidence_note="",
)

LV_MASS_INDEX: Final = Rule(
    id="lv_mass_index",
    name="LV hypertrophy by mass index (linear)",
    finding=Finding.LV_HYPERTROPHY,
    quantity=Quantity.LV_MASS_INDEX,
    bands=SexBands(men=larger_is_worse(115, 131, 148), women=larger_is_worse(95, 108, 121)),
    resolution=1,
    document=ASE2015,
    clause="LV mass table",
    confidence=Confidence.VERIFIED_TABLE,
)

RULES: Final = (
    LV_SIZE_EDVI,
    LV_SIZE_LVIDD,
    LV_SIZE_EDV,
    LVEF_GRADE,
    LVEF_GRADE_A4C,
    LVEF_GRADE_VISUAL,
    FS_GRADE,
    LV_WALL_IVSD,
    LV_WALL_PWD,
    LV_MASS_INDEX,
)
