"""The ventricle ends at the mitral ring: a cavity that ran on into the atrium is cut there, and nothing else moves."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from echovlm.clinical import Structure
from echovlm.measure.annulus import close_at_annulus

SIZE = 64
APEX = np.array([[31.0, 4.0]])
HINGES = np.array([[[20.0, 40.0], [42.0, 40.0]]])


def column(last_row):
    """An LV from the apex down to a row, with LA below the annulus at its side and myocardium around."""
    masks = np.zeros((1, SIZE, SIZE), dtype=np.uint8)
    masks[0, 4 : last_row + 1, 20:43] = Structure.LV
    masks[0, 4:50, 14:20] = Structure.LV_MYOCARDIUM
    masks[0, 45:55, 50:60] = Structure.LA
    return masks


def test_a_cavity_that_ran_into_the_atrium_ends_at_the_line_between_the_hinge_points():
    closed = close_at_annulus(column(54), HINGES, APEX)
    rows = np.flatnonzero((closed[0] == Structure.LV).any(1))
    assert rows[0] == 4
    assert 40 <= rows[-1] <= 41  # within the margin of a saddle-shaped ring
    for other in (Structure.LV_MYOCARDIUM, Structure.LA):
        assert np.array_equal(closed == other, column(54) == other)


@given(last_row=st.integers(10, 40))
def test_a_cavity_that_ends_before_the_ring_stays_as_it_is(last_row):
    assert np.array_equal(close_at_annulus(column(last_row), HINGES, APEX), column(last_row))


@pytest.mark.parametrize("unknown", ["hinge", "apex"])
def test_where_a_point_is_unknown_the_frame_stays(unknown):
    hinges, apex = HINGES.copy(), APEX.copy()
    (hinges if unknown == "hinge" else apex)[0, 0] = np.nan
    assert np.array_equal(close_at_annulus(column(54), hinges, apex), column(54))


def test_hinge_points_that_would_take_most_of_the_cavity_are_not_believed():
    high = HINGES - np.array([0.0, 25.0])
    assert np.array_equal(close_at_annulus(column(54), high, APEX), column(54))


def test_the_picture_upside_down_is_closed_upside_down():
    flip = np.array([0.0, SIZE - 1.0])
    turned = close_at_annulus(column(54)[:, ::-1], np.abs(flip - HINGES), np.abs(flip - APEX))
    assert np.array_equal(turned[:, ::-1], close_at_annulus(column(54), HINGES, APEX))


def test_an_empty_mask_and_points_that_coincide_change_nothing():
    empty = np.zeros((1, SIZE, SIZE), dtype=np.uint8)
    assert np.array_equal(close_at_annulus(empty, HINGES, APEX), empty)
    same = np.repeat(HINGES[:, :1], 2, axis=1)
    assert np.array_equal(close_at_annulus(column(54), same, APEX), column(54))
