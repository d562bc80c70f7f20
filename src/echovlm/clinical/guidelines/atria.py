"""Rules for the size of the atria."""

from typing import Final

from echovlm.clinical.documents import ASE2005, ASE2010RH, ASE2015, ASE2025RH, Confidence, Profile
from echovlm.clinical.findings import Finding
from echovlm.clinical.guidelines.bands import by_sex, larger_is_abnormal, larger_is_worse, unisex
from echovlm.clinical.guidelines.rule import Rule, SexBands
from echovlm.clinical.measurement import Quantity

_LAVI_BANDS: Final = larger_is_worse(34, 41, 48)
_RA_BANDS: Final = larger_is_abnormal(18)

LA_LAVI: Final = Rule(
    id="la_lavi",
    name="LA enlargement by LAVi",
    finding=Finding.LA_DILATED,
    quantity=Quantity.LA_VOLUME_INDEX,
    bands=SexBands(men=_LAVI_BANDS, women=_LAVI_BANDS),
    resolution=1,
    document=ASE2015,
    clause="Table 4",
    confidence=Confidence.VERIFIED_SECONDARY,
    precedence=0,
)

LA_AP: Final = Rule(
    id="la_ap",
    name="LA enlargement by AP diameter",
    finding=Finding.LA_DILATED,
    quantity=Quantity.LA_DIAMETER_AP,
    bands=SexBands(men=larger_is_worse(4.0, 4.6, 5.2), women=larger_is_worse(3.8, 4.2, 4.6)),
    resolution=0.1,
    document=ASE2005,
    clause="LA size table",
    confidence=Confidence.PARTIAL,
    confidence_note=(
        "normal limits persist in 2015; severity partitions are of 2005; "
        "the original table had men 4.7-5.2, then >=5.2"
    ),
    precedence=1,
)

RA_AREA: Final = Rule(
    id="ra_area",
    name="RA enlargement by area",
    finding=Finding.RA_DILATED,
    quantity=Quantity.RA_AREA,
    bands=SexBands(men=_RA_BANDS, women=_RA_BANDS),
    resolution=1,
    document=ASE2010RH,
    clause="summary table; reused by ESC/ERS 2022",
    confidence=Confidence.VERIFIED_SECONDARY,
)

RA_VOL_2015: Final = Rule(
    id="ra_vol_2015",
    name="RA enlargement by volume index",
    finding=Finding.RA_DILATED,
    quantity=Quantity.RA_VOLUME_INDEX,
    bands=by_sex(men="<=39 normal | abnormal", women="<=33 normal | abnormal"),
    resolution=1,
    document=ASE2015,
    clause="RA size table",
    confidence=Confidence.PARTIAL,
    confidence_note=(
        "mean and SD from memory, limits are +2 SD; many laboratories print 32/27, which is +1 SD; "
        "a meta-analysis gives 36/31 by area-length and 31/27 by discs"
    ),
    precedence=1,
)

RA_VOL_2025: Final = Rule(
    id="ra_vol_2025",
    name="RA enlargement by volume index (discs), 2025",
    finding=Finding.RA_DILATED,
    quantity=Quantity.RA_VOLUME_INDEX,
    bands=unisex("<30 normal | <36 mild | <41 moderate | severe"),
    resolution=1,
    document=ASE2025RH,
    clause="RA table",
    confidence=Confidence.PARTIAL,
    confidence_note="a single code source; which grade the edges belong to is unknown",
    profile=Profile.LATEST,
)

RULES: Final = (LA_LAVI, LA_AP, RA_AREA, RA_VOL_2015, RA_VOL_2025)
