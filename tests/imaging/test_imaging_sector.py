"""The sector holds the ultrasound and nothing that a console writes around it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from imaging_files import fan_mask, region, screen, write_dicom
from pydicom.data import get_testdata_file

from echovlm.imaging import Clip, extract_cine, find_sector, read_clip
from echovlm.imaging.cine import _area_weights, _shrink

HEIGHT, WIDTH = 300, 400


def overlap(first: np.ndarray, second: np.ndarray) -> float:
    return float((first & second).sum() / (first | second).sum())


@settings(max_examples=12, deadline=None)
@given(
    seed=st.integers(0, 1000),
    half_angle_deg=st.floats(33, 48),
    radius_px=st.floats(180, 215),
    apex_x=st.floats(180, 220),
)
def test_the_sector_of_a_cine_is_found_without_text_ruler_and_ecg(seed, half_angle_deg, radius_px, apex_x):
    mask = fan_mask(HEIGHT, WIDTH, half_angle_deg=half_angle_deg, apex_xy=(apex_x, 25.0), radius_px=radius_px)
    frames, drawn = screen(np.random.default_rng(seed), mask, n_frames=12)
    sector = find_sector(frames)
    assert overlap(sector.mask, mask) > 0.95
    assert (sector.mask & drawn).sum() < 0.01 * drawn.sum()


def test_the_sector_of_a_still_is_found_too():
    mask = fan_mask(HEIGHT, WIDTH, half_angle_deg=42, apex_xy=(200.0, 25.0), radius_px=205)
    frames, drawn = screen(np.random.default_rng(1), mask, n_frames=1)
    sector = find_sector(frames)
    assert overlap(sector.mask, mask) > 0.95
    assert (sector.mask & drawn).sum() < 0.01 * drawn.sum()


def test_shadowed_corners_belong_to_the_sector():
    mask = fan_mask(HEIGHT, WIDTH, half_angle_deg=42, apex_xy=(200.0, 25.0), radius_px=205)
    frames, _ = screen(np.random.default_rng(2), mask, n_frames=8)
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    reach, bearing_deg = np.hypot(x - 200, y - 25), np.degrees(np.arctan2(np.abs(x - 200), y - 25))
    shadow = mask & (reach > 150) & (bearing_deg > 28)
    assert shadow.sum() > 0.05 * mask.sum()
    frames[:, shadow] = 0
    assert overlap(find_sector(frames).mask, mask) > 0.93


def beside_fluid(frames: np.ndarray, mask: np.ndarray, hidden: np.ndarray) -> np.ndarray:
    """Frames in which this part of the sector is black; it must be a large one."""
    assert (mask & hidden).sum() > 0.1 * mask.sum()
    dark = frames.copy()
    dark[:, mask & hidden] = 0
    return dark


@pytest.mark.parametrize("side", [-1, 1])
def test_an_edge_that_fluid_hides_is_that_of_the_other_side_mirrored(side):
    mask = fan_mask(HEIGHT, WIDTH, half_angle_deg=42, apex_xy=(200.0, 25.0), radius_px=205)
    frames, _ = screen(np.random.default_rng(3), mask, n_frames=8)
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    bearing_deg = np.degrees(np.arctan2(side * (x - 200), y - 25))
    dark = beside_fluid(frames, mask, (bearing_deg > 12 + 0.06 * (y - 70)) & (y > 70))
    assert overlap(find_sector(dark).mask, mask) > 0.95


def test_one_upright_side_is_a_shadow_and_two_are_the_screens_cut():
    mask = fan_mask(HEIGHT, WIDTH, half_angle_deg=42, apex_xy=(200.0, 25.0), radius_px=205)
    frames, _ = screen(np.random.default_rng(4), mask, n_frames=8)
    x = np.mgrid[:HEIGHT, :WIDTH][1]
    one = find_sector(beside_fluid(frames, mask, x > 270)).mask
    assert overlap(one, mask) > 0.9
    cut = mask & (abs(x - 200) < 70)
    both = find_sector(beside_fluid(frames, mask, ~cut)).mask
    assert overlap(both, cut) > 0.93


@pytest.mark.parametrize("grey", [0, 40])
def test_a_blank_picture_has_no_sector(grey):
    assert find_sector(np.full((4, 60, 80, 3), grey, np.uint8)) is None


def test_the_real_apical_cine_fills_its_fan():
    clip = read_clip(Path(str(get_testdata_file("examples_ybr_color.dcm", download=False))))
    sector = find_sector(clip.frames)
    # Drawn by hand on the brightened image: corners (40, 148) and (296, 150), top at 22, lowest point 201.
    outline = fan_mask(240, 320, half_angle_deg=43, apex_xy=(169.0, 10.0), radius_px=190.5)
    outline[:22] = False
    assert overlap(sector.mask, outline) > 0.95
    assert not sector.mask[:20].any()  # "PLA", "Gen", "THI", orientation marker
    assert not sector.mask[:, 303:].any()  # depth and indices
    assert not sector.mask[204:].any()  # soft keys


def test_a_cine_point_maps_back_to_the_file():
    mask = fan_mask(HEIGHT, WIDTH, half_angle_deg=42, apex_xy=(200.0, 25.0), radius_px=205)
    frames, _ = screen(np.random.default_rng(3), mask, n_frames=8)
    spot = np.hypot(*(np.mgrid[:HEIGHT, :WIDTH] - np.array([150, 230])[:, None, None])) <= 6
    around = np.hypot(*(np.mgrid[:HEIGHT, :WIDTH] - np.array([150, 230])[:, None, None])) <= 20
    frames[:, around] //= 8
    frames[:, spot] = 255
    for side in (224, 100, 60):
        cine = extract_cine(as_clip(frames), max_side_px=side)
        assert max(cine.frames.shape[1:]) == side
        mean = cine.frames.mean(axis=0) > 110
        y, x = np.nonzero(mean)
        near = (np.abs(x * cine.scale + cine.offset_xy_px[0] - 230) < 15) & (
            np.abs(y * cine.scale + cine.offset_xy_px[1] - 150) < 15
        )
        assert x[near].mean() * cine.scale + cine.offset_xy_px[0] == pytest.approx(230, abs=0.5 * cine.scale)
        assert y[near].mean() * cine.scale + cine.offset_xy_px[1] == pytest.approx(150, abs=0.5 * cine.scale)


def as_clip(frames, **changes):
    clip = Clip(
        frames=frames, frame_times_ms=None, calibration=None, heart_rate_bpm=None, r_wave_times_ms=(),
        view=None, mode=None, path=Path("a"), patient_id=None, sex_text=None, study_uid=None,
        instance_uid=None, remarks=(),
    )  # fmt: skip
    return replace(clip, **changes)


def test_spacing_grows_by_the_factor_that_the_image_shrinks(tmp_path):
    mask = fan_mask(HEIGHT, WIDTH, half_angle_deg=42, apex_xy=(200.0, 25.0), radius_px=205)
    frames, drawn = screen(np.random.default_rng(4), mask, n_frames=6)
    path = write_dicom(
        tmp_path / "a", frames, regions=[region(box=(20, 10, 380, 260), delta_cm=(0.07, -0.07))]
    )
    cine = extract_cine(read_clip(path), max_side_px=100)
    assert cine.spacing_mm == pytest.approx(0.7 * cine.scale)
    small_drawn = _shrink(np.repeat(drawn[None, ..., None] * np.uint8(255), 3, -1), np.ones_like(drawn), 1.0)
    assert small_drawn.max() == 255  # there was something to remove
    assert cine.frames[:, -3:, :3].max() == 0
    assert cine.frames[:, :10, :10].max() == 0


def test_pixels_that_are_not_square_give_no_spacing(tmp_path):
    mask = fan_mask(HEIGHT, WIDTH, half_angle_deg=42, apex_xy=(200.0, 25.0), radius_px=205)
    frames, _ = screen(np.random.default_rng(5), mask, n_frames=3)
    path = write_dicom(tmp_path / "a", frames, regions=[region(box=(0, 0, 399, 299), delta_cm=(0.05, 0.07))])
    cine = extract_cine(read_clip(path))
    assert cine.spacing_mm is None
    assert "not square" in cine.remarks[0]


def test_a_small_image_is_not_enlarged(tmp_path):
    frames = np.random.default_rng(6).integers(60, 255, (4, 50, 60, 3)).astype(np.uint8)
    cine = extract_cine(as_clip(frames))
    assert cine.scale == 1.0
    assert max(cine.frames.shape[1:]) <= 60


@settings(max_examples=60, deadline=None)
@given(length=st.integers(2, 500), scale=st.floats(1.0, 9.0))
def test_shrinking_keeps_the_mean_of_a_flat_and_the_slope_of_a_ramp(length, scale):
    weights = _area_weights(length, min(scale, length)).toarray()
    scale = min(scale, length)
    assert weights.sum(axis=1) == pytest.approx(np.ones(len(weights)), abs=1e-4)
    # The mean of pixel centres in window k is k * scale + (scale - 1) / 2: the offset that Cine states.
    centres = np.arange(len(weights)) * scale + (scale - 1) / 2
    assert weights @ np.arange(length) == pytest.approx(centres, abs=0.3)
