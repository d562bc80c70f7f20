"""Masks and landmarks that a source has of a clip, moved into the pixels of the stored frames."""

import io
import json
import os
import posixpath
import struct
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Final, cast

import numpy as np
from jaxtyping import UInt8
from zlib_ng import zlib_ng

from echovlm.clinical import Landmark
from echovlm.curation.errors import SourceError
from echovlm.curation.frames import MAX_FRAMES
from echovlm.curation.given import GivenTruth, MaskFile, Outline
from echovlm.curation.label_images import fill_outlines, fill_polygon, find_label_frames, read_label_images
from echovlm.curation.tree import SourceTree
from echovlm.dataset import LandmarkPoint
from echovlm.imaging import Cine, ImagingError

TRUTH_FOLDER: Final = "truth"
# The stub of the package calls it one exception, where it is a class of them.
_NOT_DEFLATED: Final = cast("type[Exception]", zlib_ng.error)
_OF_A_ZIP: Final = (zipfile.BadZipFile, _NOT_DEFLATED, struct.error, NotImplementedError, RuntimeError)
_LOCAL_HEADER: Final = struct.Struct("<26sHH")  # of a member; ends with the lengths of name and extra fields
_ENCRYPTED: Final = 1
_NPY_HEADER_BYTES: Final = 128  # as NumPy pads it for three axes


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Truth:
    """What is known of a clip, in pixels of the file's image.

    Attributes:
        masks: Labels of ``clinical.Structure`` of the frames that somebody traced, by frame of the file.
        landmarks: Points (x, y) by landmark and frame of the file.
        ed_frame_index: End-diastolic frame of the file; ``None`` when unknown.
        es_frame_index: End-systolic frame of the file.
    """

    masks: Mapping[int, UInt8[np.ndarray, "height width"]]
    landmarks: Mapping[Landmark, Mapping[int, tuple[float, float]]]
    ed_frame_index: int | None
    es_frame_index: int | None

    @property
    def is_phased(self) -> bool:
        """Whether a label names a phase."""
        return self.ed_frame_index is not None or self.es_frame_index is not None

    @property
    def key_frames(self) -> tuple[int, ...]:
        """The frames that must be stored: the phases first, then what was traced, as many as a clip may have."""
        phases = [index for index in (self.ed_frame_index, self.es_frame_index) if index is not None]
        traced = {*self.masks, *(index for track in self.landmarks.values() for index in track)}
        return tuple(sorted(list(dict.fromkeys([*phases, *sorted(traced)]))[:MAX_FRAMES]))

    def last_frame(self) -> int:
        """Return the largest frame index that is named; -1 when none is."""
        return max(self.key_frames, default=-1)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class StoredTruth:
    """Truth of the stored frames, by index among them and in their pixels."""

    masks: Mapping[int, UInt8[np.ndarray, "height width"]]
    landmarks: tuple[LandmarkPoint, ...]
    ed_frame_index: int | None
    es_frame_index: int | None


NO_TRUTH: Final = StoredTruth({}, (), None, None)


def find_truth(
    tree: SourceTree, clip_path: str, given: GivenTruth | None, *, shape: tuple[int, int, int]
) -> Truth | None:
    """Return the truth of a clip, or ``None`` when the source has none for it.

    Args:
        tree: The source.
        clip_path: The clip's file in it.
        given: What the source's tables say; ``None`` to look for the simulator's truth beside the files.
        shape: Frames, height and width of the clip.

    Raises:
        SourceError: If it is there and cannot be used.
    """
    truth = _simulated(tree, clip_path) if given is None else _read_given(tree, given, shape)
    if truth is None:
        return None
    n_frames, height, width = shape
    if any(mask.shape != (height, width) for mask in truth.masks.values()):
        raise SourceError(f"the masks of {tree.at(clip_path)} have another size than its frames")
    if truth.last_frame() >= n_frames or min(truth.key_frames, default=0) < 0:
        raise SourceError(
            f"the truth of {tree.at(clip_path)} names frames {truth.key_frames}, there are {n_frames}"
        )
    return truth


def truth_stem(clip_path: str) -> str:
    """Return where the simulator's truth of a clip lies, without the ending."""
    return f"{TRUTH_FOLDER}/{posixpath.splitext(clip_path)[0]}"  # pathlib takes ten times as long


def _simulated(tree: SourceTree, clip_path: str) -> Truth | None:
    stem = truth_stem(clip_path)
    text, arrays = f"{stem}.json", f"{stem}.npz"
    if not (tree.has(text) and tree.has(arrays)):
        return None
    try:
        plain = json.loads(tree.read_bytes(text))
        ed, es = int(plain["ed_frame_index"]), int(plain["es_frame_index"])
        with tree.local(arrays) as path:
            n_frames, masks = _read_masks(path, sorted({ed, es}))
        tracks = {
            Landmark(name): _points(points, sorted(masks)) for name, points in plain["landmarks"].items()
        }
        lengths = {len(points) for points in plain["landmarks"].values()}
    except (
        OSError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        IndexError,
        EOFError,
        *_OF_A_ZIP,
    ) as error:
        raise SourceError(
            f"{tree.at(text)} and {PurePosixPath(arrays).name} are not a clip's truth ({error})"
        ) from error
    if lengths - {n_frames}:
        raise SourceError(f"{tree.at(text)} disagrees with its masks of {n_frames} frames")
    return Truth(masks, tracks, ed, es)


def _points(
    points: Sequence[tuple[float | None, float | None]], indices: Sequence[int]
) -> dict[int, tuple[float, float]]:
    """Return a landmark's places on some frames; where it cannot be seen it has none."""
    found = {index: points[index] for index in indices}
    return {index: (float(x), float(y)) for index, (x, y) in found.items() if x is not None and y is not None}


def _read_masks(path: Path, indices: Sequence[int]) -> tuple[int, dict[int, np.ndarray]]:
    """Return how many masks a file of the simulator holds, and some of them; what lies behind those is not unpacked.

    Raises:
        ValueError: If it holds no masks, or none of these frames.
    """
    packed = _read_member(path, "masks.npy")
    unpacker = zlib_ng.decompressobj(-zlib_ng.MAX_WBITS)
    start = unpacker.decompress(packed, _NPY_HEADER_BYTES)
    shape, first = _read_shape(start)
    if indices[0] < 0 or indices[-1] >= shape[0]:
        raise ValueError(f"frames {indices} are named, there are {shape[0]}")
    size, begun = shape[1] * shape[2], start[first:]
    needed = (indices[-1] + 1) * size - len(begun)
    data = unpacker.decompress(unpacker.unconsumed_tail, needed) if needed > 0 else b""
    if begun:  # a header shorter than was unpacked for it
        data = begun + data
    masks = {
        index: np.frombuffer(data, np.uint8, count=size, offset=index * size).reshape(shape[1:])
        for index in indices
    }
    return shape[0], masks


# The clips of an archive share a few shapes.
@lru_cache(maxsize=64)
def _read_shape(start: bytes) -> tuple[tuple[int, int, int], int]:
    """Return the shape that the header of a .npy file of masks states, and where its pixels begin.

    Raises:
        ValueError: If they are no masks.
    """
    header = io.BytesIO(start)
    is_first = np.lib.format.read_magic(header) == (1, 0)
    read = np.lib.format.read_array_header_1_0 if is_first else np.lib.format.read_array_header_2_0
    shape, is_fortran, dtype = read(header)
    if len(shape) != 3 or dtype != np.uint8 or is_fortran:
        raise ValueError(f"masks of shape {shape}, {dtype}")
    frames, height, width = map(int, shape)
    return (frames, height, width), header.tell()


def _read_member(path: Path, name: str) -> bytes:
    """Return a deflated member of a zip as it is packed; ``zipfile`` would count a checksum that it never compares.

    Raises:
        ValueError: If there is no such member, or it is packed otherwise.
    """
    with zipfile.ZipFile(path) as archive, path.open("rb") as file:
        member = archive.getinfo(name)
        if member.compress_type != zipfile.ZIP_DEFLATED or member.flag_bits & _ENCRYPTED:
            raise ValueError(f"{name} is not deflated")
        file.seek(member.header_offset)
        local = file.read(_LOCAL_HEADER.size)
        *_, n_name, n_extra = _LOCAL_HEADER.unpack(local)
        file.seek(n_name + n_extra, os.SEEK_CUR)
        return file.read(member.compress_size)


def _read_given(tree: SourceTree, given: GivenTruth, shape: tuple[int, int, int]) -> Truth:
    n_frames, height, width = shape
    scale_x = width / (given.frame_width_px or width)
    scale_y = height / (given.frame_height_px or height)
    masks: dict[int, np.ndarray] = {}
    for outline in given.outlines:
        _draw(
            outline,
            masks.setdefault(outline.frame_index, np.zeros((height, width), np.uint8)),
            scale_x,
            scale_y,
        )
    for file in given.mask_files:
        masks |= _label_frames(tree, file, n_frames=n_frames, height=height, width=width)
    landmarks: dict[Landmark, dict[int, tuple[float, float]]] = {}
    for point in given.points:
        landmarks.setdefault(point.landmark, {})[point.frame_index] = (
            point.x_px * scale_x,
            point.y_px * scale_y,
        )
    return Truth(dict(sorted(masks.items())), landmarks, given.ed_frame_index, given.es_frame_index)


def _draw(outline: Outline, mask: np.ndarray, scale_x: float, scale_y: float) -> None:
    points = np.asarray(outline.points_xy_px, dtype=np.float64) * (scale_x, scale_y)
    mask[fill_polygon(points, height=mask.shape[0], width=mask.shape[1])] = outline.structure.value


def _label_frames(
    tree: SourceTree, file: MaskFile, *, n_frames: int, height: int, width: int
) -> dict[int, np.ndarray]:
    """Return the masks of a file of label images, by frame of the clip."""
    try:
        with tree.local(file.path, beside=file.beside) as path:
            labels = read_label_images(path)
    except ImagingError as error:
        raise SourceError(str(error)) from error
    chosen = find_label_frames(labels) if file.is_sparse else range(len(labels))
    found = {}
    for index in chosen:
        frame = file.frame_index + index
        if frame >= n_frames:
            raise SourceError(f"{tree.at(file.path)} has a mask of frame {frame}, but there are {n_frames}")
        image = labels[index]
        if file.is_stretched and image.shape != (height, width):
            rows = ((np.arange(height) + 0.5) * image.shape[0] / height).astype(int)
            columns = ((np.arange(width) + 0.5) * image.shape[1] / width).astype(int)
            image = image[np.ix_(rows, columns)]
        mask = np.zeros(image.shape, np.uint8)
        for label, structure in file.structures:
            part = image == label
            mask[fill_outlines(part) if file.is_outline else part] = structure.value
        found[frame] = mask
    return found


def move_truth(truth: Truth, cine: Cine, *, stored: Sequence[int]) -> StoredTruth:
    """Return the truth in the pixels of the stored frames.

    Labels are those of the nearest file pixel; outside the file's image there is background.

    Args:
        truth: Truth in file pixels.
        cine: The stored frames.
        stored: The file's frame index of each stored frame.
    """
    place = {index: stored.index(index) for index in truth.key_frames if index in stored}
    _, height, width = cine.frames.shape
    x0, y0 = cine.offset_xy_px
    rows = np.rint(np.arange(height) * cine.scale + y0).astype(int)
    columns = np.rint(np.arange(width) * cine.scale + x0).astype(int)
    masks = {place[index]: _at(truth.masks[index], rows, columns) for index in place if index in truth.masks}
    points = tuple(
        LandmarkPoint(
            landmark, place[index], (track[index][0] - x0) / cine.scale, (track[index][1] - y0) / cine.scale
        )
        for index in place
        for landmark, track in truth.landmarks.items()
        if index in track
    )
    return StoredTruth(
        masks, points, _place(place, truth.ed_frame_index), _place(place, truth.es_frame_index)
    )


def _place(place: Mapping[int, int], index: int | None) -> int | None:
    return None if index is None else place.get(index)


def _at(mask: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> UInt8[np.ndarray, "height width"]:
    """Return the labels at rows and columns of the file; background outside of it."""
    height, width = mask.shape
    # One axis after the other: faster, and a copy that may be changed.
    found: UInt8[np.ndarray, "height width"] = mask[rows.clip(0, height - 1)][:, columns.clip(0, width - 1)]
    found[(rows < 0) | (rows >= height)] = 0
    found[:, (columns < 0) | (columns >= width)] = 0
    return found
