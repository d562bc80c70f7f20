"""Losses of masks, landmarks, measured values and labels."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from echovlm.objectives import finding_loss, landmark_loss, measurement_loss, segmentation_loss

N_LABELS, SIDE = 4, 6


def labels(seed):
    return torch.randint(0, N_LABELS, (2, SIDE, SIDE), generator=torch.Generator().manual_seed(seed))


def logit_of(label, sharpness):
    return torch.nn.functional.one_hot(label, N_LABELS).movedim(-1, 1).double() * sharpness


def test_a_sure_and_right_mask_is_perfect_and_a_sure_and_wrong_one_is_dear():
    label = labels(0)
    assert float(segmentation_loss(logit_of(label, 60.0), label)) == pytest.approx(0.0, abs=1e-9)
    wrong = float(segmentation_loss(logit_of((label + 1) % N_LABELS, 60.0), label))
    assert wrong == pytest.approx(61.0, abs=1e-6)  # cross-entropy 60, and no Dice at all


def test_an_undecided_mask_has_the_closed_form_of_both_terms():
    label = labels(1)
    share = 1 / N_LABELS
    n_pixels = label.numel()
    dice = [
        2 * share * int((label == k).sum()) / (share * n_pixels + int((label == k).sum())) for k in (1, 2, 3)
    ]
    expected = math.log(N_LABELS) + 1 - sum(dice) / 3
    assert float(segmentation_loss(torch.zeros(2, N_LABELS, SIDE, SIDE).double(), label)) == pytest.approx(
        expected
    )


def test_a_structure_that_does_not_occur_does_not_count_and_empty_images_are_allowed():
    empty = torch.zeros(2, SIDE, SIDE, dtype=torch.long)
    assert float(segmentation_loss(logit_of(empty, 60.0), empty)) == pytest.approx(0.0, abs=1e-9)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**31))
def test_mirroring_image_and_label_changes_nothing(seed):
    label, logit = labels(seed), torch.randn(2, N_LABELS, SIDE, SIDE, dtype=torch.float64)
    torch.testing.assert_close(
        segmentation_loss(logit.flip(3), label.flip(2)), segmentation_loss(logit, label)
    )


def test_gradients_of_dense_losses_agree_with_finite_differences():
    generator = torch.Generator().manual_seed(0)
    logit = torch.randn(1, N_LABELS, 3, 3, dtype=torch.float64, generator=generator, requires_grad=True)
    label = labels(2)[:1, :3, :3]
    assert torch.autograd.gradcheck(lambda x: segmentation_loss(x, label), (logit,))
    point = torch.rand(2, 3, 2, dtype=torch.float64, generator=generator, requires_grad=True)
    spread = torch.rand(2, 3, dtype=torch.float64, generator=generator, requires_grad=True)
    marked = torch.tensor([[True, False, True], [False, True, True]])
    assert torch.autograd.gradcheck(
        lambda p, s: landmark_loss(p, s, torch.zeros_like(p), marked, spread_target_px=2.0), (point, spread)
    )


def test_a_landmark_three_and_four_pixels_off_is_five_pixels_off():
    target = torch.zeros(1, 2, 2, dtype=torch.float64)
    point = torch.tensor([[[3.0, 4.0], [100.0, 100.0]]], dtype=torch.float64)
    spread = torch.full((1, 2), 2.0, dtype=torch.float64)
    loss = landmark_loss(point, spread, target, torch.tensor([[True, False]]), spread_target_px=2.0)
    assert float(loss) == pytest.approx(5.0, abs=0.011)


def test_a_heatmap_as_wide_as_wanted_on_the_point_is_perfect_and_no_landmark_costs_nothing():
    target = torch.full((1, 2, 2), 7.0, dtype=torch.float64)
    spread = torch.full((1, 2), 2.0, dtype=torch.float64)
    none, both = torch.zeros(1, 2, dtype=torch.bool), torch.ones(1, 2, dtype=torch.bool)
    assert float(landmark_loss(target, spread, target, both, spread_target_px=2.0)) == pytest.approx(
        0, abs=1e-9
    )
    assert landmark_loss(target + 9, spread, target, none, spread_target_px=2.0) == 0


def test_a_missing_value_teaches_nothing_even_when_it_is_nan():
    predicted = torch.tensor([[0.5, 3.0]], dtype=torch.float64, requires_grad=True)
    target = torch.tensor([[0.0, math.nan]], dtype=torch.float64)
    loss = measurement_loss(predicted, target, torch.tensor([[True, False]]))
    loss.backward()
    assert float(loss.detach()) == pytest.approx(0.5**2 / 2)  # Huber is quadratic below 1
    assert predicted.grad.tolist() == [[0.5, 0.0]]
    assert measurement_loss(predicted, target, torch.zeros(1, 2, dtype=torch.bool)) == 0


def test_a_far_value_pulls_no_harder_than_a_unit_away():
    predicted = torch.tensor([[1000.0]], dtype=torch.float64, requires_grad=True)
    measurement_loss(predicted, torch.zeros(1, 1).double(), torch.ones(1, 1, dtype=torch.bool)).backward()
    assert predicted.grad.item() == 1


def test_findings_that_nobody_assessed_teach_nothing():
    logit = torch.tensor([[2.0, -50.0]], dtype=torch.float64, requires_grad=True)
    loss = finding_loss(logit, torch.tensor([[True, True]]), torch.tensor([[3.0, 0.0]]))
    loss.backward()
    assert float(loss.detach()) == pytest.approx(math.log1p(math.exp(-2)))
    assert logit.grad[0, 1] == 0
    assert finding_loss(logit, torch.tensor([[True, True]]), torch.zeros(1, 2)) == 0


@pytest.mark.parametrize("size", [1e4, -1e4])
def test_sure_findings_stay_finite(size):
    logit = torch.full((1, 2), size, requires_grad=True)
    loss = finding_loss(logit, torch.tensor([[True, False]]), torch.ones(1, 2))
    loss.backward()
    assert torch.isfinite(loss)
    assert torch.isfinite(logit.grad).all()
