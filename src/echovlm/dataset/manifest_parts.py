"""Parts of a manifest: the rows of one shard in a file of their own, until all are put together."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import pyarrow as pa
import pyarrow.json as json_files
import pyarrow.parquet as pq

from echovlm.dataset.manifest import MANIFEST_SCHEMA
from echovlm.dataset.tally import Tally
from echovlm.stores import Store

ROWS_PER_GROUP: Final = 256  # some 3 MB in memory, and as much again while they are written
_ROWS_PACKED: Final = 32  # as dictionaries they need ten times as much


_PLACED: Final = ("shard", "frames", "masks", "pixels_sha256", "segment")  # what a label does not say
_LABEL_SCHEMA: Final = pa.schema([field for field in MANIFEST_SCHEMA if field.name not in _PLACED])
_PLACE_SCHEMA: Final = pa.schema([MANIFEST_SCHEMA.field(name) for name in _PLACED])


class RowsFile:
    """Rows of the manifest in a file of their own, written a group at a time so that few are in memory."""

    def __init__(self, store: Store, name: str) -> None:
        self._new = store.new_file(name)
        # Read once and removed: nobody looks for a value in it, and it need not be as small as the manifest.
        self._writer = pq.ParquetWriter(
            self._new.file, MANIFEST_SCHEMA, compression="lz4", write_statistics=False
        )
        self._labels: list[bytes] = []
        self._places: list[Mapping[str, Any]] = []
        self._tables: list[pa.Table] = []
        self._tally = Tally()

    def add(self, label: bytes, places: Mapping[str, Any]) -> None:
        """Append a row: a clip's label as JSON, and the values of the columns that it lacks.

        Raises:
            DatasetError: If some clip id came twice; it is told when a few rows have gathered, or at the end.
        """
        self._labels.append(label)
        self._places.append(places)
        if len(self._labels) == _ROWS_PACKED:
            self._pack()

    def _pack(self) -> None:
        """Turn rows into Arrow, where they need a tenth of the memory, and write them when they are a group."""
        if self._labels:
            table = labels_to_table(self._labels, self._places)
            self._tally.count_table(table)
            self._tables.append(table)
            self._labels, self._places = [], []
        if sum(map(len, self._tables)) >= ROWS_PER_GROUP:
            self._write()

    def _write(self) -> None:
        if self._tables:
            self._writer.write_table(pa.concat_tables(self._tables))
            self._tables = []

    def tally(self) -> Tally:
        """Return the counts of all rows so far.

        Raises:
            DatasetError: If some clip id came twice.
        """
        self._pack()
        return self._tally

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


def labels_to_table(labels: Sequence[bytes], places: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Return rows of the manifest as a table.

    Args:
        labels: Of each clip its label: one object of JSON, on one line.
        places: Of each clip the values of the columns that its label lacks.
    """
    text = b"\n".join(labels)
    # One block, so that no label lies across two; another thread would not be worth its start.
    known = json_files.read_json(
        pa.BufferReader(text),
        read_options=json_files.ReadOptions(use_threads=False, block_size=len(text) + 1),
        parse_options=json_files.ParseOptions(
            explicit_schema=_LABEL_SCHEMA, unexpected_field_behavior="ignore"
        ),
    )
    placed = pa.Table.from_pylist(list(places), schema=_PLACE_SCHEMA)
    columns = [(placed if name in _PLACED else known)[name] for name in MANIFEST_SCHEMA.names]
    return pa.Table.from_arrays(columns, schema=MANIFEST_SCHEMA)


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
