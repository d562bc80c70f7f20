"""What a user may choose about curation beside the source: the reader, burned-in values, findings, privacy."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class ReaderUse(StrEnum):
    """When the reader that ships with the package is asked for the view, and for end-systole."""

    NEVER = "never"
    MISSING = "missing"  # the view where neither a label nor the file names one, end-systole where no label or ECG does


class OverlayUse(StrEnum):
    """When values are read off the pictures."""

    NEVER = "never"
    MISSING = "missing"  # in studies for which no table has a value
    ALWAYS = "always"  # to compare them with the tables too


@dataclass(frozen=True, slots=True)
class CurationOptions:
    """How a source is curated.

    Attributes:
        reader: When the embedded reader names views and end-systole.
        overlays: When burned-in values are read.
        all_findings: Whether every rule is asked, not only those of the core and of the diseases.
    """

    reader: ReaderUse = ReaderUse.MISSING
    overlays: OverlayUse = OverlayUse.MISSING
    all_findings: bool = False


USUAL: Final = CurationOptions()
