"""Images of any origin as patients, studies, series and files, told by their headers and never by names."""

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Final

from echovlm.imaging.dicom import read_dataset
from echovlm.imaging.errors import ImagingError
from echovlm.imaging.origin import Origin, opened
from echovlm.imaging.sources import Skipped, is_dicom
from echovlm.imaging.tags import find_bytes, find_int, find_text

_NOBODY: Final = ""
# Two pictures of the same bytes are the same only when they are read alike.
_PIXEL_SHAPE: Final = ("Rows", "Columns", "NumberOfFrames", "PhotometricInterpretation")


@dataclass(frozen=True, slots=True)
class FoundFile:
    """One image of a series.

    Attributes:
        path: Below what was given: the folder, the zip, or what the address delivered.
        instance_uid: SOP Instance UID; ``None`` for a file that is not DICOM.
        instance_number: Its number in the series, where stated.
        content_sha256: Hash of the pixels as stored; two files with one hash show the same, whatever their names.
    """

    path: PurePath
    instance_uid: str | None
    instance_number: int | None
    content_sha256: str


@dataclass(frozen=True, slots=True)
class Series:
    """The files of one series, by instance number and then by UID."""

    series_uid: str
    files: tuple[FoundFile, ...]


@dataclass(frozen=True, slots=True)
class Study:
    """One examination; ``date`` as the file writes it, empty when it does not."""

    study_uid: str
    date: str
    series: tuple[Series, ...]


@dataclass(frozen=True, slots=True)
class Patient:
    """One patient id and its studies by date; the empty id holds what names nobody, videos among it."""

    patient_id: str
    studies: tuple[Study, ...]


@dataclass(frozen=True, slots=True)
class Assembly:
    """All that was found.

    Attributes:
        patients: By patient id.
        duplicates: Files left out because an earlier one shows the same, each with the one that was kept.
        skipped: Files that are no images, or cannot be read, with the reason.
    """

    patients: tuple[Patient, ...]
    duplicates: tuple[tuple[PurePath, PurePath], ...]
    skipped: tuple[Skipped, ...]

    @property
    def files(self) -> tuple[FoundFile, ...]:
        """Every file that was kept, in order."""
        return tuple(
            file
            for p in self.patients
            for study in p.studies
            for series in study.series
            for file in series.files
        )


def assemble(source: Path | str) -> Assembly:
    """Put the images of a source in order.

    Args:
        source: A folder, a zip, a DICOMDIR, the address of a DICOMweb service, or one file.

    Raises:
        ImagingError: If the path is missing, empty or cannot be opened.
        DicomWebError: If the address cannot be read.
    """
    with opened(source) as origin:
        return assemble_files(origin)


def assemble_files(origin: Origin) -> Assembly:
    """Put the files of an opened source in order."""
    skipped = [
        Skipped(origin.below(item.path), item.reason) for item in origin.found if isinstance(item, Skipped)
    ]
    kept: dict[str, PurePath] = {}
    duplicates: list[tuple[PurePath, PurePath]] = []
    tree: dict[str, dict[str, dict[str, list[FoundFile]]]] = defaultdict(
        lambda: defaultdict(lambda: defaultdict(list))
    )
    dates: dict[tuple[str, str], str] = {}
    for path in sorted(item for item in origin.found if isinstance(item, Path)):
        name = origin.below(path)
        try:
            place, file, date = _read_place(path, name)
        except ImagingError as error:
            skipped.append(Skipped(name, error.reason))
            continue
        earlier = kept.setdefault(file.content_sha256, name)
        if earlier != name:
            duplicates.append((name, earlier))
            continue
        patient, study, series = place
        tree[patient][study][series].append(file)
        dates[patient, study] = max(dates.get((patient, study), ""), date)
    patients = tuple(
        Patient(patient, _studies(patient, studies, dates)) for patient, studies in sorted(tree.items())
    )
    return Assembly(patients, tuple(duplicates), tuple(skipped))


def _studies(
    patient: str, studies: dict[str, dict[str, list[FoundFile]]], dates: dict[tuple[str, str], str]
) -> tuple[Study, ...]:
    found = [
        Study(
            uid,
            dates[patient, uid],
            tuple(Series(key, _in_order(files)) for key, files in sorted(series.items())),
        )
        for uid, series in studies.items()
    ]
    return tuple(sorted(found, key=lambda study: (study.date, study.study_uid)))


def _in_order(files: list[FoundFile]) -> tuple[FoundFile, ...]:
    def order(file: FoundFile) -> tuple[int, str, str]:
        number = 2**31 if file.instance_number is None else file.instance_number
        return number, file.instance_uid or "", file.path.as_posix()

    return tuple(sorted(files, key=order))


def _read_place(source: Path, name: PurePath) -> tuple[tuple[str, str, str], FoundFile, str]:
    """Return patient, study and series of a file, the file, and the study's date."""
    if not is_dicom(source):
        return (_NOBODY, _NOBODY, _NOBODY), FoundFile(name, None, None, _sha256(source.read_bytes())), ""
    header = read_dataset(source)
    place = (
        find_text(header, "PatientID") or _NOBODY,
        find_text(header, "StudyInstanceUID") or _NOBODY,
        find_text(header, "SeriesInstanceUID") or _NOBODY,
    )
    pixels = find_bytes(header, "PixelData")
    shape = [find_text(header, keyword) for keyword in _PIXEL_SHAPE]
    content = source.read_bytes() if pixels is None else f"{shape}".encode() + pixels
    file = FoundFile(
        name, find_text(header, "SOPInstanceUID"), find_int(header, "InstanceNumber"), _sha256(content)
    )
    return place, file, find_text(header, "StudyDate") or ""


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
