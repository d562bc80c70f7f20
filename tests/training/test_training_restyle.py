"""Restyled frames: the truth moves with the picture, only the look changes, and the same draw gives the same image."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F  # noqa: N812

from echovlm.training import Restyling
from echovlm.training.no_view import draw_no_views
from echovlm.training.restyle import _median, restyle
from echovlm.training.warp import draw_warp

SIZE = 64
STILL = Restyling(
    rotation_deg=0.0, zoom_frac=0.0, closer_frac=0.0, stretch_frac=0.0, shift_frac=0.0, elastic_frac=0.0,
    refan_share=0.0, mirror_share=0.0, gamma_frac=0.0, curve_frac=0.0, gain_frac=0.0, shade_frac=0.0, grain_frac=0.0,
    effect_share=0.0, no_view_share=0.0,
)  # fmt: skip
seeds = st.integers(0, 2**31)


def fan(half_angle_deg=45.0):
    """A sector with its apex at the middle of the upper edge."""
    y, x = np.mgrid[:SIZE, :SIZE] / ((SIZE - 1) / 2) - 1
    angle = np.degrees(np.arctan2(x, y + 1))
    return torch.from_numpy((abs(angle) <= half_angle_deg) & (np.hypot(x, y + 1) <= 1.4))


def disc(centre_xy, radius=5.0):
    y, x = np.mgrid[:SIZE, :SIZE]
    return torch.from_numpy(np.hypot(x - centre_xy[0], y - centre_xy[1]) <= radius)


@settings(max_examples=25, deadline=None)
@given(seed=seeds, x=st.floats(20, 44), y=st.floats(16, 34))
def test_a_landmark_stays_in_the_middle_of_its_structure(seed, x, y):
    bent = Restyling(mirror_share=0.5, elastic_frac=0.12)
    warp = draw_warp(1, SIZE, bent, generator=np.random.default_rng(seed))
    point = warp.move_points(np.array([[[x, y]]], np.float32))
    mask = warp.move_labels(disc((x, y), radius=3.0)[None].to(torch.uint8))[0]
    if not bool(warp.shows(point)) or mask[1:-1, 1:-1].sum() != mask.sum():
        return
    column, row = (int(v) for v in point[0, 0].round())
    assert mask[row, column] == 1


@settings(max_examples=25, deadline=None)
@given(seed=seeds)
def test_picture_and_mask_move_together(seed):
    warp = draw_warp(1, SIZE, Restyling(mirror_share=0.5), generator=np.random.default_rng(seed))
    inside = disc((30, 25), radius=9.0)[None]
    image, mask = warp.move_image(inside.float()), warp.move_labels(inside.to(torch.uint8))
    # A mixture and the nearest pixel part along the outline alone; strongly magnified it is 0.6 % of the picture.
    assert ((image > 0.5) == (mask == 1)).float().mean() > 0.99


def test_nothing_moves_and_nothing_changes_when_every_amount_is_zero():
    generator = np.random.default_rng(0)
    image = torch.rand(3, SIZE, SIZE) * fan()
    warp = draw_warp(3, SIZE, STILL, generator=generator)
    torch.testing.assert_close(warp.move_image(image), image, atol=1e-4, rtol=0)
    same = restyle(image, image > -1, warp.apex_xy, STILL, generator=generator)
    torch.testing.assert_close(same, image, atol=1e-4, rtol=0)


@settings(max_examples=15, deadline=None)
@given(seed=seeds)
def test_grey_values_stay_within_black_and_white_and_repeat(seed):
    image, sector = torch.rand(4, SIZE, SIZE), fan().expand(4, -1, -1)

    def once():
        generator = np.random.default_rng(seed)
        warp = draw_warp(4, SIZE, Restyling(), generator=generator)
        return restyle(image, sector, warp.apex_xy, Restyling(), generator=generator)

    styled = once()
    assert torch.isfinite(styled).all()
    assert 0 <= styled.min() <= styled.max() <= 1
    assert torch.equal(styled, once())


@pytest.mark.parametrize("seed", range(4))
def test_a_new_sector_touches_the_top_and_fills_the_width_or_the_height(seed):
    warp = draw_warp(8, SIZE, Restyling(refan_share=1.0), generator=np.random.default_rng(seed))
    for one in warp.fan:
        rows, columns = torch.where(one.any(1))[0], torch.where(one.any(0))[0]
        assert rows[0] <= 1
        assert len(columns) >= SIZE - 2 or len(rows) >= SIZE - 2
        assert abs((columns[0] + columns[-1]) / 2 - (SIZE - 1) / 2) <= 1.5


def test_the_fast_median_is_the_median():
    image = torch.rand(2, 9, 9)
    around = F.unfold(F.pad(image[:, None], (1, 1, 1, 1), mode="replicate"), 3)
    assert torch.equal(_median(image), around.median(1).values.view(2, 9, 9))


def test_an_image_of_no_view_is_not_the_frame_it_was_made_from():
    frames = torch.rand(20, SIZE, SIZE) * fan()
    made = draw_no_views(frames, generator=np.random.default_rng(1))
    assert made.shape == frames.shape
    assert torch.isfinite(made).all()
    for one, frame in zip(made, frames, strict=True):
        assert np.corrcoef(one.flatten(), frame.flatten())[0, 1] < 0.9
