"""Where a value or a statement came from."""

from dataclasses import dataclass
from enum import Enum


class Source(Enum):
    """The kind of place that a value was read from."""

    TABLE = "table"  # a structured measurement table
    OVERLAY = "overlay"  # burned into the image
    NOTE = "note"  # free text
    DICOM = "dicom"  # a tag of the file
    MASK = "mask"  # measured on a segmentation
    LANDMARK = "landmark"  # measured between landmarks
    FORMULA = "formula"  # derived from other measurements
    RULE = "rule"  # a guideline rule
    MODEL = "model"  # a prediction


@dataclass(frozen=True, slots=True)
class Provenance:
    """One origin.

    Attributes:
        source: The kind of origin.
        locator: Where exactly: ``structured-measurement.csv.gz row 12``, ``rule lvef_grade``,
            ``clip 3f2a frame 14``.
    """

    source: Source
    locator: str

    def __str__(self) -> str:
        return f"{self.source.value}: {self.locator}"
