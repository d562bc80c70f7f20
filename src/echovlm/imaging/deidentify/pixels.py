"""Pixels made clean: all outside the ultrasound goes black, and so does any text that is left inside."""

from collections.abc import Callable
from typing import Final

import numpy as np
from jaxtyping import Bool, UInt8
from scipy import ndimage

from echovlm.imaging.overlay import TextBox
from echovlm.imaging.regions import SpatialFormat, UltrasoundRegion
from echovlm.imaging.sector import find_sector

Frames = UInt8[np.ndarray, "frame height width 3"]
Mask = Bool[np.ndarray, "height width"]
Reader = Callable[[np.ndarray], tuple[TextBox, ...]]

# Graphs of the machine itself: a strip of M-mode or of Doppler fills its box, unlike a sector.
_STRIPS: Final = (SpatialFormat.M_MODE, SpatialFormat.SPECTRAL)
_MARGIN_PX: Final = 3  # around a line of text: anti-aliased edges
_MAX_PASSES: Final = 3
_LEAST_LETTERS: Final = 2  # a lone + or V is a mark of the machine, or speckle; it names nobody


def find_kept_area(frames: Frames, regions: tuple[UltrasoundRegion, ...]) -> Mask | None:
    """Return which pixels are ultrasound: sectors inside two-dimensional regions, and the strips of graphs.

    Returns:
        The mask; ``None`` when no part of the image can be told to be ultrasound.
    """
    _, height, width, _ = frames.shape
    kept = np.zeros((height, width), dtype=bool)
    boxes = [(region, region.box_xyxy_px(height_px=height, width_px=width)) for region in regions]
    flat = [box for region, box in boxes if box and region.spatial_format == SpatialFormat.TWO_D]
    strips = [box for region, box in boxes if box and region.spatial_format in _STRIPS]
    for x0, y0, x1, y1 in flat or ([] if strips else [(0, 0, width, height)]):
        sector = find_sector(frames[:, y0:y1, x0:x1])
        if sector is not None:
            kept[y0:y1, x0:x1] |= sector.mask
    for x0, y0, x1, y1 in strips:
        kept[y0:y1, x0:x1] = True
    return kept if kept.any() else None


def blank_identity(frames: Frames, kept: Mask, *, reader: Reader) -> tuple[Frames, int] | None:
    """Return frames that are black outside ``kept`` and wherever text stood inside.

    Args:
        frames: RGB; not changed.
        kept: Which pixels are ultrasound.
        reader: Reads the text of one image.

    Returns:
        The frames and the number of lines blanked; ``None`` when text is still read after several passes.
    """
    clean = frames * kept[None, :, :, None]
    blanked = 0
    for _ in range(_MAX_PASSES):
        lines = find_text_lines(clean, reader=reader)
        if not lines:
            return clean, blanked
        blanked += len(lines)
        for line in lines:
            x0, y0, x1, y1 = line.box_xyxy_px
            clean[:, max(0, y0 - _MARGIN_PX) : y1 + _MARGIN_PX, max(0, x0 - _MARGIN_PX) : x1 + _MARGIN_PX] = 0
    return None


def find_text_lines(frames: Frames, *, reader: Reader) -> tuple[TextBox, ...]:
    """Return the lines of text on a cine: what stands still, what flashes up, and what the first and last frame show.

    Text that stands while tissue moves under it is the brightest constant: the darkest value that a pixel takes over
    time keeps it and darkens speckle. Text that stands for a few frames is kept by the brightest value.
    """
    images = [frames[0]]
    if len(frames) > 1:
        images += [frames.min(axis=0), frames.max(axis=0), frames[-1]]
    found = {line for image in images for line in _read_inside(image, reader)}
    return tuple(sorted(found, key=lambda line: line.box_xyxy_px))


def _read_inside(image: np.ndarray, reader: Reader) -> list[TextBox]:
    """Read the part of an image that is not black."""
    rows, columns = (np.flatnonzero(image.any(axis=(axis, 2))) for axis in (1, 0))
    if not len(rows):
        return []
    top, left = int(rows[0]), int(columns[0])
    part = image[top : int(rows[-1]) + 1, left : int(columns[-1]) + 1]
    # A line of one-pixel graphics reads as text to nobody; at least some of a box must be lit.
    lit = ndimage.binary_dilation(part.max(axis=2) > 0)
    lines = []
    for line in reader(part):
        x0, y0, x1, y1 = line.box_xyxy_px
        if sum(letter.isalnum() for letter in line.text) < _LEAST_LETTERS or not lit[y0:y1, x0:x1].any():
            continue
        lines.append(TextBox(line.text, line.score, (x0 + left, y0 + top, x1 + left, y1 + top)))
    return lines
