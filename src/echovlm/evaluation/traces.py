"""The dense model's masks and points on the frames that have a truth, on the grid of the stored frame."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from echovlm.clinical.anatomy import Landmark
from echovlm.dataset import ClipRow, EchoGround
from echovlm.models import DenseModel, Grid, LoadedModel

_BATCH = 32


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class TracedFrame:
    """One frame with its truth and the model's answer, all in pixels of the stored frame.

    Attributes:
        row: The clip.
        frame_index: The frame.
        image: Its grey values.
        true_mask: Labels of ``Structure``; ``None`` where the dataset has none.
        mask: The model's labels; 0 where it saw nothing.
        true_points_xy_px: The landmarks that the dataset knows on this frame.
        points_xy_px: The model's landmarks.
    """

    row: ClipRow
    frame_index: int
    image: UInt8[np.ndarray, "height width"]
    true_mask: UInt8[np.ndarray, "height width"] | None
    mask: UInt8[np.ndarray, "height width"]
    true_points_xy_px: dict[Landmark, Float[np.ndarray, "2"]]
    points_xy_px: dict[Landmark, Float[np.ndarray, "2"]]

    def __repr__(self) -> str:
        return f"TracedFrame({self.row.clip_id}, frame {self.frame_index}, {self.row.view.abbreviation})"


def true_points(row: ClipRow, frame_index: int) -> dict[Landmark, Float[np.ndarray, "2"]]:
    """Return the landmarks that the dataset knows on one frame."""
    return {
        point.landmark: np.array([point.x_px, point.y_px])
        for point in row.landmarks
        if point.frame_index == frame_index
    }


@torch.inference_mode()
def trace_frames(
    dataset: EchoGround,
    rows: Sequence[ClipRow],
    *,
    dense: LoadedModel[DenseModel],
    on_clip: Callable[[int], None],
) -> tuple[TracedFrame, ...]:
    """Trace every frame that has a mask, and the end-diastolic frame of a clip that has landmarks there."""
    traced: list[TracedFrame] = []
    for start in range(0, len(rows), _BATCH):
        batch = [row for row in rows[start : start + _BATCH] if _frames_with_truth(row)]
        traced += _trace_batch(dataset, batch, dense)
        on_clip(min(start + _BATCH, len(rows)))
    return tuple(traced)


def _frames_with_truth(row: ClipRow) -> tuple[int, ...]:
    frames = {place.frame_index for place in row.masks}
    if any(point.frame_index == row.ed_frame_index for point in row.landmarks):
        frames |= {row.ed_frame_index} if row.ed_frame_index is not None else set()
    return tuple(sorted(frames))


def _trace_batch(
    dataset: EchoGround, rows: Sequence[ClipRow], dense: LoadedModel[DenseModel]
) -> list[TracedFrame]:
    if not rows:
        return []
    wanted = [_frames_with_truth(row) for row in rows]
    images = [dataset.read_frames(row, frames) for row, frames in zip(rows, wanted, strict=True)]
    prepared = torch.cat(
        [dense.preprocessing(image, row.spacing_mm) for row, image in zip(rows, images, strict=True)]
    )
    output = dense.model(prepared)
    names = [Landmark(name) for name in dense.model.config.landmarks]
    traced, place = [], 0
    for row, frames, image in zip(rows, wanted, images, strict=True):
        masks = dataset.read_masks(row)
        grid = dense.preprocessing.grid(row.height_px, row.width_px, row.spacing_mm)
        for frame_index, grey in zip(frames, image, strict=True):
            points = grid.points_to_cine(output.point_xy_px[place].numpy().astype(np.float64))
            traced.append(
                TracedFrame(
                    row=row,
                    frame_index=frame_index,
                    image=grey,
                    true_mask=masks.get(frame_index),
                    mask=mask_on_cine(output.mask_logit[place], grid, row.height_px, row.width_px),
                    true_points_xy_px=true_points(row, frame_index),
                    points_xy_px=dict(zip(names, points, strict=True)),
                )
            )
            place += 1
    return traced


def mask_on_cine(
    mask_logit: Float[Tensor, "label S S"], grid: Grid, height_px: int, width_px: int
) -> UInt8[np.ndarray, "height width"]:
    """Return labels on the cine's grid; interpolated logits leave no steps of model pixels at edges."""
    offset_x, offset_y = grid.offset_xy_px
    x = (torch.arange(width_px) - offset_x) / grid.scale
    y = (torch.arange(height_px) - offset_y) / grid.scale
    # grid_sample's coordinates run from -1 to 1 over the outer edges of the first and last pixel.
    at = torch.stack(torch.meshgrid(x, y, indexing="xy"), dim=-1).float()
    logit = F.grid_sample(
        mask_logit[None],
        ((2 * at + 1) / grid.size_px - 1)[None],
        mode="bilinear",
        padding_mode="border",
        align_corners=False,
    )
    limit = grid.size_px - 0.5
    inside = ((y >= -0.5) & (y < limit))[:, None] & ((x >= -0.5) & (x < limit))[None, :]
    labels = logit[0].numpy().argmax(0)  # NumPy takes a fifth of the time of PyTorch over a leading axis
    return np.where(inside.numpy(), labels, 0).astype(np.uint8)
