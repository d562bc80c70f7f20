"""How far greys spread, against NumPy's own standard deviation."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from echovlm.imaging.spread import find_spread


@settings(max_examples=60, deadline=None)
@given(
    n_frames=st.integers(1, 4), side=st.integers(1, 30), highest=st.integers(0, 255), seed=st.integers(0, 9)
)
def test_the_spread_of_greys_is_their_standard_deviation(n_frames, side, highest, seed):
    grey = np.random.default_rng(seed).integers(0, highest + 1, (n_frames, side, side), dtype=np.uint8)
    assert find_spread(grey[:, ::2]) == pytest.approx(float(grey[:, ::2].std()), abs=1e-9)
    assert find_spread(np.full_like(grey, 255)) == 0.0


def test_black_pixels_around_a_picture_may_be_left_uncounted():
    inside = np.random.default_rng(2).integers(0, 256, (20, 30), dtype=np.uint8)
    screen = np.pad(inside, 7)
    assert find_spread(screen, count=inside.size) == pytest.approx(float(inside.std()), abs=1e-9)


def test_no_pixels_spread_by_nothing():
    assert find_spread(np.zeros((0, 4), np.uint8)) == 0.0
