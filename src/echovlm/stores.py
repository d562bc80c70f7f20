"""A folder of files on a disk or in a bucket, through one interface; a file appears whole or not at all."""

import os
import re
import secrets
import shutil
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from io import BufferedIOBase
from pathlib import Path
from typing import Any, BinaryIO, Final, Self
from urllib.parse import urlsplit

from echovlm.errors import EchoVLMError
from echovlm.files import remove_leftovers

# Where a file that is put appears at once and whole. Elsewhere it is put beside its name and then moved.
_ATOMIC_PUT: Final = {"s3", "s3a", "gs", "gcs", "abfs", "abfss", "az"}
# Libraries whose own errors mean that a bucket cannot be used; others are ours and must not be swallowed.
_FOLDED: Final = re.compile(r"^([a-z][a-z0-9+.-]+):/(?=[^/])", re.IGNORECASE)
_CLIENTS: Final = {"botocore", "aiobotocore", "aiohttp", "google", "gcsfs", "azure", "adlfs", "paramiko"}


class StoreError(EchoVLMError):
    """An address that cannot be used."""


class WholeFile(ABC):
    """A file being written; it takes its name at ``commit`` and leaves nothing at ``discard``."""

    file: BinaryIO

    @abstractmethod
    def commit(self) -> None:
        """Close the file and let it appear."""

    @abstractmethod
    def discard(self) -> None:
        """Close the file and forget it; does nothing after ``commit``."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self.commit()
        else:
            self.discard()


class Store(ABC):
    """A folder of files by name, such as ``shards/train-000000.tar``.

    It can be sent to another process or machine, which must see the same disk or bucket.

    Attributes:
        address: The folder, for people; it holds no credentials.
    """

    address: str

    @abstractmethod
    def new_file(self, name: str) -> WholeFile:
        """Start a file; two writers of one name never mix, and the later one to commit wins."""

    @abstractmethod
    def read(self, name: str) -> bytes:
        """Return a file's content.

        Raises:
            FileNotFoundError: If there is no such file.
        """

    @abstractmethod
    def read_ranges(self, name: str, ranges: Sequence[tuple[int, int]]) -> list[bytes]:
        """Return pieces of a file, each given by offset and size; a piece beyond the end comes back short."""

    @abstractmethod
    def open_input(self, name: str) -> BufferedIOBase:
        """Open a file that can be read from anywhere in it."""

    @abstractmethod
    def size(self, name: str) -> int | None:
        """Return a file's size, or ``None`` when there is no such file."""

    @abstractmethod
    def names(self, folder: str = "") -> dict[str, int]:
        """Return the files in ``folder`` and below with their sizes, hidden ones too, sorted by name."""

    @abstractmethod
    def remove(self, name: str) -> None:
        """Remove a file, if it is there."""

    @abstractmethod
    def remove_folder(self, folder: str) -> None:
        """Remove a folder with all that it holds, if it is there."""

    @abstractmethod
    def sweep(self, folder: str) -> None:
        """Remove what killed writers left in ``folder``; nobody may be writing there."""

    def write(self, name: str, data: bytes) -> None:
        """Write a file, whole or not at all."""
        with self.new_file(name) as new:
            new.file.write(data)


@dataclass(frozen=True)
class DiskStore(Store):
    """A folder on a disk.

    Attributes:
        root: The folder; absolute, so that a worker with another working directory finds it.
    """

    root: Path

    @property
    def address(self) -> str:  # type: ignore[override]
        """The folder's path."""
        return str(self.root)

    def new_file(self, name: str) -> WholeFile:
        """Start a file under a hidden temporary name beside its own."""
        return _DiskFile(self.root / name)

    def read(self, name: str) -> bytes:
        """Return a file's content."""
        return (self.root / name).read_bytes()

    def read_ranges(self, name: str, ranges: Sequence[tuple[int, int]]) -> list[bytes]:
        """Return pieces of a file."""
        with (self.root / name).open("rb", buffering=0) as file:
            return [os.pread(file.fileno(), size, offset) for offset, size in ranges]

    def open_input(self, name: str) -> BufferedIOBase:
        """Open a file."""
        return (self.root / name).open("rb")

    def size(self, name: str) -> int | None:
        """Return a file's size."""
        try:
            return (self.root / name).stat().st_size
        except (FileNotFoundError, NotADirectoryError):
            return None

    def names(self, folder: str = "") -> dict[str, int]:
        """Return the files below ``folder``."""
        top = self.root / folder
        return {
            path.relative_to(self.root).as_posix(): path.stat().st_size
            for path in sorted(top.rglob("*"))
            if path.is_file()
        }

    def remove(self, name: str) -> None:
        """Remove a file."""
        (self.root / name).unlink(missing_ok=True)

    def remove_folder(self, folder: str) -> None:
        """Remove a folder."""
        shutil.rmtree(self.root / folder, ignore_errors=True)

    def sweep(self, folder: str) -> None:
        """Remove temporary files."""
        remove_leftovers(self.root / folder)


class _DiskFile(WholeFile):
    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        # A name of its own: a job that was given up on one machine may still write while another repeats it.
        self._temporary = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}.tmp")
        self.file = self._temporary.open("wb")

    def commit(self) -> None:
        self.file.close()
        self._temporary.replace(self._path)

    def discard(self) -> None:
        self.file.close()
        self._temporary.unlink(missing_ok=True)


@dataclass(frozen=True)
class BucketStore(Store):
    """A folder that fsspec reaches. Credentials and endpoint come from the environment, as its clients read them.

    Attributes:
        address: Such as ``s3://bucket/dataset``, without a slash at its end.
    """

    address: str

    @cached_property
    def _place(self) -> tuple[Any, str]:
        import fsspec

        protocol = self.address.split("://")[0]
        try:
            with self._told():
                filesystem, path = fsspec.core.url_to_fs(self.address)
        except ImportError as error:
            raise StoreError(
                f"{protocol}:// needs a library that is not installed ({error}); install `echovlm[cloud]` for "
                "s3://, or gcsfs or adlfs"
            ) from error
        except ValueError as error:
            raise StoreError(
                f"{self.address} is no address that fsspec knows ({error}); give a folder or one such as "
                "s3://bucket/folder"
            ) from error
        return filesystem, path

    def __getstate__(self) -> dict[str, str]:
        return {"address": self.address}  # each process makes its own connection

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turn the errors of a bucket's client into ours."""
        try:
            yield
        except Exception as error:
            if type(error).__module__.split(".")[0] not in _CLIENTS:
                raise
            raise StoreError(
                f"{self.address} cannot be used ({error}); check the address, and the credentials and the "
                "endpoint in the environment, such as AWS_PROFILE or AWS_ENDPOINT_URL"
            ) from error

    def _full(self, name: str) -> str:
        return f"{self._place[1]}/{name}" if name else self._place[1]

    def new_file(self, name: str) -> WholeFile:
        """Start a file on the local disk; ``commit`` sends it."""
        return _SentFile(self, name)

    def send(self, local: Path, name: str) -> None:
        """Put a local file into the bucket, where it appears whole."""
        filesystem, target = self._place[0], self._full(name)
        with self._told():
            if self.address.split("://")[0] in _ATOMIC_PUT:
                filesystem.put_file(str(local), target)
                return
            filesystem.makedirs(target.rpartition("/")[0], exist_ok=True)
            beside = f"{target.rpartition('/')[0]}/.{target.rpartition('/')[2]}.{secrets.token_hex(4)}.tmp"
            filesystem.put_file(str(local), beside)
            filesystem.mv(beside, target)

    def read(self, name: str) -> bytes:
        """Return an object's content."""
        with self._told():
            data: bytes = self._place[0].cat_file(self._full(name))
        return data

    def read_ranges(self, name: str, ranges: Sequence[tuple[int, int]]) -> list[bytes]:
        """Return pieces of an object; pieces that follow one another are fetched at once."""
        if not ranges:
            return []
        runs = _join_ranges(ranges)
        with self._told():
            fetched: list[bytes] = self._place[0].cat_ranges(
                [self._full(name)] * len(runs),
                [start for start, _ in runs],
                [end for _, end in runs],
                on_error="raise",
            )
        pieces = []
        for offset, size in ranges:
            index = next(i for i, (start, end) in enumerate(runs) if start <= offset and offset + size <= end)
            begin = offset - runs[index][0]
            pieces.append(bytes(fetched[index][begin : begin + size]))
        return pieces

    def open_input(self, name: str) -> BufferedIOBase:
        """Open an object."""
        with self._told():
            file: BufferedIOBase = self._place[0].open(self._full(name), "rb")
        return file

    def size(self, name: str) -> int | None:
        """Return an object's size."""
        filesystem = self._place[0]
        filesystem.invalidate_cache()
        try:
            with self._told():
                found = filesystem.info(self._full(name))
        except FileNotFoundError:
            return None
        return int(found["size"]) if found["type"] == "file" else None

    def names(self, folder: str = "") -> dict[str, int]:
        """Return the objects below ``folder``."""
        filesystem, top = self._place[0], self._full(folder)
        filesystem.invalidate_cache()
        with self._told():
            found = filesystem.find(top, detail=True)
        start = len(self._place[1]) + 1
        return {path[start:]: int(found[path]["size"]) for path in sorted(found)}

    def remove(self, name: str) -> None:
        """Remove an object."""
        try:
            with self._told():
                self._place[0].rm_file(self._full(name))
        except FileNotFoundError:
            pass

    def remove_folder(self, folder: str) -> None:
        """Remove the objects below ``folder``."""
        filesystem = self._place[0]
        filesystem.invalidate_cache()
        with self._told():
            if filesystem.exists(self._full(folder)):
                filesystem.rm(self._full(folder), recursive=True)

    def sweep(self, folder: str) -> None:
        """Remove temporary files, where a file system has any."""
        if self.address.split("://")[0] in _ATOMIC_PUT:
            return
        for name in self.names(folder):
            base = name.rpartition("/")[2]
            if base.startswith(".") and base.endswith(".tmp"):
                self.remove(name)


_NEAR_BYTES: Final = 64 * 2**10  # reading this much too much costs less than another request


def _join_ranges(ranges: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return few (start, end) that cover all the ranges."""
    runs: list[tuple[int, int]] = []
    for offset, size in sorted(ranges):
        if runs and offset <= runs[-1][1] + _NEAR_BYTES:
            runs[-1] = (runs[-1][0], max(runs[-1][1], offset + size))
        else:
            runs.append((offset, offset + size))
    return runs


class _SentFile(WholeFile):
    def __init__(self, store: BucketStore, name: str) -> None:
        self._store, self._name = store, name
        self._folder = tempfile.TemporaryDirectory(prefix="echovlm-")
        self._local = Path(self._folder.name) / "file"
        self.file = self._local.open("wb")

    def commit(self) -> None:
        self.file.close()
        try:
            self._store.send(self._local, self._name)
        finally:
            self._folder.cleanup()

    def discard(self) -> None:
        self.file.close()
        self._folder.cleanup()


def open_store(place: str | Path) -> Store:
    """Return the folder at ``place``: a path, or an address that fsspec knows, such as ``s3://bucket/folder``.

    Nothing is made or connected yet.

    Raises:
        StoreError: If the address carries credentials; they would end in logs and cards.
    """
    # A pathlib path folds the two slashes of an address into one.
    place = _FOLDED.sub(r"\1://", str(place))
    if "://" not in place:
        return DiskStore(Path(place).absolute())
    parts = urlsplit(place)
    if parts.scheme == "file":
        return DiskStore(Path(parts.path).absolute())
    if parts.username or parts.password or parts.query:
        shown = f"{parts.scheme}://…@{parts.hostname or ''}{parts.path}"
        raise StoreError(
            f"{shown} carries credentials or options; keep them in the environment, where the client of "
            f"{parts.scheme}:// looks for them, and give the address alone"
        )
    return BucketStore(place.rstrip("/"))
