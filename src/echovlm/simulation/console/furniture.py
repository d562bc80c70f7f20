"""What stands around a sector: bars, labels, settings, ruler, grey and colour bars, focus and orientation marks."""

import string
from dataclasses import asdict
from enum import Enum
from typing import Final

import numpy as np
from jaxtyping import Bool, UInt8

from echovlm.simulation.console.canvas import Canvas, TextKind
from echovlm.simulation.console.regions import Box
from echovlm.simulation.console.settings import Console, Readings
from echovlm.simulation.console.style import Justify, RulerKind, RulerNumbers

_IDENTITY: Final = {"patient_name", "patient_id", "birth_date"}
_HEADER: Final = {"institution", "date_us", "date_iso", "date_dmy", "time_12h", "time_24h"}


class ModeShown(Enum):
    """Whose settings the column lists below those of B-mode."""

    TISSUE = "tissue"
    FLOW = "flow"
    SPECTRAL = "spectral"
    M_MODE = "m_mode"


def draw_words(canvas: Canvas, console: Console, readings: Readings, mode: ModeShown) -> None:
    """Draw bars, labels and the column of settings."""
    style, values = console.style, asdict(readings)
    for bar in style.bars:
        canvas.fill(bar.box_px, bar.fill)
    for label in style.labels:
        names = {name for _, name, _, _ in string.Formatter().parse(label.template) if name}
        if names and not any(values[name] for name in names):
            continue
        kind = TextKind.MACHINE
        if names & _IDENTITY:
            kind = TextKind.IDENTITY
        elif names & _HEADER:
            kind = TextKind.HEADER
        canvas.text(
            label.corner_xy_px, label.template.format(**values), text_px=label.text_px, colour=label.colour,
            justify=label.justify, kind=kind,
        )  # fmt: skip
    column = style.column
    added = {
        ModeShown.TISSUE: (),
        ModeShown.FLOW: column.flow,
        ModeShown.SPECTRAL: column.spectral,
        ModeShown.M_MODE: column.m_mode,
    }[mode]
    x_px, y_px = column.corner_xy_px
    for row, template in enumerate((*column.tissue, *added)):
        canvas.text(
            (x_px, y_px + row * column.line_px),
            template.format(**values),
            text_px=column.text_px,
            colour=column.colour,
        )


def draw_grey_bar(canvas: Canvas, console: Console) -> None:
    """Draw the grey scale in the tint that the sector has."""
    for box in console.style.grey_bar_px:
        levels = np.linspace(255, 0, box[3] - box[1]).astype(np.uint8)
        column = console.grey_map[levels][:, None]
        canvas.paste(box, np.ascontiguousarray(np.repeat(column, box[2] - box[0], axis=1)))


def draw_colour_bar(
    canvas: Canvas, console: Console, colours: UInt8[np.ndarray, "level 3"], *, nyquist_cm_per_s: float
) -> Box:
    """Draw the velocity scale, flow towards the probe on top, with its limits in cm/s; return its box."""
    style = console.style
    left, top, right, bottom = box = style.colour_bar_px
    rows = np.linspace(len(colours) - 1, 0, bottom - top).round().astype(int)
    canvas.paste(box, np.ascontiguousarray(np.repeat(colours[rows][:, None], right - left, axis=1)))
    text_px, colour = style.ruler.text_px, style.column.colour
    x_px, justify = (right, Justify.RIGHT) if right > style.width_px / 2 else (left, Justify.LEFT)
    for y_px, text in (
        (top - 1.3 * text_px, f"+{nyquist_cm_per_s:.1f}"),
        (bottom + 1.0, f"-{nyquist_cm_per_s:.1f}"),
        (bottom + 1 + 1.1 * text_px, "cm/s"),
    ):
        canvas.text((x_px, y_px), text, text_px=text_px, colour=colour, justify=justify)
    return box


def draw_ruler(
    canvas: Canvas,
    console: Console,
    space: Box,
    inside: Bool[np.ndarray, "height width"],
    *,
    apex_xy_px: tuple[float, float],
    px_per_cm: float,
    depth_cm: float,
) -> None:
    """Draw a mark per centimetre below the transducer, a longer one every five.

    Args:
        canvas: The screen.
        console: Its settings.
        space: The box kept for this sector; an upright ruler stands at its right edge.
        inside: The sector on the screen.
        apex_xy_px: The transducer's virtual apex on the screen.
        px_per_cm: Scale.
        depth_cm: Depth of the sector.
    """
    ruler = console.style.ruler
    last_cm = int(depth_cm)
    for mark_cm in range(last_cm + 1):
        is_fifth = mark_cm % 5 == 0
        if ruler.kind is RulerKind.EDGE_DOTS:
            spot = _edge_spot(inside, apex_xy_px, mark_cm * px_per_cm)
            if spot is not None:
                radius = 0.55 * ruler.mark_px * (1.0 if is_fifth else 0.5)
                x_px = spot[0] + 5 + 2 * ruler.mark_px
                canvas.draw.ellipse(
                    (x_px - radius, spot[1] - radius, x_px + radius, spot[1] + radius), fill=ruler.colour
                )
            continue
        x_px, y_px = space[2] + 2, apex_xy_px[1] + mark_cm * px_per_cm
        if not space[1] <= y_px < space[3]:
            continue
        length = ruler.mark_px * (2 if is_fifth else 1)
        if ruler.kind is RulerKind.TICKS:
            canvas.draw.line((x_px, round(y_px), x_px + length, round(y_px)), fill=ruler.colour)
        else:
            radius = 0.5 * length
            canvas.draw.ellipse(
                (x_px + 4 - radius, y_px - radius, x_px + 4 + radius, y_px + radius), fill=ruler.colour
            )
        is_written = (is_fifth and mark_cm > 0) if ruler.numbers is RulerNumbers.FIVES else mark_cm == last_cm
        if is_written and ruler.numbers is not RulerNumbers.NONE:
            corner = (x_px + 2 * ruler.mark_px + 4, y_px - 0.6 * ruler.text_px)
            canvas.text(corner, f"{mark_cm}", text_px=ruler.text_px, colour=ruler.colour)


def _edge_spot(
    inside: Bool[np.ndarray, "height width"], apex_xy_px: tuple[float, float], radius_px: float
) -> tuple[float, float] | None:
    """Return the rightmost point of the sector at a distance from the apex."""
    bearing = np.linspace(0, np.pi / 2, 360)
    x = np.round(apex_xy_px[0] + radius_px * np.sin(bearing)).astype(int)
    y = np.round(apex_xy_px[1] + radius_px * np.cos(bearing)).astype(int)
    height, width = inside.shape
    fits = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    x, y = x[fits], y[fits]
    seen = np.flatnonzero(inside[y, x])
    return (float(x[seen[-1]]), float(y[seen[-1]])) if len(seen) else None


def draw_marks(
    canvas: Canvas, console: Console, space: Box, *, apex_xy_px: tuple[float, float], bottom_px: float
) -> None:
    """Draw the orientation mark beside the probe, and the focus mark at the ruler."""
    style = console.style
    arm = max(2.0, 1.2 * style.ruler.mark_px)
    side = -1 if console.flips_marker else 1
    x_px, y_px = apex_xy_px[0] + side * 9 * arm, max(space[1] + arm, apex_xy_px[1] + arm)
    canvas.draw.ellipse((x_px - arm, y_px - arm, x_px + arm, y_px + arm), fill=style.orientation_colour)
    y_px = apex_xy_px[1] + console.focus_frac * (bottom_px - apex_xy_px[1])
    x_px = space[2] + 1
    canvas.draw.polygon([(x_px, y_px), (x_px + 1.5 * arm, y_px - arm), (x_px + 1.5 * arm, y_px + arm)],
                        fill=style.focus_colour)  # fmt: skip
