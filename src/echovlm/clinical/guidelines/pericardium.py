"""Rules for fluid in the pericardium."""

from typing import Final

from echovlm.clinical.documents import PERI2015, Confidence
from echovlm.clinical.findings import Finding, Grade
from echovlm.clinical.guidelines.rule import Band, Rule, SexBands
from echovlm.clinical.measurement import Quantity

# Less than 0.3 cm is none or trivial: physiological fluid, which no report calls an effusion.
_DEPTH_BANDS: Final = (
    Band(Grade.NORMAL, high=0.3),
    Band(Grade.SMALL, low=0.3, high=1.0, low_inside=True),
    Band(Grade.MODERATE, low=1.0, high=2.0, low_inside=True, high_inside=True),
    Band(Grade.LARGE, low=2.0),
)

PEFF_SIZE: Final = Rule(
    id="peff_size",
    name="Pericardial effusion size",
    finding=Finding.PERICARDIAL_EFFUSION,
    quantity=Quantity.PERICARDIAL_EFFUSION_DEPTH,
    bands=SexBands(men=_DEPTH_BANDS, women=_DEPTH_BANDS),
    resolution=0.1,
    document=PERI2015,
    clause="size classes; ASE 2013 the same (from memory)",
    confidence=Confidence.VERIFIED_SECONDARY,
    confidence_note=(
        "the floor of 0.3 cm is a choice of this project; >2.5 cm is 'very large' in ASE 2013 (from memory); "
        "ACEP grades differently"
    ),
)

RULES: Final = (PEFF_SIZE,)
