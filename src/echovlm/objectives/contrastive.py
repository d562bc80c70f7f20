"""Contrast between clips and texts: which text belongs to which clip.

Embeddings are on the unit sphere. A temperature may be a number or a learned scalar; it must be positive.
"""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn import functional as F  # noqa: N812


def clip_loss(
    clip_unit: Float[Tensor, "batch dim"],
    text_unit: Float[Tensor, "batch dim"],
    *,
    temperature: float | Float[Tensor, ""],
) -> Float[Tensor, ""]:
    """Return the symmetric InfoNCE loss of CLIP (Radford et al. 2021, figure 3).

    Args:
        clip_unit: Clip embeddings; row ``i`` pairs with row ``i`` of the text.
        text_unit: Text embeddings.
        temperature: Softmax temperature, > 0. Lower is sharper; CLIP starts at 0.07.

    Returns:
        Mean loss over both directions, in nats; 0 is perfect.
    """
    logit = clip_unit @ text_unit.T / temperature
    pair = torch.arange(len(logit), device=logit.device)
    return (F.cross_entropy(logit, pair) + F.cross_entropy(logit.T, pair)) / 2


def view_weighted_clip_loss(
    clip_unit: Float[Tensor, "batch dim"],
    text_unit: Float[Tensor, "batch dim"],
    view: Int[Tensor, "batch"],
    content: Int[Tensor, "batch"],
    *,
    temperature: float | Float[Tensor, ""],
    cross_view_weight: float,
) -> Float[Tensor, ""]:
    """Return the symmetric InfoNCE loss with negatives from other views down-weighted.

    Telling an A4C from a PLAX teaches the model views, which it learns anyway; telling two A4Cs apart
    teaches it disease. ``cross_view_weight`` scales each cross-view negative inside the softmax denominator:
    1 is plain InfoNCE, 0 lets only same-view clips compete. Captions of equal content are no negatives of
    each other: they share the target.

    Args:
        clip_unit: Clip embeddings; row ``i`` pairs with row ``i`` of the text.
        text_unit: Text embeddings.
        view: View index of each pair.
        content: Index of what each caption says; equal indices are positives of each other.
        temperature: Softmax temperature, > 0.
        cross_view_weight: Weight of a cross-view negative, in [0, 1].

    Returns:
        Mean loss over both directions, in nats.

    Raises:
        ValueError: If the weight lies outside [0, 1].
    """
    if not 0 <= cross_view_weight <= 1:
        raise ValueError(
            f"cross_view_weight must be in [0, 1]; got {cross_view_weight:g}. "
            "1 is plain InfoNCE, 0 lets only clips of the same view compete"
        )
    logit = clip_unit @ text_unit.T / temperature
    positive = content[:, None] == content[None, :]
    kept = (view[:, None] == view[None, :]) | positive
    # w * exp(l) = exp(l + log w): weighting a negative shifts its logit; log 0 = -inf drops it.
    log_weight = torch.full_like(logit, cross_view_weight).log().masked_fill(kept, 0.0)
    logit = logit + log_weight
    return (multi_positive_loss(logit, positive) + multi_positive_loss(logit.T, positive.T)) / 2


def multi_positive_loss(
    logit: Float[Tensor, "query key"], positive: Bool[Tensor, "query key"]
) -> Float[Tensor, ""]:
    """Return the cross-entropy to a target that every positive key shares equally (SupCon's L_out).

    Args:
        logit: Similarity over temperature; ``-inf`` leaves a key out.
        positive: Which keys belong to each query; a query without any is left out of the mean.

    Returns:
        Mean over queries of the mean over positives of ``-log softmax``, in nats; 0 for no query with a
        positive.
    """
    log_prob = logit.log_softmax(1).masked_fill(~positive, 0.0)
    count = positive.sum(1)
    per_query = -log_prob.sum(1) / count.clamp(min=1)
    return per_query.sum() / (count > 0).sum().clamp(min=1)
