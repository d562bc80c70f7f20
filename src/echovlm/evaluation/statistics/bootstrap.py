"""Intervals by resampling patients, never clips: the clips of one patient are not independent."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from jaxtyping import Float, Int
from scipy import stats
from scipy.special import expit, logit

# One value per row of weights; see `metrics`.
Statistic = Callable[[Float[np.ndarray, "resample sample"]], Float[np.ndarray, "resample"]]

_TELLS_NOTHING = 0.15  # of a patient; see `bounded_interval`
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

    def estimate(
        self, statistic: Statistic, patient_ids: Sequence[str], *, bounded_by: int | None = None
    ) -> Estimate:
        """Return the statistic of a sample, whose patients are ``patient_ids``, with its interval.

        Args:
            statistic: What to compute under each row of weights.
            patient_ids: The patient of each sample.
            bounded_by: For a statistic between 0 and 1, the patients that it hangs on: all of them for a share,
                those of the rarer class for an AUROC. The interval is then that of ``bounded_interval``.
        """
        column = self._columns(patient_ids)
        value = float(statistic(np.ones((1, len(column))))[0])
        replicates = np.concatenate(
            [
                statistic(self.counts[start : start + _CHUNK].astype(np.float64).take(column, axis=1))
                for start in range(0, len(self.counts), _CHUNK)
            ]
        )
        if bounded_by is not None:
            return self.bounded_interval(value, replicates, n_patients=bounded_by)
        return self.interval(value, replicates, n_patients=len(set(patient_ids)))

    def estimate_mean(
        self, value: Float[np.ndarray, "sample"], patient_ids: Sequence[str], *, bounded: bool = False
    ) -> Estimate:
        """Return the mean with its interval: ``estimate`` of ``weighted_mean``, through sums of each patient.

        Args:
            value: One number per sample.
            patient_ids: The patient of each sample.
            bounded: Whether every number lies between 0 and 1.
        """
        column = self._columns(patient_ids)
        total, size = (
            np.bincount(column, weights=w, minlength=len(self.patient_ids))
            for w in (value, np.ones(len(column)))
        )
        top, bottom = self.counts @ total, self.counts @ size
        replicates = np.divide(top, bottom, out=np.full(len(top), np.nan), where=bottom > 0)
        interval = self.bounded_interval if bounded else self.interval
        mean = float(np.mean(value)) if len(column) else np.nan
        return interval(mean, replicates, n_patients=len(set(patient_ids)))

    def _columns(self, patient_ids: Sequence[str]) -> Int[np.ndarray, "sample"]:
        place = {patient_id: index for index, patient_id in enumerate(self.patient_ids)}
        return np.array([place[patient_id] for patient_id in patient_ids], dtype=np.int64)

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

    def bounded_interval(
        self, value: float, replicates: Float[np.ndarray, "resample"], *, n_patients: int
    ) -> Estimate:
        """Return the interval of a share or an AUROC, from its spread on the logit scale with Student quantiles.

        Percentiles of a figure near 1 are cut off on one side (Pepe 2003, section 5.2). The logit alone is not
        enough: where few patients have the disease, a figure that came out too high also looks too sure, and its lower
        end lies too high (7 to 11 of 100 samples, where 2.5 are meant). So the end on the side of 0.5 is that of a
        sample with a little of a patient more who tells nothing, as Agresti and Coull (1998, Am. Stat. 52:119) add
        observations to a share. How little was chosen by simulation (``benchmarks/coverage.py``).

        A figure of exactly 0 or 1 has no spread among its resamples; its other end is where ``n_patients`` in a
        row would agree by a chance of 2.5 % (Clopper and Pearson 1934).
        """
        known = replicates[~np.isnan(replicates)]
        if n_patients < 2 or 2 * len(known) < len(replicates) or np.isnan(value):
            return Estimate(value, np.nan, np.nan, replicates)
        tail = (1 - self.coverage_frac) / 2
        if not 0 < value < 1:
            other = tail ** (1 / n_patients)
            low, high = (other, 1.0) if value >= 1 else (0.0, 1 - other)
            return Estimate(value, low, high, replicates)
        half = stats.t.ppf(1 - tail, n_patients - 1) * known.std(ddof=1) / (value * (1 - value))
        low, high = expit(logit(value) - half), expit(logit(value) + half)
        duller = (value * n_patients + 0.5 * _TELLS_NOTHING) / (n_patients + _TELLS_NOTHING)
        # The variance of a share is proportional to p (1 - p).
        wider = half * np.sqrt(value * (1 - value) / (duller * (1 - duller)))
        if value > 0.5:
            low = expit(logit(duller) - wider)
        else:
            high = expit(logit(duller) + wider)
        return Estimate(value, float(low), float(high), replicates)
