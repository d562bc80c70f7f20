"""Linear measurements: between two points, across a chamber's base, and through a layer of fluid."""

import numpy as np
from jaxtyping import Bool, Float
from scipy import ndimage

from echovlm.measure.axis import LongAxis, extent_px
from echovlm.measure.calibration import MeasureError, require_spacing
from echovlm.measure.region import clean_region, pixel_centres_xy

_SUBPIXELS = 3


def distance_cm(
    first_xy_px: Float[np.ndarray, "2"], second_xy_px: Float[np.ndarray, "2"], *, spacing_mm: float | None
) -> float:
    """Return the distance between two points.

    Raises:
        NotCalibratedError: If ``spacing_mm`` is ``None``.
        MeasureError: If a coordinate is not finite.
    """
    spacing = require_spacing(spacing_mm)
    distance_px = float(np.hypot(*(np.asarray(first_xy_px, float) - np.asarray(second_xy_px, float))))
    if not np.isfinite(distance_px):
        raise MeasureError(f"callipers need finite points; got {first_xy_px} and {second_xy_px}")
    return distance_px * spacing / 10.0


def rv_basal_diameter_cm(
    mask: Bool[np.ndarray, "height width"],
    *,
    spacing_mm: float | None,
    axis: LongAxis | None = None,
) -> float:
    """Return the right ventricle's largest transverse diameter in its basal third (ASE 2015 §4.1, A4C).

    ``axis`` points from the base to the apex; without it the mask's own axis is taken, from its wider to its
    narrower half.

    Raises:
        NotCalibratedError: If ``spacing_mm`` is ``None``.
        EmptyMaskError: If no pixel is set.
    """
    spacing = require_spacing(spacing_mm)
    region = clean_region(mask).mask
    axis = axis or LongAxis.of_mask(region)
    start, end = extent_px(region, axis)
    points = pixel_centres_xy(region)
    basal = points[axis.project(points) <= start + (end - start) / 3]
    across = LongAxis.through(np.zeros(2), np.array([-axis.direction_xy[1], axis.direction_xy[0]]))
    level = np.floor(axis.project(basal)).astype(int)
    level -= level.min()
    width = across.project(basal)
    low = np.full(level.max() + 1, np.inf)
    high = np.full(level.max() + 1, -np.inf)
    np.minimum.at(low, level, width)
    np.maximum.at(high, level, width)
    return float((high - low).max() + 1.0) * spacing / 10.0


def effusion_depth_cm(mask: Bool[np.ndarray, "height width"], *, spacing_mm: float | None) -> float:
    """Return the largest thickness of the fluid, measured across its layer; 0 where the mask is empty.

    The thickness is twice the largest distance to the border, so it is the width of the layer wherever that
    is widest, in whatever direction it runs. All pieces count: fluid lies both before and behind the heart.
    An empty mask is a depth of 0 only in a view that shows the pericardium, which the caller must know.

    Raises:
        NotCalibratedError: If ``spacing_mm`` is ``None``.
    """
    spacing = require_spacing(spacing_mm)
    if not mask.any():
        return 0.0
    # Distances run between pixel centres: a layer n px wide reads n + 1 (odd n) or n (even n) as twice the
    # distance. Subpixels shrink that step, and half of one subpixel centres it.
    fine = np.pad(np.kron(mask, np.ones((_SUBPIXELS, _SUBPIXELS), dtype=bool)), 1)
    deepest = float(ndimage.distance_transform_edt(fine).max())
    return (2.0 * deepest - 0.5) / _SUBPIXELS * spacing / 10.0
