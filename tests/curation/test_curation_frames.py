"""Which frames are stored."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from echovlm.curation.frames import MAX_FRAMES, choose_frames, find_sharpest


def choose(n, *, ms=33.0, rate=None, waves=(), keep=()):
    times = None if ms is None else np.arange(n) * ms
    return choose_frames(n, frame_times_ms=times, heart_rate_bpm=rate, r_wave_times_ms=waves, keep=keep)


@given(
    st.integers(1, 300),
    st.sampled_from([None, 1.0, 16.7, 33.3, 200.0, 3000.0]),
    st.sampled_from([None, 40.0, 72.5, 180.0]),
    st.lists(st.floats(0, 9000), max_size=4).map(sorted),
    st.data(),
)
def test_chosen_frames_exist_are_in_order_and_hold_those_to_keep(n, ms, rate, waves, data):
    keep = data.draw(st.lists(st.integers(0, n - 1), max_size=2))
    chosen = choose(n, ms=ms, rate=rate, waves=waves, keep=keep)
    assert list(chosen) == sorted(set(chosen))
    assert 0 <= chosen[0] <= chosen[-1] < n
    assert 1 <= len(chosen) <= MAX_FRAMES
    assert set(keep) <= set(chosen)


def test_a_short_clip_is_kept_whole():
    assert choose(MAX_FRAMES, rate=200) == tuple(range(MAX_FRAMES))


def test_a_long_clip_gives_its_first_beat_from_r_wave_to_r_wave():
    chosen = choose(120, ms=10, waves=(200.0, 900.0))
    assert (chosen[0], chosen[-1], len(chosen)) == (20, 90, MAX_FRAMES)


def test_without_r_waves_the_heart_rate_gives_the_beat_and_without_that_1500_ms():
    assert choose(300, ms=10, rate=60)[-1] == 100
    assert choose(300, ms=10)[-1] == 150


def test_without_times_the_whole_clip_is_sampled_evenly():
    chosen = choose(311, ms=None)
    assert (chosen[0], chosen[-1]) == (0, 310)
    assert set(np.diff(chosen)) == {10}


@given(st.integers(1, 5), st.integers(1, 40), st.integers(1, 40), st.integers(0, 2**31))
def test_the_sharpest_frame_has_the_largest_mean_step_between_neighbours(n, height, width, seed):
    frames = np.random.default_rng(seed).integers(0, 256, (n, height, width), dtype=np.uint8)
    grey = frames[:, ::2, ::2].astype(float)
    steps = [np.abs(np.diff(grey, axis=axis)).reshape(n, -1) for axis in (1, 2)]
    strength = sum(each.sum(axis=1) / max(1, each.shape[1]) for each in steps)
    assert strength[find_sharpest(frames)] == pytest.approx(strength.max())
