"""Intervals by resampling patients, never clips: the clips of one patient are not independent."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from jaxtyping import Float, Int
from scipy import stats

# One value per row of weights; see `metrics`.
Statistic = Callable[[Float[np.ndarray, "resample sample"]], Float[np.ndarray, "resample"]]

_CHUNK = 250  # resamples per pass, so that a thousand of them over ten thousand samples stay small


@dataclass(frozen=True, slots=True, eq=False)
class Estimate:
    """A metric of the sample with its interval.

    Attributes:
        value: The metric; NaN when it does not exist for the sample.
        low: Lower end of the interval; NaN when too few resamples have the metric.
        high: Upper end.
        replicates: The metric of each resample; equal positions of two estimates drew the same patients, so
            that their difference is paired.
    """

    value: float
    low: float
    high: float
    replicates: Float[np.ndarray, "resample"]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class PatientResamples:
    """How often each patient was drawn in each resample; one set serves all metrics of a run.

    Attributes:
        patient_ids: Sorted, without repeats.
        counts: Draws per resample and patient; each row sums to the number of patients.
        coverage_frac: Nominal coverage of the intervals.
    """

    patient_ids: tuple[str, ...]
    counts: Int[np.ndarray, "resample patient"]
    coverage_frac: float = 0.95

    def __repr__(self) -> str:
        return f"PatientResamples({len(self.counts)} of {len(self.patient_ids)} patients)"

    @classmethod
    def draw(cls, patient_ids: Sequence[str], *, n_resamples: int, seed: int) -> Self:
        """Draw patients with replacement; the order and the repeats of ``patient_ids`` do not matter.

        Raises:
            ValueError: If there is no patient, or no resample is asked for.
        """
        distinct = tuple(sorted(set(patient_ids)))
        if not distinct or n_resamples < 1:
            raise ValueError(
                "a bootstrap needs at least one patient and one resample; "
                f"got {len(distinct)} patients and {n_resamples} resamples"
            )
        equal = np.full(len(distinct), 1 / len(distinct))
        return cls(distinct, np.random.default_rng(seed).multinomial(len(distinct), equal, size=n_resamples))

    def estimate(self, statistic: Statistic, patient_ids: Sequence[str]) -> Estimate:
        """Return the statistic of a sample, whose patients are ``patient_ids``, with its interval."""
        place = {patient_id: index for index, patient_id in enumerate(self.patient_ids)}
        column = np.array([place[patient_id] for patient_id in patient_ids], dtype=np.int64)
        value = float(statistic(np.ones((1, len(column))))[0])
        replicates = np.concatenate(
            [
                statistic(self.counts[start : start + _CHUNK, column].astype(np.float64))
                for start in range(0, len(self.counts), _CHUNK)
            ]
        )
        return self.interval(value, replicates, n_patients=len(set(patient_ids)))

    def mean(self, estimates: Sequence[Estimate]) -> Estimate:
        """Return the mean of several metrics of the same patients, each defined on the whole sample.

        A resample that lacks one of them, such as a rare finding that nobody drawn has, averages the others.
        """
        replicates = np.stack([estimate.replicates for estimate in estimates])
        drawn = ~np.isnan(replicates)
        total = np.where(drawn, replicates, 0.0).sum(axis=0)
        mean = np.divide(total, drawn.sum(axis=0), out=np.full(len(total), np.nan), where=drawn.any(axis=0))
        values = [estimate.value for estimate in estimates]
        return self.interval(float(np.mean(values)), mean, n_patients=len(self.patient_ids))

    def interval(
        self, value: float, replicates: Float[np.ndarray, "resample"], *, n_patients: int
    ) -> Estimate:
        """Return the expanded percentile interval of the replicates (Hesterberg 2015, Am. Stat. 69:371).

        The plain percentile interval is too narrow for few patients, by about √((n-1)/n) and by taking normal
        for Student quantiles; the expansion moves the two percentiles outwards to make up for both. There is
        no interval when fewer than half of the resamples have the metric, or for a single patient.
        """
        known = replicates[~np.isnan(replicates)]
        if n_patients < 2 or 2 * len(known) < len(replicates) or np.isnan(value):
            return Estimate(value, np.nan, np.nan, replicates)
        student = stats.t.ppf((1 - self.coverage_frac) / 2, n_patients - 1)
        tail = float(stats.norm.cdf(student * np.sqrt(n_patients / (n_patients - 1))))
        low, high = np.quantile(known, [tail, 1 - tail])
        return Estimate(value, float(low), float(high), replicates)
