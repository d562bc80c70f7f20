"""WebDataset shards: a clip as a run of tar members whose bytes depend on the clip alone.

Tar is POSIX ustar (IEEE 1003.1-1988). Each clip gives ``KEY.000.jpg`` and so on, ``KEY.000.mask.png`` where a
mask exists, ``KEY.jpg`` (the key frame), ``KEY.txt`` (the caption) and ``KEY.json`` (the row without places).
"""

import hashlib
import io
import json
import os
import re
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self

import numpy as np
import simplejpeg
from jaxtyping import UInt8
from PIL import Image

from echovlm.dataset.errors import DatasetError
from echovlm.dataset.manifest import entry_to_plain
from echovlm.dataset.schema import ClipEntry, ClipRow, FramePlace, MaskPlace, Split

JPEG_QUALITY: Final = 90
SHARD_FOLDER: Final = "shards"
_BLOCK: Final = 512  # a tar archive is a sequence of 512-byte records ...
_END: Final = bytes(2 * _BLOCK)  # ... closed by two empty ones


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Segment:
    """One clip as tar members; places count from the start of the segment.

    Attributes:
        data: The members, headers and padding included.
        frames: Where each frame's JPEG lies.
        masks: Where each mask's PNG lies.
    """

    data: bytes
    frames: tuple[FramePlace, ...]
    masks: tuple[MaskPlace, ...]


def _member(name: str, payload: bytes) -> tuple[bytes, int]:
    """Return a tar member and where its payload starts; owner, mode and time are fixed."""
    info = tarfile.TarInfo(name)
    info.size = len(payload)
    info.mtime = 0
    header = info.tobuf(tarfile.USTAR_FORMAT)
    return header + payload + bytes(-len(payload) % _BLOCK), len(header)


def encode_mask(mask: UInt8[np.ndarray, "height width"]) -> bytes:
    """Return the labels as a grey PNG, without loss."""
    buffer = io.BytesIO()
    Image.fromarray(mask, mode=None).save(buffer, format="PNG", compress_level=6)
    return buffer.getvalue()


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
    frames: UInt8[np.ndarray, "frame height width *rgb"],
    masks: Mapping[int, UInt8[np.ndarray, "height width"]] | None = None,
) -> Segment:
    """Return the clip as tar members: JPEG frames, PNG masks, key frame, caption and labels.

    Args:
        entry: What is known of the clip.
        frames: The stored frames: grey, or with a last axis of red, green and blue when the entry says colour.
        masks: Labels of ``clinical.Structure`` by frame index.

    Raises:
        DatasetError: If sizes, times or indices of the entry and the pixels disagree.
    """
    masks = masks or {}
    _check(entry, frames.shape, masks)
    jpegs = [_encode_jpeg(frame) for frame in frames]
    members = [(f"{entry.clip_id}.{index:03d}.jpg", jpeg) for index, jpeg in enumerate(jpegs)]
    members += [(f"{entry.clip_id}.{i:03d}.mask.png", encode_mask(masks[i])) for i in sorted(masks)]
    members += [
        (f"{entry.clip_id}.jpg", jpegs[entry.ed_frame_index or 0]),
        (f"{entry.clip_id}.txt", entry.caption.encode()),
        (f"{entry.clip_id}.json", json.dumps(entry_to_plain(entry), ensure_ascii=False).encode()),
    ]
    pieces: list[bytes] = []
    starts: list[int] = []
    length = 0
    for name, payload in members:
        piece, header_size = _member(name, payload)
        starts.append(length + header_size)
        pieces.append(piece)
        length += len(piece)
    sizes = [len(payload) for _, payload in members]
    n = len(jpegs)
    return Segment(
        data=b"".join(pieces),
        frames=tuple(FramePlace(start, size) for start, size in zip(starts[:n], sizes[:n], strict=True)),
        masks=tuple(MaskPlace(index, starts[n + k], sizes[n + k]) for k, index in enumerate(sorted(masks))),
    )


def place(entry: ClipEntry, segment: Segment, *, shard: str, offset: int) -> ClipRow:
    """Return the manifest row of a clip whose segment starts at byte ``offset`` of ``shard``."""
    known = {f.name: getattr(entry, f.name) for f in fields(ClipEntry)}
    return ClipRow(
        **known,
        shard=shard,
        frames=tuple(FramePlace(f.offset + offset, f.size) for f in segment.frames),
        masks=tuple(MaskPlace(m.frame_index, m.offset + offset, m.size) for m in segment.masks),
    )


class _OpenShard:
    """One shard that is being filled under a temporary name."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
        self.file: BinaryIO = self.temporary.open("wb")
        self.digest = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes) -> None:
        self.file.write(data)
        self.digest.update(data)
        self.size += len(data)


class ShardWriter:
    """Fills ``shards/{split}-{number}.tar``, one open shard per split; a shard appears when it is whole."""

    def __init__(self, folder: Path, *, max_bytes: int = 256 * 2**20) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._open: dict[Split, _OpenShard] = {}
        self._count: dict[Split, int] = {}
        self.digests: dict[str, tuple[int, str]] = {}  # shard -> size, sha256
        (folder / SHARD_FOLDER).mkdir(parents=True, exist_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
            return
        for shard in self._open.values():
            shard.file.close()
            shard.temporary.unlink(missing_ok=True)

    def add(self, entry: ClipEntry, segment: Segment) -> ClipRow:
        """Append a clip and return its manifest row."""
        shard = self._open.get(entry.split)
        if shard is not None and shard.size + len(segment.data) > self._max_bytes:
            self._finish(entry.split)
            shard = None
        if shard is None:
            number = self._count.get(entry.split, 0)
            self._count[entry.split] = number + 1
            name = f"{entry.split.value}-{number:06d}.tar"
            shard = self._open[entry.split] = _OpenShard(self._folder / SHARD_FOLDER / name)
        offset = shard.size
        shard.write(segment.data)
        return place(entry, segment, shard=f"{SHARD_FOLDER}/{shard.path.name}", offset=offset)

    def close(self) -> None:
        """Finish every open shard."""
        for split in sorted(self._open):
            self._finish(split)

    def _finish(self, split: Split) -> None:
        shard = self._open.pop(split)
        shard.write(_END)
        shard.file.close()
        shard.temporary.replace(shard.path)
        self.digests[f"{SHARD_FOLDER}/{shard.path.name}"] = (shard.size, shard.digest.hexdigest())
