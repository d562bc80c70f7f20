"""The manifest: how clip rows stand in Parquet."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, fields
from enum import Enum
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from echovlm.clinical.anatomy import Landmark
from echovlm.clinical.findings import Finding, FindingState, Grade
from echovlm.clinical.measurement import Measurement, Quantity
from echovlm.clinical.patient import Sex
from echovlm.clinical.provenance import Provenance, Source
from echovlm.clinical.sites import Site
from echovlm.clinical.units import Unit
from echovlm.clinical.views import Mode, View
from echovlm.dataset.errors import SchemaError
from echovlm.dataset.parquet import read_table
from echovlm.dataset.schema import (
    SCHEMA_VERSION,
    ClipEntry,
    ClipRow,
    Evidence,
    FindingRow,
    FramePlace,
    LandmarkPoint,
    MaskPlace,
    SegmentPlace,
    Split,
    StatementRow,
    StripAxes,
)
from echovlm.stores import Store

MANIFEST_NAME: Final = "manifest.parquet"
# What the rows of `OLDER_VERSIONS` lack, by version.
_LACKED: Final = {4: frozenset({"console", "frames_sha256"}), 5: frozenset({"frames_sha256"})}
_NOT_IN_OLDER: Final = _LACKED[4]


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
        pa.field("site", pa.string()),
        pa.field("is_colour", pa.bool_(), nullable=False),
        pa.field(
            "strip", _struct(s_per_px=pa.float64(), value_per_px=pa.float64(), zero_row_px=pa.float64())
        ),
        pa.field("console", pa.string()),
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
        pa.field("frames_sha256", pa.string(), nullable=False),
        pa.field("segment", _struct(offset=pa.int64(), size=pa.int64())),
    ],
    metadata={"echoground_schema_version": str(SCHEMA_VERSION)},
)

_FINDING: Final = {finding.key: finding for finding in Finding}
_QUANTITY: Final = {quantity.key: quantity for quantity in Quantity}
_SITE: Final = {(site.key, site.mode): site for site in Site}
_UNIT: Final = {unit.symbol: unit for unit in Unit}
_SOURCE: Final = {source.value: source for source in Source}
_STATE: Final = {state.value: state for state in FindingState}
_PLAIN: Final = tuple(f.name for f in fields(ClipEntry) if f.name in MANIFEST_SCHEMA.names)


def _key(member: Enum) -> object:
    """Return the text that stands for an enum member in a file."""
    if isinstance(member, Finding | Quantity | Site):
        return member.key
    return member.symbol if isinstance(member, Unit) else member.value


def to_plain(value: object) -> object:
    """Return a value of a clip with enums as their keys and tuples as lists, as JSON and Parquet hold it."""
    kind = type(value)
    if kind in _AS_THEY_ARE:
        return value
    if kind is tuple:
        return [to_plain(item) for item in value]  # type: ignore[attr-defined]
    as_plain = _PLAIN_OF.get(kind)
    return (
        _key(value)
        if as_plain is None and isinstance(value, Enum)
        else as_plain(value)
        if as_plain
        else value
    )


def _plain_measurement(value: Measurement) -> dict[str, Any]:
    return {"quantity": value.quantity.key, "value": value.value, "unit": value.unit.symbol} | _origin(
        value.provenance
    )


def _plain_statement(value: StatementRow) -> dict[str, Any]:
    return {
        "finding": None if value.finding is None else value.finding.key,
        "quantity": None if value.quantity is None else value.quantity.key,
        "present": value.present,
        "text_options": list(value.text_options),
        "counterfactual_options": list(value.counterfactual_options),
    } | _origin(value.provenance)


def _plain_landmark(value: LandmarkPoint) -> dict[str, Any]:
    return {
        "name": value.landmark.value,
        "frame_index": value.frame_index,
        "x_px": value.x_px,
        "y_px": value.y_px,
    }


def _plain_evidence(value: Evidence) -> dict[str, Any]:
    return {"quantity": value.quantity.key, "value": value.value, "unit": value.unit.symbol}


def _plain_finding(value: FindingRow) -> dict[str, Any]:
    return {
        "finding": value.finding.key,
        "state": value.state.value,
        "grade": None if value.grade is None else value.grade.value,
        "rule_id": value.rule_id,
        "reason": value.reason,
        "visible": value.visible,
        "evidence": [_plain_evidence(item) for item in value.evidence],
    }


def _origin(provenance: Provenance) -> dict[str, str]:
    return {"source": provenance.source.value, "locator": provenance.locator}


_AS_THEY_ARE: Final = frozenset({str, int, float, bool, type(None)})
_PLAIN_OF: Final[dict[type, Callable[[Any], dict[str, Any]]]] = {
    Measurement: _plain_measurement,
    StatementRow: _plain_statement,
    LandmarkPoint: _plain_landmark,
    FindingRow: _plain_finding,
    Evidence: _plain_evidence,
    **dict.fromkeys((FramePlace, MaskPlace, SegmentPlace, StripAxes), asdict),
}


def entry_to_plain(entry: ClipEntry) -> dict[str, Any]:
    """Return a clip, or a row with its places, as JSON-able values in the manifest's column order."""
    names = {f.name for f in fields(entry)}
    return {name: to_plain(getattr(entry, name)) for name in MANIFEST_SCHEMA.names if name in names}


def _provenance(item: dict[str, Any]) -> Provenance:
    return Provenance(_SOURCE[item["source"]], item["locator"])


def _finding_row(item: dict[str, Any]) -> FindingRow:
    return FindingRow(
        finding=_FINDING[item["finding"]],
        state=_STATE[item["state"]],
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
        return ClipEntry(**_entry_fields(plain, _measurements(plain["measurements"])))
    except (KeyError, ValueError, TypeError) as error:
        raise SchemaError(_unreadable(plain, error)) from error


def row_from_plain(plain: dict[str, Any]) -> ClipRow:
    """Return the manifest row that ``entry_to_plain`` wrote of a ``ClipRow``.

    Raises:
        SchemaError: If a value is not one that this version knows, or a column is missing.
    """
    return next(rows_from_plain([plain]))


def rows_from_plain(plains: Iterable[dict[str, Any]]) -> Iterator[ClipRow]:
    """Yield manifest rows; clips that follow one another and state the same measurements share them.

    Raises:
        SchemaError: If a value is not one that this version knows, or a column is missing.
    """
    measurements: list[dict[str, Any]] | None = None
    shared: tuple[Measurement, ...] = ()
    for plain in plains:
        try:
            if plain["measurements"] != measurements:
                measurements = plain["measurements"]
                shared = _measurements(plain["measurements"])
            row = _row(plain, shared)
        except (KeyError, ValueError, TypeError) as error:
            raise SchemaError(_unreadable(plain, error)) from error
        yield row


def _row(plain: dict[str, Any], measurements: tuple[Measurement, ...]) -> ClipRow:
    return ClipRow(
        **_entry_fields(plain, measurements),
        shard=plain["shard"],
        frames=tuple(FramePlace(f["offset"], f["size"]) for f in plain["frames"]),
        masks=tuple(MaskPlace(m["frame_index"], m["offset"], m["size"]) for m in plain["masks"]),
        segment=None if plain["segment"] is None else SegmentPlace(**plain["segment"]),
        frames_sha256=plain.get("frames_sha256") or "",
    )


def _unreadable(plain: dict[str, Any], error: Exception) -> str:
    return (
        f"clip {plain.get('clip_id')!r} holds a value that this version does not know ({error!r}); "
        "the dataset was written by another version: curate it again or install that version"
    )


def _measurements(plain: Sequence[dict[str, Any]]) -> tuple[Measurement, ...]:
    return tuple(
        Measurement(_QUANTITY[m["quantity"]], m["value"], _UNIT[m["unit"]], _provenance(m)) for m in plain
    )


def _entry_fields(plain: dict[str, Any], measurements: tuple[Measurement, ...]) -> dict[str, Any]:
    times = plain["frame_times_ms"]
    known = {name: plain[name] for name in _PLAIN if name in plain or name not in _NOT_IN_OLDER}
    return known | {
        "split": Split(plain["split"]),
        "view": View(plain["view"]),
        "mode": None if plain["mode"] is None else Mode(plain["mode"]),
        "site": None if plain["site"] is None else _SITE[plain["site"], Mode(plain["mode"])],
        "strip": None if plain["strip"] is None else StripAxes(**plain["strip"]),
        "sex": None if plain["sex"] is None else Sex(plain["sex"]),
        "frame_times_ms": None if times is None else tuple(times),
        "r_wave_times_ms": tuple(plain["r_wave_times_ms"]),
        "landmarks": tuple(
            LandmarkPoint(Landmark(item["name"]), item["frame_index"], item["x_px"], item["y_px"])
            for item in plain["landmarks"]
        ),
        "measurements": measurements,
        "other_measurements": _measurements(plain["other_measurements"]),
        "findings": tuple(_finding_row(item) for item in plain["findings"]),
        "statements": tuple(_statement(item) for item in plain["statements"]),
    }


def write_manifest(store: Store, tables: Iterable[pa.Table]) -> None:
    """Write the manifest, one row group per table in the order given, holding one in memory."""
    with (
        store.new_file(MANIFEST_NAME) as new,
        pq.ParquetWriter(new.file, MANIFEST_SCHEMA, compression="zstd") as writer,
    ):
        for table in tables:
            writer.write_table(table.replace_schema_metadata(MANIFEST_SCHEMA.metadata))


def read_manifest(
    store: Store, *, columns: Sequence[str] | None = None, version: int = SCHEMA_VERSION
) -> pa.Table:
    """Return the manifest of a dataset as a table; what its version did not know yet is null.

    Raises:
        SchemaError: If the file is missing, is not Parquet, or lacks a column.
    """
    path = f"{store.address}/{MANIFEST_NAME}"
    if store.size(MANIFEST_NAME) is None:
        raise SchemaError(
            f"{store.address} has no {MANIFEST_NAME}: it is not an EchoGround dataset, or its curation did not end"
        )
    try:
        with store.open_input(MANIFEST_NAME) as file:
            # Columns that the file lacks are passed over in silence, and missed below.
            table = read_table(file, columns)
    except (pa.ArrowException, OSError) as error:
        raise SchemaError(
            f"{path} is not a readable Parquet file ({str(error).splitlines()[0]}); curate the source again"
        ) from error
    wanted = MANIFEST_SCHEMA.names if columns is None else columns
    for name in _LACKED.get(version, frozenset()).intersection(wanted).difference(table.column_names):
        unknown = pa.nulls(len(table), MANIFEST_SCHEMA.field(name).type)
        table = table.append_column(MANIFEST_SCHEMA.field(name), unknown)
    missing = [name for name in wanted if name not in table.column_names]
    if missing:
        raise SchemaError(f"{path} lacks the column {missing[0]!r}; this version needs: {', '.join(wanted)}")
    return table
