"""How the heart lies in the chest: the body's axes in heart coordinates.

The LV axis points to the left, forward and down, about 35 degrees below the horizontal and 48 degrees to the
left of the sagittal plane; the parasternal transducer looks along ``-u``. Heart coordinates are left-handed:
seen from the apex, ``v`` lies a quarter turn counter-clockwise from ``u`` and ``z`` points away.
"""

import math
from typing import Final

import numpy as np


def unit(vector: np.ndarray) -> np.ndarray:
    """Return the vector at length one."""
    return np.asarray(vector / np.linalg.norm(vector))


POSTERIOR: Final = unit(np.array([-0.836, 0.0, 0.549]))
SUPERIOR: Final = unit(
    np.array([0.382, -0.718, 0.582]) - np.array([0.382, -0.718, 0.582]) @ POSTERIOR * POSTERIOR
)
LEFT: Final = np.cross(SUPERIOR, POSTERIOR)
INFERIOR: Final = -SUPERIOR
ANTERIOR: Final = -POSTERIOR
RIGHT: Final = -LEFT


def around_axis(angle_rad: float) -> np.ndarray:
    """Return the direction across the LV axis at an angle from anteroseptal towards inferoseptal."""
    return np.array([math.cos(angle_rad), math.sin(angle_rad), 0.0])
