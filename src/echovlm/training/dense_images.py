"""Single frames with masks and landmarks, at the model's size."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, UInt8

from echovlm.dataset import ClipRow, EchoGround
from echovlm.models import Preprocessing
from echovlm.training.errors import TrainingError


@dataclass(frozen=True, slots=True, eq=False)
class DenseImages:
    """Frames that have a mask.

    Attributes:
        images: Grey frames.
        masks: Labels of ``clinical.Structure``.
        points_xy_px: Landmarks, in the model's pixels; 0 where unmarked.
        marked: Which landmarks the frame has, inside the image.
        clip_ids: The clip of each frame.
    """

    images: UInt8[np.ndarray, "image S S"]
    masks: UInt8[np.ndarray, "image S S"]
    points_xy_px: Float[np.ndarray, "image point 2"]
    marked: Bool[np.ndarray, "image point"]
    clip_ids: tuple[str, ...]


def read_dense_images(
    dataset: EchoGround, rows: Sequence[ClipRow], preprocessing: Preprocessing, landmarks: Sequence[str]
) -> DenseImages:
    """Read every frame that has a mask.

    Raises:
        TrainingError: If no clip has a mask.
    """
    masked = [row for row in rows if row.masks]
    n_images, size = sum(len(row.masks) for row in masked), preprocessing.image_size_px
    if n_images == 0:
        raise TrainingError(
            f"no training clip of {dataset.root} has a mask; segmentation needs a source with masks, "
            "such as simulated studies with their truth/ folder"
        )
    images = np.empty((n_images, size, size), np.uint8)
    masks = np.empty_like(images)
    points = np.zeros((n_images, len(landmarks), 2), np.float32)
    marked = np.zeros((n_images, len(landmarks)), np.bool_)
    clip_ids: list[str] = []
    for row in masked:
        labels = dataset.read_masks(row)
        frame_indices = sorted(labels)
        grid = preprocessing.grid(row.height_px, row.width_px, row.spacing_mm)
        part = slice(len(clip_ids), len(clip_ids) + len(frame_indices))
        images[part] = preprocessing.resize(dataset.read_frames(row, frame_indices), row.spacing_mm)
        masks[part] = grid.masks_to_model(np.stack([labels[index] for index in frame_indices]))
        for place, frame_index in enumerate(frame_indices, start=part.start):
            xy, is_marked = _frame_points(row, frame_index, landmarks)
            moved = grid.points_to_model(xy)
            inside = ((moved >= 0) & (moved <= size - 1)).all(1)
            marked[place] = is_marked & inside
            points[place] = np.where(marked[place][:, None], moved, 0.0)
        clip_ids += [row.clip_id] * len(frame_indices)
    return DenseImages(images, masks, points, marked, tuple(clip_ids))


def _frame_points(
    row: ClipRow, frame_index: int, landmarks: Sequence[str]
) -> tuple[Float[np.ndarray, "point 2"], Bool[np.ndarray, "point"]]:
    """Return a frame's landmarks in cine pixels, and which of them it has."""
    found = {p.landmark.value: (p.x_px, p.y_px) for p in row.landmarks if p.frame_index == frame_index}
    xy = np.array([found.get(name, (0.0, 0.0)) for name in landmarks], dtype=np.float64)
    return xy, np.array([name in found for name in landmarks])
