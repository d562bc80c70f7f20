"""Measured values as targets, where they were measured: their size, their order, and the number that a text gives."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from echovlm.objectives.chunked import CHUNK_ROWS, RowSums, mean_over_rows


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


def ordinal_ranking_loss(
    predicted: Float[Tensor, "batch quantity"],
    target: Float[Tensor, "batch quantity"],
    measured: Bool[Tensor, "batch quantity"],
    *,
    tolerance: float,
    chunk_rows: int = CHUNK_ROWS,
) -> Float[Tensor, ""]:
    """Return how badly predictions order the clips of a batch (RankNet, Burges et al. 2005, equation 3).

    Every pair of clips that have a value of one quantity is asked which is larger. Unlike a regression it does not
    care for the scale, so it also learns from values that one reader measures larger than another.

    Args:
        predicted: One score per clip and quantity.
        target: The measured values, standardised; ignored where nothing was measured.
        measured: Where a value exists.
        tolerance: Difference of the target, >= 0, up to which a pair has no order: about a reader's error.
        chunk_rows: Clips at a time; changes memory, not the loss.

    Returns:
        Mean over ordered pairs of ``softplus(-(p_i - p_j))`` with ``i`` the larger, in nats; 0 without any.

    Raises:
        ValueError: If the tolerance is negative.
    """
    if not tolerance >= 0:
        raise ValueError(f"tolerance must be at least 0; got {tolerance:g}. 0 orders all but equal values")
    known = torch.where(measured, target, 0.0)

    def row_sums(rows: slice) -> RowSums:
        larger = known[rows, None] - known[None] > tolerance
        ordered = larger & measured[rows, None] & measured[None]
        nats = F.softplus(predicted[None] - predicted[rows, None])
        return torch.where(ordered, nats, 0.0).sum(), ordered.sum().to(nats.dtype)

    return mean_over_rows(row_sums, len(predicted), chunk_rows=chunk_rows)


def ladder_share(value: Float[Tensor, "clip"], rungs: Float[Tensor, "rung"]) -> Float[Tensor, "clip rung"]:
    """Return how a value is shared by the two rungs beside it, so that its expectation over the ladder is itself.

    Args:
        value: Measured values; beyond the ladder they count as its end.
        rungs: At least two values, rising.
    """
    position = torch.searchsorted(rungs, value.clamp(rungs[0], rungs[-1])).clamp(1, len(rungs) - 1)
    below, above = rungs[position - 1], rungs[position]
    upper = ((value.clamp(rungs[0], rungs[-1]) - below) / (above - below))[:, None]
    share: Tensor = F.one_hot(position, len(rungs)) * upper + F.one_hot(position - 1, len(rungs)) * (
        1 - upper
    )
    return share.to(value.dtype)


def ladder_loss(
    clip_unit: Float[Tensor, "clip dim"],
    rung_unit: Float[Tensor, "rung dim"],
    share: Float[Tensor, "clip rung"],
    *,
    temperature: float | Float[Tensor, ""],
) -> Float[Tensor, ""]:
    """Return how far each clip is from the sentences that give its number, on a ladder of such sentences.

    The rungs say "the ejection fraction is 20%", "... 25%" and so on. It makes reading a value by prompting every
    number (EchoCLIP, Christensen et al. 2024) a thing that is trained.

    Args:
        clip_unit: Clips whose value is known, on the unit sphere.
        rung_unit: The sentences of the ladder.
        share: Of ``ladder_share``.
        temperature: Softmax temperature, > 0.

    Returns:
        Mean cross-entropy above the target's own entropy, in nats: 0 is perfect, also for a value between two rungs;
        0 without a clip.
    """
    log_prob = (clip_unit @ rung_unit.T / temperature).log_softmax(1)
    own: Tensor = torch.special.xlogy(share, share)
    return (own - share * log_prob).sum() / max(len(clip_unit), 1)
