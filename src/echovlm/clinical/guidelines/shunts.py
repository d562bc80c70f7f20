"""The rule for the flow ratio of a shunt."""

from typing import Final

from echovlm.clinical.documents import ACHD2018, Confidence
from echovlm.clinical.findings import Finding
from echovlm.clinical.guidelines.bands import unisex
from echovlm.clinical.guidelines.rule import Rule
from echovlm.clinical.measurement import Quantity

_BANDS: Final = unisex("<1.2 normal | <1.5 small | abnormal:significant left-to-right")

QPQS: Final = Rule(
    id="qpqs",
    name="Significant left-to-right shunt",
    finding=Finding.SIGNIFICANT_SHUNT,
    quantity=Quantity.QP_QS,
    bands=_BANDS,
    resolution=0.1,
    document=ACHD2018,
    clause="shunt closure threshold",
    confidence=Confidence.MEMORY,
    confidence_note=(
        "1.5 from memory, 1.2 a choice of this project; a ratio below 0.8 means flow from right to left and is not "
        "graded; the square of the RVOT diameter makes the ratio error-prone"
    ),
)

RULES: Final = (QPQS,)
