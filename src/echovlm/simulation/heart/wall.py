"""The map of the LV wall: squared radii over height and angle, and how a point is looked up in it."""

import math
from typing import Final

import numpy as np
from numba import njit

# Relative heights (0 epicardial apex, 1 annulus) and angles (0 anteroseptal, a quarter turn inferoseptal).
MAP_LOW, MAP_HIGH, MAP_HEIGHTS, MAP_ANGLES = -0.3, 1.2, 150, 64
ANNULUS_ROW: Final = round((1.0 - MAP_LOW) * MAP_HEIGHTS / (MAP_HIGH - MAP_LOW))
MAP_SHAPE: Final = (MAP_HEIGHTS + 1, MAP_ANGLES + 1)  # the last angle is the first again

# Layers of a map: squared radius of both borders now and at end-diastole; how much of the wall is scar, 0 to 1;
# the outer border as it would be if the septum were round, on which the RV's free wall stands.
NOW_ENDO, NOW_EPI, ED_ENDO, ED_EPI, SCARRED, ROUND_EPI = range(6)
N_LAYERS: Final = 6

_PER_HEIGHT = MAP_HEIGHTS / (MAP_HIGH - MAP_LOW)
_PER_RAD = MAP_ANGLES / (2.0 * math.pi)


@njit(cache=True, fastmath=True, inline="always")
def map_place(c: float, s: float, zeta: float) -> tuple[int, float, int, float]:
    """Return row and column of the map at a direction and height, each with the fraction to the next."""
    turn = math.atan2(s, c) * _PER_RAD
    if turn < 0.0:
        turn += MAP_ANGLES
    j = min(int(turn), MAP_ANGLES - 1)
    place = (min(max(zeta, MAP_LOW), MAP_HIGH - 1e-6) - MAP_LOW) * _PER_HEIGHT
    i = min(int(place), MAP_HEIGHTS - 1)
    return i, place - i, j, turn - j


@njit(cache=True, fastmath=True, inline="always")
def map_value(wall: np.ndarray, layer: int, i: int, t: float, j: int, w: float) -> float:
    """Return a layer between the four neighbours of a place."""
    low = wall[i, j, layer] + w * (wall[i, j + 1, layer] - wall[i, j, layer])
    high = wall[i + 1, j, layer] + w * (wall[i + 1, j + 1, layer] - wall[i + 1, j, layer])
    value: float = low + t * (high - low)
    return value


@njit(cache=True, fastmath=True, inline="always")
def map_border(
    wall: np.ndarray, layer: int, i: int, t: float, j: int, w: float, height: float
) -> tuple[float, float, float]:
    """Return a border's squared radius, its change per cm of height and its change per radian."""
    low = wall[i, j, layer] + w * (wall[i, j + 1, layer] - wall[i, j, layer])
    high = wall[i + 1, j, layer] + w * (wall[i + 1, j + 1, layer] - wall[i + 1, j, layer])
    left = wall[i, j, layer] + t * (wall[i + 1, j, layer] - wall[i, j, layer])
    right = wall[i, j + 1, layer] + t * (wall[i + 1, j + 1, layer] - wall[i, j + 1, layer])
    return low + t * (high - low), (high - low) * _PER_HEIGHT / height, (right - left) * _PER_RAD


@njit(cache=True, fastmath=True, inline="always")
def border_distance(r2: float, radius2: float, per_cm: float, per_rad: float) -> float:
    """Return the first-order distance to a border of this squared radius and these slopes."""
    near2 = max(r2, 0.3 * abs(radius2)) + 1e-3
    return (r2 - radius2) / math.sqrt(4.0 * near2 + per_cm * per_cm + per_rad * per_rad / near2)


def map_heights() -> np.ndarray:
    """Return the relative height of each row, as a column."""
    return np.linspace(MAP_LOW, MAP_HIGH, MAP_HEIGHTS + 1)[:, None]


def map_angles() -> np.ndarray:
    """Return the angle of each column, as a row."""
    return np.linspace(0, 2 * np.pi, MAP_ANGLES + 1)[None]


def slice_areas_cm2(squared_radius: np.ndarray) -> np.ndarray:
    """Return the area of each cell of a map per unit of relative height, inside the ventricle only."""
    return np.asarray(np.clip(squared_radius, 0, None) * _CELL)


def cavity_ml(wall: np.ndarray, height_cm: float) -> float:
    """Return the volume of the cavity that a wall map of this height encloses now."""
    return float(slice_areas_cm2(wall[..., NOW_ENDO]).sum()) * height_cm


def _cells() -> np.ndarray:
    """Return half the area of each cell of a map, in radians and relative height, inside the ventricle."""
    inside = (map_heights() >= 0) & (map_heights() <= 1 + 1e-9)
    cell = np.where(inside, 1.0, 0.0) * np.ones(MAP_SHAPE)
    cell[ANNULUS_ROW] *= 0.5  # the annulus is the edge of the last slice
    cell[:, -1] = 0.0  # the last column is the first again
    return cell * float((np.pi / (MAP_SHAPE[1] - 1)) * (map_heights()[1, 0] - map_heights()[0, 0]))


_CELL: Final = _cells()
