"""Label logits on a model's grid, brought back to the pixels of the stored frame."""

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from echovlm.models import Grid


def mask_on_cine(
    mask_logit: Float[Tensor, "label S S"], grid: Grid, height_px: int, width_px: int
) -> UInt8[np.ndarray, "height width"]:
    """Return labels on the cine's grid; interpolated logits leave no steps of model pixels at edges."""
    offset_x, offset_y = grid.offset_xy_px
    x = (torch.arange(width_px) - offset_x) / grid.scale
    y = (torch.arange(height_px) - offset_y) / grid.scale
    # grid_sample's coordinates run from -1 to 1 over the outer edges of the first and last pixel.
    at = torch.stack(torch.meshgrid(x, y, indexing="xy"), dim=-1).float()
    logit = F.grid_sample(
        mask_logit[None],
        ((2 * at + 1) / grid.size_px - 1)[None],
        mode="bilinear",
        padding_mode="border",
        align_corners=False,
    )
    limit = grid.size_px - 0.5
    inside = ((y >= -0.5) & (y < limit))[:, None] & ((x >= -0.5) & (x < limit))[None, :]
    labels = logit[0].numpy().argmax(0)  # NumPy takes a fifth of the time of PyTorch over a leading axis
    return np.where(inside.numpy(), labels, 0).astype(np.uint8)
