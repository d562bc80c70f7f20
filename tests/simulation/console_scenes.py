"""Consoles and cines of noise for the tests of screens."""

from dataclasses import replace
from datetime import datetime

import numpy as np
import pytest

from echovlm.simulation.console.ecg import Physiology
from echovlm.simulation.console.makes import STYLES
from echovlm.simulation.console.screen import Examination
from echovlm.simulation.console.sector import SectorCine
from echovlm.simulation.console.settings import draw_console
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
