"""Cines of uneven frames on an even clock: every tick shows the frame whose own time is nearest."""

from dataclasses import replace

import numpy as np
from jaxtyping import Float, Int

from echovlm.imaging.cine import Cine


def frames_on_clock(
    times_ms: Float[np.ndarray, "frame"], *, frames_per_second: float
) -> Int[np.ndarray, "tick"]:
    """Return the frame to show at every tick of an even clock that starts with the first frame.

    Frames are taken whole: a mean of two would blur the speckle, and a valve that is open in one and closed in the
    other would be half open.

    Args:
        times_ms: Onsets, increasing.
        frames_per_second: Of the clock, > 0; a faster one than the frames' own repeats them, a slower one leaves some
            out.
    """
    if not frames_per_second > 0:
        raise ValueError(f"a clock has more than 0 frames per second; got {frames_per_second:g}")
    period_ms = 1000.0 / frames_per_second
    duration_ms = float(times_ms[-1] - times_ms[0])
    ticks_ms = times_ms[0] + np.arange(int(duration_ms / period_ms + 1e-9) + 1) * period_ms
    after = np.clip(np.searchsorted(times_ms, ticks_ms), 1, max(1, len(times_ms) - 1))
    if len(times_ms) == 1:
        return np.zeros(len(ticks_ms), dtype=int)
    is_earlier = ticks_ms - times_ms[after - 1] <= times_ms[after] - ticks_ms
    shown: np.ndarray = np.where(is_earlier, after - 1, after)
    return shown


def on_even_clock(cine: Cine, *, frames_per_second: float) -> Cine:
    """Return a cine of known times with frames at even steps of its true clock; others come back as they are."""
    if cine.frame_times_ms is None or len(cine.frames) < 2:
        return cine
    shown = frames_on_clock(cine.frame_times_ms, frames_per_second=frames_per_second)
    steps_ms = np.diff(cine.frame_times_ms)
    told = (
        f"Frames {steps_ms.min():.3g} to {steps_ms.max():.3g} ms apart were put on a clock of "
        f"{frames_per_second:g} frames per second."
    )
    return replace(
        cine,
        frames=cine.frames[shown],
        frame_times_ms=cine.frame_times_ms[0] + np.arange(len(shown)) * (1000.0 / frames_per_second),
        colour=None if cine.colour is None else cine.colour[shown],
        remarks=(*cine.remarks, told),
    )
