"""Whether a dataset is whole and true to itself: hashes, offsets, totals, and nobody in two splits."""

import hashlib
import tarfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from echovlm.dataset.card import CARD_NAME
from echovlm.dataset.croissant import CROISSANT_NAME
from echovlm.dataset.errors import DatasetError, SchemaError
from echovlm.dataset.info import INFO_NAME, DatasetInfo
from echovlm.dataset.manifest import entry_to_plain
from echovlm.dataset.people import find_people
from echovlm.dataset.reader import EchoGround
from echovlm.dataset.schema import ClipRow, Split
from echovlm.dataset.segments import hash_frames
from echovlm.dataset.shards import SHARD_FOLDER
from echovlm.dataset.tally import Tally, by_split
from echovlm.dataset.writer import EXCLUDED_NAME, read_excluded

_CHUNK_BYTES: Final = 2**22


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with a dataset.

    Attributes:
        name: The file it is about.
        what: One sentence.
    """

    name: str
    what: str

    def __str__(self) -> str:
        return f"{self.name}: {self.what}"


def verify_dataset(
    data: EchoGround,
    *,
    decode: bool = False,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[Problem]:
    """Return all that is wrong with a dataset; nothing when it is as it was written.

    Args:
        data: The dataset.
        decode: Also decode every frame and mask and compare the frames of each clip with their hash, which takes as
            long as reading the dataset in training.
        on_progress: Told how many files are done.
    """
    problems = list(_check_files(data, on_progress))
    if any(problem.name.endswith(".parquet") for problem in problems):
        return problems  # what the tables say cannot be trusted
    rows = data.rows()
    problems += _check_totals(data.info, rows)
    problems += _check_people(rows if problems else _hashed(data, rows))
    problems += _check_exclusions(data)
    broken = {problem.name for problem in problems}
    for shard, members in groupby(sorted(rows, key=lambda row: row.shard), key=lambda row: row.shard):
        if shard not in data.info.files:
            problems.append(Problem(shard, f"holds clips but {INFO_NAME} does not list it"))
        elif shard not in broken:
            problems += _check_shard(data, list(members), decode=decode)
    return problems


def _check_files(data: EchoGround, on_progress: Callable[[int, int], None]) -> Iterator[Problem]:
    """Compare every file with its size and hash, and look for files that do not belong."""
    there = data.store.names()
    for done, (name, digest) in enumerate(data.info.files.items()):
        on_progress(done, len(data.info.files))
        size = there.get(name)
        if size is None:
            yield Problem(name, "is missing; copy the whole folder")
        elif size != digest.size:
            yield Problem(name, f"has {size} bytes, not {digest.size}; copy it again")
        elif _hash(data, name) != digest.sha256:
            yield Problem(name, "has other content than when it was written; copy it again")
    on_progress(len(data.info.files), len(data.info.files))
    for name in (CARD_NAME, CROISSANT_NAME):
        if name not in there:
            yield Problem(name, "is missing; copy the whole folder")
    for name in there:
        if name.startswith(f"{SHARD_FOLDER}/") and name not in data.info.files:
            yield Problem(name, f"is not listed in {INFO_NAME}; a reader of all shards would take it in")


def _hash(data: EchoGround, name: str) -> str:
    digest = hashlib.sha256()
    with data.store.open_input(name) as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def _check_totals(info: DatasetInfo, rows: Sequence[ClipRow]) -> Iterator[Problem]:
    try:
        tally = Tally.of(entry_to_plain(row) for row in rows)
    except DatasetError as error:  # a clip twice, a patient in two splits
        yield Problem("manifest.parquet", str(error))
        return
    told = {"clips": info.clips, "views": info.views, "findings": info.findings, "frames": info.frames}
    counted = {
        "clips": by_split(tally.clips),
        "views": tally.by_view(),
        "findings": tally.by_finding(),
        "frames": tally.frames,
    }
    for what in told:
        if told[what] != counted[what]:
            yield Problem(INFO_NAME, f"says {what} {told[what]}, but the manifest has {counted[what]}")
    kept, aside = sum(info.clips.values()), sum(info.excluded.values())
    if kept + aside != info.records:
        yield Problem(INFO_NAME, f"{kept} clips kept and {aside} set aside are not the {info.records} listed")


def _check_people(rows: Sequence[ClipRow]) -> Iterator[Problem]:
    """Look for one person under two identifiers: the same content in two patients."""
    people = find_people((row.patient_id, row.split, (row.source_sha256, row.frames_sha256)) for row in rows)
    for row in rows:
        if row.split is not people[row.patient_id].split:
            yield Problem(
                "manifest.parquet",
                f"clip {row.clip_id} of patient {row.patient_id} stands in {row.split}, but the patient, or one who "
                f"shares a clip with them, stands in {people[row.patient_id].split}",
            )


def _hashed(data: EchoGround, rows: Sequence[ClipRow]) -> Sequence[ClipRow]:
    """Return the rows with their hashes; as they are where an older dataset is not readable: that is told elsewhere."""
    try:
        return list(data.iter_hashed_rows())
    except SchemaError:
        return rows


def _check_exclusions(data: EchoGround) -> Iterator[Problem]:
    listed = len(read_excluded(data.store))
    told = sum(data.info.excluded.values())
    if listed != told:
        yield Problem(EXCLUDED_NAME, f"lists {listed} clips, but {INFO_NAME} says {told}")


def _check_shard(data: EchoGround, rows: Sequence[ClipRow], *, decode: bool) -> Iterator[Problem]:
    """Compare the members of a shard with what the manifest says of each clip."""
    shard = rows[0].shard
    if any(row.split is not Split(shard.rpartition("/")[2].split("-")[0]) for row in rows):
        yield Problem(shard, "holds clips of another split than its name says")
    places = {}
    try:
        with data.store.open_input(shard) as file, tarfile.open(fileobj=file) as tar:
            for member in tar:
                places[member.name] = (member.offset_data, member.size)
    except tarfile.TarError as error:
        yield Problem(shard, f"is no tar archive ({error})")
        return
    for row in rows:
        wanted = {f"{row.clip_id}.{i:03d}.jpg": (p.offset, p.size) for i, p in enumerate(row.frames)}
        wanted |= {f"{row.clip_id}.{m.frame_index:03d}.mask.png": (m.offset, m.size) for m in row.masks}
        wrong = [name for name, place in wanted.items() if places.get(name) != place]
        for kind in ("jpg", "txt", "json"):
            if f"{row.clip_id}.{kind}" not in places:
                wrong.append(f"{row.clip_id}.{kind}")
        if wrong:
            yield Problem(shard, f"does not hold {wrong[0]} where the manifest says")
        elif decode:
            yield from _check_pixels(data, row)
    clips = {name.split(".")[0] for name in places}
    strangers = clips - {row.clip_id for row in rows}
    if strangers:
        yield Problem(
            shard, f"holds {len(strangers)} clips that the manifest does not list: {min(strangers)}"
        )


def _check_pixels(data: EchoGround, row: ClipRow) -> Iterator[Problem]:
    try:
        data.read_frames(row)
        data.read_masks(row)
        jpegs = data.read_jpegs(row)
    except SchemaError as error:
        yield Problem(row.shard, str(error))
        return
    if row.frames_sha256 and hash_frames(jpegs) != row.frames_sha256:
        yield Problem(
            row.shard,
            f"clip {row.clip_id} holds other frames than the manifest hashed; they may be another patient's: curate "
            "the source again",
        )
