"""A rendered sector, and where it comes to lie on a screen."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, UInt8
from PIL import Image

from echovlm.simulation.clip import SimulatedClip
from echovlm.simulation.console.regions import Box, DataType, ScreenRegion, tissue_region


@dataclass(frozen=True, slots=True, eq=False)
class SectorCine:
    """All that a console learns of a cine: pixels, scale and time, but neither view nor heart.

    Attributes:
        frames: Grey B-mode.
        sector_mask: Pixels that belong to the sector.
        apex_xy_px: The transducer's virtual apex.
        spacing_mm: Size of a pixel.
        depth_mm: Imaging depth.
        frame_times_ms: Time of each frame.
    """

    frames: UInt8[np.ndarray, "frame height width"]
    sector_mask: Bool[np.ndarray, "height width"]
    apex_xy_px: tuple[float, float]
    spacing_mm: float
    depth_mm: float
    frame_times_ms: Float[np.ndarray, "frame"]

    @classmethod
    def from_clip(cls, clip: SimulatedClip) -> "SectorCine":
        """Return what the console may know of a simulated clip."""
        return cls(
            clip.frames,
            clip.sector_mask,
            clip.apex_xy_px,
            clip.spacing_mm,
            clip.depth_mm,
            clip.frame_times_ms,
        )

    def still(self, frame_index: int) -> "SectorCine":
        """Return one frame alone."""
        here = slice(frame_index, frame_index + 1)
        return SectorCine(
            self.frames[here], self.sector_mask, self.apex_xy_px, self.spacing_mm, self.depth_mm,
            self.frame_times_ms[here],
        )  # fmt: skip

    @property
    def frame_rate_hz(self) -> float:
        """Frames per second; of a still, what consoles usually run at."""
        if len(self.frame_times_ms) < 2:
            return 50.0
        return (
            1000.0 * (len(self.frame_times_ms) - 1) / float(self.frame_times_ms[-1] - self.frame_times_ms[0])
        )


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a picture's pixels lie on the screen; pixel centres are whole numbers on both."""

    scale_xy: tuple[float, float]
    corner_xy_px: tuple[float, float]

    def to_screen(self, points_xy_px: Float[np.ndarray, "*point 2"]) -> Float[np.ndarray, "*point 2"]:
        """Return points of the picture on the screen."""
        scale = np.array(self.scale_xy)
        return np.asarray((np.asarray(points_xy_px) + 0.5) * scale - 0.5 + np.array(self.corner_xy_px))


@dataclass(frozen=True, slots=True, eq=False)
class PlacedSector:
    """A sector on the screen.

    Attributes:
        box_xyxy_px: Its smallest box.
        inside: Its pixels, over the whole screen.
        frames: Its grey in the box; 0 outside the sector.
        placement: From the rendered picture to the screen.
        apex_xy_px: The apex on the screen.
        spacing_mm: Size of a screen pixel.
        depth_mm: Imaging depth.
    """

    box_xyxy_px: Box
    inside: Bool[np.ndarray, "height width"]
    frames: UInt8[np.ndarray, "frame box_height box_width"]
    placement: Placement
    apex_xy_px: tuple[float, float]
    spacing_mm: float
    depth_mm: float

    def region(self, data_type: DataType = DataType.TISSUE) -> ScreenRegion:
        """Return the sector's calibrated region."""
        return tissue_region(
            self.box_xyxy_px, apex_xy_px=self.apex_xy_px, spacing_mm=self.spacing_mm, data_type=data_type
        )

    def fit(
        self, pictures: UInt8[np.ndarray, "frame height width *channel"]
    ) -> UInt8[np.ndarray, "frame box_height box_width *channel"]:
        """Return the part of pictures in the rendered size that lies in the box, unblended."""
        left, top, right, bottom = self.box_xyxy_px
        (scale_x, scale_y), (corner_x, corner_y) = self.placement.scale_xy, self.placement.corner_xy_px
        x = np.round((np.arange(left, right) - corner_x + 0.5) / scale_x - 0.5).astype(int)
        y = np.round((np.arange(top, bottom) - corner_y + 0.5) / scale_y - 0.5).astype(int)
        x, y = x.clip(0, pictures.shape[2] - 1), y.clip(0, pictures.shape[1] - 1)
        return np.asarray(pictures[:, y[:, None], x])


def place_sector(
    cine: SectorCine, space: Box, *, screen_height_px: int, screen_width_px: int
) -> PlacedSector:
    """Centre a sector in a box, at its upper edge; it is shrunk when it does not fit, and never enlarged."""
    rows, columns = np.flatnonzero(cine.sector_mask.any(axis=1)), np.flatnonzero(cine.sector_mask.any(axis=0))
    top, left, bottom, right = int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1
    scale = min(1.0, (space[2] - space[0]) / (right - left), (space[3] - space[1]) / (bottom - top))
    mask = cine.sector_mask[top:bottom, left:right]
    grey = cine.frames[:, top:bottom, left:right]
    width, height = int((right - left) * scale), int((bottom - top) * scale)
    if scale < 1.0:
        mask = np.asarray(Image.fromarray(mask).resize((width, height)))
        shrunk = [Image.fromarray(frame).resize((width, height), Image.Resampling.BOX) for frame in grey]
        grey = np.stack([np.asarray(frame) for frame in shrunk])
    x0, y0 = space[0] + (space[2] - space[0] - width) // 2, space[1]
    box = (x0, y0, x0 + width, y0 + height)
    inside = np.zeros((screen_height_px, screen_width_px), bool)
    inside[box[1] : box[3], box[0] : box[2]] = mask
    scale_xy = (width / (right - left), height / (bottom - top))
    placement = Placement(scale_xy, (x0 - left * scale_xy[0], y0 - top * scale_xy[1]))
    apex = placement.to_screen(np.array(cine.apex_xy_px))
    return PlacedSector(
        box, inside, grey * mask, placement, (float(apex[0]), float(apex[1])), cine.spacing_mm / scale_xy[1],
        cine.depth_mm,
    )  # fmt: skip
