"""The console's screen around a simulated sector: depth ruler, ECG with its sweep marker, machine text.

Nothing here may speak of the patient's heart or of the view: a screen depends on the console (a seed), on the
sector's geometry, on the frame rate and on the heart rate, and on nothing else.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from jaxtyping import Bool, Float, UInt8
from PIL import Image, ImageDraw, ImageFont

Colour = tuple[int, int, int]
Box = tuple[int, int, int, int]

_ECG_WINDOW_S: Final = 2.8  # what the strip shows; a stored loop stands still while the marker runs over it
_ECG_BEFORE_S: Final = 0.7  # of which before the first frame
# Wave: time after the R peak as a share of the beat to the power 1/2 (Bazett), width in s, height in R waves.
_WAVES: Final = (
    (-0.17, 0.022, 0.14),  # P
    (-0.026, 0.009, -0.12),  # Q
    (0.0, 0.011, 1.0),  # R
    (0.028, 0.011, -0.22),  # S
    (0.28, 0.045, 0.28),  # T
)


@dataclass(frozen=True, slots=True)
class Layout:
    """Where one make of console puts things.

    Attributes:
        height_px: Screen height.
        width_px: Screen width; even, as YBR_FULL_422 wants (DICOM PS3.3 C.7.6.3.1.2).
        sector_left_px: Left end of the space kept for the sector.
        sector_top_px: Upper end of that space.
        sector_width_px: Width of that space; a smaller sector is centred in it.
        text_corners_px: Upper left corners of the two blocks of text.
        text_colour: Colour of the text.
        ruler_on_right: Whether the depth ruler stands right of the sector.
        ruler_colour: Colour of the ruler.
        ecg_box_px: The strip of the ECG: left, top, right, bottom, end exclusive.
        ecg_colour: Colour of the trace.
        marker_colour: Colour of the bar that shows the frame's place in the beat.
        wedge_box_px: The grey scale.
    """

    height_px: int
    width_px: int
    sector_left_px: int
    sector_top_px: int
    sector_width_px: int
    text_corners_px: tuple[tuple[int, int], tuple[int, int]]
    text_colour: Colour
    ruler_on_right: bool
    ruler_colour: Colour
    ecg_box_px: Box
    ecg_colour: Colour
    marker_colour: Colour
    wedge_box_px: Box


SECTOR_HEIGHT_PX: Final = 208
SECTOR_WIDTH_PX: Final = 256

LAYOUTS: Final = (
    Layout(
        height_px=240, width_px=320,
        sector_left_px=36, sector_top_px=4, sector_width_px=SECTOR_WIDTH_PX,
        text_corners_px=((3, 3), (3, 176)), text_colour=(200, 200, 205),
        ruler_on_right=True, ruler_colour=(150, 150, 150),
        ecg_box_px=(6, 214, 314, 238), ecg_colour=(40, 220, 70), marker_colour=(235, 70, 60),
        wedge_box_px=(310, 8, 316, 72),
    ),
    Layout(
        height_px=252, width_px=336,
        sector_left_px=20, sector_top_px=12, sector_width_px=SECTOR_WIDTH_PX,
        text_corners_px=((290, 30), (290, 130)), text_colour=(225, 205, 120),
        ruler_on_right=False, ruler_colour=(120, 170, 210),
        ecg_box_px=(20, 224, 316, 250), ecg_colour=(230, 220, 60), marker_colour=(245, 245, 245),
        wedge_box_px=(4, 20, 10, 100),
    ),
    Layout(
        height_px=264, width_px=352,
        sector_left_px=60, sector_top_px=22, sector_width_px=SECTOR_WIDTH_PX,
        text_corners_px=((4, 28), (4, 150)), text_colour=(120, 220, 235),
        ruler_on_right=True, ruler_colour=(190, 190, 120),
        ecg_box_px=(60, 234, 330, 262), ecg_colour=(90, 210, 235), marker_colour=(250, 180, 40),
        wedge_box_px=(336, 30, 344, 130),
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Console:
    """One machine as it was set for one study: its layout, and numbers that mean nothing here."""

    layout: Layout
    gain_db: int
    mechanical_index: float
    ecg_gain: float
    ecg_seed: int


def draw_console(generator: np.random.Generator) -> Console:
    """Draw a console; every choice is independent of the patient."""
    return Console(
        layout=LAYOUTS[int(generator.integers(len(LAYOUTS)))],
        gain_db=int(generator.integers(44, 64)),
        mechanical_index=round(float(generator.uniform(0.9, 1.5)), 1),
        ecg_gain=float(generator.uniform(0.7, 1.0)),
        ecg_seed=int(generator.integers(2**31)),
    )


@dataclass(frozen=True, eq=False)
class Screen:
    """A cine as the console shows it.

    Attributes:
        frames: RGB.
        offset_xy_px: Where the rendered image's pixel (0, 0) lies on the screen.
        region_xyxy_px: The sector's box on the screen, end exclusive.
    """

    frames: UInt8[np.ndarray, "frame height width 3"]
    offset_xy_px: tuple[int, int]
    region_xyxy_px: Box


def compose_screen(
    frames: UInt8[np.ndarray, "frame height width"],
    sector_mask: Bool[np.ndarray, "height width"],
    *,
    console: Console,
    apex_xy_px: tuple[float, float],
    spacing_mm: float,
    depth_mm: float,
    frame_times_ms: Float[np.ndarray, "frame"],
    heart_rate_bpm: float,
) -> Screen:
    """Put a rendered cine on the console's screen.

    Inside the sector the screen holds the cine's pixels and nothing else; outside it, the console's.
    """
    top, left = (int(i) for i in np.argwhere(sector_mask).min(axis=0))
    bottom, right = (int(i) + 1 for i in np.argwhere(sector_mask).max(axis=0))
    layout = console.layout
    x_px = layout.sector_left_px + (layout.sector_width_px - (right - left)) // 2 - left
    y_px = layout.sector_top_px - top
    region = (left + x_px, top + y_px, right + x_px, bottom + y_px)
    static = _draw_static(
        console, region, apex_y_px=apex_xy_px[1] + y_px, spacing_mm=spacing_mm, depth_mm=depth_mm,
        frame_rate_hz=_frame_rate_hz(frame_times_ms), heart_rate_bpm=heart_rate_bpm,
    )  # fmt: skip
    inside = sector_mask[top:bottom, left:right]
    static[region[1] : region[3], region[0] : region[2]][inside] = 0
    screen = np.repeat(static[None], len(frames), axis=0)
    grey = frames[:, top:bottom, left:right] * inside
    box = screen[:, region[1] : region[3], region[0] : region[2]]
    np.maximum(box, grey[..., None], out=box)  # one of the two is 0 everywhere
    for frame, time_ms in zip(screen, frame_times_ms, strict=True):
        _draw_marker(frame, layout, float(time_ms))
    return Screen(frames=screen, offset_xy_px=(x_px, y_px), region_xyxy_px=region)


def _frame_rate_hz(frame_times_ms: Float[np.ndarray, "frame"]) -> float:
    return 1000.0 * (len(frame_times_ms) - 1) / float(frame_times_ms[-1] - frame_times_ms[0])


def _draw_static(
    console: Console,
    region: Box,
    *,
    apex_y_px: float,
    spacing_mm: float,
    depth_mm: float,
    frame_rate_hz: float,
    heart_rate_bpm: float,
) -> UInt8[np.ndarray, "height width 3"]:
    """Draw all that does not move."""
    layout = console.layout
    image = Image.new("RGB", (layout.width_px, layout.height_px))
    draw = ImageDraw.Draw(image)
    blocks = (
        ("ECHOSIM", f"FR {frame_rate_hz:.0f}Hz", f"{depth_mm / 10:.1f}cm"),
        (f"G {console.gain_db}dB", f"MI {console.mechanical_index:.1f}", f"HR {heart_rate_bpm:.0f}"),
    )
    for (x_px, y_px), lines in zip(layout.text_corners_px, blocks, strict=True):
        for line_number, line in enumerate(lines):
            draw.text((x_px, y_px + 11 * line_number), line, fill=layout.text_colour, font=_font(9))
    _draw_ruler(draw, layout, region, apex_y_px=apex_y_px, spacing_mm=spacing_mm, depth_mm=depth_mm)
    _draw_ecg(draw, console, heart_rate_bpm)
    screen = np.array(image)
    left, top, right, bottom = layout.wedge_box_px
    screen[top:bottom, left:right] = np.linspace(255, 0, bottom - top).astype(np.uint8)[:, None, None]
    return screen


@lru_cache(maxsize=4)
def _font(size_px: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size_px)


def _draw_ruler(
    draw: ImageDraw.ImageDraw,
    layout: Layout,
    region: Box,
    *,
    apex_y_px: float,
    spacing_mm: float,
    depth_mm: float,
) -> None:
    """Draw a tick per centimetre below the transducer, a long one every five."""
    x_px, outward = (region[2] + 2, 1) if layout.ruler_on_right else (region[0] - 3, -1)
    for depth_cm in range(int(depth_mm / 10) + 1):
        y_px = round(apex_y_px + depth_cm * 10 / spacing_mm)
        if region[1] <= y_px < region[3]:
            length_px = 6 if depth_cm % 5 == 0 else 3
            draw.line((x_px, y_px, x_px + outward * length_px, y_px), fill=layout.ruler_colour)


def _draw_ecg(draw: ImageDraw.ImageDraw, console: Console, heart_rate_bpm: float) -> None:
    """Draw the trace; its R waves are one RR interval apart and one of them falls on the first frame."""
    left, top, right, bottom = console.layout.ecg_box_px
    # Four samples per pixel, so that no R wave loses its peak between two columns.
    x_px = np.arange(left, right - 1, 0.25)
    volt = ecg_trace(
        (x_px - left) * _ECG_WINDOW_S / (right - left) - _ECG_BEFORE_S, heart_rate_bpm, seed=console.ecg_seed
    )
    height_px = bottom - top - 2
    y_px = bottom - 1 - height_px * (0.25 + 0.72 * console.ecg_gain * volt)
    draw.line([(float(x), float(y)) for x, y in zip(x_px, y_px, strict=True)], fill=console.layout.ecg_colour)


def ecg_trace(
    time_s: Float[np.ndarray, "time"], heart_rate_bpm: float, *, seed: int
) -> Float[np.ndarray, "time"]:
    """Return a normal ECG in units of its R wave, an R peak at time 0 and at every RR interval from it.

    The shape is the same for all hearts; ``seed`` only adds beat-to-beat variation and baseline wander.
    """
    generator = np.random.default_rng(seed)
    interval_s = 60.0 / heart_rate_bpm
    stretch = np.sqrt(interval_s)  # Bazett: intervals scale with the root of RR
    volt = 0.04 * np.sin(2 * np.pi * (0.25 * time_s + generator.random()))
    for beat in range(int(np.floor(time_s[0] / interval_s)) - 1, int(np.ceil(time_s[-1] / interval_s)) + 2):
        height = generator.uniform(0.92, 1.0)
        for centre, width_s, share in _WAVES:
            offset_s = time_s - beat * interval_s - centre * stretch
            volt += height * share * np.exp(-0.5 * (offset_s / width_s) ** 2)
    return np.asarray(volt)


def marker_column(layout: Layout, time_ms: float) -> int:
    """Return the screen column of the sweep marker at a time after the first R wave."""
    left, _, right, _ = layout.ecg_box_px
    share = (time_ms / 1000 + _ECG_BEFORE_S) / _ECG_WINDOW_S
    return left + round(share * (right - left))


def _draw_marker(frame: UInt8[np.ndarray, "height width 3"], layout: Layout, time_ms: float) -> None:
    left, top, right, bottom = layout.ecg_box_px
    column = marker_column(layout, time_ms)
    if left <= column < right:
        frame[top:bottom, column] = layout.marker_colour
