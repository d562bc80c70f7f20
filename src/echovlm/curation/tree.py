"""Where a source's files lie: a folder, a zip, or an address that fsspec opens, such as a bucket."""

import os
import re
import stat
import tempfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any, Final

from echovlm.curation.errors import SourceError
from echovlm.imaging import MissingPathError, TooLargeError, UnreadablePathError
from echovlm.imaging.packed import MAX_FILES, MAX_UNPACKED_BYTES

# One file of a study is at most some hundred MB; a member that unpacks to more is a bomb.
_MAX_FILE_BYTES: Final = 8 * 1024**3
_CHUNK_BYTES: Final = 1024**2
_ADDRESS: Final = re.compile(r"^[a-z][a-z0-9+.-]*(?:::[a-z0-9+.-]+)*://", re.IGNORECASE)
_SECRET_QUERY: Final = re.compile(r"\?.*$", re.DOTALL)
_USER_INFO: Final = re.compile(r"(?<=://)[^/@]*@")


def is_address(text: str) -> bool:
    """Whether a text is an address such as ``s3://bucket/folder``, and no path of this machine."""
    return _ADDRESS.match(text) is not None


def hide_secrets(address: str) -> str:
    """Return an address as it may be shown: without user, password, key or signed query."""
    return _USER_INFO.sub("", _SECRET_QUERY.sub("", address))


@dataclass(frozen=True, slots=True, repr=False)
class SourceTree:
    """The files below one place, named by their relative paths with ``/``.

    Attributes:
        address: A path, or an address that fsspec opens. It may hold a secret: show ``shown``.
    """

    address: str

    def __repr__(self) -> str:
        return f"SourceTree({self.shown})"

    def __str__(self) -> str:
        return self.shown

    @property
    def shown(self) -> str:
        """The address as it may be shown."""
        return hide_secrets(self.address) if is_address(self.address) else self.address

    @property
    def folder(self) -> Path | None:
        """The folder on this machine; ``None`` for a zip or an address elsewhere."""
        return _folder_at(self.address)

    @property
    def name(self) -> str:
        """The last part of the address."""
        return PurePosixPath(self.shown.rstrip("/")).name

    @property
    def _is_zip(self) -> bool:
        return not is_address(self.address) and _is_zip_name(self.address)

    def at(self, name: str) -> str:
        """Return how a message names a file of this tree."""
        return f"{self.shown.rstrip('/')}/{name}"

    def sizes(self, *, below: str = "") -> Mapping[str, int]:
        """Return every file with its size in bytes, by relative path, sorted.

        Args:
            below: A folder to stay in; empty for all.

        Raises:
            SourceError: If the place cannot be opened.
        """
        sizes = _sizes(self.address)
        if not below:
            return sizes
        return {name: size for name, size in sizes.items() if name.startswith(f"{below}/")}

    def has(self, name: str) -> bool:
        """Return whether there is a file of this name."""
        return self.size(name) >= 0

    def size(self, name: str) -> int:
        """Return the size of a file in bytes; -1 when it is not there."""
        if self.folder is None:
            return self.sizes().get(name, -1)
        try:
            found = os.stat(os.path.join(self.address, name))  # noqa: PTH116, PTH118 - asked several times of each clip
        except (OSError, ValueError):
            return -1
        return found.st_size if stat.S_ISREG(found.st_mode) else -1

    def find(self, *names: str) -> str | None:
        """Return the first of these files that is there, each plain before packed with gzip."""
        return next((n for name in names for n in (name, f"{name}.gz") if self.has(n)), None)

    @contextmanager
    def local(self, name: str, *, beside: Sequence[str] = ()) -> Iterator[Path]:
        """Give a file as a path of this machine; one from elsewhere is gone when the block ends.

        Args:
            name: The file.
            beside: Files that must lie in the same folder, such as the raw data of a MetaImage header.

        Raises:
            ImagingError: If it is missing, or cannot be fetched.
        """
        if self.folder is not None:
            yield self.folder / name
            return
        with tempfile.TemporaryDirectory(prefix="echovlm-") as scratch:
            for each in (name, *beside):
                self._fetch(each, Path(scratch) / PurePosixPath(each).name)
            yield Path(scratch) / PurePosixPath(name).name

    def _fetch(self, name: str, target: Path) -> None:
        shown = Path(self.at(name))
        if self.size(name) < 0:
            raise MissingPathError(shown, "does not exist")
        try:
            with self._open(name) as remote, target.open("wb") as copy:
                for copied in iter(lambda: remote.read(_CHUNK_BYTES), b""):
                    copy.write(copied)
                    if copy.tell() > _MAX_FILE_BYTES:
                        raise TooLargeError(shown, f"more than {_MAX_FILE_BYTES // 1024**3} GiB")
        except (
            OSError,
            zipfile.BadZipFile,
            EOFError,
            RuntimeError,
            NotImplementedError,
            ValueError,
        ) as error:
            # What a storage client says may quote the request, and with it a key.
            raise UnreadablePathError(shown, f"could not be fetched ({type(error).__name__})") from None

    def _open(self, name: str) -> Any:  # noqa: ANN401 - fsspec is not typed
        if self._is_zip:
            return zipfile.ZipFile(self.address).open(name)
        filesystem, root = _filesystem(self.address)
        return filesystem.open(f"{root}/{name}" if root else name, "rb")

    def read_bytes(self, name: str) -> bytes:
        """Return a small file's content.

        Raises:
            SourceError: If it cannot be read.
        """
        try:
            with self.local(name) as path:
                return path.read_bytes()
        except OSError as error:
            raise SourceError(f"{self.at(name)} cannot be read: {error.strerror}") from error


# Asked several times of each clip.
@lru_cache(maxsize=4)
def _folder_at(address: str) -> Path | None:
    return None if is_address(address) or _is_zip_name(address) else Path(address)


def _is_zip_name(address: str) -> bool:
    return address.lower().endswith(".zip")


def open_tree(source: Path | str) -> SourceTree:
    """Return the tree at a path or an address.

    Raises:
        SourceError: If nothing is there, or it may not be opened.
    """
    _sizes.cache_clear()  # a place may have changed since it was last opened
    text = str(source)
    # A pathlib path folds the two slashes of an address into one.
    text = re.sub(r"^([a-z][a-z0-9+.-]+):/(?=[^/])", r"\1://", text, flags=re.IGNORECASE)
    if is_address(text):
        tree = SourceTree(text.rstrip("/"))
        if not tree.sizes():
            raise SourceError(f"{tree} holds no file; check the address and your permission to read it")
        return tree
    path = Path(text)
    if zipfile.is_zipfile(path) and not path.is_dir():
        tree = SourceTree(text)
        tree.sizes()
        return tree
    if not path.is_dir():
        wrong = "is a file" if path.exists() else "does not exist"
        raise SourceError(
            f"{path} {wrong}; give the folder of a MIMIC-IV-ECHO tree or of another data set, a folder, zip or "
            "DICOMDIR of DICOM or mp4 files, an address such as s3://bucket/folder, or a .toml that maps your tables"
        )
    return SourceTree(text)


@lru_cache(maxsize=4)
def _sizes(address: str) -> Mapping[str, int]:
    if is_address(address):
        return _remote_sizes(address)
    if _is_zip_name(address):
        return _zip_sizes(address)
    return _folder_sizes(address)


def _folder_sizes(root: str) -> Mapping[str, int]:
    """Return the files below a folder, in the order of their folders; links to folders are not followed."""
    sizes: dict[str, int] = {}
    # Not by pathlib, which takes five times as long over the millions of files of an archive.
    for folder, _, names in os.walk(root):
        below = os.path.relpath(folder, root)
        for name in names:
            try:
                found = os.stat(os.path.join(folder, name))  # noqa: PTH116, PTH118
            except OSError:  # a link to nothing
                continue
            if stat.S_ISREG(found.st_mode):
                sizes[name if below == "." else f"{below}/{name}"] = found.st_size
    return dict(sorted(sizes.items(), key=lambda item: item[0].split("/")))


def _zip_sizes(address: str) -> Mapping[str, int]:
    try:
        with zipfile.ZipFile(address) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
    except (zipfile.BadZipFile, OSError) as error:
        raise SourceError(f"{address} is a damaged zip archive: {error}") from error
    total = sum(member.file_size for member in members)
    if len(members) > MAX_FILES or total > MAX_UNPACKED_BYTES:
        raise SourceError(
            f"{address} unpacks to {len(members)} files of {total} bytes; at most {MAX_FILES} files and "
            f"{MAX_UNPACKED_BYTES} bytes are read. Unpack it yourself and give the folder."
        )
    return dict(sorted((member.filename, member.file_size) for member in members))


def _remote_sizes(address: str) -> Mapping[str, int]:
    try:
        filesystem, root = _filesystem(address)
        filesystem.invalidate_cache()
        found: dict[str, dict[str, Any]] = filesystem.find(root, detail=True)
    except SourceError:
        raise
    except Exception as error:  # each storage client raises its own, some with credentials in their text
        raise SourceError(
            f"{hide_secrets(address)} cannot be listed ({type(error).__name__}); check the address, the network "
            "and the credentials that your storage client finds in its environment"
        ) from None
    prefix = f"{root.rstrip('/')}/" if root else ""
    return {
        path.removeprefix(prefix).lstrip("/"): int(detail["size"] or 0)
        for path, detail in sorted(found.items())
        if detail.get("type") == "file"
    }


def _filesystem(address: str) -> tuple[Any, str]:
    """Return fsspec's file system of an address, and the path in it."""
    import fsspec

    try:
        filesystem, root = fsspec.core.url_to_fs(address)
    except (ImportError, ValueError) as error:
        scheme = address.partition("://")[0]
        raise SourceError(
            f"addresses of the kind {scheme}:// cannot be opened ({type(error).__name__}); install the fsspec "
            "plug-in for it, such as `pip install 'echovlm[cloud]'` for s3://"
        ) from None
    return filesystem, str(root).rstrip("/")
