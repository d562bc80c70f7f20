"""Where on a screen an ECG may be drawn: in a region of its own, or below the ultrasound."""

from collections.abc import Iterator
from typing import Final

import numpy as np
from jaxtyping import UInt8
from scipy import ndimage

from echovlm.imaging.clip import Clip
from echovlm.imaging.picture import Box, PictureSearch
from echovlm.imaging.regions import DataType, SpatialFormat
from echovlm.imaging.sector import find_sector

CONTRAST: Final = 60  # of 255, from the strip's background: thin lines lose half of theirs to a lossy codec
LEAST_HEIGHT_PX: Final = 6
MAX_FRAMES: Final = 64
_MOVING_FRAC: Final = 0.1  # of the first rows below a region: of tissue that it cuts most move
_REACH_YX_PX: Final = (5, 17)  # what is bright within half of this, in both directions, belongs together
# Regions of pictures and graphs, below which an ECG stands.
_PICTURES: Final = (SpatialFormat.TWO_D, SpatialFormat.M_MODE, SpatialFormat.SPECTRAL)


def find_strips(clip: Clip, search: PictureSearch) -> Iterator[Box]:
    """Yield where an ECG may be drawn: its own region, else what lies below the ultrasound."""
    _, height, width, _ = clip.frames.shape
    stated = [
        box
        for region in clip.regions
        if region.data_type == DataType.ECG
        and (box := region.box_xyxy_px(height_px=height, width_px=width)) is not None
    ]
    if stated:
        yield from stated
        return
    bottom = _find_bottom(clip, search)
    if height - bottom < LEAST_HEIGHT_PX:
        return
    # Over frames, then over channels: both at once takes forty times as long.
    brightest = clip.frames[:MAX_FRAMES, bottom:].max(axis=0)
    below = np.maximum(np.maximum(brightest[..., 0], brightest[..., 1]), brightest[..., 2])
    if below.max() <= CONTRAST:  # no background is darker than black
        return
    bright = below > float(int(np.median(below)) + CONTRAST)
    if not bright.any():
        return
    lit = bright.view(np.uint8)
    for axis, reach_px in enumerate(_REACH_YX_PX):
        lit = ndimage.maximum_filter1d(lit, reach_px, axis=axis, mode="constant")
    labels, _ = ndimage.label(lit)
    for rows, columns in ndimage.find_objects(labels):
        if columns.stop - columns.start > width // 6 and rows.stop - rows.start >= LEAST_HEIGHT_PX:
            yield columns.start, bottom + rows.start, columns.stop, bottom + rows.stop


def _find_bottom(clip: Clip, search: PictureSearch) -> int:
    """Return the row below which no ultrasound stands.

    The calibrated region tells, unless nothing is seen in it, or it ends too early, or another region reaches below
    it: then the whole screen.
    """
    _, height, width, _ = clip.frames.shape
    picture = search.find_of(clip)
    top = picture.region_xyxy_px[1]
    sector, is_whole = picture.sector, picture.region_xyxy_px == (0, 0, width, height)
    bottom = height * 2 // 3 if sector is None else top + sector.box_xyxy_px[3]
    if is_whole or (
        sector is not None
        and not _reaches_below(clip, picture.region_xyxy_px, bottom)
        and not _goes_on_below(clip.frames, picture.region_xyxy_px)
    ):
        return bottom
    sector = find_sector(clip.frames)
    return height * 2 // 3 if sector is None else sector.box_xyxy_px[3]


def _reaches_below(clip: Clip, searched: Box, bottom: int) -> bool:
    """Whether a region of a picture or a graph reaches below a row outside of the box that was searched."""
    _, height, width, _ = clip.frames.shape
    for region in clip.regions:
        box = region.box_xyxy_px(height_px=height, width_px=width)
        if region.spatial_format not in _PICTURES or box is None or box[3] <= bottom:
            continue
        if box[0] < searched[0] or box[2] > searched[2] or box[3] > searched[3]:
            return True
    return False


def _goes_on_below(frames: UInt8[np.ndarray, "frame height width 3"], searched: Box) -> bool:
    """Whether what moves goes on below the box that was searched: its file states it too small."""
    left, _, right, bottom = searched
    rows = frames[:MAX_FRAMES, bottom : bottom + LEAST_HEIGHT_PX, left:right]
    swing = rows.max(axis=0) - rows.min(axis=0)
    return bool(swing.size) and float((swing.max(axis=-1) > CONTRAST // 2).mean()) > _MOVING_FRAC
