"""A drawn ECG is found wherever it stands below the ultrasound, and the ultrasound is looked for once."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from imaging_files import fan_mask, header, region
from test_imaging_ecg import BOX, HEIGHT, N_FRAMES, SECTOR, WIDTH, clip_of, screen
from test_imaging_sector import as_clip

from echovlm.imaging import Calibration, ecg_place, extract_cine, picture
from echovlm.imaging.ecg import read_ecg
from echovlm.imaging.ecg_place import find_strips
from echovlm.imaging.picture import PictureSearch
from echovlm.imaging.regions import read_regions

STRIP_TOP = 242  # the sector ends above this row
PICTURE = (20, 6, 380, 246)
GREEN, WHITE, YELLOW, BLUE = (90, 230, 90), (225, 225, 225), (230, 220, 60), (80, 140, 250)


def calibrated(clip, *boxes):
    """The clip with the first box as its calibrated region and all as two-dimensional ones."""
    items = [region(box=(x0, y0, x1 - 1, y1 - 1)) for x0, y0, x1, y1 in boxes]
    return replace(
        clip, calibration=Calibration((0.5, 0.5), boxes[0]), regions=read_regions(header(regions=items))
    )


@pytest.fixture
def searches(monkeypatch):
    """Count the searches for a sector."""
    asked, find_sector = [], picture.find_sector

    def find(frames):
        asked.append(frames.shape)
        return find_sector(frames)

    for module in (picture, ecg_place):
        monkeypatch.setattr(module, "find_sector", find)
    return asked


@settings(max_examples=20, deadline=None)
@given(
    down_px=st.integers(-4, 2), right_px=st.integers(-29, 29), sign=st.sampled_from([1, -1]),
    colour=st.sampled_from([GREEN, WHITE, YELLOW, BLUE]), is_calibrated=st.booleans(),
)  # fmt: skip
def test_a_trace_that_stands_elsewhere_below_the_picture_has_the_same_beats(
    down_px, right_px, sign, colour, is_calibrated
):
    frames = screen(first_r_ms=150, rr_ms=720, marker="bar", colour=colour, sign=sign, breath=False)
    frames[:, BOX[3] :] = 0  # white words below would touch an inverted white trace
    ecg = read_ecg(clip_of(frames))
    moved = frames.copy()
    moved[:, STRIP_TOP:] = np.roll(frames[:, STRIP_TOP:], (down_px, right_px), axis=(1, 2))
    clip = clip_of(moved)
    found = read_ecg(calibrated(clip, PICTURE) if is_calibrated else clip)
    assert found.r_wave_times_ms == pytest.approx(ecg.r_wave_times_ms, abs=3.0)  # half a pixel
    assert found.r_columns_px == pytest.approx(tuple(x + right_px for x in ecg.r_columns_px), abs=0.5)
    assert found.r_wave_times_ms[0] == pytest.approx(150, abs=20)


@pytest.mark.parametrize(("ground", "grey", "is_drawn"), [(0, 60, 0), (0, 61, 1), (90, 150, 0), (90, 151, 1)])
def test_a_trace_counts_when_it_is_61_greys_brighter_than_its_ground(ground, grey, is_drawn):
    frames = screen(first_r_ms=150, rr_ms=720, marker="none", colour=(255, 255, 255), breath=False)
    frames[:, BOX[3] :] = 0
    frames[:, :STRIP_TOP] //= 3  # speckle below the last row that counts as tissue is darker than either
    below = frames[:, STRIP_TOP:]
    below[...] = np.where(below > 128, grey, ground)
    boxes = list(find_strips(clip_of(frames), PictureSearch(clip_of(frames))))
    assert len(boxes) == is_drawn
    assert (read_ecg(clip_of(frames)) is not None) == bool(is_drawn)


def test_one_search_for_the_picture_serves_the_ecg_and_the_cine(searches):
    clip = calibrated(clip_of(screen(first_r_ms=150, rr_ms=720, marker="bar")), PICTURE)
    alone = extract_cine(clip)
    searches.clear()
    search = PictureSearch(clip)
    ecg = read_ecg(clip, search)
    cine = extract_cine(replace(clip, r_wave_times_ms=ecg.r_wave_times_ms), search=search)
    assert searches == [(N_FRAMES, 240, 360, 3)]
    assert np.array_equal(cine.frames, alone.frames)
    assert cine.r_wave_times_ms == ecg.r_wave_times_ms


def test_other_frames_are_searched_anew(searches):
    clip = clip_of(screen(first_r_ms=150, rr_ms=720, marker="bar"))
    search = PictureSearch(clip)
    search.find()
    few = clip.only(lambda _: (2, 3, 4))
    assert np.array_equal(extract_cine(few, search=search).frames, extract_cine(few).frames)
    assert [shape[0] for shape in searches] == [N_FRAMES, 3, 3]


def test_an_ecg_in_a_region_of_its_own_needs_no_search(searches):
    clip = clip_of(screen(first_r_ms=150, rr_ms=720, marker="bar"))
    strip = region(box=(*BOX[:2], BOX[2] - 1, BOX[3] - 1), spatial_format=4, data_type=10, units=(4, 0))
    stated = replace(clip, regions=read_regions(header(regions=(strip,))))
    assert read_ecg(stated).r_wave_times_ms == pytest.approx(read_ecg(clip).r_wave_times_ms, abs=3.0)
    assert len(searches) == 1  # of the clip without


def test_an_ecg_inside_the_box_of_the_calibrated_region_is_found_below_the_sector():
    clip = clip_of(screen(first_r_ms=150, rr_ms=720, marker="gap"))
    whole = calibrated(clip, (10, 0, 390, HEIGHT))
    assert read_ecg(whole) == read_ecg(clip)


def test_an_ecg_stands_below_both_of_two_pictures():
    frames = np.zeros((N_FRAMES, 2 * HEIGHT, WIDTH, 3), np.uint8)
    frames[:, :240] = screen(first_r_ms=150, rr_ms=720, marker="bar")[:, :240]
    frames[:, HEIGHT:] = screen(first_r_ms=150, rr_ms=720, marker="bar")
    clip = clip_of(frames)
    both = calibrated(clip, PICTURE, (20, HEIGHT, 380, HEIGHT + 246))
    boxes = list(find_strips(both, PictureSearch(both)))
    assert boxes
    assert all(box[1] >= HEIGHT + 240 for box in boxes)
    assert read_ecg(both) == read_ecg(clip)


def test_a_picture_in_the_lower_half_of_the_screen_has_its_ecg_below_it():
    frames = np.zeros((N_FRAMES, 2 * HEIGHT, WIDTH, 3), np.uint8)
    frames[:, HEIGHT:] = screen(first_r_ms=150, rr_ms=720, marker="bar")
    clip = clip_of(frames)
    lower = calibrated(clip, (20, HEIGHT + 6, 380, HEIGHT + 246))
    assert list(find_strips(lower, PictureSearch(lower))) == list(find_strips(clip, PictureSearch(clip)))


def test_a_region_that_shows_nothing_leaves_the_search_to_the_whole_screen():
    clip = clip_of(screen(first_r_ms=150, rr_ms=720, marker="bar"))
    empty = calibrated(clip, (0, 0, 60, 60))  # a corner beside the fan
    assert not SECTOR[:60, :60].any()
    assert list(find_strips(empty, PictureSearch(empty))) == list(find_strips(clip, PictureSearch(clip)))
    assert read_ecg(empty) == read_ecg(clip)


def test_colour_inside_the_picture_is_no_second_picture(searches):
    clip = clip_of(screen(first_r_ms=150, rr_ms=720, marker="bar"))
    read_ecg(calibrated(clip, PICTURE, (150, 60, 250, 245)))
    assert searches == [(N_FRAMES, 240, 360, 3)]


@settings(max_examples=40, deadline=None)
@given(
    n_frames=st.integers(1, 5), height_px=st.integers(1, 40), width_px=st.integers(1, 60),
    seed=st.integers(0, 99), is_thin=st.booleans(),
)  # fmt: skip
def test_noise_on_screens_of_any_size_is_read_without_an_error(n_frames, height_px, width_px, seed, is_thin):
    rng = np.random.default_rng(seed)
    frames = rng.integers(0, 256, (n_frames, height_px, width_px, 3), dtype=np.uint8)
    if is_thin:
        frames[rng.random(frames.shape[:3]) < 0.9] = 0
    clip = as_clip(frames, frame_times_ms=np.arange(n_frames) * 40.0)
    ecg = read_ecg(clip)
    assert ecg is None or ecg.box_xyxy_px[3] <= height_px


def test_ultrasound_down_to_the_last_row_leaves_no_place_for_an_ecg():
    frames = (
        np.random.default_rng(0).integers(20, 250, (N_FRAMES, 60, 80, 1), dtype=np.uint8).repeat(3, axis=3)
    )
    assert list(find_strips(clip_of(frames), PictureSearch(clip_of(frames)))) == []


def test_tissue_below_a_region_that_ends_too_early_is_no_ecg():
    rng = np.random.default_rng(2)
    sector = fan_mask(HEIGHT, WIDTH, half_angle_deg=45, apex_xy=(200, 5), radius_px=300)
    brightness = np.where(np.arange(WIDTH) // 8 % 2, 0.3, 1.0)[None, :, None]  # as behind shadows, in stripes
    frames = np.zeros((N_FRAMES, HEIGHT, WIDTH, 3), np.uint8)
    for frame in frames:
        frame[...] = sector[..., None] * brightness * rng.integers(80, 250, (HEIGHT, WIDTH, 1))
    cut = calibrated(clip_of(frames), (20, 0, 380, 150))
    assert list(find_strips(cut, PictureSearch(cut))) == []
    assert read_ecg(cut) is None
