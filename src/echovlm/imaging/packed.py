"""Archives that are handed over as one file: a zip, unpacked where nothing can climb out of it or fill the disk."""

import errno
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Final

from echovlm.imaging.errors import BrokenFileError, TooLargeError

MAX_UNPACKED_BYTES: Final = 64 * 1024**3
MAX_FILES: Final = 1_000_000
_MAX_RATIO: Final = 200  # deflate packs zeros about 1000 to 1; ultrasound packs less than 10 to 1
_RATIO_FREE_BYTES: Final = 64 * 1024**2  # small files of zeros are no bomb
_CHUNK_BYTES: Final = 1024**2


def is_zip(path: Path) -> bool:
    """Whether a file is a zip archive that is not an array archive of numpy."""
    return path.suffix.lower() != ".npz" and path.is_file() and zipfile.is_zipfile(path)


@contextmanager
def unpacked(path: Path) -> Iterator[Path]:
    """Give a folder with the content of a zip; it is gone when the block ends.

    Raises:
        BrokenFileError: If the archive is damaged, encrypted, or holds a name that climbs out of it.
        TooLargeError: If it unpacks to more than an archive of studies can be.
    """
    with tempfile.TemporaryDirectory(prefix="echovlm-") as name:
        folder = Path(name)
        try:
            with zipfile.ZipFile(path) as archive:
                _unpack(path, archive, folder)
        except (
            zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError,
        ) as error:  # fmt: skip
            if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise  # the disk's fault, not the archive's
            raise BrokenFileError(path, f"a damaged or encrypted zip archive: {error}") from error
        yield folder


def _unpack(path: Path, archive: zipfile.ZipFile, folder: Path) -> None:
    members = [member for member in archive.infolist() if not member.is_dir()]
    if len(members) > MAX_FILES:
        raise TooLargeError(path, f"an archive of {len(members)} files; at most {MAX_FILES} are read")
    room = min(MAX_UNPACKED_BYTES, shutil.disk_usage(folder).free // 2)
    total = 0
    for number, member in enumerate(members):
        parts = PurePosixPath(member.filename.replace("\\", "/")).parts
        if not parts or ".." in parts or parts[0].startswith("/") or ":" in parts[0]:
            raise BrokenFileError(path, f"an archive whose entry {number + 1} names a place outside of it")
        target = folder.joinpath(*parts)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            total += _unpack_member(path, archive, member, target, room=room - total)
        except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
            raise BrokenFileError(
                path, f"an archive whose entry {number + 1} is both file and folder"
            ) from error


def _unpack_member(
    path: Path, archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path, *, room: int
) -> int:
    """Unpack one file, counting what comes out and not what the archive claims; return its bytes."""
    written = 0
    with archive.open(member) as packed, target.open("wb") as file:
        while chunk := packed.read(_CHUNK_BYTES):
            written += len(chunk)
            is_bomb = written > _RATIO_FREE_BYTES and written > _MAX_RATIO * max(member.compress_size, 1)
            if written > room or is_bomb:
                raise TooLargeError(
                    path, f"an archive whose {target.name} unpacks without end, or beyond the disk"
                )
            file.write(chunk)
    return written
