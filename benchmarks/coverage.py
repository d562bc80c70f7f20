"""Whether 95 % intervals hold the truth in 95 of 100 samples, by simulation; run `python -m benchmarks.coverage`."""

from collections.abc import Callable

import numpy as np
from scipy import stats

from echovlm.evaluation.bootstrap import Estimate, PatientResamples
from echovlm.evaluation.differences import paired_difference
from echovlm.evaluation.metrics import auroc

N_SAMPLES, N_RESAMPLES = 600, 400


def rows() -> list[tuple[str, float, str]]:
    """Return the coverage of each case, in percent."""
    figures = []
    for n_patients, prevalence, separation in (
        (300, 0.2, 2.0), (300, 0.1, 2.3), (300, 0.1, 3.0), (300, 0.1, 0.0), (85, 0.3, 1.0), (60, 0.2, 2.0)
    ):  # fmt: skip
        truth = float(stats.norm.cdf(separation / np.sqrt(2)))
        plain, ours, paired = _auroc_case(n_patients, prevalence, separation, truth)
        case = f"AUROC {truth:.3f}, {n_patients} patients, {prevalence:.0%} with"
        figures += [(f"{case}: interval", ours, "%"), (f"{case}: percentiles", plain, "%"),
                    (f"{case}: paired difference", paired, "%")]  # fmt: skip
    for n_patients, share in ((300, 0.98), (85, 0.98), (60, 0.9), (300, 0.5)):
        plain, ours = _share_case(n_patients, share)
        case = f"share {share:.2f}, {n_patients} patients"
        figures += [(f"{case}: interval", ours, "%"), (f"{case}: percentiles", plain, "%")]
    return figures


def _auroc_case(
    n_patients: int, prevalence: float, separation: float, truth: float
) -> tuple[float, float, float]:
    rng, held = np.random.default_rng(5), np.zeros(3)
    patients = [f"p{i:03d}" for i in np.repeat(np.arange(n_patients), 2)]
    resamples = PatientResamples.draw(patients, n_resamples=N_RESAMPLES, seed=0)
    for _ in range(N_SAMPLES):
        sick = rng.random(n_patients) < prevalence
        label, hardness = np.repeat(sick, 2), np.repeat(rng.normal(size=n_patients), 2)
        scores = [
            separation * label + np.sqrt(0.5) * (hardness + rng.normal(size=len(label))) for _ in range(2)
        ]
        first, second = (_estimate(resamples, patients, s, label, int(sick.sum())) for s in scores)
        wide = resamples.interval(first.value, first.replicates, n_patients=n_patients)
        apart = paired_difference(first, second, n_patients=int(sick.sum()))
        held += [_holds(wide, truth), _holds(first, truth), apart.low <= 0 <= apart.high]
    plain, ours, paired = 100 * held / N_SAMPLES
    return float(plain), float(ours), float(paired)


def _estimate(
    resamples: PatientResamples, patients: list[str], score: np.ndarray, label: np.ndarray, n_sick: int
) -> Estimate:
    statistic: Callable[[np.ndarray], np.ndarray] = lambda weight: auroc(score, label, weight)  # noqa: E731
    return resamples.estimate(statistic, patients, bounded_by=n_sick)


def _share_case(n_patients: int, share: float) -> tuple[float, float]:
    rng, held = np.random.default_rng(6), np.zeros(2)
    patients = [f"p{i:03d}" for i in np.repeat(np.arange(n_patients), 3)]
    resamples = PatientResamples.draw(patients, n_resamples=N_RESAMPLES, seed=0)
    for _ in range(N_SAMPLES):
        skill = rng.beta(
            3 * share, 3 * (1 - share), size=n_patients
        )  # of each patient: clips are not independent
        hit = (rng.random((n_patients, 3)) < skill[:, None]).ravel().astype(float)
        ours = resamples.estimate_mean(hit, patients, bounded=True)
        held += [_holds(resamples.estimate_mean(hit, patients), share), _holds(ours, share)]
    plain, bounded = 100 * held / N_SAMPLES
    return float(plain), float(bounded)


def _holds(estimate: Estimate, truth: float) -> bool:
    return bool(estimate.low <= truth <= estimate.high)


if __name__ == "__main__":
    for what, value, unit in rows():
        print(f"{what:<60} {value:6.1f} {unit}", flush=True)
