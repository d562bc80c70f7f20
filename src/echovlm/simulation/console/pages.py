"""Pages that are no sector alone: a spectrum or an M-mode under its reference picture, and a page of results."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image

from echovlm.simulation.console.calipers import BurnedResult, Caliper, Result, ResultsBox, write_value
from echovlm.simulation.console.canvas import Canvas, TextKind
from echovlm.simulation.console.furniture import ModeShown
from echovlm.simulation.console.regions import Box, DataType, PhysicalUnit, ScreenRegion, SpatialFormat
from echovlm.simulation.console.screen import (
    Examination,
    Screen,
    ScreenKind,
    burn_calipers,
    draw_scales,
    paint,
    start_page,
)
from echovlm.simulation.console.sector import PlacedSector, Placement, SectorCine, place_sector
from echovlm.simulation.console.strip import Strip, draw_strip
from echovlm.simulation.console.style import Justify, Style

_TICK_STEPS = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0)
_MOST_TICKS = 6
_IN_METRES_CM_PER_S = 150.0  # faster scales are written in m/s


@dataclass(frozen=True, slots=True, eq=False)
class TimeStrip:
    """A picture with time to the right: a Doppler spectrum, or the echoes along one beam.

    Attributes:
        grey: Rows downwards, columns in time.
        data_type: ``PW_DOPPLER`` (also of tissue) or ``CW_DOPPLER``, whose rows are velocities in cm/s, or
            ``TISSUE``, an M-mode, whose rows are depths in cm.
        start_s: Time of the first column after the first R wave.
        s_per_column: Step in time.
        top_value: Velocity or depth of the first row.
        value_per_row: Its step downwards; negative for a velocity, positive for a depth.
        target_xy_px: On the reference picture, the sample gate or any point of the beam.
    """

    grey: UInt8[np.ndarray, "row column"]
    data_type: DataType
    start_s: float
    s_per_column: float
    top_value: float
    value_per_row: float
    target_xy_px: tuple[float, float]

    @property
    def is_m_mode(self) -> bool:
        """Whether rows are depths."""
        return self.data_type is DataType.TISSUE

    def to_px(self, time_s: float, value: float) -> tuple[float, float]:
        """Return the column and row of a time and a velocity or depth, as calipers want them."""
        return (time_s - self.start_s) / self.s_per_column, (value - self.top_value) / self.value_per_row


def compose_time_page(
    cine: SectorCine, strip: TimeStrip, examination: Examination, *, calipers: tuple[Caliper, ...] = ()
) -> Screen:
    """Show a spectrum or an M-mode under the sector from which it was taken.

    Args:
        cine: The reference picture; its first frame is shown.
        strip: The spectrum or M-mode.
        examination: The machine and the moment.
        calipers: Measurements on the strip, in its columns and rows (``TimeStrip.to_px``).

    Raises:
        CaliperError: If a caliper lies outside the strip.
    """
    console, style = examination.console, examination.console.style
    reference_space, strip_box = _spaces(style)
    reference = cine.still(0)
    canvas = start_page(examination, cine, ModeShown.M_MODE if strip.is_m_mode else ModeShown.SPECTRAL)
    placed = place_sector(
        reference, reference_space, screen_height_px=style.height_px, screen_width_px=style.width_px
    )
    draw_scales(canvas, console, placed, reference_space)
    layer = Canvas(style.width_px, style.height_px, background=(0, 0, 0))
    _draw_cursor(layer, style, placed, strip)
    region = _strip_region(strip, strip_box, placed.placement)
    _draw_axes(canvas, style, region, is_m_mode=strip.is_m_mode)
    placement, inside = _strip_placement(strip, strip_box), np.zeros((style.height_px, style.width_px), bool)
    inside[strip_box[1] : strip_box[3], strip_box[0] : strip_box[2]] = True
    zero_y_px = None if strip.is_m_mode else _row_of(region, 0.0)
    results = burn_calipers(canvas, layer, calipers, placement, inside, console, baseline_y_px=zero_y_px)
    regions = [placed.region(), region]
    if console.has_ecg and style.ecg:
        duration_s = strip.grey.shape[1] * strip.s_per_column
        electrodes = Strip(style.ecg[0], strip.start_s, strip.start_s + duration_s)
        draw_strip(canvas, console, electrodes, examination.physiology)
        regions.append(electrodes.region())
    frames = paint(canvas, console, (placed,), n_frames=1)
    size = (strip_box[2] - strip_box[0], strip_box[3] - strip_box[1])
    spread = np.asarray(Image.fromarray(strip.grey).resize(size, Image.Resampling.BILINEAR))
    frames[0, strip_box[1] : strip_box[3], strip_box[0] : strip_box[2]] = console.grey_map[spread]
    if zero_y_px is not None:
        row = round(zero_y_px)
        if strip_box[1] <= row < strip_box[3]:
            frames[0, row, strip_box[0] : strip_box[2]] = style.ruler.colour
    np.maximum(frames, layer.pixels(), out=frames)
    kind = ScreenKind.M_MODE if strip.is_m_mode else ScreenKind.SPECTRAL
    texts = (*canvas.texts, *layer.texts)
    return Screen(kind, frames, tuple(regions), (placed.placement, placement), texts, results)


def _spaces(style: Style) -> tuple[Box, Box]:
    """Return the boxes of the reference picture and of the strip below it."""
    left, top, right, bottom = style.sector_box_px
    middle = top + round(style.page_split_frac * (bottom - top))
    # The reference's own ruler and marks stay clear of the screen's edge; the strip leaves a line for time.
    return (left, top, right, middle - 4), (
        left,
        middle + 4,
        right,
        bottom - round(1.4 * style.ruler.text_px),
    )


def _strip_placement(strip: TimeStrip, box: Box) -> Placement:
    rows, columns = strip.grey.shape
    return Placement(((box[2] - box[0]) / columns, (box[3] - box[1]) / rows), (float(box[0]), float(box[1])))


def _strip_region(strip: TimeStrip, box: Box, reference: Placement) -> ScreenRegion:
    """Return the strip's scale: seconds to the right; cm/s or cm downwards."""
    placement = _strip_placement(strip, box)
    delta_x, delta_y = strip.s_per_column / placement.scale_xy[0], strip.value_per_row / placement.scale_xy[1]
    # The first screen pixel's centre lies this far from the centre of the strip's first column and row.
    first_x, first_y = (0.5 / scale - 0.5 for scale in placement.scale_xy)
    gate = reference.to_screen(np.array(strip.target_xy_px))
    return ScreenRegion(
        SpatialFormat.M_MODE if strip.is_m_mode else SpatialFormat.SPECTRAL,
        strip.data_type,
        box,
        reference_xy_px=(box[0], box[1]),
        reference_value_xy=(
            strip.start_s + first_x * strip.s_per_column,
            strip.top_value + first_y * strip.value_per_row,
        ),
        delta_xy=(delta_x, delta_y),
        unit_xy=(PhysicalUnit.SECOND, PhysicalUnit.CM if strip.is_m_mode else PhysicalUnit.CM_PER_S),
        sample_gate_xy_px=(
            (round(float(gate[0])), round(float(gate[1]))) if strip.data_type is DataType.PW_DOPPLER else None
        ),
    )


def _row_of(region: ScreenRegion, value: float) -> float:
    """Return the screen row of a velocity or depth."""
    return region.reference_xy_px[1] + (value - region.reference_value_xy[1]) / region.delta_xy[1]


def _draw_cursor(layer: Canvas, style: Style, placed: PlacedSector, strip: TimeStrip) -> None:
    """Draw the dotted beam through the target, and the two bars of a sample gate across it."""
    apex, target = np.array(placed.apex_xy_px), placed.placement.to_screen(np.array(strip.target_xy_px))
    along = (target - apex) / max(float(np.hypot(*(target - apex))), 1.0)
    colour, gap_px = style.column.colour, max(2, round(0.6 * style.ruler.mark_px))
    height, width = placed.inside.shape
    for radius in np.arange(0, placed.depth_mm / placed.spacing_mm, 4):
        x, y = np.round(apex + radius * along).astype(int)
        if 0 <= x < width and 0 <= y < height and placed.inside[y, x]:
            layer.draw.point((int(x), int(y)), fill=colour)
    if strip.data_type is DataType.PW_DOPPLER:
        across: Float[np.ndarray, 2] = np.array([-along[1], along[0]]) * 2 * gap_px
        for side in (-1, 1):
            centre = target + side * gap_px * along
            layer.draw.line([tuple(centre - across), tuple(centre + across)], fill=colour)
    elif strip.data_type is DataType.CW_DOPPLER:
        x, y = target
        layer.draw.polygon(
            [(x - gap_px, y), (x, y - gap_px), (x + gap_px, y), (x, y + gap_px)], outline=colour
        )


def _draw_axes(canvas: Canvas, style: Style, region: ScreenRegion, *, is_m_mode: bool) -> None:
    """Draw the ticks of velocity or depth at the right edge, and those of time below."""
    left, top, right, bottom = region.box_xyxy_px
    ruler = style.ruler
    first, last = region.value_at(left, top)[1], region.value_at(left, bottom - 1)[1]
    in_metres = not is_m_mode and max(abs(first), abs(last)) >= _IN_METRES_CM_PER_S
    unit, per_unit = ("cm", 1.0) if is_m_mode else ("m/s", 100.0) if in_metres else ("cm/s", 1.0)
    span = abs(last - first) / per_unit
    step = next((step for step in _TICK_STEPS if span / step <= _MOST_TICKS), _TICK_STEPS[-1])
    low, high = sorted((first / per_unit, last / per_unit))
    for multiple in range(int(np.ceil(low / step)), int(np.floor(high / step)) + 1):
        value = multiple * step
        y_px = _row_of(region, value * per_unit)
        canvas.draw.line((right + 1, y_px, right + 1 + ruler.mark_px, y_px), fill=ruler.colour)
        if multiple and top + ruler.text_px < y_px < bottom - ruler.text_px:
            corner = (right + ruler.mark_px + 4, y_px - 0.6 * ruler.text_px)
            canvas.text(corner, f"{value:g}", text_px=ruler.text_px, colour=ruler.colour)
    canvas.text((right + 2, bottom - 0.2 * ruler.text_px), unit, text_px=ruler.text_px, colour=ruler.colour)
    start_s, stop_s = region.value_at(left, top)[0], region.value_at(right, top)[0]
    for tenth in range(int(np.ceil(start_s * 5)), int(stop_s * 5) + 1):
        x_px = left + (tenth / 5 - start_s) / region.delta_xy[0]
        length = ruler.mark_px * (1.0 if tenth % 5 == 0 else 0.5)
        canvas.draw.line((x_px, bottom + 1, x_px, bottom + 1 + length), fill=ruler.colour)


@dataclass(frozen=True, slots=True)
class ResultGroup:
    """Results under one heading of a report page."""

    heading: str
    results: tuple[Result, ...]


def compose_report(groups: tuple[ResultGroup, ...], examination: Examination) -> Screen:
    """Show a page of measurements without any picture; it has no region, because it is no ultrasound.

    What does not fit on the page is left out; ``results`` says what is there.
    """
    style = examination.console.style
    canvas = Canvas(style.width_px, style.height_px, background=style.background)
    for bar in style.bars:
        canvas.fill(bar.box_px, bar.fill)
    text_px, colour = style.results.text_px, style.results.colour
    line_px, left, top = 1.5 * text_px, round(0.06 * style.width_px), round(0.16 * style.height_px)
    canvas.text((left, top - 2.2 * text_px), "Adult Echo Report", text_px=1.3 * text_px, colour=colour)
    column_px, bottom_px = 0.45 * style.width_px, 0.93 * style.height_px
    x_px, y_px, burned = float(left), float(top), list[BurnedResult]()
    for group in groups:
        if y_px + 2 * line_px > bottom_px:
            x_px, y_px = x_px + column_px, float(top)
        if x_px + column_px > style.width_px:
            break
        canvas.text((x_px, y_px), group.heading, text_px=text_px, colour=style.ruler.colour)
        y_px += line_px
        for result in group.results:
            if y_px + line_px > bottom_px:
                x_px, y_px = x_px + column_px, float(top)
            if x_px + column_px > style.width_px:
                break
            burned.append(_write_row(canvas, style, result, x_px, y_px, column_px))
            y_px += line_px
        y_px += 0.5 * line_px
    page = ResultsBox((0, 0, style.width_px, style.height_px), tuple(burned))
    return Screen(ScreenKind.REPORT, canvas.pixels()[None], (), (), tuple(canvas.texts), (page,))


def _write_row(
    canvas: Canvas, style: Style, result: Result, x_px: float, y_px: float, column_px: float
) -> BurnedResult:
    """Write one row: the label on the left, the value on the right."""
    value, printed = write_value(result.value, result.unit, style.results)
    size, colour = style.results.text_px, style.results.colour
    first = canvas.text((x_px + size, y_px), result.label, text_px=size, colour=colour, kind=TextKind.RESULT)
    end = (x_px + 0.85 * column_px, y_px)
    second = canvas.text(end, value, text_px=size, colour=colour, justify=Justify.RIGHT, kind=TextKind.RESULT)
    box = (first[0], min(first[1], second[1]), second[2], max(first[3], second[3]))
    return BurnedResult(result, f"{result.label} {value}", printed, box)
