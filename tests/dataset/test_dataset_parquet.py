"""Tables are read in the thread that asks: others would touch the file while the interpreter ends, which aborts it."""

import io
import threading

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from echovlm.dataset.parquet import read_table


class Watched(io.BytesIO):
    """A file that knows which threads read it."""

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self.readers: set[int] = set()

    def read(self, *size):
        self.readers.add(threading.get_ident())
        return super().read(*size)


@pytest.fixture
def file():
    content = io.BytesIO()
    table = pa.table({name: list(range(1000)) for name in "abcd"})
    pq.write_table(table, content, row_group_size=100)
    return Watched(content.getvalue())


def test_a_table_is_read_in_the_thread_that_asks(file):
    assert read_table(file).num_rows == 1000
    assert file.readers == {threading.get_ident()}


def test_columns_that_are_not_there_are_passed_over(file):
    assert read_table(file, ["c", "nothing", "a"]).column_names == ["c", "a"]


def test_what_is_no_table_is_an_error_of_arrow(tmp_path):
    path = tmp_path / "table.parquet"
    path.write_bytes(b"no table at all, but longer than a footer")
    with path.open("rb") as file, pytest.raises(pa.ArrowException):
        read_table(file)
