"""Two models on the same patients: the difference of a metric with its interval and its p-value."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from echovlm.evaluation.statistics.bootstrap import Estimate


@dataclass(frozen=True, slots=True)
class Difference:
    """How much the first model exceeds the second.

    Attributes:
        value: First minus second.
        low: Lower end of the 95 % interval; NaN without one.
        high: Upper end.
        p_value: Two-sided, of no difference; 1 when no resample tells the models apart.
    """

    value: float
    low: float
    high: float
    p_value: float


def paired_difference(
    first: Estimate, second: Estimate, *, n_patients: int, coverage_frac: float = 0.95
) -> Difference:
    """Return the difference of two estimates whose resamples drew the same patients.

    What makes a patient hard for both models cancels in each resample, so the interval is narrower than one
    that takes the two as independent.

    Args:
        first: Of one model.
        second: Of the other, over the same ``PatientResamples``.
        n_patients: Patients that the metric hangs on; those of the rarer class for an AUROC.
        coverage_frac: Nominal coverage of the interval.

    Raises:
        ValueError: If the two were not resampled alike.
    """
    if len(first.replicates) != len(second.replicates):
        raise ValueError(
            f"a paired difference needs equal resamples; got {len(first.replicates)} and "
            f"{len(second.replicates)}. Estimate both from one PatientResamples."
        )
    value = first.value - second.value
    apart = first.replicates - second.replicates
    apart = apart[~np.isnan(apart)]
    if n_patients < 2 or 2 * len(apart) < len(first.replicates) or np.isnan(value):
        return Difference(value, np.nan, np.nan, np.nan)
    error = float(apart.std(ddof=1)) * np.sqrt(n_patients / (n_patients - 1))
    if error < 1e-12:
        return Difference(value, value, value, 1.0 if abs(value) < 1e-12 else 0.0)
    half = float(stats.t.ppf((1 + coverage_frac) / 2, n_patients - 1)) * error
    p_value = 2 * float(stats.t.sf(abs(value) / error, n_patients - 1))
    return Difference(value, value - half, value + half, p_value)
