"""The vocabulary of a console's look: where it puts things, in which colours, and how it writes numbers."""

from dataclasses import dataclass, fields, is_dataclass, replace
from enum import Enum, auto
from typing import Any

from echovlm.clinical.units import Unit
from echovlm.simulation.console.regions import Box

Colour = tuple[int, int, int]


class RulerKind(Enum):
    """How depth is marked: ticks or dots on an upright line, or dots along the fan's right edge."""

    TICKS = auto()
    DOTS = auto()
    EDGE_DOTS = auto()


class RulerNumbers(Enum):
    """Which depths are written: none, every five centimetres, or the last one alone."""

    NONE = auto()
    FIVES = auto()
    LAST = auto()


class Marker(Enum):
    """How the frame's place in the beat shows on the trace: a bar over it, or the gap of a sweeping pen."""

    BAR = auto()
    GAP = auto()


class Justify(Enum):
    """Where a label's anchor lies; the values are Pillow's text anchors."""

    LEFT = "la"
    CENTRE = "ma"
    RIGHT = "ra"


@dataclass(frozen=True, slots=True)
class Label:
    """A text at a fixed place; ``{fields}`` are those of ``Readings``."""

    corner_xy_px: tuple[int, int]
    template: str
    text_px: float
    colour: Colour
    justify: Justify = Justify.LEFT


@dataclass(frozen=True, slots=True)
class Column:
    """Lines of settings under each other.

    Attributes:
        corner_xy_px: Upper left corner of the first line.
        line_px: Distance between lines.
        text_px: Size of the letters.
        colour: Colour of the letters.
        tissue: Lines of B-mode.
        flow: Lines added by colour Doppler.
        spectral: Lines added by spectral Doppler.
        m_mode: Lines added by M-mode.
    """

    corner_xy_px: tuple[int, int]
    line_px: int
    text_px: float
    colour: Colour
    tissue: tuple[str, ...]
    flow: tuple[str, ...]
    spectral: tuple[str, ...]
    m_mode: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """A filled rectangle, such as a title bar or a row of keys."""

    box_px: Box
    fill: Colour


@dataclass(frozen=True, slots=True)
class Ruler:
    """The marks of depth; numbers are in cm."""

    kind: RulerKind
    numbers: RulerNumbers
    colour: Colour
    mark_px: int
    text_px: float


@dataclass(frozen=True, slots=True)
class Trace:
    """The strip of the ECG.

    Attributes:
        box_px: Where it is; left and right are the sector box's, so that a spectrum shares its time axis.
        colour: Colour of the trace.
        marker: What runs over it.
        marker_colour: Colour of a ``Marker.BAR``.
        marker_px: Width of the marker.
        window_s: Time from left to right, unless the cine is longer.
        before_s: Time before the first frame.
        respiration_colour: Colour of the breathing curve above it.
    """

    box_px: Box
    colour: Colour
    marker: Marker
    marker_colour: Colour
    marker_px: int
    window_s: float
    before_s: float
    respiration_colour: Colour


@dataclass(frozen=True, slots=True)
class Results:
    """How measurements are drawn.

    Attributes:
        corner_xy_px: Upper left corner of the box.
        width_px: Its width.
        text_px: Size of the letters.
        colour: Colour of the letters.
        fill: Colour behind them.
        frame: Colour of the box's border; the same as ``fill`` where it has none.
        caliper_colour: Colour of calipers.
        arm_px: Length of a caliper's arms.
        marks: Marks of the first, second ... caliper, each one of "+", "x", "o" or "T".
        line: Pattern of a line, of ``{number}``, ``{label}``, ``{value}`` and ``{unit}``.
        is_justified: Whether values stand at the right end of the box.
        resolution: Step to which values of a unit are rounded.
    """

    corner_xy_px: tuple[int, int]
    width_px: int
    text_px: float
    colour: Colour
    fill: Colour
    frame: Colour
    caliper_colour: Colour
    arm_px: int
    marks: tuple[str, ...]
    line: str
    is_justified: bool
    resolution: tuple[tuple[Unit, float], ...]


@dataclass(frozen=True, slots=True)
class Style:
    """One make of console.

    Attributes:
        maker: An invented name.
        width_px: Screen width.
        height_px: Screen height.
        background: Colour of an empty screen.
        tint: Shares of red, green and blue in a grey pixel, at most 1.1.
        sector_box_px: The space kept for the sector.
        page_split_frac: Share of that space's height that the reference image has over a strip.
        bars: Filled rectangles.
        labels: Texts at fixed places.
        column: Settings.
        ruler: Marks of depth.
        ecg: ECG strip; empty when the console shows none, else one.
        grey_bar_px: Box of the grey scale; empty when there is none, else one.
        colour_bar_px: Box of the velocity scale.
        orientation_colour: Colour of the mark beside the probe; black hides it.
        focus_colour: Colour of the focus mark; black hides it.
        results: How measurements are drawn.
    """

    maker: str
    width_px: int
    height_px: int
    background: Colour
    tint: tuple[float, float, float]
    sector_box_px: Box
    page_split_frac: float
    bars: tuple[Bar, ...]
    labels: tuple[Label, ...]
    column: Column
    ruler: Ruler
    ecg: tuple[Trace, ...]
    grey_bar_px: tuple[Box, ...]
    colour_bar_px: Box
    orientation_colour: Colour
    focus_colour: Colour
    results: Results


def scaled(style: Style, factor: float) -> Style:
    """Return the style of a screen that was exported ``factor`` times as large.

    Every field whose name ends in ``_px`` is a length; the width stays even, as YBR_FULL_422 wants
    (DICOM PS3.3 C.7.6.3.1.2).
    """
    smaller = _scaled(style, factor)
    assert isinstance(smaller, Style)
    return replace(smaller, width_px=smaller.width_px + smaller.width_px % 2)


def _scaled(part: object, factor: float) -> object:
    if isinstance(part, tuple):
        return tuple(_scaled(item, factor) for item in part)
    if not is_dataclass(part) or isinstance(part, type):
        return part
    changes: dict[str, Any] = {}
    for field in fields(part):
        scale = _scaled_length if field.name.endswith("_px") else _scaled
        changes[field.name] = scale(getattr(part, field.name), factor)
    return replace(part, **changes)


def _scaled_length(length: object, factor: float) -> object:
    if isinstance(length, tuple):
        return tuple(_scaled_length(item, factor) for item in length)
    if isinstance(length, float):
        return length * factor
    assert isinstance(length, int)
    return max(round(length * factor), min(length, 1))
