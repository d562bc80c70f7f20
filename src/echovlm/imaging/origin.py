"""Where images come from: a file, a folder, a zip, a DICOMDIR or a DICOMweb address, all as files on the disk."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pydicom.dataset import Dataset

from echovlm.imaging.dicom import read_dataset
from echovlm.imaging.dicomweb import fetch_studies, is_web_address
from echovlm.imaging.packed import is_zip, unpacked
from echovlm.imaging.sources import Skipped, iter_sources
from echovlm.imaging.tags import find_items, find_texts

INDEX_NAME = "DICOMDIR"


@dataclass(frozen=True, slots=True)
class Origin:
    """The files of one source.

    Attributes:
        root: The folder that names are told below.
        found: Images, sorted by path, and what was passed over among them, with the reason.
    """

    root: Path
    found: tuple[Path | Skipped, ...]

    def below(self, path: Path) -> Path:
        """Return a path as it stands below the root, which may be a folder that only exists for now."""
        return path.relative_to(self.root) if path.is_relative_to(self.root) else path


@contextmanager
def opened(source: Path | str) -> Iterator[Origin]:
    """Give the files of a source; what was unpacked or fetched is gone when the block ends.

    Args:
        source: A file, a folder, a zip, a DICOMDIR, or the address of a DICOMweb service, study or series.

    Raises:
        ImagingError: If the path is missing, empty or cannot be opened.
        DicomWebError: If the address cannot be read.
    """
    if isinstance(source, str) and is_web_address(source):
        with tempfile.TemporaryDirectory(prefix="echovlm-") as name:
            folder = Path(name)
            fetched = fetch_studies(source, folder)
            lost = [Skipped(Path(uid), reason) for uid, reason in fetched.refused]
            present = list(iter_sources(folder)) if fetched.files else []
            yield Origin(folder, (*present, *lost))
        return
    path = Path(source)
    if is_zip(path):
        with unpacked(path) as folder:
            yield Origin(folder, tuple(iter_sources(folder)))
    elif path.name == INDEX_NAME and path.is_file():
        yield Origin(path.parent, tuple(_listed_files(path)))
    else:
        yield Origin(path if path.is_dir() else path.parent, tuple(iter_sources(path)))


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
