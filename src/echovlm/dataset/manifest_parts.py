"""Parts of a manifest: the rows of one shard in a file of their own, until all are put together."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from echovlm.dataset.manifest import MANIFEST_SCHEMA, rows_to_table
from echovlm.stores import Store

ROWS_PER_GROUP: Final = 256  # some 3 MB in memory, and as much again while they are written
_ROWS_PACKED: Final = 32  # as dictionaries they need ten times as much


class RowsFile:
    """Rows of the manifest in a file of their own, written a group at a time so that few are in memory."""

    def __init__(self, store: Store, name: str) -> None:
        self._new = store.new_file(name)
        self._writer = pq.ParquetWriter(self._new.file, MANIFEST_SCHEMA, compression="zstd")
        self._rows: list[dict[str, Any]] = []
        self._tables: list[pa.Table] = []

    def add(self, row: Mapping[str, Any]) -> None:
        """Append a row, as ``entry_to_plain`` gives it."""
        self._rows.append(dict(row))
        if len(self._rows) == _ROWS_PACKED:
            self._pack()

    def _pack(self) -> None:
        """Turn rows into Arrow, where they need a tenth of the memory, and write them when they are a group."""
        if self._rows:
            self._tables.append(rows_to_table(self._rows))
            self._rows = []
        if sum(map(len, self._tables)) >= ROWS_PER_GROUP:
            self._write()

    def _write(self) -> None:
        if self._tables:
            self._writer.write_table(pa.concat_tables(self._tables))
            self._tables = []

    def finish(self, *, note: Mapping[str, str]) -> None:
        """Make the file appear, with a note on it."""
        self._pack()
        self._write()
        self._writer.add_key_value_metadata(dict(note))
        self._writer.close()
        self._new.commit()

    def discard(self) -> None:
        """Forget the rows; does nothing to a finished file."""
        try:
            self._writer.close()
        finally:
            self._new.discard()


def read_note(store: Store, name: str) -> dict[str, str] | None:
    """Return the note on a file of rows, or ``None`` when there is none by this name."""
    if store.size(name) is None:
        return None
    with store.open_input(name) as file:
        found: Mapping[bytes, bytes] = pq.read_metadata(file).metadata or {}
    return {key.decode(): value.decode() for key, value in found.items()}


def iter_row_groups(store: Store, name: str) -> Iterator[pa.Table]:
    """Yield the rows of a file, a group at a time."""
    with store.open_input(name) as file, pq.ParquetFile(file) as groups:
        for index in range(groups.num_row_groups):
            yield groups.read_row_group(index)
