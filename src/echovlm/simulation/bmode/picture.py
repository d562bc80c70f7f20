"""How echoes become pictures: point spread, envelope, log compression, scan conversion and labels."""

import numpy as np
from numba import njit

from echovlm.simulation.bmode.echoes import COARSE
from echovlm.simulation.bmode.style import DROPPED_BITS
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

_LOBE_DECAY = 0.93  # of a side lobe per beam


@njit(cache=True, fastmath=True)
def form_beams(echo: np.ndarray, taps: np.ndarray, lobe: float, noise: np.ndarray, scatterers: np.ndarray,
               frame_seed: int) -> np.ndarray:  # fmt: skip
    """Blur by the point spread, add side lobes and electronic noise, and return the echo power.

    Args:
        echo: Complex echoes, real and imaginary part by beam and sample.
        taps: Lateral point spread: beam offset by sample.
        lobe: Amplitude of the side lobes.
        noise: Amplitude of the electronic noise at each sample.
        scatterers: Random numbers, periodic.
        frame_seed: Makes the noise of this frame.
    """
    n_beams, n_samples = echo.shape[1], echo.shape[2]
    reach = taps.shape[0] // 2
    axial = np.empty_like(echo)
    side = np.empty(n_samples, np.float32)
    for c in range(2):
        for b in range(n_beams):
            axial[c, b, 0] = echo[c, b, 0]
            axial[c, b, n_samples - 1] = echo[c, b, n_samples - 1]
            for k in range(1, n_samples - 1):
                axial[c, b, k] = (
                    np.float32(0.25) * (echo[c, b, k - 1] + echo[c, b, k + 1])
                    + np.float32(0.5) * echo[c, b, k]
                )
    power = np.empty((n_beams, n_samples), np.float32)
    re, im = np.empty(n_samples, np.float32), np.empty(n_samples, np.float32)
    shift = (frame_seed * 7919) & 511
    lobes = np.zeros_like(echo)
    decay, low = np.float32(_LOBE_DECAY), np.float32(lobe)
    for c in range(2):
        for way in range(2):
            side[:] = 0.0
            for t in range(n_beams):
                b = t if way == 0 else n_beams - 1 - t
                for k in range(n_samples):
                    lobes[c, b, k] += side[k]
                    side[k] = decay * side[k] + low * axial[c, b, k]
    for b in range(n_beams):
        j = (b * 5 + shift * 11) & 511
        for k in range(n_samples):
            i = (k + shift * 3) & 511
            re[k] = noise[k] * scatterers[1, j, i] + lobes[0, b, k]
            im[k] = noise[k] * scatterers[0, j, i] + lobes[1, b, k]
        for t in range(-reach, reach + 1):
            other = min(max(b + t, 0), n_beams - 1)
            for k in range(n_samples):
                w = taps[t + reach, k]
                re[k] += w * axial[0, other, k]
                im[k] += w * axial[1, other, k]
        for k in range(n_samples):
            power[b, k] = re[k] * re[k] + im[k] * im[k]
    return power


@njit(cache=True, fastmath=True)
def _average(image: np.ndarray, own: float) -> np.ndarray:
    """Return the image averaged with its four neighbours, which share what ``own`` leaves of the weight."""
    out = np.empty_like(image)
    n_beams, n_samples = image.shape
    centre, beside = np.float32(own), np.float32(0.25 * (1.0 - own))
    for b in range(n_beams):
        left, right = max(b - 1, 0), min(b + 1, n_beams - 1)
        out[b, 0], out[b, n_samples - 1] = image[b, 0], image[b, n_samples - 1]
        for k in range(1, n_samples - 1):
            around = image[left, k] + image[right, k] + image[b, k - 1] + image[b, k + 1]
            out[b, k] = centre * image[b, k] + beside * around
    return out


@njit(cache=True, fastmath=True)
def show(power: np.ndarray, grey_levels: np.ndarray, compounding: float, edge_gain: float) -> np.ndarray:
    """Compound and compress echo power to grey, then smooth or sharpen it."""
    n_beams, n_samples = power.shape
    if compounding > 0.0:
        power = _average(power, 1.0 - 0.7 * compounding)
    bits = power.view(np.int32)
    grey = np.empty((n_beams, n_samples), np.float32)
    for b in range(n_beams):
        for k in range(n_samples):
            grey[b, k] = grey_levels[bits[b, k] >> DROPPED_BITS]
    if edge_gain == 0.0:
        return grey
    out = _average(grey, 0.5)
    gain, most, none = np.float32(edge_gain), np.float32(255.0), np.float32(0.0)
    for b in range(n_beams):
        for k in range(n_samples):
            out[b, k] = min(most, max(none, grey[b, k] + gain * (grey[b, k] - out[b, k])))
    return out


@njit(cache=True, fastmath=True)
def scan_convert(grey: np.ndarray, fields: np.ndarray, beam: np.ndarray, sample: np.ndarray,
                 frame: np.ndarray, mask: np.ndarray) -> None:  # fmt: skip
    """Resample to the image, and label each pixel by the fields interpolated there."""
    f = np.empty(N_FIELDS, np.float32)
    signs, labels = _label_nodes(fields)
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
            sign = signs[b, k]
            if sign == signs[b + 1, k] and sign == signs[b, k + 1] and sign == signs[b + 1, k + 1]:
                mask[y, x] = labels[b, k]  # no border passes: what is interpolated has the corners' signs
                continue
            tb, tk = np.float32(bf / COARSE - b), np.float32(kf / COARSE - k)
            for i in range(N_MASK_FIELDS):
                near = (1 - tb) * fields[b, k, i] + tb * fields[b + 1, k, i]
                far = (1 - tb) * fields[b, k + 1, i] + tb * fields[b + 1, k + 1, i]
                f[i] = (1 - tk) * near + tk * far
            mask[y, x] = _label(f)


@njit(cache=True, fastmath=True)
def _label_nodes(fields: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the signs of the fields, as bits, and the label at every node of the grid."""
    signs = np.empty(fields.shape[:2], np.int64)
    labels = np.empty(fields.shape[:2], np.uint8)
    for b in range(fields.shape[0]):
        for k in range(fields.shape[1]):
            bits = 0
            for i in range(N_MASK_FIELDS):
                limit = -1e-4 if i == SAC_BORDER else 0.0
                bits = 2 * bits + (1 if fields[b, k, i] < limit else 0)
            signs[b, k] = bits
            labels[b, k] = _label(fields[b, k])
    return signs, labels


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
