import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from echovlm.measure import (
    EmptyMaskError,
    LongAxis,
    NotCalibratedError,
    PhaseError,
    clean_region,
    distance_cm,
    effusion_depth_cm,
    find_ed_es,
    rv_basal_diameter_cm,
)


def test_callipers_on_a_3_4_5_triangle():
    assert distance_cm(np.array([10.0, 20.0]), np.array([40.0, 60.0]), spacing_mm=0.5) == pytest.approx(2.5)


def test_callipers_without_calibration_are_refused():
    with pytest.raises(NotCalibratedError):
        distance_cm(np.zeros(2), np.ones(2), spacing_mm=None)


@settings(max_examples=30, deadline=None)
@given(inner=st.floats(30, 60), depth=st.floats(2, 12), start=st.floats(0, 3), sweep=st.floats(1.0, 3.0))
def test_a_crescent_of_fluid_is_as_deep_as_it_is_thick(inner, depth, start, sweep):
    y, x = np.mgrid[:160, :160] - 79.5
    radius, angle = np.hypot(x, y), np.mod(np.arctan2(y, x), 2 * math.pi)
    ring = (radius >= inner) & (radius < inner + depth) & (angle >= start) & (angle < start + sweep)
    # Drawn in pixels, a layer is up to one pixel wider or narrower than it is; reading it adds a sixth.
    assert effusion_depth_cm(ring, spacing_mm=10.0) == pytest.approx(depth, abs=1.2)


@pytest.mark.parametrize("thickness_px", [1, 2, 3, 4, 5, 8, 13])
def test_a_straight_layer_reads_its_thickness_within_a_fifth_of_a_pixel(thickness_px):
    layer = np.zeros((60, 80), dtype=bool)
    layer[20 : 20 + thickness_px, 5:75] = True
    for turned in (layer, layer.T):
        assert effusion_depth_cm(turned, spacing_mm=10.0) == pytest.approx(thickness_px, abs=0.2)


def test_fluid_round_the_whole_heart_is_not_the_heart():
    y, x = np.mgrid[:100, :100] - 49.5
    ring = (np.hypot(x, y) > 30) & (np.hypot(x, y) < 36)
    assert effusion_depth_cm(ring, spacing_mm=10.0) < 8


def test_of_two_pools_the_deeper_counts():
    mask = np.zeros((60, 60), dtype=bool)
    mask[5:8, 5:55] = True
    mask[40:49, 10:40] = True
    assert effusion_depth_cm(mask, spacing_mm=1.0) == pytest.approx(0.9, abs=0.02)


def test_no_fluid_is_no_depth():
    assert effusion_depth_cm(np.zeros((9, 9), dtype=bool), spacing_mm=1.0) == 0.0


def test_the_rv_base_is_measured_in_its_basal_third():
    mask = np.zeros((120, 100), dtype=bool)
    for y in range(10, 100):  # a triangle, apex up, 60 px wide at its base; a bulge in the apical third
        half = 30 * (y - 10) / 89
        mask[y, round(50 - half) : round(50 + half) + 1] = True
    mask[20:30, 5:95] = True
    upwards = LongAxis.through(np.array([50.0, 100.0]), np.array([50.0, 10.0]))
    assert rv_basal_diameter_cm(mask, spacing_mm=1.0, axis=upwards) == pytest.approx(6.1, abs=0.11)


def test_a_mirrored_rv_has_the_same_base():
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:90, :90]
    for tilt in rng.uniform(-0.5, 0.5, 5):
        mask = (np.abs(x - 45 - tilt * (y - 45)) < y / 4) & (y > 12) & (y < 80)
        straight, mirrored = (rv_basal_diameter_cm(m, spacing_mm=1.0) for m in (mask, mask[:, ::-1]))
        assert mirrored == pytest.approx(straight, abs=0.15)


def test_a_region_keeps_the_largest_piece_and_says_what_it_left_out():
    mask = np.zeros((30, 30), dtype=bool)
    mask[5:15, 5:15] = True
    mask[8:10, 8:10] = False
    mask[20:22, 20:22] = True
    region = clean_region(mask)
    assert region.mask.sum() == 100
    assert region.remarks == (
        "1 smaller piece(s) of 4 px in all left out of the region",
        "holes of 4 px filled",
    )


@pytest.mark.parametrize("edge", [np.s_[0, 5], np.s_[-1, 5], np.s_[5, 0], np.s_[5, -1]])
def test_a_structure_at_the_edge_of_the_image_is_a_lower_limit(edge):
    mask = np.zeros((12, 12), dtype=bool)
    mask[5, :6] = mask[:6, 5] = mask[5, 5:] = mask[5:, 5] = True
    mask[[0, -1]], mask[:, [0, -1]] = False, False
    assert clean_region(mask).remarks == ()
    mask[edge] = True
    assert "lower limit" in clean_region(mask).remarks[0]


def test_an_empty_region_is_an_error():
    with pytest.raises(EmptyMaskError, match="7×9"):
        clean_region(np.zeros((7, 9), dtype=bool))


def test_end_diastole_is_the_largest_and_end_systole_the_smallest_ventricle():
    assert find_ed_es([100, 95, 80, 62, 55, 60, 75, 90]) == (0, 4)


def test_a_frame_without_a_ventricle_and_a_frame_with_a_bad_mask_are_no_phase():
    assert find_ed_es([100, 95, 0, 80, 20, 62, 55, 60, 190, 75, 90]) == (0, 6)


def test_two_frames_are_enough_and_one_is_not():
    assert find_ed_es([50, 80]) == (1, 0)
    with pytest.raises(PhaseError, match="got 1 of 3"):
        find_ed_es([0, 7, 0])


@settings(max_examples=50, deadline=None)
@given(areas=st.lists(st.floats(0, 1e4), min_size=0, max_size=12))
def test_phases_are_frames_that_show_the_ventricle_or_there_are_none(areas):
    try:
        ed, es = find_ed_es(areas)
    except PhaseError:
        assert sum(a > 0 for a in areas) < 2
    else:
        assert areas[ed] >= areas[es] > 0
