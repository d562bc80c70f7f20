"""WebDataset shards: segments put together into tar files, each with the rows that say what it holds."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import pyarrow as pa

from echovlm.dataset.manifest_parts import RowsFile, iter_row_groups, read_note
from echovlm.dataset.schema import Split
from echovlm.dataset.segments import Segment, place
from echovlm.dataset.tally import Tally
from echovlm.dataset.tar_members import END
from echovlm.stores import Store

SHARD_FOLDER: Final = "shards"
WORK_FOLDER: Final = ".parts"  # what is not finished yet
MAX_SHARD_BYTES: Final = 256 * 2**20
_ROWS_FOLDER: Final = f"{WORK_FOLDER}/rows"


@dataclass(frozen=True, slots=True)
class ShardReport:
    """A finished shard.

    Attributes:
        name: Relative to the dataset.
        size: Bytes.
        sha256: Hash of its content.
        tally: Counts of its clips.
    """

    name: str
    size: int
    sha256: str
    tally: Tally


def shard_name(split: Split, number: int) -> str:
    """Return where a shard lies in the dataset."""
    return f"{SHARD_FOLDER}/{split.value}-{number:06d}.tar"


def _rows_name(shard: str) -> str:
    return f"{_ROWS_FOLDER}/{shard.rpartition('/')[2].removesuffix('.tar')}.arrow"


class ShardFile:
    """One shard that is being filled; it appears when it is whole, and its rows after it."""

    def __init__(self, store: Store, name: str) -> None:
        self._name = name
        self._new = store.new_file(name)
        self._digest = hashlib.sha256()
        self._rows = RowsFile(store, _rows_name(name))
        self.size = 0

    def add(self, segment: Segment) -> None:
        """Append a clip.

        Raises:
            DatasetError: If some id came twice.
        """
        self._rows.add(segment.label_text, place(segment, shard=self._name, offset=self.size))
        self._write(segment.data)

    def _write(self, data: bytes) -> None:
        self._new.file.write(data)
        self._digest.update(data)
        self.size += len(data)

    def finish(self) -> ShardReport:
        """Close the shard.

        Raises:
            DatasetError: If some id came twice.
        """
        tally = self._rows.tally()
        self._write(END)
        report = ShardReport(self._name, self.size, self._digest.hexdigest(), tally)
        self._new.commit()
        self._rows.finish(note={"size": str(report.size), "sha256": report.sha256})
        return report

    def discard(self) -> None:
        """Forget the shard."""
        self._new.discard()
        self._rows.discard()


def find_shard(store: Store, name: str) -> ShardReport | None:
    """Return the report of a shard that an earlier run of the same work finished, or ``None``."""
    note = read_note(store, _rows_name(name))
    if note is None or store.size(name) != int(note["size"]):
        return None
    tally = Tally()
    for table in iter_shard_rows(store, name):
        tally.count_table(table)
    return ShardReport(name, int(note["size"]), note["sha256"], tally)


def iter_shard_rows(store: Store, name: str) -> Iterator[pa.Table]:
    """Yield the rows of a finished shard, a group at a time."""
    return iter_row_groups(store, _rows_name(name))


def forget_rows(store: Store) -> None:
    """Remove the rows of finished shards, which the manifest holds too or which belong to other work."""
    store.remove_folder(_ROWS_FOLDER)
