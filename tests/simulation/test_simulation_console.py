"""The console's screens: nothing of them in the sector, nothing of the heart in them, and scales that are true."""

import string
from dataclasses import fields, replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from echovlm.clinical.units import Unit
from echovlm.imaging import Clip, extract_cine, find_sector
from echovlm.imaging.mode import shows_flow
from echovlm.simulation.console.calipers import Caliper, CaliperError, CaliperKind, Result, write_value
from echovlm.simulation.console.canvas import TextKind
from echovlm.simulation.console.ecg import Physiology, ecg_trace
from echovlm.simulation.console.makes import STYLES
from echovlm.simulation.console.pages import ResultGroup, TimeStrip, compose_report, compose_time_page
from echovlm.simulation.console.regions import DataType, PhysicalUnit, SpatialFormat
from echovlm.simulation.console.screen import (
    Examination,
    Flow,
    ScreenKind,
    compose_cine,
    compose_split,
)
from echovlm.simulation.console.sector import SectorCine
from echovlm.simulation.console.settings import PlantedIdentity, Readings, draw_console
from echovlm.simulation.console.strip import cine_strip
from echovlm.simulation.console.style import Marker
from echovlm.simulation.patient import Rhythm

WHEN = datetime(2150, 3, 4, 10, 22, 33)
EVERY_STYLE = pytest.mark.parametrize("style", STYLES, ids=[style.maker for style in STYLES])
WITH_ECG = pytest.mark.parametrize(
    "style", [style for style in STYLES if style.ecg], ids=[style.maker for style in STYLES if style.ecg]
)
SMALL, FULL = 208, None


def examine(style, *, height_px=SMALL, heart_rate_bpm=70.0, rhythm=Rhythm.SINUS, identity=None, seed=3):
    console = draw_console(np.random.default_rng(seed), styles=(style,), sector_height_px=height_px)
    console = replace(console, has_ecg=True)
    physiology = Physiology(heart_rate_bpm, rhythm, seed=4, r_wave_times_ms=(0.0, 60_000 / heart_rate_bpm))
    return Examination(console, physiology, WHEN, identity)


def speckle(examination, *, seed=0, n_frames=6, half_angle_deg=46.0, heart_rate_bpm=70.0) -> SectorCine:
    """A cine of noise in the widest sector that the simulator draws, at the console's size."""
    height, width = examination.console.sector_height_px, examination.console.sector_width_px
    apex, radius = (
        (width / 2 - 0.5, 0.02 * height),
        min(0.97 * height, 0.49 * width / np.sin(np.deg2rad(half_angle_deg))),
    )
    y, x = np.mgrid[:height, :width]
    bearing = np.degrees(np.abs(np.arctan2(x - apex[0], y - apex[1])))
    mask = (np.hypot(x - apex[0], y - apex[1]) < radius) & (bearing < half_angle_deg)
    noise = np.random.default_rng(seed).integers(20, 256, (n_frames, height, width), dtype=np.uint8)
    times_ms = np.arange(n_frames) * 60_000 / heart_rate_bpm / n_frames
    return SectorCine(
        noise * mask, mask, apex, spacing_mm=150 / radius, depth_mm=150.0, frame_times_ms=times_ms
    )


def sector_on(screen, cine) -> np.ndarray:
    """The sector's pixels on the screen."""
    inside = np.zeros(screen.frames.shape[1:3], bool)
    x, y = screen.offset_xy_px
    rows, columns = np.nonzero(cine.sector_mask)
    inside[rows + y, columns + x] = True
    return inside


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


DIAMETER = Caliper(CaliperKind.DISTANCE, ((0.0, 0.0), (1.0, 1.0)), (Result("LVIDd", 4.849, Unit.CM),))


def on_sector(cine, *, first=(0.0, 0.4), second=(0.1, 0.62)) -> Caliper:
    """A caliper between two points given as shares of the picture's height from the apex."""
    height = cine.frames.shape[1]
    points = tuple(
        (cine.apex_xy_px[0] + x * height, cine.apex_xy_px[1] + y * height) for x, y in (first, second)
    )
    return replace(DIAMETER, points_xy_px=points)


@EVERY_STYLE
@pytest.mark.parametrize("height_px", [SMALL, FULL], ids=["small", "full"])
def test_a_still_states_its_results_in_a_box_beside_the_sector(style, height_px):
    examination = examine(style, height_px=height_px)
    cine = speckle(examination, n_frames=1)
    calipers = (on_sector(cine), on_sector(cine, second=(-0.1, 0.6)))
    plain, still = compose_cine(cine, examination), compose_cine(cine, examination, calipers=calipers)
    assert still.kind is ScreenKind.STILL
    assert not plain.results
    inside = sector_on(still, cine)
    changed = (plain.frames != still.frames).any(axis=(0, 3))
    assert changed[inside].any(), "calipers are drawn"
    for burned in still.results:
        left, top, right, bottom = burned.box_xyxy_px
        assert changed[top:bottom, left:right].any()
        assert not inside[top:bottom, left:right].any()
        assert burned.text.endswith("cm")
        assert str(burned.printed).rstrip("0").rstrip(".") in burned.text
    (left, top, right, bottom) = still.result_boxes[0].box_xyxy_px
    changed[top:bottom, left:right] = False
    assert not changed[~inside].any(), (
        "with its box covered, nothing beside the sector tells what was measured"
    )


@EVERY_STYLE
def test_the_marks_of_a_caliper_lie_where_it_measured(style):
    examination = examine(style, height_px=FULL)
    cine = speckle(examination, n_frames=1)
    cine = replace(cine, frames=np.zeros_like(cine.frames))
    caliper = on_sector(cine)
    still = compose_cine(cine, examination, calipers=(caliper,))
    lit = still.frames[0].any(axis=2) & sector_on(still, cine)
    for x, y in still.placements[0].to_screen(np.array(caliper.points_xy_px)):
        arm = examination.console.style.results.arm_px
        assert lit[round(y) - arm : round(y) + arm + 1, round(x) - arm : round(x) + arm + 1].sum() >= 2 * arm


def test_a_caliper_outside_the_sector_is_refused():
    examination = examine(STYLES[0])
    cine = speckle(examination, n_frames=1)
    with pytest.raises(CaliperError, match="LVIDd has a point at .* outside the picture"):
        compose_cine(cine, examination, calipers=(on_sector(cine, second=(0.6, 0.1)),))


@pytest.mark.parametrize(
    ("value", "unit", "fine", "coarse"),
    [(4.849, Unit.CM, "4.85 cm", "4.8 cm"), (55.25, Unit.PERCENT, "55.3 %", "55 %"),
     (3.25, Unit.M_PER_S, "3.25 m/s", "3.3 m/s"), (43.56, Unit.MMHG, "43.6 mmHg", "44 mmHg"),
     (0.45, Unit.RATIO, "0.45", "0.5"), (212.4, Unit.MS, "212 ms", "212 ms")],
)  # fmt: skip
def test_numbers_are_written_as_the_console_rounds_them(value, unit, fine, coarse):
    assert write_value(value, unit, STYLES[0].results)[0] == fine
    assert write_value(value, unit, STYLES[1].results)[0] == coarse


def spectrum(*, top_cm_per_s=400.0, rows=200, columns=300, data_type=DataType.CW_DOPPLER, target=(0.0, 0.0)):
    grey = np.zeros((rows, columns), np.uint8)
    grey[49:52, 100:103] = 255  # one bright spot, at a known time and velocity
    step = -2 * top_cm_per_s / rows
    return TimeStrip(grey, data_type, -0.4, 0.008, top_cm_per_s, step, target)


@EVERY_STYLE
@pytest.mark.parametrize("data_type", [DataType.PW_DOPPLER, DataType.CW_DOPPLER])
def test_a_spectrums_region_gives_back_time_and_velocity(style, data_type):
    examination = examine(style, height_px=FULL)
    cine = speckle(examination)
    strip = spectrum(data_type=data_type, target=(cine.apex_xy_px[0], cine.frames.shape[1] / 2))
    caliper = Caliper(CaliperKind.PEAK, ((101.0, 50.0),), (Result("AV Vmax", 2.0, Unit.M_PER_S),))
    screen = compose_time_page(cine, strip, examination, calipers=(caliper,))
    region = screen.regions[1]
    assert (region.spatial_format, region.data_type) == (SpatialFormat.SPECTRAL, data_type)
    assert region.unit_xy == (PhysicalUnit.SECOND, PhysicalUnit.CM_PER_S)
    assert region.delta_xy[1] < 0
    assert (region.sample_gate_xy_px is not None) == (data_type is DataType.PW_DOPPLER)
    x, y = screen.placements[1].to_screen(np.array([101.0, 50.0]))
    assert region.value_at(x, y) == pytest.approx((-0.4 + 101 * 0.008, 400 - 50 * 4), abs=0.02)
    left, top, right, bottom = region.box_xyxy_px
    unmarked = compose_time_page(cine, strip, examination).frames[0, top:bottom, left:right].max(axis=2)
    rows, columns = np.nonzero(unmarked > 150)
    bright = np.hypot(rows + top - y, columns + left - x) < 12
    assert bright.any()
    assert np.abs(rows[bright] + top - y).min() <= 2
    if len(screen.regions) > 2:
        electrodes = screen.regions[2]
        assert electrodes.value_at(x, 0)[0] == pytest.approx(region.value_at(x, 0)[0], abs=0.02), (
            "one time axis"
        )


@EVERY_STYLE
def test_an_m_mode_counts_depth_from_the_apex_downwards(style):
    examination = examine(style, height_px=FULL)
    cine = speckle(examination)
    strip = TimeStrip(
        np.full((150, 200), 90, np.uint8), DataType.TISSUE, 0.0, 0.01, 0.0, 0.1, cine.apex_xy_px
    )
    screen = compose_time_page(cine, strip, examination)
    region = screen.regions[1]
    assert region.spatial_format is SpatialFormat.M_MODE
    assert region.unit_xy[1] is PhysicalUnit.CM
    box = region.box_xyxy_px
    assert region.value_at(box[0], box[1])[1] == pytest.approx(0.0, abs=0.06)
    assert region.value_at(box[0], box[3] - 1)[1] == pytest.approx(14.9, abs=0.06)


@EVERY_STYLE
def test_colour_lies_in_its_box_and_is_seen_as_colour(style):
    examination = examine(style)
    cine = speckle(examination)
    n, height, width = cine.frames.shape
    shown = np.zeros((n, height, width), bool)
    x0, y0, x1, y1 = round(0.4 * width), round(0.4 * height), round(0.6 * width), round(0.7 * height)
    shown[:, y0:y1, x0:x1] = True
    flow_frames = np.zeros((n, height, width, 3), np.uint8)
    flow_frames[:, : (y0 + y1) // 2] = (230, 60, 20)
    flow_frames[:, (y0 + y1) // 2 :] = (20, 60, 230)
    outline = np.array([(x0 - 3, y0 - 3), (x1 + 3, y0 - 3), (x1 + 3, y1 + 3), (x0 - 3, y1 + 3)], float)
    colours = np.linspace((20, 60, 230), (230, 60, 20), 255).astype(np.uint8)
    screen = compose_cine(cine, examination, flow=Flow(flow_frames, shown, outline, 61.6, colours))
    assert screen.kind is ScreenKind.COLOR
    assert shows_flow(screen.frames)
    flow_region = screen.regions[1]
    assert flow_region.data_type is DataType.COLOR_FLOW
    assert flow_region.delta_xy == screen.regions[0].delta_xy
    x, y = screen.offset_xy_px
    assert (screen.frames[0, y0 + y + 1, x0 + x + 1] == (230, 60, 20)).all()
    assert {"+61.6", "-61.6"} <= {text.text for text in screen.texts}


@EVERY_STYLE
def test_a_split_screen_holds_two_calibrated_sectors(style):
    examination = examine(style, height_px=FULL)
    first, second = speckle(examination, seed=1), speckle(examination, seed=2, half_angle_deg=35)
    screen = compose_split(first, second, examination)
    left, right = screen.regions[:2]
    assert left.box_xyxy_px[2] <= right.box_xyxy_px[0]
    for region, placement, cine in zip(screen.regions, screen.placements, (first, second), strict=False):
        assert region.delta_xy[0] == pytest.approx(cine.spacing_mm / 10 / placement.scale_xy[0], rel=0.02)


@EVERY_STYLE
def test_a_report_page_is_text_alone(style):
    rows = tuple(Result(f"Value {n}", 1.05 + n, Unit.CM) for n in range(30))
    screen = compose_report(
        (ResultGroup("2D", rows[:12]), ResultGroup("M-mode", rows[12:])), examine(style, height_px=FULL)
    )
    assert not screen.regions
    assert len(screen.results) >= 20
    height, width = screen.frames.shape[1:3]
    boxes = [burned.box_xyxy_px for burned in screen.results]
    assert all(0 <= x0 < x1 <= width and 0 <= y0 < y1 <= height for x0, y0, x1, y1 in boxes)
    assert len(set(boxes)) == len(boxes)
