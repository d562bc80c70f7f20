"""The ECG that a console draws tells when the heart beats; a word, a ruler or a breath does not."""

from dataclasses import replace
from itertools import groupby
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from imaging_files import fan_mask, header, region
from PIL import Image, ImageDraw
from pydicom.data import get_testdata_file
from test_imaging_sector import as_clip

from echovlm.imaging import read_clip
from echovlm.imaging.beats import find_electrical_phases
from echovlm.imaging.ecg import _find_longest_runs, read_ecg, with_drawn_ecg
from echovlm.imaging.regions import read_regions

HEIGHT, WIDTH = 320, 400
BOX = (30, 255, 370, 305)
N_FRAMES, FRAME_MS = 24, 40.0
SECTOR = fan_mask(HEIGHT, WIDTH, half_angle_deg=40, apex_xy=(200, 10), radius_px=230)


def beat(time_ms: np.ndarray, r_ms: list[float], *, t_height: float) -> np.ndarray:
    """An ECG in units of its R wave: a P wave 160 ms before each R, a T wave 280 ms after it."""
    volt = np.zeros_like(time_ms)
    for r in r_ms:
        for offset_ms, width_ms, height in (
            (-160, 22, 0.12),
            (0, 12, 1.0),
            (28, 11, -0.2),
            (280, 40, t_height),
        ):
            volt += height * np.exp(-0.5 * ((time_ms - r - offset_ms) / width_ms) ** 2)
    return volt


def screen(
    *, first_r_ms: float, rr_ms: float, marker: str, colour=(90, 230, 90), t_height=0.28, breath=True, sign=1
) -> np.ndarray:
    """Speckle in a fan above a strip of 2 s that holds the cine from 0.4 s on."""
    rng = np.random.default_rng(3)
    left, top, right, bottom = BOX
    page = Image.new("RGB", (WIDTH, HEIGHT))
    draw = ImageDraw.Draw(page)
    draw.text((left, bottom + 2), "Gen  0  Sector  MB Off  Page 1/3", fill=(230, 230, 230))
    x = np.arange(left, right - 1, 0.25)
    time_ms = (x - left) / (right - left) * 2000.0 - 400.0
    if breath:
        draw.line(list(zip(x, top + 8 + 6 * np.sin(time_ms / 500), strict=True)), fill=(230, 170, 60))
    waves = [first_r_ms + k * rr_ms for k in range(-3, 6)]
    volt = sign * beat(time_ms, waves, t_height=t_height)
    middle = bottom - 14 if sign > 0 else bottom - 36
    draw.line(list(zip(x, middle - 30 * volt, strict=True)), fill=colour)
    frames = np.repeat(np.asarray(page)[None], N_FRAMES, axis=0).copy()
    for index, frame in enumerate(frames):
        frame[SECTOR] = rng.integers(20, 140, (SECTOR.sum(), 1))
        column = left + round((index * FRAME_MS + 400) / 2000 * (right - left))
        if marker == "bar":
            frame[top:bottom, column - 1 : column + 1] = (240, 240, 240)
        elif marker == "gap":
            frame[top:bottom, column : column + 7] = 0
    return frames


def clip_of(frames: np.ndarray, **changes):
    return as_clip(frames, frame_times_ms=np.arange(len(frames)) * FRAME_MS, **changes)


@settings(max_examples=15, deadline=None)
@given(
    first_r_ms=st.floats(30, 300), rr_ms=st.floats(450, 1100), marker=st.sampled_from(["bar", "gap"]),
    colour=st.sampled_from([(90, 230, 90), (225, 225, 225), (80, 140, 250), (90, 220, 230)]),
)  # fmt: skip
def test_r_waves_are_where_the_drawn_curve_has_them(first_r_ms, rr_ms, marker, colour):
    clip = clip_of(screen(first_r_ms=first_r_ms, rr_ms=rr_ms, marker=marker, colour=colour))
    ecg = read_ecg(clip)
    assert ecg is not None
    truth = [first_r_ms + k * rr_ms for k in range(4) if first_r_ms + k * rr_ms <= (N_FRAMES - 1) * FRAME_MS]
    found = [wave for wave in ecg.r_wave_times_ms if wave <= (N_FRAMES - 1) * FRAME_MS]
    assert found[: len(truth)] == pytest.approx(truth, abs=20)  # half a frame
    assert ecg.heart_rate_bpm == pytest.approx(60_000 / rr_ms, rel=0.04)


def test_end_diastole_is_the_frame_of_the_r_wave_and_end_systole_that_of_the_end_of_t():
    clip = clip_of(screen(first_r_ms=120, rr_ms=700, marker="bar"))
    phases = find_electrical_phases(clip)
    assert phases.ed_frame_index == 3
    # The tangent of a Gaussian's steepest fall meets the base two widths after its top: 120 + 280 + 80 ms.
    assert phases.es_frame_index == pytest.approx((120 + 280 + 80) / FRAME_MS, abs=1)
    assert "drawn ECG" in phases.source
    stated = find_electrical_phases(replace(clip, r_wave_times_ms=(240.0,)))
    assert stated.ed_frame_index == 6
    assert "the file states" in stated.source


def test_without_a_t_wave_end_systole_is_left_to_the_area():
    phases = find_electrical_phases(clip_of(screen(first_r_ms=120, rr_ms=700, marker="bar", t_height=0.0)))
    assert (phases.ed_frame_index, phases.es_frame_index) == (3, None)
    assert "no T wave" in phases.source


def test_an_inverted_lead_has_its_r_waves_below():
    ecg = read_ecg(clip_of(screen(first_r_ms=150, rr_ms=800, marker="bar", sign=-1, breath=False)))
    assert ecg.r_wave_times_ms[0] == pytest.approx(150, abs=20)


def test_a_curve_that_nothing_ties_to_the_frames_gives_no_time_but_a_rate_where_its_region_has_seconds():
    clip = clip_of(screen(first_r_ms=150, rr_ms=800, marker="none"))
    ecg = read_ecg(clip)
    assert ecg.r_wave_times_ms == ()
    assert ecg.heart_rate_bpm is None
    strip = region(box=(*BOX[:2], BOX[2] - 1, BOX[3] - 1), spatial_format=4, data_type=10, units=(4, 0))
    strip.PhysicalDeltaX = 2.0 / (BOX[2] - BOX[0])
    stated = replace(clip, regions=read_regions(header(regions=(strip,))))
    assert read_ecg(stated).heart_rate_bpm == pytest.approx(75, rel=0.03)
    assert find_electrical_phases(stated).ed_frame_index is None


def test_a_clip_takes_the_drawn_beats_only_where_its_file_states_none():
    clip = clip_of(screen(first_r_ms=120, rr_ms=700, marker="bar"))
    told = with_drawn_ecg(clip)
    assert told.r_wave_times_ms[0] == pytest.approx(120, abs=20)
    assert told.heart_rate_bpm == pytest.approx(60_000 / 700, rel=0.04)
    assert "drawn on the picture" in told.remarks[-1]
    stated = replace(clip, r_wave_times_ms=(5.0,))
    assert with_drawn_ecg(stated) is stated
    silent = clip_of(np.zeros((3, 60, 80, 3), np.uint8))
    assert with_drawn_ecg(silent) is silent


@pytest.mark.parametrize(
    "name",
    ["examples_ybr_color.dcm", "color3d_jpeg_baseline.dcm", "US1_UNCR.dcm", "OBXXXX1A.dcm", "color-pl.dcm"],
)
def test_a_real_screen_without_an_ecg_has_none(name):
    found = get_testdata_file(name, download=False)
    if found is None:
        pytest.skip(f"{name} needs the package pydicom-data")
    assert read_ecg(read_clip(Path(str(found)))) is None


def test_the_two_r_waves_of_a_real_still_are_found():
    pytest.importorskip("gdcm", reason="needs the codecs extra")
    found = get_testdata_file("JPGLosslessP14SV1_1s_1f_8b.dcm", download=False)
    if found is None:
        pytest.skip("needs the package pydicom-data")
    ecg = read_ecg(read_clip(Path(str(found))))
    assert ecg.r_columns_px == pytest.approx((84, 257), abs=2)  # read off the brightened frame
    assert ecg.r_wave_times_ms == ()


@settings(max_examples=80, deadline=None)
@given(st.lists(st.lists(st.booleans(), min_size=12, max_size=12), min_size=1, max_size=4))
def test_the_longest_run_of_each_frame_is_the_first_of_three_columns_or_more(missing):
    padded = np.pad(np.array(missing, np.int8), ((0, 0), (1, 1)))
    expected = []
    for row in missing:
        runs = [(len(run), -start) for start, run in runs_of(row)]
        length, start = max(runs, default=(0, 0))
        expected.append(float(-start) if length >= 3 else None)
    assert _find_longest_runs(np.diff(padded, axis=1)) == expected


def runs_of(row):
    """Yield where each run of true values starts, and the run."""
    places = groupby(enumerate(row), key=lambda place: place[1])
    for is_missing, run in places:
        columns = [column for column, _ in run]
        if is_missing:
            yield columns[0], columns
