"""The fan of a phased-array or curved-array sector: two straight edges from one apex, and an arc below."""

from typing import Final

import numpy as np
from jaxtyping import Bool, Float

# Directions of a fan's edges, from straight down: echo sectors open 60 to 120 degrees in all.
_EDGE_RANGE_DEG: Final = (15.0, 68.0)
_PARALLEL_DEG: Final = 4.0
_MIN_EDGE_FRAC: Final = 0.3  # an edge is at least this long, relative to the hull's height
_START_FRAC: Final = 0.3  # an edge starts in this upper part of the hull's height
_UPRIGHT_FRAC: Final = 0.1  # a side cut by the screen is upright over at least this part of the hull's height
_MAX_GROWTH: Final = 1.75  # shadowed corners add less than this factor to the area
_AT_BORDER_PX: Final = 3
_ARC_POINTS: Final = 64

Points = Float[np.ndarray, "point 2"]


def find_fan(
    hull_xy: Points, tissue: Bool[np.ndarray, "height width"], *, one_edge_hidden: bool = False
) -> Points | None:
    """Return the outline of the fan that the hull is part of, or ``None`` when it is not part of one.

    Shadowed corners are completed sideways, but a fan with an upright side was cut by the screen and stays
    cut; it never grows downwards, where the ECG is.

    Args:
        hull_xy: Corners of a convex polygon, in order around it.
        tissue: The pixels that the hull encloses.
        one_edge_hidden: Let one edge be enough: fluid or a shadow may hide the other, and a fan stands upright.
    """
    edges = _edges(hull_xy, one_edge_hidden=one_edge_hidden)
    if edges is None:
        return None
    left, right = edges
    apex = _intersection(left, right)
    top, bottom = hull_xy[:, 1].min(), hull_xy[:, 1].max()
    if apex is None or not top - (bottom - top) <= apex[1] <= top + 0.1 * (bottom - top):
        return None
    y, x = np.nonzero(tissue)
    reach = np.hypot(x - apex[0], y - apex[1])
    inner, outer = float(reach.min()), float(np.hypot(*(hull_xy - apex).T).max())
    bearing = [np.arctan2(*(edge[1] - edge[0])) for edge in (left, right)]  # from straight down, to the right
    angle = np.linspace(bearing[0], bearing[1], _ARC_POINTS)
    ray = np.stack([np.sin(angle), np.cos(angle)], axis=1)
    outline = np.concatenate([apex + outer * ray, (apex + inner * ray)[::-1]])
    outline = np.clip(outline, *_screen_cut(hull_xy, tissue.shape[1]))
    return outline if _area(outline) <= _MAX_GROWTH * _area(hull_xy) else None


def _edges(hull_xy: Points, *, one_edge_hidden: bool) -> tuple[Points, Points] | None:
    """Return the left and the right edge, upper end first."""
    left, right = _find_edge(hull_xy, side=-1), _find_edge(hull_xy, side=1)
    if left is not None and right is not None:
        return left, right
    if one_edge_hidden and left is not None:
        return left, _mirrored_edge(hull_xy, left, side=1)
    if one_edge_hidden and right is not None:
        return _mirrored_edge(hull_xy, right, side=-1), right
    return None


def _find_edge(hull_xy: Points, *, side: int) -> Points | None:
    """Return the upper and lower end of the hull's straight edge on the left (-1) or right (1)."""
    ends = np.stack([hull_xy, np.roll(hull_xy, -1, axis=0)], axis=1)
    ends = np.where((ends[:, :1, 1:] > ends[:, 1:, 1:]), ends[:, ::-1], ends)  # upper end first
    step = ends[:, 1] - ends[:, 0]
    length = np.hypot(*step.T)
    bearing_deg = np.degrees(np.arctan2(step[:, 0] * side, step[:, 1]))
    centre_x = hull_xy[:, 0].mean()
    low_deg, high_deg = _EDGE_RANGE_DEG
    is_edge = (bearing_deg > low_deg) & (bearing_deg < high_deg)
    is_edge &= (ends.mean(axis=1)[:, 0] - centre_x) * side > 0
    # An edge starts near the probe; a straight run further down is the border of a shadow.
    is_edge &= ends[:, 0, 1] < hull_xy[:, 1].min() + _START_FRAC * np.ptp(hull_xy[:, 1])
    if not is_edge.any():
        return None
    together = np.abs(bearing_deg[:, None] - bearing_deg) <= _PARALLEL_DEG
    support = (together & is_edge) @ (length * is_edge)
    best = int(np.argmax(np.where(is_edge, support, 0)))
    chain = ends[together[best] & is_edge].reshape(-1, 2)
    if support[best] < _MIN_EDGE_FRAC * np.ptp(hull_xy[:, 1]):
        return None
    return np.stack([chain[chain[:, 1].argmin()], chain[chain[:, 1].argmax()]])


def _mirrored_edge(hull_xy: Points, seen: Points, *, side: int) -> Points:
    """Return the line on one side of the hull that touches it at the slope of the other side's edge."""
    down = np.abs(seen[1] - seen[0]) * (side, 1.0)
    outward = np.array([down[1] * side, -abs(down[0])])
    touching = hull_xy[np.argmax(hull_xy @ outward)]
    return np.stack([touching, touching + down])


def _screen_cut(hull_xy: Points, width_px: int) -> tuple[Points, Points]:
    """Return the smallest and the largest x and y that the fan may reach.

    A screen cuts a fan on both sides, or at its own border; one upright side elsewhere is a shadow's.
    """
    low, high = hull_xy.min(axis=0), hull_xy.max(axis=0)
    left, right = _has_upright_side(hull_xy, low[0]), _has_upright_side(hull_xy, high[0])
    left, right = (
        left and (right or low[0] <= _AT_BORDER_PX),
        right and (left or high[0] >= width_px - 1 - _AT_BORDER_PX),
    )
    return np.array([low[0] if left else -np.inf, low[1]]), np.array([high[0] if right else np.inf, high[1]])


def _has_upright_side(hull_xy: Points, x: float) -> bool:
    """Whether the hull runs upright along its extreme ``x``."""
    beside = hull_xy[np.abs(hull_xy[:, 0] - x) <= 2.0, 1]
    return bool(np.ptp(beside) >= _UPRIGHT_FRAC * np.ptp(hull_xy[:, 1]))


def _intersection(first: Points, second: Points) -> Float[np.ndarray, "2"] | None:
    """Return where two lines, each given by two points, meet."""
    matrix = np.stack([first[1] - first[0], second[0] - second[1]], axis=1)
    if abs(np.linalg.det(matrix)) < 1e-9:
        return None
    along = np.linalg.solve(matrix, second[0] - first[0])
    meeting: Float[np.ndarray, 2] = first[0] + along[0] * (first[1] - first[0])
    return meeting


def _area(outline_xy: Points) -> float:
    """Return the area of a polygon (shoelace formula)."""
    x, y = outline_xy.T
    return abs(float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)))) / 2
