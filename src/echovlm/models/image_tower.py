"""The image tower: a small residual network over a clip, cheap on CPUs.

Only the stem sees every frame. Its maps are pooled over time at once (mean, and deviation = where something
moved), and the rest of the network runs once per clip: eight frames cost little more than one. Filters see
red, green and blue; a grey frame stands for three equal channels and costs one.
"""

from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from echovlm.models.clips import Clips
from echovlm.models.temporal import mean_and_deviation

RGB: Final = 3
_CHANNELS_PER_GROUP: Final = 8


@dataclass(frozen=True, slots=True)
class ImageTowerConfig:
    """The size of the tower.

    Attributes:
        tower: ``small``.
        stem_channels: Filters that run on every frame.
        width: Channels of the first stage; each later stage doubles them.
        blocks_per_stage: Residual blocks in each of the three stages.
        norm: ``batch`` normalises over the clips that pass together, and is the faster on a CPU; ``group`` each clip
            by itself, so that a batch in chunks is exactly the whole batch.
    """

    tower: Literal["small"] = "small"
    stem_channels: int = 8
    width: int = 32
    blocks_per_stage: int = 1
    norm: Literal["batch", "group"] = "batch"

    def __post_init__(self) -> None:
        if self.norm not in ("batch", "group"):
            raise ValueError(f"image.norm is {self.norm!r}; allowed: batch, group")


class FeatureMaps(NamedTuple):
    """Maps at a half, a quarter, an eighth and a sixteenth of the image's side."""

    half: Float[Tensor, "batch channel half_h half_w"]
    quarter: Float[Tensor, "batch channel_4 quarter_h quarter_w"]
    eighth: Float[Tensor, "batch channel_8 eighth_h eighth_w"]
    sixteenth: Float[Tensor, "batch channel_16 sixteenth_h sixteenth_w"]


def make_norm(n_channels: int, kind: str) -> nn.Module:
    """Return the normalisation of a map: over the batch, or of each clip in groups of about eight channels."""
    if kind == "batch":
        return nn.BatchNorm2d(n_channels)
    return nn.GroupNorm(max(n_channels // _CHANNELS_PER_GROUP, 1), n_channels)


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions around a shortcut (He et al. 2016), the first with the stride."""

    def __init__(self, n_in: int, n_out: int, *, stride: int, norm: str = "batch") -> None:
        super().__init__()
        self.first = nn.Conv2d(n_in, n_out, 3, stride, 1, bias=False)
        self.first_norm = make_norm(n_out, norm)
        self.second = nn.Conv2d(n_out, n_out, 3, 1, 1, bias=False)
        self.second_norm = make_norm(n_out, norm)
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
        self.stem = nn.Conv2d(RGB, config.stem_channels, 5, 2, 2)
        self.mix = nn.Conv2d(2 * config.stem_channels, width, 3, 2, 1, bias=False)
        self.mix_norm = make_norm(width, config.norm)
        self.stages = nn.ModuleList(
            nn.Sequential(
                ResidualBlock(n_in, n_out, stride=stride, norm=config.norm),
                *(
                    ResidualBlock(n_out, n_out, stride=1, norm=config.norm)
                    for _ in range(config.blocks_per_stage - 1)
                ),
            )
            for n_in, n_out, stride in ((width, width, 1), (width, 2 * width, 2), (2 * width, 4 * width, 2))
        )
        # Pooled maps differ widely in scale, and heads on them would learn the large ones first.
        self.feature_norm: nn.Module = (
            nn.BatchNorm1d(self.n_features, affine=False)
            if config.norm == "batch"
            else nn.LayerNorm(self.n_features, elementwise_affine=False)
        )
        # Channels last is faster on CPUs, but not for the stem and its few input channels.
        for part in (self.mix, self.stages):
            part.to(memory_format=torch.channels_last)

    def compile_body(self) -> None:
        """Compile what takes the time."""
        for stage in self.stages:
            stage.compile()

    def features(self, clips: Float[Tensor, "batch frame channel height width"] | Clips) -> FeatureMaps:
        """Return the maps of clips at four resolutions; one channel is grey, three are a colour picture."""
        batch = clips if isinstance(clips, Clips) else Clips.single_size(clips)
        half = batch.in_order([self._pooled_stem(group.frames) for group in batch.groups])
        half = half.contiguous(memory_format=torch.channels_last)
        maps = [half]
        x = F.relu(self.mix_norm(self.mix(half)), inplace=True)
        for stage in self.stages:
            x = stage(x)
            maps.append(x)
        return FeatureMaps(*maps)

    def _pooled_stem(
        self, frames: Float[Tensor, "member frame channel height width"]
    ) -> Float[Tensor, "member channel_2 half_h half_w"]:
        weight, bias = self.stem.weight, self.stem.bias
        if frames.shape[2] == 1:  # three equal channels under three filters are one under their sum
            weight = weight.sum(1, keepdim=True)
        stem = F.conv2d(frames.flatten(0, 1), weight, bias, stride=2, padding=2)
        return torch.cat(mean_and_deviation(stem.view(*frames.shape[:2], *stem.shape[1:])), 1)

    def forward(
        self, clips: Float[Tensor, "batch frame channel height width"] | Clips
    ) -> Float[Tensor, "batch feature"]:
        """Return one vector per clip: the mean over the last map, standardised over the training clips."""
        feature: Tensor = self.feature_norm(self.features(clips).sixteenth.mean((2, 3)))
        return feature
