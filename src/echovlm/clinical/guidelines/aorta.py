"""Rules for the size of the thoracic aorta."""

from typing import Final

from echovlm.clinical.documents import ASE2015, Confidence
from echovlm.clinical.findings import Finding
from echovlm.clinical.guidelines.bands import larger_is_abnormal
from echovlm.clinical.guidelines.rule import Rule, SexBands
from echovlm.clinical.measurement import Quantity

AO_SINUS_2015: Final = Rule(
    id="ao_sinus_2015",
    name="Aortic root (sinus) dilatation (mean+2SD)",
    finding=Finding.AO_SINUS_DILATED,
    quantity=Quantity.AORTIC_SINUS_DIAMETER,
    bands=SexBands(men=larger_is_abnormal(4.0), women=larger_is_abnormal(3.6)),
    resolution=0.1,
    document=ASE2015,
    clause="aortic root table",
    confidence=Confidence.PARTIAL,
    confidence_note=(
        "means and SD seen only in summaries that quote the EACVI table; +2SD computed; "
        "prefer an indexed limit or a z-score at extremes of body size"
    ),
)

RULES: Final = (AO_SINUS_2015,)
