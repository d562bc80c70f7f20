"""Where in the picture the ultrasound lies, and where only text, traces and rulers do."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Bool, Float, UInt8
from PIL import Image, ImageDraw
from scipy import ndimage
from scipy.spatial import ConvexHull, QhullError

from echovlm.imaging.fan import find_fan

_WORK_SIDE_PX: Final = 400  # the shape is smooth; nothing is gained by looking at more pixels
_LEAST_WORK_PX: Final = 8  # a strip narrower than this, as looked at, is no picture
_MAX_FRAMES: Final = 16
# Differences from the background, of 255: what is surely tissue, and what is where it moves and touches
# that. The ringing of JPEG around text stays below the first; the darkest speckle lies above the second.
_SURE_GREY: Final = 10.0
_FAINT_GREY: Final = 3.0
# A pixel is as bright as its 3rd brightest frame of 16: a passing ECG cursor or a running clock does not.
_BRIGHT_QUANTILE: Final = 0.85
_MOVING_GREY: Final = 0.7  # temporal standard deviation; compressed static text stays below 0.5
_FLAT_GREY: Final = (
    0.5  # standard deviation over 5x5 pixels; a still's banners and bars lie below, speckle never
)
_SAME_GREY: Final = 4  # greys this close are one, whatever a lossy codec made of them
_LETTERS_FRAC: Final = (
    0.55  # of a line on a bar 0.7 to 0.9 is one grey; of speckle 0.1, with much shadow 0.45
)
_NOT_BACKGROUND_GREY: Final = 0.5  # greys are whole numbers: the next one is another
_BLACK_FRAC: Final = 0.05
_BRIDGE_STROKES: Final = 3  # a ruler or a word that joins the sector to a grey bar is no thicker
_COMPACT_FRAC: Final = 0.85  # a sector fills its hull but for a curved probe's arc
_MIN_AREA_FRAC: Final = 0.02
_COMPANION_FRAC: Final = 0.01  # a separate patch of tissue is at least this large, relative to the main one
_EQUAL_FRAC: Final = 0.3  # pictures on one screen have much the same size
_STILL_COMPANION_FRAC: Final = 0.03  # in a still, a block of text is no smaller than that
_STROKE_FRAC: Final = (
    1 / 130
)  # half the thickness of the thickest stroke of text, relative to the longer side
_MAX_ASPECT: Final = 6.0  # a patch wider than this is a title bar or an ECG strip
_BACKGROUND_FRAC: Final = 0.1  # the commonest grey is the background when it covers this much


@dataclass(frozen=True, slots=True, eq=False)
class Sector:
    """The part of an image that the ultrasound beam painted.

    Attributes:
        mask: True inside.
        box_xyxy_px: The smallest box around it, end exclusive.
    """

    mask: Bool[np.ndarray, "height width"]
    box_xyxy_px: tuple[int, int, int, int]


def find_sector(frames: UInt8[np.ndarray, "frame height width 3"]) -> Sector | None:
    """Find the ultrasound sector of a cine or a still; ``None`` when nothing looks like one.

    What moves and is thicker than a letter's stroke is tissue. Its convex hull is the sector, completed to a
    fan where it has the two straight edges of one, because shadowed corners belong to it too.
    """
    _, height, width, _ = frames.shape
    step = max(1, -(-max(height, width) // _WORK_SIDE_PX))
    if min(height, width) < _LEAST_WORK_PX * step:
        return None
    tissue = _tissue(frames, step)
    hull = None if tissue is None else _hull(tissue)
    if tissue is None or hull is None:
        return None
    mask = _fill(_to_full(hull, step), height, width)
    fan = find_fan(hull, tissue, one_edge_hidden=True)
    if fan is not None:
        mask |= _fill(_to_full(fan, step), height, width)
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return Sector(mask, (int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1))


def count_fans(frames: UInt8[np.ndarray, "frame height width 3"]) -> int:
    """Return how many fans stand apart from each other, as on a split screen or on the four of a stress test.

    Each must have its own two straight edges and be no much smaller than the largest: the halves of one sector that a
    shadow parts have one edge each.
    """
    _, height, width, _ = frames.shape
    step = max(1, -(-max(height, width) // _WORK_SIDE_PX))
    tissue = _tissue(frames, step) if min(height, width) >= _LEAST_WORK_PX * step else None
    if tissue is None:
        return 0
    labels, _ = ndimage.label(tissue)
    areas = np.bincount(labels.ravel())[1:]
    large = 1 + np.flatnonzero(areas >= _EQUAL_FRAC * areas.max())
    fans = 0
    for index in large:
        patch = labels == index
        hull = _hull(patch)
        fans += hull is not None and find_fan(hull, patch) is not None
    return fans


def _tissue(
    frames: UInt8[np.ndarray, "frame height width 3"], step: int
) -> Bool[np.ndarray, "height width"] | None:
    """Return the pixels of a reduced image that hold tissue, or ``None`` when too few do."""
    chosen = np.unique(np.linspace(0, len(frames) - 1, min(len(frames), _MAX_FRAMES)).round().astype(int))
    seen = frames[chosen, step // 2 :: step, step // 2 :: step]
    # Channel by channel: a sum over an axis of three costs ten times as much.
    grey = (seen[..., 0].astype(np.float32) + seen[..., 1] + seen[..., 2]) * np.float32(1 / 3)
    rank = int(_BRIGHT_QUANTILE * (len(grey) - 1))
    contrast = np.partition(np.abs(grey - _background(grey)), rank, axis=0)[rank]
    alive = grey.std(axis=0) > _MOVING_GREY
    if len(grey) < 3 or alive.mean() < _MIN_AREA_FRAC:  # a still or a frozen loop: only texture tells
        textured = _without_strokes((_local_std(grey[0]) > _FLAT_GREY) & (contrast > _SURE_GREY))
        return _main_patches(
            _with_echo_free(_without_letters(textured, grey[0]), grey[0]), _STILL_COMPANION_FRAC
        )
    sure = _without_strokes(alive & (contrast > _SURE_GREY))
    faint = ndimage.binary_propagation(sure, mask=sure | (alive & (contrast > _FAINT_GREY)))
    return _main_patches(_without_strokes(faint))


def _main_patches(
    solid: Bool[np.ndarray, "height width"], companion_frac: float = _COMPANION_FRAC
) -> Bool[np.ndarray, "height width"] | None:
    """Return the largest patch and its companions, without bars; ``None`` when even the largest is small."""
    labels, _ = ndimage.label(solid)
    areas = np.bincount(labels.ravel())[1:]
    for index, (rows, columns) in enumerate(ndimage.find_objects(labels)):
        if columns.stop - columns.start > _MAX_ASPECT * (rows.stop - rows.start):
            areas[index] = 0
    if areas.max(initial=0) < _MIN_AREA_FRAC * solid.size:
        return None
    large = 1 + np.flatnonzero(areas >= companion_frac * areas.max())
    companions: Bool[np.ndarray, "height width"] = np.isin(labels, large)
    return companions


def _without_letters(
    solid: Bool[np.ndarray, "height width"], grey: Float[np.ndarray, "height width"]
) -> Bool[np.ndarray, "height width"]:
    """Return the patches that are no text: a line, closed to one patch, is mostly the grey between its letters."""
    labels, _ = ndimage.label(solid)
    kept = solid.copy()
    for index, place in enumerate(ndimage.find_objects(labels), start=1):
        inside = labels[place] == index
        counts = np.bincount(grey[place][inside].round().astype(int), minlength=256)
        commonest = np.convolve(counts, np.ones(2 * _SAME_GREY + 1, int), mode="same").max()
        if commonest > _LETTERS_FRAC * inside.sum():
            kept[place] &= ~inside
    return kept


def _with_echo_free(
    solid: Bool[np.ndarray, "height width"], grey: Float[np.ndarray, "height width"]
) -> Bool[np.ndarray, "height width"]:
    """Return the largest patch with all it touches that is not quite the background, as no part of a sector is.

    Only a compact shape is believed; where a lossy picture's noise leads over the screen, the patch stays as it is.
    """
    labels, count = ndimage.label(solid)
    if not count:
        return solid
    largest = labels == 1 + np.argmax(np.bincount(labels.ravel())[1:])
    # Pure black is the background where there is some of it, even if a cyst or a ventricle covers more.
    has_black = (grey < _NOT_BACKGROUND_GREY).mean() >= _BLACK_FRAC
    contrast = np.abs(grey - (0.0 if has_black else _background(grey[None])))
    lit: Bool[np.ndarray, "height width"] = _without_strokes(
        contrast > _NOT_BACKGROUND_GREY, strokes=_BRIDGE_STROKES
    )
    grown: Bool[np.ndarray, "height width"] = ndimage.binary_propagation(largest & lit, mask=lit)
    hull = _hull(grown) if grown.any() else None
    is_compact = hull is not None and grown.sum() >= _COMPACT_FRAC * _fill(hull, *grown.shape).sum()
    if not is_compact:
        return solid
    # A gap, so that a bar which leans on the sector is a patch of its own.
    either: Bool[np.ndarray, "height width"] = grown | (solid & ~ndimage.binary_dilation(grown, iterations=2))
    return either


def _without_strokes(
    mask: Bool[np.ndarray, "height width"], *, strokes: int = 1
) -> Bool[np.ndarray, "height width"]:
    """Return the mask without what is as thin as letters, traces and ruler ticks, or as some of their strokes."""
    radius = strokes * max(1, round(max(mask.shape) * _STROKE_FRAC))
    disc = np.hypot(*np.mgrid[-radius : radius + 1, -radius : radius + 1]) <= radius + 0.3
    opened: Bool[np.ndarray, "height width"] = ndimage.binary_opening(ndimage.binary_closing(mask), disc)
    return opened


def _local_std(grey: Float[np.ndarray, "height width"]) -> Float[np.ndarray, "height width"]:
    mean = ndimage.uniform_filter(grey, 5)
    variance = ndimage.uniform_filter(grey * grey, 5) - mean * mean
    deviation: Float[np.ndarray, "height width"] = np.sqrt(np.clip(variance, 0, None))
    return deviation


def _background(grey: Float[np.ndarray, "frame height width"]) -> float:
    """Return the grey around the sector: the commonest one, when it is common; else black."""
    counts = np.bincount(grey.min(axis=0).round().astype(int).ravel(), minlength=256)
    commonest = int(counts.argmax())
    return float(commonest) if counts[commonest] >= _BACKGROUND_FRAC * counts.sum() else 0.0


def _hull(tissue: Bool[np.ndarray, "height width"]) -> Float[np.ndarray, "point 2"] | None:
    """Return the corners (x, y) of the tissue's convex hull, in order around it."""
    y, x = np.nonzero(tissue)
    points: Float[np.ndarray, "point 2"] = np.stack([x, y], axis=1).astype(np.float64)
    if len(points) < 3:
        return None
    try:
        corners: Float[np.ndarray, "point 2"] = points[ConvexHull(points).vertices]
    except QhullError:  # all on one line
        return None
    return corners


def _to_full(corners_xy: Float[np.ndarray, "point 2"], step: int) -> Float[np.ndarray, "point 2"]:
    """Return the full image's coordinates of points in the image of every ``step``-th pixel."""
    return corners_xy * step + step // 2


def _fill(
    corners_xy: Float[np.ndarray, "point 2"], height: int, width: int
) -> Bool[np.ndarray, "height width"]:
    """Return the inside of a polygon."""
    image = Image.new("L", (width, height))
    ImageDraw.Draw(image).polygon([(float(x), float(y)) for x, y in corners_xy], fill=1)
    return np.asarray(image).astype(bool)
