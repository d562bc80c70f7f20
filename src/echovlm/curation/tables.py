"""Tables in CSV: read by column name, as text, with the number of each row kept."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import polars as pl

from echovlm.curation.errors import SourceError
from echovlm.curation.tree import SourceTree
from echovlm.imaging import ImagingError

ROW: Final = "row_number"  # of the table's data rows, the first is 1
_SHOWN_COLUMNS: Final = 8
_SHOWN_LETTERS: Final = 40
_TIME_FORMATS: Final = ("%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M")


def read_table(
    tree: SourceTree,
    name: str,
    *,
    columns: Sequence[str],
    optional: Sequence[str] = (),
    only: tuple[str, Sequence[str]] | None = None,
) -> pl.DataFrame:
    """Return columns of a CSV file as stripped text, with ``ROW``; a blank is an empty text.

    Args:
        tree: The source.
        name: A ``.csv`` or ``.csv.gz`` file in it.
        columns: Columns that must be there, in lower case, whatever their case and order; other columns are ignored.
        optional: Columns that are blank when the file lacks them.
        only: A column and the values to keep; other rows are not held in memory.

    Raises:
        SourceError: If the file cannot be read, or lacks a column.
    """
    shown = tree.at(name)
    try:
        with tree.local(name) as path:
            lazy, named = _scan(path)
            missing = [column for column in columns if column not in named]
            if missing:
                raise SourceError(_lacking(shown, missing[0], list(named)))
            chosen = [
                (pl.col(named[column]) if column in named else pl.lit(""))
                .fill_null("")
                .str.strip_chars()
                .alias(column)
                for column in (*columns, *optional)
            ]
            lazy = lazy.with_row_index(ROW, offset=1).select(ROW, *chosen)
            if only is not None:
                lazy = lazy.filter(pl.col(only[0]).is_in(list(only[1])))
            return lazy.collect()
    except ImagingError as error:  # of a file that could not be fetched
        raise SourceError(str(error)) from error
    except (pl.exceptions.PolarsError, OSError) as error:
        raise SourceError(
            f"{shown} cannot be read as a CSV table ({_first_line(error)}). Give the table as it was released: "
            "CSV in UTF-8 with a line of column names, plain or compressed with gzip."
        ) from error


def read_columns(tree: SourceTree, name: str) -> tuple[str, ...]:
    """Return the columns of a CSV file in lower case; none when it cannot be read as one."""
    try:
        with tree.local(name) as path:
            return tuple(_scan(path)[1])
    except (ImagingError, pl.exceptions.PolarsError, OSError):
        return ()


def _scan(path: Path) -> tuple[pl.LazyFrame, dict[str, str]]:
    """Return the table, unread, and its columns: as compared, and as written."""
    lazy = pl.scan_csv(path, infer_schema=False, truncate_ragged_lines=True, encoding="utf8-lossy")
    return lazy, {name.lstrip("\ufeff").strip().lower(): name for name in lazy.collect_schema().names()}


def _lacking(path: str, column: str, found: Sequence[str]) -> str:
    """Return what to tell of a table without a column; a wrong file's first line may be any bytes."""
    if any("\ufffd" in name or "\0" in name for name in found):  # the mark of bytes that are no UTF-8
        what = f"{path} is no CSV table in UTF-8: it"
        advice = "Give the table as it was released; text in another encoding must be saved as UTF-8 first."
    else:
        what, advice = path, "Give the table as it was released."
    shown = [repr(name[:_SHOWN_LETTERS]) for name in found[:_SHOWN_COLUMNS]]
    if len(found) > _SHOWN_COLUMNS:
        shown.append(f"and {len(found) - _SHOWN_COLUMNS} more")
    told = ", ".join(shown) or "none"
    return f"{what} lacks the column {column!r}; it has: {told}. {advice}"


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__


def parse_times(column: str) -> pl.Expr:
    """Return an expression that reads times in any of the known formats, null where none fits."""
    text = pl.col(column)
    formats = [text.str.to_datetime(form, strict=False, time_unit="ms") for form in _TIME_FORMATS]
    days = text.str.to_date("%Y-%m-%d", strict=False).cast(pl.Datetime("ms"))
    return pl.coalesce(*formats, days)
