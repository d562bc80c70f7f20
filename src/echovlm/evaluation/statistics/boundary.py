"""Distances between the borders of two masks."""

import numpy as np
from jaxtyping import Bool
from scipy import ndimage


def hausdorff_95_mm(
    first: Bool[np.ndarray, "height width"],
    second: Bool[np.ndarray, "height width"],
    *,
    spacing_mm: float,
) -> float:
    """Return the 95th percentile Hausdorff distance: the larger of both directions' 95th percentiles.

    Borders are the pixels of a mask that touch its outside by an edge, and percentiles interpolate linearly, as
    in MONAI's ``compute_hausdorff_distance(percentile=95)``. Two empty masks are 0 apart; one empty mask gives
    infinity, because it has no border to be near to.
    """
    if not first.any() or not second.any():
        return 0.0 if first.any() == second.any() else np.inf
    box = _bounding_box(first | second)
    borders = [_border(np.pad(mask[box], 1)) for mask in (first, second)]
    worst = 0.0
    for here, there in (borders, borders[::-1]):
        away = ndimage.distance_transform_edt(~there)
        worst = max(worst, float(np.percentile(away[here], 95)))
    return worst * spacing_mm


def _bounding_box(mask: Bool[np.ndarray, "height width"]) -> tuple[slice, slice]:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)


def _border(mask: Bool[np.ndarray, "height width"]) -> Bool[np.ndarray, "height width"]:
    return np.asarray(mask & ~ndimage.binary_erosion(mask))
