"""What may stay: the retain options of DICOM PS3.15 Annex E that an archive can ask for."""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from echovlm.errors import EchoVLMError
from echovlm.imaging.deidentify import profile


class RetainError(EchoVLMError):
    """Options that contradict each other."""


class Retain(Enum):
    """One option of PS3.15 Table E.1-1: the name on the command line, and what stays."""

    DATES = (
        "dates",
        "dates, shifted by a number of days that is the patient's own; times of day as they are",
    )
    PATIENT = ("patient", "sex, age (90 and above as 90), height and weight")
    DEVICE = ("device", "manufacturer and model of the machine, never its serial number or station")
    FULL_DATES = (
        "full-dates",
        "dates and times as they are, but for the date of birth; not together with dates",
    )
    UIDS = ("uids", "the UIDs of study, series and image")
    INSTITUTION = ("institution", "names of the institution and of its department, never its address")

    def __init__(self, word: str, meaning: str) -> None:
        self.word, self.meaning = word, meaning


# DICOM PS3.16 CID 7050, de-identification method: code value and meaning.
METHOD_CODES: Final = {
    None: ("113100", "Basic Application Confidentiality Profile"),
    "pixels": ("113101", "Clean Pixel Data Option"),
    Retain.FULL_DATES: ("113106", "Retain Longitudinal Temporal Information Full Dates Option"),
    Retain.DATES: ("113107", "Retain Longitudinal Temporal Information Modified Dates Option"),
    Retain.PATIENT: ("113108", "Retain Patient Characteristics Option"),
    Retain.DEVICE: ("113109", "Retain Device Identity Option"),
    Retain.UIDS: ("113110", "Retain UIDs Option"),
    Retain.INSTITUTION: ("113112", "Retain Institution Identity Option"),
}
# What stays unless something else is asked for: nothing that leads back to a hospital's own records.
USUAL: Final = frozenset({Retain.DATES, Retain.PATIENT, Retain.DEVICE})
_REPEATED: Final = {
    Retain.FULL_DATES: frozenset({*profile.DATES, *profile.DATE_TIMES}),
    Retain.DEVICE: frozenset(profile.DEVICE),
    Retain.UIDS: frozenset(profile.UIDS),
    Retain.INSTITUTION: frozenset(profile.INSTITUTION),
}


@dataclass(frozen=True, slots=True)
class DeidentifyOptions:
    """How files are made clean.

    Attributes:
        retain: What stays beside the image and its scales; everything else that PS3.15 names goes.
    """

    retain: frozenset[Retain] = USUAL

    def __post_init__(self) -> None:
        if {Retain.DATES, Retain.FULL_DATES} <= self.retain:
            raise RetainError("dates cannot be both shifted and full; retain either dates or full-dates")

    @property
    def repeated(self) -> frozenset[str]:
        """The attributes that a clean file repeats word by word from the original, because they were asked for."""
        return frozenset().union(*(_REPEATED.get(option, frozenset()) for option in self.retain))

    def codes(self) -> tuple[tuple[str, str], ...]:
        """Return the codes of the De-identification Method Code Sequence."""
        chosen = [METHOD_CODES[None], METHOD_CODES["pixels"]]
        return (*chosen, *(METHOD_CODES[option] for option in Retain if option in self.retain))
