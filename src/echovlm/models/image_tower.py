"""The image tower: a small residual network over a clip, cheap on CPUs.

Only the stem sees every frame. Its maps are pooled over time at once (mean, and deviation = where something
moved), and the rest of the network runs once per clip: eight frames cost little more than one.
"""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from echovlm.models.temporal import mean_and_deviation


@dataclass(frozen=True, slots=True)
class ImageTowerConfig:
    """The size of the tower.

    Attributes:
        stem_channels: Filters that run on every frame.
        width: Channels of the first stage; each later stage doubles them.
        blocks_per_stage: Residual blocks in each of the three stages.
    """

    stem_channels: int = 8
    width: int = 32
    blocks_per_stage: int = 1


class FeatureMaps(NamedTuple):
    """Maps at a half, a quarter, an eighth and a sixteenth of the image's side."""

    half: Float[Tensor, "batch channel half_h half_w"]
    quarter: Float[Tensor, "batch channel_4 quarter_h quarter_w"]
    eighth: Float[Tensor, "batch channel_8 eighth_h eighth_w"]
    sixteenth: Float[Tensor, "batch channel_16 sixteenth_h sixteenth_w"]


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions around a shortcut (He et al. 2016), the first with the stride."""

    def __init__(self, n_in: int, n_out: int, *, stride: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(n_in, n_out, 3, stride, 1, bias=False)
        self.first_norm = nn.BatchNorm2d(n_out)
        self.second = nn.Conv2d(n_out, n_out, 3, 1, 1, bias=False)
        self.second_norm = nn.BatchNorm2d(n_out)
        same = n_in == n_out and stride == 1
        self.shortcut = nn.Identity() if same else nn.Conv2d(n_in, n_out, 1, stride, bias=False)

    def forward(
        self, x: Float[Tensor, "batch channel height width"]
    ) -> Float[Tensor, "batch channel_out height_out width_out"]:
        """Return the block's map."""
        inner = F.relu(self.first_norm(self.first(x)), inplace=True)
        return F.relu(self.second_norm(self.second(inner)) + self.shortcut(x))


class ImageTower(nn.Module):
    """Clip to feature maps, and to one vector."""

    def __init__(self, config: ImageTowerConfig) -> None:
        super().__init__()
        self.config = config
        width = config.width
        self.n_features = 4 * width
        self.widths = (2 * config.stem_channels, width, 2 * width, 4 * width)
        self.stem = nn.Conv2d(1, config.stem_channels, 5, 2, 2)
        self.mix = nn.Conv2d(2 * config.stem_channels, width, 3, 2, 1, bias=False)
        self.mix_norm = nn.BatchNorm2d(width)
        self.stages = nn.ModuleList(
            nn.Sequential(
                ResidualBlock(n_in, n_out, stride=stride),
                *(ResidualBlock(n_out, n_out, stride=1) for _ in range(config.blocks_per_stage - 1)),
            )
            for n_in, n_out, stride in ((width, width, 1), (width, 2 * width, 2), (2 * width, 4 * width, 2))
        )
        # Pooled maps differ widely in scale, and heads on them would learn the large ones first.
        self.feature_norm = nn.BatchNorm1d(self.n_features, affine=False)
        # Channels last is faster on CPUs, but not for the stem and its single input channel.
        for part in (self.mix, self.stages):
            part.to(memory_format=torch.channels_last)

    def features(self, frames: Float[Tensor, "batch frame 1 height width"]) -> FeatureMaps:
        """Return the maps of a clip at four resolutions."""
        stem_BTCHW = self.stem(frames.flatten(0, 1)).unflatten(0, frames.shape[:2])
        half = torch.cat(mean_and_deviation(stem_BTCHW), 1).contiguous(memory_format=torch.channels_last)
        maps = [half]
        x = F.relu(self.mix_norm(self.mix(half)), inplace=True)
        for stage in self.stages:
            x = stage(x)
            maps.append(x)
        return FeatureMaps(*maps)

    def forward(self, frames: Float[Tensor, "batch frame 1 height width"]) -> Float[Tensor, "batch feature"]:
        """Return one vector per clip: the mean over the last map, standardised over the training clips."""
        feature: Tensor = self.feature_norm(self.features(frames).sixteenth.mean((2, 3)))
        return feature
