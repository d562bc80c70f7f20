"""Ultrasound image formation: from the heart's fields along beams to grey frames and masks."""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from echovlm.simulation.bmode.echoes import COARSE, N_BEAMS, N_SAMPLES, receive_echoes, trace_fields
from echovlm.simulation.bmode.picture import detect, grey_map, scan_convert
from echovlm.simulation.heart.geometry import Heart
from echovlm.simulation.heart.surfaces import N_FIELDS, HeartState
from echovlm.simulation.heart.tubes import near_plane
from echovlm.simulation.views.acquisition import Acquisition

TEXTURE: Final = 512
_REACH: Final = 6  # beams to each side that the lateral point spread covers


@dataclass(frozen=True, slots=True, eq=False)
class Scan:
    """A view of one heart, ready to be rendered frame by frame.

    Attributes:
        acquisition: Settings of the clip.
        beam: Beam coordinate of each pixel, negative outside the sector.
        sample: Sample coordinate of each pixel.
        scatterers: Complex scatterers, periodic.
        shade: Brightness of tissue, mild and strong variation around 1, periodic.
        gain: Amplitude factor of each beam and sample.
        near: Haze and skin-line echoes of each sample.
        grey_levels: Grey over the leading bits of the echo power.
    """

    acquisition: Acquisition
    beam: np.ndarray
    sample: np.ndarray
    scatterers: np.ndarray
    shade: np.ndarray
    gain: np.ndarray
    near: np.ndarray
    grey_levels: np.ndarray

    @property
    def sector_mask(self) -> np.ndarray:
        """Which pixels lie in the sector."""
        return np.asarray(self.beam >= 0)

    def to_px(self, point: np.ndarray) -> np.ndarray:
        """Return the pixel position of a point of the plane given in heart coordinates."""
        acq = self.acquisition
        relative = (np.asarray(point) - acq.origin) / acq.spacing_cm
        x, y = acq.apex_xy_px
        return np.stack([x + relative @ acq.right, y + relative @ acq.down], axis=-1)

    def to_heart(self, points_xy_px: np.ndarray) -> np.ndarray:
        """Return the heart coordinates of pixel positions."""
        acq = self.acquisition
        offset = (np.asarray(points_xy_px) - np.asarray(acq.apex_xy_px)) * acq.spacing_cm
        return np.asarray(acq.origin + offset[..., :1] * acq.right + offset[..., 1:] * acq.down)


def prepare_scan(acquisition: Acquisition, *, height_px: int, width_px: int) -> Scan:
    """Lay the sector over the image and draw the scatterers."""
    beam, sample = _pixel_maps(acquisition, height_px=height_px, width_px=width_px)
    rng = np.random.default_rng(acquisition.texture_seed)
    scatterers = np.ascontiguousarray(
        np.roll(_scatterer_field(), tuple(rng.integers(TEXTURE, size=2)), axis=(1, 2))
    )
    return Scan(
        acquisition,
        beam,
        sample,
        scatterers,
        _shade(rng),
        _gain_map(acquisition, rng),
        _near_field(acquisition, rng),
        grey_map(acquisition.range_db, acquisition.gamma),
    )


@lru_cache(maxsize=1)
def _scatterer_field() -> np.ndarray:
    """Return the complex scatterers that every clip sees at its own offset."""
    return np.random.default_rng(20251207).standard_normal((2, TEXTURE, TEXTURE), dtype=np.float32)


def _pixel_maps(acquisition: Acquisition, *, height_px: int, width_px: int) -> tuple[np.ndarray, np.ndarray]:
    y, x = np.mgrid[:height_px, :width_px].astype(np.float64)
    dx, dy = x - acquisition.apex_xy_px[0], y - acquisition.apex_xy_px[1]
    radius_cm = np.hypot(dx, dy) * acquisition.spacing_cm
    angle = np.arctan2(dx, dy)
    inside = (np.abs(angle) <= acquisition.half_angle_rad) & (radius_cm <= acquisition.depth_cm) & (dy >= 0)
    beam = (angle / acquisition.half_angle_rad + 1) * 0.5 * (N_BEAMS - 1)
    sample = radius_cm / acquisition.depth_cm * (N_SAMPLES - 1)
    return (
        np.where(inside, np.clip(beam, 0, N_BEAMS - 1.001), -1).astype(np.float32),
        np.where(inside, np.clip(sample, 0, N_SAMPLES - 1.001), 0).astype(np.float32),
    )


@lru_cache(maxsize=1)
def _smooth_noise() -> np.ndarray:
    """Return periodic noise with structure at several scales, zero mean and unit variance."""
    n = 128
    rng = np.random.default_rng(20250311)
    freq = np.hypot(*np.meshgrid(np.fft.fftfreq(n) * n, np.fft.rfftfreq(n) * n, indexing="ij"))
    spectrum = np.fft.rfft2(rng.standard_normal((n, n))) / np.maximum(freq, 3.0) ** 1.3
    noise = np.fft.irfft2(spectrum, (n, n))
    return np.asarray((noise - noise.mean()) / noise.std(), dtype=np.float32)


def _shade(rng: np.random.Generator) -> np.ndarray:
    """Return how bright tissue is from place to place: within the heart, and around it."""
    mild, strong = (np.roll(_smooth_noise(), tuple(rng.integers(128, size=2)), axis=(0, 1)) for _ in range(2))
    return np.ascontiguousarray(
        np.exp(np.stack([0.35 * mild, rng.uniform(0.7, 1.3) * strong])), dtype=np.float32
    )


def _near_field(acquisition: Acquisition, rng: np.random.Generator) -> np.ndarray:
    """Return the haze (random) and skin lines (coherent) along a beam, under the transducer."""
    depth = np.linspace(0, acquisition.depth_cm, N_SAMPLES)
    haze = acquisition.clutter * 0.05 * np.exp(-depth / rng.uniform(0.8, 2.2)) + 0.4 * np.exp(
        -((depth / 0.3) ** 2)
    )
    lines = np.zeros_like(depth)
    for place in np.cumsum(rng.uniform(0.18, 0.5, 5)):
        lines += rng.uniform(0.0, 0.22) * np.exp(-place) * np.exp(-(((depth - place) / 0.05) ** 2))
    return np.asarray(np.stack([haze, lines]), dtype=np.float32)


def _gain_map(acquisition: Acquisition, rng: np.random.Generator) -> np.ndarray:
    """Return the amplitude factor of each beam and sample: gain, residual attenuation, edge shadow."""
    depth = np.linspace(0, acquisition.depth_cm, N_SAMPLES)
    across = np.linspace(-1, 1, N_BEAMS)
    db = acquisition.gain_db - acquisition.attenuation_db_per_cm * np.clip(depth - 4, 0, None)
    edge = np.zeros(N_BEAMS)
    for side in (-1, 1):
        strength = acquisition.dropout * rng.uniform(0, 22)
        start = rng.uniform(0.55, 0.95)
        edge -= strength * np.clip((side * across - start) / (1 - start), 0, 1)
    for _ in range(rng.integers(0, 3)):  # ribs and lung edges
        centre, width = rng.choice((-1, 1)) * rng.uniform(0.45, 1.0), rng.uniform(0.06, 0.2)
        edge -= acquisition.dropout * rng.uniform(3, 16) * np.exp(-(((across - centre) / width) ** 2))
    ripple = np.interp(across, np.linspace(-1, 1, 9), rng.normal(0, 1.6, 9))
    return np.asarray(10 ** ((db[None, :] + (edge + ripple)[:, None]) / 20), dtype=np.float32)


def render_frame(
    heart: Heart, state: HeartState, scan: Scan, *, frame_seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Render one frame.

    Returns:
        Grey frame and mask, both uint8 with the scan's height and width.
    """
    acq = scan.acquisition
    origin = acq.origin - np.array([0.0, 0.0, acq.follow_frac * (heart.height_cm - state.height)])
    tubes = near_plane(state.tubes, origin=origin, right=acq.right, down=acq.down, within_cm=1.5)
    state = state._replace(tubes=tubes)
    fields = np.empty(((N_BEAMS - 1) // COARSE + 2, (N_SAMPLES - 1) // COARSE + 2, N_FIELDS), np.float32)
    echo = np.empty((2, N_BEAMS, N_SAMPLES), np.float32)
    trace_fields(
        origin,
        acq.right,
        acq.down,
        acq.half_angle_rad,
        acq.depth_cm,
        state,
        heart.table,
        heart.tube,
        fields,
    )
    receive_echoes(acq.right, acq.down, origin, acq.half_angle_rad, acq.depth_cm, state, heart.tube, fields,
             scan.scatterers, scan.shade, scan.gain, scan.near, np.array(acq.levels), echo)  # fmt: skip
    noise = 10 ** (acq.noise_db / 20)
    lit = detect(echo, _lateral_kernel(acq), noise, scan.scatterers, frame_seed, scan.grey_levels)
    frame, mask = np.zeros(scan.beam.shape, np.uint8), np.zeros(scan.beam.shape, np.uint8)
    scan_convert(lit, fields, scan.beam, scan.sample, frame, mask)
    return frame, mask


def _lateral_kernel(acquisition: Acquisition) -> np.ndarray:
    step = 2 * math.degrees(acquisition.half_angle_rad) / (N_BEAMS - 1)
    taps = np.exp(-0.5 * (np.arange(-_REACH, _REACH + 1) * step / acquisition.beam_sigma_deg) ** 2)
    return np.asarray(taps / np.sqrt((taps**2).sum()), dtype=np.float32)
