"""How tall and how heavy the patient is, as a DICOM header states it."""

from dataclasses import dataclass
from typing import Final

from pydicom.dataset import Dataset

from echovlm.clinical.measurement import Quantity
from echovlm.imaging.tags import find_number, has_value

_CM_PER_M: Final = 100.0


@dataclass(frozen=True, slots=True)
class BodySize:
    """What a DICOM header says about the patient's body.

    Attributes:
        height_cm: ``None`` when absent or impossible.
        weight_kg: ``None`` when absent or impossible.
        remarks: What is unknown although the header says something, and why.
    """

    height_cm: float | None
    weight_kg: float | None
    remarks: tuple[str, ...]


def read_body_size(header: Dataset) -> BodySize:
    """Read Patient's Size, in metres, and Patient's Weight, in kilograms (DICOM PS3.3 C.7.2.2).

    A height that was written in centimetres is not repaired: it is impossible, and so unknown.
    """
    remarks: list[str] = []
    height_cm = _find_plausible(header, "PatientSize", Quantity.HEIGHT, remarks, scale=_CM_PER_M)
    weight_kg = _find_plausible(header, "PatientWeight", Quantity.WEIGHT, remarks, scale=1.0)
    return BodySize(height_cm, weight_kg, tuple(remarks))


def _find_plausible(
    header: Dataset, keyword: str, quantity: Quantity, remarks: list[str], *, scale: float
) -> float | None:
    """Return a value in the quantity's unit, or ``None``, adding to ``remarks`` what cannot be true."""
    number = find_number(header, keyword)
    if number is None:
        if has_value(header, keyword):
            remarks.append(f"The {quantity.words} is unknown: {keyword} is not a finite number.")
        return None
    value = round(number * scale, 6)  # 2.2 m are 220 cm, not a binary fraction more
    if quantity.lowest <= value <= quantity.highest:
        return value
    remarks.append(
        f"The {quantity.words} is unknown: the file says {value:g} {quantity.unit.symbol}; "
        f"{quantity.lowest:g} to {quantity.highest:g} {quantity.unit.symbol} are possible."
    )
    return None
