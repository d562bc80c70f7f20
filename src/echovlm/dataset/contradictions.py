"""Statements of captions and reports that the values of their study contradict, as a table beside the manifest."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from echovlm.dataset.parquet import read_table
from echovlm.stores import Store, open_store

CONTRADICTIONS_NAME: Final = "contradictions.parquet"


@dataclass(frozen=True, slots=True)
class Contradiction:
    """One statement of a text against the values.

    Attributes:
        study_id: The study.
        text: What says it: ``caption``, which then does not say it any more, or ``note``.
        about: Key of the finding or the quantity.
        kind: In what it is against the values: ``state``, ``degree`` or ``number``.
        origin: The sentence of a caption; where a note says it, without its words, which may hold an identity.
        detail: One sentence with both sides.
    """

    study_id: str
    text: str
    about: str
    kind: str
    origin: str
    detail: str


_SCHEMA: Final = pa.schema([pa.field(f.name, pa.string(), nullable=False) for f in fields(Contradiction)])


def count_contradictions(found: Iterable[Contradiction]) -> dict[str, int]:
    """Return how many there are of each text and kind, by ``note degree`` and the like."""
    return dict(sorted(Counter(f"{each.text} {each.kind}" for each in found).items()))


def write_contradictions(store: Store, found: Sequence[Contradiction]) -> None:
    """Write the table, also when nothing is contradicted."""
    columns = {name: [getattr(each, name) for each in found] for name in _SCHEMA.names}
    with store.new_file(CONTRADICTIONS_NAME) as new:
        pq.write_table(pa.table(columns, schema=_SCHEMA), new.file, compression="zstd")


def read_contradictions(place: Path | str | Store) -> list[Contradiction]:
    """Return the contradicted statements of a dataset; none of one that was made before they were looked for."""
    store = place if isinstance(place, Store) else open_store(place)
    if store.size(CONTRADICTIONS_NAME) is None:
        return []
    with store.open_input(CONTRADICTIONS_NAME) as file:
        return [Contradiction(**plain) for plain in read_table(file).to_pylist()]
