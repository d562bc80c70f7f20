"""Any timm backbone as the image tower: every frame through it, then attention over the frames in time."""

from dataclasses import dataclass
from typing import Any, Final, Literal

import torch
from jaxtyping import Float
from torch import Tensor, nn

from echovlm.models.clips import Clips
from echovlm.models.temporal_attention import TemporalAttention

_RGB: Final = 3


@dataclass(frozen=True, slots=True)
class TimmTowerConfig:
    """Which backbone.

    Attributes:
        tower: ``timm``.
        name: Any image model that ``timm.list_models()`` names.
        image_size_px: Side of the images; that of the preprocessing.
        temporal_heads: Heads of the attention over frames; they divide the backbone's width.
        pretrained: Whether training starts from timm's weights of that name, which timm downloads once.
    """

    tower: Literal["timm"] = "timm"
    name: str = "vit_small_patch16_224"
    image_size_px: int = 224
    temporal_heads: int = 4
    pretrained: bool = False


class TimmTower(nn.Module):
    """Clip to one vector, through a timm backbone."""

    def __init__(self, config: TimmTowerConfig) -> None:
        super().__init__()
        self.config = config
        body: Any = _make(config, pretrained=False)
        self.body = body
        # Some backbones widen once more after pooling (timm: head_hidden_size).
        self.n_features = int(getattr(body, "head_hidden_size", None) or body.num_features)
        if self.n_features % config.temporal_heads:
            raise ValueError(
                f"image.temporal_heads is {config.temporal_heads}, which does not divide the {self.n_features} "
                f"features of {config.name}"
            )
        self.temporal = TemporalAttention(self.n_features, n_heads=config.temporal_heads)
        self.feature_norm = nn.LayerNorm(self.n_features)

    def forward(
        self, clips: Float[Tensor, "batch frame channel height width"] | Clips
    ) -> Float[Tensor, "batch feature"]:
        """Return one vector per clip; one channel is grey, three are a colour picture."""
        batch = clips if isinstance(clips, Clips) else Clips.single_size(clips)
        frames = [group.frames.flatten(0, 1).expand(-1, _RGB, -1, -1) for group in batch.groups]
        seen = torch.split(self.body(torch.cat(frames)), [len(part) for part in frames])
        pooled = [
            self.temporal(part.view(*group.frames.shape[:2], -1), group.times_ms)
            for part, group in zip(seen, batch.groups, strict=True)
        ]
        feature: Tensor = self.feature_norm(batch.in_order(pooled))
        return feature

    def compile_body(self) -> None:
        """Compile what takes the time."""
        self.body.compile()

    def load_pretrained(self) -> None:
        """Take timm's weights of the backbone's name.

        Raises:
            ValueError: If timm has none, or they cannot be downloaded.
        """
        try:
            self.body.load_state_dict(_make(self.config, pretrained=True).state_dict())
        except (RuntimeError, OSError) as error:
            raise ValueError(
                f"image.pretrained is true, but the weights of {self.config.name!r} cannot be had "
                f"({_first_line(error)}); download them where there is a network, or say pretrained = false"
            ) from error


def _make(config: TimmTowerConfig, *, pretrained: bool) -> nn.Module:
    """Return the backbone without its classifier."""
    import timm  # here, because it takes a second and most commands need no backbone

    wanted: dict[str, Any] = {"num_classes": 0, "pretrained": pretrained}
    try:
        try:
            made: nn.Module = timm.create_model(config.name, img_size=config.image_size_px, **wanted)
        except TypeError:  # a convolutional backbone takes any size, and no word about it
            made = timm.create_model(config.name, **wanted)
    except RuntimeError as error:
        if pretrained:
            raise
        raise ValueError(
            f"image.name is {config.name!r}, which timm {timm.__version__} cannot make ({_first_line(error)}); "
            "timm.list_models() names those it can"
        ) from error
    return made


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
