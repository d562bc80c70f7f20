"""The console's screen: nothing of it in the sector, nothing of the heart in it."""

import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from echovlm.simulation.console import screen as overlay
from echovlm.simulation.console.screen import (
    LAYOUTS,
    Console,
    compose_screen,
    draw_console,
    ecg_trace,
    marker_column,
)

HEIGHT, WIDTH = overlay.SECTOR_HEIGHT_PX, overlay.SECTOR_WIDTH_PX
APEX = (WIDTH / 2 - 0.5, 4.0)


def widest_sector() -> np.ndarray:
    """The widest sector that the simulator draws: 46 degrees to either side."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    radius, angle = np.hypot(x - APEX[0], y - APEX[1]), np.arctan2(x - APEX[0], y - APEX[1])
    return (radius < 183) & (np.abs(angle) < np.deg2rad(46))


def compose(frames, *, layout=LAYOUTS[0], heart_rate_bpm=70.0, sector=None):
    return compose_screen(
        frames,
        widest_sector() if sector is None else sector,
        console=Console(layout, gain_db=50, mechanical_index=1.2, ecg_gain=0.9, ecg_seed=4),
        apex_xy_px=APEX,
        spacing_mm=0.8,
        depth_mm=146.0,
        frame_times_ms=np.arange(len(frames)) * 60_000 / heart_rate_bpm / len(frames),
        heart_rate_bpm=heart_rate_bpm,
    )


def speckle(seed: int, n_frames: int = 6) -> np.ndarray:
    noise = np.random.default_rng(seed).integers(0, 256, (n_frames, HEIGHT, WIDTH), dtype=np.uint8)
    return noise * widest_sector()


def sector_on(screen) -> np.ndarray:
    """The sector's pixels on the screen."""
    inside = np.zeros(screen.frames.shape[1:3], bool)
    x, y = screen.offset_xy_px
    rows, columns = np.nonzero(widest_sector())
    inside[rows + y, columns + x] = True
    return inside


@pytest.mark.parametrize("layout", LAYOUTS, ids=range(len(LAYOUTS)))
def test_inside_the_sector_the_screen_is_the_cine_and_nothing_else(layout):
    frames = speckle(0)
    screen = compose(frames, layout=layout)
    inside = sector_on(screen)
    for channel in range(3):
        np.testing.assert_array_equal(screen.frames[:, inside, channel], frames[:, widest_sector()])


def test_text_that_would_fall_into_the_sector_is_left_out_of_it():
    layout = replace(LAYOUTS[0], text_corners_px=((150, 60), (140, 120)))
    screen = compose(np.zeros_like(speckle(0)), layout=layout)
    assert not screen.frames[:, sector_on(screen)].any()


@pytest.mark.parametrize("layout", LAYOUTS, ids=range(len(LAYOUTS)))
def test_the_sector_cuts_no_text_even_when_it_is_as_wide_as_can_be(layout, monkeypatch):
    whole = []
    draw = overlay._draw_static
    monkeypatch.setattr(
        overlay, "_draw_static", lambda *a, **k: whole.append(draw(*a, **k)) or whole[0].copy()
    )
    screen = compose(np.zeros_like(speckle(0)), layout=layout)
    assert whole[0].any(axis=2).sum() > 500, "there is an overlay"
    assert not whole[0][sector_on(screen)].any()


@pytest.mark.parametrize("layout", LAYOUTS, ids=range(len(LAYOUTS)))
def test_two_hearts_with_one_geometry_have_one_overlay(layout):
    first, second = compose(speckle(1), layout=layout), compose(speckle(2), layout=layout)
    outside = ~sector_on(first)
    np.testing.assert_array_equal(first.frames[:, outside], second.frames[:, outside])


@pytest.mark.parametrize("layout", LAYOUTS, ids=range(len(LAYOUTS)))
def test_the_region_is_the_sectors_box(layout):
    screen = compose(speckle(0), layout=layout)
    rows, columns = np.nonzero(sector_on(screen))
    box = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    assert screen.region_xyxy_px == box
    assert layout.width_px % 2 == 0, "YBR_FULL_422 needs an even number of columns"


def test_consoles_differ_and_their_choice_is_the_seeds():
    consoles = [draw_console(np.random.default_rng(seed)) for seed in range(40)]
    assert {console.layout for console in consoles} == set(LAYOUTS)
    assert draw_console(np.random.default_rng(7)) == consoles[7]


def test_the_screen_shows_machine_settings_only(monkeypatch):
    shown = []
    draw = overlay.ImageDraw.ImageDraw.text
    monkeypatch.setattr(
        overlay.ImageDraw.ImageDraw,
        "text",
        lambda self, xy, text, **k: shown.append(text) or draw(self, xy, text, **k),
    )
    compose(speckle(0))
    allowed = r"ECHOSIM|FR \d+Hz|\d+\.\dcm|G \d+dB|MI \d\.\d|HR \d+"
    assert len(shown) == 6
    assert all(re.fullmatch(allowed, text) for text in shown), shown


@settings(max_examples=30, deadline=None)
@given(heart_rate_bpm=st.floats(40, 140), seed=st.integers(0, 2**31))
def test_the_ecg_has_its_r_waves_one_beat_apart(heart_rate_bpm, seed):
    interval_s = 60 / heart_rate_bpm
    time_s = np.arange(-0.5 * interval_s, 3.5 * interval_s, 0.001)
    volt = ecg_trace(time_s, heart_rate_bpm, seed=seed)
    beat = np.floor(time_s / interval_s + 0.5).astype(int)
    for number in range(4):
        at = np.flatnonzero(beat == number)
        assert time_s[at[np.argmax(volt[at])]] == pytest.approx(number * interval_s, abs=0.004)


@pytest.mark.parametrize("heart_rate_bpm", [45.0, 70.0, 125.0])
@pytest.mark.parametrize("layout", LAYOUTS, ids=range(len(LAYOUTS)))
def test_the_marker_starts_on_an_r_wave_and_runs_on_with_time(layout, heart_rate_bpm):
    screen = compose(np.zeros_like(speckle(0)), layout=layout, heart_rate_bpm=heart_rate_bpm)
    left, top, right, bottom = layout.ecg_box_px
    strip = screen.frames[:, top:bottom, left:right]
    times_ms = np.arange(6) * 60_000 / heart_rate_bpm / 6
    columns = [marker_column(layout, time_ms) - left for time_ms in times_ms]
    assert np.all(np.diff(columns) > 0)
    assert 0 <= columns[0] < columns[-1] < right - left, "the marker stays on the strip"
    for frame, column in zip(strip, columns, strict=True):
        assert (frame[:, column] == layout.marker_colour).all()
    trace = (strip[1] == layout.ecg_colour).all(axis=2)  # the marker has left the first column by now
    highest = np.where(trace.any(axis=0), trace.argmax(axis=0), bottom)
    near = slice(max(columns[0] - 12, 0), columns[0] + 13)
    assert abs(int(np.argmin(highest[near])) + near.start - columns[0]) <= 1, "the first frame is an R wave"
