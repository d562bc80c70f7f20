import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import balanced_accuracy_score, roc_auc_score

from echovlm.evaluation.retrieval import _count_around
from echovlm.evaluation.statistics.metrics import (
    around_best_positive,
    auroc,
    balanced_accuracy,
    dice,
    expected_ranks,
    stratified_auroc,
    weighted_mean,
    weighted_median,
)

ONE = 1e-9


def rank(similarity, positive, *, ks):
    return expected_ranks(*around_best_positive(similarity, positive), ks=ks)


def sample(seed, n, levels):
    """Scores with ties when `levels` is small, labels of both classes, whole-number weights."""
    rng = np.random.default_rng(seed)
    score = rng.integers(0, levels, n) / levels
    label = rng.random(n) < 0.4
    label[:2] = True, False
    return score, label, rng.integers(0, 4, (5, n)).astype(float), rng


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**31), n=st.integers(4, 60), levels=st.sampled_from([2, 5, 10**6]))
def test_auroc_agrees_with_scikit_learn_under_weights_and_ties(seed, n, levels):
    score, label, weight, _ = sample(seed, n, levels)
    assert auroc(score, label, np.ones((1, n)))[0] == pytest.approx(roc_auc_score(label, score), abs=ONE)
    ours = auroc(score, label, weight)
    for value, row in zip(ours, weight, strict=True):
        if row[label].sum() and row[~label].sum():
            assert value == pytest.approx(roc_auc_score(label, score, sample_weight=row), abs=ONE)
        else:
            assert np.isnan(value)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**31), n=st.integers(4, 30))
def test_a_whole_number_weight_is_a_repeated_sample(seed, n):
    score, label, weight, _ = sample(seed, n, 6)
    for row in weight:
        repeated = np.repeat(np.arange(n), row.astype(int))
        once = np.ones((1, len(repeated)))
        np.testing.assert_allclose(
            auroc(score, label, row[None]), auroc(score[repeated], label[repeated], once), atol=ONE
        )


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**31), n=st.integers(4, 40))
def test_any_rising_function_of_the_score_leaves_auroc_and_reversing_mirrors_it(seed, n):
    score, label, weight, _ = sample(seed, n, 8)
    value = auroc(score, label, weight)
    np.testing.assert_allclose(auroc(np.exp(3 * score), label, weight), value, atol=ONE)
    np.testing.assert_allclose(auroc(-score, label, weight), 1 - value, atol=ONE)


def test_auroc_of_one_class_does_not_exist():
    assert np.isnan(auroc(np.arange(4.0), np.ones(4, bool), np.ones((1, 4)))).all()
    assert np.isnan(auroc(np.zeros(0), np.zeros(0, bool), np.ones((2, 0)))).all()


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**31), n=st.integers(6, 40))
def test_the_stratified_auroc_counts_pairs_of_one_stratum(seed, n):
    score, label, weight, rng = sample(seed, n, 5)
    stratum = rng.integers(0, 3, n)
    pairs = [
        (i, j)
        for i, j in itertools.product(range(n), repeat=2)
        if label[i] and not label[j] and stratum[i] == stratum[j]
    ]
    for value, row in zip(stratified_auroc(score, label, stratum, weight), weight, strict=True):
        total = sum(row[i] * row[j] for i, j in pairs)
        right = sum(row[i] * row[j] * ((score[i] > score[j]) + (score[i] == score[j]) / 2) for i, j in pairs)
        assert np.isnan(value) if total == 0 else value == pytest.approx(right / total, abs=ONE)


def test_an_offset_of_a_view_does_not_change_the_auroc_within_views():
    score, label, _, rng = sample(0, 50, 10**6)
    view = rng.integers(0, 3, 50)
    once = np.ones((1, 50))
    assert stratified_auroc(score + 100 * view, label, view, once) == stratified_auroc(
        score, label, view, once
    )


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**31), n=st.integers(3, 60))
def test_balanced_accuracy_agrees_with_scikit_learn(seed, n):
    rng = np.random.default_rng(seed)
    label, guess = rng.integers(0, 4, n), rng.integers(0, 4, n)
    label[:2] = 0, 1
    guess = np.where(np.isin(guess, label), guess, label[0])
    weight = np.vstack([np.ones(n), rng.integers(1, 4, n)])
    hit = (guess == label).astype(float)
    for value, row in zip(balanced_accuracy(hit, label, weight), weight, strict=True):
        expected = balanced_accuracy_score(label, guess, sample_weight=row)
        assert value == pytest.approx(expected, abs=ONE)


def test_the_mean_of_a_resample_without_samples_does_not_exist():
    value = weighted_mean(np.array([1.0, 2.0]), np.array([[1.0, 3.0], [0.0, 0.0]]))
    assert value[0] == pytest.approx(1.75)
    assert np.isnan(value[1])


def test_dice_of_halves_and_of_nothing():
    left, both = np.array([1, 1, 0, 0], bool), np.array([1, 1, 1, 1], bool)
    assert dice(left, ~left) == 0.0
    assert dice(left, both) == pytest.approx(2 / 3)
    assert dice(left & ~left, left & ~left) == 1.0


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**31), n_items=st.integers(1, 6), k=st.integers(1, 7))
def test_recall_and_rank_are_expectations_over_every_order_of_tied_items(seed, n_items, k):
    rng = np.random.default_rng(seed)
    similarity = rng.integers(0, 3, (4, n_items)).astype(float)
    positive = rng.random((4, n_items)) < 0.4
    positive[:, 0] = True
    ranked = rank(similarity, positive, ks=(k,))
    recall, first = ranked[f"recall@{k}"], ranked["rank"]
    for query in range(4):
        orders = [
            sorted(range(n_items), key=lambda i, q=query, o=order: (-similarity[q, i], o[i]))
            for order in itertools.permutations(range(n_items))
        ]
        firsts = [1 + min(place for place, i in enumerate(o) if positive[query, i]) for o in orders]
        assert first[query] == pytest.approx(np.mean(firsts), abs=ONE)
        assert recall[query] == pytest.approx(np.mean([first <= k for first in firsts]), abs=ONE)


def test_chance_recall_is_the_share_of_positives():
    positive = np.zeros((1, 20), bool)
    positive[0, :3] = True
    ranked = rank(np.zeros(positive.shape), positive, ks=(1, 20))
    assert ranked["recall@1"][0] == pytest.approx(3 / 20)
    assert ranked["recall@20"][0] == pytest.approx(1.0)


def test_a_query_without_a_positive_item_is_refused():
    with pytest.raises(ValueError, match="at least one positive"):
        rank(np.zeros((2, 3)), np.array([[True, False, False], [False] * 3]), ks=(1,))


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**31), n=st.integers(2, 150))
def test_queries_counted_some_at_a_time_are_ranked_as_by_the_whole_table(seed, n):
    rng = np.random.default_rng(seed)
    asked, found = rng.integers(-2, 3, (2, n, 3)).astype(float)  # whole numbers, so that many tie
    group = rng.integers(0, 4, n)
    table = asked @ found.T
    counts = _count_around(asked, found, group)
    for name, positive in (("around ", group[:, None] == group), ("around exact", np.eye(n, dtype=bool))):
        np.testing.assert_array_equal(counts[name], around_best_positive(table, positive))


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**31), n=st.integers(1, 12))
def test_a_median_under_weights_is_that_of_repeated_values(seed, n):
    rng = np.random.default_rng(seed)
    value, weight = rng.integers(0, 5, n) / 2, rng.integers(0, 4, (6, n))
    for found, row in zip(weighted_median(value, weight.astype(float)), weight, strict=True):
        repeated = np.repeat(value, row)
        assert found == pytest.approx(np.median(repeated), abs=ONE) if len(repeated) else np.isnan(found)
