"""Whether a pulsed spectrum is of blood or of tissue, which DICOM has no type for: its scale, then its wall filter."""

from typing import Final

import numpy as np
from jaxtyping import Float, UInt8

from echovlm.clinical.views import Mode
from echovlm.imaging.regions import PhysicalUnit, RegionScale, SpatialFormat, UltrasoundRegion

# The farther end of the scale. An annulus, which moves at 8 to 15 cm/s (ASE 2016), is recorded at 15 to 25; a normal
# outflow tract passes 40, but that of a failing heart does not, and then the scale alone cannot tell.
_SURELY_TISSUE_CM_PER_S: Final = 22.0
_SURELY_BLOOD_CM_PER_S: Final = 40.0
# Blood is recorded through a filter that removes slow walls, so that both sides of the baseline are dark; for
# tissue it is switched off, and the annulus is slow for most of a beat. Of 235 simulated spectra of tissue on scales
# above 20 cm/s the rows beside the baseline had at least 0.51 of the brightest rows' level, of 17 of blood on scales
# below 40 at most 0.23.
_UNFILTERED_FRAC: Final = 0.4
_BESIDE_PX: Final = (2, 3)  # the line of the baseline itself is drawn
_DARK_PERCENT: Final = 5
_LEAST_LEVEL: Final = 5.0  # of 255 above the noise: below it nothing was recorded


def is_tissue_scale(region: UltrasoundRegion) -> bool:
    """Whether the velocities of a spectrum reach nowhere near those of a normal heart's blood."""
    scale = _velocity_scale(region)
    return scale is not None and _reach_cm_per_s(region, scale) < _SURELY_BLOOD_CM_PER_S


def resolve_tissue(
    regions: tuple[UltrasoundRegion, ...], frame: UInt8[np.ndarray, "height width 3"]
) -> tuple[Mode, tuple[str, ...]]:
    """Return PW for a spectrum on the scale of tissue that a wall filter proves to be of slow blood, else TDI.

    Args:
        regions: Of the file, the first spectral one on the scale of tissue.
        frame: The last frame, which shows the most of a recording that scrolls.
    """
    region = next(r for r in regions if r.spatial_format == SpatialFormat.SPECTRAL)
    scale = _velocity_scale(region)
    height_px, width_px = frame.shape[:2]
    box = region.box_xyxy_px(height_px=height_px, width_px=width_px)
    if scale is None or box is None or not scale.has_origin:
        return Mode.TDI, ()
    lowest, highest = _ends_cm_per_s(region, scale)
    reach = _reach_cm_per_s(region, scale)
    if not lowest < 0 < highest:  # no baseline is drawn, and nothing lies beside it
        return Mode.TDI, ()
    left, top, right, bottom = box
    baseline_px = round(float(scale.to_pixels(np.zeros(2))[1])) - top
    rows = frame[top:bottom, left:right].max(axis=-1).mean(axis=1, dtype=np.float64)
    if reach < _SURELY_TISSUE_CM_PER_S or not _is_filtered(rows, baseline_px):
        return Mode.TDI, ()
    remark = f"The scale ends at {reach:.0f} cm/s, as of tissue, but a wall filter was on: slow blood."
    return Mode.PW, (remark,)


def _velocity_scale(region: UltrasoundRegion) -> RegionScale | None:
    scale = region.scale
    return None if scale is None or scale.unit_xy[1] is not PhysicalUnit.CM_PER_S else scale


def _ends_cm_per_s(region: UltrasoundRegion, scale: RegionScale) -> tuple[float, float]:
    """Return the lowest and the highest velocity of a scale."""
    assert region.corners_xyxy_px is not None, "a region with a scale has corners"
    left, top, _, bottom = region.corners_xyxy_px
    ends = scale.to_physical(np.array([(left, top - 0.5), (left, bottom + 0.5)]))[:, 1]
    return float(ends.min()), float(ends.max())


def _reach_cm_per_s(region: UltrasoundRegion, scale: RegionScale) -> float:
    """Return the larger velocity of a scale's two ends; without a baseline half of the span."""
    lowest, highest = _ends_cm_per_s(region, scale)
    return max(-lowest, highest) if scale.has_origin else (highest - lowest) / 2


def _is_filtered(rows: Float[np.ndarray, " row"], baseline_px: int) -> bool:
    """Whether the rows beside the baseline are dark against the brightest of the others; ``False`` when all are dark.

    Args:
        rows: Mean grey of each row of the spectrum.
        baseline_px: Which row is velocity 0.
    """
    away_px = np.abs(np.arange(len(rows)) - baseline_px)
    beside = rows[(away_px >= _BESIDE_PX[0]) & (away_px <= _BESIDE_PX[1])]
    others = rows[away_px > _BESIDE_PX[1]]
    if not len(beside) or len(others) < 3:
        return False
    smooth = np.convolve(others, np.ones(3) / 3, mode="valid")  # one bright line is a caliper or a tick
    dark = np.percentile(rows, _DARK_PERCENT)
    level = np.sort(smooth)[-3:].mean() - dark
    return bool(level >= _LEAST_LEVEL and (beside.mean() - dark) / level < _UNFILTERED_FRAC)
