"""WebDataset shards: segments put together into tar files, each with the rows that say what it holds."""

import hashlib
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa

from echovlm.dataset.manifest import read_rows, rows_to_table, write_rows
from echovlm.dataset.schema import Split
from echovlm.dataset.segments import END, Segment, place
from echovlm.dataset.tally import Tally
from echovlm.stores import Store

SHARD_FOLDER: Final = "shards"
WORK_FOLDER: Final = ".parts"  # what is not finished yet
MAX_SHARD_BYTES: Final = 256 * 2**20
_ROWS_AT_ONCE: Final = 128
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
    return f"{_ROWS_FOLDER}/{shard.rpartition('/')[2].removesuffix('.tar')}.parquet"


class ShardFile:
    """One shard that is being filled; it appears when it is whole, and its rows after it."""

    def __init__(self, store: Store, name: str) -> None:
        self._store, self._name = store, name
        self._new = store.new_file(name)
        self._digest = hashlib.sha256()
        self._rows: list[dict[str, Any]] = []
        self._tables: list[pa.Table] = []
        self._tally = Tally()
        self.size = 0

    def add(self, segment: Segment) -> None:
        """Append a clip.

        Raises:
            DatasetError: If its id comes twice.
        """
        row = place(segment, shard=self._name, offset=self.size)
        self._tally.count(row)
        self._rows.append(row)
        if len(self._rows) == _ROWS_AT_ONCE:
            self._pack_rows()
        self._write(segment.data)

    def _pack_rows(self) -> None:
        """Turn rows into Arrow, where they need a tenth of the memory."""
        self._tables.append(rows_to_table(self._rows))
        self._rows = []

    def _write(self, data: bytes) -> None:
        self._new.file.write(data)
        self._digest.update(data)
        self.size += len(data)

    def finish(self) -> ShardReport:
        """Close the shard."""
        self._write(END)
        report = ShardReport(self._name, self.size, self._digest.hexdigest(), self._tally)
        self._new.commit()
        note = {"size": str(report.size), "sha256": report.sha256}
        self._pack_rows()
        write_rows(self._store, _rows_name(self._name), pa.concat_tables(self._tables), note=note)
        return report

    def discard(self) -> None:
        """Forget the shard."""
        self._new.discard()


def find_shard(store: Store, name: str) -> ShardReport | None:
    """Return the report of a shard that an earlier run of the same work finished, or ``None``."""
    found = read_rows(store, _rows_name(name))
    if found is None:
        return None
    table, note = found
    size = int(note["size"])
    if store.size(name) != size:
        return None
    rows = (row for batch in table.to_batches(max_chunksize=_ROWS_AT_ONCE) for row in batch.to_pylist())
    return ShardReport(name, size, note["sha256"], Tally.of(rows))


def read_shard_rows(store: Store, name: str) -> pa.Table:
    """Return the rows of a finished shard."""
    found = read_rows(store, _rows_name(name))
    assert found is not None, "a finished shard has rows"
    return found[0]


def forget_rows(store: Store) -> None:
    """Remove the rows of finished shards, which the manifest holds too or which belong to other work."""
    store.remove_folder(_ROWS_FOLDER)
