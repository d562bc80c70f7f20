"""The course of a velocity through one beat: shapes of unit peak, and what of them has a closed form.

A shape is a function of the share ``x`` of its own duration, 0 outside ``[0, 1]``.
"""

import math
from typing import Final

import numpy as np
from jaxtyping import Float

_EJECTION_POWER: Final = 0.85  # fuller than a half sine: mean over peak gradient is then 0.53
_ROUND_MS: Final = 30.0  # how long the top of an E wave is round
_X: Final = (np.arange(4000) + 0.5) / 4000
HALF_TIME_SHARE: Final = 1 - 1 / math.sqrt(2)  # of a linear fall of velocity: the gradient halves here


def ejection(share: Float[np.ndarray, " time"], *, peak_at_frac: float) -> Float[np.ndarray, " time"]:
    """Return the flow through an outflow tract: steep up, rounded, falling; 1 at ``peak_at_frac``."""
    inside = np.clip(share, 0.0, 1.0)
    skew = math.log(0.5) / math.log(peak_at_frac)
    return np.asarray(np.abs(np.sin(np.pi * inside**skew)) ** _EJECTION_POWER)


def dome(share: Float[np.ndarray, " time"], *, power: float) -> Float[np.ndarray, " time"]:
    """Return a symmetric dome; the smaller the power, the flatter its top."""
    return np.asarray(np.abs(np.sin(np.pi * np.clip(share, 0.0, 1.0))) ** power)


def ejection_mean(*, peak_at_frac: float) -> float:
    """Return the mean velocity of an ejection over its peak."""
    return float(ejection(_X, peak_at_frac=peak_at_frac).mean())


def ejection_mean_square(*, peak_at_frac: float) -> float:
    """Return the mean square of an ejection's velocity over that of its peak: mean over peak gradient."""
    return float((ejection(_X, peak_at_frac=peak_at_frac) ** 2).mean())


def dome_mean(*, power: float) -> float:
    """Return the mean of a dome over its peak."""
    return float(dome(_X, power=power).mean())


def early_filling(
    time_ms: Float[np.ndarray, " time"], *, rise_ms: float, deceleration_ms: float
) -> Float[np.ndarray, " time"]:
    """Return the E wave: up within ``rise_ms``, rounded, then a line that meets 0 ``deceleration_ms`` later."""
    up = np.sin(0.5 * np.pi * np.clip(time_ms / rise_ms, 0, 1)) ** 1.3
    # A parabola over the first moments goes over into the line without a corner.
    since, slope_ms = time_ms - rise_ms, deceleration_ms - 0.5 * _ROUND_MS
    line = (deceleration_ms - since) / slope_ms
    rounded = 1 - since**2 / (2 * _ROUND_MS * slope_ms)
    down = np.clip(np.where(since < _ROUND_MS, rounded, line), 0, 1)
    return np.asarray(np.where(time_ms < rise_ms, up, down))


def half_time_decay(
    time_ms: Float[np.ndarray, " time"], *, half_time_ms: float
) -> Float[np.ndarray, " time"]:
    """Return a regurgitant velocity in diastole: a line whose gradient has halved after ``half_time_ms``."""
    return np.asarray(np.clip(1 - HALF_TIME_SHARE * np.clip(time_ms, 0, None) / half_time_ms, 0, 1))


def gradient_mmhg(velocity_m_per_s: float) -> float:
    """Return the pressure drop of a velocity: simplified Bernoulli, 4 v²  (Hatle 1978)."""
    return 4.0 * velocity_m_per_s**2


def bernoulli_m_per_s(drop_mmhg: float) -> float:
    """Return the velocity that a pressure drop gives: simplified Bernoulli, v = √(Δp / 4)."""
    return math.sqrt(max(drop_mmhg, 0.0) / 4.0)
