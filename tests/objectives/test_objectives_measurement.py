"""Measured values as targets: regression, order, and the ladder of numbers."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F  # noqa: N812

from echovlm.objectives import ladder_loss, ladder_share, measurement_loss, ordinal_ranking_loss

CLIPS, QUANTITIES = 6, 3


def values(seed, *, measured_share=0.7):
    generator = torch.Generator().manual_seed(seed)
    predicted, target = torch.randn(2, CLIPS, QUANTITIES, generator=generator, dtype=torch.float64)
    measured = torch.rand(CLIPS, QUANTITIES, generator=generator) < measured_share
    return predicted, target, measured


def plain_ranking(predicted, target, measured, tolerance):
    """RankNet's cross-entropy with a certain target, as loops over ordered pairs."""
    losses = [
        math.log1p(math.exp(-float(predicted[i, q] - predicted[j, q])))
        for q in range(QUANTITIES)
        for i in range(CLIPS)
        for j in range(CLIPS)
        if measured[i, q] and measured[j, q] and target[i, q] - target[j, q] > tolerance
    ]
    return sum(losses) / len(losses) if losses else 0.0


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**31), tolerance=st.floats(0, 1), chunk=st.integers(1, CLIPS + 1))
def test_ranking_is_ranknet_over_the_pairs_that_have_an_order(seed, tolerance, chunk):
    predicted, target, measured = values(seed)
    fast = ordinal_ranking_loss(predicted, target, measured, tolerance=tolerance, chunk_rows=chunk)
    assert float(fast) == pytest.approx(plain_ranking(predicted, target, measured, tolerance), rel=1e-9)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**31), order=st.permutations(range(CLIPS)), scale=st.floats(0.1, 10))
def test_the_order_of_clips_and_the_reader_s_scale_do_not_matter(seed, order, scale):
    predicted, target, measured = values(seed)
    loss = ordinal_ranking_loss(predicted, target, measured, tolerance=0)
    torch.testing.assert_close(
        ordinal_ranking_loss(predicted[order], target[order], measured[order], tolerance=0), loss
    )
    torch.testing.assert_close(
        ordinal_ranking_loss(predicted, scale * target + 3, measured, tolerance=0), loss
    )


def test_what_was_not_measured_is_never_ranked_even_when_it_is_no_number():
    predicted, target, measured = values(0)
    holes = torch.where(measured, target, torch.nan)
    torch.testing.assert_close(
        ordinal_ranking_loss(predicted, holes, measured, tolerance=0.1),
        ordinal_ranking_loss(predicted, target, measured, tolerance=0.1),
    )
    nothing = torch.zeros_like(measured)
    assert ordinal_ranking_loss(predicted, target, nothing, tolerance=0) == 0
    assert measurement_loss(predicted, holes, nothing) == 0


def test_ranking_has_the_gradient_of_its_formula_in_chunks_too():
    predicted, target, measured = values(3)
    predicted.requires_grad_(True)
    for chunk in (2, CLIPS):
        assert torch.autograd.gradcheck(
            lambda p, rows=chunk: ordinal_ranking_loss(p, target, measured, tolerance=0.2, chunk_rows=rows),
            (predicted,),
        )
    with pytest.raises(ValueError, match="tolerance must be at least 0"):
        ordinal_ranking_loss(predicted, target, measured, tolerance=-1)


@settings(max_examples=50, deadline=None)
@given(
    value=st.floats(-3, 3),
    rungs=st.lists(st.integers(-200, 200), min_size=2, max_size=9, unique=True),
)
def test_a_value_on_the_ladder_is_the_expectation_of_its_shares(value, rungs):
    ladder = torch.tensor(sorted(rungs), dtype=torch.float64) / 100
    share = ladder_share(torch.tensor([value], dtype=torch.float64), ladder)
    assert (share >= 0).all()
    assert float(share.sum()) == pytest.approx(1)
    assert float((share * ladder).sum()) == pytest.approx(
        min(max(value, float(ladder[0])), float(ladder[-1])), abs=1e-9
    )
    assert int((share > 0).sum()) <= 2


def test_the_ladder_asks_for_the_sentence_with_the_number():
    rungs = torch.eye(4, dtype=torch.float64)
    ladder = torch.arange(4, dtype=torch.float64)
    share = ladder_share(torch.tensor([2.0, 0.5], dtype=torch.float64), ladder)
    right = F.normalize(torch.tensor([[0.0, 0, 1, 0], [1, 1, 0, 0]], dtype=torch.float64))
    assert float(ladder_loss(right, rungs, share, temperature=0.01)) == pytest.approx(0, abs=1e-9)
    assert float(ladder_loss(-right, rungs, share, temperature=0.1)) > 1
    undecided = torch.full((2, 4), 0.5, dtype=torch.float64)
    # Between certain (log 4) and shared by two rungs (log 4 - log 2).
    assert float(ladder_loss(undecided, rungs, share, temperature=0.1)) == pytest.approx(
        (math.log(4) + math.log(2)) / 2
    )
    assert ladder_loss(right[:0], rungs, share[:0], temperature=0.1) == 0


def test_the_ladder_s_gradient_is_that_of_its_formula():
    clip = F.normalize(torch.randn(3, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(1)))
    rung = F.normalize(torch.randn(4, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(2)))
    share = ladder_share(torch.tensor([0.2, 1.7, 3.0], dtype=torch.float64), torch.arange(4.0).double())
    clip.requires_grad_(True)
    rung.requires_grad_(True)
    assert torch.autograd.gradcheck(lambda c, r: ladder_loss(c, r, share, temperature=0.5), (clip, rung))
