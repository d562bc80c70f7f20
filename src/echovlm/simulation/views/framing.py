"""What a sonographer keeps inside the sector in each view."""

import numpy as np

from echovlm.clinical.views import View
from echovlm.simulation.heart.body import INFERIOR
from echovlm.simulation.heart.geometry import Heart, sinus_height_cm
from echovlm.simulation.heart.motion import END_DIASTOLE, END_SYSTOLE
from echovlm.simulation.heart.surfaces import EPI, HeartState
from echovlm.simulation.heart.vessels import aortic_axis
from echovlm.simulation.views.borders import find_border
from echovlm.simulation.views.planes import SHORT_AXIS_VIEWS, find_plane
from echovlm.simulation.views.truth import find_landmarks


def points_to_show(heart: Heart, view: View) -> np.ndarray:
    """Return points, heart coordinates, that must lie inside the sector at end-diastole and end-systole."""
    points = []
    for phase in (END_DIASTOLE, END_SYSTOLE):
        state = heart.state(phase)
        landmarks = find_landmarks(heart, state, view)
        points += list(landmarks.values())
        points += _beyond_landmarks(heart, state, view)
    return np.stack(points)


def _beyond_landmarks(heart: Heart, state: HeartState, view: View) -> list[np.ndarray]:
    plane, vessels = find_plane(heart, view), heart.vessels
    atrium = right_atrial_centre(state)
    match view:
        case View.PSAX_AV:
            root, radius = aortic_axis(state, heart.tube, sinus_height_cm(heart.patient))
            left_atrium = np.array([state.la_u, 0.0, state.la_z])
            beside = 0.5 * (vessels.pulmonary_valve + vessels.bifurcation)
            ring = [root + side * radius * plane.right for side in (-1.6, 1.6)]
            return [*ring, left_atrium, vessels.pulmonary_valve, beside]
        case _ if view in SHORT_AXIS_VIEWS:
            sides = (plane.right, -plane.right, plane.down, -plane.down)
            return [find_border(heart, state, plane.origin, side, EPI) for side in sides]
        case View.RV_INFLOW:
            return [plane.origin - 3.0 * plane.right, plane.origin, atrium]
        case View.A5C | View.A3C:
            root, radius = aortic_axis(state, heart.tube, sinus_height_cm(heart.patient))
            apex, base = plane.at_height(0.06 * state.height), plane.at_height(state.height)
            return [apex, root + radius * plane.right, base + 2.4 * plane.right, base - 2.4 * plane.right]
        case View.SC_4C:
            axis = np.array([0.0, 0.0, state.height])
            left_atrium = np.array([state.la_u, state.la_v, state.la_z])
            return [0.12 * axis, 0.5 * axis, atrium, 0.5 * (left_atrium + axis)]
        case View.SC_IVC:
            return [vessels.caval_mouth + along * INFERIOR for along in (-2.5, 0.0, 4.0)]
        case View.SSN:
            return [*vessels.arch[2:], vessels.arch[-1] + 2.5 * INFERIOR]
        case _:
            return []


def right_atrial_centre(state: HeartState) -> np.ndarray:
    """Return the centre of the RA in heart coordinates."""
    along, across = np.array([state.ra_c, state.ra_s, 0.0]), np.array([-state.ra_s, state.ra_c, 0.0])
    return np.asarray(state.ra_r * along + state.ra_t * across + np.array([0.0, 0.0, state.ra_z]))
