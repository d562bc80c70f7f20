"""How echoes become pictures: point spread, envelope, log compression, scan conversion and labels."""

from typing import Final

import numpy as np
from numba import njit

from echovlm.simulation.bmode.echoes import COARSE
from echovlm.simulation.heart.surfaces import (
    ABOVE,
    AORTA,
    ENDO,
    EPI,
    HEART,
    LA,
    N_FIELDS,
    N_MASK_FIELDS,
    RA,
    RV,
    SAC_BORDER,
)  # fmt: skip  # isort: skip

_DROPPED_BITS: Final = 15  # a float32 keeps sign, exponent and 8 bits of mantissa: steps of 0.02 dB


def grey_map(range_db: float, gamma: float) -> np.ndarray:
    """Tabulate the grey level over the leading bits of a float32 echo power: no pixel needs a logarithm.

    Args:
        range_db: Displayed dynamic range below full scale.
        gamma: Exponent of the map.
    """
    infinite = 0x7F800000 >> _DROPPED_BITS  # the first pattern that is no number
    bits = np.arange(1 << (31 - _DROPPED_BITS), dtype=np.int32).clip(max=infinite - 1) << _DROPPED_BITS
    power = np.maximum(bits.view(np.float32).astype(np.float64), 1e-12)
    level = np.clip(1 + 10 * np.log10(power) / range_db, 0, 1)
    return np.asarray(255 * level**gamma, dtype=np.float32)


@njit(cache=True, fastmath=True)
def detect(echo: np.ndarray, taps: np.ndarray, noise: float, scatterers: np.ndarray, frame_seed: int,
            grey_levels: np.ndarray) -> np.ndarray:  # fmt: skip
    """Blur by the point spread, add noise that grows with depth, take the envelope and compress it."""
    n_beams, n_samples = echo.shape[1], echo.shape[2]
    reach = taps.shape[0] // 2
    axial = np.empty_like(echo)
    for c in range(2):
        for b in range(n_beams):
            for k in range(n_samples):
                low, high = max(k - 1, 0), min(k + 1, n_samples - 1)
                axial[c, b, k] = 0.25 * (echo[c, b, low] + echo[c, b, high]) + 0.5 * echo[c, b, k]
    grey = np.empty((n_beams, n_samples), np.float32)
    re, im = np.empty(n_samples, np.float32), np.empty(n_samples, np.float32)
    shift = (frame_seed * 7919) & 511
    for b in range(n_beams):
        for k in range(n_samples):
            level = noise * (0.15 + 0.85 * (k / n_samples) ** 2)
            i, j = (k + shift * 3) & 511, (b * 3 + shift) & 511
            re[k], im[k] = level * scatterers[1, i, j], level * scatterers[0, i, j]
        for t in range(-reach, reach + 1):
            other = min(max(b + t, 0), n_beams - 1)
            w = taps[t + reach]
            for k in range(n_samples):
                re[k] += w * axial[0, other, k]
                im[k] += w * axial[1, other, k]
        for k in range(n_samples):
            re[k] = re[k] * re[k] + im[k] * im[k]
        bits = re.view(np.int32)
        for k in range(n_samples):
            grey[b, k] = grey_levels[bits[k] >> _DROPPED_BITS]
    return grey


@njit(cache=True, fastmath=True)
def scan_convert(grey: np.ndarray, fields: np.ndarray, beam: np.ndarray, sample: np.ndarray,
                 frame: np.ndarray, mask: np.ndarray) -> None:  # fmt: skip
    """Resample to the image, and label each pixel by the fields interpolated there."""
    f = np.empty(N_FIELDS, np.float32)
    for y in range(frame.shape[0]):
        for x in range(frame.shape[1]):
            bf = beam[y, x]
            if bf < 0.0:
                continue
            kf = sample[y, x]
            b, k = int(bf), int(kf)
            tb, tk = bf - b, kf - k
            near = (1 - tb) * grey[b, k] + tb * grey[b + 1, k]
            far = (1 - tb) * grey[b, k + 1] + tb * grey[b + 1, k + 1]
            frame[y, x] = np.uint8((1 - tk) * near + tk * far + 0.5)
            b, k = int(bf / COARSE), int(kf / COARSE)
            tb, tk = np.float32(bf / COARSE - b), np.float32(kf / COARSE - k)
            for i in range(N_MASK_FIELDS):
                near = (1 - tb) * fields[b, k, i] + tb * fields[b + 1, k, i]
                far = (1 - tb) * fields[b, k + 1, i] + tb * fields[b + 1, k + 1, i]
                f[i] = (1 - tk) * near + tk * far
            mask[y, x] = _label(f)


@njit(cache=True, fastmath=True, inline="always")
def _label(f: np.ndarray) -> int:
    """Return the `Structure` at a point with these fields; 0 is background."""
    if f[AORTA] < 0.0:
        return 6
    if f[LA] < 0.0:
        return 3
    if f[ABOVE] < 0.0 and f[ENDO] < 0.0:
        return 1
    if f[RV] < 0.0:
        return 4
    if f[RA] < 0.0:
        return 5
    if f[ABOVE] < 0.0 and f[EPI] < 0.0:
        return 2
    if f[SAC_BORDER] < -1e-4 and f[HEART] > 0.0:
        return 7
    return 0
