"""A folder, a zip or a DICOMDIR as patients, studies, series and files, told by their headers and never by names."""

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Final

from pydicom.dataset import Dataset

from echovlm.imaging.dicom import read_dataset
from echovlm.imaging.errors import ImagingError
from echovlm.imaging.packed import is_zip, unpacked
from echovlm.imaging.sources import Skipped, is_dicom, iter_sources
from echovlm.imaging.tags import find_bytes, find_int, find_items, find_text, find_texts

_NOBODY: Final = ""
# Two pictures of the same bytes are the same only when they are read alike.
_PIXEL_SHAPE: Final = ("Rows", "Columns", "NumberOfFrames", "PhotometricInterpretation")


@dataclass(frozen=True, slots=True)
class FoundFile:
    """One image of a series.

    Attributes:
        path: Below the folder, zip or DICOMDIR that was given.
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


def assemble(path: Path) -> Assembly:
    """Put the images below a path in order.

    Args:
        path: A folder, a zip, a DICOMDIR, or one file.

    Raises:
        ImagingError: If the path is missing, empty or cannot be opened.
    """
    with ExitStack() as stack:
        root = stack.enter_context(unpacked(path)) if is_zip(path) else path
        if root.name == "DICOMDIR" and root.is_file():
            found: list[Path | Skipped] = list(_listed_files(root))
            root = root.parent
        else:
            found = list(iter_sources(root))
        return _assemble(found, root if root.is_dir() else root.parent)


def _assemble(found: list[Path | Skipped], root: Path) -> Assembly:
    skipped = [Skipped(_below(item.path, root), item.reason) for item in found if isinstance(item, Skipped)]
    kept: dict[str, PurePath] = {}
    duplicates: list[tuple[PurePath, PurePath]] = []
    tree: dict[str, dict[str, dict[str, list[FoundFile]]]] = defaultdict(
        lambda: defaultdict(lambda: defaultdict(list))
    )
    dates: dict[tuple[str, str], str] = {}
    for source in sorted(item for item in found if isinstance(item, Path)):
        name = _below(source, root)
        try:
            place, file, date = _read_place(source, name)
        except ImagingError as error:
            skipped.append(Skipped(Path(name), error.reason))
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


def _listed_files(index: Path) -> Iterator[Path | Skipped]:
    """Yield the files that a DICOMDIR lists, and as skipped those that are not there (PS3.3 F.3)."""
    for record in _records(read_dataset(index)):
        parts = [part for part in find_texts(record, "ReferencedFileID") if part]
        if not parts:
            continue
        target = index.parent.joinpath(*parts)
        if ".." in parts or not target.is_file():
            yield Skipped(target, "listed in the DICOMDIR and not there")
        else:
            yield target


def _records(index: Dataset) -> tuple[Dataset, ...]:
    return find_items(index, "DirectoryRecordSequence")


def _below(path: Path, root: Path) -> Path:
    return path.relative_to(root) if path.is_relative_to(root) else path


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
