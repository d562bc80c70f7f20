"""Values of one quantity on which two places of a source disagree, as a table beside the manifest."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from echovlm.dataset.parquet import read_table
from echovlm.stores import Store, open_store

CONFLICTS_NAME: Final = "conflicts.parquet"


@dataclass(frozen=True, slots=True)
class ValueConflict:
    """Two places that state values of one study too far apart.

    Attributes:
        study_id: The study.
        quantity: What both state.
        unit: The canonical unit of both values.
        value: Of the place that is trusted more; it counts, unless both stand in one place.
        origin: Where it stands.
        other_value: Of the other place.
        other_origin: Where that stands.
    """

    study_id: str
    quantity: str
    unit: str
    value: float
    origin: str
    other_value: float
    other_origin: str


_SCHEMA: Final = pa.schema(
    [
        pa.field(f.name, pa.float64() if f.type is float else pa.string(), nullable=False)
        for f in fields(ValueConflict)
    ]
)


def write_conflicts(store: Store, conflicts: Sequence[ValueConflict]) -> None:
    """Write the table, also when nothing disagrees."""
    columns = {name: [getattr(conflict, name) for conflict in conflicts] for name in _SCHEMA.names}
    with store.new_file(CONFLICTS_NAME) as new:
        pq.write_table(pa.table(columns, schema=_SCHEMA), new.file, compression="zstd")


def read_conflicts(place: Path | str | Store) -> list[ValueConflict]:
    """Return the values on which two places of a dataset's source disagree."""
    store = place if isinstance(place, Store) else open_store(place)
    with store.open_input(CONFLICTS_NAME) as file:
        return [ValueConflict(**plain) for plain in read_table(file).to_pylist()]
