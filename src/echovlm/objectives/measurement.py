"""Regression of measured values, where they were measured."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn import functional as F  # noqa: N812


def measurement_loss(
    predicted: Float[Tensor, "batch quantity"],
    target: Float[Tensor, "batch quantity"],
    measured: Bool[Tensor, "batch quantity"],
) -> Float[Tensor, ""]:
    """Return the mean Huber loss over the values that exist.

    Args:
        predicted: Standardised values: zero mean and unit deviation over the training set.
        target: The same of the measurements; whatever stands where nothing was measured is ignored, NaN
            included.
        measured: Where a value exists.

    Returns:
        Mean over measured values; 0 when there is none.
    """
    error = F.huber_loss(predicted, torch.where(measured, target, predicted.detach()), reduction="none")
    return error.sum() / measured.sum().clamp(min=1)
