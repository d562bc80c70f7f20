"""The valve leaflets as thin sheets that swing with the beat: distance of a point to the nearest."""

import math
from typing import Final

import numpy as np
from numba import njit

from echovlm.simulation.heart.left_valves import (
    aortic_distances,
    bowed_distance,
    mitral_distances,
    segment_distance,
)
from echovlm.simulation.heart.surfaces import TRICUSPID_TILT, HeartState

_TRICUSPID_HALF_CM: Final = 1.9  # half the extent of the leaflets along the ring


@njit(cache=True, fastmath=True)
def valve_distances(
    u: float, v: float, z: float, epi: float, rv_wall: float, st: HeartState, tube: np.ndarray
) -> tuple[float, float]:
    """Return the distance to the nearest leaflet, chorda or pacemaker lead, and to the nearest calcium or metal.

    Both are large numbers far from all; calcium is negative inside, and throws a shadow.

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
    nearest, calcium = mitral_distances(u, v, -above, st)
    cusps, hard = aortic_distances(u, v, above, st, tube)
    nearest, calcium = min(nearest, cusps), min(calcium, hard)
    nearest = min(nearest, _tricuspid(u, v, z, epi, rv_wall, st))
    if st.lead > 0.0:
        lead = min(
            segment_distance(
                u,
                v,
                z,
                st.lead_top_u,
                st.lead_top_v,
                st.lead_top_z,
                st.lead_ring_u,
                st.lead_ring_v,
                st.z_tricuspid,
            ),
            segment_distance(
                u,
                v,
                z,
                st.lead_ring_u,
                st.lead_ring_v,
                st.z_tricuspid,
                st.lead_tip_u,
                st.lead_tip_v,
                st.lead_tip_z,
            ),
        )
        nearest = min(nearest, max(0.0, lead - 0.05))
    return min(nearest, _pulmonary(u, v, z, st)), calcium


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
    septal = bowed_distance(epi, y, 0.0, 0.0, run, drop, 0.08)
    return min(septal, bowed_distance(epi, y, width, 0.0, width - run, drop, -0.08))


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
