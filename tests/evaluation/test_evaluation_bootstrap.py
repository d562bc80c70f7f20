import numpy as np
import pytest

from echovlm.evaluation.statistics.bootstrap import PatientResamples
from echovlm.evaluation.statistics.metrics import auroc, weighted_mean


def mean_of(value):
    return lambda weight: weighted_mean(value, weight)


def test_the_same_seed_draws_the_same_patients_whatever_their_order():
    first = PatientResamples.draw(["b", "a", "c", "a"], n_resamples=50, seed=3)
    second = PatientResamples.draw(["c", "b", "a"], n_resamples=50, seed=3)
    assert first.patient_ids == ("a", "b", "c")
    np.testing.assert_array_equal(first.counts, second.counts)
    assert (first.counts.sum(axis=1) == 3).all()
    assert (PatientResamples.draw(["a", "b", "c"], n_resamples=50, seed=4).counts != first.counts).any()


def test_a_resample_takes_all_clips_of_a_patient_or_none():
    patients = ["a", "a", "b", "b", "b", "c"]
    resamples = PatientResamples.draw(patients, n_resamples=20, seed=0)
    seen = []
    resamples.estimate(lambda weight: seen.append(weight) or weight.sum(axis=1), patients)
    for weight in seen[-1]:
        assert weight[0] == weight[1]
        assert weight[2] == weight[3] == weight[4]


def test_copies_of_a_patients_clips_do_not_narrow_the_interval():
    rng = np.random.default_rng(0)
    patients = [f"p{i}" for i in range(40)]
    value = rng.normal(size=40)
    resamples = PatientResamples.draw(patients, n_resamples=1000, seed=1)
    once = resamples.estimate(mean_of(value), patients)
    tenfold = resamples.estimate(mean_of(np.repeat(value, 10)), list(np.repeat(patients, 10)))
    assert (tenfold.value, tenfold.low, tenfold.high) == pytest.approx((once.value, once.low, once.high))


def coverage(draw, statistic, truth, *, n_patients, n_trials=1000):
    """Share of intervals, each from fresh patients with three clips each, that hold the truth."""
    rng = np.random.default_rng(7)
    patients = [f"p{i:03d}" for i in np.repeat(np.arange(n_patients), 3)]
    resamples = PatientResamples.draw(patients, n_resamples=400, seed=0)
    held = 0
    for _ in range(n_trials):
        estimate = resamples.estimate(statistic(*draw(rng, n_patients)), patients)
        held += estimate.low <= truth <= estimate.high
    return held / n_trials


@pytest.mark.parametrize("n_patients", [12, 40])
def test_intervals_of_a_mean_hold_the_truth_in_93_to_97_percent(n_patients):
    def draw(rng, n):
        of_patient = np.repeat(rng.normal(size=n), 3)
        return (of_patient + 0.5 * rng.normal(size=3 * n),)

    assert coverage(draw, mean_of, 0.0, n_patients=n_patients) == pytest.approx(0.95, abs=0.02)


def test_intervals_of_an_auroc_hold_the_truth_in_93_to_97_percent():
    # Positive N(1, 1), negative N(0, 1), half of the variance shared by a patient: AUC = Φ(1/√2) = 0.7602.
    def draw(rng, n):
        label = np.repeat(rng.random(n) < 0.4, 3)
        score = label + np.sqrt(0.5) * (np.repeat(rng.normal(size=n), 3) + rng.normal(size=3 * n))
        return score, label

    def statistic(score, label):
        return lambda weight: auroc(score, label, weight)

    assert coverage(draw, statistic, 0.76025, n_patients=60) == pytest.approx(0.95, abs=0.02)


def test_a_metric_that_most_resamples_lack_has_no_interval():
    patients = [f"p{i}" for i in range(9)]
    resamples = PatientResamples.draw(patients, n_resamples=100, seed=0)
    nowhere = resamples.estimate(lambda weight: np.full(len(weight), np.nan), patients)
    assert np.isnan([nowhere.value, nowhere.low, nowhere.high]).all()
    single = PatientResamples.draw(["a"], n_resamples=100, seed=0).estimate(mean_of(np.array([2.0])), ["a"])
    assert single.value == 2.0
    assert np.isnan(single.low)


def test_the_mean_of_metrics_is_resampled_together():
    patients = [f"p{i}" for i in range(30)]
    value = np.random.default_rng(1).normal(size=30)
    resamples = PatientResamples.draw(patients, n_resamples=500, seed=0)
    up, down = resamples.estimate(mean_of(value), patients), resamples.estimate(mean_of(-value), patients)
    both = resamples.mean([up, down])
    assert both.high - both.low == pytest.approx(0, abs=1e-12)


def test_no_patient_and_no_resample_are_refused():
    with pytest.raises(ValueError, match="0 patients"):
        PatientResamples.draw([], n_resamples=10, seed=0)
    with pytest.raises(ValueError, match="0 resamples"):
        PatientResamples.draw(["a"], n_resamples=0, seed=0)
