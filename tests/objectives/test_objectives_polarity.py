"""Negation, counterfactuals and polarity balance."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F  # noqa: N812

from echovlm.objectives import balanced_polarity_weight, counterfactual_loss, negation_loss

PAIRS, DIM = 5, 4


def unit(seed, size=PAIRS):
    generator = torch.Generator().manual_seed(seed)
    return F.normalize(torch.randn(size, DIM, generator=generator, dtype=torch.float64), dim=1)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**31), temperature=st.floats(0.05, 2.0))
def test_it_is_the_softmax_between_the_statement_and_its_opposite(seed, temperature):
    clip, true, false = unit(seed), unit(seed + 1), unit(seed + 2)
    weight = torch.arange(1.0, PAIRS + 1, dtype=torch.float64)
    plain = 0.0
    for i in range(PAIRS):
        yes = math.exp(float(clip[i] @ true[i]) / temperature)
        no = math.exp(float(clip[i] @ false[i]) / temperature)
        plain -= float(weight[i]) * math.log(yes / (yes + no))
    loss = counterfactual_loss(clip, true, false, weight, temperature=temperature)
    assert float(loss) == pytest.approx(plain / float(weight.sum()), rel=1e-9)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**31))
def test_exchanging_truth_and_counterfactual_exchanges_preference(seed):
    """softplus(-x) - softplus(x) = -x: the two losses differ by the preference itself."""
    clip, true, false, one = (
        unit(seed),
        unit(seed + 1),
        unit(seed + 2),
        torch.ones(PAIRS, dtype=torch.float64),
    )
    forward = counterfactual_loss(clip, true, false, one, temperature=0.5)
    backward = counterfactual_loss(clip, false, true, one, temperature=0.5)
    preference = (clip * (true - false)).sum(1).mean() / 0.5
    torch.testing.assert_close(backward - forward, preference)


def test_a_clip_that_cannot_decide_loses_log_two():
    clip, same = unit(0), unit(1)
    loss = counterfactual_loss(clip, same, same, torch.ones(PAIRS), temperature=0.01)
    assert float(loss) == pytest.approx(math.log(2))


@pytest.mark.parametrize("temperature", [1e-4, 1e4])
@pytest.mark.parametrize("size", [0, 1, PAIRS])
def test_extreme_temperatures_and_no_pairs_stay_finite(temperature, size):
    clip = unit(0, size).requires_grad_(True)
    loss = counterfactual_loss(clip, unit(1, size), unit(2, size), torch.ones(size), temperature=temperature)
    loss = loss + negation_loss(clip, unit(2, size), margin=0.0)
    loss.backward()
    assert torch.isfinite(loss)
    assert torch.isfinite(clip.grad).all()


def test_a_pair_without_weight_says_nothing():
    clip, true, false = unit(0), unit(1), unit(2)
    weight = torch.tensor([1.0, 1.0, 0.0, 0.0, 0.0], dtype=torch.float64)
    some = counterfactual_loss(clip, true, false, weight, temperature=0.1)
    torch.testing.assert_close(
        some, counterfactual_loss(clip[:2], true[:2], false[:2], weight[:2], temperature=0.1)
    )
    assert counterfactual_loss(clip, true, false, torch.zeros(PAIRS), temperature=0.1) == 0


def test_gradients_agree_with_finite_differences():
    clip, true, false = (unit(seed).requires_grad_(True) for seed in range(3))
    weight = torch.rand(PAIRS, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    temperature = torch.tensor(0.3, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(
        lambda c, t, f, tau: counterfactual_loss(c, t, f, weight, temperature=tau),
        (clip, true, false, temperature),
    )
    assert torch.autograd.gradcheck(lambda t, f: negation_loss(t, f, margin=-0.9), (true, false))


def test_negation_is_a_hinge_on_the_cosine():
    angle = torch.tensor([0.0, math.pi / 3, math.pi / 2, math.pi], dtype=torch.float64)
    text = torch.tensor([[1.0, 0.0]], dtype=torch.float64).expand(4, 2)
    negated = torch.stack([angle.cos(), angle.sin()], 1)
    # Cosines 1, 1/2, 0, -1 above a margin of 1/4: 3/4 + 1/4 + 0 + 0.
    assert float(negation_loss(text, negated, margin=0.25)) == pytest.approx(1.0 / 4)
    assert float(negation_loss(text, -text, margin=0.25)) == 0


def test_a_margin_of_one_would_ask_for_nothing_and_is_refused():
    with pytest.raises(ValueError, match="margin"):
        negation_loss(unit(0), unit(1), margin=1.0)


@settings(max_examples=50, deadline=None)
@given(said=st.lists(st.tuples(st.integers(0, 3), st.booleans()), min_size=1, max_size=60))
def test_both_polarities_of_a_finding_weigh_the_same(said):
    group = torch.tensor([g for g, _ in said])
    present = torch.tensor([p for _, p in said])
    weight = balanced_polarity_weight(group, present, max_weight=1e9).double()
    for finding in set(group.tolist()):
        here = group == finding
        yes, no = weight[here & present].sum(), weight[here & ~present].sum()
        if (here & present).any() and (here & ~present).any():
            torch.testing.assert_close(yes, no)
            torch.testing.assert_close(yes + no, here.sum().double())
        else:
            torch.testing.assert_close(yes + no, here.sum().double() / 2)


def test_one_rare_patient_does_not_rule_the_batch():
    present = torch.zeros(1000, dtype=torch.bool)
    present[0] = True
    weight = balanced_polarity_weight(torch.zeros(1000, dtype=torch.long), present)
    assert weight.max() == 10
    assert balanced_polarity_weight(present[:0].long(), present[:0]).shape == (0,)
