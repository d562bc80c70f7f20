"""The valve leaflets as thin sheets that swing with the beat: distance of a point to the nearest."""

import math
from typing import Final

import numpy as np
from numba import njit

from echovlm.simulation.heart.surfaces import (
    TRICUSPID_TILT,
    TUBE_HIGH,
    TUBE_LOW,
    TUBE_STEPS,
    HeartState,
    aorta_radius,
)

_TRICUSPID_HALF_CM: Final = 1.9  # half the extent of the leaflets along the ring


@njit(cache=True, fastmath=True, inline="always")
def _segment_distance(x: float, y: float, ax: float, ay: float, bx: float, by: float, bow: float) -> float:
    """Return the distance of a point to a segment that is bowed sideways by ``bow``."""
    dx, dy = bx - ax, by - ay
    length_sq = dx * dx + dy * dy + 1e-9
    t = ((x - ax) * dx + (y - ay) * dy) / length_sq
    t = min(1.0, max(0.0, t))
    lift = 4.0 * bow * t * (1.0 - t) / math.sqrt(length_sq)
    ex, ey = x - ax - t * dx + lift * dy, y - ay - t * dy - lift * dx
    return math.sqrt(ex * ex + ey * ey)


@njit(cache=True, fastmath=True)
def leaflet_distance(
    u: float, v: float, z: float, epi: float, rv_wall: float, st: HeartState, tube: np.ndarray
) -> float:
    """Return the distance to the nearest valve leaflet, or a large number far from all.

    Args:
        u: Anteroseptal coordinate.
        v: Inferoseptal coordinate.
        z: Coordinate along the LV axis.
        epi: Distance from the LV's outer surface, positive on the RV side.
        rv_wall: Distance from the RV free wall, negative inside.
        st: The instant.
        tube: Radius of the aorta along its axis.
    """
    above = z - st.height
    nearest = 9.0
    q = v / st.mv_half_width
    down = -above  # depth below the mitral annulus
    if abs(q) < 1.0 and -0.4 < down < 3.4:
        span = math.sqrt(1.0 - q * q)
        middle = 0.5 * (st.mv_front + st.mv_back)
        half = 0.5 * (st.mv_front - st.mv_back)
        front, back = middle + half * span, middle - half * span
        # Tips approach the hinge plane towards the commissures, so that both leaflets meet there.
        tip_u = middle + (st.mv_front_tip_u - middle) * span
        tip_h = st.mv_front_tip_h * (0.35 + 0.65 * span)
        nearest = _segment_distance(u, down, front, 0.0, tip_u, tip_h, -0.12 * half)
        tip_u = middle + (st.mv_back_tip_u - middle) * span
        tip_h = st.mv_back_tip_h * (0.35 + 0.65 * span)
        nearest = min(nearest, _segment_distance(u, down, back, 0.0, tip_u, tip_h, 0.08 * half))
    au = u - st.ao_u
    h = above * st.ao_cos + au * st.ao_sin
    if -0.1 < h < 1.6 and abs(au) < 2.5 and abs(v) < 2.0:
        tpos = (h - TUBE_LOW) * (TUBE_STEPS / (TUBE_HIGH - TUBE_LOW))
        r_ao = tube[int(tpos)]
        rho = aorta_radius(au, v, above, h, r_ao, st) / st.ao_annulus
        # Three cusps: a cone that is closed at its top in diastole and stands along the wall in systole.
        length = 0.75 + 0.35 * st.ao_open
        x = min(1.0, max(0.0, h / length))
        wanted = 1.0 - x * (0.97 - 0.80 * st.ao_open) * (0.55 + 0.45 * x)
        if h < length + 0.08 and rho < 1.15:
            nearest = min(nearest, abs(rho - wanted) * st.ao_annulus * 0.8 + 0.02)
    nearest = min(nearest, _tricuspid(u, v, z, epi, rv_wall, st))
    return min(nearest, _pulmonary(u, v, z, st))


@njit(cache=True, fastmath=True, inline="always")
def _tricuspid(u: float, v: float, z: float, epi: float, rv_wall: float, st: HeartState) -> float:
    """Return the distance to the septal leaflet or the one across from it, hung on the tilted ring."""
    at = v * st.ra_c - u * st.ra_s - st.ra_t
    y = st.z_tricuspid - z - min(1.5, max(-2.4, TRICUSPID_TILT * at))
    width, q = epi - rv_wall, at / _TRICUSPID_HALF_CM
    if y < -0.5 or y > 2.6 or epi < -0.2 or rv_wall > 0.2 or width < 0.4 or abs(q) >= 1.0:
        return 9.0
    if u * st.tv_c + v * st.tv_s < 0.0:
        return 9.0
    span = math.sqrt(1.0 - q * q)
    swing = st.tv_open * 1.2
    reach = 0.52 * min(width, 4.6) * (0.5 + 0.5 * span)
    run, drop = reach * math.cos(swing), 0.12 + reach * math.sin(swing)
    septal = _segment_distance(epi, y, 0.0, 0.0, run, drop, 0.08)
    return min(septal, _segment_distance(epi, y, width, 0.0, width - run, drop, -0.08))


@njit(cache=True, fastmath=True, inline="always")
def _pulmonary(u: float, v: float, z: float, st: HeartState) -> float:
    """Return the distance to the pulmonary cusps: a cone, closed in diastole, along the wall in systole."""
    x, y, w = u - st.pv_u, v - st.pv_v, z - st.pv_z
    h = x * st.pv_along_u + y * st.pv_along_v + w * st.pv_along_z
    length = 0.55 + 0.35 * st.pv_open
    if h < -0.1 or h > length + 0.08:
        return 9.0
    rho = math.sqrt(max(0.0, x * x + y * y + w * w - h * h)) / st.pv_radius
    if rho > 1.15:
        return 9.0
    t = min(1.0, max(0.0, h / length))
    wanted = 1.0 - t * (0.97 - 0.80 * st.pv_open) * (0.55 + 0.45 * t)
    return abs(rho - wanted) * st.pv_radius * 0.8 + 0.02
