"""A console's screen around a sector: a cine in B-mode or colour, a split screen, or a still with measurements.

Nothing around the sector may speak of the heart or of the view: it depends on the console (drawn from the study's
generator), on the sector's geometry, on the frame rate and on the electrodes, and on nothing else. Only the results
of a still say what was measured.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

import numpy as np
from jaxtyping import Bool, Float, UInt8

from echovlm.simulation.console.calipers import (
    BurnedResult,
    Caliper,
    ResultsBox,
    check_inside,
    draw_caliper,
    draw_results,
)
from echovlm.simulation.console.canvas import BurnedText, Canvas
from echovlm.simulation.console.ecg import Physiology
from echovlm.simulation.console.furniture import (
    ModeShown,
    draw_colour_bar,
    draw_grey_bar,
    draw_marks,
    draw_ruler,
    draw_words,
)
from echovlm.simulation.console.regions import Box, DataType, PhysicalUnit, ScreenRegion, SpatialFormat
from echovlm.simulation.console.sector import PlacedSector, Placement, SectorCine, place_sector
from echovlm.simulation.console.settings import Console, PlantedIdentity, read_out
from echovlm.simulation.console.strip import Strip, cine_strip, draw_marker, draw_strip


class ScreenKind(Enum):
    """What is on the screen."""

    CINE = "cine"
    COLOR = "color"
    SPLIT = "split"
    STILL = "still"
    SPECTRAL = "spectral"
    M_MODE = "m_mode"
    REPORT = "report"


@dataclass(frozen=True, slots=True)
class Examination:
    """What all screens of one moment share.

    Attributes:
        console: The machine.
        physiology: What its electrodes see.
        acquired: The date and time that it writes.
        identity: Invented identity text to burn in; ``None`` burns in nobody.
    """

    console: Console
    physiology: Physiology
    acquired: datetime
    identity: PlantedIdentity | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Flow:
    """Colour Doppler in the pixels of the rendered sector.

    Attributes:
        frames: RGB.
        shown: Where colour hides the grey.
        outline_xy_px: Corners of the colour box, in order around it.
        nyquist_cm_per_s: Velocity at which colour wraps.
        colours: The scale, from away at full speed to towards at full speed.
    """

    frames: UInt8[np.ndarray, "frame height width 3"]
    shown: Bool[np.ndarray, "frame height width"]
    outline_xy_px: Float[np.ndarray, "corner 2"]
    nyquist_cm_per_s: float
    colours: UInt8[np.ndarray, "level 3"]


@dataclass(frozen=True, slots=True, eq=False)
class Screen:
    """What the console shows, and what is known of it.

    Attributes:
        kind: What it is.
        frames: RGB.
        regions: Calibrated regions, the largest picture first.
        placements: Where the given pictures lie, in the order they were given.
        texts: Every text in the pixels.
        result_boxes: Measurements that are stated in the pixels; empty but for stills and pages.
    """

    kind: ScreenKind
    frames: UInt8[np.ndarray, "frame height width 3"]
    regions: tuple[ScreenRegion, ...]
    placements: tuple[Placement, ...]
    texts: tuple[BurnedText, ...]
    result_boxes: tuple[ResultsBox, ...] = ()

    @property
    def results(self) -> tuple[BurnedResult, ...]:
        """Every line of every box of results."""
        return tuple(line for box in self.result_boxes for line in box.lines)

    @property
    def region_xyxy_px(self) -> Box:
        """The first sector's box, end exclusive."""
        return self.regions[0].box_xyxy_px

    @property
    def offset_xy_px(self) -> tuple[int, int]:
        """Where the first picture's pixel (0, 0) lies; exact for a picture that was not shrunk."""
        x_px, y_px = self.placements[0].corner_xy_px
        return round(x_px), round(y_px)


def compose_cine(
    cine: SectorCine,
    examination: Examination,
    *,
    flow: Flow | None = None,
    calipers: tuple[Caliper, ...] = (),
) -> Screen:
    """Show a cine, or with calipers a still; inside the sector there are its pixels and the calipers alone.

    Args:
        cine: The rendered sector; render it at the console's ``sector_height_px`` and ``sector_width_px``.
        examination: The machine and the moment.
        flow: Colour Doppler over it.
        calipers: Measurements to burn in, on a cine of one frame.

    Raises:
        CaliperError: If a caliper lies outside the sector.
    """
    console = examination.console
    style = console.style
    canvas = start_page(examination, cine, ModeShown.FLOW if flow else ModeShown.TISSUE)
    placed = place_sector(
        cine, style.sector_box_px, screen_height_px=style.height_px, screen_width_px=style.width_px
    )
    draw_scales(canvas, console, placed, style.sector_box_px)
    regions = [placed.region()]
    layer = Canvas(style.width_px, style.height_px, background=(0, 0, 0))
    if flow is not None:
        regions += _draw_flow_box(canvas, layer, console, placed, flow)
    strip = draw_electrodes(canvas, examination, duration_ms=float(np.ptp(cine.frame_times_ms)))
    results = burn_calipers(canvas, layer, calipers, placed.placement, placed.inside, console)
    frames = paint(canvas, console, (placed,), n_frames=len(cine.frames))
    if flow is not None:
        left, top, right, bottom = placed.box_xyxy_px
        shown = placed.fit(flow.shown) & placed.inside[top:bottom, left:right]
        np.copyto(frames[:, top:bottom, left:right], placed.fit(flow.frames), where=shown[..., None])
    if calipers or flow is not None:
        np.maximum(frames, layer.pixels(), out=frames)
    if strip is not None:
        regions.append(strip.region())
        for frame, time_ms in zip(frames, cine.frame_times_ms, strict=True):
            draw_marker(frame, strip, float(time_ms), empty=style.background)
    kind = ScreenKind.STILL if calipers else ScreenKind.COLOR if flow else ScreenKind.CINE
    texts = (*canvas.texts, *layer.texts)
    return Screen(kind, frames, tuple(regions), (placed.placement,), texts, results)


def compose_split(first: SectorCine, second: SectorCine, examination: Examination) -> Screen:
    """Show two sectors side by side, as a loop compared with another; the cines have equally many frames."""
    console = examination.console
    style = console.style
    canvas = start_page(examination, first, ModeShown.TISSUE)
    left, top, right, bottom = style.sector_box_px
    margin_px = 4 * style.ruler.mark_px + round(1.5 * style.ruler.text_px)
    middle = (left + right) // 2
    placed = []
    for cine, space in zip(
        (first, second),
        ((left, top, middle - margin_px, bottom), (middle, top, right - margin_px, bottom)),
        strict=True,
    ):
        sector = place_sector(cine, space, screen_height_px=style.height_px, screen_width_px=style.width_px)
        draw_scales(canvas, console, sector, space)
        placed.append(sector)
    strip = draw_electrodes(canvas, examination, duration_ms=float(np.ptp(first.frame_times_ms)))
    frames = paint(canvas, console, tuple(placed), n_frames=len(first.frames))
    regions = [sector.region() for sector in placed]
    if strip is not None:
        regions.append(strip.region())
        for frame, time_ms in zip(frames, first.frame_times_ms, strict=True):
            draw_marker(frame, strip, float(time_ms), empty=style.background)
    return Screen(
        ScreenKind.SPLIT,
        frames,
        tuple(regions),
        tuple(sector.placement for sector in placed),
        tuple(canvas.texts),
    )


def start_page(examination: Examination, cine: SectorCine | None, mode: ModeShown) -> Canvas:
    """Return an empty screen with the machine's words and its grey bar."""
    console, style = examination.console, examination.console.style
    canvas = Canvas(style.width_px, style.height_px, background=style.background)
    readings = read_out(
        console, acquired=examination.acquired, identity=examination.identity,
        heart_rate_bpm=examination.physiology.heart_rate_bpm if console.has_ecg else 0.0,
        frame_rate_hz=cine.frame_rate_hz if cine else 0.0, depth_cm=cine.depth_mm / 10 if cine else 0.0,
    )  # fmt: skip
    draw_words(canvas, console, readings, mode)
    draw_grey_bar(canvas, console)
    return canvas


def draw_scales(canvas: Canvas, console: Console, placed: PlacedSector, space: Box) -> None:
    """Draw a sector's depth marks, focus and orientation."""
    px_per_cm = 10 / placed.spacing_mm
    draw_marks(canvas, console, space, apex_xy_px=placed.apex_xy_px, bottom_px=placed.box_xyxy_px[3])
    draw_ruler(
        canvas, console, space, placed.inside, apex_xy_px=placed.apex_xy_px, px_per_cm=px_per_cm,
        depth_cm=placed.depth_mm / 10,
    )  # fmt: skip


def draw_electrodes(canvas: Canvas, examination: Examination, *, duration_ms: float) -> Strip | None:
    """Draw the ECG strip of a cine, or nothing when the console shows none."""
    console = examination.console
    if not console.has_ecg or not console.style.ecg:
        return None
    strip = cine_strip(console.style.ecg[0], duration_ms=duration_ms)
    draw_strip(canvas, console, strip, examination.physiology)
    return strip


def burn_calipers(
    canvas: Canvas,
    layer: Canvas,
    calipers: tuple[Caliper, ...],
    placement: Placement,
    inside: Bool[np.ndarray, "height width"],
    console: Console,
    *,
    baseline_y_px: float | None = None,
) -> tuple[ResultsBox, ...]:
    """Draw calipers on the layer and their results on the canvas."""
    if not calipers:
        return ()
    style = console.style.results
    numbered = []
    for number, caliper in enumerate(calipers, start=1):
        points = placement.to_screen(np.array(caliper.points_xy_px))
        check_inside(points, inside, caliper)
        draw_caliper(layer, points, caliper, number=number, style=style, baseline_y_px=baseline_y_px)
        numbered += [(number, result) for result in caliper.results]
    return (draw_results(canvas, tuple(numbered), style),)


def paint(
    canvas: Canvas, console: Console, sectors: tuple[PlacedSector, ...], *, n_frames: int
) -> UInt8[np.ndarray, "frame height width 3"]:
    """Return the screen's frames with the sectors in the console's tint; nothing else is inside them."""
    static = canvas.pixels()
    for sector in sectors:
        static[sector.inside] = 0
    frames = np.repeat(static[None], n_frames, axis=0)
    for sector in sectors:
        left, top, right, bottom = sector.box_xyxy_px
        box = frames[:, top:bottom, left:right]
        # One of the two is 0 everywhere: the overlay inside the sector, the tinted grey outside it.
        np.maximum(box, console.grey_map[sector.frames], out=box)
    return frames


def _draw_flow_box(
    canvas: Canvas, layer: Canvas, console: Console, placed: PlacedSector, flow: Flow
) -> list[ScreenRegion]:
    """Draw the colour box and the velocity scale; return their regions."""
    outline = placed.placement.to_screen(flow.outline_xy_px)
    layer.draw.line(
        [(float(x), float(y)) for x, y in [*outline, outline[0]]], fill=console.style.column.colour
    )
    low, high = np.floor(outline.min(axis=0)).astype(int), np.ceil(outline.max(axis=0)).astype(int) + 1
    left, top, right, bottom = placed.box_xyxy_px
    box = (max(int(low[0]), left), max(int(low[1]), top), min(int(high[0]), right), min(int(high[1]), bottom))
    bar = draw_colour_bar(canvas, console, flow.colours, nyquist_cm_per_s=flow.nyquist_cm_per_s)
    step = -2 * flow.nyquist_cm_per_s / (bar[3] - bar[1])
    scale = ScreenRegion(
        SpatialFormat.GRAPHICS, DataType.COLOR_BAR, bar, reference_xy_px=(bar[0], (bar[1] + bar[3]) // 2),
        delta_xy=(0.0, step), unit_xy=(PhysicalUnit.NONE, PhysicalUnit.CM_PER_S),
    )  # fmt: skip
    apex, spacing = placed.apex_xy_px, placed.spacing_mm / 10
    flow_region = ScreenRegion(
        SpatialFormat.TWO_D, DataType.COLOR_FLOW, box, reference_xy_px=(round(apex[0]), round(apex[1])),
        delta_xy=(spacing, spacing), unit_xy=(PhysicalUnit.CM, PhysicalUnit.CM),
    )  # fmt: skip
    return [flow_region, scale]
