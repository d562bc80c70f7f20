"""The heart's surfaces as implicit functions of a point: negative inside, about the distance near the border.

Heart coordinates (cm): ``z`` runs along the LV axis from the epicardial apex (0) to the base; ``u`` points to
the anteroseptal wall (up in PLAX), where angles start, and ``v`` to the inferoseptal wall, a quarter turn on.
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit

# Range of the LV profile tables, in units of the LV height.
TABLE_LOW, TABLE_HIGH, TABLE_STEPS = -0.3, 1.5, 360
TUBE_LOW, TUBE_HIGH, TUBE_STEPS = -1.0, 11.0, 240  # range of the aortic radius table, cm along the aorta

_TABLE_PER_UNIT = TABLE_STEPS / (TABLE_HIGH - TABLE_LOW)

# Rows of the LV table.
PROFILE_SQ, WALL_CROSS, WALL_SQ, BASAL, STIFF, RV_PROFILE, SAC = range(7)

# Columns of the fields that `heart_fields` writes.
(ENDO, EPI, ABOVE, RV, LA, RA, AORTA, HEART, SAC_BORDER, RV_WALL, PAPILLARY, MOTION_R, MOTION_Z) = range(13)
N_FIELDS = 13
N_MASK_FIELDS = 9  # the first nine decide the labels


class HeartState(NamedTuple):
    """Every number that places the heart's surfaces at one instant; cm and radians."""

    height: float
    endo_sq: float
    endo_u: float
    endo_v: float
    wall_gain: float
    oval_c: float
    oval_s: float
    tri_c: float
    tri_s: float
    basal_u: float
    basal_oval: float
    bend_u: float
    bend_v: float
    wall_mean: float
    wall_u: float
    wall_v: float
    rv_depth: float
    rv_c: float
    rv_s: float
    rv_edge: float
    rv_wall: float
    z_tricuspid: float
    rvot_u: float
    rvot_v: float
    rvot_z: float
    rvot_a: float
    rvot_b: float
    rvot_tilt: float
    la_u: float
    la_v: float
    la_z: float
    la_a: float
    la_b: float
    la_c: float
    la_skew: float
    ra_c: float
    ra_s: float
    ra_r: float
    ra_t: float
    ra_z: float
    ra_a: float
    ra_b: float
    ra_d: float
    ao_u: float
    ao_sin: float
    ao_cos: float
    ao_curve: float
    ao_open: float
    ao_annulus: float
    mv_front: float
    mv_back: float
    mv_half_width: float
    mv_front_tip_u: float
    mv_front_tip_h: float
    mv_back_tip_u: float
    mv_back_tip_h: float
    tv_open: float
    tv_c: float
    tv_s: float
    pap_z_low: float
    pap_z_high: float
    pap_a_u: float
    pap_a_v: float
    pap_b_u: float
    pap_b_v: float
    pap_radius: float
    effusion: float
    effusion_c: float
    effusion_s: float


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


@njit(cache=True, fastmath=True, inline="always")
def _ellipsoid(x: float, y: float, z: float, a: float, b: float, c: float) -> float:
    """Return the first-order distance to an ellipsoid with these semi-axes."""
    qx, qy, qz = x / a, y / b, z / c
    k0 = math.sqrt(qx * qx + qy * qy + qz * qz) + 1e-6
    px, py, pz = qx / a, qy / b, qz / c
    k1 = math.sqrt(px * px + py * py + pz * pz) + 1e-6
    return k0 * (k0 - 1.0) / k1


@njit(cache=True, fastmath=True, inline="always")
def _aorta_radius(au: float, v: float, az: float, h: float, r_ao: float, st: HeartState) -> float:
    """Return the distance to the centre line, which curves back and bulges forward at wide sinuses."""
    cross = au * st.ao_cos - az * st.ao_sin - aorta_bulge(r_ao, st.ao_annulus)
    if h > 0.0:
        cross += st.ao_curve * h * h
    return math.sqrt(cross * cross + v * v)


@njit(cache=True, fastmath=True, inline="always")
def aorta_bulge(r_ao: float, annulus: float) -> float:
    """Return how far the centre line lies before the annulus' axis: wide roots leave the LA its room."""
    return 0.6 * (r_ao - annulus)


@njit(cache=True, fastmath=True, inline="always")
def _table_place(zeta: float) -> tuple[int, float]:
    """Return the row index and the fraction to the next row of the LV tables."""
    place = (min(max(zeta, TABLE_LOW), TABLE_HIGH - 1e-6) - TABLE_LOW) * _TABLE_PER_UNIT
    i = min(int(place), TABLE_STEPS - 1)
    return i, place - i


@njit(cache=True, fastmath=True, inline="always")
def _first_order(r2: float, radius2: float, slope: float) -> float:
    """Return the distance to a surface of this squared radius, whose slope along the axis is given."""
    return (r2 - radius2) / math.sqrt(4.0 * max(r2, 0.3 * abs(radius2)) + slope * slope + 1e-4)


# One long page on purpose: the chambers share the cylindrical coordinates of the LV and clip one another, and
# this runs for every point of every frame.
@njit(cache=True, fastmath=True)
def heart_fields(
    u0: float, v0: float, z: float, st: HeartState, table: np.ndarray, tube: np.ndarray, out: np.ndarray
) -> None:
    """Write the signed fields of one point into ``out`` (length ``N_FIELDS``).

    Args:
        u0: Anteroseptal coordinate.
        v0: Inferoseptal coordinate.
        z: Coordinate along the LV axis.
        st: The instant.
        table: LV profile tables, one row per name above.
        tube: Radius of the aorta along its axis.
        out: Receives the fields.
    """
    zeta, above = z / st.height, z - st.height  # above > 0: the atrial side of the annular plane
    # The long axis is a slight arc (banana shape): points are straightened first.
    arc = zeta * (1.0 - zeta) if -0.2 < zeta < 1.0 else 0.0
    u, v = u0 - st.bend_u * arc, v0 - st.bend_v * arc
    r2 = u * u + v * v
    r = math.sqrt(r2) + 1e-6
    c, s = u / r, v / r
    i, t = _table_place(zeta)
    slope_epi, r_epi, endo2 = _left_ventricle(c, s, r, r2, i, t, st, table, out)
    out[ABOVE] = above
    aorta_outer = _aorta(u0 - st.ao_u, v0, above, st, tube, out)
    lu, lv, lz = u0 - st.la_u - st.la_skew * above, v0 - st.la_v, z - st.la_z
    la_body = _ellipsoid(lu, lv, lz, st.la_a, st.la_b, st.la_c)
    out[LA] = max(max(la_body, -above), -aorta_outer)

    # Right ventricle: a crescent on the septum up to the tricuspid plane, its outflow running over the aorta.
    depth = table[RV_PROFILE, i] + t * (table[RV_PROFILE, i + 1] - table[RV_PROFILE, i])
    slope_rv = st.rv_depth * (table[RV_PROFILE, i + 1] - table[RV_PROFILE, i]) * _TABLE_PER_UNIT / st.height
    window = (c * st.rv_c + s * st.rv_s - st.rv_edge) / (1.0 - st.rv_edge)
    turn = (s * st.rv_c - c * st.rv_s) / (1.0 - st.rv_edge) * st.rv_depth * depth / r
    r_rv = r_epi + st.rv_depth * depth * window if depth > 0.0 else r_epi + depth
    slope = slope_rv * window + slope_epi / (2.0 * max(r_epi, 0.7))
    rv_norm = math.sqrt(1.0 + slope * slope + turn * turn)
    rv_outer, tricuspid = (r - r_rv) / rv_norm, z - st.z_tricuspid
    ou = u0 - st.rvot_u - st.rvot_tilt * (z - st.rvot_z)
    outflow = _ellipsoid(ou, v0 - st.rvot_v, z - st.rvot_z, st.rvot_a, st.rvot_a * 1.15, st.rvot_b)
    septum = -out[EPI]
    out[RV] = min(max(max(rv_outer, septum), tricuspid), max(max(outflow, septum), 0.12 - aorta_outer))
    out[RV_WALL] = r - r_rv

    # Right atrium: beside the left one, which it yields to.
    ar = u0 * st.ra_c + v0 * st.ra_s - st.ra_r
    at, az = v0 * st.ra_c - u0 * st.ra_s - st.ra_t, z - st.ra_z
    ra_body = _ellipsoid(ar, at, az, st.ra_a, st.ra_b, st.ra_d)
    ra = max(max(max(ra_body, -tricuspid), 0.22 - la_body), 0.12 - aorta_outer)
    out[RA] = max(ra, 0.12 - max(out[EPI], above - 0.15))

    # Outer surface of the heart, and the sac around it.
    ventricles = min(out[EPI], max(rv_outer - st.rv_wall, tricuspid)) if window > 0.0 else out[EPI]
    heart = min(max(ventricles, above - 0.6), min(outflow - st.rv_wall, ra_body - 0.22))
    heart = min(heart, min(la_body - 0.2, aorta_outer))
    out[HEART] = out[SAC_BORDER] = heart
    if st.effusion > 0.0:
        r_heart = max(r_epi, r_rv + st.rv_wall) if window > 0.0 and depth > 0.0 else r_epi
        sac = table[SAC, i] + t * (table[SAC, i + 1] - table[SAC, i])
        lid = (tricuspid if window > 0.0 else above) - 0.3
        ventricular = max(_ventricular_sac(u, v, z, r, r_heart, rv_norm, sac, c, s, st), lid)
        out[SAC_BORDER] = min(min(ventricular, _atrial_sac(ar, at, az, st)), heart)
    out[PAPILLARY] = _papillary(u, v, z, r, endo2, st)

    rise = (st.wall_gain - 1.0) * min(max(z, 0.0), st.height)
    out[MOTION_Z] = rise * (1.0 if above < 0.0 else max(0.0, 1.0 - above / 4.5))
    if z <= 0.0:
        out[MOTION_R] = 0.0


@njit(cache=True, fastmath=True, inline="always")
def _left_ventricle(
    c: float,
    s: float,
    r: float,
    r2: float,
    i: int,
    t: float,
    st: HeartState,
    table: np.ndarray,
    out: np.ndarray,
) -> tuple[float, float, float]:
    """Write both borders and the motion; return outer slope, outer radius and squared inner radius."""
    c2, s2 = c * c - s * s, 2.0 * c * s
    c3, s3 = c * (4.0 * c * c - 3.0), s * (3.0 - 4.0 * s * s)
    per_cm = _TABLE_PER_UNIT / st.height
    basal = table[BASAL, i] + t * (table[BASAL, i + 1] - table[BASAL, i])
    g = 1.0 + st.oval_c * c2 + st.oval_s * s2 + st.tri_c * c3 + st.tri_s * s3
    g += basal * (st.basal_u * c + st.basal_oval * c2)
    d1 = table[PROFILE_SQ, i + 1] - table[PROFILE_SQ, i]
    d2 = table[WALL_CROSS, i + 1] - table[WALL_CROSS, i]
    d3 = table[WALL_SQ, i + 1] - table[WALL_SQ, i]
    stiff = table[STIFF, i] + t * (table[STIFF, i + 1] - table[STIFF, i])
    scale = (st.endo_sq + (1.0 - st.endo_sq) * stiff) * (1.0 + st.endo_u * c + st.endo_v * s) * g * g
    profile = table[PROFILE_SQ, i] + t * d1
    endo2 = scale * profile
    wall = st.wall_mean + st.wall_u * c + st.wall_v * s
    k2, k3 = 2.0 * wall * g * st.wall_gain, wall * wall * st.wall_gain
    # Incompressible in every sector: the difference of the squared radii goes along and grows as slices thin.
    epi2 = max(endo2, 0.0) + k2 * (table[WALL_CROSS, i] + t * d2) + k3 * (table[WALL_SQ, i] + t * d3)
    slope_endo = scale * d1 * per_cm
    slope_epi = (slope_endo if endo2 > 0.0 else 0.0) + (k2 * d2 + k3 * d3) * per_cm
    out[ENDO] = _first_order(r2, endo2, slope_endo)
    out[EPI] = _first_order(r2, epi2, slope_epi)
    # Where this tissue was at end-diastole: (1 + MOTION_R) times as far from the axis.
    before2 = g * g * profile + (r2 - endo2) / st.wall_gain if r2 > endo2 else r2 / max(st.endo_sq, 0.1)
    out[MOTION_R] = min(2.0, math.sqrt(max(before2, 0.0)) / r - 1.0)
    return slope_epi, math.sqrt(max(epi2, 0.0)), endo2


@njit(cache=True, fastmath=True, inline="always")
def _aorta(au: float, v: float, above: float, st: HeartState, tube: np.ndarray, out: np.ndarray) -> float:
    """Write the lumen, in the coordinates of its curved tube; return the distance to its outer wall."""
    h = above * st.ao_cos + au * st.ao_sin
    place = (min(max(h, TUBE_LOW), TUBE_HIGH - 1e-6) - TUBE_LOW) * (TUBE_STEPS / (TUBE_HIGH - TUBE_LOW))
    j = min(int(place), TUBE_STEPS - 1)
    radius: float = tube[j] + (place - j) * (tube[j + 1] - tube[j])
    side: float = _aorta_radius(au, v, above, h, radius, st) - radius
    out[AORTA] = max(side, -above)
    return max(side - 0.18, -above - 0.05)


@njit(cache=True, fastmath=True, inline="always")
def _ventricular_sac(
    u: float,
    v: float,
    z: float,
    r: float,
    r_heart: float,
    norm: float,
    sac: float,
    c: float,
    s: float,
    st: HeartState,
) -> float:
    """Return the distance to the pericardium around the ventricles, the fluid's depth away from them."""
    rim = st.effusion * sac * max(0.15, 1.0 + st.effusion_c * (1.0 + c) + st.effusion_s * s)
    if z > 0.0:
        return (r - r_heart - rim) / norm if r > 0.3 * r_heart else -1.0
    return _ellipsoid(u, v, z, max(r_heart, 0.0) + rim, max(r_heart, 0.0) + rim, 0.75 * st.effusion)


@njit(cache=True, fastmath=True, inline="always")
def _atrial_sac(along: float, across: float, z: float, st: HeartState) -> float:
    """Return the distance to the pericardium around the RA; the fluid lies on its free side."""
    half = 0.22 + 0.45 * st.effusion
    top = st.ra_d + 0.22 + 0.3 * st.effusion
    return _ellipsoid(along - half + 0.22, across, z, st.ra_a + half, st.ra_b + half, top)


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
        rho = _aorta_radius(au, v, above, h, r_ao, st) / st.ao_annulus
        # Three cusps: a cone that is closed at its top in diastole and stands along the wall in systole.
        length = 0.75 + 0.35 * st.ao_open
        x = min(1.0, max(0.0, h / length))
        wanted = 1.0 - x * (0.97 - 0.80 * st.ao_open) * (0.55 + 0.45 * x)
        if h < length + 0.08 and rho < 1.15:
            nearest = min(nearest, abs(rho - wanted) * st.ao_annulus * 0.8 + 0.02)
    y = st.z_tricuspid - z
    r = math.sqrt(u * u + v * v) + 1e-6
    if -0.5 < y < 2.6 and epi > -0.2 and rv_wall < 0.2 and u * st.tv_c + v * st.tv_s > 0.80 * r:
        width = epi - rv_wall
        if width > 0.4:
            swing = st.tv_open * 1.2
            run, drop = 0.52 * width * math.cos(swing), 0.12 + 0.52 * width * math.sin(swing)
            nearest = min(nearest, _segment_distance(epi, y, 0.0, 0.0, run, drop, 0.08))
            nearest = min(nearest, _segment_distance(epi, y, width, 0.0, width - run, drop, -0.08))
    return nearest


@njit(cache=True, fastmath=True)
def _papillary(u: float, v: float, z: float, r: float, endo2: float, st: HeartState) -> float:
    """Return the signed distance to the nearer papillary muscle."""
    if endo2 <= 0.0 or z < st.pap_z_low - 1.2 or z > st.pap_z_high + 1.2:
        return 9.0
    radius = math.sqrt(endo2)
    nearest = 9.0
    for k in range(2):
        du = st.pap_a_u if k == 0 else st.pap_b_u
        dv = st.pap_a_v if k == 0 else st.pap_b_v
        x, y = du * u + dv * v, du * v - dv * u
        # Rooted in the wall at the apical end, free towards the base, rounded at both ends.
        middle, half = 0.5 * (st.pap_z_low + st.pap_z_high), 0.5 * (st.pap_z_high - st.pap_z_low)
        t = (z - middle) / half
        centre = radius - st.pap_radius * (0.55 + 0.35 * t)
        round_sq = 1.0 - t * t * t * t
        d = math.sqrt((x - centre) ** 2 * 0.6 + y * y)
        d = d - st.pap_radius * math.sqrt(round_sq) if round_sq > 0.0 else d + 0.6 * (abs(t) - 1.0) * half
        nearest = min(nearest, d)
    return nearest
