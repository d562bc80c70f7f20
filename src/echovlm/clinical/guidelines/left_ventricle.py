"""Rules for the size, walls, mass and shape of the left ventricle."""

from dataclasses import replace
from typing import Final

from echovlm.clinical.documents import ASE2005, ASE2015, Confidence
from echovlm.clinical.findings import Finding, FindingState, Grade
from echovlm.clinical.guidelines.algorithm import Decision, Origin
from echovlm.clinical.guidelines.bands import by_sex, larger_is_worse, severity, unisex
from echovlm.clinical.guidelines.rule import Rule, SexBands
from echovlm.clinical.guidelines.study import Study
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
    precedence=2,
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

LV_MASS_ABS: Final = Rule(
    id="lv_mass_abs",
    name="LV mass (linear)",
    finding=Finding.LV_HYPERTROPHY,
    quantity=Quantity.LV_MASS,
    bands=SexBands(men=larger_is_worse(224, 258, 292), women=larger_is_worse(162, 186, 210)),
    resolution=1,
    document=ASE2015,
    clause="LV mass table",
    confidence=Confidence.VERIFIED_TABLE,
    confidence_note="only where the body surface is unknown",
    precedence=3,
)

LV_MASS_INDEX_2D: Final = Rule(
    id="lv_mass_index_2d",
    name="LV mass index (2D area-length methods)",
    finding=Finding.LV_HYPERTROPHY,
    quantity=Quantity.LV_MASS_INDEX_2D,
    bands=SexBands(men=larger_is_worse(102, 116, 130), women=larger_is_worse(88, 100, 112)),
    resolution=1,
    document=ASE2015,
    clause="LV mass table (2D)",
    confidence=Confidence.VERIFIED_SECONDARY,
    confidence_note="for 2D methods only, never for the cube formula",
    precedence=1,
)

LV_MASS_H27: Final = Rule(
    id="lv_mass_h27",
    name="LV mass over height to the power 2.7",
    finding=Finding.LV_HYPERTROPHY,
    quantity=Quantity.LV_MASS_HEIGHT_INDEX,
    bands=SexBands(men=larger_is_worse(48, 55, 63), women=larger_is_worse(44, 51, 58)),
    resolution=1,
    document=ASE2005,
    clause="LV mass table",
    confidence=Confidence.VERIFIED_TABLE,
    confidence_note="an option in obesity; asked only where the body surface gave no index",
    precedence=2,
)

LV_SIZE_ESVI: Final = Rule(
    id="lv_size_esvi",
    name="LV ESV index",
    finding=Finding.LV_SYSTOLIC_DILATED,
    quantity=Quantity.LV_ESV_INDEX,
    bands=SexBands(men=larger_is_worse(31, 38, 45), women=larger_is_worse(24, 32, 40)),
    resolution=1,
    document=ASE2015,
    clause="size partition table",
    confidence=Confidence.VERIFIED_SECONDARY,
    precedence=0,
)

LV_SIZE_LVIDS_BSA: Final = Rule(
    id="lv_size_lvids_bsa",
    name="LV systolic dimension over BSA",
    finding=Finding.LV_SYSTOLIC_DILATED,
    quantity=Quantity.LV_INTERNAL_DIAMETER_ES_INDEX,
    bands=SexBands(men=larger_is_worse(2.1, 2.3, 2.5), women=larger_is_worse(2.1, 2.3, 2.6)),
    resolution=0.1,
    document=ASE2015,
    clause="size partition table",
    confidence=Confidence.MEMORY,
    precedence=1,
)

LV_SIZE_LVIDS: Final = Rule(
    id="lv_size_lvids",
    name="LV systolic dimension",
    finding=Finding.LV_SYSTOLIC_DILATED,
    quantity=Quantity.LV_INTERNAL_DIAMETER_ES,
    bands=SexBands(men=larger_is_worse(4.0, 4.3, 4.5), women=larger_is_worse(3.5, 3.8, 4.1)),
    resolution=0.1,
    document=ASE2015,
    clause="size partition table",
    confidence=Confidence.PARTIAL,
    confidence_note="normal limits of both sexes seen; women's partitions from memory",
    precedence=2,
)

LV_SIZE_ESV: Final = Rule(
    id="lv_size_esv",
    name="LV ESV absolute",
    finding=Finding.LV_SYSTOLIC_DILATED,
    quantity=Quantity.LV_ESV_BIPLANE,
    bands=SexBands(men=larger_is_worse(61, 73, 85), women=larger_is_worse(42, 55, 67)),
    resolution=1,
    document=ASE2015,
    clause="size partition table",
    confidence=Confidence.PARTIAL,
    confidence_note="partitions from memory; only where the body surface is unknown",
    precedence=3,
)

LV_SMALL: Final = Rule(
    id="lv_small",
    name="Small LV cavity",
    finding=Finding.LV_SMALL,
    quantity=Quantity.LV_INTERNAL_DIAMETER_ED,
    bands=by_sex(men="<4.2 small | normal", women="<3.8 small | normal"),
    resolution=0.1,
    document=ASE2015,
    clause="lower normal limit of LVIDd",
    confidence=Confidence.VERIFIED_SECONDARY,
)

_INDEXED: Final = Origin(
    "lv_size_lvidd_bsa", Finding.LV_DILATED, ASE2015, "size partition table", Confidence.PARTIAL
)
_LVIDD_BSA: Final = _INDEXED.part(
    Quantity.LV_INTERNAL_DIAMETER_ED_INDEX,
    SexBands(men=larger_is_worse(3.0, 3.3, 3.6), women=larger_is_worse(3.1, 3.4, 3.7)),
    resolution=0.1,
)


def _indexed_diameter(study: Study) -> Decision | None:
    body, band = study.value(Quantity.BMI), study.band(_LVIDD_BSA)
    if band is None or body is None or not 18 <= body <= 35:
        return None
    absolute = study.band(LV_SIZE_LVIDD)
    flags: tuple[str, ...] = ()
    if absolute is not None and abs(severity(absolute.grade) - severity(band.grade)) >= 2:
        flags = (f"{study.show(LV_SIZE_LVIDD)} alone would be {absolute.grade.value}, discordant",)
    state = FindingState.ABSENT if band.grade is Grade.NORMAL else FindingState.PRESENT
    return Decision(state, band.grade, "", "; ".join((study.compare(_LVIDD_BSA), *flags)), flags)


LV_SIZE_LVIDD_BSA: Final = _INDEXED.algorithm(
    "LV dilatation by LVIDd over BSA",
    (_LVIDD_BSA,),
    _indexed_diameter,
    logic=(
        "The index grades where the body mass index is 18 to 35; outside, and without it, the absolute "
        "diameter does."
    ),
    note="men's cells seen, women's from memory; unit cm/m2",
    precedence=1,
    others=(Quantity.BMI, Quantity.LV_INTERNAL_DIAMETER_ED),
)

_SHAPE: Final = Origin(
    "lv_geometry", Finding.LV_GEOMETRY, ASE2015, "LV geometry figure", Confidence.VERIFIED_SECONDARY
)
_SHAPE_MASS: Final = _SHAPE.part(
    Quantity.LV_MASS_INDEX,
    by_sex(men="<=115 normal | abnormal", women="<=95 normal | abnormal"),
    resolution=1,
)
_SHAPE_WALL: Final = _SHAPE.part(
    Quantity.RELATIVE_WALL_THICKNESS, unisex("<=0.42 normal | abnormal"), resolution=0.01
)


def _geometry(study: Study) -> Decision | None:
    heavy, thick = study.is_abnormal(_SHAPE_MASS), study.is_abnormal(_SHAPE_WALL)
    if heavy is None or thick is None:
        return None
    reason = f"{study.compare(_SHAPE_MASS)} and {study.compare(_SHAPE_WALL)}"
    if not heavy and not thick:
        return Decision(FindingState.ABSENT, Grade.NORMAL, "normal geometry", reason)
    word = {
        (False, True): "concentric remodelling",
        (True, True): "concentric hypertrophy",
        (True, False): "eccentric hypertrophy",
    }[heavy, thick]
    return Decision(FindingState.PRESENT, Grade.ABNORMAL, word, reason)


LV_GEOMETRY: Final = _SHAPE.algorithm(
    "LV geometry",
    (_SHAPE_MASS, _SHAPE_WALL),
    _geometry,
    logic=(
        "Mass index and relative wall thickness: both normal is normal; thick walls alone are concentric "
        "remodelling; "
        "both raised is concentric, mass alone eccentric hypertrophy. "
        "Not for asymmetric hypertrophy or distorted ventricles."
    ),
)

RULES: Final = (
    LV_SIZE_EDVI,
    LV_SIZE_LVIDD,
    LV_SIZE_EDV,
    LV_WALL_IVSD,
    LV_WALL_PWD,
    LV_MASS_INDEX,
    LV_MASS_INDEX_2D,
    LV_MASS_H27,
    LV_MASS_ABS,
    LV_SIZE_ESVI,
    LV_SIZE_LVIDS_BSA,
    LV_SIZE_LVIDS,
    LV_SIZE_ESV,
    LV_SMALL,
)

ALGORITHMS: Final = (LV_SIZE_LVIDD_BSA, LV_GEOMETRY)
