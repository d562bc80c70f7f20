import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from echovlm.measure import (
    EmptyMaskError,
    LongAxis,
    MeasureError,
    NotCalibratedError,
    area_cm2,
    ejection_fraction_pct,
    la_volume_area_length_ml,
    simpson_biplane_ml,
    simpson_monoplane_ml,
    simpson_monoplane_px3,
)

SPACING_MM = 0.5


def ellipse(length_px, width_px, *, tilt_rad=0.0, size=260, keep=1.0):
    """An ellipse, cut off by a plane across its long axis so that `keep` of the length remains (apex up)."""
    y, x = np.mgrid[:size, :size] - (size - 1) / 2
    along = -x * math.sin(tilt_rad) + y * math.cos(tilt_rad)
    across = x * math.cos(tilt_rad) + y * math.sin(tilt_rad)
    inside = (along / (length_px / 2)) ** 2 + (across / (width_px / 2)) ** 2 <= 1
    return inside & (along <= length_px * (keep - 0.5))


def ellipsoid_ml(length_px, width_px, depth_px, *, keep=1.0, spacing_mm=SPACING_MM):
    """∫ of the ellipse cross-sections from the apex to the cut, in closed form."""
    half = length_px / 2
    end = (keep - 0.5) * length_px
    integral = (end - end**3 / (3 * half**2)) - (-half + half**3 / (3 * half**2))
    return math.pi / 4 * width_px * depth_px * integral * (spacing_mm / 10) ** 3


@settings(max_examples=40, deadline=None)
@given(
    # Large enough that the raster, half a pixel on each side, costs less than the 1 % in question.
    length=st.floats(280, 440),
    aspect=st.floats(0.4, 0.75),
    tilt=st.floats(-0.6, 0.6),
    keep=st.floats(0.7, 1.0),
)
def test_simpson_of_a_cut_ellipsoid_is_its_volume_within_1_percent(length, aspect, tilt, keep):
    mask = ellipse(length, length * aspect, tilt_rad=tilt, size=520, keep=keep)
    middle = (mask.shape[0] - 1) / 2
    up = np.array([math.sin(tilt), -math.cos(tilt)])
    apex, base = middle + up * length / 2, middle - up * length * (keep - 0.5)
    right = np.array([math.cos(tilt), math.sin(tilt)]) * 20
    volume = simpson_monoplane_ml(
        mask, spacing_mm=SPACING_MM, apex_xy_px=apex, hinges_xy_px=(base - right, base + right)
    )
    width = length * aspect
    assert volume == pytest.approx(ellipsoid_ml(length, width, width, keep=keep), rel=0.01)


@settings(max_examples=30, deadline=None)
@given(length=st.floats(280, 440), aspect=st.floats(0.4, 0.7), tilt=st.floats(-1.5, 1.5))
def test_without_landmarks_the_mask_gives_its_own_axis(length, aspect, tilt):
    mask = ellipse(length, length * aspect, tilt_rad=tilt, size=520)
    volume = simpson_monoplane_ml(mask, spacing_mm=SPACING_MM)
    assert volume == pytest.approx(ellipsoid_ml(length, length * aspect, length * aspect), rel=0.01)


def test_biplane_of_a_triaxial_ellipsoid_is_its_volume_within_1_percent():
    a4c, a2c = ellipse(180, 90), ellipse(180, 110, tilt_rad=0.3)
    volume = simpson_biplane_ml(a4c, a2c, a4c_spacing_mm=SPACING_MM, a2c_spacing_mm=SPACING_MM)
    assert volume == pytest.approx(ellipsoid_ml(180, 90, 110), rel=0.01)


def test_biplane_takes_the_longer_axis_and_each_views_own_spacing():
    a4c, fine, short = ellipse(100, 50), ellipse(200, 120), ellipse(160, 120)
    same = simpson_biplane_ml(a4c, fine, a4c_spacing_mm=1.0, a2c_spacing_mm=0.5)
    assert same == pytest.approx(ellipsoid_ml(100, 50, 60, spacing_mm=1.0), rel=0.015)
    foreshortened = simpson_biplane_ml(a4c, short, a4c_spacing_mm=1.0, a2c_spacing_mm=0.5)
    assert foreshortened == pytest.approx(same, rel=0.01)


def test_area_length_of_an_ellipsoid_is_its_volume_within_1_percent():
    masks = ellipse(120, 90), ellipse(120, 100, tilt_rad=0.5)
    volume = la_volume_area_length_ml(*masks, a4c_spacing_mm=SPACING_MM, a2c_spacing_mm=SPACING_MM)
    assert volume == pytest.approx(ellipsoid_ml(120, 90, 100), rel=0.01)


@settings(max_examples=20, deadline=None)
@given(length=st.floats(60, 200), aspect=st.floats(0.4, 0.8), spacing=st.floats(0.1, 2.0))
def test_halving_the_spacing_divides_the_volume_by_eight_and_the_area_by_four(length, aspect, spacing):
    mask = ellipse(length, length * aspect)
    volume = [simpson_monoplane_ml(mask, spacing_mm=s) for s in (spacing, spacing / 2)]
    assert volume[0] / volume[1] == pytest.approx(8, rel=1e-12)
    assert area_cm2(mask, spacing_mm=spacing) / area_cm2(mask, spacing_mm=spacing / 2) == pytest.approx(4)


@settings(max_examples=20, deadline=None)
@given(tilt=st.floats(-0.7, 0.7), systole=st.floats(0.5, 0.9), keep=st.floats(0.75, 1.0))
def test_mirroring_the_image_leaves_the_ejection_fraction_unchanged(tilt, systole, keep):
    pair = [ellipse(180 * s, 100 * s, tilt_rad=tilt, keep=keep) for s in (1.0, systole)]
    ef, mirrored_ef, upside_down_ef = (
        ejection_fraction_pct(*(simpson_monoplane_px3(turn(mask)) for mask in pair))
        for turn in (lambda m: m, np.fliplr, np.flipud)
    )
    assert mirrored_ef == pytest.approx(ef, abs=1e-6)
    assert upside_down_ef == pytest.approx(ef, abs=1e-6)


def test_an_ejection_fraction_needs_no_millimetres():
    ed, es = ellipse(180, 100), ellipse(150, 70)
    in_pixels = ejection_fraction_pct(simpson_monoplane_px3(ed), simpson_monoplane_px3(es))
    in_ml = ejection_fraction_pct(*(simpson_monoplane_ml(m, spacing_mm=0.37) for m in (ed, es)))
    assert in_pixels == pytest.approx(in_ml, rel=1e-12)


def test_without_calibration_no_volume_and_no_area_is_given():
    mask = ellipse(100, 60)
    for attempt in (
        lambda: simpson_monoplane_ml(mask, spacing_mm=None),
        lambda: simpson_biplane_ml(mask, mask, a4c_spacing_mm=0.5, a2c_spacing_mm=None),
        lambda: la_volume_area_length_ml(mask, mask, a4c_spacing_mm=None, a2c_spacing_mm=0.5),
        lambda: area_cm2(mask, spacing_mm=None),
    ):
        with pytest.raises(NotCalibratedError, match="millimetres per pixel"):
            attempt()


@pytest.mark.parametrize("spacing_mm", [0.0, -0.3, math.inf, math.nan])
def test_a_spacing_that_is_no_positive_number_is_refused(spacing_mm):
    with pytest.raises(MeasureError, match="positive number"):
        area_cm2(ellipse(100, 60), spacing_mm=spacing_mm)


def test_holes_and_stray_pieces_change_no_volume():
    whole = ellipse(180, 100)
    broken = whole.copy()
    broken[120:140, 125:135] = False
    broken[3:9, 3:9] = True
    assert simpson_monoplane_ml(broken, spacing_mm=1.0) == simpson_monoplane_ml(whole, spacing_mm=1.0)


def test_an_empty_mask_is_an_error_of_its_own():
    with pytest.raises(EmptyMaskError, match="empty"):
        simpson_monoplane_ml(np.zeros((20, 20), dtype=bool), spacing_mm=1.0)


@pytest.mark.parametrize(("ed", "es"), [(0.0, 0.0), (-1.0, 0.5), (100.0, -1.0), (math.nan, 1.0)])
def test_volumes_that_cannot_be_give_no_ejection_fraction(ed, es):
    with pytest.raises(MeasureError, match="EDV > 0"):
        ejection_fraction_pct(ed, es)


def test_the_axis_of_a_half_ellipse_points_from_its_wide_cut_to_its_narrow_apex():
    x, y = LongAxis.of_mask(ellipse(200, 80, keep=0.6)).direction_xy
    assert (x, y) == pytest.approx((0.0, -1.0), abs=0.02)


def test_an_axis_through_one_point_is_refused():
    with pytest.raises(MeasureError, match="two distinct finite points"):
        LongAxis.through(np.array([3.0, 4.0]), np.array([3.0, 4.0]))
