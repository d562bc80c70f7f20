"""What a DICOM header says of the examination: whose it is, which study, how old the patient is, in which words."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydicom import dcmread
from pydicom.dataset import Dataset

from echovlm.imaging.dicom import _READER_ERRORS
from echovlm.imaging.errors import UnreadablePathError
from echovlm.imaging.sources import is_dicom
from echovlm.imaging.tags import find_items, find_text

_WORDS: Final = (
    "StudyDescription", "SeriesDescription", "ProtocolName", "PerformedProcedureStepDescription", "StageName",
    "RequestedProcedureDescription",
)  # fmt: skip
_TAGS: Final = (
    *_WORDS, "PatientID", "IssuerOfPatientID", "PatientAge", "PatientBirthDate", "StudyInstanceUID", "StudyDate",
    "StudyTime", "ContrastBolusAgent", "TransducerType", "ViewCodeSequence", "Modality", "PatientIdentityRemoved",
    "SpecificCharacterSet",
)  # fmt: skip
_AGE: Final = re.compile(r"(\d{3})([DWMY])")
_YEARS: Final = {"D": 1 / 365.25, "W": 7 / 365.25, "M": 1 / 12, "Y": 1.0}
_OESOPHAGEAL_VIEW: Final = "443698002"  # DICOM CID 12226: transesophageal short axis view
_DATE_LETTERS: Final = 8
_NO_AGENT: Final = ("none", "no", "n", "0")


@dataclass(frozen=True, slots=True)
class Examination:
    """What the header says.

    Attributes:
        patient_id: Patient ID; ``None`` when absent.
        study_uid: Study Instance UID.
        date: Study Date and Study Time, digits as written; empty when absent.
        age_years: By Patient's Age, else by birth and study date; ``None`` when neither says.
        words: The free descriptions of study, series and protocol.
        is_transoesophageal: Whether the probe or the view code is.
        has_contrast_agent: Whether a contrast agent is named.
        is_deidentified: Whether the file says that its identity was removed (PS3.15, 0012,0062).
    """

    patient_id: str | None
    study_uid: str | None
    date: str
    age_years: float | None
    words: str
    is_transoesophageal: bool
    has_contrast_agent: bool
    is_deidentified: bool


def read_examination(path: Path) -> Examination | None:
    """Read what a header says, without its pixels; ``None`` for what is no DICOM file or cannot be read.

    Raises:
        ImagingError: If the file is missing or may not be opened.
    """
    if not is_dicom(path):
        return None
    try:
        return _examine(dcmread(path, stop_before_pixels=True, specific_tags=list(_TAGS), force=True))
    except _READER_ERRORS as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise UnreadablePathError(path, f"cannot be opened: {error.strerror}") from error
        return None  # reading the whole file will say what is wrong with it


def find_examination(header: Dataset) -> Examination | None:
    """Return what a header that was read already says; ``None`` when a value of it cannot be read."""
    try:
        return _examine(header)
    except _READER_ERRORS:
        return None


def _examine(header: Dataset) -> Examination:
    codes = [find_text(item, "CodeValue") for item in find_items(header, "ViewCodeSequence")]
    probe = (find_text(header, "TransducerType") or "").upper()
    return Examination(
        patient_id=find_text(header, "PatientID"),
        study_uid=find_text(header, "StudyInstanceUID"),
        date=(find_text(header, "StudyDate") or "") + (find_text(header, "StudyTime") or ""),
        age_years=_age_years(
            find_text(header, "PatientAge"),
            find_text(header, "PatientBirthDate"),
            find_text(header, "StudyDate"),
        ),
        words=" ".join(find_text(header, keyword) or "" for keyword in _WORDS).replace("_", " "),
        is_transoesophageal=_OESOPHAGEAL_VIEW in codes or "ESOPH" in probe or "TEE" in probe,
        has_contrast_agent=(find_text(header, "ContrastBolusAgent") or "none").lower() not in _NO_AGENT,
        is_deidentified=(find_text(header, "PatientIdentityRemoved") or "").upper() == "YES",
    )


def _age_years(age: str | None, birth: str | None, studied: str | None) -> float | None:
    match = _AGE.fullmatch(age or "")
    if match:
        return int(match[1]) * _YEARS[match[2]]
    if birth and studied and birth[:_DATE_LETTERS].isdigit() and studied[:_DATE_LETTERS].isdigit():
        years = (int(studied[:_DATE_LETTERS]) - int(birth[:_DATE_LETTERS])) / 10_000
        return years if 0 <= years <= 130 else None
    return None
