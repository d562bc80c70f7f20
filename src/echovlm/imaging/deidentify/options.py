"""What may stay: the retain options of DICOM PS3.15 Annex E that an archive can ask for."""

from dataclasses import dataclass
from enum import Enum
from typing import Final


class Retain(Enum):
    """One option of PS3.15 Table E.1-1: the name on the command line, and what stays."""

    DATES = (
        "dates",
        "dates, shifted by a number of days that is the patient's own; times of day as they are",
    )
    PATIENT = ("patient", "sex, age (90 and above as 90), height and weight")
    DEVICE = ("device", "manufacturer and model of the machine, never its serial number or station")

    def __init__(self, word: str, meaning: str) -> None:
        self.word, self.meaning = word, meaning


# DICOM PS3.16 CID 7050, de-identification method: code value and meaning.
METHOD_CODES: Final = {
    None: ("113100", "Basic Application Confidentiality Profile"),
    "pixels": ("113101", "Clean Pixel Data Option"),
    Retain.DATES: ("113107", "Retain Longitudinal Temporal Information Modified Dates Option"),
    Retain.PATIENT: ("113108", "Retain Patient Characteristics Option"),
    Retain.DEVICE: ("113109", "Retain Device Identity Option"),
}


@dataclass(frozen=True, slots=True)
class DeidentifyOptions:
    """How files are made clean.

    Attributes:
        retain: What stays beside the image and its scales; everything else that PS3.15 names goes.
    """

    retain: frozenset[Retain] = frozenset(Retain)

    def codes(self) -> tuple[tuple[str, str], ...]:
        """Return the codes of the De-identification Method Code Sequence."""
        chosen = [METHOD_CODES[None], METHOD_CODES["pixels"]]
        return (*chosen, *(METHOD_CODES[option] for option in Retain if option in self.retain))
