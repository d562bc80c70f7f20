"""Medians over frames and strays from a level are what NumPy says, slowly."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from echovlm.imaging.over_frames import count_strays, find_median, median_quarters, stray


@settings(max_examples=60, deadline=None)
@given(n_frames=st.integers(1, 70), seed=st.integers(0, 99), highest=st.sampled_from([1, 3, 255]))
def test_the_median_is_that_of_every_pixel_over_the_frames(n_frames, seed, highest):
    frames = np.random.default_rng(seed).integers(0, highest + 1, (n_frames, 3, 5, 3), dtype=np.uint8)
    before = frames.copy()
    expected = 4 * np.median(frames[:, ::-1, 1:], axis=0)
    assert np.array_equal(median_quarters(frames[:, ::-1, 1:]), expected)
    assert np.array_equal(frames, before)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=9))
def test_the_median_of_some_values_is_that_of_numpy(values):
    given_values = np.array(values)
    assert find_median(given_values) == np.median(given_values)
    assert np.array_equal(given_values, values)


@settings(max_examples=60, deadline=None)
@given(quarters=st.integers(0, 4 * 255), by=st.sampled_from([1, 2, 30, 60, 200]))
def test_a_value_strays_when_it_differs_by_more_than_the_limit_in_any_channel(quarters, by):
    level = np.array([quarters, 510, 510], np.int16)  # the median of medians may lie at a quarter
    values = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2)
    values[..., 1:] = 127
    assert np.array_equal(
        stray(values, level, by=by), np.abs(4 * values.astype(int) - level).max(axis=-1) > 4 * by
    )


@settings(max_examples=60, deadline=None)
@given(height=st.sampled_from([1, 7, 255, 256, 300]), by=st.integers(1, 255), seed=st.integers(0, 99))
def test_strays_are_counted_by_column_however_high_it_is(height, by, seed):
    random = np.random.default_rng(seed)
    values = random.integers(0, 256, (2, height, 5, 3), dtype=np.uint8)
    values[0, :, 0] = 255  # all of a column may stray
    level = random.integers(0, 4 * 255 + 1, (height, 5, 3), dtype=np.int16)
    level[:, 0] = 0
    expected = (np.abs(4 * values.astype(int) - level).max(axis=-1) > 4 * by).sum(axis=1)
    assert np.array_equal(count_strays(values, level, by=by), expected)
    assert np.array_equal(stray(values, level, by=by).sum(axis=1), expected)


@pytest.mark.parametrize("channel", [0, 1, 2])
def test_one_channel_is_enough_to_stray(channel):
    values = np.full((1, 2, 3), 10, np.uint8)
    values[0, 1, channel] = 200
    assert stray(values, np.full(3, 40, np.int16), by=60).tolist() == [[False, True]]
