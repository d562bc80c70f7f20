"""The finished work on one study, on disk: what makes curation resumable."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from echovlm.dataset import ClipEntry, ExcludedClip, FramePlace, MaskPlace, Segment
from echovlm.dataset.manifest import entry_from_plain, entry_to_plain
from echovlm.files import write_whole

PARTS_FOLDER: Final = ".parts"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class PackedClip:
    """A clip ready for a shard."""

    entry: ClipEntry
    segment: Segment


@dataclass(frozen=True, slots=True)
class PartIndex:
    """What a part says without its pixels.

    Attributes:
        clips: Path and content hash of each packed clip, in order.
        excluded: The clips set aside.
        problems: Problem key and count.
    """

    clips: tuple[tuple[str, str], ...]
    excluded: tuple[ExcludedClip, ...]
    problems: tuple[tuple[str, int], ...]


def write_part(
    folder: Path,
    task_id: str,
    clips: Sequence[PackedClip],
    excluded: Sequence[ExcludedClip],
    problems: Sequence[tuple[str, int]],
) -> None:
    """Write a study's part; the JSON comes last, and its presence says that the part is whole."""
    plain: list[dict[str, Any]] = []
    offset = 0
    for clip in clips:
        plain.append(
            {
                "entry": entry_to_plain(clip.entry),
                "offset": offset,
                "size": len(clip.segment.data),
                "frames": [[place.offset, place.size] for place in clip.segment.frames],
                "masks": [[mask.frame_index, mask.offset, mask.size] for mask in clip.segment.masks],
            }
        )
        offset += len(clip.segment.data)
    write_whole(folder / f"{task_id}.tar", b"".join(clip.segment.data for clip in clips))
    text = json.dumps(
        {
            "clips": plain,
            "excluded": [[clip.path, clip.reason, clip.detail] for clip in excluded],
            "problems": [list(problem) for problem in problems],
        }
    )
    write_whole(folder / f"{task_id}.json", text.encode())


def has_part(folder: Path, task_id: str) -> bool:
    """Return whether the study's part is whole."""
    return (folder / f"{task_id}.json").is_file()


def read_index(folder: Path, task_id: str) -> PartIndex:
    """Return what a part holds, without pixels."""
    plain = _read(folder, task_id)
    return PartIndex(
        clips=tuple((c["entry"]["source_path"], c["entry"]["source_sha256"]) for c in plain["clips"]),
        excluded=tuple(ExcludedClip(*values) for values in plain["excluded"]),
        problems=tuple((name, count) for name, count in plain["problems"]),
    )


def read_clips(folder: Path, task_id: str) -> list[PackedClip]:
    """Return the packed clips of a part."""
    clips = []
    data = (folder / f"{task_id}.tar").read_bytes()
    for plain in _read(folder, task_id)["clips"]:
        segment = Segment(
            data=data[plain["offset"] : plain["offset"] + plain["size"]],
            frames=tuple(FramePlace(offset, size) for offset, size in plain["frames"]),
            masks=tuple(MaskPlace(*values) for values in plain["masks"]),
        )
        clips.append(PackedClip(entry_from_plain(plain["entry"]), segment))
    return clips


def _read(folder: Path, task_id: str) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads((folder / f"{task_id}.json").read_bytes())
    return plain
