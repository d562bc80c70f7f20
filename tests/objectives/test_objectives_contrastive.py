"""Contrast: CLIP's own pseudo-code as the oracle, limits, invariants, and extreme batches."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F  # noqa: N812

from echovlm.objectives import clip_loss, multi_positive_loss, view_informed_loss, view_weighted_clip_loss

SIZE, DIM = 6, 5


def unit_pair(seed, size=SIZE, dtype=torch.float64):
    generator = torch.Generator().manual_seed(seed)
    clip, text = torch.randn(2, size, DIM, generator=generator, dtype=dtype)
    view = torch.randint(0, 3, (size,), generator=generator)
    return F.normalize(clip, dim=1), F.normalize(text, dim=1), view


def plain_weighted_infonce(clip, text, view, content, temperature, cross_view_weight):
    """InfoNCE written out as sums, without a softmax or a mask."""

    def one_way(a, b):
        losses = []
        for i in range(len(a)):
            weight = [
                1.0 if view[i] == view[j] or content[i] == content[j] else cross_view_weight
                for j in range(len(b))
            ]
            mass = [w * math.exp(float(a[i] @ b[j]) / temperature) for j, w in enumerate(weight)]
            positives = [j for j in range(len(b)) if content[i] == content[j]]
            losses.append(-sum(math.log(mass[j] / sum(mass)) for j in positives) / len(positives))
        return sum(losses) / len(losses)

    return (one_way(clip, text) + one_way(text, clip)) / 2


def plain_supcon(clip, view, temperature):
    """L_out of Khosla et al. 2020, equation 2, as loops."""
    losses = []
    for i in range(len(clip)):
        others = [j for j in range(len(clip)) if j != i]
        positives = [j for j in others if view[j] == view[i]]
        if positives:
            total = sum(math.exp(float(clip[i] @ clip[j]) / temperature) for j in others)
            losses.append(
                -sum(math.log(math.exp(float(clip[i] @ clip[p]) / temperature) / total) for p in positives)
                / len(positives)
            )
    return sum(losses) / len(losses) if losses else 0.0


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**31), temperature=st.floats(0.05, 2.0))
def test_clip_loss_is_the_paper_s_pseudo_code(seed, temperature):
    clip, text, _ = unit_pair(seed)
    logits = clip @ text.T / temperature
    labels = torch.arange(SIZE)
    paper = (F.cross_entropy(logits, labels) + F.cross_entropy(logits.T, labels)) / 2
    torch.testing.assert_close(clip_loss(clip, text, temperature=temperature), paper)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**31), weight=st.floats(0.0, 1.0), n_contents=st.integers(1, SIZE))
def test_the_weighted_loss_equals_its_sums_written_out(seed, weight, n_contents):
    clip, text, view = unit_pair(seed)
    content = torch.arange(SIZE) % n_contents
    fast = view_weighted_clip_loss(clip, text, view, content, temperature=0.3, cross_view_weight=weight)
    plain = plain_weighted_infonce(clip, text, view.tolist(), content.tolist(), 0.3, weight)
    assert float(fast) == pytest.approx(plain, rel=1e-9)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**31), weight=st.floats(0.0, 1.0), order=st.permutations(range(SIZE)))
def test_batch_order_does_not_matter(seed, weight, order):
    clip, text, view = unit_pair(seed)
    content = torch.arange(SIZE) // 2
    args = {"temperature": 0.07, "cross_view_weight": weight}
    shuffled = view_weighted_clip_loss(clip[order], text[order], view[order], content[order], **args)
    torch.testing.assert_close(shuffled, view_weighted_clip_loss(clip, text, view, content, **args))
    torch.testing.assert_close(
        view_informed_loss(clip[order], view[order], temperature=0.07),
        view_informed_loss(clip, view, temperature=0.07),
    )


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**31))
def test_weight_one_and_distinct_contents_is_plain_infonce(seed):
    clip, text, view = unit_pair(seed)
    full = view_weighted_clip_loss(
        clip, text, view, torch.arange(SIZE), temperature=0.1, cross_view_weight=1.0
    )
    torch.testing.assert_close(full, clip_loss(clip, text, temperature=0.1))


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**31), lower=st.floats(0.0, 1.0), higher=st.floats(0.0, 1.0))
def test_more_negatives_never_make_it_easier(seed, lower, higher):
    lower, higher = sorted((lower, higher))
    clip, text, view = unit_pair(seed)
    losses = [
        view_weighted_clip_loss(clip, text, view, torch.arange(SIZE), temperature=0.1, cross_view_weight=w)
        for w in (lower, higher)
    ]
    assert losses[0] <= losses[1] + 1e-12


def test_alone_in_its_view_a_clip_has_nothing_to_confuse():
    clip, text, _ = unit_pair(seed=0)
    loss = view_weighted_clip_loss(
        clip, text, torch.arange(SIZE), torch.arange(SIZE), temperature=0.07, cross_view_weight=0.0
    )
    assert loss == 0


def test_captions_of_one_content_are_no_negatives_of_each_other():
    """Identical texts of one content: the best that a clip can do is to share, log 2."""
    clip = torch.eye(4, DIM, dtype=torch.float64)[[0, 0, 1, 1]]
    loss = view_weighted_clip_loss(
        clip, clip, torch.zeros(4), torch.tensor([0, 0, 1, 1]), temperature=0.01, cross_view_weight=1.0
    )
    assert float(loss) == pytest.approx(math.log(2))


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**31), temperature=st.floats(0.1, 2.0))
def test_view_informed_loss_is_supervised_contrast_as_published(seed, temperature):
    clip, _, view = unit_pair(seed)
    expected = plain_supcon(clip, view.tolist(), temperature)
    assert float(view_informed_loss(clip, view, temperature=temperature)) == pytest.approx(expected, abs=1e-9)


def test_without_a_second_clip_of_its_view_nothing_attracts():
    clip, _, _ = unit_pair(seed=1)
    assert view_informed_loss(clip, torch.arange(SIZE), temperature=0.07) == 0


def test_gathered_views_far_apart_are_perfect():
    clip = torch.eye(2, DIM, dtype=torch.float64)[[0, 0, 1, 1]]
    loss = view_informed_loss(clip, torch.tensor([0, 0, 1, 1]), temperature=0.02)
    assert float(loss) == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("temperature", [1e-4, 1e-2, 1.0, 1e4])
@pytest.mark.parametrize("views", ["one", "many", "alone"])
def test_extreme_temperatures_and_batches_stay_finite(temperature, views):
    size = 1 if views == "alone" else SIZE
    clip, text, _ = unit_pair(seed=3, size=size, dtype=torch.float32)
    clip.requires_grad_(True)
    view = torch.arange(size) if views == "many" else torch.zeros(size, dtype=torch.long)
    loss = view_weighted_clip_loss(
        clip, text, view, torch.arange(size), temperature=temperature, cross_view_weight=0.0
    ) + view_informed_loss(clip, view, temperature=temperature)
    loss.backward()
    assert torch.isfinite(loss)
    assert torch.isfinite(clip.grad).all()


def test_gradients_agree_with_finite_differences():
    clip, text, view = unit_pair(seed=4)
    content = torch.tensor([0, 0, 1, 2, 3, 4])
    temperature = torch.tensor(0.2, dtype=torch.float64, requires_grad=True)

    def loss(a, b, t):
        weighted = view_weighted_clip_loss(a, b, view, content, temperature=t, cross_view_weight=0.25)
        return weighted + view_informed_loss(a, view, temperature=t)

    assert torch.autograd.gradcheck(loss, (clip.requires_grad_(True), text.requires_grad_(True), temperature))


@pytest.mark.parametrize("weight", [-0.1, 1.1])
def test_a_weight_outside_its_range_is_refused_with_the_range(weight):
    clip, text, view = unit_pair(seed=5)
    with pytest.raises(ValueError, match=r"must be in \[0, 1\]"):
        view_weighted_clip_loss(clip, text, view, view, temperature=0.1, cross_view_weight=weight)


def test_a_query_without_a_positive_is_left_out_of_the_mean():
    logit = torch.tensor([[2.0, 0.0], [1.0, 3.0]], dtype=torch.float64)
    only_first = torch.tensor([[True, False], [False, False]])
    expected = -torch.log_softmax(logit[0], 0)[0]
    torch.testing.assert_close(multi_positive_loss(logit, only_first), expected)
