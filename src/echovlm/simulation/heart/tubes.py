"""Distances to tapered tubes: vessels and ribs as rows of one small array, so that a kernel can walk them.

A row is the start (u, v, z), the run to the end (u, v, z), one over its squared length, the radius at the start,
the growth of the radius to the end, and the kind.
"""

import math
from typing import Final

import numpy as np
from numba import njit

ARCH, DESCENDING, PULMONARY_TUBE, VEIN_TUBE, RIB, APPENDAGE = range(6)
N_TUBE: Final = 10


def tube_row(
    start: np.ndarray, end: np.ndarray, start_radius_cm: float, end_radius_cm: float, kind: int
) -> np.ndarray:
    """Return one row: a straight tube with round ends."""
    run = end - start
    return np.array([*start, *run, 1.0 / (run @ run), start_radius_cm, end_radius_cm - start_radius_cm, kind])


def near_plane(
    tubes: np.ndarray, *, origin: np.ndarray, right: np.ndarray, down: np.ndarray, within_cm: float
) -> np.ndarray:
    """Return the rows that come near a plane; the others cannot be seen in it.

    Args:
        tubes: Rows.
        origin: A point of the plane.
        right: Unit vector in the plane.
        down: Unit vector in the plane, across ``right``.
        within_cm: How far from the plane a surface still counts.
    """
    normal = np.cross(right, down)
    start = (tubes[:, :3] - origin) @ normal
    end = start + tubes[:, 3:6] @ normal
    widest = np.maximum(tubes[:, 7], tubes[:, 7] + tubes[:, 8])
    closest = np.where(start * end < 0, 0.0, np.minimum(np.abs(start), np.abs(end)))
    return np.ascontiguousarray(tubes[closest - widest < within_cm])


@njit(cache=True, fastmath=True)
def tube_distances(
    u: float, v: float, z: float, tubes: np.ndarray
) -> tuple[float, float, float, float, float, float]:
    """Return the distance to the nearest tube of each kind, 9 where there is none."""
    arch, descending, pulmonary, vein, rib, appendage = 9.0, 9.0, 9.0, 9.0, 9.0, 9.0
    for i in range(tubes.shape[0]):
        x, y, w = u - tubes[i, 0], v - tubes[i, 1], z - tubes[i, 2]
        dx, dy, dz = tubes[i, 3], tubes[i, 4], tubes[i, 5]
        t = min(1.0, max(0.0, (x * dx + y * dy + w * dz) * tubes[i, 6]))
        x, y, w = x - t * dx, y - t * dy, w - t * dz
        d = math.sqrt(x * x + y * y + w * w) - tubes[i, 7] - t * tubes[i, 8]
        kind = int(tubes[i, 9])
        if kind == ARCH:
            arch = min(arch, d)
        elif kind == DESCENDING:
            descending = min(descending, d)
        elif kind == PULMONARY_TUBE:
            pulmonary = min(pulmonary, d)
        elif kind == VEIN_TUBE:
            vein = min(vein, d)
        elif kind == RIB:
            rib = min(rib, d)
        else:
            appendage = min(appendage, d)
    return arch, descending, pulmonary, vein, rib, appendage
