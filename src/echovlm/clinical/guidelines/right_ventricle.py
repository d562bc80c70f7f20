"""Rules for the size of the right ventricle."""

from typing import Final

from echovlm.clinical.documents import ASE2015, Confidence
from echovlm.clinical.findings import Finding
from echovlm.clinical.guidelines.bands import larger_is_abnormal
from echovlm.clinical.guidelines.rule import Rule, SexBands
from echovlm.clinical.measurement import Quantity

_BASAL_BANDS: Final = larger_is_abnormal(4.1)  # printed as 41 mm

RV_SIZE_2015: Final = Rule(
    id="rv_size_2015",
    name="RV dilatation by the basal diameter",
    finding=Finding.RV_DILATED,
    quantity=Quantity.RV_BASAL_DIAMETER,
    bands=SexBands(men=_BASAL_BANDS, women=_BASAL_BANDS),
    resolution=0.1,
    document=ASE2015,
    clause="RV size table",
    confidence=Confidence.PARTIAL,
    confidence_note=(
        "basal limit of 41 mm seen; the table has no mild, moderate or severe; "
        "its mid-cavity limit (35 mm) is not applied because that diameter is not measured here"
    ),
)

RULES: Final = (RV_SIZE_2015,)
