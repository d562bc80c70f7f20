"""Parts of a manifest: the rows of one shard in a file of their own, until all are put together."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import pyarrow as pa
import pyarrow.ipc as ipc
import pyarrow.json as json_files

from echovlm.dataset.manifest import MANIFEST_SCHEMA
from echovlm.dataset.tally import Tally
from echovlm.stores import Store

ROWS_PER_GROUP: Final = 256  # some 3 MB in memory, and as much again while they are written
_ROWS_PACKED: Final = 32  # as dictionaries they need ten times as much


_PLACED: Final = ("shard", "frames", "masks", "frames_sha256", "segment")  # what a label does not say
_LABEL_SCHEMA: Final = pa.schema([field for field in MANIFEST_SCHEMA if field.name not in _PLACED])
_PLACE_SCHEMA: Final = pa.schema([MANIFEST_SCHEMA.field(name) for name in _PLACED])


class RowsFile:
    """Rows of the manifest in a file of their own, written a group at a time so that few are in memory.

    The file is in Arrow's own format: it is read once and removed, and Parquet takes four times as long for both. One
    batch is a group of rows; one more, without rows, ends the file and carries the note.
    """

    def __init__(self, store: Store, name: str) -> None:
        self._new = store.new_file(name)
        packed = ipc.IpcWriteOptions(compression="lz4")
        self._writer = ipc.new_file(self._new.file, MANIFEST_SCHEMA, options=packed)
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
            for batch in pa.concat_tables(self._tables).combine_chunks().to_batches():
                self._writer.write_batch(batch)
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
        nothing = pa.RecordBatch.from_pylist([], schema=MANIFEST_SCHEMA)
        self._writer.write_batch(nothing, custom_metadata=dict(note))
        self._writer.close()
        self._new.commit()

    def discard(self) -> None:
        """Forget the rows; does nothing to a finished file."""
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
    with store.open_input(name) as file, ipc.open_file(file) as batches:
        _, found = batches.get_batch_with_custom_metadata(batches.num_record_batches - 1)
        return {key.decode(): value.decode() for key, value in (found or {}).items()}


def iter_row_groups(store: Store, name: str) -> Iterator[pa.Table]:
    """Yield the rows of a file, a group at a time."""
    with store.open_input(name) as file, ipc.open_file(file) as batches:
        for index in range(batches.num_record_batches - 1):
            yield pa.Table.from_batches([batches.get_batch(index)])
