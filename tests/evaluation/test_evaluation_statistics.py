from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.calibration import calibration_curve
from sklearn.metrics import average_precision_score, brier_score_loss, roc_curve

from echovlm.evaluation.answers import Answers
from echovlm.evaluation.statistics.bootstrap import PatientResamples
from echovlm.evaluation.statistics.boundary import hausdorff_95_mm
from echovlm.evaluation.statistics.calibration import (
    brier_scores,
    expected_calibration_error,
    recalibrate,
    reliability,
)
from echovlm.evaluation.statistics.differences import paired_difference
from echovlm.evaluation.statistics.metrics import auroc, average_precision, dice, weighted_mean
from echovlm.evaluation.statistics.multiplicity import holm
from echovlm.evaluation.statistics.operating import youden_threshold
from echovlm.evaluation.statistics.selective import risk_coverage
from echovlm.evaluation.subgroups import score_subgroups

NEAR = 1e-6


def sample(seed, n, levels=10**6):
    rng = np.random.default_rng(seed)
    prob = rng.integers(0, levels, n) / levels
    label = rng.random(n) < 0.4
    label[:2] = True, False
    return prob, label, rng


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**31), n=st.integers(4, 80), levels=st.sampled_from([3, 10**6]))
def test_average_precision_agrees_with_scikit_learn_under_weights_and_ties(seed, n, levels):
    prob, label, rng = sample(seed, n, levels)
    weight = rng.integers(0, 4, (4, n)).astype(float)
    for value, row in zip(average_precision(prob, label, weight), weight, strict=True):
        if row[label].sum():
            assert value == pytest.approx(average_precision_score(label, prob, sample_weight=row), abs=NEAR)
        else:
            assert np.isnan(value)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**31), n=st.integers(4, 200))
def test_brier_and_reliability_agree_with_scikit_learn(seed, n):
    prob, label, _ = sample(seed, n)
    assert brier_scores(prob, label).mean() == pytest.approx(brier_score_loss(label, prob), abs=NEAR)
    observed, predicted = calibration_curve(label, prob, n_bins=10)
    ours = reliability(prob, label)
    np.testing.assert_allclose(ours.observed_frac, observed, atol=NEAR)
    np.testing.assert_allclose(ours.predicted_prob, predicted, atol=NEAR)
    by_hand = np.abs(predicted - observed) @ ours.n / n
    ece = expected_calibration_error(prob, label, np.ones((1, n)))[0]
    assert ece == pytest.approx(by_hand, abs=NEAR)


def test_a_weight_counts_a_sample_again_in_the_calibration_error():
    prob, label, rng = sample(3, 50)
    weight = rng.integers(0, 4, (1, 50)).astype(float)
    again = np.repeat(np.arange(50), weight[0].astype(int))
    repeated = expected_calibration_error(prob[again], label[again], np.ones((1, len(again))))
    assert expected_calibration_error(prob, label, weight)[0] == pytest.approx(repeated[0], abs=NEAR)


def test_recalibration_gives_back_the_odds_that_made_the_labels():
    rng = np.random.default_rng(0)
    score = rng.normal(size=20_000)
    label = rng.random(20_000) < 1 / (1 + np.exp(-(2.0 * score - 1.0)))
    curve = recalibrate(score, label)
    assert (curve.slope, curve.intercept) == (pytest.approx(2.0, abs=0.1), pytest.approx(-1.0, abs=0.1))
    assert expected_calibration_error(curve(score), label, np.ones((1, 20_000)))[0] < 0.02


def test_scores_that_run_against_the_labels_are_not_recalibrated():
    score = np.linspace(0, 1, 20)
    assert recalibrate(score, score < 0.5) is None
    assert recalibrate(score, score < 2) is None


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**31), n=st.integers(4, 60), levels=st.sampled_from([4, 10**6]))
def test_no_other_threshold_beats_youdens(seed, n, levels):
    prob, label, _ = sample(seed, n, levels)
    threshold = youden_threshold(prob, label)
    said = prob >= threshold
    reached = said[label].mean() - said[~label].mean()
    false, true, _ = roc_curve(label, prob, drop_intermediate=False)
    assert reached == pytest.approx((true - false).max(), abs=NEAR)
    assert threshold not in prob


def test_a_threshold_needs_both_classes():
    assert youden_threshold(np.array([0.1, 0.2]), np.array([True, True])) is None
    assert youden_threshold(np.zeros(0), np.zeros(0, bool)) is None


def test_holm_corrects_as_in_his_worked_example():
    # p of 0.01, 0.04, 0.03, 0.005: times 4 for the least, then 3, 2, 1, never falling.
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx((0.03, 0.06, 0.06, 0.02))
    assert holm([0.6, 0.9]) == (1.0, 1.0)
    assert holm([]) == ()
    with pytest.raises(ValueError, match="p-values lie in"):
        holm([0.2, np.nan])


@given(st.lists(st.floats(0, 1), min_size=1, max_size=36))
def test_holm_lies_between_the_plain_p_values_and_bonferroni(p_values):
    corrected = holm(p_values)
    for plain, ours in zip(p_values, corrected, strict=True):
        assert plain <= ours <= min(1.0, len(p_values) * plain) + 1e-12


def test_a_console_gets_a_figure_of_its_own_where_ten_patients_were_seen_with_it(test_rows):
    machines = {f"s{n:03d}": "Acme 1" if n < 12 else "Acme 2" if n < 21 else None for n in range(30)}
    rows = [replace(row, console=machines[row.study_id]) for row in test_rows]
    hit = np.array([row.console == "Acme 1" for row in rows], float)
    ids = tuple(row.clip_id for row in rows), tuple(row.patient_id for row in rows)
    answers = [Answers("view/x", "image", "", *ids, {"hit": hit}, ("accuracy",))]
    resamples = PatientResamples.draw(ids[1], n_resamples=20, seed=0)
    scored = score_subgroups(answers, {"view/x": "accuracy"}, rows, {}, resamples)
    found = {one.result.subgroup: (one.result.value, one.result.n_patients) for one in scored}
    told = {group: figures for group, figures in found.items() if group.startswith("console")}
    assert told == {"console: Acme 1": (1.0, 12)}, "nine patients of the other one are too few"


def test_two_models_that_share_their_errors_differ_by_less_than_their_intervals_suggest():
    rng = np.random.default_rng(1)
    patients = [f"p{i}" for i in range(120)]
    label = rng.random(120) < 0.4
    shared = rng.normal(size=120)
    scores = [label + shared + 0.2 * rng.normal(size=120) for _ in range(2)]
    resamples = PatientResamples.draw(patients, n_resamples=500, seed=0)
    first, second = (
        resamples.estimate(lambda w, s=s: auroc(s, label, w), patients, bounded_by=int(label.sum()))
        for s in scores
    )
    paired = paired_difference(first, second, n_patients=int(label.sum()))
    assert paired.low < paired.value < paired.high
    assert paired.high - paired.low < 0.5 * (first.high - first.low)
    assert paired.p_value > 0.05
    same = paired_difference(first, first, n_patients=40)
    assert (same.value, same.low, same.high, same.p_value) == (0, 0, 0, 1)


def test_differences_of_other_resamples_are_refused():
    short, long = (
        PatientResamples.draw(["a", "b"], n_resamples=n, seed=0).estimate_mean(np.arange(2.0), ["a", "b"])
        for n in (10, 20)
    )
    with pytest.raises(ValueError, match="equal resamples; got 10 and 20"):
        paired_difference(short, long, n_patients=2)


def test_sums_of_patients_give_the_same_mean_and_interval_as_single_samples():
    rng = np.random.default_rng(0)
    patients = [f"p{i % 30}" for i in range(100)]
    value = rng.random(100)
    resamples = PatientResamples.draw(patients, n_resamples=200, seed=0)
    slow = resamples.estimate(lambda w: weighted_mean(value, w), patients, bounded_by=30)
    fast = resamples.estimate_mean(value, patients, bounded=True)
    np.testing.assert_allclose(fast.replicates, slow.replicates)
    assert (fast.value, fast.low, fast.high) == pytest.approx((slow.value, slow.low, slow.high))


def test_an_interval_of_a_share_stays_between_0_and_1_and_is_never_a_point():
    patients = [f"p{i}" for i in range(50)]
    resamples = PatientResamples.draw(patients, n_resamples=200, seed=0)
    all_right = resamples.estimate_mean(np.ones(50), patients, bounded=True)
    assert (all_right.low, all_right.high) == (pytest.approx(0.025 ** (1 / 50)), 1.0)
    one_wrong = resamples.estimate_mean((np.arange(50) > 0).astype(float), patients, bounded=True)
    assert 0.8 < one_wrong.low < one_wrong.value < one_wrong.high < 1


def coverage_of_auroc(n_patients, prevalence, separation, n_trials, n_resamples=300):
    """Share of intervals that hold the true AUROC, two clips a patient, and of paired ones that hold 0."""
    rng, held, paired_held = np.random.default_rng(5), 0, 0
    patients = [f"p{i:03d}" for i in np.repeat(np.arange(n_patients), 2)]
    resamples = PatientResamples.draw(patients, n_resamples=n_resamples, seed=0)
    truth = stats.norm.cdf(separation / np.sqrt(2))
    for _ in range(n_trials):
        sick = rng.random(n_patients) < prevalence
        label, hardness = np.repeat(sick, 2), np.repeat(rng.normal(size=n_patients), 2)
        n_sick = int(sick.sum())
        scores = [
            separation * label + np.sqrt(0.5) * (hardness + rng.normal(size=len(label))) for _ in range(2)
        ]
        first, second = (
            resamples.estimate(lambda w, s=s: auroc(s, label, w), patients, bounded_by=n_sick)  # noqa: B023
            for s in scores
        )
        held += first.low <= truth <= first.high
        apart = paired_difference(first, second, n_patients=n_sick)
        paired_held += apart.low <= 0 <= apart.high
    return held / n_trials, paired_held / n_trials


def test_intervals_of_a_high_auroc_and_of_a_paired_difference_hold_the_truth_in_93_to_97_percent():
    # Positive N(2, 1), negative N(0, 1): AUC = Φ(2/√2) = 0.9214. benchmarks/coverage.py has more cases.
    alone, paired = coverage_of_auroc(120, 0.25, 2.0, n_trials=400)
    assert alone == pytest.approx(0.95, abs=0.02)
    assert paired == pytest.approx(0.95, abs=0.02)


def test_intervals_of_an_auroc_of_98_percent_over_few_with_the_disease_hold_it_in_93_to_97_percent():
    # The logit with Student quantiles held it in 91: a figure that came out too high looked too sure.
    alone, _ = coverage_of_auroc(300, 0.1, 3.0, n_trials=300, n_resamples=150)
    assert alone == pytest.approx(0.95, abs=0.02)


@given(value=st.floats(0.01, 0.99), spread=st.floats(1e-3, 0.3), n=st.integers(3, 400))
def test_an_interval_of_a_figure_and_of_its_complement_mirror_each_other(value, spread, n):
    resamples = PatientResamples.draw(["a", "b", "c"], n_resamples=40, seed=0)
    noise = np.linspace(-spread, spread, 40)
    one = resamples.bounded_interval(value, value + noise, n_patients=n)
    other = resamples.bounded_interval(1 - value, 1 - value - noise, n_patients=n)
    assert (1 - one.high, 1 - one.low) == pytest.approx((other.low, other.high), abs=1e-9)
    assert 0 <= one.low < value < one.high <= 1


def test_leaving_out_the_least_sure_lowers_the_risk_only_if_confidence_tells():
    rng = np.random.default_rng(0)
    hit = (rng.random(2000) < 0.8).astype(float)
    telling = risk_coverage(hit + 0.5 * rng.normal(size=2000), hit)
    blind = risk_coverage(np.zeros(2000), hit)
    assert telling.risk_at(1.0) == pytest.approx(blind.risk_at(1.0)) == pytest.approx(1 - hit.mean())
    assert telling.risk_at(0.5) < 0.05
    assert blind.risk_at(0.5) == pytest.approx(1 - hit.mean())
    assert blind.area == pytest.approx(1 - hit.mean())
    assert telling.area < 0.5 * blind.area


def test_a_curve_of_four_answers_by_hand():
    curve = risk_coverage(np.array([0.9, 0.8, 0.8, 0.1]), np.array([1.0, 0.0, 1.0, 0.0]))
    np.testing.assert_allclose(curve.coverage_frac, [0.25, 0.5, 0.75, 1.0])
    np.testing.assert_allclose(curve.risk_frac, [0, 0.25, 1 / 3, 0.5])
    with pytest.raises(ValueError, match="at least one answer"):
        risk_coverage(np.zeros(0), np.zeros(0))


@pytest.fixture(scope="module")
def monai_metrics():
    torch = pytest.importorskip("torch")
    metrics = pytest.importorskip("monai.metrics", reason="MONAI is a development dependency")

    def both(first, second, spacing):
        one, two = (torch.from_numpy(m)[None, None].float() for m in (first, second))
        distance = metrics.compute_hausdorff_distance(
            one, two, percentile=95, include_background=True, spacing=spacing
        )
        overlap = metrics.compute_dice(one, two, include_background=True)
        return float(distance[0, 0]), float(overlap[0, 0])

    return both


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**31), spacing=st.sampled_from([1.0, 0.37]))
def test_dice_and_hausdorff_agree_with_monai(monai_metrics, seed, spacing):
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:40, :50]
    masks = []
    for _ in range(2):
        centre, radius = rng.uniform(12, 28, 2), rng.uniform(3, 11, 2)
        mask = ((y - centre[0]) / radius[0]) ** 2 + ((x - centre[1]) / radius[1]) ** 2 <= 1
        masks.append(mask ^ (rng.random(mask.shape) < 0.01))
    if not (masks[0].any() and masks[1].any()):
        return
    distance, overlap = monai_metrics(*masks, spacing)
    assert hausdorff_95_mm(*masks, spacing_mm=spacing) == pytest.approx(distance, abs=1e-5, rel=1e-6)
    assert dice(*masks) == pytest.approx(overlap, abs=NEAR)


def test_a_shifted_square_is_its_shift_away_in_millimetres():
    first = np.zeros((60, 60), bool)
    first[20:40, 20:40] = True
    shifted = np.roll(first, 3, axis=1)
    assert hausdorff_95_mm(first, shifted, spacing_mm=0.5) == pytest.approx(1.5)
    assert hausdorff_95_mm(first, first, spacing_mm=0.5) == 0.0
    empty = np.zeros_like(first)
    assert hausdorff_95_mm(empty, empty, spacing_mm=0.5) == 0.0
    assert hausdorff_95_mm(first, empty, spacing_mm=0.5) == np.inf
