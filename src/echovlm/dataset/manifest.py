"""The manifest: how clip rows stand in Parquet."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from enum import Enum
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from echovlm.clinical.anatomy import Landmark
from echovlm.clinical.findings import Finding, FindingState, Grade
from echovlm.clinical.measurement import Measurement, Quantity
from echovlm.clinical.patient import Sex
from echovlm.clinical.provenance import Provenance, Source
from echovlm.clinical.units import Unit
from echovlm.clinical.views import Mode, View
from echovlm.dataset.errors import SchemaError
from echovlm.dataset.schema import (
    ClipEntry,
    ClipRow,
    Evidence,
    FindingRow,
    FramePlace,
    LandmarkPoint,
    MaskPlace,
    Split,
    StatementRow,
    StripAxes,
)
from echovlm.files import replacing

MANIFEST_NAME: Final = "manifest.parquet"


def _struct(**columns: pa.DataType) -> pa.DataType:
    return pa.struct([pa.field(name, kind) for name, kind in columns.items()])


_VALUE: Final = {"quantity": pa.string(), "value": pa.float64(), "unit": pa.string()}
_ORIGIN: Final = {"source": pa.string(), "locator": pa.string()}
_TEXTS: Final = pa.list_(pa.string())

MANIFEST_SCHEMA: Final = pa.schema(
    [
        pa.field("clip_id", pa.string(), nullable=False),
        pa.field("patient_id", pa.string(), nullable=False),
        pa.field("study_id", pa.string(), nullable=False),
        pa.field("split", pa.string(), nullable=False),
        pa.field("view", pa.string(), nullable=False),
        pa.field("view_source", pa.string(), nullable=False),
        pa.field("view_prob", pa.float64()),
        pa.field("mode", pa.string()),
        pa.field("is_colour", pa.bool_(), nullable=False),
        pa.field(
            "strip", _struct(s_per_px=pa.float64(), value_per_px=pa.float64(), zero_row_px=pa.float64())
        ),
        pa.field("sex", pa.string()),
        pa.field("shard", pa.string(), nullable=False),
        pa.field("frames", pa.list_(_struct(offset=pa.int64(), size=pa.int64())), nullable=False),
        pa.field("frame_times_ms", pa.list_(pa.float64())),
        pa.field("heart_rate_bpm", pa.float64()),
        pa.field("r_wave_times_ms", pa.list_(pa.float64()), nullable=False),
        pa.field("spacing_mm", pa.float64()),
        pa.field("height_px", pa.int32(), nullable=False),
        pa.field("width_px", pa.int32(), nullable=False),
        pa.field("ed_frame_index", pa.int32()),
        pa.field("es_frame_index", pa.int32()),
        pa.field("phase_source", pa.string(), nullable=False),
        pa.field("best_frame_index", pa.int32()),
        pa.field("masks", pa.list_(_struct(frame_index=pa.int32(), offset=pa.int64(), size=pa.int64()))),
        pa.field(
            "landmarks",
            pa.list_(_struct(name=pa.string(), frame_index=pa.int32(), x_px=pa.float64(), y_px=pa.float64())),
        ),
        pa.field("measurements", pa.list_(_struct(**_VALUE, **_ORIGIN))),
        pa.field("other_measurements", pa.list_(_struct(**_VALUE, **_ORIGIN))),
        pa.field(
            "findings",
            pa.list_(
                _struct(
                    finding=pa.string(),
                    state=pa.string(),
                    grade=pa.string(),
                    rule_id=pa.string(),
                    reason=pa.string(),
                    visible=pa.bool_(),
                    evidence=pa.list_(_struct(**_VALUE)),
                )
            ),
        ),
        pa.field(
            "statements",
            pa.list_(
                _struct(
                    finding=pa.string(),
                    quantity=pa.string(),
                    present=pa.bool_(),
                    text_options=_TEXTS,
                    counterfactual_options=_TEXTS,
                    **_ORIGIN,
                )
            ),
        ),
        pa.field("caption", pa.string(), nullable=False),
        pa.field("report_caption", pa.string(), nullable=False),
        pa.field("source_path", pa.string(), nullable=False),
        pa.field("source_sha256", pa.string(), nullable=False),
    ]
)

_FINDING: Final = {finding.key: finding for finding in Finding}
_QUANTITY: Final = {quantity.key: quantity for quantity in Quantity}
_UNIT: Final = {unit.symbol: unit for unit in Unit}
_PLAIN: Final = tuple(f.name for f in fields(ClipEntry) if f.name in MANIFEST_SCHEMA.names)


def _key(member: Enum) -> object:
    """Return the text that stands for an enum member in a file."""
    if isinstance(member, Finding | Quantity):
        return member.key
    return member.symbol if isinstance(member, Unit) else member.value


def _plain(value: object) -> object:
    """Return ``value`` with enums as their keys and tuples as lists, as JSON and Parquet hold it."""
    if isinstance(value, Enum):
        return _key(value)
    if isinstance(value, Measurement):
        number = {"quantity": _plain(value.quantity), "value": value.value, "unit": _plain(value.unit)}
        return number | _origin(value.provenance)
    if isinstance(value, StatementRow):
        names = ("finding", "quantity", "present", "text_options", "counterfactual_options")
        return {name: _plain(getattr(value, name)) for name in names} | _origin(value.provenance)
    if isinstance(value, LandmarkPoint):
        return {
            "name": value.landmark.value,
            "frame_index": value.frame_index,
            "x_px": value.x_px,
            "y_px": value.y_px,
        }
    if isinstance(value, FindingRow | Evidence):
        return {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, FramePlace | MaskPlace | StripAxes):
        return asdict(value)
    return [_plain(item) for item in value] if isinstance(value, tuple) else value


def _origin(provenance: Provenance) -> dict[str, str]:
    return {"source": provenance.source.value, "locator": provenance.locator}


def entry_to_plain(entry: ClipEntry) -> dict[str, Any]:
    """Return a clip, or a row with its places, as JSON-able values in the manifest's column order."""
    names = {f.name for f in fields(entry)}
    return {name: _plain(getattr(entry, name)) for name in MANIFEST_SCHEMA.names if name in names}


def _provenance(item: dict[str, Any]) -> Provenance:
    return Provenance(Source(item["source"]), item["locator"])


def _finding_row(item: dict[str, Any]) -> FindingRow:
    return FindingRow(
        finding=_FINDING[item["finding"]],
        state=FindingState(item["state"]),
        grade=None if item["grade"] is None else Grade(item["grade"]),
        rule_id=item["rule_id"],
        reason=item["reason"],
        visible=item["visible"],
        evidence=tuple(
            Evidence(_QUANTITY[e["quantity"]], e["value"], _UNIT[e["unit"]]) for e in item["evidence"]
        ),
    )


def _statement(item: dict[str, Any]) -> StatementRow:
    return StatementRow(
        text_options=tuple(item["text_options"]),
        counterfactual_options=tuple(item["counterfactual_options"]),
        finding=None if item["finding"] is None else _FINDING[item["finding"]],
        quantity=None if item["quantity"] is None else _QUANTITY[item["quantity"]],
        present=item["present"],
        provenance=_provenance(item),
    )


def entry_from_plain(plain: dict[str, Any]) -> ClipEntry:
    """Return the clip that ``entry_to_plain`` wrote, without its places.

    Raises:
        SchemaError: If a value is not one that this version knows, or a column is missing.
    """
    try:
        return ClipEntry(**_entry_fields(plain))
    except (KeyError, ValueError, TypeError) as error:
        raise SchemaError(_unreadable(plain, error)) from error


def row_from_plain(plain: dict[str, Any]) -> ClipRow:
    """Return the manifest row that ``entry_to_plain`` wrote of a ``ClipRow``.

    Raises:
        SchemaError: If a value is not one that this version knows, or a column is missing.
    """
    try:
        return ClipRow(
            **_entry_fields(plain),
            shard=plain["shard"],
            frames=tuple(FramePlace(f["offset"], f["size"]) for f in plain["frames"]),
            masks=tuple(MaskPlace(m["frame_index"], m["offset"], m["size"]) for m in plain["masks"]),
        )
    except (KeyError, ValueError, TypeError) as error:
        raise SchemaError(_unreadable(plain, error)) from error


def _unreadable(plain: dict[str, Any], error: Exception) -> str:
    return (
        f"clip {plain.get('clip_id')!r} holds a value that this version does not know ({error!r}); "
        "the dataset was written by another version: curate it again or install that version"
    )


def _measurements(plain: Sequence[dict[str, Any]]) -> tuple[Measurement, ...]:
    return tuple(
        Measurement(_QUANTITY[m["quantity"]], m["value"], _UNIT[m["unit"]], _provenance(m)) for m in plain
    )


def _entry_fields(plain: dict[str, Any]) -> dict[str, Any]:
    times = plain["frame_times_ms"]
    return {name: plain[name] for name in _PLAIN} | {
        "split": Split(plain["split"]),
        "view": View(plain["view"]),
        "mode": None if plain["mode"] is None else Mode(plain["mode"]),
        "strip": None if plain["strip"] is None else StripAxes(**plain["strip"]),
        "sex": None if plain["sex"] is None else Sex(plain["sex"]),
        "frame_times_ms": None if times is None else tuple(times),
        "r_wave_times_ms": tuple(plain["r_wave_times_ms"]),
        "landmarks": tuple(
            LandmarkPoint(Landmark(item["name"]), item["frame_index"], item["x_px"], item["y_px"])
            for item in plain["landmarks"]
        ),
        "measurements": _measurements(plain["measurements"]),
        "other_measurements": _measurements(plain["other_measurements"]),
        "findings": tuple(_finding_row(item) for item in plain["findings"]),
        "statements": tuple(_statement(item) for item in plain["statements"]),
    }


def write_manifest(folder: Path, rows: Iterable[ClipRow], *, rows_per_group: int = 2000) -> None:
    """Write the manifest of ``folder``, in the order of ``rows``, holding one row group in memory."""
    with (
        replacing(folder / MANIFEST_NAME) as temporary,
        pq.ParquetWriter(temporary, MANIFEST_SCHEMA, compression="zstd") as writer,
    ):
        group: list[dict[str, Any]] = []
        for row in rows:
            group.append(entry_to_plain(row))
            if len(group) == rows_per_group:
                writer.write_table(pa.Table.from_pylist(group, schema=MANIFEST_SCHEMA))
                group = []
        if group:
            writer.write_table(pa.Table.from_pylist(group, schema=MANIFEST_SCHEMA))


def read_manifest(folder: Path, *, columns: Sequence[str] | None = None) -> pa.Table:
    """Return the manifest of ``folder`` as a table.

    Raises:
        SchemaError: If the file is missing, is not Parquet, or lacks a column.
    """
    path = folder / MANIFEST_NAME
    if not path.is_file():
        raise SchemaError(
            f"{folder} has no {MANIFEST_NAME}: it is not an EchoGround dataset, or its curation did not end"
        )
    try:
        table = pq.read_table(path, columns=None if columns is None else list(columns), partitioning=None)
    except (pa.ArrowException, OSError) as error:
        raise SchemaError(
            f"{path} is not a readable Parquet file ({error}); curate the source again"
        ) from error
    wanted = MANIFEST_SCHEMA.names if columns is None else columns
    missing = [name for name in wanted if name not in table.column_names]
    if missing:
        raise SchemaError(f"{path} lacks the column {missing[0]!r}; this version needs: {', '.join(wanted)}")
    return table
