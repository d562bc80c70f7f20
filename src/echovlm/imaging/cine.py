"""The ultrasound picture alone: cropped, freed of text and traces, small enough for a model."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image
from scipy import sparse

from echovlm.clinical.views import Mode
from echovlm.imaging.clip import Calibration, Clip
from echovlm.imaging.picture import PictureSearch, find_picture

# Pixels this close to square are treated as square: 1 % is below a reader's caliper error.
_SQUARE_TOLERANCE: Final = 0.01


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Cine:
    """What a model sees of a clip.

    A point in the file's image is ``cine_px * scale + offset_xy_px``; pixel centres are whole numbers.

    Attributes:
        frames: Grey; 0 outside the ultrasound sector.
        frame_times_ms: As in the clip.
        heart_rate_bpm: As in the clip.
        r_wave_times_ms: As in the clip.
        spacing_mm: Millimetres per pixel of ``frames`` in both directions; ``None`` when not calibrated.
        scale: File pixels per cine pixel, at least 1.
        offset_xy_px: Where the centre of the cine's first pixel lies in the file's image.
        remarks: What was decided on the way, one sentence each.
        colour: The same frames in RGB where colours mean flow; ``None`` for a clip that is no colour Doppler.
    """

    frames: UInt8[np.ndarray, "frame height width"]
    frame_times_ms: Float[np.ndarray, "frame"] | None
    heart_rate_bpm: float | None
    r_wave_times_ms: tuple[float, ...]
    spacing_mm: float | None
    scale: float
    offset_xy_px: tuple[float, float]
    remarks: tuple[str, ...] = ()
    colour: UInt8[np.ndarray, "frame height width 3"] | None = None

    def __repr__(self) -> str:
        shape = "×".join(str(side) for side in self.frames.shape)
        return f"Cine({shape}, {f'{self.spacing_mm:.2g} mm/px' if self.spacing_mm else 'not calibrated'})"


def extract_cine(clip: Clip, *, max_side_px: int = 224, search: PictureSearch | None = None) -> Cine:
    """Return the clip's ultrasound sector as a small cine: grey, and in colour where colour is flow.

    The sector is looked for inside the calibrated region, or in the whole image when there is none; all
    outside it becomes 0. Shrinking averages areas, so speckle never aliases. Nothing is enlarged.

    Args:
        clip: A decoded clip.
        max_side_px: Longest side of the result.
        search: A search for the picture of the same frames that somebody else asks too.
    """
    picture = find_picture(clip) if search is None else search.find_of(clip)
    (x0, y0, x1, y1), sector = picture.region_xyxy_px, picture.sector
    region = clip.frames[:, y0:y1, x0:x1]
    remarks: list[str] = []
    if sector is None:
        remarks.append("No ultrasound sector was found; the whole region is kept.")
        mask = np.ones(region.shape[1:3], dtype=bool)
    else:
        left, top, right, bottom = sector.box_xyxy_px
        region, mask = region[:, top:bottom, left:right], sector.mask[top:bottom, left:right]
        x0, y0 = x0 + left, y0 + top
    scale = max(1.0, max(mask.shape) / max_side_px)
    colour = None
    if clip.mode is Mode.COLOR:
        planes = [_average(region[..., channel], len(region), mask, scale) for channel in range(3)]
        colour = np.stack(planes, axis=-1)
    return Cine(
        frames=_shrink(region, mask, scale),
        frame_times_ms=clip.frame_times_ms,
        heart_rate_bpm=clip.heart_rate_bpm,
        r_wave_times_ms=clip.r_wave_times_ms,
        spacing_mm=_spacing_mm(clip.calibration, scale, remarks),
        scale=scale,
        offset_xy_px=(x0 + (scale - 1) / 2, y0 + (scale - 1) / 2),
        remarks=tuple(remarks),
        colour=colour,
    )


def _spacing_mm(calibration: Calibration | None, scale: float, remarks: list[str]) -> float | None:
    """Return the cine's spacing, or ``None`` when the file has none or its pixels are not square."""
    if calibration is None:
        return None
    down_mm, right_mm = calibration.spacing_yx_mm
    if abs(down_mm / right_mm - 1) > _SQUARE_TOLERANCE:
        remarks.append(f"Not calibrated: pixels of {down_mm:.4g} by {right_mm:.4g} mm are not square.")
        return None
    return float(np.sqrt(down_mm * right_mm)) * scale


def _shrink(
    frames: UInt8[np.ndarray, "frame height width 3"], mask: np.ndarray, scale: float
) -> UInt8[np.ndarray, "frame small_height small_width"]:
    """Return grey frames, masked, averaged over areas of ``scale`` by ``scale`` pixels."""
    greys = (np.asarray(Image.fromarray(frame).convert("L")) for frame in frames)
    return _average(greys, len(frames), mask, scale)


def _average(
    planes: Iterable[UInt8[np.ndarray, "height width"]], n_planes: int, mask: np.ndarray, scale: float
) -> UInt8[np.ndarray, "plane small_height small_width"]:
    height, width = mask.shape
    rows, columns = _area_weights(height, scale), _area_weights(width, scale).T.tocsc()
    small = np.empty((n_planes, rows.shape[0], columns.shape[1]), dtype=np.uint8)
    for plane, target in zip(planes, small, strict=True):
        inside = plane * mask
        target[...] = inside if scale == 1.0 else (rows @ inside.astype(np.float32)) @ columns + 0.5
    return small


def _area_weights(length: int, scale: float) -> sparse.csr_array:
    """Return the matrix that averages ``length`` pixels over windows of ``scale``, with fractional ends."""
    edges = np.arange(int(length / scale + 1e-6) + 1) * scale
    # Overlap of window [edge, next edge) with pixel [p, p + 1).
    pixels = np.arange(length)
    overlap = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    return sparse.csr_array(np.clip(overlap, 0, None).astype(np.float32) / np.float32(scale))
