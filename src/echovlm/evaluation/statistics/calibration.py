"""Whether a probability means what it says: reliability, Brier score, expected calibration error, recalibration."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

N_BINS: Final = 10


@dataclass(frozen=True, slots=True, eq=False)
class Reliability:
    """A reliability diagram; bins without a sample are left out.

    Attributes:
        predicted_prob: Mean predicted probability in each bin.
        observed_frac: Share of positives in each bin.
        n: Samples in each bin.
    """

    predicted_prob: Float[np.ndarray, "bin"]
    observed_frac: Float[np.ndarray, "bin"]
    n: Int[np.ndarray, "bin"]


def reliability(
    prob: Float[np.ndarray, "sample"], label: Bool[np.ndarray, "sample"], *, n_bins: int = N_BINS
) -> Reliability:
    """Return predicted against observed in bins of equal width."""
    place = _bins(prob, n_bins)
    n = np.bincount(place, minlength=n_bins)
    filled = n > 0
    predicted, observed = (np.bincount(place, weights=v, minlength=n_bins)[filled] for v in (prob, label))
    return Reliability(predicted / n[filled], observed / n[filled], n[filled])


def expected_calibration_error(
    prob: Float[np.ndarray, "sample"],
    label: Bool[np.ndarray, "sample"],
    weight: Float[np.ndarray, "resample sample"],
    *,
    n_bins: int = N_BINS,
) -> Float[np.ndarray, "resample"]:
    """Return the mean distance between predicted and observed over bins of equal width (Guo et al. 2017).

    It is never negative, so over few samples it is above 0 for a perfect model too.
    """
    total = weight.sum(axis=1)
    gap = np.zeros(len(weight))
    place = _bins(prob, n_bins)
    for index in np.unique(place):
        chosen = place == index
        gap += np.abs(weight[:, chosen] @ (prob[chosen] - label[chosen]))
    return np.asarray(np.divide(gap, total, out=np.full(len(total), np.nan), where=total > 0))


def brier_scores(
    prob: Float[np.ndarray, "sample"], label: Bool[np.ndarray, "sample"]
) -> Float[np.ndarray, "sample"]:
    """Return each sample's squared distance from the truth; their mean is the Brier score (Brier 1950)."""
    return np.asarray(np.square(prob - label))


def _bins(prob: Float[np.ndarray, "sample"], n_bins: int) -> Int[np.ndarray, "sample"]:
    return np.asarray(np.minimum((prob * n_bins).astype(np.int64), n_bins - 1))


@dataclass(frozen=True, slots=True)
class Recalibration:
    """A logistic curve from score to probability (Platt 1999), learnt on other patients than it is used on.

    Attributes:
        slope: Log-odds per unit of score; above 0, so that the order of scores stays.
        intercept: Log-odds at score 0.
    """

    slope: float
    intercept: float

    def __call__(self, score: Float[np.ndarray, "sample"]) -> Float[np.ndarray, "sample"]:
        """Return probabilities."""
        return np.asarray(expit(self.slope * score + self.intercept))


def recalibrate(
    score: Float[np.ndarray, "sample"], label: Bool[np.ndarray, "sample"]
) -> Recalibration | None:
    """Fit the curve; ``None`` when one class is missing or scores run against the labels."""
    if label.all() or not label.any():
        return None
    spread = float(score.std()) or 1.0
    fitted = LogisticRegression(C=1e3).fit(score[:, None] / spread, label)
    slope = float(fitted.coef_[0, 0]) / spread
    return Recalibration(slope, float(fitted.intercept_[0])) if slope > 0 else None
