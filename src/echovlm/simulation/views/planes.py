"""Where each view's scan plane lies in the heart, and where on it the transducer stands."""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from echovlm.clinical.views import View
from echovlm.errors import EchoVLMError
from echovlm.simulation.heart.geometry import FOUR_CHAMBER_RAD, Heart, mitral_centre_u, sinus_height_cm
from echovlm.simulation.heart.motion import END_DIASTOLE, END_SYSTOLE
from echovlm.simulation.heart.surfaces import aorta_bulge

SIMULATED_VIEWS: Final = (View.PLAX, View.PSAX_MV, View.PSAX_PM, View.A4C, View.A2C)
APICAL_VIEWS: Final = frozenset({View.A4C, View.A2C})


class UnsimulatedViewError(EchoVLMError):
    """The simulated heart has no plane for this view yet."""


@dataclass(frozen=True, slots=True, eq=False)
class Plane:
    """A plane through the heart, in heart coordinates (u, v, z), cm.

    Attributes:
        origin: A point of the plane on or near the LV axis.
        right: Unit vector to the image's right.
        down: Unit vector away from the transducer.
        probe_cm: In-plane position (right, down) of the transducer face, relative to ``origin``.
        reach_cm: In-plane distance from the transducer to the deepest tissue that must be seen.
        follow_frac: How much of the base's descent the plane goes along with. At the mitral level the slice
            keeps to the leaflets, as the base drags the heart with it; elsewhere the plane stands still.
    """

    origin: np.ndarray
    right: np.ndarray
    down: np.ndarray
    probe_cm: tuple[float, float]
    reach_cm: float
    follow_frac: float = 0.0

    def at_height(self, z_cm: float) -> np.ndarray:
        """Return the point below the apex at this height; for apical planes."""
        return np.asarray(self.down * (z_cm / self.down[2]))

    def point(self, x_cm: float, y_cm: float) -> np.ndarray:
        """Return the heart coordinates of an in-plane position."""
        return self.origin + x_cm * self.right + y_cm * self.down


@lru_cache(maxsize=64)
def find_plane(heart: Heart, view: View) -> Plane:
    """Return the plane of a view through this heart.

    Raises:
        UnsimulatedViewError: If the view is not one of ``SIMULATED_VIEWS``.
    """
    if view in APICAL_VIEWS:
        return _apical(heart, view)
    if view is View.PLAX:
        return _parasternal_long(heart)
    if view in (View.PSAX_MV, View.PSAX_PM):
        return _parasternal_short(heart, view)
    allowed = ", ".join(v.abbreviation for v in SIMULATED_VIEWS)
    raise UnsimulatedViewError(f"no plane for the view {view.abbreviation}; simulated views are {allowed}.")


def _direction(angle_rad: float) -> np.ndarray:
    return np.array([math.cos(angle_rad), math.sin(angle_rad), 0.0])


def _apical(heart: Heart, view: View) -> Plane:
    jitter = math.radians(5) * math.tanh(heart.patient.shape[4 if view is View.A4C else 5])
    # The image's right is lateral in A4C and anterior in A2C; the septal and inferior walls are opposite.
    angle = FOUR_CHAMBER_RAD + math.pi + jitter if view is View.A4C else math.radians(-65) + jitter
    systole = heart.state(END_SYSTOLE)
    roof = systole.la_z + systole.la_c
    if view is View.A4C:
        roof = max(roof, systole.ra_z + systole.ra_d)
    standoff = 1.5 + 0.75 * heart.patient.effusion_cm
    right = _direction(angle)
    mitral = np.array([_aim_u(heart, abs(right[1])), 0.0, heart.height_cm])
    down = mitral - (mitral @ right) * right
    # A4C is centred on the septum.
    aside = -0.24 * heart.patient.lvidd_cm if view is View.A4C else 0.0
    return Plane(np.zeros(3), right, down / np.linalg.norm(down), (aside, -standoff), roof + standoff)


def _aim_u(heart: Heart, sine: float) -> float:
    """Return where an apical plane crosses the annular plane: near the LV axis, but behind the aortic root.

    Args:
        heart: The heart.
        sine: Sine of the angle between the plane and the direction of the aorta.
    """
    state, patient = heart.state(END_DIASTOLE), heart.patient
    height, radius = sinus_height_cm(patient), patient.sinus_cm / 2
    centre = state.ao_u + height * state.ao_sin + aorta_bulge(radius, state.ao_annulus)
    clear = (centre - (radius + 0.3) / sine) / (1 + height / heart.height_cm)
    furthest_back = 0.55 * state.mv_back
    return max(furthest_back, min(0.65 * mitral_centre_u(heart), clear))


def _wall_and_rv_cm(heart: Heart) -> tuple[float, float]:
    """Return the outer LV radius and how far the RV stands out on it towards the sternum."""
    state = heart.state(END_DIASTOLE)
    outer = 0.5 * heart.patient.lvidd_cm + state.wall_mean
    return outer, 0.75 * state.rv_depth


def _parasternal_long(heart: Heart) -> Plane:
    outer, ventricle = _wall_and_rv_cm(heart)
    above = outer + ventricle + 1.4 + heart.patient.effusion_cm * 0.8
    behind = outer + heart.patient.effusion_cm
    origin = np.array([0.0, 0.0, 0.78 * heart.height_cm])
    return Plane(origin, np.array([0.0, 0.0, 1.0]), np.array([-1.0, 0.0, 0.0]), (0.0, -above), above + behind)


def _parasternal_short(heart: Heart, view: View) -> Plane:
    outer, ventricle = _wall_and_rv_cm(heart)
    effusion = heart.patient.effusion_cm
    level = heart.height_cm - 1.25 if view is View.PSAX_MV else 0.50 * heart.height_cm
    up = math.radians(-16 + 6 * math.tanh(heart.patient.shape[6]))
    above = outer + 0.7 * ventricle + 1.2 + effusion * 0.8
    # Seen from the apex: angles grow counter-clockwise from up, so the lateral wall is on the right.
    right, down = _direction(up - math.pi / 2), -_direction(up)
    follow_frac = 0.65 if view is View.PSAX_MV else 0.0
    return Plane(
        np.array([0.0, 0.0, level]), right, down, (0.0, -above), above + outer + effusion, follow_frac
    )
