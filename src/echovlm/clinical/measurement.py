"""Quantities that an echo laboratory measures, and one measured value with its unit and origin.

Plausible ranges are the widest that living adults have; outside them a value is a typing error, no disease.
"""

from dataclasses import dataclass, replace
from enum import Enum

from echovlm.clinical.provenance import Provenance
from echovlm.clinical.units import Unit, UnitError
from echovlm.errors import EchoVLMError


class ImplausibleValueError(EchoVLMError, ValueError):
    """A value lies outside what a living adult can have."""


class Quantity(Enum):
    """What was measured: report label, name in words, canonical unit, plausible range in that unit."""

    AGE = ("Age", "age", Unit.YEAR, 18, 110)
    HEIGHT = ("Height", "height", Unit.CM, 120, 220)
    WEIGHT = ("Weight", "weight", Unit.KG, 30, 250)
    BSA = ("BSA", "body surface area", Unit.M2, 1.0, 3.2)
    HEART_RATE = ("HR", "heart rate", Unit.BPM, 25, 220)
    LV_INTERNAL_DIAMETER_ED = ("LVIDd", "LV internal diameter in diastole", Unit.CM, 2.0, 11.0)
    LV_INTERNAL_DIAMETER_ES = ("LVIDs", "LV internal diameter in systole", Unit.CM, 1.0, 10.0)
    IVS_THICKNESS_ED = ("IVSd", "septal thickness in diastole", Unit.CM, 0.3, 4.0)
    PW_THICKNESS_ED = ("LVPWd", "posterior wall thickness in diastole", Unit.CM, 0.3, 3.0)
    LV_EDV_BIPLANE = ("LVEDV", "LV end-diastolic volume", Unit.ML, 20, 600)
    LV_ESV_BIPLANE = ("LVESV", "LV end-systolic volume", Unit.ML, 5, 550)
    LV_EDV_INDEX = ("LVEDVi", "LV end-diastolic volume index", Unit.ML_PER_M2, 10, 350)
    LVEF_BIPLANE = ("LVEF", "LV ejection fraction", Unit.PERCENT, 5, 85)
    LVEF_A4C = ("LVEF (A4C)", "LV ejection fraction, single plane", Unit.PERCENT, 5, 85)
    LVEF_VISUAL = ("LVEF (visual)", "LV ejection fraction, visual estimate", Unit.PERCENT, 5, 85)
    FRACTIONAL_SHORTENING = ("FS", "fractional shortening", Unit.PERCENT, 2, 60)
    LV_MASS = ("LV mass", "LV mass", Unit.G, 30, 900)
    LV_MASS_INDEX = ("LVMi", "LV mass index", Unit.G_PER_M2, 15, 400)
    RELATIVE_WALL_THICKNESS = ("RWT", "relative wall thickness", Unit.RATIO, 0.1, 1.6)
    LA_DIAMETER_AP = ("LA AP", "left atrial anteroposterior diameter", Unit.CM, 1.5, 9.0)
    LA_VOLUME = ("LA volume", "left atrial volume", Unit.ML, 10, 400)
    LA_VOLUME_INDEX = ("LAVi", "left atrial volume index", Unit.ML_PER_M2, 5, 200)
    RA_AREA = ("RA area", "right atrial area", Unit.CM2, 5, 70)
    RV_BASAL_DIAMETER = ("RVD1", "RV basal diameter", Unit.CM, 1.5, 8.0)
    AORTIC_SINUS_DIAMETER = ("Ao sinus", "aortic root diameter at the sinuses", Unit.CM, 1.5, 8.0)
    ASCENDING_AORTA_DIAMETER = ("Asc Ao", "ascending aortic diameter", Unit.CM, 1.5, 9.0)
    PERICARDIAL_EFFUSION_DEPTH = ("Effusion", "pericardial effusion depth", Unit.CM, 0.0, 6.0)

    def __init__(self, label: str, words: str, unit: Unit, lowest: float, highest: float) -> None:
        self.label, self.words, self.unit, self.lowest, self.highest = label, words, unit, lowest, highest

    @property
    def key(self) -> str:
        """The snake-case name used in files, such as ``lv_edv_biplane``."""
        return self.name.lower()


def find_quantity(key: str) -> Quantity | None:
    """Return the quantity whose ``key`` this is."""
    return next((q for q in Quantity if q.key == key), None)


@dataclass(frozen=True, slots=True)
class Measurement:
    """One value of one quantity.

    Attributes:
        quantity: What was measured.
        value: The number, in ``unit``.
        unit: Any unit of the quantity's dimension; ``canonical()`` removes the choice.
        provenance: Where the number came from.

    Raises:
        UnitError: If the unit's dimension is not the quantity's.
    """

    quantity: Quantity
    value: float
    unit: Unit
    provenance: Provenance

    def __post_init__(self) -> None:
        wanted = self.quantity.unit.dimension
        if self.unit.dimension != wanted:
            fitting = ", ".join(u.symbol for u in Unit if u.dimension == wanted)
            raise UnitError(
                f"{self.quantity.label} is a {wanted}; got {self.value:g} {self.unit.symbol}, "
                f"a {self.unit.dimension}. Use one of: {fitting}."
            )

    def __str__(self) -> str:
        return f"{self.quantity.label} {self.value:g} {self.unit.symbol}"

    def to(self, unit: Unit) -> "Measurement":
        """Return the same measurement expressed in ``unit``."""
        return replace(self, value=self.value * self.unit.in_base / unit.in_base, unit=unit)

    def canonical(self) -> "Measurement":
        """Return the same measurement in its quantity's canonical unit."""
        return self.to(self.quantity.unit)

    def checked(self) -> "Measurement":
        """Return this measurement in its canonical unit.

        Raises:
            ImplausibleValueError: If the value lies outside the quantity's plausible range.
        """
        measured, quantity = self.canonical(), self.quantity
        if not quantity.lowest <= measured.value <= quantity.highest:
            raise ImplausibleValueError(
                f"{quantity.label} of {measured.value:g} {quantity.unit.symbol} is implausible; "
                f"allowed {quantity.lowest:g} to {quantity.highest:g}. Check the unit ({self.provenance})."
            )
        return measured
