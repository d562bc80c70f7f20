"""Metrics as functions of sample weights, so that a thousand bootstrap resamples are one array operation.

A resample of patients gives every sample a whole-number weight: how often its patient was drawn. Each
function takes ``weight`` with one row per resample and returns one value per row, NaN where the metric does
not exist in that resample. A row of ones gives the metric of the sample itself.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.special import gammaln


def weighted_mean(
    value: Float[np.ndarray, "sample"], weight: Float[np.ndarray, "resample sample"]
) -> Float[np.ndarray, "resample"]:
    """Return the mean of ``value`` under each row of weights."""
    return _ratio(weight @ value, weight.sum(axis=1))


def weighted_median(
    value: Float[np.ndarray, "sample"], weight: Float[np.ndarray, "resample sample"]
) -> Float[np.ndarray, "resample"]:
    """Return the median of ``value`` under each row of weights; between two middle values, their mean."""
    order = np.argsort(value, kind="stable")
    ordered, running = value[order], np.cumsum(weight[:, order], axis=1)
    if ordered.size == 0:
        return np.full(len(weight), np.nan)
    # Where half of the weight is reached, and where it is passed: binary search, as each row rises.
    last, half = len(ordered) - 1, running[:, -1] / 2
    lower, upper = (
        ordered[[min(int(np.searchsorted(row, h, side)), last) for row, h in zip(running, half, strict=True)]]
        for side in ("left", "right")
    )
    return np.asarray(np.where(running[:, -1] > 0, (lower + upper) / 2, np.nan))


def auroc(
    score: Float[np.ndarray, "sample"],
    label: Bool[np.ndarray, "sample"],
    weight: Float[np.ndarray, "resample sample"],
) -> Float[np.ndarray, "resample"]:
    """Return the chance that a positive sample scores above a negative one; a tie counts half."""
    concordant, pairs = _concordance(score, label, weight)
    return _ratio(concordant, pairs)


def stratified_auroc(
    score: Float[np.ndarray, "sample"],
    label: Bool[np.ndarray, "sample"],
    stratum: Int[np.ndarray, "sample"],
    weight: Float[np.ndarray, "resample sample"],
) -> Float[np.ndarray, "resample"]:
    """Return the AUROC over pairs of one stratum only, all strata's pairs pooled.

    Within views, a model cannot gain by knowing which view it sees, nor lose by scoring views on different
    levels.
    """
    concordant, pairs = np.zeros(len(weight)), np.zeros(len(weight))
    for value in np.unique(stratum):
        chosen = stratum == value
        more, of = _concordance(score[chosen], label[chosen], weight[:, chosen])
        concordant, pairs = concordant + more, pairs + of
    return _ratio(concordant, pairs)


def _concordance(
    score: Float[np.ndarray, "sample"],
    label: Bool[np.ndarray, "sample"],
    weight: Float[np.ndarray, "resample sample"],
) -> tuple[Float[np.ndarray, "resample"], Float[np.ndarray, "resample"]]:
    """Return the weight of concordant positive-negative pairs, and of all such pairs."""
    order = np.argsort(score, kind="stable")
    starts = np.flatnonzero(np.diff(score[order], prepend=-np.inf) > 0) if len(score) else np.zeros(0, int)
    if len(starts) == 0:
        return np.zeros(len(weight)), np.zeros(len(weight))
    ordered = weight[:, order]
    positive = np.add.reduceat(ordered * label[order], starts, axis=1)
    negative = np.add.reduceat(ordered * ~label[order], starts, axis=1)
    negative_below = np.cumsum(negative, axis=1) - negative
    concordant = (positive * (negative_below + negative / 2)).sum(axis=1)
    return concordant, positive.sum(axis=1) * negative.sum(axis=1)


def average_precision(
    score: Float[np.ndarray, "sample"],
    label: Bool[np.ndarray, "sample"],
    weight: Float[np.ndarray, "resample sample"],
) -> Float[np.ndarray, "resample"]:
    """Return the mean precision over all positives, each at its own score; equal scores are one step."""
    if len(score) == 0:
        return np.full(len(weight), np.nan)
    order = np.argsort(-score, kind="stable")
    ends = np.flatnonzero(np.diff(score[order], append=np.nan) != 0)  # NaN differs from everything
    ordered = weight[:, order]
    found, looked = (np.cumsum(part, axis=1)[:, ends] for part in (ordered * label[order], ordered))
    precision = np.divide(found, looked, out=np.zeros_like(found), where=looked > 0)
    gain = np.diff(found, axis=1, prepend=0.0)
    return _ratio((gain * precision).sum(axis=1), found[:, -1])


def balanced_accuracy(
    hit: Float[np.ndarray, "sample"],
    label: Int[np.ndarray, "sample"],
    weight: Float[np.ndarray, "resample sample"],
) -> Float[np.ndarray, "resample"]:
    """Return the mean over classes of the mean ``hit`` in the class; a class that was not drawn is left out.

    ``hit`` is 1 for a right answer and 0 for a wrong one, or the share of right answers.
    """
    recall = np.stack([weighted_mean(hit[label == c], weight[:, label == c]) for c in np.unique(label)])
    drawn = ~np.isnan(recall)
    return _ratio(np.where(drawn, recall, 0.0).sum(axis=0), drawn.sum(axis=0).astype(np.float64))


def dice(first: Bool[np.ndarray, "*shape"], second: Bool[np.ndarray, "*shape"]) -> float:
    """Return twice the overlap over the sum of the sizes; two empty masks agree fully."""
    total = int(first.sum()) + int(second.sum())
    return 1.0 if total == 0 else 2.0 * int((first & second).sum()) / total


def around_best_positive(
    similarity: Float[np.ndarray, "query item"] | Int[np.ndarray, "query item"],
    positive: Bool[np.ndarray, "query item"],
) -> tuple[Float[np.ndarray, "query"], Float[np.ndarray, "query"], Float[np.ndarray, "query"]]:
    """Count the items above the best positive, those that tie with it, and the positive ones among these.

    Raises:
        ValueError: If a query has no positive item.
    """
    if not positive.any(axis=1).all():
        raise ValueError("every query needs at least one positive item; leave the others out")
    best = np.max(similarity, axis=1, where=positive, initial=similarity.min(), keepdims=True)
    tied = similarity == best
    counted = (similarity > best, tied, tied & positive)
    above, ties, tied_positive = (
        np.array([np.count_nonzero(row) for row in each], dtype=np.float64) for each in counted
    )
    return above, ties, tied_positive


def expected_ranks(
    above: Float[np.ndarray, "query"],
    tied: Float[np.ndarray, "query"],
    tied_positive: Float[np.ndarray, "query"],
    *,
    ks: Sequence[int],
) -> dict[str, Float[np.ndarray, "query"]]:
    """Return how high each query ranks its first positive item, from the counts of ``around_best_positive``.

    Where items tie with the best positive one, all are expectations over the order of the tied items, so that equal
    captions cannot be ranked by luck.

    Args:
        above: Items above the best positive one, by query.
        tied: Items that tie with it, itself among them.
        tied_positive: The positive ones among these.
        ks: For which K.

    Returns:
        ``recall@K`` for each of ``ks``, the chance that one of the first K items is positive, and ``rank``, 1 being
        the top.
    """
    around = (above, tied, tied_positive)
    return {f"recall@{k}": _expected_recall(*around, k=k) for k in ks} | {"rank": _expected_rank(*around)}


def _expected_recall(
    above: Float[np.ndarray, "query"],
    tied: Float[np.ndarray, "query"],
    tied_positive: Float[np.ndarray, "query"],
    *,
    k: int,
) -> Float[np.ndarray, "query"]:
    places = np.clip(k - above, 0, tied)
    # Drawing `places` of the tied items without a positive one: C(t - p, places) / C(t, places).
    missed = np.exp(_log_choose(tied - tied_positive, places) - _log_choose(tied, places))
    return np.asarray(1.0 - missed)


def _expected_rank(
    above: Float[np.ndarray, "query"],
    tied: Float[np.ndarray, "query"],
    tied_positive: Float[np.ndarray, "query"],
) -> Float[np.ndarray, "query"]:
    return np.asarray(above + (tied + 1) / (tied_positive + 1))


def _log_choose(
    of: Float[np.ndarray, "query"], taken: Float[np.ndarray, "query"]
) -> Float[np.ndarray, "query"]:
    """Return log C(of, taken), -inf where more are taken than there are."""
    possible = taken <= of
    rest = np.where(possible, of - taken, 0.0)
    log = gammaln(of + 1) - gammaln(taken + 1) - gammaln(rest + 1)
    return np.asarray(np.where(possible, log, -np.inf))


def _ratio(
    top: Float[np.ndarray, "resample"], bottom: Float[np.ndarray, "resample"]
) -> Float[np.ndarray, "resample"]:
    """Divide, giving NaN where there is nothing to divide by."""
    return np.asarray(np.divide(top, bottom, out=np.full(len(top), np.nan), where=bottom > 0))
