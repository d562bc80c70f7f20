"""The finished work on one study, in storage: what makes curation resumable, and what shards are put together from.

A part is one file: the length of its index in eight bytes, the index as JSON, then the tar members of its clips.
"""

import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from echovlm.dataset import (
    ClipEntry,
    ExcludedClip,
    FramePlace,
    MaskPlace,
    Person,
    Segment,
    SegmentPlace,
    Split,
)
from echovlm.dataset.conflicts import ValueConflict
from echovlm.dataset.contradictions import Contradiction
from echovlm.stores import Store

PARTS_FOLDER: Final = ".parts/studies"
PART_SUFFIX: Final = ".part"
_LENGTH: Final = struct.Struct(">Q")
_FIRST_READ_BYTES: Final = (
    32 * 2**10
)  # in which the index of most studies ends, so that one request brings it
NOTHING_COMPARED: Final[Mapping[str, int]] = {}


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class PackedClip:
    """A clip ready for a shard.

    Attributes:
        entry: What is known of it.
        segment: Its tar members.
        file_number: Its place among the files of the study.
        fingerprint: What its frames look like; empty when that tells nothing.
    """

    entry: ClipEntry
    segment: Segment
    file_number: int
    fingerprint: str


@dataclass(frozen=True, slots=True)
class PartClip:
    """What decides on a packed clip, without its pixels and labels.

    Attributes:
        number: Its place among the clips of the part.
        patient_id: The patient.
        split: The patient's split.
        source_path: The file.
        source_sha256: Hash of the file.
        frames_sha256: Hash of the frames; may be empty.
        size: Bytes of the segment.
        file_number: Its place among the files of the study.
        fingerprint: What its frames look like; may be empty.
    """

    number: int
    patient_id: str
    split: Split
    source_path: str
    source_sha256: str
    frames_sha256: str
    size: int
    file_number: int
    fingerprint: str


@dataclass(frozen=True, slots=True)
class PartIndex:
    """What a part says without its pixels.

    Attributes:
        clips: The packed clips in order.
        excluded: The clips set aside.
        problems: Problem key and count.
        agreement: How often two places agreed and disagreed.
        conflicts: Values on which two places disagree.
        contradictions: Statements of captions and notes that the values contradict.
        compared: How many statements were compared, by text.
    """

    clips: tuple[PartClip, ...]
    excluded: tuple[ExcludedClip, ...]
    problems: tuple[tuple[str, int], ...]
    agreement: tuple[tuple[str, int], ...]
    conflicts: tuple[ValueConflict, ...]
    contradictions: tuple[Contradiction, ...]
    compared: Mapping[str, int]


def write_part(
    store: Store,
    task_id: str,
    clips: Sequence[PackedClip],
    excluded: Sequence[ExcludedClip],
    problems: Sequence[tuple[str, int]],
    *,
    agreement: Sequence[tuple[str, int]] = (),
    conflicts: Sequence[ValueConflict] = (),
    contradictions: Sequence[Contradiction] = (),
    compared: Mapping[str, int] = NOTHING_COMPARED,
) -> None:
    """Write a study's part, whose presence says that it is whole."""
    plain: list[dict[str, Any]] = []
    offset = 0
    for number, clip in enumerate(clips):
        entry, segment = clip.entry, clip.segment
        decisive = {  # the fields of `PartClip`
            "number": number,
            "patient_id": entry.patient_id,
            "split": entry.split.value,
            "source_path": entry.source_path,
            "source_sha256": entry.source_sha256,
            "frames_sha256": segment.frames_sha256,
            "size": len(segment.data),
            "file_number": clip.file_number,
            "fingerprint": clip.fingerprint,
        }
        places = {
            "offset": offset,  # from the first clip
            "frames": [[place.offset, place.size] for place in segment.frames],
            "masks": [[mask.frame_index, mask.offset, mask.size] for mask in segment.masks],
            "label": [segment.label.offset, segment.label.size],
        }
        plain.append({"clip": decisive, "places": places})
        offset += len(segment.data)
    index = {
        "clips": plain,
        "excluded": [[clip.path, clip.reason, clip.detail] for clip in excluded],
        "problems": [list(problem) for problem in problems],
        "agreement": [list(pair) for pair in agreement],
        "conflicts": [asdict(conflict) for conflict in conflicts],
        "contradictions": [asdict(contradiction) for contradiction in contradictions],
        "compared": dict(compared),
    }
    text = json.dumps(index).encode()
    with store.new_file(_part_name(task_id)) as new:
        new.file.write(_LENGTH.pack(len(text)) + text)
        for clip in clips:
            new.file.write(clip.segment.data)


def find_parts(store: Store) -> set[str]:
    """Return the ids of the studies whose part is whole."""
    names = store.names(PARTS_FOLDER)
    return {name.rpartition("/")[2].removesuffix(PART_SUFFIX) for name in names if name.endswith(PART_SUFFIX)}


def read_index(store: Store, task_id: str) -> PartIndex:
    """Return what a part holds, without pixels."""
    plain, _ = _read(store, task_id)
    return PartIndex(
        clips=tuple(
            PartClip(**clip["clip"] | {"split": Split(clip["clip"]["split"])}) for clip in plain["clips"]
        ),
        excluded=tuple(ExcludedClip(*values) for values in plain["excluded"]),
        problems=tuple((name, count) for name, count in plain["problems"]),
        agreement=tuple((name, count) for name, count in plain["agreement"]),
        conflicts=tuple(ValueConflict(**conflict) for conflict in plain["conflicts"]),
        contradictions=tuple(Contradiction(**each) for each in plain["contradictions"]),
        compared=plain["compared"],
    )


def read_segments(store: Store, task_id: str, numbers: Sequence[int]) -> list[tuple[Person, Segment]]:
    """Return some packed clips of a part, each with the patient and the split that its label names."""
    plain, start = _read(store, task_id)
    chosen = [plain["clips"][number] for number in numbers]
    ranges = [(start + clip["places"]["offset"], clip["clip"]["size"]) for clip in chosen]
    return [
        (Person(clip["clip"]["patient_id"], Split(clip["clip"]["split"])), _segment(clip, data))
        for clip, data in zip(chosen, store.read_ranges(_part_name(task_id), ranges), strict=True)
    ]


def _segment(clip: Mapping[str, Any], data: bytes) -> Segment:
    return Segment(
        data=data,
        frames=tuple(FramePlace(*place) for place in clip["places"]["frames"]),
        masks=tuple(MaskPlace(*place) for place in clip["places"]["masks"]),
        label=SegmentPlace(*clip["places"]["label"]),
        frames_sha256=clip["clip"]["frames_sha256"],
    )


def _part_name(task_id: str) -> str:
    return f"{PARTS_FOLDER}/{task_id}{PART_SUFFIX}"


def _read(store: Store, task_id: str) -> tuple[dict[str, Any], int]:
    """Return the index of a part, and where its clips begin."""
    (head,) = store.read_ranges(_part_name(task_id), [(0, _FIRST_READ_BYTES)])
    (length,) = _LENGTH.unpack_from(head)
    start = _LENGTH.size + length
    if start > len(head):
        head += store.read_ranges(_part_name(task_id), [(len(head), start - len(head))])[0]
    plain: dict[str, Any] = json.loads(head[_LENGTH.size : start])
    return plain, start
