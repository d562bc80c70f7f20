"""Mitral and aortic valve, native or replaced: leaflets, chordae and calcium as distances from a point."""

import math
from typing import Final

import numpy as np
from numba import njit

from echovlm.simulation.heart.motion import Phase
from echovlm.simulation.heart.surfaces import (
    TUBE_HIGH,
    TUBE_LOW,
    TUBE_STEPS,
    HeartState,
    aorta_bulge,
)
from echovlm.simulation.patient import Prosthesis, SimulatedPatient

FAR: Final = 9.0
_CUSP_TURN_RAD: Final = math.radians(25)  # the right coronary cusp lies in front, its middle beside PLAX
_THIRD: Final = 2.0 * math.pi / 3.0
_OPEN_MITRAL: Final = 0.25  # opening that is left when stenosis is critical
_OPEN_AORTIC: Final = 0.17


def place_left_valves(
    patient: SimulatedPatient, phase: Phase, *, front: float, back: float, side: float, annulus: float
) -> dict[str, float]:
    """Return what places the leaflets at one instant.

    Args:
        patient: Whose valves.
        phase: The instant.
        front: Where the front of the mitral annulus lies, towards the aorta.
        back: Where its back lies.
        side: Its half width across.
        annulus: Radius of the aortic annulus.
    """
    stenosis, calcium = patient.mitral_stenosis_frac, patient.mitral_annular_calcification_frac
    m, half = phase.mitral_opening, 0.5 * (front - back)
    apart = _OPEN_MITRAL + (1 - _OPEN_MITRAL) * (1 - stenosis) ** 1.6
    # Leaflet tips travel from the coaptation point to where the open leaflets hang along the walls. Where they
    # are fused the tips stay together and the bodies dome; calcium at its hinge holds the posterior one back.
    long_f, long_b = max(1.35 * half, 0.36 * patient.lvidd_cm), max(0.85 * half, 0.2 * patient.lvidd_cm)
    far, held = m * apart, m * apart * (1 - 0.5 * calcium)
    sink = m * (0.75 + 0.25 * apart)
    aortic = phase.aortic_opening * (
        _OPEN_AORTIC + (1 - _OPEN_AORTIC) * (1 - patient.aortic_stenosis_frac) ** 1.4
    )
    return {
        "mv_front": front, "mv_back": back, "mv_half_width": side,
        "mv_front_tip_u": (back + 0.75 * half) * (1 - far) + (front - 0.30 * long_f) * far,
        "mv_front_tip_h": 0.55 * (1 - sink) + 0.93 * long_f * sink,
        "mv_back_tip_u": (back + 0.70 * half) * (1 - held) + (back + 0.30 * long_b) * held,
        "mv_back_tip_h": 0.58 * (1 - sink) + 0.93 * long_b * sink,
        "mv_dome": 0.5 * stenosis * m, "mv_thick": 0.01 + 0.09 * stenosis, "mv_calcium": calcium,
        "mv_replaced": float(patient.prosthesis is Prosthesis.MITRAL), "mv_open": m,
        "ao_annulus": annulus, "ao_open": phase.aortic_opening, "ao_edge": 0.9 * aortic,
        "ao_thick": 0.13 * patient.aortic_stenosis_frac, "ao_calcium": patient.aortic_stenosis_frac,
        "ao_replaced": float(patient.prosthesis is Prosthesis.AORTIC),
    }  # fmt: skip


@njit(cache=True, fastmath=True, inline="always")
def bowed_distance(x: float, y: float, ax: float, ay: float, bx: float, by: float, bow: float) -> float:
    """Return the distance of a point to a segment that is bowed sideways by ``bow``."""
    dx, dy = bx - ax, by - ay
    length_sq = dx * dx + dy * dy + 1e-9
    t = ((x - ax) * dx + (y - ay) * dy) / length_sq
    t = min(1.0, max(0.0, t))
    lift = 4.0 * bow * t * (1.0 - t) / math.sqrt(length_sq)
    ex, ey = x - ax - t * dx + lift * dy, y - ay - t * dy - lift * dx
    return math.sqrt(ex * ex + ey * ey)


@njit(cache=True, fastmath=True)
def segment_distance(
    x: float, y: float, z: float, ax: float, ay: float, az: float, bx: float, by: float, bz: float
) -> float:
    """Return the distance of a point to a straight segment in space."""
    dx, dy, dz = bx - ax, by - ay, bz - az
    t = ((x - ax) * dx + (y - ay) * dy + (z - az) * dz) / (dx * dx + dy * dy + dz * dz + 1e-9)
    t = min(1.0, max(0.0, t))
    ex, ey, ez = x - ax - t * dx, y - ay - t * dy, z - az - t * dz
    return math.sqrt(ex * ex + ey * ey + ez * ez)


@njit(cache=True, fastmath=True)
def mitral_distances(u: float, v: float, down: float, st: HeartState) -> tuple[float, float]:
    """Return the distance to the mitral leaflets and their chordae, and to calcium or metal of their ring.

    Args:
        u: Anteroseptal coordinate.
        v: Inferoseptal coordinate.
        down: Depth below the annular plane.
        st: The instant.
    """
    if down < -0.9 or down > 4.5 or u < st.mv_back - 1.2 or u > st.mv_front + 1.0:
        return FAR, FAR
    middle, half = 0.5 * (st.mv_front + st.mv_back), 0.5 * (st.mv_front - st.mv_back)
    if st.mv_replaced > 0.0:
        radius = 0.92 * math.sqrt(half * st.mv_half_width)
        return _disc_valve(u - middle, v, down, radius, st.mv_open)
    q = v / st.mv_half_width
    calcium = FAR
    if st.mv_calcium > 0.0 and abs(q) < 1.1:
        # A bar along the posterior ring, the longer and thicker the more.
        reach = min(abs(q), 0.999)
        back = middle - half * math.sqrt(1.0 - reach * reach)
        bar = 0.10 + 0.34 * st.mv_calcium
        beyond = max(0.0, abs(q) - 0.25 - 0.7 * st.mv_calcium) * st.mv_half_width
        x, y = u - back - 0.3 * bar, down - 0.25 * bar
        calcium = math.sqrt(x * x + 1.4 * y * y + beyond * beyond) - bar
    nearest = _chordae(u, v, down, st)
    if abs(q) >= 1.0 or down > 3.4:
        return nearest, calcium
    span = math.sqrt(1.0 - q * q)
    front, back = middle + half * span, middle - half * span
    # Tips approach the hinge plane towards the commissures, so that both leaflets meet there.
    tip_u, tip_h = middle + (st.mv_front_tip_u - middle) * span, st.mv_front_tip_h * (0.35 + 0.65 * span)
    thick = st.mv_thick * min(1.0, max(0.3, down / max(tip_h, 0.3)))
    bow = -(0.12 + st.mv_dome) * half
    leaflets = bowed_distance(u, down, front, 0.0, tip_u, tip_h, bow)
    tip_u, tip_h = middle + (st.mv_back_tip_u - middle) * span, st.mv_back_tip_h * (0.35 + 0.65 * span)
    leaflets = min(leaflets, bowed_distance(u, down, back, 0.0, tip_u, tip_h, 0.08 * half))
    return min(nearest, max(0.0, leaflets - thick)), calcium


@njit(cache=True, fastmath=True)
def _chordae(u: float, v: float, down: float, st: HeartState) -> float:
    """Return the distance to the chordae, which are thinner than any beam: a little more than it is."""
    root_down = st.height - st.pap_z_high
    if down < 0.5 * st.mv_back_tip_h or down > root_down + 0.1:
        return FAR
    nearest = FAR * FAR
    for k in range(4):
        first, front = k < 2, k % 2 == 0
        x, y = (st.pap_a_tip_u, st.pap_a_tip_v) if first else (st.pap_b_tip_u, st.pap_b_tip_v)
        to_u, to_down = (
            (st.mv_front_tip_u, st.mv_front_tip_h) if front else (st.mv_back_tip_u, st.mv_back_tip_h)
        )
        to_v = (-0.45 if y < 0.0 else 0.45) * st.mv_half_width
        # They run steeply: the distance within the horizontal slice will do.
        t = min(1.0, max(0.0, (down - 0.8 * to_down) / (root_down - 0.8 * to_down + 1e-3)))
        ex, ey = u - to_u - t * (x - to_u), v - to_v - t * (y - to_v)
        nearest = min(nearest, ex * ex + ey * ey)
    return 0.9 * math.sqrt(nearest) + 0.035


@njit(cache=True, fastmath=True)
def aortic_distances(
    u: float, v: float, above: float, st: HeartState, tube: np.ndarray
) -> tuple[float, float]:
    """Return the distance to the three aortic cusps, and to their calcium or a prosthesis' metal.

    Between two commissures the section of a cusp at some height is two straight lines that meet on the middle
    of its sector: a Y of three cusps when closed, a triangle half open, nearly the ring when open.

    Args:
        u: Anteroseptal coordinate.
        v: Inferoseptal coordinate.
        above: Height above the annular plane.
        st: The instant.
        tube: Radius of the aorta along its axis.
    """
    au = u - st.ao_u
    h = above * st.ao_cos + au * st.ao_sin
    if h < -0.5 or h > 1.8 or abs(au) > 2.6 or abs(v) > 2.6:
        return FAR, FAR
    tpos = (h - TUBE_LOW) * (TUBE_STEPS / (TUBE_HIGH - TUBE_LOW))
    r_ao = tube[int(tpos)]
    if st.ao_replaced > 0.0:
        along = au * st.ao_cos - above * st.ao_sin
        return _disc_valve(along, v, h, 0.95 * st.ao_annulus, st.ao_open)
    length = 1.45 + 0.1 * st.ao_open
    if h < -0.1 or h > length + 0.1:
        return FAR, FAR
    across = au * st.ao_cos - above * st.ao_sin - aorta_bulge(r_ao, st.ao_annulus)
    across += st.ao_curve * h * h if h > 0.0 else 0.0
    rho = math.sqrt(across * across + v * v) / r_ao
    if rho > 1.1:
        return FAR, FAR
    x = min(1.0, max(0.0, h / length))
    edge = 1.0 - math.sqrt(x) * (1.0 - st.ao_edge * st.ao_annulus / r_ao)
    angle = math.atan2(v, across) - _CUSP_TURN_RAD
    angle -= _THIRD * math.floor(angle / _THIRD + 0.5)
    px, py = rho * math.cos(angle), rho * abs(math.sin(angle))
    # From the middle of the sector to the commissure.
    dx, dy = 0.5 - edge, 0.8660254
    t = min(1.0, max(0.0, ((px - edge) * dx + py * dy) / (dx * dx + dy * dy)))
    ex, ey = px - edge - t * dx, py - t * dy
    beyond = max(0.0, h - length)
    cusp = math.sqrt((ex * ex + ey * ey) * r_ao * r_ao * 0.7 + beyond * beyond)
    calcium = FAR
    if st.ao_calcium > 0.15:
        # Nodules sit on the bodies of the cusps, not on their free edges.
        body = abs(x - 0.6) * length
        calcium = math.sqrt(cusp * cusp + 0.35 * body * body + 0.1 * (t - 0.4) ** 2)
        calcium -= 0.30 * (st.ao_calcium - 0.15)
    return max(0.0, cusp - st.ao_thick), calcium


@njit(cache=True, fastmath=True, inline="always")
def _disc_valve(x: float, y: float, h: float, radius: float, opening: float) -> tuple[float, float]:
    """Return the distances to the two discs and to the ring of a mechanical valve.

    Args:
        x: Across the hinge line.
        y: Along it.
        h: Downstream.
        radius: Of the ring.
        opening: 0 closed to 1 open.
    """
    off = math.sqrt(x * x + y * y) - radius
    ring = math.sqrt(off * off + h * h) - 0.13
    if abs(y) > 0.9 * radius:
        return FAR, ring
    swing = 0.4 + 1.05 * opening
    long = 0.85 * math.sqrt(max(0.0, radius * radius - y * y))
    disc = bowed_distance(
        abs(x),
        h,
        0.12 * radius,
        0.1,
        0.12 * radius + long * math.cos(swing),
        0.1 + long * math.sin(swing),
        0.0,
    )
    return max(0.0, disc - 0.03), ring
