"""A data set made clean: a new one is filled with what the profile lets pass; the old one is never copied."""

import re
from collections.abc import Callable
from functools import partial
from typing import Final

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import UID

from echovlm.clinical.views import find_view
from echovlm.imaging.deidentify import profile
from echovlm.imaging.deidentify.options import DeidentifyOptions, Retain
from echovlm.imaging.deidentify.pseudonyms import Pseudonyms
from echovlm.imaging.names import find_plain_name
from echovlm.imaging.tags import find_items, find_number, find_numbers, find_text, find_texts

_TIME: Final = re.compile(r"\d{6}(\.\d{1,6})?|\d{2,4}")
_DATE: Final = re.compile(r"(19|20)\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])")
_AGE: Final = re.compile(r"(\d{3})([DWMY])")
NO_PATIENT: Final = "no patient id"


def clean_header(source: Dataset, *, pseudonyms: Pseudonyms, options: DeidentifyOptions) -> Dataset:
    """Return a new data set without pixels that says what the old one said of the image, and of nobody.

    Args:
        source: The original; not changed.
        pseudonyms: The key's names.
        options: What stays.
    """
    clean = Dataset()
    patient_id = patient_key(source)
    _keep_numbers(source, clean)
    _keep_words(source, clean)
    sop_class = find_text(source, "SOPClassUID") or ""
    if profile.STANDARD_UID.fullmatch(sop_class):
        clean.SOPClassUID = UID(sop_class)
    for keyword in profile.UIDS:
        original = find_text(source, keyword)
        if original:
            stays = Retain.UIDS in options.retain and profile.UID.fullmatch(original)
            setattr(clean, keyword, original if stays else pseudonyms.uid(original))
    # Type 2 attributes of the image must be present, if empty (PS3.3 C.7.1.1, C.7.2.1, C.7.5.1).
    for keyword in ("PatientBirthDate", "PatientSex", "ReferringPhysicianName", "StudyID", "AccessionNumber",
                    "StudyDate", "StudyTime", "Manufacturer"):  # fmt: skip
        setattr(clean, keyword, "")
    clean.PatientID = clean.PatientName = pseudonyms.patient(patient_id)
    if Retain.DATES in options.retain:
        _keep_dates(source, clean, partial(pseudonyms.shifted, patient_id=patient_id))
    if Retain.FULL_DATES in options.retain:
        _keep_dates(source, clean, _date)
    if Retain.PATIENT in options.retain:
        _keep_patient(source, clean)
    if Retain.DEVICE in options.retain:
        _keep_names(source, clean, profile.DEVICE)
    if Retain.INSTITUTION in options.retain:
        _keep_names(source, clean, profile.INSTITUTION)
    _declare(clean, options)
    return clean


def patient_key(source: Dataset) -> str:
    """Return what names the patient in this file: the id, else the name, else one word for all."""
    return find_text(source, "PatientID") or find_text(source, "PatientName") or NO_PATIENT


def _keep_numbers(source: Dataset, clean: Dataset) -> None:
    for keyword in profile.NUMBERS & set(source.dir()):
        values = find_numbers(source, keyword)
        if values:
            plain: list[float] = [int(value) if value == int(value) else value for value in values]
            setattr(clean, keyword, plain if len(plain) > 1 else plain[0])
    if "FrameIncrementPointer" in source and {"FrameTime", "FrameTimeVector"} & set(clean.dir()):
        clean.FrameIncrementPointer = 0x00181065 if "FrameTimeVector" in clean else 0x00181063


def _keep_words(source: Dataset, clean: Dataset) -> None:
    for keyword, allowed in profile.WORDS.items():
        word = find_text(source, keyword)
        if word in allowed:
            setattr(clean, keyword, word)
    kinds = [kind for kind in find_texts(source, "ImageType") if profile.IMAGE_TYPE.fullmatch(kind)]
    clean.ImageType = kinds[:4] if len(kinds) > 1 else ["DERIVED", "PRIMARY"]
    for keyword in sorted(profile.SEQUENCES):
        items = find_items(source, keyword)
        if items:
            setattr(clean, keyword, Sequence(map(_clean_item, items)))
    for keyword in sorted(profile.CODE_SEQUENCES):
        codes = [code for code in map(_clean_code, find_items(source, keyword)) if code is not None]
        if codes:
            setattr(clean, keyword, Sequence(codes))


def _clean_item(item: Dataset) -> Dataset:
    clean = Dataset()
    _keep_numbers(item, clean)
    return clean


def _clean_code(item: Dataset) -> Dataset | None:
    """Return a code of a public scheme with a meaning of ours, or ``None``."""
    value, scheme = find_text(item, "CodeValue") or "", find_text(item, "CodingSchemeDesignator") or ""
    if scheme not in profile.CODE_SCHEMES or not profile.CODE_VALUE.fullmatch(value):
        return None
    view = find_view(value) or find_view(find_text(item, "CodeMeaning") or "")
    clean = Dataset()
    clean.CodeValue, clean.CodingSchemeDesignator = value, scheme
    clean.CodeMeaning = view.label if view else "code"
    return clean


def _keep_dates(source: Dataset, clean: Dataset, move: Callable[[str], str]) -> None:
    """Keep dates as ``move`` gives them, and times of day; what is no date or time goes."""
    for keyword in profile.DATES:
        original = find_text(source, keyword)
        if original:
            setattr(clean, keyword, move(original))
    for keyword in profile.TIMES:
        time = find_text(source, keyword) or ""
        if _TIME.fullmatch(time):
            setattr(clean, keyword, time)
    for keyword in profile.DATE_TIMES:
        stamp = find_text(source, keyword) or ""
        day, time = move(stamp), stamp[8:]
        if day and (not time or _TIME.fullmatch(time)):
            setattr(clean, keyword, day + time)


def _date(text: str) -> str:
    """Return the date that a text begins with, or nothing."""
    return text[:8] if _DATE.fullmatch(text[:8]) else ""


def _keep_patient(source: Dataset, clean: Dataset) -> None:
    sex = find_text(source, "PatientSex")
    if sex in profile.PATIENT_SEX:
        clean.PatientSex = sex
    age = _AGE.fullmatch(find_text(source, "PatientAge") or "")
    if age:
        years = int(age[1]) if age[2] == "Y" else 0
        clean.PatientAge = (
            f"{profile.OLDEST_TOLD_YEARS:03d}Y" if years >= profile.OLDEST_TOLD_YEARS else age[0]
        )
    for keyword in ("PatientSize", "PatientWeight"):
        number = find_number(source, keyword)
        if number is not None:
            setattr(clean, keyword, round(number, 3))


def _keep_names(source: Dataset, clean: Dataset, keywords: tuple[str, ...]) -> None:
    for keyword in keywords:
        name = find_plain_name(source, keyword)
        if name is not None:
            setattr(clean, keyword, name)


def _declare(clean: Dataset, options: DeidentifyOptions) -> None:
    """Say that identity is gone, and how (PS3.3 C.12.1.1, C.7.1.1)."""
    clean.PatientIdentityRemoved = "YES"
    clean.BurnedInAnnotation = "NO"
    clean.DeidentificationMethod = "attributes by allow-list; pixels outside regions, text blanked"
    told = {Retain.DATES: "MODIFIED", Retain.FULL_DATES: "UNMODIFIED"}
    clean.LongitudinalTemporalInformationModified = next(
        (word for option, word in told.items() if option in options.retain), "REMOVED"
    )
    codes = []
    for value, meaning in options.codes():
        code = Dataset()
        code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = value, "DCM", meaning
        codes.append(code)
    clean.DeidentificationMethodCodeSequence = Sequence(codes)
