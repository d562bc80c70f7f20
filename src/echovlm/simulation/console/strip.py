"""The strip of the ECG: its trace, drawn once, and the marker that runs over it with the frames."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import UInt8

from echovlm.simulation.console.canvas import Canvas
from echovlm.simulation.console.ecg import Physiology, ecg_trace, respiration_trace
from echovlm.simulation.console.regions import Box, DataType, PhysicalUnit, ScreenRegion, SpatialFormat
from echovlm.simulation.console.settings import Console
from echovlm.simulation.console.style import Marker, Trace

_AFTER_S = 0.2


@dataclass(frozen=True, slots=True)
class Strip:
    """An ECG strip and the time that it spans; time 0 is the first frame."""

    trace: Trace
    start_s: float
    stop_s: float

    @property
    def box_xyxy_px(self) -> Box:
        """Where it is on the screen."""
        return self.trace.box_px

    def column_at(self, time_ms: float) -> int:
        """Return the screen column of a time."""
        left, _, right, _ = self.trace.box_px
        return left + round((time_ms / 1000 - self.start_s) / (self.stop_s - self.start_s) * (right - left))

    def region(self) -> ScreenRegion:
        """Return the strip's region: seconds to the right, nothing downwards."""
        left, _, right, bottom = self.trace.box_px
        step_s = (self.stop_s - self.start_s) / (right - left)
        return ScreenRegion(
            SpatialFormat.WAVEFORM, DataType.ECG, self.trace.box_px, reference_xy_px=(left, bottom - 1),
            reference_value_xy=(self.start_s, 0.0), delta_xy=(step_s, 0.0),
            unit_xy=(PhysicalUnit.SECOND, PhysicalUnit.NONE),
        )  # fmt: skip


def cine_strip(trace: Trace, *, duration_ms: float) -> Strip:
    """Return the strip of a cine: it stands still while the marker runs over it, and holds the whole loop."""
    span_s = max(trace.window_s, trace.before_s + duration_ms / 1000 + _AFTER_S)
    return Strip(trace, -trace.before_s, span_s - trace.before_s)


def draw_strip(canvas: Canvas, console: Console, strip: Strip, physiology: Physiology) -> None:
    """Draw the trace; an R wave falls on time 0."""
    left, top, right, bottom = strip.trace.box_px
    # Four samples per pixel, so that no R wave loses its peak between two columns.
    x_px = np.arange(left, right - 1, 0.25)
    time_s = strip.start_s + (x_px - left) * (strip.stop_s - strip.start_s) / (right - left)
    height_px = bottom - top - 2
    if console.has_respiration:
        breath_px = top + 1 + 0.3 * height_px * (1 - respiration_trace(time_s, physiology))
        _draw_curve(canvas, x_px, breath_px, strip.trace.respiration_colour)
    ecg_px = bottom - 1 - height_px * (0.25 + 0.7 * console.ecg_gain * ecg_trace(time_s, physiology))
    _draw_curve(canvas, x_px, ecg_px.clip(top, bottom - 1), strip.trace.colour)


def _draw_curve(canvas: Canvas, x_px: np.ndarray, y_px: np.ndarray, colour: tuple[int, int, int]) -> None:
    canvas.draw.line([(float(x), float(y)) for x, y in zip(x_px, y_px, strict=True)], fill=colour)


def draw_marker(
    frame: UInt8[np.ndarray, "height width 3"], strip: Strip, time_ms: float, *, empty: tuple[int, int, int]
) -> None:
    """Draw in place where on the strip a frame is."""
    left, top, right, bottom = strip.trace.box_px
    column = strip.column_at(time_ms)
    colour = strip.trace.marker_colour if strip.trace.marker is Marker.BAR else empty
    frame[top:bottom, max(column, left) : min(column + strip.trace.marker_px, right)] = colour
