"""Parquet tables read in the thread that asks for them."""

from collections.abc import Sequence
from io import BufferedIOBase

import pyarrow as pa
import pyarrow.parquet as pq


def read_table(file: BufferedIOBase, columns: Sequence[str] | None = None) -> pa.Table:
    """Return a table, or some of its columns; those that the file lacks are passed over.

    ``pyarrow.parquet.read_table`` reads a Python file in threads of its own. One that still lets go of the file while
    the interpreter ends aborts the process (SIGABRT), in up to one of five short commands.

    Raises:
        pyarrow.ArrowException: If it is no Parquet file.
    """
    with pq.ParquetFile(file, pre_buffer=False) as table:
        return table.read(columns=None if columns is None else list(columns), use_threads=False)
