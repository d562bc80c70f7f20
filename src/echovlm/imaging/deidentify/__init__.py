"""Letting no identity out: DICOM PS3.15 Annex E for ultrasound, by an allow-list, failing closed."""

from echovlm.imaging.deidentify.options import METHOD_CODES, USUAL, DeidentifyOptions, Retain, RetainError
from echovlm.imaging.deidentify.pseudonyms import KeyFileError, Pseudonyms, read_key
from echovlm.imaging.deidentify.run import (
    DeidentifiedFile,
    DeidentifyError,
    DeidentifySummary,
    deidentify,
)

__all__ = [
    "METHOD_CODES",
    "USUAL",
    "DeidentifiedFile",
    "DeidentifyError",
    "DeidentifyOptions",
    "DeidentifySummary",
    "KeyFileError",
    "Pseudonyms",
    "Retain",
    "RetainError",
    "deidentify",
    "read_key",
]
