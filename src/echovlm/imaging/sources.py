"""Which files of a folder are images, told by content and never by name."""

import os
import stat
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final

import numpy as np
from jaxtyping import UInt8
from pydicom.dataset import Dataset

from echovlm.imaging.choice import FrameChoice, every_frame
from echovlm.imaging.clip import Clip
from echovlm.imaging.dicom import decode_dicom, read_dicom, read_header
from echovlm.imaging.errors import EmptyFolderError, MissingPathError, NotAnImageError, UnreadablePathError
from echovlm.imaging.still import read_archive, read_picture
from echovlm.imaging.video import read_video
from echovlm.imaging.volume import read_metaimage, read_nifti


class Kind(Enum):
    """A kind of file that we read."""

    DICOM = "dicom"
    MP4 = "mp4"
    AVI = "avi"
    PICTURE = "picture"
    ARCHIVE = "archive"
    NIFTI = "nifti"
    METAIMAGE = "metaimage"


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file or folder that is passed over.

    Attributes:
        path: What was passed over.
        reason: Why, in one sentence.
    """

    path: Path
    reason: str


_HEAD_BYTES: Final = 132
# A data set without the 128-byte preamble starts with a tag of group 0002 or 0008.
_BARE_DICOM: Final = tuple(
    struct.pack("<HH", group, element)
    for group, element in ((2, 0), (2, 1), (2, 2), (8, 0), (8, 1), (8, 5), (8, 8), (8, 0x16))
)


_READERS: Final[dict[Kind, Callable[[Path], Clip]]] = {
    Kind.PICTURE: read_picture,
    Kind.ARCHIVE: read_archive,
    Kind.NIFTI: read_nifti,
    Kind.METAIMAGE: read_metaimage,
}


def find_header(path: Path) -> Dataset | None:
    """Return the header of a DICOM file, with its large elements left in the file; ``None`` of any other file.

    Raises:
        ImagingError: If the file is missing, or is DICOM and damaged.
    """
    return read_header(path) if is_dicom(path) else None


def read_frames(path: Path, *, choose: FrameChoice) -> UInt8[np.ndarray, "frame height width 3"]:
    """Return the chosen frames of a file, for whoever has seen the rest of it; of DICOM in half of the time.

    Raises:
        ImagingError: If the file cannot be read.
    """
    return decode_dicom(path, choose=choose) if is_dicom(path) else read_clip(path, choose=choose).frames


def read_clip(path: Path, *, choose: FrameChoice = every_frame, header: Dataset | None = None) -> Clip:
    """Read a DICOM, mp4, mov, avi, gif, png, npz, NIfTI or MetaImage file, told apart by content.

    Args:
        path: The file.
        choose: Which frames; of a DICOM file the others are not even decoded.
        header: What ``find_header`` gave of this file, so that it is not read twice.

    Raises:
        ImagingError: If the file is missing, no image, damaged, too large, or in an encoding not handled.
        ValueError: If the choice is none.
    """
    if header is not None:
        return read_dicom(path, choose=choose, header=header)
    kind = _find_kind(path, _read_head(path))
    if isinstance(kind, str):
        raise NotAnImageError(path, kind)
    if kind is Kind.DICOM:
        return read_dicom(path, choose=choose)
    reader = _READERS.get(kind)
    if reader is None:
        return read_video(path, container=kind.value, choose=choose)
    return reader(path).only(choose)


def is_dicom(path: Path) -> bool:
    """Whether a file is DICOM by its content.

    Raises:
        ImagingError: If it cannot be opened.
    """
    return _find_kind(path, _read_head(path)) is Kind.DICOM


def iter_sources(path: Path) -> Iterator[Path | Skipped]:
    """Yield the images of a folder and its subfolders, sorted by path, and what was skipped among them.

    A single file is yielded as it is, so that reading it says what is wrong. Links to folders are
    not followed.

    Raises:
        MissingPathError: If the path does not exist.
        UnreadablePathError: If the folder may not be opened.
        EmptyFolderError: If the folder holds no file at all.
    """
    if not _stat(path):
        raise UnreadablePathError(path, "neither a file nor a folder")
    if not path.is_dir():
        return iter((path,))
    try:
        with os.scandir(path):
            pass
    except OSError as error:
        raise UnreadablePathError(path, f"the folder cannot be opened: {error.strerror}") from error
    found = _walk(path)
    first = next(found, None)
    if first is None:
        raise EmptyFolderError(
            path, "the folder is empty; give a DICOM, mp4 or avi file, or a folder with some"
        )
    return _chain(first, found)


def _chain(first: Path | Skipped, rest: Iterator[Path | Skipped]) -> Iterator[Path | Skipped]:
    yield first
    yield from rest


def _walk(folder: Path) -> Iterator[Path | Skipped]:
    """Yield what lies under ``folder``, depth first, each folder sorted by name."""
    try:
        with os.scandir(folder) as entries:
            ordered = sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        yield Skipped(folder, f"the folder cannot be opened: {error.strerror}")
        return
    for entry in ordered:
        child = Path(entry.path)
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(child)
        elif entry.is_symlink() and entry.is_dir():
            yield Skipped(child, "a link to a folder; links are not followed")
        else:
            yield _sift(child)


def _sift(path: Path) -> Path | Skipped:
    """Return the file when it is an image, else why not."""
    try:
        kind = _find_kind(path, _read_head(path))
    except (MissingPathError, UnreadablePathError) as error:
        return Skipped(path, error.reason)
    return Skipped(path, kind) if isinstance(kind, str) else path


def _stat(path: Path) -> bool:
    """Return whether the path is a regular file or a folder; anything else could block when read.

    Raises:
        MissingPathError: If there is nothing.
        UnreadablePathError: If even looking is refused.
    """
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError) as error:
        raise MissingPathError(path, "does not exist; check the spelling") from error
    except (OSError, ValueError) as error:
        raise UnreadablePathError(path, f"cannot be looked at: {error}") from error
    return stat.S_ISREG(mode) or stat.S_ISDIR(mode)


def _read_head(path: Path) -> bytes:
    """Return the first bytes of a file."""
    if not _stat(path):
        raise UnreadablePathError(path, "not a regular file")
    if path.is_dir():
        raise UnreadablePathError(path, "a folder; give one file")
    try:
        with path.open("rb") as file:
            return file.read(_HEAD_BYTES)
    except OSError as error:
        raise UnreadablePathError(path, f"cannot be opened: {error.strerror}") from error


def _find_kind(path: Path, head: bytes) -> Kind | str:
    """Return the kind that the first bytes show, or a sentence on what they are not."""
    if not head:
        return "an empty file of 0 bytes"
    if path.name == "DICOMDIR":
        return "a DICOM directory index, not an image"
    if head[128:132] == b"DICM" or (head[:4] in _BARE_DICOM):
        return Kind.DICOM
    if head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide"):
        return Kind.MP4
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return Kind.AVI
    if head[:8] == b"\x89PNG\r\n\x1a\n" or head[:4] == b"GIF8":
        return Kind.PICTURE
    if head[:4] == b"PK\3\4" and path.suffix.lower() == ".npz":
        return Kind.ARCHIVE
    if _is_nifti(head):
        return Kind.NIFTI
    if head.lstrip()[:10] == b"ObjectType" or head.lstrip()[:5] == b"NDims":
        return Kind.METAIMAGE
    if path.suffix.lower() in (".dcm", ".dicom"):
        return f"named {path.suffix} but not DICOM: the letters DICM are missing at byte 128"
    return "neither DICOM, a video, a picture, npz, NIfTI nor MetaImage by its content"


def _is_nifti(head: bytes) -> bool:
    """Whether a file starts as NIfTI does, plain or packed: with the size of its header, 348, in either order."""
    if head[:2] == b"\x1f\x8b":
        try:
            head = zlib.decompressobj(wbits=31).decompress(head, 4)
        except zlib.error:
            return False
    return head[:4] in (struct.pack("<i", 348), struct.pack(">i", 348))
