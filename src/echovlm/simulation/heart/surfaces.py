"""The heart's surfaces as implicit functions of a point: negative inside, about the distance near the border.

Heart coordinates (cm): ``z`` runs along the LV axis from the epicardial apex (0) to the base; ``u`` points to
the anteroseptal wall (up in PLAX), where angles start, and ``v`` to the inferoseptal wall, a quarter turn on.
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from echovlm.simulation.heart.surroundings import liver_and_lung
from echovlm.simulation.heart.tubes import tube_distances
from echovlm.simulation.heart.wall import (
    ED_ENDO,
    ED_EPI,
    NOW_ENDO,
    NOW_EPI,
    ROUND_EPI,
    SCARRED,
    border_distance,
    map_border,
    map_place,
    map_value,
)  # fmt: skip

# Range of the tables along the axis, in units of the LV height.
TABLE_LOW, TABLE_HIGH, TABLE_STEPS = -0.3, 1.5, 360
TUBE_LOW, TUBE_HIGH, TUBE_STEPS = -1.0, 11.0, 240  # range of the aortic radius table, cm along the aorta

TRICUSPID_TILT = 0.5  # rise of the tricuspid ring per cm away from the atrium's middle
_TILT_NORM = math.sqrt(1.0 + TRICUSPID_TILT**2)
ATRIAL_SEPTUM_CM = 0.25
_ATRIAL_LEAN = 0.16  # the RA leans back, square to its ring
_SINUS_TOP_CM = 2.8
_SINUS_COS, _SINUS_SIN = math.cos(math.radians(75)), math.sin(math.radians(75))  # three times the cusps' turn
_BAND_HEIGHT, _BAND_SLOPE, _BAND_SIDE, _BAND_RADIUS_CM = 0.42, 0.035, 0.38, 0.16  # moderator band
_OUTFLOW_TURN = 0.2  # radians per cm that the outflow turns around the aorta
_TABLE_PER_UNIT = TABLE_STEPS / (TABLE_HIGH - TABLE_LOW)

# Rows of the table along the LV axis.
RV_PROFILE, SAC = range(2)

# Columns of the fields that `heart_fields` writes. VEIN is any vein's lumen, BONE the ribs; SCAR says how much
# of the wall here is scar, 0 to 1: thin and bright. LAA is the left atrial appendage, which is no part of LA.
(ENDO, EPI, ABOVE, RV, LA, RA, AORTA, HEART, SAC_BORDER, RV_WALL, PAPILLARY, MOTION_R, MOTION_Z,
 PULMONARY, VEIN, LIVER, LUNG, BONE, SCAR, LAA) = range(20)  # fmt: skip
N_FIELDS = 20
N_MASK_FIELDS = 9  # the first nine decide the labels


class HeartState(NamedTuple):
    """Every number that places the heart's surfaces at one instant; cm and radians."""

    height: float
    wall: np.ndarray
    lean: float
    bend_u: float
    bend_v: float
    wall_gain: float
    wall_mean: float
    rv_depth: float
    rv_c: float
    rv_s: float
    rv_edge: float
    rv_wall: float
    z_tricuspid: float
    rvot_r: float
    rvot_z: float
    rvot_a: float
    rvot_b: float
    rvot_c: float
    rvot_tilt: float
    la_u: float
    la_v: float
    la_z: float
    la_a: float
    la_b: float
    la_c: float
    la_skew: float
    as_r: float
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
    ao_edge: float
    ao_thick: float
    ao_calcium: float
    ao_replaced: float
    ao_annulus: float
    ao_end: float
    mv_front: float
    mv_back: float
    mv_half_width: float
    mv_front_tip_u: float
    mv_front_tip_h: float
    mv_back_tip_u: float
    mv_back_tip_h: float
    mv_dome: float
    mv_thick: float
    mv_calcium: float
    mv_replaced: float
    mv_open: float
    tv_open: float
    tv_r: float
    tv_c: float
    tv_s: float
    pv_u: float
    pv_v: float
    pv_z: float
    pv_along_u: float
    pv_along_v: float
    pv_along_z: float
    pv_radius: float
    pv_open: float
    pap_z_low: float
    pap_z_high: float
    pap_a_u: float
    pap_a_v: float
    pap_b_u: float
    pap_b_v: float
    pap_radius: float
    pap_a_tip_u: float
    pap_a_tip_v: float
    pap_b_tip_u: float
    pap_b_tip_v: float
    lead: float
    lead_top_u: float
    lead_top_v: float
    lead_top_z: float
    lead_ring_u: float
    lead_ring_v: float
    lead_tip_u: float
    lead_tip_v: float
    lead_tip_z: float
    effusion: float
    effusion_c: float
    effusion_s: float
    tubes: np.ndarray
    chest: np.ndarray


@njit(cache=True, fastmath=True, inline="always")
def _ellipsoid(x: float, y: float, z: float, a: float, b: float, c: float) -> float:
    """Return the first-order distance to an ellipsoid with these semi-axes."""
    qx, qy, qz = x / a, y / b, z / c
    k0 = math.sqrt(qx * qx + qy * qy + qz * qz) + 1e-6
    px, py, pz = qx / a, qy / b, qz / c
    k1 = math.sqrt(px * px + py * py + pz * pz) + 1e-6
    return k0 * (k0 - 1.0) / k1


@njit(cache=True, fastmath=True, inline="always")
def aorta_radius(au: float, v: float, az: float, h: float, r_ao: float, st: HeartState) -> float:
    """Return the distance to the centre line, which curves back and bulges forward at wide sinuses."""
    cross = au * st.ao_cos - az * st.ao_sin - aorta_bulge(r_ao, st.ao_annulus)
    if h > 0.0:
        cross += st.ao_curve * h * h
    return math.sqrt(cross * cross + v * v)


@njit(cache=True, fastmath=True, inline="always")
def aorta_bulge(r_ao: float, annulus: float) -> float:
    """Return how far the centre line lies before the annulus' axis: wide roots leave the LA its room."""
    return 0.8 * (r_ao - annulus)


@njit(cache=True, fastmath=True, inline="always")
def _table_place(zeta: float) -> tuple[int, float]:
    """Return the row index and the fraction to the next row of the LV tables."""
    place = (min(max(zeta, TABLE_LOW), TABLE_HIGH - 1e-6) - TABLE_LOW) * _TABLE_PER_UNIT
    i = min(int(place), TABLE_STEPS - 1)
    return i, place - i


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
        table: Profiles along the axis, one row per name above.
        tube: Radius of the aorta along its axis.
        out: Receives the fields.
    """
    zeta, above = z / st.height, z - st.height  # above > 0: the atrial side of the annular plane
    # The long axis leans towards the mitral valve and is a slight arc (banana shape): points are straightened.
    arc = zeta * (1.0 - zeta) if -0.2 < zeta < 1.0 else 0.0
    u, v = u0 - st.lean * min(z, st.height) - st.bend_u * arc, v0 - st.bend_v * arc
    r2 = u * u + v * v
    r = math.sqrt(r2) + 1e-6
    c, s = u / r, v / r
    i, t = _table_place(zeta)
    r_septum, r_epi, slope_epi, endo2 = _left_ventricle(c, s, zeta, r, r2, st, out)
    out[ABOVE] = above
    aorta_outer = _aorta(u0 - st.ao_u, v0, above, st, tube, out)
    lu, lv, lz = u0 - st.la_u - st.la_skew * above, v0 - st.la_v, z - st.la_z
    la_body = _ellipsoid(lu, lv, lz, st.la_a, st.la_b, st.la_c)
    # Beyond the septum between the atria, in the direction of A4C.
    past_septum = u0 * st.ra_c + v0 * st.ra_s - st.as_r
    out[LA] = max(max(la_body, -above), max(-aorta_outer, past_septum))

    # Right ventricle: a crescent on the septum up to the tricuspid plane, its outflow running over the aorta.
    depth = table[RV_PROFILE, i] + t * (table[RV_PROFILE, i + 1] - table[RV_PROFILE, i])
    slope_rv = st.rv_depth * (table[RV_PROFILE, i + 1] - table[RV_PROFILE, i]) * _TABLE_PER_UNIT / st.height
    window = (c * st.rv_c + s * st.rv_s - st.rv_edge) / (1.0 - st.rv_edge)
    turn = (s * st.rv_c - c * st.rv_s) / (1.0 - st.rv_edge) * st.rv_depth * depth / r
    r_rv = r_epi + st.rv_depth * depth * window if depth > 0.0 else r_epi + depth
    slope = slope_rv * window + slope_epi / (2.0 * max(r_epi, 0.7))
    rv_norm = math.sqrt(1.0 + slope * slope + turn * turn)
    at = v0 * st.ra_c - u0 * st.ra_s - st.ra_t
    # The tricuspid ring faces forward too: in front of it lies the way out, behind it the atrium.
    rv_outer = (r - r_rv) / rv_norm
    tricuspid = (z - st.z_tricuspid + min(1.5, max(-2.4, TRICUSPID_TILT * at))) / _TILT_NORM
    outflow, septum = _outflow(u0 - st.ao_u, v0, z, st), -out[EPI]
    past_valve = (
        (u0 - st.pv_u) * st.pv_along_u + (v0 - st.pv_v) * st.pv_along_v + (z - st.pv_z) * st.pv_along_z
    )
    way_out = max(max(outflow, septum), max(0.12 - aorta_outer, past_valve))
    out[RV] = min(max(max(rv_outer, septum), tricuspid), way_out)
    out[RV_WALL] = r - r_rv

    # Right atrium: on the other side of the septum.
    ar = u0 * st.ra_c + v0 * st.ra_s - st.ra_r
    az, lean = z - st.ra_z, at - _ATRIAL_LEAN * (z - st.z_tricuspid)
    ra_body = _ellipsoid(ar, lean, az, st.ra_a, st.ra_b, st.ra_d)
    ra = max(max(max(ra_body, -tricuspid), ATRIAL_SEPTUM_CM - past_septum), 0.12 - aorta_outer)
    out[RA] = max(ra, 0.12 - max(out[EPI], above - 0.15))

    # Outer surface of the heart, and the sac around it.
    free_wall = max(max(rv_outer - st.rv_wall, tricuspid), 0.10 * st.height - z)
    ventricles = min(out[EPI], free_wall) if window > 0.0 else out[EPI]
    heart = min(max(ventricles, above - 0.6), min(max(outflow, past_valve) - st.rv_wall, ra_body - 0.22))
    heart = min(heart, min(la_body - 0.2, aorta_outer))
    arch, descending, pulmonary, vein, rib, appendage = tube_distances(u0, v0, z, st.tubes)
    # The appendage gives way to the great vessels and to the ventricle under it.
    in_the_way = min(min(aorta_outer, arch - 0.15), min(pulmonary - 0.15, max(out[EPI], above)))
    out[LAA] = max(appendage, 0.15 - in_the_way)
    heart = min(heart, out[LAA] - 0.15)
    out[HEART] = out[SAC_BORDER] = heart
    if st.effusion > 0.0:
        r_heart = max(r_septum, r_rv + st.rv_wall) if window > 0.0 and depth > 0.0 else r_septum
        sac = table[SAC, i] + t * (table[SAC, i + 1] - table[SAC, i])
        lid = (tricuspid if window > 0.0 else above) - 0.3
        ventricular = max(_ventricular_sac(u, v, z, r, r_heart, rv_norm, sac, c, s, st), lid)
        out[SAC_BORDER] = min(min(ventricular, _atrial_sac(ar, lean, az, st)), heart)
    out[PAPILLARY] = _papillary(u, v, z, r, endo2, st)
    # The moderator band crosses the RV from the septum to the free wall, nearer to the apex on the far side.
    inside = out[EPI]
    if 0.0 < inside < 3.0 and window > 0.0:
        low = z - st.height * (_BAND_HEIGHT - _BAND_SLOPE * inside)
        beside = s * st.rv_c - c * st.rv_s
        band = math.sqrt(low * low + (r * (beside - _BAND_SIDE)) ** 2) - _BAND_RADIUS_CM
        out[PAPILLARY] = min(out[PAPILLARY], max(band, out[RV]))

    # Vessels beyond the heart give way to what they are pushed aside by.
    descending = max(descending, 0.3 - out[SAC_BORDER])
    out[AORTA] = min(out[AORTA], min(max(arch, 0.2 - la_body), descending))
    outer = min(aorta_outer, arch - 0.15)
    pu, pv, pz = u0 - st.pv_u, v0 - st.pv_v, z - st.pv_z
    before_valve = min(-past_valve, 2.2 - math.sqrt(pu * pu + pv * pv + pz * pz))
    out[PULMONARY] = max(max(pulmonary, before_valve), max(0.12 - outer, 0.15 - la_body))
    out[VEIN] = max(max(vein, 0.12 - min(ventricles, la_body)), max(0.15 - outer, 0.12 - out[PULMONARY]))
    lumen = min(min(out[AORTA], out[PULMONARY]), out[VEIN])
    out[LIVER], out[LUNG] = liver_and_lung(u0, v0, z, out[SAC_BORDER], lumen, st.chest)
    out[BONE] = rib

    rise = (st.wall_gain - 1.0) * min(max(z, 0.0), st.height)
    out[MOTION_Z] = rise * (1.0 if above < 0.0 else max(0.0, 1.0 - above / 4.5))
    if z <= 0.0:
        out[MOTION_R] = 0.0


@njit(cache=True, fastmath=True, inline="always")
def _left_ventricle(
    c: float, s: float, zeta: float, r: float, r2: float, st: HeartState, out: np.ndarray
) -> tuple[float, float, float, float]:
    """Write both borders, scar and motion.

    Returns:
        Outer radius, outer radius and slope of the squared one if the septum were round, squared inner radius.
    """
    i, t, j, w = map_place(c, s, zeta)
    endo2, endo_z, endo_a = map_border(st.wall, NOW_ENDO, i, t, j, w, st.height)
    epi2, epi_z, epi_a = map_border(st.wall, NOW_EPI, i, t, j, w, st.height)
    round2, round_z, _ = map_border(st.wall, ROUND_EPI, i, t, j, w, st.height)
    out[ENDO] = border_distance(r2, endo2, endo_z, endo_a)
    out[EPI] = border_distance(r2, epi2, epi_z, epi_a)
    out[SCAR] = out[MOTION_R] = 0.0
    if r2 < 4.0 * max(epi2, 1.0):  # tissue further out does not follow the wall
        out[SCAR] = map_value(st.wall, SCARRED, i, t, j, w)
        # Where this tissue was at end-diastole: (1 + MOTION_R) times as far from the axis.
        ed_endo2, ed_epi2 = map_value(st.wall, ED_ENDO, i, t, j, w), map_value(st.wall, ED_EPI, i, t, j, w)
        inner2, ed_inner2 = max(endo2, 0.0), max(ed_endo2, 0.0)
        if r2 > inner2:
            before2 = ed_inner2 + (r2 - inner2) * (ed_epi2 - ed_inner2) / max(epi2 - inner2, 0.05)
        else:
            before2 = r2 * ed_inner2 / max(inner2, 0.05)
        out[MOTION_R] = min(2.0, math.sqrt(max(before2, 0.0)) / r - 1.0)
    return math.sqrt(max(epi2, 0.0)), math.sqrt(max(round2, 0.0)), round_z, endo2


@njit(cache=True, fastmath=True, inline="always")
def _aorta(au: float, v: float, above: float, st: HeartState, tube: np.ndarray, out: np.ndarray) -> float:
    """Write the lumen, in the coordinates of its curved tube; return the distance to its outer wall."""
    h = above * st.ao_cos + au * st.ao_sin
    place = (min(max(h, TUBE_LOW), TUBE_HIGH - 1e-6) - TUBE_LOW) * (TUBE_STEPS / (TUBE_HIGH - TUBE_LOW))
    j = min(int(place), TUBE_STEPS - 1)
    radius: float = tube[j] + (place - j) * (tube[j + 1] - tube[j])
    distance: float = aorta_radius(au, v, above, h, radius, st)
    if 0.0 < h < _SINUS_TOP_CM and distance > 0.3:
        # Three sinuses: an odd wave, which leaves every diameter as it is. s is the sine from the cusps' axes.
        s = min(1.0, max(-1.0, v / distance))
        c = math.copysign(
            math.sqrt(1.0 - s * s), au * st.ao_cos - above * st.ao_sin - aorta_bulge(radius, st.ao_annulus)
        )
        wave = c * (4.0 * c * c - 3.0) * _SINUS_COS + s * (3.0 - 4.0 * s * s) * _SINUS_SIN
        swell = h * (_SINUS_TOP_CM - h) / (0.25 * _SINUS_TOP_CM * _SINUS_TOP_CM)
        distance -= 0.2 * max(0.0, radius - st.ao_annulus) * swell * wave
    side = distance - radius
    out[AORTA] = max(max(side, -above), h - st.ao_end)
    return max(max(side - 0.18, -above - 0.05), h - st.ao_end)


@njit(cache=True, fastmath=True, inline="always")
def _outflow(au: float, v: float, z: float, st: HeartState) -> float:
    """Return the distance to the RV outflow: an ellipsoid bent around the aorta, turning left as it rises."""
    rise = z - st.rvot_z
    x = au - st.rvot_tilt * rise
    rho = math.sqrt(x * x + v * v)
    along = st.rvot_r * (math.atan2(v, x) + min(0.5, max(-0.5, _OUTFLOW_TURN * rise)) - 0.1)
    return _ellipsoid(rho - st.rvot_r, along, rise, st.rvot_a, st.rvot_b, st.rvot_c)


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
