"""Writing a whole EchoGround dataset: shards, then all that depends on them, ``dataset.json`` last."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from echovlm.dataset.card import CARD_NAME, render_card
from echovlm.dataset.conflicts import CONFLICTS_NAME, ValueConflict, write_conflicts
from echovlm.dataset.contradictions import CONTRADICTIONS_NAME, Contradiction, write_contradictions
from echovlm.dataset.croissant import CROISSANT_NAME, render_croissant
from echovlm.dataset.errors import DatasetError
from echovlm.dataset.info import INFO_NAME, DatasetInfo, DatasetOrigin, FileDigest, write_info
from echovlm.dataset.manifest import MANIFEST_NAME, write_manifest
from echovlm.dataset.parquet import read_table
from echovlm.dataset.schema import SCHEMA_VERSION, ClipEntry, Split
from echovlm.dataset.segments import Segment
from echovlm.dataset.shards import (
    MAX_SHARD_BYTES,
    SHARD_FOLDER,
    WORK_FOLDER,
    ShardFile,
    ShardReport,
    forget_rows,
    iter_shard_rows,
    shard_name,
)
from echovlm.dataset.tally import Tally, by_split
from echovlm.stores import Store, open_store

EXCLUDED_NAME: Final = "excluded.parquet"
SIZES_NAME: Final = f"{SHARD_FOLDER}/sizes.json"  # clips per shard, where open_clip looks for them
_EXCLUDED_SCHEMA: Final = pa.schema(
    [pa.field(name, pa.string(), nullable=False) for name in ("path", "reason", "detail")]
)


@dataclass(frozen=True, slots=True)
class ExcludedClip:
    """A clip that the source lists and the dataset does not hold.

    Attributes:
        path: The file, relative to the source folder.
        reason: One key of a fixed list.
        detail: One sentence on this file.
    """

    path: str
    reason: str
    detail: str


def read_excluded(place: Path | str | Store) -> list[ExcludedClip]:
    """Return the clips that were set aside, in the order of the source."""
    store = place if isinstance(place, Store) else open_store(place)
    with store.open_input(EXCLUDED_NAME) as file:
        return [ExcludedClip(**plain) for plain in read_table(file).to_pylist()]


def write_dataset(
    place: Path | str,
    clips: Iterable[tuple[ClipEntry, Segment]],
    *,
    origin: DatasetOrigin,
    excluded: Sequence[ExcludedClip] = (),
    max_shard_bytes: int = MAX_SHARD_BYTES,
) -> DatasetInfo:
    """Write a dataset from packed clips, streamed in the order given.

    The files depend on the arguments alone, and each appears whole or not at all, so that a killed call can
    simply be made again.

    Args:
        place: A folder, made if missing, or an address such as ``s3://bucket/dataset``.
        clips: Entries with their packed pixels (``pack_clip``).
        origin: What the dataset was made from.
        excluded: The clips of the source that were set aside.
        max_shard_bytes: A shard is closed before it grows beyond this.

    Raises:
        DatasetError: If a clip id is given twice, or there is no clip.
        SplitError: If a patient stands in two splits.
    """
    store = open_store(place)
    segments = ((entry.split, segment) for entry, segment in clips)
    reports = write_shards(store, segments, max_shard_bytes=max_shard_bytes)
    return finish_dataset(store, reports, origin=origin, excluded=excluded)


def write_shards(
    store: Store, segments: Iterable[tuple[Split, Segment]], *, max_shard_bytes: int = MAX_SHARD_BYTES
) -> list[ShardReport]:
    """Write segments into shards, one open shard per split."""
    begin_dataset(store)
    forget_rows(store)
    reports: list[ShardReport] = []
    filling: dict[Split, ShardFile] = {}
    numbers: Counter[Split] = Counter()
    with ExitStack() as unfinished:
        unfinished.callback(lambda: _discard(filling.values()))
        for split, segment in segments:
            shard = filling.get(split)
            if shard is not None and shard.size + len(segment.data) > max_shard_bytes:
                reports.append(filling.pop(split).finish())
                shard = None
            if shard is None:
                shard = filling[split] = ShardFile(store, shard_name(split, numbers[split]))
                numbers[split] += 1
            shard.add(segment)
        for split in sorted(filling):
            reports.append(filling[split].finish())
        filling.clear()
    return reports


def _discard(shards: Iterable[ShardFile]) -> None:
    for shard in shards:
        shard.discard()


def begin_dataset(store: Store) -> None:
    """Mark a dataset as unfinished and remove what killed writers left."""
    store.remove(INFO_NAME)
    _sweep(store)


def _sweep(store: Store) -> None:
    for folder in ("", SHARD_FOLDER):
        store.sweep(folder)


def finish_dataset(
    store: Store,
    reports: Sequence[ShardReport],
    *,
    origin: DatasetOrigin,
    excluded: Sequence[ExcludedClip] = (),
    conflicts: Sequence[ValueConflict] = (),
    contradictions: Sequence[Contradiction] = (),
    merged_patients: int = 0,
) -> DatasetInfo:
    """Write manifest, exclusions, card, Croissant and, last of all, ``dataset.json``.

    Args:
        store: The dataset.
        reports: Its shards, all of which are there.
        origin: What the dataset was made from.
        excluded: The clips of the source that were set aside.
        conflicts: Values on which two places of the source disagree.
        contradictions: Statements of captions and notes that the values contradict.
        merged_patients: Patient ids that were found to be another id's person.

    Raises:
        DatasetError: If a clip id comes twice, or there is no clip.
        SplitError: If a patient stands in two splits.
    """
    reports = sorted(reports, key=lambda report: report.name)
    tally = Tally()
    for report in reports:
        tally.add(report.tally)
    if not tally.clip_ids:
        reasons = Counter(clip.reason for clip in excluded)
        told = ", ".join(f"{reason} {count}" for reason, count in sorted(reasons.items())) or "none was given"
        raise DatasetError(
            f"no clip is left for {store.address} (set aside: {told}); a dataset needs at least one"
        )
    write_manifest(store, chain.from_iterable(iter_shard_rows(store, report.name) for report in reports))
    _write_excluded(store, excluded)
    write_conflicts(store, conflicts)
    write_contradictions(store, contradictions)
    sizes = {report.name.removeprefix(f"{SHARD_FOLDER}/"): len(report.tally.clip_ids) for report in reports}
    store.write(SIZES_NAME, f"{json.dumps(sizes, indent=2)}\n".encode())
    tables = (MANIFEST_NAME, EXCLUDED_NAME, CONFLICTS_NAME, CONTRADICTIONS_NAME, SIZES_NAME)
    files = {name: _file_digest(store, name) for name in tables}
    files |= {report.name: FileDigest(size=report.size, sha256=report.sha256) for report in reports}
    for stale in store.names(SHARD_FOLDER):
        if stale not in files:
            store.remove(stale)
    info = _info(tally, origin, excluded, merged_patients=merged_patients, files=files)
    store.write(CARD_NAME, render_card(info).encode())
    store.write(CROISSANT_NAME, render_croissant(info).encode())
    _sweep(store)
    write_info(store, info)
    store.remove_folder(WORK_FOLDER)
    return info


def _write_excluded(store: Store, excluded: Sequence[ExcludedClip]) -> None:
    columns = {name: [getattr(clip, name) for clip in excluded] for name in _EXCLUDED_SCHEMA.names}
    with store.new_file(EXCLUDED_NAME) as new:
        pq.write_table(pa.table(columns, schema=_EXCLUDED_SCHEMA), new.file, compression="zstd")


def _file_digest(store: Store, name: str) -> FileDigest:
    with store.open_input(name) as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return FileDigest(size=file.tell(), sha256=digest)


def _info(
    tally: Tally,
    origin: DatasetOrigin,
    excluded: Sequence[ExcludedClip],
    *,
    merged_patients: int,
    files: dict[str, FileDigest],
) -> DatasetInfo:
    return DatasetInfo(
        schema_version=SCHEMA_VERSION,
        origin=origin,
        clips=by_split(tally.clips),
        patients=by_split(Counter(tally.patients.values())),
        studies=by_split(Counter(tally.studies.values())),
        views=tally.by_view(),
        findings=tally.by_finding(),
        masked_clips=tally.masked,
        calibrated_clips=tally.calibrated,
        frames=tally.frames,
        records=len(tally.clip_ids) + len(excluded),
        excluded=dict(sorted(Counter(clip.reason for clip in excluded).items())),
        merged_patients=merged_patients,
        files=dict(sorted(files.items())),
    )
