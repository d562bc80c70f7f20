"""The simulator's truth beside a clip: masks and landmarks, moved into the pixels of the stored frames."""

import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

import numpy as np
from jaxtyping import UInt8

from echovlm.clinical import Landmark
from echovlm.curation.errors import SourceError
from echovlm.dataset import LandmarkPoint
from echovlm.imaging import Cine

TRUTH_FOLDER: Final = "truth"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Truth:
    """What the simulator knows of a clip, in pixels of the file's image.

    Attributes:
        masks: Labels of ``clinical.Structure`` per frame of the file.
        landmarks: Points (x, y) per frame of the file; ``None`` on a frame that does not show one.
        ed_frame_index: End-diastolic frame of the file.
        es_frame_index: End-systolic frame of the file.
    """

    masks: UInt8[np.ndarray, "frame height width"]
    landmarks: Mapping[Landmark, Sequence[tuple[float, float] | None]]
    ed_frame_index: int
    es_frame_index: int

    @property
    def key_frames(self) -> tuple[int, ...]:
        """The frames whose truth is stored."""
        return tuple(sorted({self.ed_frame_index, self.es_frame_index}))


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class StoredTruth:
    """Truth of the stored frames, by index among them and in their pixels."""

    masks: Mapping[int, UInt8[np.ndarray, "height width"]]
    landmarks: tuple[LandmarkPoint, ...]
    ed_frame_index: int | None
    es_frame_index: int | None


NO_TRUTH: Final = StoredTruth({}, (), None, None)


def find_truth(source: Path, clip_path: str) -> Truth | None:
    """Return the truth of a clip, or ``None`` when the source has none for it.

    Raises:
        SourceError: If it is there and cannot be used.
    """
    stem = source / TRUTH_FOLDER / PurePosixPath(clip_path).with_suffix("")
    text, arrays = stem.with_suffix(".json"), stem.with_suffix(".npz")
    if not (text.is_file() and arrays.is_file()):
        return None
    try:
        plain = json.loads(text.read_bytes())
        with np.load(arrays, allow_pickle=False) as file:
            masks = file["masks"]
        landmarks = {
            Landmark(name): [None if x is None or y is None else (float(x), float(y)) for x, y in points]
            for name, points in plain["landmarks"].items()
        }
        truth = Truth(masks, landmarks, int(plain["ed_frame_index"]), int(plain["es_frame_index"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, zipfile.BadZipFile) as error:
        raise SourceError(f"{text} and {arrays.name} are not a clip's truth ({error})") from error
    n_frames = len(masks)
    if masks.ndim != 3 or masks.dtype != np.uint8 or any(len(p) != n_frames for p in landmarks.values()):
        raise SourceError(f"{text} and {arrays.name} disagree: masks of shape {masks.shape}, {masks.dtype}")
    if not all(0 <= index < n_frames for index in truth.key_frames):
        raise SourceError(f"{text} names frames {truth.key_frames}, but there are {n_frames}")
    return truth


def move_truth(truth: Truth, cine: Cine, *, stored: Sequence[int]) -> StoredTruth:
    """Return the truth at end-diastole and end-systole in the pixels of the stored frames.

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
    _, file_height, file_width = truth.masks.shape
    inside = ((rows >= 0) & (rows < file_height))[:, None] & ((columns >= 0) & (columns < file_width))
    at = np.ix_(rows.clip(0, file_height - 1), columns.clip(0, file_width - 1))
    masks = {place[index]: np.where(inside, truth.masks[index][at], np.uint8(0)) for index in place}
    points = tuple(
        LandmarkPoint(
            landmark,
            place[index],
            (point[0] - x0) / cine.scale,
            (point[1] - y0) / cine.scale,
        )
        for index in place
        for landmark, track in truth.landmarks.items()
        if (point := track[index]) is not None
    )
    return StoredTruth(masks, points, place.get(truth.ed_frame_index), place.get(truth.es_frame_index))
