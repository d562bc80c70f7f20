"""Losses of dense prediction: masks, and points as expectations of heatmaps."""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn import functional as F  # noqa: N812


def segmentation_loss(
    mask_logit: Float[Tensor, "batch label height width"], label: Int[Tensor, "batch height width"]
) -> Float[Tensor, ""]:
    """Return cross-entropy plus soft Dice loss over the structures that occur in the batch.

    Cross-entropy gives a gradient everywhere, Dice one that does not shrink with a structure's size
    (nnU-Net's sum of both).

    Args:
        mask_logit: Label logits; label 0 is background.
        label: True labels.

    Returns:
        Cross-entropy in nats plus one minus the mean soft Dice of structures; 0 is perfect.
    """
    n_labels = mask_logit.shape[1]
    prob = mask_logit.softmax(1)
    truth = F.one_hot(label, n_labels).movedim(-1, 1).to(prob.dtype)
    overlap, size = (prob * truth).sum((0, 2, 3)), (prob + truth).sum((0, 2, 3))
    occurs = truth.sum((0, 2, 3)) > 0
    occurs[0] = False  # background is no structure
    dice = (2 * overlap / size.clamp(min=1e-6))[occurs]
    missing = (1 - dice).mean() if bool(occurs.any()) else prob.new_zeros(())
    return F.cross_entropy(mask_logit, label) + missing


def landmark_loss(
    point_xy_px: Float[Tensor, "batch point 2"],
    spread_px: Float[Tensor, "batch point"],
    target_xy_px: Float[Tensor, "batch point 2"],
    marked: Bool[Tensor, "batch point"],
    *,
    spread_target_px: float,
) -> Float[Tensor, ""]:
    """Return the mean distance of predicted from true points plus how far their heatmaps' spread is off.

    The regulariser is DSNT's variance term (Nibali et al. 2018, §4.4) on the standard deviation: without it
    many heatmaps share one expectation, and a diffuse one moves with the whole image.

    Args:
        point_xy_px: Predicted points.
        spread_px: Standard deviation of each heatmap, averaged over both axes.
        target_xy_px: True points; ignored where unmarked.
        marked: Which points exist.
        spread_target_px: The spread that a heatmap should have.

    Returns:
        Mean over marked points in pixels; 0 when there is none.
    """
    target = torch.where(marked[..., None], target_xy_px, point_xy_px.detach())
    # Smooth near zero, so that the gradient of the distance exists where a point is hit exactly.
    distance = ((point_xy_px - target).square().sum(-1) + 1e-4).sqrt() - 1e-2
    off = distance + 0.5 * (spread_px - spread_target_px).abs()
    return torch.where(marked, off, 0.0).sum() / marked.sum().clamp(min=1)
