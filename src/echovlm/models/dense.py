"""Dense prediction on single frames: which structure each pixel is, and where the landmarks are."""

from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from echovlm.clinical.anatomy import Landmark, Structure
from echovlm.models.held_tower import HoldsTower
from echovlm.models.image_tower import ImageTower, ImageTowerConfig

N_LABELS: Final = 1 + max(Structure)
LANDMARK_NAMES: Final = tuple(landmark.value for landmark in Landmark)


@dataclass(frozen=True, slots=True)
class DenseConfig:
    """The size of a dense model, and what it marks.

    Attributes:
        image: The encoder, the image tower applied to single frames.
        decoder_width: Channels of the decoder at half resolution; doubled at each coarser level.
        n_labels: Mask labels, background included.
        landmarks: Names of the landmarks, in the order of the outputs.
    """

    image: ImageTowerConfig = field(default_factory=ImageTowerConfig)
    decoder_width: int = 16
    n_labels: int = N_LABELS
    landmarks: tuple[str, ...] = LANDMARK_NAMES


class DenseOutput(NamedTuple):
    """What the network says of a batch of images, differentiable.

    Attributes:
        mask_logit: Label logits at full resolution.
        point_xy_px: Expectation of each landmark's heatmap, in pixels of the model's image.
        spread_px: Standard deviation of the heatmap, averaged over both axes.
    """

    mask_logit: Float[Tensor, "batch label height width"]
    point_xy_px: Float[Tensor, "batch point 2"]
    spread_px: Float[Tensor, "batch point"]


@dataclass(frozen=True, slots=True, eq=False)
class DensePrediction:
    """Masks and landmarks of frames, in pixels of the model's image.

    Every landmark has a point in every frame; only those of the clip's view mean anything.

    Attributes:
        masks: Labels of ``clinical.Structure``, 0 background.
        points_xy_px: Landmarks in the order of ``clinical.Landmark``.
        spread_px: How far each heatmap spreads; large when the network does not know.
    """

    masks: UInt8[np.ndarray, "frame height width"]
    points_xy_px: Float[np.ndarray, "frame point 2"]
    spread_px: Float[np.ndarray, "frame point"]

    def point_xy_px(self, landmark: Landmark) -> Float[np.ndarray, "frame 2"]:
        """Return one landmark in every frame."""
        return self.points_xy_px[:, LANDMARK_NAMES.index(landmark.value)]


class Merge(nn.Module):
    """Double the resolution of a map and join the encoder's map of that resolution."""

    def __init__(self, n_coarse: int, n_fine: int, n_out: int) -> None:
        super().__init__()
        self.coarse = nn.Conv2d(n_coarse, n_out, 1, bias=False)
        self.fine = nn.Conv2d(n_fine, n_out, 1, bias=False)
        self.join = nn.Conv2d(n_out, n_out, 3, 1, 1, bias=False)
        self.norm, self.join_norm = nn.BatchNorm2d(n_out), nn.BatchNorm2d(n_out)

    def forward(self, coarse: Tensor, fine: Tensor) -> Tensor:
        """Return the joined map."""
        up = F.interpolate(self.coarse(coarse), size=fine.shape[2:], mode="bilinear", align_corners=False)
        x = F.relu(self.norm(up + self.fine(fine)), inplace=True)
        return F.relu(self.join_norm(self.join(x)), inplace=True)


def expect_points(
    heat_logit: Float[Tensor, "batch point height width"], *, stride_px: int
) -> tuple[Float[Tensor, "batch point 2"], Float[Tensor, "batch point"]]:
    """Return the expectation of each heatmap and its spread, in image pixels (DSNT, Nibali 2018).

    Args:
        heat_logit: Heatmaps before the softmax.
        stride_px: Image pixels per heatmap cell; a cell's centre lies in the middle of its pixels.
    """
    height, width = heat_logit.shape[2:]
    prob = heat_logit.flatten(2).softmax(2).view_as(heat_logit)
    x_px = torch.arange(width, device=prob.device) * stride_px + (stride_px - 1) / 2
    y_px = torch.arange(height, device=prob.device) * stride_px + (stride_px - 1) / 2
    along_x, along_y = prob.sum(2), prob.sum(3)
    x, y = (along_x * x_px).sum(2), (along_y * y_px).sum(2)
    variance_x = (along_x * (x_px - x[..., None]).square()).sum(2)
    variance_y = (along_y * (y_px - y[..., None]).square()).sum(2)
    return torch.stack([x, y], 2), ((variance_x + variance_y) / 2 + 1e-6).sqrt()


class DenseModel(HoldsTower):
    """The image tower with a decoder: masks and landmarks of single frames."""

    image_tower: ImageTower

    def __init__(self, config: DenseConfig) -> None:
        super().__init__()
        self.config = config
        self.image_tower = ImageTower(config.image)
        half, quarter, eighth, sixteenth = self.image_tower.widths
        width = config.decoder_width
        self.to_eighth = Merge(sixteenth, eighth, 4 * width)
        self.to_quarter = Merge(4 * width, quarter, 2 * width)
        self.to_half = Merge(2 * width, half, width)
        self.mask_head = nn.Conv2d(width, config.n_labels, 1)
        self.heat_head = nn.Conv2d(width, len(config.landmarks), 1)
        # The tower chose its own layout already; see there.
        for part in (self.to_eighth, self.to_quarter, self.to_half, self.mask_head, self.heat_head):
            part.to(memory_format=torch.channels_last)

    def forward(self, images: Float[Tensor, "batch 1 height width"]) -> DenseOutput:
        """Return masks and landmarks of a batch of normalised images, each on its own."""
        maps = self.image_tower.features(images[:, None])
        x = self.to_eighth(maps.sixteenth, maps.eighth)
        x = self.to_half(self.to_quarter(x, maps.quarter), maps.half)
        mask_logit = F.interpolate(
            self.mask_head(x), size=images.shape[2:], mode="bilinear", align_corners=False
        )
        stride_px = images.shape[-1] // x.shape[-1]
        return DenseOutput(mask_logit, *expect_points(self.heat_head(x), stride_px=stride_px))

    @torch.inference_mode()
    def predict(
        self, frames: Float[Tensor, "frame 1 height width"], *, batch_size: int = 32
    ) -> DensePrediction:
        """Return masks and landmarks of every frame, in pixels of the model's image.

        Args:
            frames: Frames as ``Preprocessing`` gives them.
            batch_size: Frames per pass; changes memory, not the answer.
        """
        was_training = self.training
        self.eval()
        parts = [self.forward(batch) for batch in torch.split(frames, batch_size)]
        self.train(was_training)
        return DensePrediction(
            masks=torch.cat([p.mask_logit.argmax(1) for p in parts]).to(torch.uint8).cpu().numpy(),
            points_xy_px=torch.cat([p.point_xy_px for p in parts]).cpu().numpy(),
            spread_px=torch.cat([p.spread_px for p in parts]).cpu().numpy(),
        )
