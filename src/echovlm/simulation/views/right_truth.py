"""What is true of the right heart and the great vessels: chords and areas on the surfaces, per view."""

import math

import numpy as np

from echovlm.clinical.measurement import Measurement, Quantity
from echovlm.clinical.provenance import Provenance, Source
from echovlm.clinical.views import View
from echovlm.simulation.heart.body import INFERIOR, unit
from echovlm.simulation.heart.geometry import Heart
from echovlm.simulation.heart.motion import END_DIASTOLE, END_SYSTOLE
from echovlm.simulation.heart.surfaces import AORTA, PULMONARY, RV, VEIN, HeartState
from echovlm.simulation.views.borders import find_border, plane_area_cm2
from echovlm.simulation.views.planes import find_plane

CAVAL_SITE_CM = 1.6  # below the mouth; ASE 2010 asks for 0.5 to 3 cm


def right_measurements(heart: Heart) -> tuple[Measurement, ...]:
    """Measure RV, pulmonary trunk, IVC and arch; what a heart does not offer to a caliper is left out."""
    ed = heart.state(END_DIASTOLE)
    expired, inspired = (caval_diameter_cm(heart, inspiration=breath) for breath in (0.0, 1.0))
    areas = [rv_area_cm2(heart, heart.state(phase)) for phase in (END_DIASTOLE, END_SYSTOLE)]
    found = (
        (Quantity.RV_MID_DIAMETER, rv_mid_diameter_cm(heart, ed), "A4C at end-diastole"),
        (Quantity.RV_LENGTH, rv_length_cm(heart, ed), "A4C at end-diastole"),
        (Quantity.RV_AREA_ED, areas[0], "A4C at end-diastole"),
        (Quantity.RV_AREA_ES, areas[1], "A4C at end-systole"),
        (Quantity.RV_FAC, 100 * (areas[0] - areas[1]) / areas[0], "A4C"),
        (Quantity.RVOT_DIAMETER_PROXIMAL, outflow_diameter_cm(heart, ed), "PSAX-AV at end-diastole"),
        (Quantity.PULMONARY_ARTERY_DIAMETER, trunk_diameter_cm(heart, ed), "PSAX-AV at end-diastole"),
        (Quantity.IVC_DIAMETER, expired, "SC-IVC at end-expiration"),
        (Quantity.IVC_COLLAPSE, 100 * (expired - inspired) / expired, "SC-IVC over a breath"),
        (Quantity.AORTIC_ARCH_DIAMETER, arch_diameter_cm(heart, ed), "SSN"),
    )
    return tuple(
        Measurement(
            quantity, value, quantity.unit, Provenance(Source.LANDMARK, f"simulated geometry, {where}")
        )
        for quantity, value, where in found
        if math.isfinite(value) and quantity.lowest <= value <= quantity.highest
    )


def _chord_cm(
    heart: Heart, state: HeartState, inside: np.ndarray, direction: np.ndarray, field: int
) -> float:
    """Return the length of the chord through a point of a lumen; NaN when a side is open."""
    ends = [find_border(heart, state, inside, side, field, reach_cm=6.0) for side in (direction, -direction)]
    return float(np.linalg.norm(ends[0] - ends[1]))


def _across_rv(heart: Heart, state: HeartState, z_cm: float) -> tuple[np.ndarray, np.ndarray]:
    """Return where the A4C line at a height enters the RV from the septum, and where it leaves it."""
    plane = find_plane(heart, View.A4C)
    outwards = -plane.right
    septal = find_border(heart, state, plane.at_height(z_cm), outwards, RV)
    return septal, find_border(heart, state, septal + 1e-3 * outwards, outwards, RV)


def rv_mid_diameter_cm(heart: Heart, state: HeartState) -> float:
    """Return the transverse RV diameter halfway between its apex and the tricuspid annulus (ASE 2015 §7)."""
    septal, lateral = _across_rv(heart, state, 0.5 * (_rv_apex_cm(heart, state) + state.z_tricuspid))
    return float(np.linalg.norm(lateral - septal))


def rv_length_cm(heart: Heart, state: HeartState) -> float:
    """Return the distance from the RV apex to the middle of the tricuspid annulus in A4C."""
    low = _rv_apex_cm(heart, state)
    apex, base = (
        0.5 * sum(_across_rv(heart, state, z), start=np.zeros(3))
        for z in (low + 0.05, state.z_tricuspid - 0.4)
    )
    return float(np.linalg.norm(base - apex)) + 0.4


def _rv_apex_cm(heart: Heart, state: HeartState) -> float:
    """Return the lowest height at which the A4C plane still cuts the RV."""
    heights = np.arange(0.02 * state.height, 0.6 * state.height, 0.1)
    return next(
        (float(z) for z in heights if np.isfinite(_across_rv(heart, state, float(z))[1]).all()), math.nan
    )


def rv_area_cm2(heart: Heart, state: HeartState) -> float:
    """Return the RV area in the A4C plane, apex to tricuspid annulus."""
    plane = find_plane(heart, View.A4C)
    return plane_area_cm2(heart, state, plane, RV, low_cm=0.0, high_cm=state.z_tricuspid + 0.2)


def outflow_diameter_cm(heart: Heart, state: HeartState) -> float:
    """Return the RVOT from the front of the aorta to the free wall, in short axis (ASE 2015 §7)."""
    plane = find_plane(heart, View.PSAX_AV)
    inner = find_border(heart, state, plane.origin, -plane.down, RV)
    outer = find_border(heart, state, inner - 1e-3 * plane.down, -plane.down, RV)
    return float(np.linalg.norm(outer - inner))


def trunk_diameter_cm(heart: Heart, state: HeartState) -> float:
    """Return the diameter of the pulmonary trunk between its valve and the bifurcation, in short axis."""
    vessels, plane = heart.vessels, find_plane(heart, View.PSAX_AV)
    along = unit(vessels.bifurcation - vessels.pulmonary_valve)
    middle = vessels.pulmonary_valve + 0.5 * (vessels.bifurcation - vessels.pulmonary_valve)
    return _chord_cm(heart, state, middle, unit(np.cross(along, plane.normal)), PULMONARY)


def caval_diameter_cm(heart: Heart, *, inspiration: float) -> float:
    """Return the IVC diameter across its axis in the subcostal plane."""
    state = heart.state(END_DIASTOLE, inspiration=inspiration)
    site = heart.vessels.caval_mouth + CAVAL_SITE_CM * INFERIOR
    plane = find_plane(heart, View.SC_IVC)
    return _chord_cm(heart, state, site, unit(plane.down - (plane.down @ INFERIOR) * INFERIOR), VEIN)


def arch_diameter_cm(heart: Heart, state: HeartState) -> float:
    """Return the diameter of the arch between its first and second branch, in the suprasternal plane."""
    line = heart.vessels.arch
    place = round(0.4 * (len(line) - 1))
    along = unit(line[place + 1] - line[place - 1])
    plane = find_plane(heart, View.SSN)
    return _chord_cm(heart, state, line[place], unit(np.cross(along, plane.normal)), AORTA)
