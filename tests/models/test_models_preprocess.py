"""Preprocessing: which frames, at which scale, and back."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from echovlm.models import Preprocessing

PRE = Preprocessing(image_size_px=56, field_of_view_mm=170.0, n_frames=8)


def test_frames_cover_one_beat_evenly_and_no_more():
    times_ms = [20.0 * k for k in range(100)]  # two seconds
    chosen = PRE.select_frames(100, times_ms, 60.0)  # a beat is 1000 ms = 50 frames
    assert [times_ms[index] for index in chosen] == pytest.approx([125.0 * k for k in range(8)], abs=10)


@settings(max_examples=50, deadline=None)
@given(n=st.integers(1, 60), rate=st.none() | st.floats(30, 200), frame_ms=st.floats(5, 60))
def test_the_selection_is_ordered_within_the_clip_and_never_crosses_a_beat(n, rate, frame_ms):
    chosen = PRE.select_frames(n, [frame_ms * k for k in range(n)], rate)
    assert len(chosen) == PRE.n_frames
    assert list(chosen) == sorted(chosen)
    assert chosen[0] == 0
    assert chosen[-1] < n
    if rate is not None:
        assert chosen[-1] * frame_ms <= 60_000 / rate + frame_ms / 2


def test_without_times_the_whole_clip_is_covered():
    assert PRE.select_frames(16, None, 60.0) == (0, 2, 4, 6, 8, 10, 12, 14)
    assert PRE.select_frames(1, None, None) == (0,) * 8


@pytest.mark.parametrize(("n", "times"), [(0, None), (3, (0.0, 1.0))])
def test_a_clip_without_frames_or_with_times_for_others_is_refused(n, times):
    with pytest.raises(ValueError, match="frame"):
        PRE.select_frames(n, times, None)


@settings(max_examples=25, deadline=None)
@given(spacing=st.floats(0.3, 2.0))
def test_a_calibrated_disc_keeps_its_size_in_millimetres(spacing):
    """A disc of 50 mm across covers the same area of the model's image whatever the cine's spacing."""
    side = round(170 / spacing)
    y, x = np.mgrid[:side, :side]
    centre = (side - 1) / 2
    disc = ((x - centre) ** 2 + (y - centre) ** 2 <= (25 / spacing) ** 2).astype(np.uint8) * 255
    resized = PRE.resize(disc[None], spacing)[0]
    area_mm2 = resized.sum() / 255 * (170 / 56) ** 2
    assert area_mm2 == pytest.approx(np.pi * 25**2, rel=0.04)


def test_an_uncalibrated_cine_is_fitted_by_its_longer_side():
    tall = np.full((1, 200, 100), 200, np.uint8)
    resized = PRE.resize(tall, None)[0]
    assert (resized[1:-1, 20:36] == 200).all()  # the outermost rows see the black beyond the edge
    assert (resized[:, :13] == 0).all()
    assert (resized[:, 43:] == 0).all()
    assert PRE.grid(200, 100, None).spacing_mm is None
    assert PRE.grid(200, 100, 0.5).spacing_mm == pytest.approx(170 / 56)


@settings(max_examples=25, deadline=None)
@given(
    height=st.integers(40, 300), width=st.integers(40, 300), spacing=st.none() | st.floats(0.2, 2.0),
    x=st.floats(0, 300), y=st.floats(0, 300),
)  # fmt: skip
def test_points_go_to_the_cine_and_back(height, width, spacing, x, y):
    grid = PRE.grid(height, width, spacing)
    point = np.array([[x, y]])
    np.testing.assert_allclose(grid.points_to_model(grid.points_to_cine(point)), point, atol=1e-9)


@settings(max_examples=25, deadline=None)
@given(height=st.integers(90, 120), width=st.integers(90, 120), x=st.integers(20, 70), y=st.integers(20, 70))
def test_a_mark_a_mask_and_a_point_land_on_the_same_pixel(height, width, x, y):
    """The same square as image, as mask and as point: their centres agree to half a pixel."""
    frame = np.zeros((1, height, width), np.uint8)
    frame[0, y - 4 : y + 5, x - 4 : x + 5] = 255
    spacing = 170 / 120
    grid = PRE.grid(height, width, spacing)
    image, mask = PRE.resize(frame, spacing)[0], grid.masks_to_model(frame)[0]
    expected = grid.points_to_model(np.array([float(x), float(y)]))
    for picture in (image, mask):
        rows, columns = np.nonzero(picture > 127)
        np.testing.assert_allclose([columns.mean(), rows.mean()], expected, atol=0.51)


def test_masks_return_to_the_cine_on_top_of_themselves():
    mask = np.zeros((1, 160, 180), np.uint8)
    mask[0, 40:120, 60:130] = 3
    grid = PRE.grid(160, 180, 1.0)
    back = grid.masks_to_cine(grid.masks_to_model(mask), height_px=160, width_px=180)
    overlap = 2 * ((back == 3) & (mask == 3)).sum() / ((back == 3).sum() + (mask == 3).sum())
    assert overlap > 0.97


def test_the_model_s_input_is_normalised_grey_with_a_channel():
    grey = np.full((3, 56, 56), 255, np.uint8)
    tensor = PRE(grey, None)
    assert tensor.shape == (3, 1, 56, 56)
    assert tensor.dtype == torch.float32
    assert float(tensor.mean()) == pytest.approx((1 - PRE.mean) / PRE.deviation, rel=1e-5)


@pytest.mark.parametrize("key", ["image_size_px", "field_of_view_mm", "n_frames", "deviation"])
def test_a_size_of_nothing_is_refused_by_name(key):
    with pytest.raises(ValueError, match=key):
        Preprocessing(**{key: 0})
