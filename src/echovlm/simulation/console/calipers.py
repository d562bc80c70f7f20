"""Measurements burned into a still: calipers on the picture, and the box that states their results.

The box and its numbers are the truth against which a reading of the pixels is scored; a screen with results is
of the kinds ``STILL``, ``SPECTRAL``, ``M_MODE`` or ``REPORT``, and never a cine.
"""

from dataclasses import dataclass
from enum import Enum, auto

import numpy as np
from jaxtyping import Bool, Float

from echovlm.clinical.guidelines import round_half_up
from echovlm.clinical.units import Unit
from echovlm.errors import EchoVLMError
from echovlm.simulation.console.canvas import Canvas, TextKind
from echovlm.simulation.console.regions import Box
from echovlm.simulation.console.style import Justify, Results

_LINE_SPACING = 1.35
_SMALLEST_TEXT = 0.6  # text shrinks to this share of its size before it leaves the box


class CaliperError(EchoVLMError, ValueError):
    """A caliper lies outside the picture on which it measures."""


class CaliperKind(Enum):
    """What the points are: the ends of a distance, the tips of velocities, or the corners of an outline."""

    DISTANCE = auto()
    PEAK = auto()
    OUTLINE = auto()


@dataclass(frozen=True, slots=True)
class Result:
    """One line of the results box: a report label such as ``LVIDd``, and the value before rounding."""

    label: str
    value: float
    unit: Unit


@dataclass(frozen=True, slots=True)
class Caliper:
    """One measurement on a picture.

    Attributes:
        kind: What the points are.
        points_xy_px: Points in the pixels of the picture that was measured, before it was placed.
        results: What is stated of it; the first is what was measured, the others follow from it.
    """

    kind: CaliperKind
    points_xy_px: tuple[tuple[float, float], ...]
    results: tuple[Result, ...]


@dataclass(frozen=True, slots=True)
class BurnedResult:
    """One result as the screen states it.

    Attributes:
        result: What was measured.
        text: The line as written.
        printed: The rounded number.
        box_xyxy_px: The line's box.
    """

    result: Result
    text: str
    printed: float
    box_xyxy_px: Box


@dataclass(frozen=True, slots=True)
class ResultsBox:
    """A box of results: cover it, and no pixel outside the sector says what was measured."""

    box_xyxy_px: Box
    lines: tuple[BurnedResult, ...]


def write_value(value: float, unit: Unit, style: Results) -> tuple[str, float]:
    """Return a value as the console writes it, and the number that it wrote: halves are rounded up."""
    step = dict(style.resolution).get(unit, 0.1)
    printed = round_half_up(value, step)
    digits = max(0, -round(np.log10(step)))
    symbol = {Unit.RATIO: "", Unit.CM2: "cm²"}.get(unit, unit.symbol)
    return f"{printed:.{digits}f} {symbol}".rstrip(), printed


def draw_results(canvas: Canvas, results: tuple[tuple[int, Result], ...], style: Results) -> ResultsBox:
    """Draw the results box, each line with the number of its caliper."""
    rows = [
        (
            style.line.format(number=number, label=result.label),
            *write_value(result.value, result.unit, style),
            result,
        )
        for number, result in results
    ]
    gap_px = 0.5 * style.text_px
    widest_px = max(
        canvas.text_width_px(f"{label}{value}", text_px=style.text_px) for label, value, _, _ in rows
    )
    room_px = style.width_px - 3 * gap_px
    text_px = style.text_px * min(1.0, max(_SMALLEST_TEXT, room_px / widest_px))
    left, top = style.corner_xy_px
    bottom = top + round(_LINE_SPACING * text_px * len(rows) + gap_px)
    canvas.fill((left, top, left + style.width_px, bottom), style.fill)
    canvas.draw.rectangle((left, top, left + style.width_px - 1, bottom - 1), outline=style.frame)
    burned = []
    for row, (label, value, printed, result) in enumerate(rows):
        y_px = top + 0.3 * gap_px + _LINE_SPACING * text_px * row
        start = (left + 0.6 * gap_px, y_px)
        if style.is_justified:
            first = canvas.text(start, label, text_px=text_px, colour=style.colour, kind=TextKind.RESULT)
            end = (left + style.width_px - 0.6 * gap_px, y_px)
            second = canvas.text(
                end, value, text_px=text_px, colour=style.colour, justify=Justify.RIGHT, kind=TextKind.RESULT
            )
        else:
            first = second = canvas.text(
                start, f"{label} {value}", text_px=text_px, colour=style.colour, kind=TextKind.RESULT
            )
        box = (first[0], min(first[1], second[1]), second[2], max(first[3], second[3]))
        burned.append(BurnedResult(result, f"{label} {value}", printed, box))
    return ResultsBox((left, top, left + style.width_px, bottom), tuple(burned))


def check_inside(
    points_xy_px: Float[np.ndarray, "point 2"], inside: Bool[np.ndarray, "height width"], caliper: Caliper
) -> None:
    """Refuse a caliper off the picture.

    Raises:
        CaliperError: If a point lies outside.
    """
    height, width = inside.shape
    for x_px, y_px in points_xy_px:
        column, row = round(float(x_px)), round(float(y_px))
        if not (0 <= column < width and 0 <= row < height and inside[row, column]):
            raise CaliperError(
                f"the caliper of {caliper.results[0].label} has a point at ({x_px:.0f}, {y_px:.0f}) px of the screen, "
                "outside the picture it measures; points must lie on the picture. Measure on another frame or plane."
            )


def draw_caliper(
    layer: Canvas, points_xy_px: Float[np.ndarray, "point 2"], caliper: Caliper, *, number: int, style: Results,
    baseline_y_px: float | None = None,
) -> None:  # fmt: skip
    """Draw a caliper's marks on a layer that will lie over the picture.

    Args:
        layer: The layer; black is transparent.
        points_xy_px: The points on the screen.
        caliper: What is measured.
        number: Its number, from 1.
        style: How the console draws.
        baseline_y_px: Where velocity is 0; a peak's dotted line reaches down to it.
    """
    colour, mark = style.caliper_colour, style.marks[(number - 1) % len(style.marks)]
    points = [(float(x), float(y)) for x, y in points_xy_px]
    if caliper.kind is CaliperKind.OUTLINE:
        layer.draw.line(points, fill=colour)
        points = points[:1]
    for point in points:
        _draw_mark(layer, point, mark, style)
    if caliper.kind is CaliperKind.DISTANCE:
        _draw_dots(layer, points[0], points[1], colour)
    if caliper.kind is CaliperKind.PEAK and baseline_y_px is not None:
        for x_px, y_px in points:
            _draw_dots(layer, (x_px, y_px), (x_px, baseline_y_px), colour)
    x_px, y_px = points[-1]
    at = (x_px + style.arm_px + 2, y_px - style.text_px / 2)
    layer.text(at, f"{number}", text_px=0.9 * style.text_px, colour=colour)


def _draw_mark(layer: Canvas, point_xy_px: tuple[float, float], mark: str, style: Results) -> None:
    x, y, arm, fill = round(point_xy_px[0]), round(point_xy_px[1]), style.arm_px, style.caliper_colour
    if mark == "+":
        layer.draw.line((x - arm, y, x + arm, y), fill=fill)
        layer.draw.line((x, y - arm, x, y + arm), fill=fill)
    elif mark == "x":
        layer.draw.line((x - arm, y - arm, x + arm, y + arm), fill=fill)
        layer.draw.line((x - arm, y + arm, x + arm, y - arm), fill=fill)
    elif mark == "o":
        layer.draw.ellipse((x - arm, y - arm, x + arm, y + arm), outline=fill)
        layer.draw.point((x, y), fill=fill)
    else:
        layer.draw.line((x - arm, y, x + arm, y), fill=fill)
        layer.draw.line((x, y, x, y + arm), fill=fill)


def _draw_dots(
    layer: Canvas,
    start_xy_px: tuple[float, float],
    stop_xy_px: tuple[float, float],
    colour: tuple[int, int, int],
) -> None:
    length = float(np.hypot(stop_xy_px[0] - start_xy_px[0], stop_xy_px[1] - start_xy_px[1]))
    for share in np.linspace(0, 1, max(2, int(length / 5) + 1)):
        x, y = (round(a + share * (b - a)) for a, b in zip(start_xy_px, stop_xy_px, strict=True))
        layer.draw.point((x, y), fill=colour)
