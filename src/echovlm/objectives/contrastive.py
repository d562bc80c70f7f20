"""Contrast between clips and texts: which text belongs to which clip.

Embeddings are on the unit sphere. A temperature may be a number or a learned scalar; it must be positive. Similarities
are computed a chunk of rows at a time, so that memory grows linearly with the batch.
"""

import math

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from echovlm.objectives.chunked import CHUNK_ROWS, RowSums, mean_over_rows


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
    chunk_rows: int = CHUNK_ROWS,
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
        chunk_rows: Rows of the similarity at a time; changes memory, not the loss.

    Returns:
        Mean loss over both directions, in nats.

    Raises:
        ValueError: If the weight lies outside [0, 1].
    """
    _check_weight(cross_view_weight)
    # w * exp(l) = exp(l + log w): weighting a negative shifts its logit; log 0 = -inf drops it.
    log_weight = math.log(cross_view_weight) if cross_view_weight > 0 else -math.inf

    def one_way(query: Float[Tensor, "batch dim"], key: Float[Tensor, "batch dim"]) -> Float[Tensor, ""]:
        def row_sums(rows: slice) -> RowSums:
            positive = content[rows, None] == content[None, :]
            kept = (view[rows, None] == view[None, :]) | positive
            logit = query[rows] @ key.T / temperature
            logit = torch.where(kept, logit, logit + log_weight)
            return multi_positive_sums(logit, positive)

        return mean_over_rows(row_sums, len(query), chunk_rows=chunk_rows)

    return (one_way(clip_unit, text_unit) + one_way(text_unit, clip_unit)) / 2


def view_weighted_sigmoid_loss(
    clip_unit: Float[Tensor, "batch dim"],
    text_unit: Float[Tensor, "batch dim"],
    view: Int[Tensor, "batch"],
    content: Int[Tensor, "batch"],
    *,
    temperature: float | Float[Tensor, ""],
    bias: float | Float[Tensor, ""],
    cross_view_weight: float,
    chunk_rows: int = CHUNK_ROWS,
) -> Float[Tensor, ""]:
    """Return the sigmoid loss of SigLIP (Zhai et al. 2023, algorithm 1) with cross-view negatives down-weighted.

    Every pair of a clip and a text is a yes-or-no question of its own. With weight 1 and distinct contents it is the
    paper's loss; captions of equal content are answered with yes.

    Args:
        clip_unit: Clip embeddings; row ``i`` pairs with row ``i`` of the text.
        text_unit: Text embeddings.
        view: View index of each pair.
        content: Index of what each caption says; equal indices are positives of each other.
        temperature: Divides the similarity, > 0; SigLIP starts at 0.1.
        bias: Added to each logit; SigLIP starts at -10.
        cross_view_weight: Weight of a cross-view negative's question, in [0, 1].
        chunk_rows: Rows of the similarity at a time; changes memory, not the loss.

    Returns:
        Sum over texts of the weighted loss, averaged over clips, in nats.

    Raises:
        ValueError: If the weight lies outside [0, 1].
    """
    _check_weight(cross_view_weight)

    def row_sums(rows: slice) -> RowSums:
        positive = content[rows, None] == content[None, :]
        kept = (view[rows, None] == view[None, :]) | positive
        logit = clip_unit[rows] @ text_unit.T / temperature + bias
        nats = F.softplus(torch.where(positive, -logit, logit))
        weighted = torch.where(kept, nats, cross_view_weight * nats)
        return weighted.sum(), weighted.new_tensor(len(weighted))

    return mean_over_rows(row_sums, len(clip_unit), chunk_rows=chunk_rows)


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
    loss, count = multi_positive_sums(logit, positive)
    return loss / count.clamp(min=1)


def matching_loss(
    query_unit: Float[Tensor, "query dim"],
    key_unit: Float[Tensor, "key dim"],
    query_label: Int[Tensor, "query"],
    key_label: Int[Tensor, "key"],
    *,
    temperature: float | Float[Tensor, ""],
    chunk_rows: int = CHUNK_ROWS,
) -> Float[Tensor, ""]:
    """Return the cross-entropy of queries to the keys of their own label, which share the target.

    Args:
        query_unit: Embeddings that ask.
        key_unit: Embeddings that answer.
        query_label: Label of each query.
        key_label: Label of each key.
        temperature: Softmax temperature, > 0.
        chunk_rows: Queries at a time; changes memory, not the loss.

    Returns:
        Mean over queries that have a key of their label, in nats.
    """

    def row_sums(rows: slice) -> RowSums:
        logit = query_unit[rows] @ key_unit.T / temperature
        return multi_positive_sums(logit, query_label[rows, None] == key_label[None, :])

    return mean_over_rows(row_sums, len(query_unit), chunk_rows=chunk_rows)


def multi_positive_sums(logit: Float[Tensor, "query key"], positive: Bool[Tensor, "query key"]) -> RowSums:
    """Return the summed loss of the queries that have a positive, and their number."""
    log_prob = logit.log_softmax(1).masked_fill(~positive, 0.0)
    count = positive.sum(1)
    per_query = -log_prob.sum(1) / count.clamp(min=1)
    return per_query.sum(), (count > 0).sum().to(per_query.dtype)


def _check_weight(cross_view_weight: float) -> None:
    if not 0 <= cross_view_weight <= 1:
        raise ValueError(
            f"cross_view_weight must be in [0, 1]; got {cross_view_weight:g}. "
            "1 counts every negative alike, 0 lets only clips of the same view compete"
        )
