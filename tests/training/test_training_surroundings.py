"""What a reader must not learn a view from: the tissue around the heart, a machine's style, how often a view stood."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from echovlm.clinical import View
from echovlm.clinical.view_shares import LABORATORY_SHARES
from echovlm.training.background import exchange_background
from echovlm.training.feature_style import mix_statistics, mixed_styles
from echovlm.training.reader import draw_pool, drawn_shares

SIZE = 64
NAMES = tuple(view.value for view in View)


def hearts(n=4):
    """Noise with a disc in the middle as the heart."""
    y, x = np.mgrid[:SIZE, :SIZE]
    masks = torch.from_numpy((np.hypot(x - 32, y - 32) < 12).astype(np.uint8)).expand(n, -1, -1)
    return torch.rand(n, SIZE, SIZE, generator=torch.Generator().manual_seed(1)), masks


def exchange(may, seed=0, share=1.0):
    grey, masks = hearts(len(may))
    generator = np.random.default_rng(seed)
    return grey, exchange_background(grey, masks, np.array(may), share=share, generator=generator)


def test_the_heart_and_its_walls_stay_and_the_far_tissue_changes():
    grey, changed = exchange([True] * 4)
    wall = slice(32 - 12 - 4, 32 + 12 + 5)
    assert torch.equal(changed[:, 24:41, 24:41], grey[:, 24:41, 24:41])
    assert (changed[:, wall, wall] - grey[:, wall, wall]).abs().mean() < 0.1
    assert (changed[:, :6] - grey[:, :6]).abs().mean() > 0.1
    assert 0 <= float(changed.min()) <= float(changed.max()) <= 1


def test_a_view_that_shows_in_what_has_no_label_keeps_it():
    grey, changed = exchange([True, False, True, False])
    assert torch.equal(changed[1::2], grey[1::2])
    assert not torch.equal(changed[::2], grey[::2])


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**31))
def test_the_same_draw_gives_the_same_tissue(seed):
    assert torch.equal(exchange([True] * 3, seed)[1], exchange([True] * 3, seed)[1])


def test_mixed_maps_keep_their_shape_and_take_statistics_between_two_images():
    torch.manual_seed(2)
    scale = torch.tensor([1.0, 1.0, 8.0, 8.0]).reshape(4, 1, 1, 1)
    maps = torch.randn(4, 3, 16, 16) * scale + 5 * scale
    mixed = mix_statistics(maps, share=1.0)
    for before, after in zip(maps, mixed, strict=True):
        for one, other in zip(before, after, strict=True):
            assert np.corrcoef(one.flatten(), other.flatten())[0, 1] == pytest.approx(1, abs=1e-4)
    spread = mixed.std((2, 3))
    assert float(spread.min()) > 0.5
    assert float(spread.max()) < 12
    assert torch.allclose(mix_statistics(maps, share=0.0), maps, atol=1e-4)


def test_styles_are_mixed_in_training_only_and_the_hooks_go():
    layer, maps = nn.Identity(), torch.randn(4, 2, 8, 8) * torch.arange(1, 5).reshape(4, 1, 1, 1)
    torch.manual_seed(0)
    with mixed_styles([layer], share=1.0):
        assert not torch.allclose(layer(maps), maps)
    assert torch.equal(layer(maps), maps)
    with mixed_styles([layer], share=0.0):
        assert torch.equal(layer(maps), maps)


def test_drawn_as_the_dataset_holds_them_every_image_stands_once():
    views = np.random.default_rng(0).integers(0, len(NAMES), 500)
    pool = draw_pool(views, drawn_shares(views, NAMES, laboratory_share=0.0))
    assert np.array_equal(pool, np.arange(500))


@pytest.mark.parametrize("share", [0.5, 1.0])
def test_drawn_as_a_laboratory_takes_them_the_pool_has_these_shares_and_loses_no_image(share):
    views = np.repeat(np.arange(len(NAMES)), 40)
    shares = drawn_shares(views, NAMES, laboratory_share=share)
    taken = np.array([LABORATORY_SHARES[view] for view in View])
    assert shares == pytest.approx(share * taken + (1 - share) / len(NAMES))
    pool = draw_pool(views, shares)
    assert np.bincount(views[pool]) / len(pool) == pytest.approx(shares, abs=0.002)
    assert set(pool.tolist()) == set(range(len(views)))


def test_a_view_that_no_image_shows_is_never_drawn():
    views = np.array([0, 0, 6, 6, 6])
    shares = drawn_shares(views, NAMES, laboratory_share=1.0)
    assert set(np.flatnonzero(shares)) == {0, 6}
    assert shares.sum() == pytest.approx(1)
    assert set(views[draw_pool(views, shares)]) == {0, 6}
