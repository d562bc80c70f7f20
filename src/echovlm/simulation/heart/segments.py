"""The 17 AHA segments on the LV wall: where each lies, and how their values blend into one another.

Segments: Cerqueira et al., Circulation 2002;105:539-542. Basal and mid rings go anterior, anteroseptal,
inferoseptal, inferior, inferolateral, anterolateral; the apical ring anterior, septal, inferior, lateral.
"""

import math
from functools import cache
from typing import Final

import numpy as np

from echovlm.simulation.heart.wall import MAP_SHAPE, map_angles, map_heights

# The first direction of each ring; the next are equal steps on. The RV's insertions bound the septum.
_ANTERIOR_RAD: Final = math.radians(-55)
_RINGS: Final = ((0, 6), (6, 6), (12, 4), (16, 1))  # first segment and number of segments, base to apex
RING_HEIGHTS: Final = (0.86, 0.57, 0.27, 0.06)  # of the middle of each ring, relative to the LV height


def segment_place(segment: int) -> tuple[float, float]:
    """Return the angle (radians) and the relative height of the middle of a segment, counted from 0."""
    ring = sum(segment >= first for first, _ in _RINGS) - 1
    first, number = _RINGS[ring]
    return _ANTERIOR_RAD + 2 * math.pi * (segment - first) / number, RING_HEIGHTS[ring]


def blend_segments(values: tuple[float, ...]) -> np.ndarray:
    """Return a map of one value per segment that passes smoothly from each segment to its neighbours."""
    return np.asarray(np.tensordot(np.array(values), _weights(), axes=1))


@cache
def _weights() -> np.ndarray:
    """Return the weight of each segment over the map; they sum to 1 everywhere."""
    heights, angles = map_heights(), map_angles()
    weights = np.zeros((17, *MAP_SHAPE))
    below = np.array(RING_HEIGHTS[::-1])
    for ring, (first, number) in enumerate(_RINGS):
        share = _ease(np.interp(heights, below, np.eye(4)[3 - ring]))
        for k in range(number):
            apart = (angles - _ANTERIOR_RAD) * number / (2 * math.pi) - k
            apart = np.abs((apart + number / 2) % number - number / 2)
            weights[first + k] = share * (_ease(np.clip(1 - apart, 0, 1)) if number > 1 else 1.0)
    return weights


def _ease(x: np.ndarray) -> np.ndarray:
    """Stay near 0, pass over and stay near 1 without a kink; ``ease(x) + ease(1 - x)`` is 1."""
    x = np.clip(1.5 * x - 0.25, 0, 1)
    return np.asarray(x * x * (3 - 2 * x))


def segment_masks(cavity: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return, per segment, the cells of a map in its inner part that face the cavity below the annulus.

    Args:
        cavity: Which cells of the map have a cavity to face; the tip of the apex has none.
    """
    inside = cavity & (map_heights() > 0) & (map_heights() < 0.95) & (map_angles() < 2 * np.pi - 1e-9)
    # The cap may lie almost wholly below the cavity: what of it is nearest then stands for it.
    return tuple(inside & (weight > 0.8 * weight[inside].max()) for weight in _weights())
