"""Mixed feature statistics: early maps of one image with the contrast and brightness of another's (MixStyle).

What a machine does to a picture sits in mean and deviation of the early feature channels; where they are exchanged
between the images of a batch, only shape is left to learn from (Zhou et al. 2021, "Domain generalization with
MixStyle").
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import torch
from jaxtyping import Float
from torch import Tensor, nn

_CONCENTRATION: Final = 0.3  # of the Beta distribution of the weights; the paper finds 0.1 to 0.3 alike
_LEAST_DEVIATION: Final = 1e-4


def mix_statistics(
    maps: Float[Tensor, "batch channel height width"], *, share: float
) -> Float[Tensor, "batch channel height width"]:
    """Return the maps, a share of them with statistics between their own and another image's; draws from torch."""
    n = len(maps)
    mean, deviation = maps.mean((2, 3), keepdim=True), maps.std((2, 3), keepdim=True)
    mean, deviation = mean.detach(), deviation.detach().clamp(min=_LEAST_DEVIATION)
    weight = torch.distributions.Beta(_CONCENTRATION, _CONCENTRATION).sample((n, 1, 1, 1))
    weight = torch.where(torch.rand(n, 1, 1, 1) < share, weight, torch.ones(n, 1, 1, 1))
    other = torch.randperm(n)
    new_mean = weight * mean + (1 - weight) * mean[other]
    new_deviation = weight * deviation + (1 - weight) * deviation[other]
    return (maps - mean) / deviation * new_deviation + new_mean


@contextmanager
def mixed_styles(modules: list[nn.Module], *, share: float) -> Iterator[None]:
    """Let these modules give mixed maps while the context lasts."""

    def mix(_module: nn.Module, _given: object, maps: Tensor) -> Tensor:
        return mix_statistics(maps, share=share)

    hooks = [module.register_forward_hook(mix) for module in modules] if share > 0 else []
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()
