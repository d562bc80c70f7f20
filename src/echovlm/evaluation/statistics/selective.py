"""Answering only when sure: what is gained when the least sure answers are left to a reader."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float


@dataclass(frozen=True, slots=True, eq=False)
class RiskCoverage:
    """The share of wrong answers among the surest, from the surest alone to all.

    Attributes:
        coverage_frac: Share of samples answered, rising to 1.
        risk_frac: Share of wrong answers among them.
    """

    coverage_frac: Float[np.ndarray, "sample"]
    risk_frac: Float[np.ndarray, "sample"]

    @property
    def area(self) -> float:
        """Mean risk over all coverages (AURC, Geifman 2019); the plain risk when the order tells nothing."""
        return float(self.risk_frac.mean())

    def risk_at(self, coverage_frac: float) -> float:
        """Return the risk when at least this share is answered."""
        place = int(np.searchsorted(self.coverage_frac, coverage_frac - 1e-9))
        return float(self.risk_frac[min(place, len(self.risk_frac) - 1)])


def risk_coverage(confidence: Float[np.ndarray, "sample"], hit: Float[np.ndarray, "sample"]) -> RiskCoverage:
    """Return the curve of answers ordered by confidence; equally sure ones share their mean.

    Raises:
        ValueError: If there is no sample.
    """
    if len(hit) == 0:
        raise ValueError("a risk-coverage curve needs at least one answer; got none")
    order = np.argsort(-confidence, kind="stable")
    wrong, sure = 1.0 - hit[order], confidence[order]
    _, group = np.unique(-sure, return_inverse=True)
    mean_of_group = np.bincount(group, weights=wrong) / np.bincount(group)
    answered = np.arange(1, len(hit) + 1)
    return RiskCoverage(answered / len(hit), np.cumsum(mean_of_group[group]) / answered)
