"""An even clock shows each moment by the frame nearest to it, however uneven the frames are."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_imaging_sector import as_clip

from echovlm.imaging import extract_cine
from echovlm.imaging.clock import frames_on_clock, on_even_clock

STEPS_MS = st.lists(st.floats(1.0, 90.0), min_size=1, max_size=30)


@given(steps_ms=STEPS_MS, frames_per_second=st.floats(5, 200))
def test_no_other_frame_is_nearer_to_a_tick(steps_ms, frames_per_second):
    times_ms = np.concatenate([[0.0], np.cumsum(steps_ms)])
    shown = frames_on_clock(times_ms, frames_per_second=frames_per_second)
    ticks_ms = np.arange(len(shown)) * 1000.0 / frames_per_second
    nearest_ms = np.abs(times_ms[None] - ticks_ms[:, None]).min(axis=1)
    assert np.abs(times_ms[shown] - ticks_ms) == pytest.approx(nearest_ms)
    assert np.all(np.diff(shown) >= 0)
    assert ticks_ms[-1] <= times_ms[-1] + 1e-6 < ticks_ms[-1] + 1000.0 / frames_per_second + 1e-3


def test_even_frames_stay_as_they_are_on_their_own_clock():
    assert frames_on_clock(np.arange(12) * 20.0, frames_per_second=50).tolist() == list(range(12))


def test_a_pause_in_the_frames_is_a_pause_on_the_clock():
    frames = np.arange(1, 5, dtype=np.uint8)[:, None, None, None] * np.full((1, 32, 32, 3), 50, np.uint8)
    cine = extract_cine(as_clip(frames, frame_times_ms=np.array([0.0, 20.0, 40.0, 120.0])))
    even = on_even_clock(cine, frames_per_second=50)
    assert even.frames[:, 16, 16].tolist() == [50, 100, 150, 150, 150, 200, 200]
    assert even.frame_times_ms.tolist() == [0, 20, 40, 60, 80, 100, 120]
    assert "20 to 80 ms apart" in even.remarks[-1]


def test_a_cine_of_unknown_times_comes_back_as_it_is():
    cine = extract_cine(as_clip(np.full((3, 32, 32, 3), 90, np.uint8)))
    assert on_even_clock(cine, frames_per_second=50) is cine
    with pytest.raises(ValueError, match="more than 0"):
        frames_on_clock(np.array([0.0, 1.0]), frames_per_second=0)
