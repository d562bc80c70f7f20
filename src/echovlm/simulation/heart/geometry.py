"""One beating heart: a patient's surfaces at any instant, solved so that volumes and walls agree."""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np

from echovlm.simulation.heart.appendage import appendage_rows
from echovlm.simulation.heart.discs import FOUR_CHAMBER_RAD, TWO_CHAMBER_RAD, apical_jitter_rad, axis_bow_cm
from echovlm.simulation.heart.left_valves import place_left_valves
from echovlm.simulation.heart.motion import END_DIASTOLE, END_SYSTOLE, Phase
from echovlm.simulation.heart.surfaces import (
    ATRIAL_SEPTUM_CM,
    RV_PROFILE,
    SAC,
    TABLE_HIGH,
    TABLE_LOW,
    TABLE_STEPS,
    TUBE_HIGH,
    TUBE_LOW,
    TUBE_STEPS,
    HeartState,
    aorta_bulge,
)  # fmt: skip
from echovlm.simulation.heart.ventricle import SEPTUM_RAD, Ventricle, build_ventricle, rise
from echovlm.simulation.heart.vessels import UNPLACED, VesselLayout, place_vessels, root_end_cm
from echovlm.simulation.heart.wall import ANNULUS_ROW, MAP_ANGLES, MAP_HEIGHTS, MAP_HIGH, MAP_LOW, NOW_ENDO
from echovlm.simulation.patient import SimulatedPatient

RV_DIRECTION_RAD: Final = SEPTUM_RAD
RV_HALF_WIDTH_RAD: Final = math.radians(70)
RA_FILL_SMALLEST: Final = 0.78  # linear size at end-diastole over that at end-systole
LA_FILL_SMALLEST: Final = 0.85
_ROOT_FOLLOWS_FRAC: Final = 0.4
_SEPTAL_CAP_CM: Final = 0.35  # how much of each atrium's roundness the septum between them takes away


@dataclass(frozen=True, slots=True, eq=False)
class Heart:
    """The geometry of one patient's heart; `state` places it at an instant.

    Attributes:
        patient: Whose heart.
        ventricle: The left ventricle's maps.
        table: Profiles along the LV axis (rows named in `surfaces`).
        tube: Radius of the aorta along its axis.
    """

    patient: SimulatedPatient
    ventricle: Ventricle
    table: np.ndarray
    tube: np.ndarray

    @property
    def height_cm(self) -> float:
        """LV height at end-diastole, epicardial apex to annulus."""
        return self.ventricle.height_cm

    @property
    def cavity_zero_frac(self) -> float:
        """Relative height of the endocardial apex."""
        return self.ventricle.cavity_zero_frac

    @property
    def shortening_frac(self) -> float:
        """Relative descent of the base at end-systole."""
        return self.ventricle.shortening_frac

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
        state = state._replace(**self.vessels.at(state.height - self.height_cm, inspiration=inspiration))
        return state._replace(tubes=np.stack([*state.tubes, *appendage_rows(self.patient, self.tube, state)]))

    def end_diastole(self) -> HeartState:
        """Return the state at the R wave."""
        return self.state(END_DIASTOLE)


@lru_cache(maxsize=16)
def build_heart(patient: SimulatedPatient) -> Heart:
    """Lay out the geometry of a patient's heart."""
    return Heart(
        patient=patient,
        ventricle=build_ventricle(patient, outflow_cm=_outflow_cm(patient)),
        table=_profile_tables(),
        tube=_aorta_table(patient),
    )


@lru_cache(maxsize=16)
def _vessels(heart: Heart) -> VesselLayout:
    ed, es = _state(heart, END_DIASTOLE), _state(heart, END_SYSTOLE)
    return place_vessels(heart.patient, heart.tube, ed, es)


def _outflow_cm(patient: SimulatedPatient) -> float:
    """Return how far before the axis the front of the aortic annulus lies: A4C and A2C must miss the root."""
    four, two = apical_jitter_rad(patient)
    sine = min(abs(math.sin(FOUR_CHAMBER_RAD + four)), abs(math.sin(TWO_CHAMBER_RAD + two)))
    radius, annulus = patient.sinus_cm / 2, aortic_annulus_cm(patient) / 2
    ahead = sinus_height_cm(patient) * math.sin(_aortic_tilt_rad(patient)) + aorta_bulge(radius, annulus)
    behind_root = (radius + 0.3) / sine + annulus - 0.05 - ahead
    return float(max(behind_root, 0.60 * patient.lvidd_cm / 2 + annulus - 0.05))


def _aortic_tilt_rad(patient: SimulatedPatient) -> float:
    return math.radians(19 + 4 * math.tanh(patient.shape[9]))


def _profile_tables() -> np.ndarray:
    """Tabulate RV depth and sac over relative height."""
    zeta = np.linspace(TABLE_LOW, TABLE_HIGH, TABLE_STEPS + 1)
    table = np.zeros((2, TABLE_STEPS + 1))
    reach = np.clip((zeta - 0.16) / (0.80 - 0.16), 0, 1)
    profile = (0.5 * reach + 0.5 * np.sin(0.5 * np.pi * reach)) * (1 - 0.12 * rise(zeta, 0.82, 1.05))
    profile *= 1 - 0.5 * rise(zeta, 0.98, 1.2)  # before the aorta only the way out is left
    table[RV_PROFILE] = np.where(zeta < 0.16, (zeta - 0.16) * 3, profile)
    table[SAC] = (0.55 + 0.45 * rise(zeta, 0.0, 0.5)) * (1 - 0.9 * rise(zeta, 0.97, 1.12))
    return table


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


def _state(heart: Heart, phase: Phase) -> HeartState:
    patient, shape = heart.patient, heart.patient.shape
    height, wall = heart.ventricle.contract(phase.contraction)
    base = _find_base(heart, wall[ANNULUS_ROW, :, NOW_ENDO], height)
    bend_u, bend_v = axis_bow_cm(patient)
    valves = _valves(heart, phase, base)
    placed: dict[str, Any] = {
        "height": height, "wall": wall, "lean": heart.ventricle.lean_cm / heart.height_cm,
        "bend_u": bend_u, "bend_v": bend_v,
        "wall_gain": heart.height_cm / height, "wall_mean": _wall_mean_cm(patient),
        "effusion": patient.effusion_cm, "effusion_c": -0.12 + 0.05 * math.tanh(shape[0]),
        "effusion_s": 0.08 * math.tanh(shape[1]),
        **valves,
        **(left_atrium := _left_atrium(heart, phase, height, valves)),
        **_right_heart(heart, phase, height, base, ao_u=valves["ao_u"], septum=left_atrium["as_r"]),
        **_papillary_muscles(patient, height, wall),
        **UNPLACED,
        "ao_end": root_end_cm(patient), "pv_open": phase.aortic_opening,
    }  # fmt: skip
    return HeartState(**(placed | _pacemaker_lead(patient, placed, base)))


@dataclass(frozen=True, slots=True)
class _Base:
    """The cavity's border in the annular plane: how far it lies in four directions from the z axis, cm."""

    front: float
    back: float
    side: float
    four_chamber: float


def _find_base(heart: Heart, endo_sq: np.ndarray, height: float) -> _Base:
    """Return the base from the squared radii of the cavity at the annulus, one per angle of the map."""
    radius = np.sqrt(endo_sq)
    lean = heart.ventricle.lean_cm * height / heart.height_cm
    towards = np.interp(FOUR_CHAMBER_RAD, np.linspace(0, 2 * np.pi, MAP_ANGLES + 1), radius)
    return _Base(
        front=float(radius[0]) + lean,
        back=float(radius[MAP_ANGLES // 2]) - lean,
        side=0.5 * float(radius[MAP_ANGLES // 4] + radius[3 * MAP_ANGLES // 4]),
        four_chamber=float(towards) + lean * math.cos(FOUR_CHAMBER_RAD),
    )


def _wall_mean_cm(patient: SimulatedPatient) -> float:
    return 0.5 * (patient.ivsd_cm + patient.pwd_cm)


def _valves(heart: Heart, phase: Phase, base: _Base) -> dict[str, float]:
    """Place the aortic and mitral annuli side by side on the base, and their leaflets."""
    patient = heart.patient
    annulus = aortic_annulus_cm(patient) / 2
    # The fibrous root goes along with little of what the muscle before it does.
    rest = _find_base(heart, heart.ventricle.endo_sq[ANNULUS_ROW], heart.height_cm)
    ao_u = rest.front + _ROOT_FOLLOWS_FRAC * (base.front - rest.front) - annulus + 0.05
    tilt = _aortic_tilt_rad(patient)
    leaflets = place_left_valves(
        patient, phase, front=ao_u - annulus - 0.05, back=-base.back, side=0.95 * base.side, annulus=annulus
    )
    return leaflets | {
        "ao_u": ao_u, "ao_sin": math.sin(tilt), "ao_cos": math.cos(tilt), "ao_curve": 0.012,
        "tv_open": phase.mitral_opening,
        "tv_c": math.cos(FOUR_CHAMBER_RAD), "tv_s": math.sin(FOUR_CHAMBER_RAD),
    }  # fmt: skip


def _right_heart(
    heart: Heart, phase: Phase, height: float, base: _Base, *, ao_u: float, septum: float
) -> dict[str, float]:
    """Place the RV crescent, its outflow between the front of the aorta and the sternum, and the RA."""
    patient, a = heart.patient, phase.contraction
    wall, annulus, inlet = _wall_mean_cm(patient), aortic_annulus_cm(patient) / 2, _window(FOUR_CHAMBER_RAD)
    rv_depth = 1.05 * patient.rv_base_cm / inlet * (1 - patient.rv_contraction_frac * a)
    z_tricuspid = heart.height_cm - 0.35 - tapse_cm(heart) * a
    sinus_front = ao_u + annulus + 1.8 * (patient.sinus_cm / 2 - annulus) + 0.7
    free_wall = base.front + wall + rv_depth * _window(0.0)
    rvot_front = max(free_wall - 0.6, sinus_front + 1.4)
    rvot_a = max(1.1, 0.62 * (rvot_front - min(sinus_front, free_wall - 1.2)))
    centre = base.four_chamber + wall + 0.5 * rv_depth * inlet
    return {
        "rv_depth": rv_depth, "rv_c": math.cos(RV_DIRECTION_RAD), "rv_s": math.sin(RV_DIRECTION_RAD),
        "rv_edge": math.cos(RV_HALF_WIDTH_RAD), "rv_wall": rv_wall_cm(patient) * (1 + 0.25 * a),
        "z_tricuspid": z_tricuspid,
        "rvot_r": rvot_front - rvot_a - ao_u, "rvot_z": height - 0.3,
        "rvot_a": rvot_a, "rvot_b": max(1.3 * rvot_a, 3.4), "rvot_c": 4.2, "rvot_tilt": 0.1,
        "tv_r": centre,
    } | _right_atrium(heart, phase, z_tricuspid, septum)  # fmt: skip


def _papillary_muscles(patient: SimulatedPatient, height: float, wall: np.ndarray) -> dict[str, float]:
    """Place the anterolateral and the posteromedial papillary muscle, and their tips on the z axis' plane."""
    turn = 6 * math.tanh(patient.shape[10])
    angles = {"a": math.radians(206 + turn), "b": math.radians(112 + turn)}
    thick = 0.30 + 0.14 * _wall_mean_cm(patient) + 0.035 * patient.lvidd_cm
    top = 0.62
    row = wall[round((top - MAP_LOW) * MAP_HEIGHTS / (MAP_HIGH - MAP_LOW)), :, NOW_ENDO]
    placed = {"pap_z_low": 0.36 * height, "pap_z_high": top * height, "pap_radius": thick}
    for name, angle in angles.items():
        away = math.sqrt(float(row[round(angle / (2 * math.pi) * MAP_ANGLES)])) - 0.9 * thick
        placed |= {
            f"pap_{name}_u": math.cos(angle), f"pap_{name}_v": math.sin(angle),
            f"pap_{name}_tip_u": away * math.cos(angle), f"pap_{name}_tip_v": away * math.sin(angle),
        }  # fmt: skip
    return placed


def _pacemaker_lead(patient: SimulatedPatient, placed: dict[str, float], base: _Base) -> dict[str, float]:
    """Run a lead from the roof of the RA through the tricuspid ring to the apex of the RV."""
    c, s = placed["ra_c"], placed["ra_s"]
    ring = base.four_chamber + placed["wall_mean"] + 0.45 * placed["rv_depth"] * _window(FOUR_CHAMBER_RAD)
    tip = 0.62 * (patient.lvidd_cm / 2 + placed["wall_mean"]) + 0.35 * placed["rv_depth"]
    top = placed["ra_r"] + 0.3 * placed["ra_a"]
    return {
        "lead": float(patient.pacemaker_lead),
        "lead_top_u": top * c - placed["ra_t"] * s, "lead_top_v": top * s + placed["ra_t"] * c,
        "lead_top_z": placed["ra_z"] + placed["ra_d"],
        "lead_ring_u": ring * c, "lead_ring_v": ring * s,
        "lead_tip_u": tip * c, "lead_tip_v": tip * s, "lead_tip_z": 0.30 * placed["height"],
    }  # fmt: skip


def mitral_centre_u(heart: Heart) -> float:
    """Return where the centre of the mitral annulus lies at end-diastole."""
    base = _find_base(heart, heart.ventricle.endo_sq[ANNULUS_ROW], heart.height_cm)
    return 0.5 * (base.front - aortic_annulus_cm(heart.patient) - base.back)


def tapse_cm(heart: Heart) -> float:
    """Return how far the tricuspid annulus descends: with the mitral one, and by the RV's own contraction.

    Normal is 17 mm and more (ASE/EACVI 2015, Lang et al., table 10).
    """
    return 0.70 * heart.shortening_frac * heart.height_cm + 3.9 * heart.patient.rv_contraction_frac


def rv_wall_cm(patient: SimulatedPatient) -> float:
    """Return the thickness of the RV free wall at end-diastole: it grows with the pressure it works against."""
    load = max(0.0, patient.rv_systolic_pressure_mmhg - 25.0)
    return min(1.0, 0.32 + 0.006 * load + 0.03 * math.tanh(patient.shape[9]))


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
    roof = es_height + 2.07 * radius + 0.4 * (height - es_height)
    long = (roof - height) / 1.64  # cut off low: the mitral ring is nearly as wide as the atrium
    girth = radius * flat
    mitral_u = 0.5 * (valves["mv_front"] + valves["mv_back"])
    sinus = patient.sinus_cm / 2
    bulge = aorta_bulge(sinus, valves["ao_annulus"])
    aorta_back = valves["ao_u"] + bulge - sinus - 0.18 + sinus_height_cm(patient) * valves["ao_sin"]
    # Pushed back by the aortic root, so that a wide root takes its room behind and not out of the atrium.
    centre_u = min(mitral_u - 0.20 * radius + 0.10, aorta_back - 0.40 * girth)
    u, v, a, b = max(centre_u, mitral_u - 0.35 * girth), 0.12 * radius, girth * fill, radius / flat * fill
    c, s = math.cos(FOUR_CHAMBER_RAD), math.sin(FOUR_CHAMBER_RAD)
    return {
        "la_u": u, "la_v": v, "la_z": roof - long, "la_a": a, "la_b": b, "la_c": long, "la_skew": -0.05,
        # The septum between the atria cuts a cap off the LA, and the RA lies flat on its other side.
        "as_r": u * c + v * s + math.hypot(a * c, b * s) - _SEPTAL_CAP_CM,
    }  # fmt: skip


def _right_atrium(heart: Heart, phase: Phase, z_tricuspid: float, septum: float) -> dict[str, float]:
    """Return radial centre, height and semi-axes of the RA in the direction of A4C, from the septum outwards."""
    radius = 1.04 * math.sqrt(heart.patient.ra_area_cm2 / math.pi)
    fill = RA_FILL_SMALLEST + (1 - RA_FILL_SMALLEST) * phase.atrial_filling
    z_es = heart.height_cm - 0.35 - tapse_cm(heart)
    roof = z_es + 2.1 * radius + 0.45 * (z_tricuspid - z_es)
    long = (roof - z_tricuspid) / 1.82
    return {
        "ra_c": math.cos(FOUR_CHAMBER_RAD), "ra_s": math.sin(FOUR_CHAMBER_RAD),
        "ra_r": septum + ATRIAL_SEPTUM_CM + radius * fill - _SEPTAL_CAP_CM,
        # A wide atrium grows forwards, where there is room, and stays out of A2C.
        "ra_t": -0.8 * mitral_centre_u(heart) * math.sin(FOUR_CHAMBER_RAD) - 0.3 - 0.6 * max(0.0, radius - 2.4),
        "ra_z": roof - long, "ra_a": radius * fill,
        "ra_b": min(1.05 * radius, 1.8 + 0.24 * radius) * fill, "ra_d": long,
    }  # fmt: skip
