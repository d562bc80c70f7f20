"""Ultrasound image formation: from the heart's fields along beams to grey frames and masks."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from echovlm.simulation.bmode.echoes import CELLS, COARSE, N_BEAMS, N_SAMPLES, receive_echoes, trace_fields
from echovlm.simulation.bmode.picture import form_beams, scan_convert, show
from echovlm.simulation.bmode.style import ImageStyle
from echovlm.simulation.bmode.tissue import Tissue, sample_tissue
from echovlm.simulation.bmode.window import GAIN, HAZE, LINES, beam_sigma_deg, lay_window, smooth_noise
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
        style: What the console does to the image.
        tissue: How bright each tissue is.
        beam: Beam coordinate of each pixel, negative outside the sector.
        sample: Sample coordinate of each pixel.
        scatterers: Two layers of complex scatterers, periodic.
        shade: Brightness of tissue from place to place around 1, and a noise of unit variance; periodic.
        window: What does not move with the heart, planes as in `window`.
        taps: Lateral point spread: beam offset by sample.
        noise: Amplitude of the electronic noise at each sample.
        grey_levels: Grey over the leading bits of the echo power.
    """

    acquisition: Acquisition
    style: ImageStyle
    tissue: Tissue
    beam: np.ndarray
    sample: np.ndarray
    scatterers: np.ndarray
    shade: np.ndarray
    window: np.ndarray
    taps: np.ndarray
    noise: np.ndarray
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


def prepare_scan(acquisition: Acquisition, style: ImageStyle, *, height_px: int, width_px: int) -> Scan:
    """Lay the sector over the image and draw the scatterers."""
    beam, sample = _pixel_maps(acquisition, height_px=height_px, width_px=width_px)
    rng = np.random.default_rng(acquisition.texture_seed)
    scatterers = np.roll(_scatterer_field(), tuple(rng.integers(TEXTURE, size=2)), axis=(1, 2))
    depth_cm = np.linspace(0, acquisition.depth_cm, N_SAMPLES)
    noise_db = acquisition.noise_db + (3.0 if style.harmonic else 0.0)
    tissue = sample_tissue(rng, quality_frac=acquisition.quality_frac, dropout=acquisition.dropout)
    window = lay_window(acquisition, rng, n_beams=N_BEAMS, n_samples=N_SAMPLES, harmonic=style.harmonic)
    # A sonographer turns the gain until myocardium is mid-grey on this console, give or take.
    wanted_db = style.grey_map.level_db(rng.uniform(45, 135)) - 20 * np.log10(0.6 * tissue.wall)
    window[[GAIN, HAZE, LINES]] *= 10 ** (wanted_db / 20)
    return Scan(
        acquisition=acquisition,
        style=style,
        tissue=tissue,
        beam=beam,
        sample=sample,
        scatterers=np.ascontiguousarray(scatterers),
        shade=_shade(rng),
        window=window,
        taps=_lateral_taps(acquisition, depth_cm, harmonic=style.harmonic),
        # The gain that makes up for attenuation lifts the noise with it.
        noise=(10 ** (noise_db / 20) * (0.1 + 0.9 * (depth_cm / acquisition.depth_cm) ** 2.5)).astype(
            np.float32
        ),
        grey_levels=style.grey_map.grey_levels(),
    )


@lru_cache(maxsize=1)
def _scatterer_field() -> np.ndarray:
    """Return two layers of complex scatterers of unit power that every clip sees at its own offset.

    Neighbours are correlated over the cells of one sample and one beam, so that tissue that moves by a part
    of a cell takes its speckle along.
    """
    raw = np.random.default_rng(20251207).standard_normal((4, TEXTURE, TEXTURE), dtype=np.float32)
    assert CELLS == 2
    for axis in (1, 2):
        raw = 0.5 * raw + 0.25 * (np.roll(raw, 1, axis) + np.roll(raw, -1, axis))
    return np.asarray(raw / raw.std(axis=(1, 2), keepdims=True), dtype=np.float32)


def _pixel_maps(acquisition: Acquisition, *, height_px: int, width_px: int) -> tuple[np.ndarray, np.ndarray]:
    y, x = np.mgrid[:height_px, :width_px].astype(np.float64)
    dx, dy = x - acquisition.apex_xy_px[0], y - acquisition.apex_xy_px[1]
    radius_cm = np.hypot(dx, dy) * acquisition.spacing_cm
    angle = np.arctan2(dx, dy)
    inside = (np.abs(angle) <= acquisition.half_angle_rad) & (radius_cm <= acquisition.depth_cm) & (dy >= 0)
    inside &= radius_cm >= acquisition.start_cm
    beam = (angle / acquisition.half_angle_rad + 1) * 0.5 * (N_BEAMS - 1)
    sample = radius_cm / acquisition.depth_cm * (N_SAMPLES - 1)
    return (
        np.where(inside, np.clip(beam, 0, N_BEAMS - 1.001), -1).astype(np.float32),
        np.where(inside, np.clip(sample, 0, N_SAMPLES - 1.001), 0).astype(np.float32),
    )


def _shade(rng: np.random.Generator) -> np.ndarray:
    """Return how bright tissue is from place to place, and a noise of mean 0 and variance 1."""
    mild, noise = (np.roll(smooth_noise(), tuple(rng.integers(128, size=2)), axis=(0, 1)) for _ in range(2))
    return np.ascontiguousarray(np.stack([np.exp(0.4 * mild), noise]), dtype=np.float32)


def _lateral_taps(acquisition: Acquisition, depth_cm: np.ndarray, *, harmonic: bool) -> np.ndarray:
    """Return the weights of the neighbouring beams at each sample; they keep the power of speckle."""
    step_deg = 2 * np.degrees(acquisition.half_angle_rad) / (N_BEAMS - 1)
    sigma = beam_sigma_deg(acquisition, depth_cm) * (1.0 if harmonic else 1.3)
    offset = np.arange(-_REACH, _REACH + 1)[:, None] * step_deg
    taps = np.exp(-0.5 * (offset / np.maximum(sigma, 0.4 * step_deg)) ** 2)
    return np.ascontiguousarray(taps / np.sqrt((taps**2).sum(0)), dtype=np.float32)


def receive_frame(
    heart: Heart, state: HeartState, scan: Scan, *, frame_seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the echo power by beam and sample, and the heart's fields on every second of them."""
    acq = scan.acquisition
    origin = acq.origin - np.array([0.0, 0.0, acq.follow_frac * (heart.height_cm - state.height)])
    tubes = near_plane(state.tubes, origin=origin, right=acq.right, down=acq.down, within_cm=1.5)
    state = state._replace(tubes=tubes)
    fields = np.empty(((N_BEAMS - 1) // COARSE + 2, (N_SAMPLES - 1) // COARSE + 2, N_FIELDS), np.float32)
    echo = np.empty((2, N_BEAMS, N_SAMPLES), np.float32)
    axes = np.stack([acq.right, acq.down, np.cross(acq.right, acq.down)])
    trace_fields(origin, acq.right, acq.down, acq.half_angle_rad, acq.depth_cm, state, heart.table, heart.tube,
                 fields)  # fmt: skip
    receive_echoes(axes, origin, acq.half_angle_rad, acq.depth_cm, state, heart.tube, fields, scan.scatterers,
                   scan.shade, scan.window, scan.tissue, frame_seed, echo)  # fmt: skip
    lobe = acq.side_lobe * (0.5 if scan.style.harmonic else 1.0)
    return form_beams(echo, scan.taps, lobe, scan.noise, scan.scatterers, frame_seed), fields


def render_frames(
    heart: Heart, states: Iterable[HeartState], scan: Scan
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Render a cine frame by frame, each with the persistence of the one before.

    Yields:
        Grey frame and mask, both uint8 with the scan's height and width.
    """
    persistence = np.float32(scan.style.persistence_frac)
    before: np.ndarray | None = None
    for index, state in enumerate(states):
        power, fields = receive_frame(heart, state, scan, frame_seed=index)
        grey = show(power, scan.grey_levels, scan.style.compounding_frac, scan.style.edge_gain)
        if before is not None:
            grey += persistence * (before - grey)
        before = grey
        frame, mask = np.zeros(scan.beam.shape, np.uint8), np.zeros(scan.beam.shape, np.uint8)
        scan_convert(grey, fields, scan.beam, scan.sample, frame, mask)
        yield frame, mask
