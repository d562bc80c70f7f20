"""Where lines and planes meet a simulated heart's surfaces: borders, chords and areas."""

import math

import numpy as np
from numba import njit

from echovlm.simulation.heart.geometry import Heart
from echovlm.simulation.heart.surfaces import N_FIELDS, HeartState, heart_fields
from echovlm.simulation.views.planes import Plane


@njit(cache=True)
def along_ray(start: np.ndarray, direction: np.ndarray, field: int, low: float, high: float, state: HeartState,
           table: np.ndarray, tube: np.ndarray) -> float:  # fmt: skip
    """Return the distance at which ``field`` first changes sign along a ray, or NaN."""
    out = np.empty(N_FIELDS)
    n = int((high - low) / 0.06) + 2
    previous_t, previous = 0.0, 0.0
    for i in range(n):
        t = low + (high - low) * i / (n - 1)
        heart_fields(
            start[0] + t * direction[0],
            start[1] + t * direction[1],
            start[2] + t * direction[2],
            state,
            table,
            tube,
            out,
        )
        if i > 0 and (out[field] < 0.0) != (previous < 0.0):
            inside = previous < 0.0
            for _ in range(30):
                middle = 0.5 * (previous_t + t)
                heart_fields(
                    start[0] + middle * direction[0],
                    start[1] + middle * direction[1],
                    start[2] + middle * direction[2],
                    state,
                    table,
                    tube,
                    out,
                )
                if (out[field] < 0.0) == inside:
                    previous_t = middle
                else:
                    t = middle
            return 0.5 * (previous_t + t)
        previous_t, previous = t, out[field]
    return math.nan


def find_border(heart: Heart, state: HeartState, start: np.ndarray, direction: np.ndarray, field: int, *,
                reach_cm: float = 14.0) -> np.ndarray:  # fmt: skip
    """Return the first point along a ray where a surface is crossed; NaN when none is within reach."""
    if np.isnan(start).any():  # beyond a border that was not found
        return np.full(3, math.nan)
    distance = along_ray(start, direction, field, 0.0, reach_cm, state, heart.table, heart.tube)
    return np.asarray(start + distance * direction)


@njit(cache=True)
def chord_cm(
    inside: np.ndarray, right: np.ndarray, field: int, state: HeartState, table: np.ndarray, tube: np.ndarray
) -> float:
    """Return the length of the chord through a point, 0 when the point lies outside."""
    out = np.empty(N_FIELDS)
    heart_fields(inside[0], inside[1], inside[2], state, table, tube, out)
    if out[field] >= 0.0:
        return 0.0
    ahead = along_ray(inside, right, field, 0.0, 9.0, state, table, tube)
    behind = along_ray(inside, -right, field, 0.0, 9.0, state, table, tube)
    return ahead + behind


@njit(cache=True)
def _plane_area(right: np.ndarray, down: np.ndarray, field: int, low: float, high: float, side: float,
                step: float, state: HeartState, table: np.ndarray, tube: np.ndarray) -> float:  # fmt: skip
    out = np.empty(N_FIELDS)
    cells = 0.0
    for i in range(int((high - low) / step)):
        for j in range(int(2.0 * side / step)):
            x, z = -side + (j + 0.5) * step, low + (i + 0.5) * step
            heart_fields(
                x * right[0] + z * down[0], x * right[1] + z * down[1], z * down[2], state, table, tube, out
            )
            # A cell that the border crosses counts by the part that lies inside: the field is about the distance.
            cells += min(1.0, max(0.0, 0.5 - out[field] / step))
    return cells * step * step


def plane_area_cm2(
    heart: Heart, state: HeartState, plane: Plane, field: int, *, low_cm: float, high_cm: float
) -> float:
    """Return the area of a structure in an apical plane between two heights below the apex."""
    return float(
        _plane_area(
            plane.right, plane.down, field, low_cm, high_cm, 12.0, 0.1, state, heart.table, heart.tube
        )
    )
