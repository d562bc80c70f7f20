"""One beating heart: a patient's surfaces at any instant, solved so that volumes and walls agree."""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np

from echovlm.simulation.heart.motion import END_DIASTOLE, END_SYSTOLE, Phase
from echovlm.simulation.heart.surfaces import (
    BASAL,
    PROFILE_SQ,
    RV_PROFILE,
    SAC,
    STIFF,
    TABLE_HIGH,
    TABLE_LOW,
    TABLE_STEPS,
    TUBE_HIGH,
    TUBE_LOW,
    TUBE_STEPS,
    WALL_CROSS,
    WALL_SQ,
    HeartState,
)  # fmt: skip
from echovlm.simulation.heart.vessels import UNPLACED, VesselLayout, place_vessels, root_end_cm
from echovlm.simulation.patient import SimulatedPatient

LEVEL_FRAC: Final = 0.70  # where LVIDd is taken: mitral leaflet tips, as a fraction of the LV height
RV_DIRECTION_RAD: Final = math.radians(36)  # from anteroseptal towards inferoseptal
RV_HALF_WIDTH_RAD: Final = math.radians(70)
FOUR_CHAMBER_RAD: Final = math.radians(60)  # direction of the septum in A4C
_ANNULAR_STIFFNESS: Final = (
    0.6  # share of the cross-section's contraction that the fibrous annulus does not follow
)
_BASAL_OVAL: Final = 0.11  # the base holds two annuli in a row: wider along PLAX than across
RA_FILL_SMALLEST: Final = 0.78  # linear size at end-diastole over that at end-systole
LA_FILL_SMALLEST: Final = 0.85


@dataclass(frozen=True, slots=True, eq=False)
class Heart:
    """The geometry of one patient's heart; `state` places it at an instant.

    Attributes:
        patient: Whose heart.
        table: LV profile tables over the relative height (rows named in `surfaces`).
        tube: Radius of the aorta along its axis.
        height_cm: LV height at end-diastole, epicardial apex to annulus.
        cavity_zero_frac: Relative height of the endocardial apex.
        free_integrals: Cavity volume per height and squared endocardial scale: uniform, u and v terms.
        stiff_integrals: The part of each that the annulus holds whatever the scale.
        shortening_frac: Relative descent of the base at end-systole.
    """

    patient: SimulatedPatient
    table: np.ndarray
    tube: np.ndarray
    height_cm: float
    cavity_zero_frac: float
    free_integrals: tuple[float, float, float]
    stiff_integrals: tuple[float, float, float]
    shortening_frac: float

    @property
    def vessels(self) -> VesselLayout:
        """Where the vessels run."""
        return _vessels(self)

    def state(self, phase: Phase, *, inspiration: float = 0.0) -> HeartState:
        """Return the numbers that place every surface at this instant.

        Args:
            phase: The instant within the beat.
            inspiration: 0 at end-expiration, 1 at the height of a breath in; collapses the IVC.
        """
        state = _state(self, phase)
        return state._replace(**self.vessels.at(state.height - self.height_cm, inspiration=inspiration))

    def end_diastole(self) -> HeartState:
        """Return the state at the R wave."""
        return self.state(END_DIASTOLE)


@lru_cache(maxsize=16)
def build_heart(patient: SimulatedPatient) -> Heart:
    """Lay out the geometry of a patient's heart."""
    wall_apex = 0.75 * (patient.ivsd_cm + patient.pwd_cm) / 2
    height = patient.lvidd_cm * patient.lv_length_ratio + wall_apex
    zero = wall_apex / height
    table = _profile_tables(patient, zero)
    free, stiff = _cavity_integrals(patient, table)
    return Heart(
        patient=patient,
        table=table,
        tube=_aorta_table(patient),
        height_cm=height,
        cavity_zero_frac=zero,
        free_integrals=free,
        stiff_integrals=stiff,
        shortening_frac=0.03 + 0.235 * patient.ef_pct / 100,
    )


@lru_cache(maxsize=16)
def _vessels(heart: Heart) -> VesselLayout:
    ed, es = _state(heart, END_DIASTOLE), _state(heart, END_SYSTOLE)
    return place_vessels(heart.patient, heart.tube, ed, es)


def _profile_tables(patient: SimulatedPatient, zero: float) -> np.ndarray:
    """Tabulate the LV profile, wall, basal warp, RV depth and sac over relative height."""
    zeta = np.linspace(TABLE_LOW, TABLE_HIGH, TABLE_STEPS + 1)
    inner = (zeta - zero) / (1 - zero)
    widest = 0.66 + 0.03 * patient.shape[0]
    blunt = 2.15 + 0.2 * np.tanh(patient.shape[1])
    base = 0.75 + 0.03 * np.tanh(patient.shape[2])
    rise = 1 - np.abs(np.clip((widest - inner) / widest, 0, 1.5)) ** blunt
    fall = 1 - (1 - base) * np.clip((inner - widest) / (1 - widest), 0, None) ** 2
    profile_sq = np.where(inner < widest, rise, np.clip(fall, 0.0, None) ** 2) * (patient.lvidd_cm / 2) ** 2
    profile_sq = np.where(inner < -0.02, np.minimum(profile_sq, 0.0), profile_sq)
    # The epicardium has the same kind of profile from its own apex on; the wall is what lies between,
    # in units of the mean thickness. Its square is linear at the epicardial apex and goes on below it.
    wall = (patient.ivsd_cm + patient.pwd_cm) / 2
    widest_outer = zero + widest * (1 - zero)
    outer_rise = 1 - np.abs(np.clip((widest_outer - zeta) / widest_outer, 0, 1.6)) ** blunt
    outer_sq = np.where(zeta < widest_outer, outer_rise, 1.0) * (patient.lvidd_cm / 2 + wall) ** 2
    thick = np.sqrt(np.clip(outer_sq, 0, None)) - np.sqrt(np.clip(profile_sq, 0, None))
    thick = np.where(zeta < widest_outer, thick / wall, 1 - 0.10 * _rise(zeta, 0.85, 1.0))
    table = np.zeros((7, TABLE_STEPS + 1))
    table[PROFILE_SQ] = profile_sq
    table[WALL_CROSS] = thick * np.sqrt(np.clip(profile_sq, 0, None))
    table[WALL_SQ] = np.where(zeta > 0, thick**2, outer_sq / wall**2)
    table[BASAL] = _rise(zeta, 0.72, 1.0)
    table[STIFF] = _ANNULAR_STIFFNESS * _rise(zeta, 0.78, 1.0)
    reach = np.clip((zeta - 0.16) / (0.80 - 0.16), 0, 1)
    profile = (0.5 * reach + 0.5 * np.sin(0.5 * np.pi * reach)) * (1 - 0.12 * _rise(zeta, 0.82, 1.05))
    table[RV_PROFILE] = np.where(zeta < 0.16, (zeta - 0.16) * 3, profile)
    table[SAC] = (0.55 + 0.45 * _rise(zeta, 0.0, 0.5)) * (1 - 0.9 * _rise(zeta, 0.97, 1.12))
    return table


def _rise(x: np.ndarray, low: float, high: float) -> np.ndarray:
    """Rise smoothly from 0 at ``low`` to 1 at ``high``."""
    t = np.clip((x - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def _aorta_table(patient: SimulatedPatient) -> np.ndarray:
    """Tabulate the aortic radius: annulus, sinuses, sinotubular junction, ascending aorta."""
    h = np.linspace(TUBE_LOW, TUBE_HIGH, TUBE_STEPS + 1)
    annulus = aortic_annulus_cm(patient) / 2
    sinus, ascending = patient.sinus_cm / 2, patient.ascending_cm / 2
    junction = min(0.5 * (0.86 * sinus + 0.95 * ascending), 0.97 * sinus)
    length = sinus_height_cm(patient)
    knots_h = [TUBE_LOW, 0.0, 0.45 * length, length, 1.9 * length, 2.9 * length, TUBE_HIGH]
    knots_r = [
        annulus,
        annulus,
        0.5 * (annulus + sinus) + 0.12 * (sinus - annulus),
        sinus,
        junction,
        ascending,
        ascending,
    ]
    smooth = np.interp(h, knots_h, knots_r)
    kernel = np.hanning(11)
    padded = np.pad(smooth, 5, mode="edge")
    return np.convolve(padded, kernel / kernel.sum(), mode="valid")


def sinus_height_cm(patient: SimulatedPatient) -> float:
    """Return how far above the annulus the sinuses are widest."""
    return 0.75 + 0.42 * patient.sinus_cm / 2


def aortic_annulus_cm(patient: SimulatedPatient) -> float:
    """Return the diameter of the aortic annulus; it follows the root only in part."""
    return float(min(1.35 + 0.24 * patient.sinus_cm, 0.50 * patient.lvidd_cm))


def _harmonics(patient: SimulatedPatient) -> tuple[float, float, float, float, float, float]:
    """Return the angular warps of the LV: ovality, triangularity, basal widening towards the aorta."""
    shape = patient.shape
    return 0.02 * shape[3], 0.02 * shape[4], 0.012 * shape[5], 0.012 * shape[6], 0.03, _BASAL_OVAL


def _cavity_integrals(
    patient: SimulatedPatient, table: np.ndarray
) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    """Integrate the cavity's cross-section over relative height by motion term: free and held part."""
    fine = np.linspace(0.0, 1.0, 2001)
    zeta = np.linspace(TABLE_LOW, TABLE_HIGH, TABLE_STEPS + 1)
    profile = np.clip(np.interp(fine, zeta, table[PROFILE_SQ]), 0, None)
    basal = np.interp(fine, zeta, table[BASAL])
    theta = np.arange(180) * (2 * np.pi / 180)
    oval_c, oval_s, tri_c, tri_s, basal_u, basal_oval = _harmonics(patient)
    warp = (
        1
        + oval_c * np.cos(2 * theta)
        + oval_s * np.sin(2 * theta)
        + tri_c * np.cos(3 * theta)
        + tri_s * np.sin(3 * theta)
    )
    g = warp[None] + basal[:, None] * (basal_u * np.cos(theta) + basal_oval * np.cos(2 * theta))[None]
    section = 0.5 * profile[:, None] * g**2 * (2 * np.pi / 180)
    held = np.interp(fine, zeta, table[STIFF])

    def integrals(weight: np.ndarray) -> tuple[float, float, float]:
        uniform, u, v = (
            float(np.trapezoid((section * term).sum(1) * weight, fine))
            for term in (np.ones_like(theta), np.cos(theta), np.sin(theta))
        )
        return uniform, u, v

    return integrals(1 - held), integrals(held)


def _state(heart: Heart, phase: Phase) -> HeartState:
    patient, shape, a = heart.patient, heart.patient.shape, phase.contraction
    height = heart.height_cm * (1 - heart.shortening_frac * a)
    endo_u, endo_v = 0.10 * shape[7] * a, 0.10 * shape[8] * a
    # Solve the scale from the volume: V / height = scale * free + held, all linear in the squared scale.
    full = (heart.free_integrals[0] + heart.stiff_integrals[0]) * heart.height_cm
    volume = (1 - patient.ef_pct / 100 * a) * full
    free, held = (f[0] + endo_u * f[1] + endo_v * f[2] for f in (heart.free_integrals, heart.stiff_integrals))
    endo_sq = (volume / height - held) / free
    narrow = math.sqrt(endo_sq + (1 - endo_sq) * _ANNULAR_STIFFNESS)  # of the radius at the annulus
    oval_c, oval_s, tri_c, tri_s, basal_u, basal_oval = _harmonics(patient)
    ventricle = {
        "height": height, "endo_sq": endo_sq, "endo_u": endo_u, "endo_v": endo_v,
        "wall_gain": heart.height_cm / height,
        "oval_c": oval_c, "oval_s": oval_s, "tri_c": tri_c, "tri_s": tri_s,
        "basal_u": basal_u, "basal_oval": basal_oval,
        "bend_u": 1.2 * math.tanh(shape[5]), "bend_v": 1.2 * math.tanh(shape[6]),
        "wall_mean": _wall_mean_cm(patient), "wall_u": 0.5 * (patient.ivsd_cm - patient.pwd_cm),
        "wall_v": 0.03 * shape[11],
    }  # fmt: skip
    valves = _valves(heart, phase, narrow)
    parts: dict[str, Any] = {
        **ventricle,
        **valves,
        **_right_heart(heart, phase, height, narrow, ao_u=valves["ao_u"]),
        **_left_atrium(heart, phase, height, valves),
        **_papillary_muscles(patient, height),
        **UNPLACED,
        "effusion": patient.effusion_cm,
        "effusion_c": -0.12 + 0.05 * math.tanh(shape[0]),
        "effusion_s": 0.08 * math.tanh(shape[1]),
        "ao_end": root_end_cm(patient),
        "pv_open": phase.aortic_opening,
    }
    return HeartState(**parts)


def _wall_mean_cm(patient: SimulatedPatient) -> float:
    return 0.5 * (patient.ivsd_cm + patient.pwd_cm)


def _valves(heart: Heart, phase: Phase, narrow: float) -> dict[str, float]:
    """Place the aortic and mitral annuli side by side on the base, and their leaflets."""
    patient, m = heart.patient, phase.mitral_opening
    annulus = aortic_annulus_cm(patient) / 2
    base, base_front, base_back = _base_radii(heart)
    ao_u = base_front * narrow - annulus + 0.05
    front, back = ao_u - annulus - 0.05, -base_back * narrow
    half = 0.5 * (front - back)
    # Leaflet tips travel from the coaptation point to where the open leaflets hang along the walls.
    long_f, long_b = max(1.35 * half, 0.36 * patient.lvidd_cm), max(0.85 * half, 0.2 * patient.lvidd_cm)
    tilt = math.radians(13 + 4 * math.tanh(patient.shape[9]))
    return {
        "ao_u": ao_u, "ao_sin": math.sin(tilt), "ao_cos": math.cos(tilt), "ao_curve": 0.012,
        "ao_open": phase.aortic_opening, "ao_annulus": annulus,
        "mv_front": front, "mv_back": back, "mv_half_width": base * (1 - _BASAL_OVAL) * narrow,
        "mv_front_tip_u": (back + 0.75 * half) * (1 - m) + (front - 0.30 * long_f) * m,
        "mv_front_tip_h": 0.55 * (1 - m) + 0.93 * long_f * m,
        "mv_back_tip_u": (back + 0.70 * half) * (1 - m) + (back + 0.30 * long_b) * m,
        "mv_back_tip_h": 0.58 * (1 - m) + 0.93 * long_b * m,
        "tv_open": m, "tv_c": math.cos(FOUR_CHAMBER_RAD), "tv_s": math.sin(FOUR_CHAMBER_RAD),
    }  # fmt: skip


def _right_heart(
    heart: Heart, phase: Phase, height: float, narrow: float, *, ao_u: float
) -> dict[str, float]:
    """Place the RV crescent, its outflow between the front of the aorta and the sternum, and the RA."""
    patient, a = heart.patient, phase.contraction
    base, base_front, _ = _base_radii(heart)
    wall, annulus, inlet = _wall_mean_cm(patient), aortic_annulus_cm(patient) / 2, _window(FOUR_CHAMBER_RAD)
    rv_depth = 1.05 * patient.rv_base_cm / inlet * (1 - patient.rv_contraction_frac * a)
    z_tricuspid = heart.height_cm - 0.35 - tapse_cm(heart) * a
    sinus_front = ao_u + annulus + 1.6 * (patient.sinus_cm / 2 - annulus) + 0.5
    free_wall = base_front * narrow + wall + rv_depth * _window(0.0)
    rvot_front = max(free_wall, sinus_front + 1.1)
    rvot_a = max(0.9, 0.62 * (rvot_front - min(sinus_front, free_wall - 1.2)))
    centre = base * narrow + wall + 0.5 * rv_depth * inlet
    return {
        "rv_depth": rv_depth, "rv_c": math.cos(RV_DIRECTION_RAD), "rv_s": math.sin(RV_DIRECTION_RAD),
        "rv_edge": math.cos(RV_HALF_WIDTH_RAD), "rv_wall": 0.38 + 0.1 * a, "z_tricuspid": z_tricuspid,
        "rvot_r": rvot_front - rvot_a - ao_u, "rvot_z": height - 0.3,
        "rvot_a": rvot_a, "rvot_b": max(1.2 * rvot_a, 2.7), "rvot_c": 4.2, "rvot_tilt": 0.1,
    } | _right_atrium(heart, phase, z_tricuspid, centre)  # fmt: skip


def _papillary_muscles(patient: SimulatedPatient, height: float) -> dict[str, float]:
    """Place the anterolateral and the posteromedial papillary muscle."""
    turn = 6 * math.tanh(patient.shape[10])
    anterior, posterior = math.radians(206 + turn), math.radians(112 + turn)
    return {
        "pap_z_low": 0.36 * height, "pap_z_high": 0.62 * height,
        "pap_a_u": math.cos(anterior), "pap_a_v": math.sin(anterior),
        "pap_b_u": math.cos(posterior), "pap_b_v": math.sin(posterior),
        "pap_radius": 0.30 + 0.14 * _wall_mean_cm(patient) + 0.035 * patient.lvidd_cm,
    }  # fmt: skip


def _base_radii(heart: Heart) -> tuple[float, float, float]:
    """Return the cavity's mean, anteroseptal and inferolateral radius at the base at end-diastole."""
    oval_c, _, tri_c, _, basal_u, basal_oval = _harmonics(heart.patient)
    zeta = np.linspace(TABLE_LOW, TABLE_HIGH, TABLE_STEPS + 1)
    base = math.sqrt(float(np.interp(1.0, zeta, heart.table[PROFILE_SQ])))
    return (
        base,
        base * (1 + oval_c + tri_c + basal_u + basal_oval),
        base * (1 + oval_c - tri_c - basal_u + basal_oval),
    )


def mitral_centre_u(heart: Heart) -> float:
    """Return where the centre of the mitral annulus lies at end-diastole."""
    _, front, back = _base_radii(heart)
    return 0.5 * (front - aortic_annulus_cm(heart.patient) - back)


def tapse_cm(heart: Heart) -> float:
    """Return how far the tricuspid annulus descends: with the mitral one, and by the RV's own contraction."""
    return 0.2 + 0.5 * heart.shortening_frac * heart.height_cm + 1.6 * heart.patient.rv_contraction_frac


def _window(angle_rad: float) -> float:
    """Return the RV depth in a direction, as a fraction of its greatest."""
    edge = math.cos(RV_HALF_WIDTH_RAD)
    return (math.cos(angle_rad - RV_DIRECTION_RAD) - edge) / (1 - edge)


def _left_atrium(heart: Heart, phase: Phase, height: float, valves: dict[str, float]) -> dict[str, float]:
    """Return centre and semi-axes of the LA: the roof nearly stays, the annulus moves, the girth fills."""
    patient = heart.patient
    radius = (patient.la_volume_ml * 3 / (4 * math.pi)) ** (1 / 3)
    fill = LA_FILL_SMALLEST + (1 - LA_FILL_SMALLEST) * phase.atrial_filling
    flat = 1 + 0.05 * math.tanh(patient.shape[2])
    es_height = heart.height_cm * (1 - heart.shortening_frac)
    roof = es_height + 2.15 * radius + 0.4 * (height - es_height)
    long = (roof - height) / 1.82
    girth = radius * flat
    mitral_u = 0.5 * (valves["mv_front"] + valves["mv_back"])
    sinus = patient.sinus_cm / 2
    bulge = 0.6 * (sinus - valves["ao_annulus"])
    aorta_back = valves["ao_u"] + bulge - sinus - 0.18 + sinus_height_cm(patient) * valves["ao_sin"]
    # Pushed back by the aortic root, so that a wide root takes its room behind and not out of the atrium.
    centre_u = min(mitral_u - 0.20 * radius + 0.10, aorta_back - 0.40 * girth)
    return {
        "la_u": max(centre_u, mitral_u - 0.35 * girth), "la_v": -0.1 * radius, "la_z": roof - long,
        "la_a": girth * fill, "la_b": radius / flat * fill, "la_c": long, "la_skew": -0.05,
    }  # fmt: skip


def _right_atrium(heart: Heart, phase: Phase, z_tricuspid: float, centre: float) -> dict[str, float]:
    """Return radial centre, height and semi-axes of the RA in the direction of A4C."""
    radius = 0.97 * math.sqrt(heart.patient.ra_area_cm2 / math.pi)
    fill = RA_FILL_SMALLEST + (1 - RA_FILL_SMALLEST) * phase.atrial_filling
    z_es = heart.height_cm - 0.35 - tapse_cm(heart)
    roof = z_es + 2.1 * radius + 0.45 * (z_tricuspid - z_es)
    long = (roof - z_tricuspid) / 1.82
    return {
        "ra_c": math.cos(FOUR_CHAMBER_RAD), "ra_s": math.sin(FOUR_CHAMBER_RAD),
        "ra_r": max(centre, 0.6 * radius + 1.2),
        "ra_t": -0.8 * mitral_centre_u(heart) * math.sin(FOUR_CHAMBER_RAD),
        "ra_z": roof - long, "ra_a": radius * fill, "ra_b": 1.05 * radius * fill, "ra_d": long,
    }  # fmt: skip
