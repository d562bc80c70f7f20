"""Where the left ventricle ends: at the mitral annulus, whatever a mask has beyond it."""

from typing import Final

import numpy as np
from jaxtyping import Float, UInt8

from echovlm.clinical.anatomy import Structure

_MARGIN_SHARE: Final = (
    0.02  # of the long axis: the annulus is a saddle and the hinge points are known to a pixel or two
)
_MOST_CUT: Final = (
    0.5  # of the mask: where more would go, the hinge points are more likely wrong than the mask
)


def close_at_annulus(
    masks: UInt8[np.ndarray, "frame height width"],
    hinges_xy_px: Float[np.ndarray, "frame 2 2"],
    apex_xy_px: Float[np.ndarray, "frame 2"],
) -> UInt8[np.ndarray, "frame height width"]:
    """Return masks of A4C or A2C in which the left ventricle is closed by a straight line at the mitral ring.

    So does a reader (ASE 2015 §2.1: a straight line joins the two sides of the mitral ring). Where the leaflets drop
    out of the picture, ventricle and atrium are one black space and a network's mask runs on into the atrium; the
    hinge points in the bright wall are still seen. What lies beyond them loses its label.

    Args:
        masks: Labels of ``Structure``.
        hinges_xy_px: Septal and lateral hinge point; NaN where unknown, and then the frame stays.
        apex_xy_px: The ventricle's apex, which tells the side to keep; likewise.
    """
    closed = masks.copy()
    known = np.isfinite(hinges_xy_px).all((1, 2)) & np.isfinite(apex_xy_px).all(1)
    for frame in np.flatnonzero(known):
        (x0, y0), (x1, y1) = hinges_xy_px[frame]
        normal = np.array([y0 - y1, x1 - x0])
        middle = np.array([x0 + x1, y0 + y1]) / 2
        length = float(np.hypot(*normal))
        to_apex = float(normal @ (apex_xy_px[frame] - middle))
        if length == 0 or to_apex == 0:
            continue
        normal = normal / length * np.sign(to_apex)
        margin = _MARGIN_SHARE * abs(to_apex) / length
        y, x = np.nonzero(masks[frame] == Structure.LV.value)
        beyond = (np.stack([x, y], 1) - middle) @ normal < -margin
        if np.count_nonzero(beyond) <= _MOST_CUT * len(beyond):
            closed[frame, y[beyond], x[beyond]] = 0
    return closed
