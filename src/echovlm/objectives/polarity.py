"""Weights that give the presence and the absence of a finding the same say."""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor


def balanced_polarity_weight(
    group: Int[Tensor, "sample"], present: Bool[Tensor, "sample"], *, max_weight: float = 10.0
) -> Float[Tensor, "sample"]:
    """Return a weight per sample so that both polarities of a group weigh the same in total.

    Each weight is ``n_group / (2 n_polarity)``, hence 1 for a balanced group and on average 1. A polarity so
    rare that it would need more than ``max_weight`` gets that: one patient must not rule a batch. In a group
    of one polarity every weight is 1/2.

    Args:
        group: Finding index of each sample, >= 0.
        present: Its polarity.
        max_weight: Upper limit, > 0.
    """
    if len(group) == 0:
        return torch.zeros(0)
    key = group * 2 + present.to(group.dtype)
    count = torch.bincount(key, minlength=2 * (int(group.max()) + 1)).double()
    in_group = count.view(-1, 2).sum(1)
    return (in_group[group] / (2 * count[key])).clamp(max=max_weight).float()
