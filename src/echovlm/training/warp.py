"""Another probe position and another sector: how a training frame and its truth are moved together.

The sector of the result stays upright, as on every console; what it shows is turned, zoomed and bent.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from jaxtyping import Bool, Float, UInt8
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from echovlm.training.recipe import Restyling

_ELASTIC_CELLS: Final = 5  # control points of the bending along each axis
_INVERSION_ROUNDS: Final = (
    24  # four whole steps left 2 % of points beside their structure under the strongest bend
)
_SOURCE_RADIUS: Final = 1.4  # of a sector of 90 degrees that fills the width, in half widths


@dataclass(frozen=True, slots=True, eq=False)
class Warp:
    """Where each pixel of the moved images comes from, in the -1 to 1 of ``grid_sample`` (corners aligned).

    Attributes:
        matrix: Turn, zoom and stretch, from moved to source.
        shift: Source position of the moved image's centre.
        bend: Elastic part, added in the source.
        fan: Which pixels the new sector shows.
        apex_xy: The new sector's apex, in the moved image.
    """

    matrix: Float[Tensor, "batch 2 2"]
    shift: Float[Tensor, "batch 2"]
    bend: Float[Tensor, "batch 2 S S"]
    fan: Bool[Tensor, "batch S S"]
    apex_xy: Float[Tensor, "batch 2"]

    def grid(self) -> Float[Tensor, "batch S S 2"]:
        """Return the source position of every pixel."""
        at = positions(self.bend.shape[-1])
        straight = torch.einsum("bij,yxj->byxi", self.matrix, at) + self.shift[:, None, None]
        return straight + self.bend.movedim(1, -1)

    def move_image(self, images: Float[Tensor, "batch S S"]) -> Float[Tensor, "batch S S"]:
        """Return grey images as the new sector shows them, black outside."""
        moved = F.grid_sample(images[:, None], self.grid(), align_corners=True)[:, 0]
        return moved * self.fan

    def move_labels(self, masks: UInt8[Tensor, "batch S S"]) -> UInt8[Tensor, "batch S S"]:
        """Return labels as the new sector shows them, background outside."""
        moved = F.grid_sample(masks[:, None].float(), self.grid(), mode="nearest", align_corners=True)[:, 0]
        return (moved * self.fan).to(torch.uint8)

    def move_points(self, points_xy_px: Float[np.ndarray, "batch point 2"]) -> Float[Tensor, "batch point 2"]:
        """Return where points of the source lie in the moved images, in pixels."""
        half = (self.bend.shape[-1] - 1) / 2
        source = torch.from_numpy(points_xy_px).float() / half - 1
        inverse = torch.linalg.inv(self.matrix)
        moved = torch.einsum("bij,bpj->bpi", inverse, source - self.shift[:, None])
        for _ in range(_INVERSION_ROUNDS):
            bent = F.grid_sample(self.bend, moved[:, :, None], padding_mode="border", align_corners=True)
            straight = source - bent[..., 0].movedim(1, -1) - self.shift[:, None]
            # Half a step: whole ones swing about the answer where the bend is steep.
            moved = 0.5 * (moved + torch.einsum("bij,bpj->bpi", inverse, straight))
        return (moved + 1) * half

    def shows(self, points_xy_px: Float[Tensor, "batch point 2"]) -> Bool[Tensor, "batch point"]:
        """Return which points of the moved images lie in the new sector."""
        at = points_xy_px / ((self.bend.shape[-1] - 1) / 2) - 1
        fan = self.fan[:, None].float()
        return F.grid_sample(fan, at[:, :, None], mode="nearest", align_corners=True)[:, 0, :, 0] > 0


def positions(size_px: int) -> Float[Tensor, "S S 2"]:
    """Return x and y of every pixel, -1 to 1 at the outermost pixels' centres."""
    along = torch.linspace(-1, 1, size_px)
    return torch.stack([along[None].expand(size_px, -1), along[:, None].expand(-1, size_px)], -1)


def draw_warp(batch_size: int, size_px: int, config: Restyling, *, generator: np.random.Generator) -> Warp:
    """Draw how each image of a batch is moved."""
    draw = generator.uniform
    apex, radius, fan = _draw_fan(batch_size, size_px, config, generator)
    angle = np.radians(draw(-config.rotation_deg, config.rotation_deg, batch_size))
    # A narrower sector is drawn larger, and so is what it shows.
    closer = config.closer_frac + draw(-config.zoom_frac, config.zoom_frac, batch_size)
    zoom = np.exp(closer) * radius / _SOURCE_RADIUS
    stretch = np.exp(draw(-config.stretch_frac, config.stretch_frac, (batch_size, 2)))
    shear = draw(-config.stretch_frac, config.stretch_frac, batch_size)
    mirror = np.where(generator.random(batch_size) < config.mirror_share, -1.0, 1.0)
    cosine, sine = np.cos(angle), np.sin(angle)
    turn = np.stack([np.stack([cosine, -sine], 1), np.stack([sine, cosine], 1)], 1)
    shape = np.zeros((batch_size, 2, 2))
    shape[:, 0, 0], shape[:, 1, 1] = mirror * stretch[:, 0] / zoom, stretch[:, 1] / zoom
    shape[:, 0, 1] = shear
    matrix = turn @ shape
    # The source's apex is at the middle of its upper edge and comes to lie near the new one.
    wander = draw(-config.shift_frac, config.shift_frac, (batch_size, 2))
    shift = np.array([0.0, -1.0]) + wander - np.einsum("bij,bj->bi", matrix, apex)
    cells = generator.standard_normal((batch_size, 2, _ELASTIC_CELLS, _ELASTIC_CELLS), dtype=np.float32)
    bend = F.interpolate(torch.from_numpy(cells), size=size_px, mode="bicubic", align_corners=True)
    strength = torch.from_numpy(draw(0, config.elastic_frac, (batch_size, 1, 1, 1))).float()
    return Warp(
        matrix=torch.from_numpy(matrix).float(),
        shift=torch.from_numpy(shift).float(),
        bend=bend * strength,
        fan=fan,
        apex_xy=torch.from_numpy(apex).float(),
    )


def _draw_fan(
    batch_size: int, size_px: int, config: Restyling, generator: np.random.Generator
) -> tuple[Float[np.ndarray, "batch 2"], Float[np.ndarray, "batch"], Bool[Tensor, "batch S S"]]:
    """Return apex, radius and pixels of new sectors that fill the width or the height, as a reader sees them.

    A share is the whole square, so that the source's own sector shows.
    """
    draw = generator.uniform
    # Left and right edges differ where a sector was steered or cut by the screen.
    low, high = -np.radians(draw(28, 50, batch_size)), np.radians(draw(28, 50, batch_size))
    even = generator.random(batch_size) < 0.6
    low = np.where(even, -high, low)
    top_radius = draw(0, 0.12, batch_size) * (generator.random(batch_size) < 0.5)
    width, height = np.sin(high) - np.sin(low), 1 - top_radius * np.cos(np.maximum(high, -low))
    side = np.maximum(width, height)  # of the square that holds a sector of radius 1
    apex_x = -(np.sin(high) + np.sin(low)) / side
    apex_y = -1 - 2 * (1 - height) / side
    whole = generator.random(batch_size) >= config.refan_share
    apex = np.stack([np.where(whole, 0.0, apex_x), np.where(whole, -1.0, apex_y)], 1)
    radius = np.where(whole, _SOURCE_RADIUS, 2 / side)
    offset = positions(size_px)[None] - torch.from_numpy(apex).float()[:, None, None]
    distance = offset.norm(dim=-1)
    angle = torch.atan2(offset[..., 0], offset[..., 1])

    def each(value: np.ndarray) -> Tensor:
        return torch.from_numpy(value).float()[:, None, None]

    fan = (angle >= each(low)) & (angle <= each(high)) & (distance <= each(radius))
    fan &= distance >= each(top_radius * radius)
    return apex, radius, fan | torch.from_numpy(whole)[:, None, None]


def polar(apex_xy: Float[Tensor, "batch 2"], size_px: int) -> Float[Tensor, "batch S S 2"]:
    """Return each pixel's angle to the vertical, in units of 90 degrees, and its distance from the apex."""
    offset = positions(size_px)[None] - apex_xy[:, None, None]
    angle = torch.atan2(offset[..., 0], offset[..., 1]) / (math.pi / 2)
    return torch.stack([angle, offset.norm(dim=-1) - 1], -1)
