"""Which structure lies where on a scan plane: the fields of the heart on a coarse grid, no echo."""

from enum import IntEnum

import numpy as np
from jaxtyping import UInt8
from numba import njit

from echovlm.simulation.heart.geometry import Heart
from echovlm.simulation.heart.surfaces import (
    ABOVE,
    AORTA,
    BONE,
    ENDO,
    EPI,
    HEART,
    LA,
    LAA,
    LIVER,
    LUNG,
    N_FIELDS,
    PULMONARY,
    RA,
    RV,
    SAC_BORDER,
    VEIN,
    HeartState,
    heart_fields,
)  # fmt: skip  # isort: skip
from echovlm.simulation.heart.tubes import near_plane
from echovlm.simulation.views.planes import Plane


class Part(IntEnum):
    """What a point of a section belongs to; the first seven are the labels of ``clinical.Structure``."""

    OUTSIDE = 0
    LV = 1
    LV_MYOCARDIUM = 2
    LA = 3
    RV = 4
    RA = 5
    AORTA = 6
    EFFUSION = 7
    PULMONARY_ARTERY = 8
    VEIN = 9
    LIVER = 10
    LUNG = 11
    RIB = 12
    OTHER_HEART = 13
    LA_APPENDAGE = 14


def section(
    heart: Heart,
    state: HeartState,
    plane: Plane,
    *,
    half_angle_rad: float,
    depth_cm: float,
    spacing_cm: float,
) -> UInt8[np.ndarray, "height width"]:
    """Return the `Part` of each point in a sector below the plane's transducer; the face is at the top middle.

    Args:
        heart: The heart.
        state: The instant.
        plane: Where the sector lies.
        half_angle_rad: Half of the sector's opening.
        depth_cm: Its depth.
        spacing_cm: Distance of the grid's points.
    """
    origin = plane.probe
    state = state._replace(
        tubes=near_plane(state.tubes, origin=origin, right=plane.right, down=plane.down, within_cm=0.5)
    )
    half = int(depth_cm * np.sin(half_angle_rad) / spacing_cm)
    parts = np.zeros((int(depth_cm / spacing_cm) + 1, 2 * half + 1), np.uint8)
    axes = np.stack([origin, plane.right, plane.down])
    _fill(parts, axes, half_angle_rad, depth_cm, spacing_cm, state, heart.table, heart.tube)
    return parts


@njit(cache=True)
def _fill(parts: np.ndarray, axes: np.ndarray, half_angle: float, depth: float, spacing: float,
          state: HeartState, table: np.ndarray, tube: np.ndarray) -> None:  # fmt: skip
    f = np.empty(N_FIELDS)
    half = parts.shape[1] // 2
    for i in range(parts.shape[0]):
        for j in range(parts.shape[1]):
            x, y = (j - half) * spacing, i * spacing
            if x * x + y * y > depth * depth or abs(np.arctan2(x, y)) > half_angle:
                continue
            place = axes[0] + x * axes[1] + y * axes[2]
            heart_fields(place[0], place[1], place[2], state, table, tube, f)
            parts[i, j] = _part(f)


@njit(cache=True)
def _part(f: np.ndarray) -> int:
    """Return the `Part` with these fields; the order is that of the masks."""
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
    if f[PULMONARY] < 0.0:
        return 8
    if f[VEIN] < 0.0:
        return 9
    if f[LAA] < 0.0:
        return 14
    if f[ABOVE] < 0.0 and f[EPI] < 0.0:
        return 2
    if f[SAC_BORDER] < -1e-4 and f[HEART] > 0.0:
        return 7
    if f[HEART] < 0.0:
        return 13
    if f[BONE] < 0.0:
        return 12
    if f[LIVER] < 0.0:
        return 10
    return 11 if f[LUNG] < 0.0 else 0
