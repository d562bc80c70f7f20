"""Spectra and M-modes on a grid of their own: a speed has one height, whatever the machine's scale."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.imaging.imaging_files import region, write_dicom

from echovlm.clinical.views import Mode
from echovlm.imaging import NoStripError, StripScale, extract_strip, read_clip
from echovlm.imaging.strip import STRIP_SIDE_PX

WIDTH, HEIGHT = 320, 160


def spectrum_region(*, cm_per_s_per_px=1.0, s_per_px=0.01, baseline_px=80, data_type=3):
    item = region(
        box=(0, 0, WIDTH - 1, HEIGHT - 1), delta_cm=(s_per_px, -cm_per_s_per_px), units=(4, 7), spatial_format=3,
        data_type=data_type,
    )  # fmt: skip
    item.ReferencePixelX0, item.ReferencePixelY0 = 0, baseline_px
    return item


def line_at(row: int) -> np.ndarray:
    """A still with one bright line."""
    samples = np.zeros((1, HEIGHT, WIDTH, 3), np.uint8)
    samples[:, row] = 255
    return samples


def strip_of(tmp_path, samples, item):
    return extract_strip(read_clip(write_dicom(tmp_path / "strip.dcm", samples, regions=[item])))


def velocity_of(strip) -> float:
    """The velocity of the brightest row, by the strip's own axis."""
    weight = strip.image.astype(float).sum(axis=1)
    row = float((weight * np.arange(STRIP_SIDE_PX)).sum() / weight.sum())
    return (row - strip.scale.zero_row_px) * strip.scale.value_per_px


@settings(max_examples=20, deadline=None)
@given(step=st.floats(0.6, 2.0), baseline=st.integers(40, 120), above=st.integers(-30, 30))
def test_a_velocity_reads_back_whatever_the_scale_of_the_screen(tmp_path_factory, step, baseline, above):
    item = spectrum_region(cm_per_s_per_px=step, baseline_px=baseline)
    strip = strip_of(tmp_path_factory.mktemp("s"), line_at(baseline - above), item)
    # A triangle filter spreads a line over two rows; its centre is off by less than one.
    assert velocity_of(strip) == pytest.approx(above * step, abs=abs(strip.scale.value_per_px))


def test_two_machines_show_one_velocity_at_one_height(tmp_path):
    coarse = strip_of(tmp_path, line_at(80 - 30), spectrum_region(cm_per_s_per_px=2.0))
    fine = strip_of(tmp_path, line_at(80 - 60), spectrum_region(cm_per_s_per_px=1.0))
    assert velocity_of(coarse) == pytest.approx(velocity_of(fine), abs=0.5)


def test_the_last_two_seconds_are_kept_and_what_came_before_is_not(tmp_path):
    samples = np.zeros((1, HEIGHT, WIDTH, 3), np.uint8)
    samples[:, 60:100, : WIDTH - 201] = 255  # until 2.01 s before the end, at 10 ms a column
    assert strip_of(tmp_path, samples, spectrum_region()).image.max() == 0


def test_a_short_recording_ends_at_the_right_and_leaves_black_before_it(tmp_path):
    strip = strip_of(tmp_path, np.full((1, HEIGHT, WIDTH, 3), 200, np.uint8), spectrum_region(s_per_px=0.003))
    lit = np.flatnonzero(strip.image.max(axis=0) > 100)
    recorded_px = WIDTH * 0.003 / strip.scale.s_per_px
    assert lit[-1] == STRIP_SIDE_PX - 1
    assert len(lit) == pytest.approx(recorded_px, abs=2)


@pytest.mark.parametrize(
    ("step", "data_type", "mode"),
    [(1.0, 3, Mode.PW), (0.25, 3, Mode.TDI), (5.0, 4, Mode.CW), (0.25, 4, Mode.CW)],
)
def test_a_pulsed_spectrum_too_slow_for_blood_is_of_tissue(tmp_path, step, data_type, mode):
    item = spectrum_region(cm_per_s_per_px=step, data_type=data_type)
    clip = read_clip(write_dicom(tmp_path / "a.dcm", line_at(60), regions=[item]))
    assert clip.mode is mode


def spectrum_around_baseline(*, gap_px: int) -> np.ndarray:
    """A still of moving echoes on both sides of the baseline, but for the rows that a wall filter leaves dark."""
    samples = np.full((1, HEIGHT, WIDTH, 3), 20, np.uint8)
    samples[:, 80 - 50 : 80 + 50] = 160
    samples[:, 80 - gap_px : 80 + gap_px + 1] = 20
    samples[:, 80] = 255
    return samples


@pytest.mark.parametrize(
    ("step", "gap_px", "mode"),
    [(0.4, 6, Mode.PW), (0.4, 0, Mode.TDI), (0.25, 6, Mode.TDI), (0.6, 0, Mode.PW)],
    ids=[
        "filtered",
        "unfiltered",
        "filtered, on the scale of an annulus",
        "unfiltered, on the scale of blood",
    ],
)
def test_between_the_scales_of_tissue_and_of_blood_the_wall_filter_tells(tmp_path, step, gap_px, mode):
    item = spectrum_region(cm_per_s_per_px=step)
    clip = read_clip(write_dicom(tmp_path / "a.dcm", spectrum_around_baseline(gap_px=gap_px), regions=[item]))
    assert clip.mode is mode
    assert any("wall filter" in remark for remark in clip.remarks) == (step == 0.4 and mode is Mode.PW)


@pytest.mark.parametrize(("step", "value"), [(0.05, 30.0), (5e-324, 10.0)])
def test_a_scale_without_a_zero_on_the_picture_has_no_wall_filter_to_look_for(tmp_path, step, value):
    item = spectrum_region(cm_per_s_per_px=step)
    item.ReferencePixelPhysicalValueY = value
    clip = read_clip(write_dicom(tmp_path / "a.dcm", spectrum_around_baseline(gap_px=6), regions=[item]))
    assert clip.mode is Mode.TDI


def test_a_dark_spectrum_on_the_scale_of_tissue_is_not_called_blood(tmp_path):
    item = spectrum_region(cm_per_s_per_px=0.4)
    clip = read_clip(
        write_dicom(tmp_path / "a.dcm", np.zeros((1, HEIGHT, WIDTH, 3), np.uint8), regions=[item])
    )
    assert clip.mode is Mode.TDI


def test_without_a_baseline_the_strip_is_shown_and_its_heights_mean_nothing(tmp_path):
    item = spectrum_region()
    del item.ReferencePixelX0, item.ReferencePixelY0
    strip = strip_of(tmp_path, line_at(60), item)
    assert strip.scale is None
    assert strip.image.max() > 0
    assert "mean nothing" in strip.remarks[0]


def test_an_m_mode_has_depth_in_centimetres_from_its_upper_edge(tmp_path):
    item = region(box=(0, 0, WIDTH - 1, HEIGHT - 1), delta_cm=(0.01, 0.1), units=(4, 3), spatial_format=2)
    strip = strip_of(tmp_path, line_at(100), item)
    assert isinstance(strip.scale, StripScale)
    assert velocity_of(strip) == pytest.approx(100 * 0.1, abs=0.1)


def test_a_picture_has_no_strip(tmp_path):
    clip = read_clip(write_dicom(tmp_path / "b.dcm", line_at(60), regions=[region()]))
    with pytest.raises(NoStripError, match="mode b; strips are"):
        extract_strip(clip)
