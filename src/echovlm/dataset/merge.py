"""Several datasets as one, in which nobody stands in two splits."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from echovlm.dataset.claim import claim, find_claim, is_blank
from echovlm.dataset.conflicts import read_conflicts
from echovlm.dataset.contradictions import read_contradictions
from echovlm.dataset.errors import DatasetError
from echovlm.dataset.info import DatasetInfo, DatasetOrigin, read_info
from echovlm.dataset.people import Person, find_people
from echovlm.dataset.reader import EchoGround
from echovlm.dataset.schema import SCHEMA_VERSION, ClipRow, Split
from echovlm.dataset.segments import Segment, relabel, rename
from echovlm.dataset.shards import MAX_SHARD_BYTES
from echovlm.dataset.writer import ExcludedClip, finish_dataset, read_excluded, write_shards
from echovlm.stores import open_store

_DUPLICATE = "duplicate_content"
_MERGED = "merged from: "


def merge_datasets(
    parts: Sequence[EchoGround], out: Path | str, *, max_shard_bytes: int = MAX_SHARD_BYTES
) -> DatasetInfo:
    """Write one dataset that holds the clips of several.

    Two patients of one identifier are taken for one person, and so are two identifiers that share a clip; a
    person stands where they stand in any part, and rather in train than in val than in test, because a
    model may have been trained on that part. A clip that another part holds too is set aside: the same file, or
    the same frames as stored, which another version of the JPEG encoder may store otherwise. Of two different clips
    with one clip_id the later is renamed.

    Args:
        parts: The datasets, in order.
        out: A folder that is empty or holds the result of an earlier call, or an address.
        max_shard_bytes: A shard is closed before it grows beyond this.

    Raises:
        DatasetError: If there are fewer than two parts, or ``out`` holds anything else.
    """
    if len({part.store for part in parts}) < 2 or len({part.store for part in parts}) < len(parts):
        raise DatasetError(
            f"got {len(parts)} datasets, {len({part.store for part in parts})} of them different; give at least two, "
            "each once"
        )
    store = open_store(out)
    fingerprint = _fingerprint(parts, max_shard_bytes)
    found, finished = find_claim(store)
    if found == fingerprint and finished:
        return read_info(store)
    if found != fingerprint and not (found is None and is_blank(store)):
        raise DatasetError(
            f"{store.address} holds other files; choose an empty or a new folder for the dataset"
        )
    claim(store, fingerprint)
    people = find_people(
        (row.patient_id, row.split, (row.source_sha256, row.frames_sha256))
        for part in parts
        for row in part.iter_hashed_rows()
    )
    excluded = [clip for part in parts for clip in read_excluded(part.store)]
    clips = _iter_clips(parts, people, excluded)
    reports = write_shards(store, clips, max_shard_bytes=max_shard_bytes)
    excluded.sort(key=lambda clip: (clip.path, clip.reason, clip.detail))
    renamed = sum(person.patient_id != patient_id for patient_id, person in people.items())
    return finish_dataset(
        store,
        reports,
        origin=_origin(parts, fingerprint),
        excluded=excluded,
        conflicts=[conflict for part in parts for conflict in read_conflicts(part.store)],
        contradictions=[found for part in parts for found in read_contradictions(part.store)],
        merged_patients=renamed + sum(part.info.merged_patients for part in parts),
    )


def _iter_clips(
    parts: Sequence[EchoGround], people: Mapping[str, Person], excluded: list[ExcludedClip]
) -> Iterator[tuple[Split, Segment]]:
    """Yield the clips to keep; what is not kept is appended to ``excluded`` on the way."""
    contents: dict[str, str] = {}
    clip_ids: set[str] = set()
    for part in parts:
        for row in part.iter_hashed_rows():
            hashes = [text for text in (row.source_sha256, row.frames_sha256) if text]
            earlier = next((contents[text] for text in hashes if text in contents), None)
            if earlier is not None:
                detail = f"the same content as clip {earlier}"
                excluded.append(ExcludedClip(row.source_path, _DUPLICATE, detail))
                continue
            contents |= dict.fromkeys(hashes, row.clip_id)
            person = people[row.patient_id]
            segment = relabel(part.read_segment(row), patient_id=person.patient_id, split=person.split.value)
            if row.clip_id in clip_ids:
                segment = rename(segment, _new_id(row))
            clip_ids.add(str(segment.plain["clip_id"]))
            yield person.split, segment


def _new_id(row: ClipRow) -> str:
    return f"{row.clip_id}-{row.source_sha256[:12]}"


def _fingerprint(parts: Sequence[EchoGround], max_shard_bytes: int) -> str:
    told = f"merge {SCHEMA_VERSION} {max_shard_bytes} {[part.hash_manifest() for part in parts]}"
    return hashlib.sha256(told.encode()).hexdigest()


def _origin(parts: Sequence[EchoGround], fingerprint: str) -> DatasetOrigin:
    origins = [part.info.origin for part in parts]
    problems: Counter[str] = Counter()
    agreement: Counter[str] = Counter()
    contradictions: Counter[str] = Counter()
    for origin in origins:
        problems.update(origin.row_problems)
        agreement.update(origin.agreement)
        contradictions.update(origin.contradictions)
    return replace(
        origins[0],
        source=_name_sources(origins),
        simulated=all(origin.simulated for origin in origins),
        licence=" | ".join(dict.fromkeys(origin.licence for origin in origins)),
        fingerprint=fingerprint,
        row_problems=dict(sorted(problems.items())),
        agreement=dict(sorted(agreement.items())),
        contradictions=dict(sorted(contradictions.items())),
    )


def _name_sources(origins: Sequence[DatasetOrigin]) -> str:
    """Return every source once, also those of datasets that were merged before."""
    named: list[str] = []
    for origin in origins:
        if origin.source.startswith(_MERGED):
            named += origin.source.removeprefix(_MERGED).split("; ")
        else:
            named.append(f"{origin.source}{' (simulated)' if origin.simulated else ''}")
    return _MERGED + "; ".join(dict.fromkeys(named))
