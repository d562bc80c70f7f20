"""What lies around the heart: liver under the diaphragm, lungs beside and behind, as signed fields.

The ventricles rest on the diaphragm, which rises to the mouth of the IVC and falls away to all sides; below it
lies the liver, up to the spine and the stomach. Above it lung fills what heart and mediastinum leave, but for
the two windows through which the heart is seen: the parasternal one, the apex and the subcostal one.
"""

import math
from typing import Final

import numpy as np
from numba import njit

from echovlm.simulation.heart.body import LEFT, POSTERIOR, SUPERIOR

_L: Final = tuple(map(float, LEFT))
_P: Final = tuple(map(float, POSTERIOR))
_S: Final = tuple(map(float, SUPERIOR))
# Entries of the chest array, cm in body directions.
(FLOOR, MOUTH_LEFT, MOUTH_BACK, MOUTH_LEVEL, LIVER_LEFT, LIVER_BACK, CENTRE_LEFT, CENTRE_BACK, CENTRE_WIDTH,
 HEART_LEFT, HEART_BACK, WINDOW_Z) = range(12)  # fmt: skip
NO_CHEST: Final = np.zeros(12)
_SUBCOSTAL: Final = (
    math.cos(math.radians(62)),
    math.sin(math.radians(62)),
)  # from the LV axis to the xiphoid
_FRONT_CM: Final = -1.5  # lung does not reach before the heart, seen from the chest


def lay_chest(
    *, caval_mouth: np.ndarray, arch: np.ndarray, atrium: np.ndarray, height_cm: float, floor_cm: float
) -> np.ndarray:
    """Return the numbers that place diaphragm, liver and mediastinum.

    Args:
        caval_mouth: Where the IVC enters the RA.
        arch: Centre line of the aortic arch.
        atrium: Centre of the LA.
        height_cm: LV height at end-diastole.
        floor_cm: Depth below the origin at which the ventricles rest on the diaphragm.
    """
    chest = np.zeros(12)
    chest[FLOOR] = floor_cm
    chest[MOUTH_LEFT], chest[MOUTH_BACK] = caval_mouth @ LEFT, caval_mouth @ POSTERIOR
    chest[MOUTH_LEVEL] = -caval_mouth @ SUPERIOR + 0.9
    chest[LIVER_LEFT] = chest[MOUTH_LEFT] + 9.5
    chest[LIVER_BACK] = chest[MOUTH_BACK] + 2.2
    middle = 0.5 * (arch[0] + arch[-1])
    chest[CENTRE_LEFT], chest[CENTRE_BACK] = middle @ LEFT, 0.5 * (middle + atrium) @ POSTERIOR
    span = (arch[-1] - arch[0]) @ POSTERIOR
    chest[CENTRE_WIDTH] = 0.5 * abs(span) + 2.4
    chest[HEART_LEFT], chest[HEART_BACK] = 0.4 * height_cm * LEFT[2] - 2.5, 0.4 * height_cm * POSTERIOR[2]
    chest[WINDOW_Z] = 0.75 * height_cm
    return chest


@njit(cache=True, fastmath=True)
def liver_and_lung(
    u: float, v: float, z: float, sac: float, lumen: float, chest: np.ndarray
) -> tuple[float, float]:
    """Return the signed distances to liver and lung.

    Args:
        u: Anteroseptal coordinate.
        v: Inferoseptal coordinate.
        z: Coordinate along the LV axis.
        sac: Distance to the pericardium.
        lumen: Distance to the nearest vessel.
        chest: From `lay_chest`.
    """
    left = u * _L[0] + v * _L[1] + z * _L[2]
    back = u * _P[0] + v * _P[1] + z * _P[2]
    below = -(u * _S[0] + v * _S[1] + z * _S[2])
    x, y = left - chest[MOUTH_LEFT], back - chest[MOUTH_BACK]
    near = math.exp(-(x * x + y * y) / 9.0)
    cx, cy = left - chest[CENTRE_LEFT], back - chest[CENTRE_BACK]
    hx, hy = left - chest[HEART_LEFT], back - chest[HEART_BACK]
    level = chest[FLOOR] + near * (chest[MOUTH_LEVEL] - chest[FLOOR]) + 0.006 * (hx * hx + hy * hy)
    beneath = below - level
    liver = max(max(0.3 - sac, -beneath), max(left - chest[LIVER_LEFT], back - chest[LIVER_BACK]))
    middle = chest[CENTRE_WIDTH] - math.sqrt(cx * cx + cy * cy)
    lung = max(max(0.4 - sac, beneath + 0.25), max(middle, 0.3 - lumen))
    if u > 0.0:
        wz = z - chest[WINDOW_Z]
        lung = max(lung, 4.5 - math.sqrt(wz * wz + 0.8 * v * v))
    lung = max(lung, _FRONT_CM - back)
    out = _SUBCOSTAL[0] * u + _SUBCOSTAL[1] * v
    if out > 0.0:
        wx, wz = _SUBCOSTAL[0] * v - _SUBCOSTAL[1] * u, z - 0.6 * chest[WINDOW_Z]
        lung = max(lung, 5.0 - math.sqrt(wx * wx + wz * wz))
    if z < 1.0:
        lung = max(lung, 3.5 - math.sqrt(u * u + v * v))
    return liver, lung
