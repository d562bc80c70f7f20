"""How one clip is acquired: sector, depth and aim chosen for the heart, and the console's style."""

import math
import zlib
from dataclasses import dataclass
from typing import Final

import numpy as np

from echovlm.clinical.views import View
from echovlm.errors import EchoVLMError
from echovlm.simulation.heart.geometry import Heart
from echovlm.simulation.views.framing import points_to_show
from echovlm.simulation.views.planes import APICAL_VIEWS, Plane, find_plane

_WIDEST_RAD: Final = math.radians(48)
_MARGIN_RAD: Final = math.radians(1.5)
_LOST_DEG: Final = 30.0  # a plane so far off shows another view or none
# How the heart lies on the screen: mean and spread of its turn, and how far the transducer stands aside. From which
# intercostal space the long axis is seen differs most: from a low one the apex comes up, from a high one the aorta.
_TURN_RAD: Final = {View.PLAX: (-0.06, 0.17)} | dict.fromkeys(APICAL_VIEWS, (0.0, 0.14))
_ASIDE_CM: Final = {View.PLAX: 0.9} | dict.fromkeys(APICAL_VIEWS, 0.5)


class AcquisitionError(EchoVLMError):
    """A share of acquisitions is no share."""


@dataclass(frozen=True, slots=True)
class AcquisitionSettings:
    """How often an acquisition fails; the standard is never.

    Attributes:
        off_axis_share: Share of clips whose plane is turned or tilted out of its view, or foreshortened.
            Masks are cut by the plane that is shown; landmarks do not exist there.
        nondiagnostic_share: Share of clips through a window that shows next to nothing.
        mirrored_share: Share of clips shown left-right inverted.
    """

    off_axis_share: float = 0.0
    nondiagnostic_share: float = 0.0
    mirrored_share: float = 0.0

    def __post_init__(self) -> None:
        for name in ("off_axis_share", "nondiagnostic_share", "mirrored_share"):
            value = getattr(self, name)
            if not 0 <= value <= 1:
                raise AcquisitionError(f"{name} is {value:g}; a share is 0 to 1. Choose one in this range.")


STANDARD: Final = AcquisitionSettings()


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
        off_axis_deg: How far the plane is turned and tilted out of its view; 0 for the exact plane.
        is_diagnostic: Whether a reader could use the clip.
        is_mirrored: Whether the image is shown left-right inverted.
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
    off_axis_deg: float
    is_diagnostic: bool
    is_mirrored: bool
    texture_seed: int


def sample_acquisition(
    heart: Heart,
    view: View,
    *,
    seed: int,
    height_px: int,
    width_px: int,
    settings: AcquisitionSettings = STANDARD,
) -> Acquisition:
    """Draw the settings of one clip; depth and angle are adapted to the heart as a sonographer does."""
    entropy = (seed, heart.patient.patient_index, zlib.crc32(view.value.encode()))
    rng, mishap = np.random.default_rng((*entropy, 0xAC9)), np.random.default_rng((*entropy, 0xBAD))
    quality = 0.2 + 0.8 * float(rng.beta(2.6, 1.8))
    if mishap.random() < settings.nondiagnostic_share:
        quality = float(mishap.uniform(0.0, 0.15))
    is_mirrored = bool(mishap.random() < settings.mirrored_share)
    plane, off_axis_deg = find_plane(heart, view), 0.0
    if mishap.random() < settings.off_axis_share:
        plane, off_axis_deg = _off_axis(plane, mishap)
    apical = view in APICAL_VIEWS
    points = points_to_show(heart, view)
    origin, right, down, half_angle_rad = _aim(
        plane, points, rng, turn_rad=_TURN_RAD.get(view, (0.0, 0.09)), aside_cm=_ASIDE_CM.get(view, 0.35)
    )
    deepest = float(np.linalg.norm((points - origin) @ np.stack([right, down], axis=-1), axis=-1).max())
    # A laboratory's preset, in half centimetres, is left only for what does not fit: depth then tells little. Room
    # is left for an effusion whether there is one or not, so that a deep sector does not mean fluid.
    preset_cm = rng.uniform(17.0, 22.0) if apical else rng.uniform(13.5, 19.5)
    spare_cm = 0.0 if apical else max(0.0, float(rng.uniform(0.5, 3.0)) - heart.patient.effusion_cm)
    depth_cm = max(preset_cm, max(plane.reach_cm, deepest) + spare_cm + rng.uniform(0.2, 0.8))
    depth_cm = 0.5 * math.ceil(2 * depth_cm)
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
        off_axis_deg=off_axis_deg,
        is_diagnostic=quality >= 0.2 and off_axis_deg < _LOST_DEG,
        is_mirrored=is_mirrored,
        texture_seed=int(rng.integers(2**31)),
    )


def _off_axis(plane: Plane, rng: np.random.Generator) -> tuple[Plane, float]:
    """Return a plane as a wandering hand finds it, and by how much it is off."""
    rotation_deg, tilt_deg = rng.normal(0, 16), rng.normal(0, 9)
    moved = plane.moved(
        rotation_rad=math.radians(rotation_deg),
        tilt_rad=math.radians(tilt_deg),
        slide_cm=(float(rng.normal(0, 0.6)), float(rng.normal(0, 0.5))),
    )
    return moved, float(math.hypot(rotation_deg, tilt_deg))


def _aim(
    plane: Plane,
    points: np.ndarray,
    rng: np.random.Generator,
    *,
    turn_rad: tuple[float, float],
    aside_cm: float,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """Place the transducer, then steer and open the sector until the points to show lie inside.

    Args:
        plane: The view's plane.
        points: What must lie inside.
        rng: Draws where the transducer stands.
        turn_rad: Mean and deviation of the heart's turn on the screen.
        aside_cm: Deviation of the transducer's place along the chest.
    """
    roll = turn_rad[0] + turn_rad[1] * float(np.clip(rng.normal(), -2.4, 2.4))
    shift = aside_cm * float(np.clip(rng.normal(), -2.3, 2.3))
    right, down = _turned(plane.right, plane.down, roll)
    # The heart turns about the origin of the plane, the transducer keeps its distance.
    origin = plane.origin + plane.probe_cm[1] * down + (plane.probe_cm[0] + shift) * right
    origin = origin - min(rng.gamma(2.0, 0.3), 2.0) * down  # some chests are thicker
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
