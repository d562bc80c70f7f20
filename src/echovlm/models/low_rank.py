"""Low-rank adapters (LoRA, Hu et al. 2022): a few numbers per layer that move weights which stay as they are."""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.utils import parametrize


class LowRankChange(nn.Module):
    """A weight plus a change of low rank; before training the change is 0 (Hu et al. 2022, section 4.1)."""

    def __init__(self, weight: Tensor, *, rank: int, scale: float) -> None:
        super().__init__()
        n_out, n_in = weight.shape[0], weight[0].numel()
        self.scale = scale / rank
        self.down = nn.Parameter(torch.randn(rank, n_in) / n_in**0.5)
        self.up = nn.Parameter(torch.zeros(n_out, rank))

    def forward(self, weight: Float[Tensor, "out *rest"]) -> Float[Tensor, "out *rest"]:
        """Return the changed weight; a filter counts as a matrix of its outputs by all it sees."""
        return weight + (self.up @ self.down).view_as(weight) * self.scale


def add_adapters(tower: nn.Module, *, rank: int, scale: float) -> int:
    """Give every matrix and filter of a tower an adapter, and return how many numbers can now be trained in it.

    All else in the tower stays as it is; ``merge_adapters`` turns it back into a plain one.

    Args:
        tower: The tower.
        rank: Rank of each change; no more than a layer's own rank is used.
        scale: Size of the change at a given learning rate.
    """
    tower.requires_grad_(False)
    layers = [m for m in tower.modules() if isinstance(m, nn.Linear | nn.Conv2d)]
    for layer in layers:
        weight = layer.weight
        change = LowRankChange(weight, rank=min(rank, weight.shape[0], weight[0].numel()), scale=scale)
        parametrize.register_parametrization(layer, "weight", change)
    return sum(p.numel() for p in tower.parameters() if p.requires_grad)


def merge_adapters(tower: nn.Module) -> None:
    """Add every adapter's change to its weight and remove it: the tower is then one like any other."""
    for layer in list(tower.modules()):
        if parametrize.is_parametrized(layer, "weight"):
            parametrize.remove_parametrizations(layer, "weight", leave_parametrized=True)
