"""Peak velocities of a spectrum: the outer edge of the flow's band, beat by beat."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Float, UInt8
from scipy import ndimage

from echovlm.measure.calibration import MeasureError
from echovlm.measure.uncertainty import Uncertain

_EDGE: Final = (
    0.35  # of the way from noise to flow: where a reader sets the calliper, on the modal edge's outside
)
_SMOOTH_PX: Final = 1.5  # speckle is as fine as a pixel; an edge is not
_SMOOTH_COLUMNS: Final = 0.75  # less along time, where it would widen a valve's click
_CLICK_S: Final = 0.06  # a click is over sooner, a wave of flow is not
_FEWEST_COLUMNS: Final = 7  # of a click as it is drawn at the slowest sweep
_ABOVE_FLOW: Final = 1.1  # by more than this a click stands out; the tip of a wave by 3 %
_LEAST_CONTRAST: Final = 12.0  # grey steps between flow and noise
_PIXEL: Final = 12**-0.5  # deviation of a place that is known to one pixel


@dataclass(frozen=True, slots=True)
class SpectrumAxes:
    """What a pixel of a spectrum means.

    Attributes:
        s_per_px: Seconds per column.
        cm_per_s_per_px: Velocity step per row downwards; negative where velocities towards the probe lie above.
        zero_row_px: The row of zero velocity.
    """

    s_per_px: float
    cm_per_s_per_px: float
    zero_row_px: float


def trace_envelope_cm_per_s(
    spectrum: UInt8[np.ndarray, "height width"], axes: SpectrumAxes, *, above: bool
) -> Float[np.ndarray, "width"]:
    """Return the outer edge of the flow on one side of the baseline, 0 where there is none.

    Args:
        spectrum: The grey strip, without calipers or letters on it.
        axes: What its pixels mean.
        above: Whether to look above the baseline, in the picture.

    Raises:
        MeasureError: If the strip is empty, or that side is less than four pixels high.
    """
    zero = round(axes.zero_row_px)
    side = spectrum[: max(zero, 0)][::-1] if above else spectrum[max(zero + 1, 0) :]
    if side.shape[0] < 4 or side.shape[1] < 4:
        raise MeasureError(
            f"a spectrum needs four rows beside its baseline; this one has {side.shape[0]}. Check its axes."
        )
    smooth = ndimage.gaussian_filter(side.astype(np.float64), (_SMOOTH_PX, _SMOOTH_COLUMNS))
    noise, flow = float(np.median(smooth[-max(side.shape[0] // 6, 2) :])), float(np.percentile(smooth, 98))
    if flow - noise < _LEAST_CONTRAST:
        return np.zeros(side.shape[1])
    bright = smooth > noise + _EDGE * (flow - noise)
    pieces, _ = ndimage.label(bright)
    touching = np.unique(
        pieces[: max(side.shape[0] // 8, 2)]
    )  # flow begins near the baseline, a speckle does not
    band = bright & np.isin(pieces, touching[touching > 0])
    outermost = np.where(band.any(axis=0), side.shape[0] - band[::-1].argmax(axis=0), 0)
    return np.asarray(outermost * abs(axes.cm_per_s_per_px), dtype=np.float64)


def measure_peak_cm_per_s(
    spectrum: UInt8[np.ndarray, "height width"],
    axes: SpectrumAxes,
    *,
    above: bool,
    heart_rate_bpm: float,
) -> Uncertain:
    """Return the peak velocity, the median over beats, with what beats and pixels leave unsure.

    The angle between beam and flow is no part of it: it only ever makes a velocity too small, by its cosine.

    Raises:
        MeasureError: If no flow is seen on that side, or the heart rate is not positive.
    """
    if not heart_rate_bpm > 0:
        raise MeasureError(f"beats need a positive heart rate; got {heart_rate_bpm:g}")
    envelope = _without_clicks(trace_envelope_cm_per_s(spectrum, axes, above=above), axes)
    beat_px = max(int(60 / heart_rate_bpm / axes.s_per_px), 1)
    n_beats = max(len(envelope) // beat_px, 1)
    peaks = np.array([part.max() for part in np.array_split(envelope[: n_beats * beat_px], n_beats)])
    peaks = peaks[peaks > 0]
    if len(peaks) == 0:
        raise MeasureError(
            "no flow is seen on this side of the baseline; look on the other, or at another strip"
        )
    between = float(peaks.std(ddof=1)) / np.sqrt(len(peaks)) if len(peaks) > 1 else 0.0
    reading = (_PIXEL + _SMOOTH_PX / 2) * abs(axes.cm_per_s_per_px)
    return Uncertain(float(np.median(peaks)), float(np.hypot(between, reading)))


def _without_clicks(envelope: Float[np.ndarray, "width"], axes: SpectrumAxes) -> Float[np.ndarray, "width"]:
    """Return the envelope with what stands out for a moment brought down to what is around it.

    A valve that opens or closes draws a bright line through all velocities, which is no flow.
    """
    columns = max(int(np.ceil(_CLICK_S / axes.s_per_px)) | 1, _FEWEST_COLUMNS)
    around = ndimage.median_filter(envelope, columns)
    plain = ndimage.median_filter(envelope, 3)
    is_click = plain > _ABOVE_FLOW * around + 2 * abs(axes.cm_per_s_per_px)
    return np.asarray(np.where(is_click, around, plain))
