"""The console's screens: nothing of them in the sector, nothing of the heart in them."""

import string
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from console_scenes import EVERY_STYLE, FULL, SMALL, WITH_ECG, examine, sector_on, speckle
from hypothesis import given, settings
from hypothesis import strategies as st

from echovlm.imaging import Clip, extract_cine, find_sector
from echovlm.imaging.mode import shows_flow
from echovlm.simulation.console.canvas import TextKind
from echovlm.simulation.console.ecg import Physiology, ecg_trace
from echovlm.simulation.console.makes import STYLES
from echovlm.simulation.console.regions import DataType, SpatialFormat
from echovlm.simulation.console.screen import compose_cine
from echovlm.simulation.console.sector import SectorCine
from echovlm.simulation.console.settings import PlantedIdentity, Readings, draw_console
from echovlm.simulation.console.strip import cine_strip
from echovlm.simulation.console.style import Marker
from echovlm.simulation.patient import Rhythm


def as_clip(frames) -> Clip:
    return Clip(
        frames=frames, frame_times_ms=None, calibration=None, heart_rate_bpm=None, r_wave_times_ms=(),
        view=None, mode=None, path=Path("a"), patient_id=None, sex_text=None, study_uid=None,
        instance_uid=None, remarks=(),
    )  # fmt: skip


@EVERY_STYLE
def test_inside_the_sector_the_screen_is_the_cine_in_the_tint_of_the_grey_bar(style):
    examination = examine(style)
    cine = speckle(examination)
    screen = compose_cine(cine, examination)
    inside, grey_map = sector_on(screen, cine), examination.console.grey_map
    np.testing.assert_array_equal(screen.frames[:, inside], grey_map[cine.frames[:, cine.sector_mask]])
    for left, top, right, bottom in examination.console.style.grey_bar_px:
        bar = screen.frames[0, top:bottom, (left + right) // 2]
        assert {tuple(pixel) for pixel in bar} <= {tuple(colour) for colour in grey_map}
    assert np.ptp(grey_map.astype(int), axis=1).max() <= 60, "a tint is not colour flow"


@EVERY_STYLE
@pytest.mark.parametrize("height_px", [SMALL, FULL], ids=["small", "full"])
def test_two_hearts_with_one_geometry_have_one_overlay(style, height_px):
    examination = examine(style, height_px=height_px)
    first, second = speckle(examination, seed=1, n_frames=3), speckle(examination, seed=2, n_frames=3)
    screens = compose_cine(first, examination), compose_cine(second, examination)
    outside = ~sector_on(screens[0], first)
    np.testing.assert_array_equal(screens[0].frames[:, outside], screens[1].frames[:, outside])
    assert screens[0].texts == screens[1].texts


def test_the_overlay_is_not_told_the_heart():
    known = {field.name for field in fields(SectorCine)} | {field.name for field in fields(Readings)}
    assert not known & {"view", "masks", "landmarks_xy_px", "patient", "heart", "ejection_fraction_pct"}


@EVERY_STYLE
@pytest.mark.parametrize("height_px", [SMALL, FULL], ids=["small", "full"])
def test_no_text_stands_in_the_widest_sector_or_off_the_screen(style, height_px):
    identity = PlantedIdentity("DOE^SIM", "S0001", "01/02/1950")
    examination = examine(style, height_px=height_px, identity=identity)
    cine = speckle(examination, n_frames=2)
    screen = compose_cine(cine, examination)
    inside = sector_on(screen, cine)
    height, width = inside.shape
    assert width % 2 == 0, "YBR_FULL_422 needs an even number of columns"
    for text in screen.texts:
        left, top, right, bottom = text.box_xyxy_px
        assert 0 <= left < right <= width, text
        assert 0 <= top < bottom <= height, text
        assert not inside[top:bottom, left:right].any(), text
    names = [text for text in screen.texts if text.kind is TextKind.IDENTITY]
    assert any("DOE^SIM" in text.text for text in names)
    nobody = compose_cine(cine, replace(examination, identity=None))
    assert not any(text.kind is TextKind.IDENTITY for text in nobody.texts), "nobody is named by default"


@EVERY_STYLE
def test_templates_name_readings_only(style):
    column = style.column
    lines = (*column.tissue, *column.flow, *column.spectral, *column.m_mode)
    named = {
        name
        for template in (*lines, *(label.template for label in style.labels))
        for _, name, _, _ in string.Formatter().parse(template)
        if name
    }
    assert named <= {field.name for field in fields(Readings)}


@EVERY_STYLE
@pytest.mark.parametrize("height_px", [SMALL, FULL], ids=["small", "full"])
def test_a_reader_finds_the_sector_and_no_word_in_it(style, height_px):
    examination = examine(style, height_px=height_px)
    cine = speckle(examination)
    screen = compose_cine(cine, examination)
    inside = sector_on(screen, cine)
    found = find_sector(screen.frames).mask
    assert (found & inside).sum() / (found | inside).sum() > 0.95
    for text in screen.texts:
        left, top, right, bottom = text.box_xyxy_px
        assert found[top:bottom, left:right].mean() < 0.1, text
    assert not shows_flow(screen.frames)
    read = extract_cine(as_clip(screen.frames))
    assert not read.remarks
    assert max(read.frames.shape[1:]) <= 224


@EVERY_STYLE
def test_the_region_is_the_sectors_box_and_its_scale_the_rulers(style):
    examination = examine(style, height_px=FULL)
    cine = speckle(examination, n_frames=2)
    screen = compose_cine(cine, examination)
    rows, columns = np.nonzero(sector_on(screen, cine))
    box = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    region = screen.regions[0]
    assert (region.spatial_format, region.data_type) == (SpatialFormat.TWO_D, DataType.TISSUE)
    assert screen.region_xyxy_px == box
    assert region.value_at(0, box[3] - 1)[1] == pytest.approx(15.0, abs=0.1), "the deepest row, in cm"


def test_consoles_differ_and_their_choice_is_the_seeds():
    consoles = [draw_console(np.random.default_rng(seed)) for seed in range(60)]
    assert {console.style for console in consoles} == set(STYLES)
    assert draw_console(np.random.default_rng(7)) == consoles[7]
    assert len({(console.style.width_px, console.style.height_px) for console in consoles}) >= 4


@settings(max_examples=30, deadline=None)
@given(heart_rate_bpm=st.floats(40, 140), seed=st.integers(0, 2**31))
def test_the_ecg_of_sinus_rhythm_has_its_r_waves_one_beat_apart(heart_rate_bpm, seed):
    interval_s = 60 / heart_rate_bpm
    time_s = np.arange(-0.5 * interval_s, 3.5 * interval_s, 0.001)
    volt = ecg_trace(time_s, Physiology(heart_rate_bpm, Rhythm.SINUS, seed=seed))
    beat = np.floor(time_s / interval_s + 0.5).astype(int)
    for number in range(4):
        at = np.flatnonzero(beat == number)
        assert time_s[at[np.argmax(volt[at])]] == pytest.approx(number * interval_s, abs=0.004)


@pytest.mark.parametrize("seed", range(4))
def test_atrial_fibrillation_has_no_p_wave_and_no_two_equal_intervals(seed):
    time_s = np.arange(-2.0, 6.0, 0.001)
    fibrillating = Physiology(75.0, Rhythm.ATRIAL_FIBRILLATION, seed=seed)
    sinus = Physiology(75.0, Rhythm.SINUS, seed=seed)
    intervals_s = np.diff(fibrillating.r_peaks_s(-2.0, 6.0))
    assert np.std(intervals_s) / np.mean(intervals_s) > 0.08
    assert np.std(np.diff(sinus.r_peaks_s(-2.0, 6.0))) < 1e-9
    p_s = -0.17 * np.sqrt(0.8)  # where a P wave of 75 per minute would be
    near = np.abs(time_s - p_s) < 0.02
    assert ecg_trace(time_s, sinus)[near].max() > 0.08 + ecg_trace(time_s, fibrillating)[near].mean()


def test_a_paced_beat_has_a_spike_before_a_wide_qrs():
    time_s = np.arange(-0.4, 0.4, 0.0005)
    paced, sinus = (
        ecg_trace(time_s, Physiology(70.0, rhythm, seed=1)) for rhythm in (Rhythm.PACED, Rhythm.SINUS)
    )
    spike = np.abs(time_s + 0.06) < 0.01
    assert paced[spike].max() > 0.6
    assert sinus[spike].max() < 0.2
    assert time_s[np.argmax(paced * (time_s > -0.04))] == pytest.approx(0.0, abs=0.005), "the R wave is at ED"
    assert (paced[time_s > -0.04] > 0.4).sum() > 2 * (sinus[time_s > -0.04] > 0.4).sum()


@pytest.mark.parametrize("heart_rate_bpm", [45.0, 70.0, 125.0])
@WITH_ECG
def test_the_marker_starts_on_an_r_wave_and_runs_on_with_time(style, heart_rate_bpm):
    examination = examine(style, height_px=FULL, heart_rate_bpm=heart_rate_bpm)
    cine = speckle(examination, heart_rate_bpm=heart_rate_bpm)
    screen = compose_cine(cine, examination)
    trace = examination.console.style.ecg[0]
    left, top, right, bottom = trace.box_px
    strip = cine_strip(trace, duration_ms=float(cine.frame_times_ms[-1]))
    columns = [strip.column_at(time_ms) for time_ms in cine.frame_times_ms]
    assert np.all(np.diff(columns) > 0)
    assert left <= columns[0]
    assert columns[-1] < right
    colour = trace.marker_colour if trace.marker is Marker.BAR else examination.console.style.background
    for frame, column in zip(screen.frames, columns, strict=True):
        assert (frame[top:bottom, column : column + trace.marker_px] == colour).all()
    drawn = (screen.frames[1, top:bottom, left:right] == trace.colour).all(axis=2)
    highest = np.where(
        drawn.any(axis=0), drawn.argmax(axis=0), bottom
    )  # the marker has left the first column
    near = slice(max(columns[0] - left - 14, 0), columns[0] - left + 15)
    assert abs(int(np.argmin(highest[near])) + near.start + left - columns[0]) <= 2
