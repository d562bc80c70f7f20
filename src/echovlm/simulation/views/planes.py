"""Where each view's scan plane lies in the heart, and where on it the transducer stands."""

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

import numpy as np

from echovlm.clinical.views import View
from echovlm.simulation.heart.body import (
    INFERIOR,
    POSTERIOR,
    SUPERIOR,
    around_axis,
    unit,
)
from echovlm.simulation.heart.discs import FOUR_CHAMBER_RAD, TWO_CHAMBER_RAD, apical_jitter_rad
from echovlm.simulation.heart.geometry import Heart
from echovlm.simulation.heart.motion import END_DIASTOLE, END_SYSTOLE
from echovlm.simulation.heart.vessels import aortic_axis, pulmonary_axes

CORE_VIEWS: Final = (View.PLAX, View.PSAX_MV, View.PSAX_PM, View.A4C, View.A2C)
SIMULATED_VIEWS: Final = tuple(View)
APICAL_VIEWS: Final = frozenset({View.A4C, View.A5C, View.A2C, View.A3C})
SHORT_AXIS_VIEWS: Final = frozenset({View.PSAX_AV, View.PSAX_MV, View.PSAX_PM, View.PSAX_AP})


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

    @property
    def normal(self) -> np.ndarray:
        """Unit vector across the plane, away from the viewer (heart coordinates are left-handed)."""
        return np.asarray(np.cross(self.down, self.right))

    @property
    def probe(self) -> np.ndarray:
        """Heart coordinates of the transducer face."""
        return self.point(*self.probe_cm)

    def at_height(self, z_cm: float) -> np.ndarray:
        """Return the point below the apex at this height; for apical planes."""
        return np.asarray(self.down * (z_cm / self.down[2]))

    def point(self, x_cm: float, y_cm: float) -> np.ndarray:
        """Return the heart coordinates of an in-plane position."""
        return self.origin + x_cm * self.right + y_cm * self.down

    def followed(self, descent_cm: float) -> "Plane":
        """Return the plane once the base has come ``descent_cm`` towards the apex."""
        return replace(self, origin=self.origin - np.array([0.0, 0.0, self.follow_frac * descent_cm]))

    def moved(
        self,
        *,
        rotation_rad: float = 0.0,
        tilt_rad: float = 0.0,
        rock_rad: float = 0.0,
        slide_cm: tuple[float, float] = (0.0, 0.0),
    ) -> "Plane":
        """Return the plane after the hand has moved; the transducer's face is the fixed point of every turn.

        Args:
            rotation_rad: Turn about the beam, image right towards the viewer's far side.
            tilt_rad: Fan: the far field swings away from the viewer.
            rock_rad: Turn within the plane, the beam towards the image's right.
            slide_cm: Shift of the face to the image's right, and away from the viewer.
        """
        face = self.probe + slide_cm[0] * self.right + slide_cm[1] * self.normal
        right, down, normal = self.right, self.down, self.normal
        right, normal = _turned(right, normal, rotation_rad)
        down, normal = _turned(down, normal, tilt_rad)
        down, right = _turned(down, right, rock_rad)
        x, y = self.probe_cm
        return replace(self, origin=face - x * right - y * down, right=right, down=down)


def _turned(a: np.ndarray, b: np.ndarray, angle_rad: float) -> tuple[np.ndarray, np.ndarray]:
    """Turn two perpendicular unit vectors in their plane, the first towards the second."""
    cos, sin = math.cos(angle_rad), math.sin(angle_rad)
    return cos * a + sin * b, cos * b - sin * a


@lru_cache(maxsize=64)
def find_plane(heart: Heart, view: View) -> Plane:
    """Return the plane of a view through this heart."""
    match view:
        case View.A4C | View.A5C | View.A2C | View.A3C:
            return _apical(heart, view)
        case View.PLAX:
            return _parasternal_long(heart)
        case View.RV_INFLOW:
            return _right_inflow(heart)
        case View.PSAX_AV:
            return _great_vessels(heart)
        case View.PSAX_MV | View.PSAX_PM | View.PSAX_AP:
            return _parasternal_short(heart, view)
        case View.SC_4C:
            return _subcostal(heart)
        case View.SC_IVC:
            return _caval(heart)
        case View.SSN:
            return _suprasternal(heart)


# The image's right is lateral in A4C and A5C, anterior in A2C, the aorta and anteroseptum in A3C.
_APICAL_RIGHT_RAD: Final = {
    View.A4C: FOUR_CHAMBER_RAD + math.pi,
    View.A5C: FOUR_CHAMBER_RAD + math.pi - math.radians(15),
    View.A2C: TWO_CHAMBER_RAD,
    View.A3C: 0.0,
}


_A5C_TURN_RAD: Final = math.radians(10)


def _apical(heart: Heart, view: View) -> Plane:
    # One jitter per position of the hand: A4C and A5C differ by a tilt only.
    four, two = apical_jitter_rad(heart.patient)
    jitter = two if view is View.A2C else four
    angle = _APICAL_RIGHT_RAD[view] + jitter * (0.5 if view is View.A3C else 1.0)
    systole = heart.state(END_SYSTOLE)
    roof = systole.la_z + systole.la_c
    if view in (View.A4C, View.A5C):
        roof = max(roof, systole.ra_z + systole.ra_d)
    standoff = 1.5 + 0.75 * heart.patient.effusion_cm
    aim = np.array([heart.ventricle.lean_cm, 0.0, heart.height_cm])  # where the LV axis ends
    if view is View.A4C:
        aim = aim - np.array([heart.ventricle.discs.fan_u_cm, 0.0, 0.0])
    if view is View.A5C:
        state = heart.end_diastole()
        root, radius = aortic_axis(state, heart.tube, 0.8)
        # Along the back of the root, but no further forward than the atrium behind it; where that leaves the
        # root, the hand turns on towards the long axis.
        to_atrium = (root[0] - state.la_u - state.la_a) / radius
        aim = np.array([root[0] - max(0.97, to_atrium) * radius, 0.0, root[2]])
        angle -= _A5C_TURN_RAD * min(1.0, max(0.0, (to_atrium - 1.0) / 0.3))
    right = around_axis(angle)
    down = unit(aim - (aim @ right) * right)
    # A4C is centred on the septum.
    aside = -0.24 * heart.patient.lvidd_cm if view in (View.A4C, View.A5C) else 0.0
    return Plane(np.zeros(3), right, down, (aside, -standoff), roof + standoff)


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
    level = {View.PSAX_MV: heart.height_cm - 1.25, View.PSAX_PM: 0.50 * heart.height_cm}.get(
        view, 0.24 * heart.height_cm
    )
    up = math.radians(-16 + 6 * math.tanh(heart.patient.shape[6]))
    if view is View.PSAX_AP:
        ventricle, outer = 0.3 * ventricle, 0.8 * outer
    above = outer + 0.7 * ventricle + 1.2 + effusion * 0.8
    # Seen from the apex: angles grow counter-clockwise from up, so the lateral wall is on the right.
    right, down = around_axis(up - math.pi / 2), -around_axis(up)
    follow_frac = 0.65 if view is View.PSAX_MV else 0.0
    return Plane(
        np.array([0.0, 0.0, level]), right, down, (0.0, -above), above + outer + effusion, follow_frac
    )


def _great_vessels(heart: Heart) -> Plane:
    """Short axis across the aortic valve, fanned to the head on the left so that the pulmonary trunk shows."""
    outer, ventricle = _wall_and_rv_cm(heart)
    state = heart.end_diastole()
    root, radius = aortic_axis(state, heart.tube, 1.2)
    back, left = pulmonary_axes(state)
    above = max(outer + ventricle - root[0], radius + 2.6) + 1.4 + 0.6 * heart.patient.effusion_cm
    atrium = heart.state(END_SYSTOLE)
    behind = root[0] - atrium.la_u + atrium.la_a
    return Plane(root, left, back, (0.0, -above), above + behind, 1.0)


_CLEAR_OF_LV_CM: Final = 0.15


def _right_inflow(heart: Heart) -> Plane:
    """The parasternal long axis fanned to the right hip: RV and RA with the tricuspid valve between."""
    outer, ventricle = _wall_and_rv_cm(heart)
    state = heart.end_diastole()
    inward = around_axis(FOUR_CHAMBER_RAD)
    valve = (0.2 * state.tv_r + 0.8 * state.ra_r) * inward + state.ra_t * np.array(
        [-inward[1], inward[0], 0.0]
    )
    valve[2] = state.z_tricuspid
    face = np.array([outer + ventricle + 1.3 + 0.8 * heart.patient.effusion_cm, 0.3, 0.66 * heart.height_cm])
    # The plane holds the direction of the LV axis; it must pass a wide LV beside a small right heart.
    run = valve[:2] - face[:2]
    outward = np.array([-run[1], run[0], 0.0]) / np.linalg.norm(run)
    outward *= math.copysign(1.0, float(outward @ valve))
    reach = 0.5 * heart.patient.lvidd_cm + 0.25 * (outward[0] * state.bend_u + outward[1] * state.bend_v)
    aside = max(0.0, reach + _CLEAR_OF_LV_CM - float(outward @ valve)) * outward
    valve, face = valve + aside, face + aside
    sight = unit(valve - face)
    right = np.array([0.0, 0.0, 1.0]) - sight[2] * sight
    far = float(np.linalg.norm(valve - face))
    return Plane(valve, unit(right), sight, (0.0, -far), far + 1.4 * heart.state(END_SYSTOLE).ra_d)


def _subcostal(heart: Heart) -> Plane:
    """The four chambers seen from below through the liver: RV nearest, apex to the right and a little up."""
    apical = _apical(heart, View.A4C)
    lift = math.radians(28 + 4 * math.tanh(heart.patient.shape[8]))
    right, down = _turned(-apical.down, apical.right, lift)
    state, effusion = heart.end_diastole(), heart.patient.effusion_cm
    outer, _ = _wall_and_rv_cm(heart)
    near = outer + 0.7 * state.rv_depth + 4.2 + 0.9 * effusion
    atrium = heart.state(END_SYSTOLE)
    behind = max(outer, atrium.la_a + 1.5) + effusion
    return Plane(apical.at_height(0.62 * heart.height_cm), right, down, (0.6, -near), near + behind)


def _caval(heart: Heart) -> Plane:
    """A sagittal plane along the IVC: liver above, the RA to the image's right."""
    mouth, lower = heart.vessels.caval_mouth, heart.vessels.caval[-1]
    right = unit(mouth - lower)
    down = unit(POSTERIOR - (POSTERIOR @ right) * right)
    return Plane(mouth, right, down, (-1.4, -7.0), 10.5)


def _suprasternal(heart: Heart) -> Plane:
    """The plane of the arch from above: ascending aorta to the left, descending to the right."""
    arch = heart.vessels.arch
    top = arch[len(arch) // 2]
    across = arch[-1] - arch[0]
    right = unit(across - (across @ SUPERIOR) * SUPERIOR)
    return Plane(top, right, INFERIOR, (-0.6, -3.4), 12.0)
