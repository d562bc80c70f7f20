"""The sigmoid loss, and similarities a chunk at a time: SigLIP's pseudo-code as the oracle, and the same in chunks."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F  # noqa: N812

from echovlm.objectives import (
    matching_loss,
    multi_positive_loss,
    view_informed_loss,
    view_weighted_clip_loss,
    view_weighted_sigmoid_loss,
)

SIZE, DIM = 7, 5


def unit_pair(seed, size=SIZE):
    generator = torch.Generator().manual_seed(seed)
    clip, text = torch.randn(2, size, DIM, generator=generator, dtype=torch.float64)
    view = torch.randint(0, 3, (size,), generator=generator)
    content = torch.randint(0, 4, (size,), generator=generator)
    return F.normalize(clip, dim=1), F.normalize(text, dim=1), view, content


def published_siglip(clip, text, temperature, bias):
    """Algorithm 1 of Zhai et al. 2023; its t is one over our temperature."""
    n = len(clip)
    logits = clip @ text.T / temperature + bias
    labels = 2 * torch.eye(n, dtype=clip.dtype) - torch.ones(n, n, dtype=clip.dtype)
    return -F.logsigmoid(labels * logits).sum() / n


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**31), temperature=st.floats(0.05, 2), bias=st.floats(-12, 2))
def test_with_distinct_contents_and_weight_one_it_is_siglip_as_published(seed, temperature, bias):
    clip, text, view, _ = unit_pair(seed)
    ours = view_weighted_sigmoid_loss(
        clip, text, view, torch.arange(SIZE), temperature=temperature, bias=bias, cross_view_weight=1.0
    )
    torch.testing.assert_close(ours, published_siglip(clip, text, temperature, bias))


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**31), weight=st.floats(0, 1))
def test_each_pair_is_a_question_of_its_own(seed, weight):
    clip, text, view, content = unit_pair(seed)
    total = 0.0
    for i in range(SIZE):
        for j in range(SIZE):
            logit = float(clip[i] @ text[j]) / 0.3 - 2
            same = content[i] == content[j]
            heard = 1.0 if same or view[i] == view[j] else weight
            total += heard * math.log1p(math.exp(-logit if same else logit))
    ours = view_weighted_sigmoid_loss(
        clip, text, view, content, temperature=0.3, bias=-2.0, cross_view_weight=weight
    )
    assert float(ours) == pytest.approx(total / SIZE, rel=1e-9)


LOSSES = {
    "softmax": lambda c, t, v, k, rows: view_weighted_clip_loss(
        c, t, v, k, temperature=0.2, cross_view_weight=0.25, chunk_rows=rows
    ),
    "sigmoid": lambda c, t, v, k, rows: view_weighted_sigmoid_loss(
        c, t, v, k, temperature=0.2, bias=-3.0, cross_view_weight=0.25, chunk_rows=rows
    ),
    "view": lambda c, _, v, __, rows: view_informed_loss(c, v, temperature=0.2, chunk_rows=rows),
    "matching": lambda c, t, v, k, rows: matching_loss(c, t, v, k, temperature=0.2, chunk_rows=rows),
}


@pytest.mark.parametrize("name", LOSSES)
@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**31), rows=st.integers(1, SIZE), order=st.permutations(range(SIZE)))
def test_chunks_and_order_change_neither_loss_nor_gradient(name, seed, rows, order):
    def loss_and_gradient(chunk_rows, order=range(SIZE)):
        order = list(order)
        clip, text, view, content = unit_pair(seed)
        clip.requires_grad_(True)
        text.requires_grad_(True)
        loss = LOSSES[name](clip[order], text[order], view[order], content[order], chunk_rows)
        gradients = torch.autograd.grad(loss, (clip, text), allow_unused=True, materialize_grads=True)
        return loss.detach(), *gradients

    whole = loss_and_gradient(SIZE)
    torch.testing.assert_close(loss_and_gradient(rows), whole)
    torch.testing.assert_close(loss_and_gradient(rows, order), whole)


@pytest.mark.parametrize("name", LOSSES)
def test_gradients_agree_with_finite_differences(name):
    clip, text, view, content = unit_pair(4)
    inputs = (clip.requires_grad_(True), text.requires_grad_(True))
    assert torch.autograd.gradcheck(lambda c, t: LOSSES[name](c, t, view, content, 3), inputs)


@pytest.mark.parametrize("temperature", [1e-4, 1.0, 1e4])
@pytest.mark.parametrize("size", [1, SIZE])
def test_extreme_temperatures_and_a_single_pair_stay_finite(temperature, size):
    clip, text, view, content = (part[:size] for part in unit_pair(2))
    clip.requires_grad_(True)
    loss = view_weighted_sigmoid_loss(
        clip, text, view, content, temperature=temperature, bias=-10.0, cross_view_weight=0.0
    )
    loss.backward()
    assert torch.isfinite(loss)
    assert torch.isfinite(clip.grad).all()


def test_matching_is_multi_positive_contrast_by_label():
    clip, text, view, content = unit_pair(9)
    expected = multi_positive_loss(clip @ text.T / 0.2, view[:, None] == content[None])
    torch.testing.assert_close(matching_loss(clip, text, view, content, temperature=0.2), expected)


def test_a_weight_outside_its_range_is_refused():
    clip, text, view, content = unit_pair(0)
    with pytest.raises(ValueError, match=r"must be in \[0, 1\]"):
        view_weighted_sigmoid_loss(clip, text, view, content, temperature=1, bias=0, cross_view_weight=2.0)
