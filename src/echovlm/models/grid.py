"""Where a pixel of the model's image lies in the cine, and back."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Integer, UInt8


@dataclass(frozen=True, slots=True)
class Grid:
    """The map ``cine_px = model_px * scale + offset``; pixel centres are at integers in both.

    Attributes:
        size_px: Side of the model's square image.
        scale: Cine pixels per model pixel.
        offset_xy_px: Cine position of the model's pixel (0, 0).
        spacing_mm: Millimetres per model pixel; ``None`` when the cine is not calibrated.
    """

    size_px: int
    scale: float
    offset_xy_px: tuple[float, float]
    spacing_mm: float | None

    def points_to_cine(self, points_xy_px: Float[np.ndarray, "*point 2"]) -> Float[np.ndarray, "*point 2"]:
        """Return points of the model's image in cine pixels."""
        return np.asarray(points_xy_px * self.scale + np.asarray(self.offset_xy_px))

    def points_to_model(self, points_xy_px: Float[np.ndarray, "*point 2"]) -> Float[np.ndarray, "*point 2"]:
        """Return points of the cine in pixels of the model's image; they may lie outside it."""
        return np.asarray((points_xy_px - np.asarray(self.offset_xy_px)) / self.scale)

    def masks_to_model(
        self, masks: UInt8[np.ndarray, "frame height width"]
    ) -> UInt8[np.ndarray, "frame S S"]:
        """Return cine masks on the model's grid, by nearest pixel; 0 outside the cine."""
        offset_x, offset_y = self.offset_xy_px
        index = np.arange(self.size_px)
        return _gather(masks, index * self.scale + offset_y, index * self.scale + offset_x)

    def masks_to_cine(
        self, masks: UInt8[np.ndarray, "frame S S"], *, height_px: int, width_px: int
    ) -> UInt8[np.ndarray, "frame height width"]:
        """Return masks of the model's image on the cine's grid, by nearest pixel; 0 where it saw nothing."""
        offset_x, offset_y = self.offset_xy_px
        rows = (np.arange(height_px) - offset_y) / self.scale
        columns = (np.arange(width_px) - offset_x) / self.scale
        return _gather(masks, rows, columns)


def _gather(
    masks: UInt8[np.ndarray, "frame height width"],
    rows: Float[np.ndarray, "row"],
    columns: Float[np.ndarray, "column"],
) -> UInt8[np.ndarray, "frame row column"]:
    """Return the pixel nearest to each crossing of rows and columns, 0 outside."""
    height, width = masks.shape[1:]
    # floor(x + 1/2): halves always go up, so that a shift by a whole pixel shifts the mask by a whole pixel.
    y: Integer[np.ndarray, row] = np.floor(rows + 0.5).astype(np.int64)
    x: Integer[np.ndarray, column] = np.floor(columns + 0.5).astype(np.int64)
    inside = ((y >= 0) & (y < height))[:, None] & ((x >= 0) & (x < width))[None]
    taken = masks[:, y.clip(0, height - 1)[:, None], x.clip(0, width - 1)[None]]
    return np.where(inside, taken, np.uint8(0))
