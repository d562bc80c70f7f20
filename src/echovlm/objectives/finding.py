"""Supervised findings: a yes or no for each, silent where nobody assessed."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn import functional as F  # noqa: N812


def finding_loss(
    logit: Float[Tensor, "batch finding"],
    present: Bool[Tensor, "batch finding"],
    weight: Float[Tensor, "batch finding"],
) -> Float[Tensor, ""]:
    """Return the weighted binary cross-entropy.

    Args:
        logit: Log-odds that the finding is present.
        present: The label; ignored where the weight is 0.
        weight: 0 where the finding was not assessed or cannot be seen, else its polarity weight.

    Returns:
        Weighted mean in nats; 0 when nothing was assessed.
    """
    nats = F.binary_cross_entropy_with_logits(logit, present.to(logit.dtype), reduction="none")
    return torch.where(weight > 0, weight * nats, 0.0).sum() / weight.sum().clamp(min=1e-12)
