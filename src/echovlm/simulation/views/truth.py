"""What is true of a simulated heart: landmarks and values measured on its surfaces, never on parameters."""

import math
from typing import Final

import numpy as np
from numba import njit

from echovlm.clinical.anatomy import Landmark
from echovlm.clinical.measurement import Measurement, Quantity
from echovlm.clinical.provenance import Provenance, Source
from echovlm.clinical.views import View
from echovlm.simulation.heart.geometry import Heart, build_heart, sinus_height_cm
from echovlm.simulation.heart.motion import END_DIASTOLE, END_SYSTOLE
from echovlm.simulation.heart.surfaces import (
    AORTA,
    ENDO,
    EPI,
    LA,
    N_FIELDS,
    RA,
    RV,
    SAC_BORDER,
    TUBE_HIGH,
    TUBE_LOW,
    TUBE_STEPS,
    HeartState,
    aorta_bulge,
    heart_fields,
)  # fmt: skip
from echovlm.simulation.heart.ventricle import LEVEL_FRAC
from echovlm.simulation.heart.wall import NOW_EPI
from echovlm.simulation.patient import SimulatedPatient
from echovlm.simulation.views.borders import chord_cm, find_border, plane_area_cm2
from echovlm.simulation.views.planes import find_plane
from echovlm.simulation.views.right_truth import right_measurements

_DISCS: Final = 160  # method of discs; a reader uses 20, the exact contour costs nothing


def find_landmarks(heart: Heart, state: HeartState, view: View) -> dict[Landmark, np.ndarray]:
    """Return the view's landmarks in heart coordinates."""
    if view is View.PLAX:
        return _long_axis_landmarks(heart, state)
    if view in (View.A4C, View.A2C):
        found = _cavity_landmarks(heart, state, view)
        return found | (_right_landmarks(heart, state) if view is View.A4C else {})
    return {}


def _long_axis_landmarks(heart: Heart, state: HeartState) -> dict[Landmark, np.ndarray]:
    up, down = np.array([1.0, 0.0, 0.0]), np.array([-1.0, 0.0, 0.0])
    axis = np.array([0.0, 0.0, LEVEL_FRAC * state.height])
    aorta_front, aorta_back = aortic_diameter_ends(heart, state, sinus_height_cm(heart.patient))
    atrium = np.array([0.0, 0.0, state.height + sinus_height_cm(heart.patient)])
    atrium[0] = aorta_back[0] - 0.9
    return {
        Landmark.IVS_LV_SIDE: find_border(heart, state, axis, up, ENDO),
        Landmark.IVS_RV_SIDE: find_border(heart, state, axis, up, EPI),
        Landmark.PW_LV_SIDE: find_border(heart, state, axis, down, ENDO),
        Landmark.PW_EPICARDIUM: find_border(heart, state, axis, down, EPI),
        Landmark.LA_ANTERIOR: find_border(heart, state, atrium, up, LA),
        Landmark.LA_POSTERIOR: find_border(heart, state, atrium, down, LA),
        Landmark.SINUS_ANTERIOR: aorta_front,
        Landmark.SINUS_POSTERIOR: aorta_back,
    }


def aortic_diameter_ends(heart: Heart, state: HeartState, along_cm: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the anterior and posterior end of the aortic diameter at a height above the annulus, in PLAX."""
    sin, cos = state.ao_sin, state.ao_cos
    along = np.linspace(TUBE_LOW, TUBE_HIGH, TUBE_STEPS + 1)
    radius = float(np.interp(along_cm, along, heart.tube))
    lift = float(aorta_bulge(radius, state.ao_annulus)) - state.ao_curve * along_cm**2
    centre = np.array(
        [state.ao_u + along_cm * sin + lift * cos, 0.0, state.height + along_cm * cos - lift * sin]
    )
    across = np.array([cos, 0.0, -sin])
    return find_border(heart, state, centre, across, AORTA), find_border(heart, state, centre, -across, AORTA)


def _cavity_landmarks(heart: Heart, state: HeartState, view: View) -> dict[Landmark, np.ndarray]:
    plane = find_plane(heart, view)
    right, base = plane.right, plane.at_height(state.height)
    apex_z = heart.cavity_zero_frac * state.height
    return {
        Landmark.LV_APEX: plane.at_height(apex_z),
        Landmark.MITRAL_SEPTAL: find_border(heart, state, base, -right, ENDO),
        Landmark.MITRAL_LATERAL: find_border(heart, state, base, right, ENDO),
    }


def _right_landmarks(heart: Heart, state: HeartState) -> dict[Landmark, np.ndarray]:
    """Find the largest transverse RV diameter in the basal third."""
    plane = find_plane(heart, View.A4C)
    outwards = -plane.right
    best: tuple[float, np.ndarray, np.ndarray] | None = None
    for z in np.linspace(0.70 * state.z_tricuspid, 0.985 * state.z_tricuspid, 8):
        septal = find_border(heart, state, plane.at_height(z), outwards, RV)
        if np.isnan(septal).any():
            continue  # a wide aortic root takes this level's place
        lateral = find_border(heart, state, septal + 1e-3 * outwards, outwards, RV)
        width = float((lateral - septal) @ outwards)
        if best is None or width > best[0]:
            best = (width, septal, lateral)
    assert best is not None
    return {Landmark.RV_BASE_SEPTAL: best[1], Landmark.RV_BASE_LATERAL: best[2]}


def true_measurements(patient: SimulatedPatient) -> tuple[Measurement, ...]:
    """Measure a patient's heart on its exact geometry."""
    heart = build_heart(patient)
    return (*_person(patient), *_ventricle(heart), *_other_chambers(heart), *right_measurements(heart))


def _person(patient: SimulatedPatient) -> tuple[Measurement, ...]:
    origin = Provenance(Source.TABLE, f"simulated patient {patient.patient_index}")
    pairs = (
        (Quantity.AGE, patient.age_years),
        (Quantity.HEIGHT, patient.height_cm),
        (Quantity.WEIGHT, patient.weight_kg),
        (Quantity.HEART_RATE, patient.heart_rate_bpm),
    )
    return tuple(Measurement(quantity, value, quantity.unit, origin) for quantity, value in pairs)


def _between(quantity: Quantity, first: np.ndarray, second: np.ndarray, where: str) -> Measurement:
    value = float(np.linalg.norm(first - second))
    return Measurement(
        quantity, value, quantity.unit, Provenance(Source.LANDMARK, f"simulated geometry, {where}")
    )


def _ventricle(heart: Heart) -> tuple[Measurement, ...]:
    ed = find_landmarks(heart, heart.state(END_DIASTOLE), View.PLAX)
    es = find_landmarks(heart, heart.state(END_SYSTOLE), View.PLAX)
    edv, esv = (biplane_volume_ml(heart, heart.state(phase)) for phase in (END_DIASTOLE, END_SYSTOLE))
    discs = Provenance(Source.MASK, "simulated geometry, method of discs on the exact A4C and A2C contours")
    septum, cavity = (Landmark.IVS_RV_SIDE, Landmark.IVS_LV_SIDE), (Landmark.IVS_LV_SIDE, Landmark.PW_LV_SIDE)
    wall = (Landmark.PW_LV_SIDE, Landmark.PW_EPICARDIUM)
    return (
        _between(Quantity.LV_INTERNAL_DIAMETER_ED, ed[cavity[0]], ed[cavity[1]], "PLAX at end-diastole"),
        _between(Quantity.LV_INTERNAL_DIAMETER_ES, es[cavity[0]], es[cavity[1]], "PLAX at end-systole"),
        _between(Quantity.IVS_THICKNESS_ED, ed[septum[0]], ed[septum[1]], "PLAX at end-diastole"),
        _between(Quantity.PW_THICKNESS_ED, ed[wall[0]], ed[wall[1]], "PLAX at end-diastole"),
        Measurement(Quantity.LV_EDV_BIPLANE, edv, Quantity.LV_EDV_BIPLANE.unit, discs),
        Measurement(Quantity.LV_ESV_BIPLANE, esv, Quantity.LV_ESV_BIPLANE.unit, discs),
        Measurement(Quantity.LVEF_BIPLANE, 100 * (edv - esv) / edv, Quantity.LVEF_BIPLANE.unit, discs),
    )


def _other_chambers(heart: Heart) -> tuple[Measurement, ...]:
    ed_state, es_state = heart.state(END_DIASTOLE), heart.state(END_SYSTOLE)
    es = find_landmarks(heart, es_state, View.PLAX)
    ed = find_landmarks(heart, ed_state, View.PLAX) | find_landmarks(heart, ed_state, View.A4C)
    ascending = aortic_diameter_ends(heart, ed_state, 3.2 * sinus_height_cm(heart.patient))
    area = Provenance(Source.MASK, "simulated geometry, A4C at end-systole")
    discs = Provenance(Source.MASK, "simulated geometry, method of discs in A4C and A2C at end-systole")
    rim = effusion_ends(heart, ed_state)
    depth = 0.0 if rim is None else float(np.linalg.norm(rim[0] - rim[1]))
    return (
        _between(
            Quantity.LA_DIAMETER_AP,
            es[Landmark.LA_ANTERIOR],
            es[Landmark.LA_POSTERIOR],
            "PLAX at end-systole",
        ),
        Measurement(Quantity.LA_VOLUME, atrial_volume_ml(heart, es_state), Quantity.LA_VOLUME.unit, discs),
        Measurement(Quantity.RA_AREA, right_atrial_area_cm2(heart, es_state), Quantity.RA_AREA.unit, area),
        _between(
            Quantity.RV_BASAL_DIAMETER,
            ed[Landmark.RV_BASE_SEPTAL],
            ed[Landmark.RV_BASE_LATERAL],
            "A4C at end-diastole",
        ),
        _between(
            Quantity.AORTIC_SINUS_DIAMETER,
            ed[Landmark.SINUS_ANTERIOR],
            ed[Landmark.SINUS_POSTERIOR],
            "PLAX at end-diastole",
        ),
        _between(Quantity.ASCENDING_AORTA_DIAMETER, *ascending, "PLAX at end-diastole"),
        Measurement(
            Quantity.PERICARDIAL_EFFUSION_DEPTH,
            depth,
            Quantity.PERICARDIAL_EFFUSION_DEPTH.unit,
            Provenance(
                Source.LANDMARK, "simulated geometry, behind the inferolateral wall, PLAX at end-diastole"
            ),
        ),
    )


def effusion_ends(heart: Heart, state: HeartState) -> tuple[np.ndarray, np.ndarray] | None:
    """Return both ends of the fluid behind the inferolateral wall in PLAX, epicardium first; None if dry."""
    if heart.patient.effusion_cm == 0:
        return None
    down = np.array([-1.0, 0.0, 0.0])
    epicardium = find_border(heart, state, np.array([0.0, 0.0, LEVEL_FRAC * state.height]), down, EPI)
    return epicardium, find_border(heart, state, epicardium + 2e-3 * down, down, SAC_BORDER)


def biplane_volume_ml(heart: Heart, state: HeartState) -> float:
    """Return the LV cavity volume by the method of discs on the exact apical contours (ASE 2015 §2.1)."""
    low = heart.cavity_zero_frac * state.height
    return _discs(heart, state, ENDO, low, state.height, None)


def atrial_volume_ml(heart: Heart, state: HeartState) -> float:
    """Return the LA volume by the method of discs in A4C and A2C (ASE 2015 §5.1)."""
    return _discs(
        heart, state, LA, state.height, state.la_z + state.la_c, np.array([state.la_u, state.la_v, 0.0])
    )


def _discs(
    heart: Heart, state: HeartState, field: int, low: float, high: float, centre: np.ndarray | None
) -> float:
    """Sum elliptical discs whose axes are the chords of the two apical planes."""
    step = (high - low) / _DISCS
    area = np.ones(_DISCS)
    for view in (View.A4C, View.A2C):
        plane = find_plane(heart, view)
        for k in range(_DISCS):
            inside = plane.at_height(low + (k + 0.5) * step)
            if centre is not None:
                inside = inside + ((centre - inside) @ plane.right) * plane.right
            area[k] *= chord_cm(inside, plane.right, field, state, heart.table, heart.tube)
    return float(math.pi / 4 * area.sum() * step)


def right_atrial_area_cm2(heart: Heart, state: HeartState) -> float:
    """Return the area of the RA in the A4C plane."""
    low, high = state.z_tricuspid - 0.1, state.ra_z + state.ra_d + 0.4
    return plane_area_cm2(heart, state, find_plane(heart, View.A4C), RA, low_cm=low, high_cm=high)


def wall_volume_ml(heart: Heart, state: HeartState) -> float:
    """Return the volume of the LV wall by counting voxels of the 3-D surfaces."""
    return float(_voxels(EPI, state, heart.table, heart.tube) - cavity_volume_ml(heart, state))


def cavity_volume_ml(heart: Heart, state: HeartState) -> float:
    """Return the LV cavity volume by counting voxels of the 3-D surfaces."""
    return float(_voxels(ENDO, state, heart.table, heart.tube))


@njit(cache=True)
def _voxels(field: int, state: HeartState, table: np.ndarray, tube: np.ndarray) -> float:
    # The axis lies within 1.5 cm of the z axis, whatever its lean and bend.
    step, side = 0.1, 1.5 + math.sqrt(state.wall[:, :, NOW_EPI].max())
    out = np.empty(N_FIELDS)
    count = 0
    for i in range(int(state.height / step) + 1):
        for j in range(int(2 * side / step)):
            for k in range(int(2 * side / step)):
                u, v, z = -side + (j + 0.5) * step, -side + (k + 0.5) * step, (i + 0.5) * step
                if z < state.height:
                    heart_fields(u, v, z, state, table, tube, out)
                    if out[field] < 0.0:
                        count += 1
    return count * step**3
