"""A clip as a run of tar members whose bytes depend on the clip alone, so that shards can be put together from them.

Each clip gives ``KEY.000.jpg`` and so on, ``KEY.000.mask.png`` where a
mask exists, ``KEY.jpg`` (the key frame), ``KEY.txt`` (the caption) and ``KEY.json`` (the row without places).
"""

import hashlib
import io
import json
import re
import tarfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import simplejpeg
from jaxtyping import UInt8

from echovlm.dataset.errors import DatasetError, SchemaError
from echovlm.dataset.label_text import label_text, plain_text
from echovlm.dataset.png import encode_labels
from echovlm.dataset.schema import ClipEntry, ClipRow, FramePlace, MaskPlace, SegmentPlace
from echovlm.dataset.tar_members import join_members
from echovlm.imaging.spread import find_spread

JPEG_QUALITY: Final = 90
ENCODER: Final = f"simplejpeg {simplejpeg.__version__}"  # whose bytes the hash of a clip is of
_FLAT_STD: Final = 2.0  # grey levels of 0 to 255; the least of any simulated or real clip seen is above 20


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Segment:
    """One clip as tar members; places count from the start of the segment.

    Attributes:
        data: The members, headers and padding included.
        frames: Where each frame's JPEG lies.
        masks: Where each mask's PNG lies.
        label: Where the JSON of ``KEY.json`` lies, which is the last member.
        frames_sha256: Hash of the JPEGs of the frames; empty when they are too flat to tell clips apart.
    """

    data: bytes
    frames: tuple[FramePlace, ...]
    masks: tuple[MaskPlace, ...]
    label: SegmentPlace
    frames_sha256: str

    @property
    def label_text(self) -> bytes:
        """What ``KEY.json`` holds: the clip without its places."""
        return self.data[self.label.offset : self.label.offset + self.label.size]

    @property
    def plain(self) -> dict[str, Any]:
        """The label as plain values."""
        plain: dict[str, Any] = json.loads(self.label_text)
        return plain


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class EncodedFrames:
    """The frames of a clip as they are stored; a quarter of the memory that their pixels need.

    Attributes:
        jpegs: One a frame.
        shape: Of the pixels: frame, height, width, and 3 for colour.
        frames_sha256: Hash of the JPEGs; empty when the pixels are too flat to tell clips apart.
    """

    jpegs: tuple[bytes, ...]
    shape: tuple[int, ...]
    frames_sha256: str


def encode_frames(frames: UInt8[np.ndarray, "frame height width *rgb"]) -> EncodedFrames:
    """Return frames as they are stored: grey, or with a last axis of red, green and blue.

    Nearly flat ones get no hash: a black screen is the same for all patients and says nothing of who they are.
    """
    jpegs = tuple(map(_encode_jpeg, frames))
    return EncodedFrames(jpegs, frames.shape, hash_clip(frames, jpegs))


def hash_clip(frames: UInt8[np.ndarray, "frame height width *rgb"], jpegs: Iterable[bytes]) -> str:
    """Return the hash by which a clip is known again; empty when its frames are too flat for that."""
    return "" if _is_flat(frames) else hash_frames(jpegs)


def hash_frames(jpegs: Iterable[bytes]) -> str:
    """Return the SHA-256 of stored frames, one JPEG after the other.

    The same pixels under another name, identifier or lossless compression have the same hash as long as the same
    encoder wrote them. JPEGs are hashed and not pixels: they are fewer bytes, and whoever has the shards has them.
    """
    digest = hashlib.sha256()
    for jpeg in jpegs:
        digest.update(jpeg)
    return digest.hexdigest()


def _encode_jpeg(frame: UInt8[np.ndarray, "height width *rgb"]) -> bytes:
    if frame.ndim == 2:
        grey = np.ascontiguousarray(frame[..., None])
        return bytes(simplejpeg.encode_jpeg(grey, quality=JPEG_QUALITY, colorspace="GRAY"))
    # Colour in full resolution: a regurgitant jet is a few pixels wide.
    rgb = np.ascontiguousarray(frame)
    return bytes(simplejpeg.encode_jpeg(rgb, quality=JPEG_QUALITY, colorspace="RGB", colorsubsampling="444"))


def _check(entry: ClipEntry, shape: tuple[int, ...], masks: Mapping[int, UInt8[np.ndarray, "h w"]]) -> None:
    if not re.fullmatch(r"[A-Za-z0-9_-]+", entry.clip_id):
        raise DatasetError(
            f"clip_id {entry.clip_id!r} cannot be a WebDataset key; use letters, digits, '_' and '-' only"
        )
    if shape[3:] != ((3,) if entry.is_colour else ()):
        kind = "red, green and blue" if entry.is_colour else "grey"
        raise DatasetError(
            f"clip {entry.clip_id} has frames of shape {shape}, but its entry says that they are {kind}"
        )
    n_frames, height, width = shape[:3]
    if n_frames == 0 or (height, width) != (entry.height_px, entry.width_px):
        raise DatasetError(
            f"clip {entry.clip_id} has frames of shape {shape}, but the entry says "
            f"{entry.height_px}×{entry.width_px}; give at least one frame of that size"
        )
    if entry.frame_times_ms is not None and len(entry.frame_times_ms) != n_frames:
        raise DatasetError(
            f"clip {entry.clip_id} has {n_frames} frames but {len(entry.frame_times_ms)} frame times; "
            "give one time per frame, or None"
        )
    indices = [*masks, *(p.frame_index for p in entry.landmarks), entry.ed_frame_index, entry.es_frame_index]
    wrong = [index for index in indices if index is not None and not 0 <= index < n_frames]
    if wrong:
        raise DatasetError(
            f"clip {entry.clip_id} names frame {wrong[0]} but has {n_frames}; frame indices start at 0"
        )
    for index, mask in masks.items():
        if mask.shape != (height, width):
            raise DatasetError(
                f"the mask of frame {index} of clip {entry.clip_id} has shape {mask.shape}; "
                f"it must be that of the frame, {(height, width)}"
            )


def pack_clip(
    entry: ClipEntry,
    frames: UInt8[np.ndarray, "frame height width *rgb"] | EncodedFrames,
    masks: Mapping[int, UInt8[np.ndarray, "height width"]] | None = None,
) -> Segment:
    """Return the clip as tar members: JPEG frames, PNG masks, key frame, caption and labels.

    Args:
        entry: What is known of the clip.
        frames: The stored frames: grey, or with a last axis of red, green and blue when the entry says colour; they
            may be encoded already.
        masks: Labels of ``clinical.Structure`` by frame index.

    Raises:
        DatasetError: If sizes, times or indices of the entry and the pixels disagree.
    """
    masks = masks or {}
    _check(entry, frames.shape, masks)
    encoded = frames if isinstance(frames, EncodedFrames) else encode_frames(frames)
    jpegs = encoded.jpegs
    members = [(f"{entry.clip_id}.{index:03d}.jpg", jpeg) for index, jpeg in enumerate(jpegs)]
    members += [(f"{entry.clip_id}.{i:03d}.mask.png", encode_labels(masks[i])) for i in sorted(masks)]
    members += [
        (f"{entry.clip_id}.jpg", jpegs[entry.ed_frame_index or 0]),
        (f"{entry.clip_id}.txt", entry.caption.encode()),
        (f"{entry.clip_id}.json", label_text(entry)),
    ]
    data, starts = join_members(members)
    sizes = [len(payload) for _, payload in members]
    n = len(jpegs)
    return Segment(
        data=data,
        frames=tuple(FramePlace(start, size) for start, size in zip(starts[:n], sizes[:n], strict=True)),
        masks=tuple(MaskPlace(index, starts[n + k], sizes[n + k]) for k, index in enumerate(sorted(masks))),
        label=SegmentPlace(starts[-1], sizes[-1]),
        frames_sha256=encoded.frames_sha256,
    )


def _is_flat(frames: UInt8[np.ndarray, "frame height width *rgb"]) -> bool:
    # Every second pixel of a few frames tells as much, in a tenth of the time.
    some = frames[:: max(1, len(frames) // 4), ::2, ::2]
    # All have at least the squared deviations that a part of them has, and a sixteenth nearly always has enough.
    few = some[:, ::4, ::4]
    if find_spread(few) ** 2 * few.size >= _FLAT_STD**2 * some.size:
        return False
    return find_spread(some) < _FLAT_STD


def relabel(segment: Segment, **changes: object) -> Segment:
    """Return the segment with some values of its label changed, such as the split; its pixels stay."""
    before = segment.plain
    plain = before | changes
    if plain == before:
        return segment
    text = plain_text(plain)
    label, (start,) = join_members([(f"{plain['clip_id']}.json", text)])
    pixels = segment.data[: segment.label.offset - start]
    return replace(segment, data=pixels + label, label=SegmentPlace(len(pixels) + start, len(text)))


def rename(segment: Segment, clip_id: str) -> Segment:
    """Return the segment under another clip id, which is part of every member's name."""
    members = []
    with tarfile.open(fileobj=io.BytesIO(segment.data)) as tar:
        for member in tar:
            content = tar.extractfile(member)
            assert content is not None, "only files were packed"
            members.append((f"{clip_id}.{member.name.partition('.')[2]}", content.read()))
    members[-1] = (f"{clip_id}.json", plain_text(segment.plain | {"clip_id": clip_id}))
    data, starts = join_members(members)
    n = len(segment.frames)
    return replace(
        segment,
        data=data,
        frames=tuple(FramePlace(start, f.size) for start, f in zip(starts, segment.frames, strict=False)),
        masks=tuple(
            MaskPlace(m.frame_index, start, m.size)
            for start, m in zip(starts[n:], segment.masks, strict=False)
        ),
        label=SegmentPlace(starts[-1], len(members[-1][1])),
    )


def place(segment: Segment, *, shard: str, offset: int) -> dict[str, Any]:
    """Return what the manifest says of a segment that starts at byte ``offset`` of ``shard`` beside its label."""
    return {
        "shard": shard,
        "frames": [{"offset": f.offset + offset, "size": f.size} for f in segment.frames],
        "masks": [
            {"frame_index": m.frame_index, "offset": m.offset + offset, "size": m.size} for m in segment.masks
        ],
        "frames_sha256": segment.frames_sha256,
        "segment": {"offset": offset, "size": len(segment.data)},
    }


def cut(row: ClipRow, data: bytes) -> Segment:
    """Return the segment of a row, whose bytes ``data`` are; the reverse of ``place``.

    Raises:
        SchemaError: If the bytes are not those of the row.
    """
    assert row.segment is not None, "a row of a written dataset"
    start = row.segment.offset
    try:
        with tarfile.open(fileobj=io.BytesIO(data)) as members:
            last = members.getmembers()[-1]
    except (tarfile.TarError, IndexError) as error:
        raise SchemaError(_not_there(row, error)) from error
    if last.name != f"{row.clip_id}.json" or len(data) != row.segment.size:
        raise SchemaError(_not_there(row, f"{last.name} at its end"))
    return Segment(
        data=data,
        frames=tuple(FramePlace(f.offset - start, f.size) for f in row.frames),
        masks=tuple(MaskPlace(m.frame_index, m.offset - start, m.size) for m in row.masks),
        label=SegmentPlace(last.offset_data, last.size),
        frames_sha256=row.frames_sha256,
    )


def _not_there(row: ClipRow, what: object) -> str:
    return (
        f"{row.shard} does not hold clip {row.clip_id} where the manifest says ({what}); the folder mixes two "
        "datasets or was damaged: copy or curate it again"
    )
