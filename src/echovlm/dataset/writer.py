"""Writing a whole EchoGround dataset folder from packed clips."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from echovlm.dataset.card import render_card
from echovlm.dataset.errors import DatasetError
from echovlm.dataset.info import INFO_NAME, DatasetInfo, DatasetOrigin, FileDigest, write_info
from echovlm.dataset.manifest import MANIFEST_NAME, write_manifest
from echovlm.dataset.schema import SCHEMA_VERSION, ClipEntry, ClipRow, Split
from echovlm.dataset.shards import Segment, ShardWriter
from echovlm.dataset.splits import check_splits
from echovlm.files import remove_leftovers, replacing, write_whole

EXCLUDED_NAME: Final = "excluded.parquet"
CARD_NAME: Final = "card.md"
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


@dataclass(slots=True)
class _Tally:
    """Counts taken while the rows go by."""

    clips: Counter[str] = field(default_factory=Counter)
    views: dict[str, Counter[str]] = field(default_factory=dict)
    findings: dict[str, dict[str, Counter[str]]] = field(default_factory=dict)
    patients: dict[str, str] = field(default_factory=dict)
    studies: dict[tuple[str, str], str] = field(default_factory=dict)
    clip_ids: set[str] = field(default_factory=set)
    masked: int = 0
    calibrated: int = 0
    frames: int = 0

    def add(self, row: ClipRow) -> None:
        """Count one row.

        Raises:
            DatasetError: If the clip id was seen before, or the patient stands in another split.
        """
        if row.clip_id in self.clip_ids:
            raise DatasetError(f"clip_id {row.clip_id!r} is given twice; it must be unique in the dataset")
        self.clip_ids.add(row.clip_id)
        split = row.split.value
        check_splits(
            [(row.patient_id, self.patients.setdefault(row.patient_id, split)), (row.patient_id, split)]
        )
        self.studies[row.patient_id, row.study_id] = split
        self.clips[split] += 1
        self.views.setdefault(row.view.value, Counter())[split] += 1
        for finding in row.findings:
            states = self.findings.setdefault(finding.finding.key, {})
            states.setdefault(finding.state.value, Counter())[split] += 1
        self.masked += bool(row.masks)
        self.calibrated += row.spacing_mm is not None
        self.frames += len(row.frames)


def _by_split(counts: Counter[str]) -> dict[str, int]:
    return {split.value: counts[split.value] for split in Split}


def _file_digest(path: Path) -> FileDigest:
    with path.open("rb") as file:
        return FileDigest(size=path.stat().st_size, sha256=hashlib.file_digest(file, "sha256").hexdigest())


def _write_excluded(folder: Path, excluded: Sequence[ExcludedClip]) -> None:
    columns = {name: [getattr(clip, name) for clip in excluded] for name in _EXCLUDED_SCHEMA.names}
    with replacing(folder / EXCLUDED_NAME) as temporary:
        pq.write_table(pa.table(columns, schema=_EXCLUDED_SCHEMA), temporary, compression="zstd")


def read_excluded(folder: Path) -> list[ExcludedClip]:
    """Return the clips that were set aside, in the order of the source."""
    table = pq.read_table(folder / EXCLUDED_NAME, partitioning=None)
    return [ExcludedClip(**plain) for plain in table.to_pylist()]


def write_dataset(
    folder: Path,
    clips: Iterable[tuple[ClipEntry, Segment]],
    *,
    origin: DatasetOrigin,
    excluded: Sequence[ExcludedClip] = (),
    max_shard_bytes: int = 256 * 2**20,
) -> DatasetInfo:
    """Write shards, manifest, exclusions, card and, last of all, ``dataset.json``.

    Clips are streamed in the order given. The files depend on the arguments alone, and each appears whole or
    not at all, so that a killed call can simply be made again.

    Args:
        folder: Where to write; made if missing.
        clips: Entries with their packed pixels (``pack_clip``).
        origin: What the dataset was made from.
        excluded: The clips of the source that were set aside.
        max_shard_bytes: A shard is closed before it grows beyond this.

    Raises:
        DatasetError: If a clip id is given twice, or there is no clip.
        SplitError: If a patient stands in two splits.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / INFO_NAME).unlink(missing_ok=True)
    tally = _Tally()

    with ShardWriter(folder, max_bytes=max_shard_bytes) as writer:
        remove_leftovers(folder / "shards")
        remove_leftovers(folder)

        def rows() -> Iterator[ClipRow]:
            for entry, segment in clips:
                row = writer.add(entry, segment)
                tally.add(row)
                yield row

        write_manifest(folder, rows())
    if not tally.clip_ids:
        (folder / MANIFEST_NAME).unlink()
        reasons = Counter(clip.reason for clip in excluded)
        told = ", ".join(f"{reason} {count}" for reason, count in sorted(reasons.items())) or "none was given"
        raise DatasetError(f"no clip is left for {folder} (set aside: {told}); a dataset needs at least one")
    _write_excluded(folder, excluded)
    for stale in sorted((folder / "shards").glob("*.tar")):
        if f"shards/{stale.name}" not in writer.digests:
            stale.unlink()
    info = _info(tally, origin, excluded, files=_files(folder, writer))
    write_whole(folder / CARD_NAME, render_card(info).encode())
    write_info(folder, info)
    return info


def _files(folder: Path, writer: ShardWriter) -> dict[str, FileDigest]:
    tables = {name: _file_digest(folder / name) for name in (MANIFEST_NAME, EXCLUDED_NAME)}
    shards = {
        name: FileDigest(size=size, sha256=sha256) for name, (size, sha256) in sorted(writer.digests.items())
    }
    return tables | shards


def _info(
    tally: _Tally, origin: DatasetOrigin, excluded: Sequence[ExcludedClip], *, files: dict[str, FileDigest]
) -> DatasetInfo:
    reasons = Counter(clip.reason for clip in excluded)
    return DatasetInfo(
        schema_version=SCHEMA_VERSION,
        origin=origin,
        clips=_by_split(tally.clips),
        patients=_by_split(Counter(tally.patients.values())),
        studies=_by_split(Counter(tally.studies.values())),
        views={view: _by_split(counts) for view, counts in sorted(tally.views.items())},
        findings={
            finding: {state: _by_split(counts) for state, counts in sorted(states.items())}
            for finding, states in sorted(tally.findings.items())
        },
        masked_clips=tally.masked,
        calibrated_clips=tally.calibrated,
        frames=tally.frames,
        records=len(tally.clip_ids) + len(excluded),
        excluded=dict(sorted(reasons.items())),
        files=files,
    )
