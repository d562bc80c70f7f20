"""What a patient's chest does to every beam: gain over depth, shadows, haze, and the tissue around the heart."""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numba import njit

from echovlm.simulation.views.acquisition import Acquisition

GAIN, OUTSIDE, HAZE, LINES = range(4)  # planes of a window
NOISE_SIZE: Final = 128
_TGC_SLIDERS: Final = 8


@dataclass(frozen=True, slots=True)
class _Grid:
    """Where the samples lie: depth along a beam, and -1 to 1 across the sector."""

    depth_cm: np.ndarray
    across: np.ndarray


def lay_window(
    acquisition: Acquisition, rng: np.random.Generator, *, n_beams: int, n_samples: int, harmonic: bool
) -> np.ndarray:
    """Draw what does not move with the heart, as amplitudes per plane, beam and sample.

    Args:
        acquisition: Settings of the clip.
        rng: Draws places and strengths.
        n_beams: Beams of the sector.
        n_samples: Samples of a beam.
        harmonic: Second-harmonic imaging, which suppresses haze under the probe.

    Returns:
        The planes ``GAIN`` (factor on every echo), ``OUTSIDE`` (tissue around the heart), ``HAZE`` (clutter
        laid over everything) and ``LINES`` (bright arcs under the probe).
    """
    depth_cm, across = np.linspace(0, acquisition.depth_cm, n_samples), np.linspace(-1, 1, n_beams)
    grid = _Grid(depth_cm.astype(np.float32), across.astype(np.float32))
    curtain, haze_db = _lung_curtain(acquisition, grid, rng)
    window = np.empty((4, n_beams, n_samples), np.float32)
    window[GAIN] = 10 ** ((_gain_db(acquisition, grid, rng) + curtain) / 20)
    window[OUTSIDE] = _outside(acquisition, grid, rng)
    near = acquisition.clutter * (0.45 if harmonic else 1.0)
    window[HAZE] = _near_haze(grid, rng, strength=near) + 10 ** (haze_db / 20)
    window[LINES] = _near_lines(grid, rng)
    return window


def _gain_db(acquisition: Acquisition, grid: _Grid, rng: np.random.Generator) -> np.ndarray:
    """Return gain, slider errors, what attenuation is left, the aperture's falling-off and shadows, in dB."""
    depth = grid.depth_cm
    along = acquisition.gain_db - acquisition.attenuation_db_per_cm * np.clip(depth - 4, 0, None)
    sliders = np.cumsum(rng.normal(0, 1.0, _TGC_SLIDERS))
    sliders = np.clip(sliders - sliders.mean(), -4, 4) + rng.normal(0, 1.0, _TGC_SLIDERS)
    along = along + np.interp(depth, np.linspace(0, depth[-1], _TGC_SLIDERS), sliders)
    n_beams = grid.across.size
    # A phased array hears less from the side; groups of beams formed in parallel differ a little.
    beams = -rng.uniform(1.0, 7.0) * np.abs(grid.across) ** rng.uniform(1.5, 3.0)
    beams = (
        beams + np.repeat(rng.normal(0, 0.35, n_beams // 4 + 1), 4)[:n_beams] + rng.normal(0, 0.15, n_beams)
    )
    beams = beams + np.interp(grid.across, np.linspace(-1, 1, 9), rng.normal(0, 1.2, 9))
    loss = along[None, :] + beams[:, None] + _shadows_db(acquisition, grid, rng)
    # A sonographer turns the gain until the middle of the sector looks right.
    middle = loss[np.abs(grid.across) < 0.5].mean() - acquisition.gain_db
    return np.asarray(loss - 0.8 * middle)


def _shadows_db(acquisition: Acquisition, grid: _Grid, rng: np.random.Generator) -> np.ndarray:
    """Return the shadows of ribs and of lost contact: wedges that start at a shallow depth."""
    loss = np.zeros((grid.across.size, grid.depth_cm.size))
    for side in (-1, 1):
        start = rng.uniform(0.45, 1.0)
        strength = acquisition.dropout * rng.uniform(0, 30)
        wedge = np.clip((side * grid.across - start) / 0.3, 0, 1)
        begin = rng.uniform(0.5, 6.0)
        loss -= strength * wedge[:, None] * _rise(grid.depth_cm, begin, begin + 2.5)[None]
    for _ in range(rng.poisson(1.2 * acquisition.dropout + 0.3)):
        centre = rng.choice((-1, 1)) * rng.uniform(0.25, 1.0) ** 0.7
        width, strength = rng.uniform(0.05, 0.16), acquisition.dropout * rng.uniform(4, 24)
        begin = rng.uniform(1.0, 3.0)
        across = np.exp(-(((grid.across - centre) / width) ** 2))
        loss -= strength * across[:, None] * _rise(grid.depth_cm, begin, begin + 1.0)[None]
    return loss


def _lung_curtain(
    acquisition: Acquisition, grid: _Grid, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return the loss and the haze of lung that slides into one side of the sector, both in dB."""
    shape = (grid.across.size, grid.depth_cm.size)
    loss, haze = np.zeros(shape), np.full(shape, -90.0)
    if rng.random() > 0.15 + 0.45 * acquisition.dropout:
        return loss, haze
    side, edge = rng.choice((-1, 1)), rng.uniform(0.35, 1.0)
    ragged = 0.12 * np.interp(grid.depth_cm, np.linspace(0, grid.depth_cm[-1], 7), rng.normal(0, 1, 7))
    inside = _rise(side * grid.across[:, None] + ragged[None], edge, edge + 0.25)
    loss = -rng.uniform(6, 25) * inside
    begin = rng.uniform(0.8, 2.5)
    veil = rng.uniform(-38, -24) - rng.uniform(0.8, 2.6) * grid.depth_cm
    haze = np.where(inside > 0.02, veil[None] + 20 * np.log10(np.maximum(inside, 1e-3)), -90.0)
    haze = np.where(grid.depth_cm[None] < begin, -90.0, haze)
    return loss, haze


def _outside(acquisition: Acquisition, grid: _Grid, rng: np.random.Generator) -> np.ndarray:
    """Return the brightness of fat, muscle, fascia, lung and mediastinum, around 1 at its brightest."""
    depth, across = np.meshgrid(grid.depth_cm, grid.across)
    half = acquisition.half_angle_rad
    x, y = depth * np.sin(across * half), depth * np.cos(across * half)
    blotches = rng.uniform(0.8, 1.7) * noise_at(0.8 * x, 1.2 * y, rng) + 0.4 * noise_at(2.6 * x, 4.5 * y, rng)
    # Beyond the heart interfaces show as streaks across the beam.
    streaks = 0.7 * noise_at(5 * across, 3.5 * depth, rng)
    blotches = blotches + streaks * np.clip(depth / acquisition.depth_cm - 0.3, 0, 0.5) * 2
    # Layers lie along the chest wall: long in x, thin in y, undulating.
    wavy = y + 0.12 * noise_at(0.8 * x, 0.8 * y, rng)
    layers = 1.1 * noise_at(0.35 * x, 7.0 * wavy, rng)
    shallow = np.exp(-((depth / rng.uniform(2.0, 4.5)) ** 2))
    level = np.exp(np.clip((1 - shallow) * blotches + shallow * (layers + 0.25), -4, 0.9))
    # Behind the heart lies lung or spine: in some patients nothing comes back from there.
    deep = rng.uniform(0.0, 1.6) * np.clip(depth / acquisition.depth_cm - 0.55, 0, None)
    return np.asarray(level * np.exp(-6 * deep * deep))


def _near_haze(grid: _Grid, rng: np.random.Generator, *, strength: float) -> np.ndarray:
    """Return the clutter under the probe, patchy and fading with depth."""
    depth, across = np.meshgrid(grid.depth_cm, grid.across)
    reach = rng.uniform(0.9, 4.0)
    patchy = np.exp(0.6 * noise_at(6 * across, 1.6 * depth, rng))
    ring = 0.35 * np.exp(-((depth / rng.uniform(0.2, 0.45)) ** 2))
    return np.asarray(0.09 * strength * patchy * np.exp(-depth / reach) + ring)


def _near_lines(grid: _Grid, rng: np.random.Generator) -> np.ndarray:
    """Return reverberations between skin and probe: arcs at multiples of one distance, fading."""
    depth, across = np.meshgrid(grid.depth_cm, grid.across)
    lines = np.zeros_like(depth)
    for first in (rng.uniform(0.18, 0.5), rng.uniform(0.7, 1.6)):
        strength, fade = rng.uniform(0.03, 0.25), rng.uniform(0.35, 0.7)
        middle, width = rng.uniform(-0.5, 0.5), rng.uniform(0.4, 1.2)
        arc = np.exp(-(((across - middle) / width) ** 2)) * (0.6 + 0.4 * noise_at(9 * across, depth, rng))
        for copy in range(1, 6):
            place = first * copy + 0.03 * across
            lines += strength * fade**copy * arc * np.exp(-(((depth - place) / 0.055) ** 2))
    return np.asarray(lines * np.exp(-((depth / 2.2) ** 2)))


def _rise(x: np.ndarray, low: float, high: float) -> np.ndarray:
    t = np.clip((x - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t))


@lru_cache(maxsize=1)
def smooth_noise() -> np.ndarray:
    """Return periodic noise with structure at several scales, zero mean and unit variance."""
    n = NOISE_SIZE
    rng = np.random.default_rng(20250311)
    freq = np.hypot(*np.meshgrid(np.fft.fftfreq(n) * n, np.fft.rfftfreq(n) * n, indexing="ij"))
    spectrum = np.fft.rfft2(rng.standard_normal((n, n))) / np.maximum(freq, 3.0) ** 1.3
    noise = np.fft.irfft2(spectrum, (n, n))
    return np.asarray((noise - noise.mean()) / noise.std(), dtype=np.float32)


def noise_at(x: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Look up `smooth_noise` at points (about 4 cells to a blob), from a random place of it on."""
    du, dv = rng.uniform(0, NOISE_SIZE, 2)
    x, y = np.broadcast_arrays(np.float32(4 * x + du), np.float32(4 * y + dv))
    return np.asarray(_interpolate(np.ascontiguousarray(x), np.ascontiguousarray(y), smooth_noise()))


@njit(cache=True, fastmath=True)
def _interpolate(x: np.ndarray, y: np.ndarray, noise: np.ndarray) -> np.ndarray:
    wrap = noise.shape[0] - 1
    out = np.empty_like(x)
    for b in range(x.shape[0]):
        for k in range(x.shape[1]):
            i, j = int(np.floor(y[b, k])), int(np.floor(x[b, k]))
            tv, tu = y[b, k] - i, x[b, k] - j
            top = noise[i & wrap, j & wrap] * (1 - tu) + noise[i & wrap, (j + 1) & wrap] * tu
            low = noise[(i + 1) & wrap, j & wrap] * (1 - tu) + noise[(i + 1) & wrap, (j + 1) & wrap] * tu
            out[b, k] = top * (1 - tv) + low * tv
    return out


def beam_sigma_deg(acquisition: Acquisition, depth_cm: np.ndarray) -> np.ndarray:
    """Return the lateral width of the beam over depth: narrowest at the focus, in degrees.

    Beyond the focus diffraction keeps the angle nearly constant; before it the aperture is large beside the
    depth, and dynamic receive focusing makes up for three quarters of that.
    """
    focus_cm = acquisition.focus_cm
    away = np.abs(depth_cm - focus_cm) / focus_cm
    beyond = np.clip(depth_cm / focus_cm - 1, 0, 1.5)
    aperture_cm, left_frac = 0.25, 0.25
    defocus = math.degrees(1) * left_frac * aperture_cm * away / np.maximum(depth_cm, 0.8)
    return np.asarray(np.hypot(acquisition.beam_sigma_deg * (1 + 0.2 * beyond), defocus))
