"""The left atrial appendage: a curved, narrowing pouch on the atrium's free wall, beside the pulmonary trunk.

It opens above the mitral ring at the front of the lateral wall, where A2C cuts it lengthwise, runs over the groove
between atrium and ventricle beneath the pulmonary trunk, and hangs down along the ventricle's outer wall. As in a
laboratory, no volume of the atrium holds it. Sizes: mouth 1.2 to 1.6 cm wide on average in 100 hearts (Kaminski et al.,
PLoS ONE 2015;10:e0141901), length 2.0 to 4.5 cm (doi:10.3109/9780203018262-82).
"""

import math
from typing import Final

import numpy as np

from echovlm.simulation.heart.body import around_axis, unit
from echovlm.simulation.heart.discs import TWO_CHAMBER_RAD, apical_jitter_rad
from echovlm.simulation.heart.surfaces import HeartState
from echovlm.simulation.heart.tubes import APPENDAGE, tube_row
from echovlm.simulation.heart.vessels import aortic_axis
from echovlm.simulation.patient import SimulatedPatient

_LENGTH_CM: Final = 2.8
_MOUTH_RADIUS_CM: Final = 0.7
_NORMAL_GIRTH_CM: Final = 2.3  # semi-axis of an atrium at which the sizes above hold
_ASIDE_RAD: Final = math.radians(8)  # from A2C to the lateral side, away from the root
_GREATEST_TURN_RAD: Final = math.radians(45)
_ABOVE_RING_CM: Final = 0.2  # from the mitral ring's plane to the lower rim of the mouth


def appendage_rows(patient: SimulatedPatient, tube: np.ndarray, state: HeartState) -> list[np.ndarray]:
    """Return the appendage as tubes: a neck that starts inside the atrium, and a lobe that bends away from it.

    Args:
        patient: Whose heart; sets the plane of A2C and the length.
        tube: Radius of the aorta along its axis: a wide root pushes the mouth aside.
        state: The instant, with its atrium; the appendage fills and empties with it.
    """
    _, two_chamber = apical_jitter_rad(patient)
    size = math.sqrt(0.5 * (state.la_a + state.la_b) / _NORMAL_GIRTH_CM)
    length = size * _LENGTH_CM * (1.0 + 0.15 * math.tanh(patient.shape[4]))
    mouth = size * _MOUTH_RADIUS_CM
    rim = _ABOVE_RING_CM + mouth
    root, root_radius = aortic_axis(state, tube, rim)
    clear_cm = root_radius + 0.3 + 0.1 * mouth
    for turn in np.arange(_ASIDE_RAD, _GREATEST_TURN_RAD, math.radians(3)):
        outward = around_axis(TWO_CHAMBER_RAD + two_chamber - turn)
        start = _on_the_free_wall(state, outward, state.height + rim)
        if np.hypot(*(start - root)[:2]) >= clear_cm:
            break
    forwards = np.array([1.0, 0.0, 0.0]) - outward[0] * outward
    # The neck reaches over the ventricle's shoulder; the lobe turns down on its far side, and a little forwards.
    lobe = unit(0.45 * outward + 0.2 * forwards - np.array([0.0, 0.0, 1.0]))
    elbow = start + 0.5 * length * outward
    return [
        tube_row(start - 0.8 * mouth * outward, elbow, mouth, 0.85 * mouth, APPENDAGE),
        tube_row(elbow, elbow + 0.5 * length * lobe, 0.85 * mouth, 0.5 * mouth, APPENDAGE),
    ]


def _on_the_free_wall(state: HeartState, outward: np.ndarray, z: float) -> np.ndarray:
    """Return where a ray across the LV's axis at this height leaves the atrium."""
    above = z - state.height
    centre = np.array([state.la_u + state.la_skew * above, state.la_v, state.la_z])
    axes = np.array([state.la_a, state.la_b, state.la_c])
    from_centre = (np.array([0.0, 0.0, z]) - centre) / axes
    along = outward / axes
    # The farther root of |from_centre + t along| = 1.
    a, b, c = along @ along, from_centre @ along, from_centre @ from_centre - 1.0
    t = (-b + math.sqrt(max(0.0, b * b - a * c))) / a
    return np.asarray(np.array([0.0, 0.0, z]) + t * outward)
