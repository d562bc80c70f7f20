"""How one clip is acquired: sector, depth and aim chosen for the heart, and the console's style."""

import math
import zlib
from dataclasses import dataclass
from typing import Final

import numpy as np

from echovlm.clinical.views import View
from echovlm.simulation.heart.geometry import Heart
from echovlm.simulation.views.framing import points_to_show
from echovlm.simulation.views.planes import APICAL_VIEWS, Plane, find_plane

_WIDEST_RAD: Final = math.radians(48)
_MARGIN_RAD: Final = math.radians(1.5)
# In PLAX the apex hangs a little lower than the aorta on most screens.
_TILT_RAD: Final = {View.PLAX: -0.06}


@dataclass(frozen=True, slots=True, eq=False)
class Acquisition:
    """Settings of one clip.

    Attributes:
        half_angle_rad: Half of the sector's opening.
        depth_cm: Imaging depth.
        spacing_cm: Size of a pixel.
        apex_xy_px: Sector apex in the image.
        origin: Transducer in heart coordinates.
        right: Image right in heart coordinates.
        down: Image down in heart coordinates.
        follow_frac: How much of the base's descent the plane goes along with.
        gain_db: Overall gain.
        attenuation_db_per_cm: What time gain compensation leaves.
        noise_db: Electronic noise at full depth, re full scale.
        start_cm: Depth at which the displayed sector starts: the curved top of many a console.
        focus_cm: Depth of the transmit focus.
        beam_sigma_deg: Lateral width of the beam at the focus.
        side_lobe: Amplitude of the side lobes, re the beam.
        quality_frac: Quality of the acoustic window, 0 (nothing to be seen) to 1.
        clutter: Strength of near-field haze.
        dropout: Strength of shadowing and of missing walls.
        texture_seed: Seeds the scatterers.
    """

    half_angle_rad: float
    depth_cm: float
    spacing_cm: float
    apex_xy_px: tuple[float, float]
    origin: np.ndarray
    right: np.ndarray
    down: np.ndarray
    follow_frac: float
    gain_db: float
    attenuation_db_per_cm: float
    noise_db: float
    start_cm: float
    focus_cm: float
    beam_sigma_deg: float
    side_lobe: float
    quality_frac: float
    clutter: float
    dropout: float
    texture_seed: int


def sample_acquisition(heart: Heart, view: View, *, seed: int, height_px: int, width_px: int) -> Acquisition:
    """Draw the settings of one clip; depth and angle are adapted to the heart as a sonographer does."""
    rng = np.random.default_rng((seed, heart.patient.patient_index, zlib.crc32(view.value.encode()), 0xAC9))
    quality = float(rng.beta(3.0, 1.8))
    plane = find_plane(heart, view)
    apical = view in APICAL_VIEWS
    points = points_to_show(heart, view)
    origin, right, down, half_angle_rad = _aim(plane, points, rng, tilt_rad=_TILT_RAD.get(view, 0.0))
    depth_cm = plane.reach_cm + (rng.uniform(0.6, 4.0) if apical else rng.uniform(1.0, 5.0))
    deepest = float(np.linalg.norm(points - origin, axis=1).max())
    depth_cm = max(depth_cm, deepest + 0.6, 13.0 if apical else 11.0)
    top_px = rng.uniform(0.015, 0.05) * height_px
    depth_px = height_px * rng.uniform(0.975, 0.995) - top_px
    # A wide sector must not be wider than the image.
    depth_px = min(depth_px, 0.49 * width_px / math.sin(half_angle_rad))
    return Acquisition(
        half_angle_rad=half_angle_rad,
        depth_cm=float(depth_cm),
        spacing_cm=float(depth_cm / depth_px),
        apex_xy_px=(width_px / 2 - 0.5 + float(rng.uniform(-0.01, 0.01)) * width_px, float(top_px)),
        origin=origin,
        right=right,
        down=down,
        follow_frac=plane.follow_frac,
        gain_db=float(rng.normal(0, 2.5)),
        attenuation_db_per_cm=float(rng.uniform(0.0, 0.5) + 0.5 * (1 - quality) ** 2),
        noise_db=float(rng.uniform(-66, -52) + 12 * (1 - quality) ** 2),
        start_cm=0.0 if rng.random() < 0.4 else float(rng.uniform(0.1, 0.6)),
        focus_cm=float(rng.uniform(6.0, 13.0)),
        beam_sigma_deg=float(rng.uniform(0.45, 0.8) + 0.2 * (1 - quality)),
        side_lobe=float(10 ** (rng.uniform(-46, -32) / 20)),
        quality_frac=quality,
        clutter=float(np.clip(rng.normal(1.1 - quality, 0.25), 0.05, 1.5)),
        dropout=float(np.clip(rng.normal(1.0 - quality, 0.2), 0.0, 1.2)),
        texture_seed=int(rng.integers(2**31)),
    )


def _aim(
    plane: Plane, points: np.ndarray, rng: np.random.Generator, *, tilt_rad: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """Place the transducer, then steer and open the sector until the points to show lie inside."""
    roll = float(np.clip(rng.normal(tilt_rad, 0.09), tilt_rad - 0.22, tilt_rad + 0.22))
    shift = float(np.clip(rng.normal(0, 0.35), -0.8, 0.8))
    right, down = _turned(plane.right, plane.down, roll)
    # The heart turns about the origin of the plane, the transducer keeps its distance.
    origin = plane.origin + plane.probe_cm[1] * down + (plane.probe_cm[0] + shift) * right
    half_angle = math.radians(rng.uniform(37, 45))
    for _ in range(8):
        relative = points - origin
        angles = np.arctan2(relative @ right, relative @ down)
        low, high = float(angles.min()) - _MARGIN_RAD, float(angles.max()) + _MARGIN_RAD
        if high - low <= 2 * _WIDEST_RAD:
            break
        origin = origin - 0.5 * down  # step back until everything fits
    half_angle = max(half_angle, 0.5 * (high - low))
    steer = min(0.0, low + half_angle) + max(0.0, high - half_angle)
    right, down = _turned(right, down, -steer)
    return origin, right, down, half_angle


def _turned(right: np.ndarray, down: np.ndarray, angle_rad: float) -> tuple[np.ndarray, np.ndarray]:
    cos, sin = math.cos(angle_rad), math.sin(angle_rad)
    return cos * right + sin * down, -sin * right + cos * down
