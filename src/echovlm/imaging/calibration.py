"""Millimetres per pixel from the ultrasound regions of a DICOM header."""

from typing import Final

from echovlm.imaging.clip import Calibration
from echovlm.imaging.regions import DataType, PhysicalUnit, SpatialFormat, UltrasoundRegion

# A region deeper than 60 cm or shallower than 5 mm is a wrong unit: adult transthoracic depth is 8 to 30 cm.
_DEPTH_RANGE_MM: Final = (5.0, 600.0)
# Devices write corners that are one past the image, or a few pixels out of it; an image that was scaled after its
# regions were written is out by far more.
_OVERSHOOT_PX: Final = 4


def find_calibration(
    regions: tuple[UltrasoundRegion, ...], *, height_px: int, width_px: int
) -> tuple[Calibration | None, tuple[str, ...]]:
    """Return the calibration of the largest usable two-dimensional region, with a remark on each refused.

    Nothing else calibrates an ultrasound image: Pixel Spacing does not say which part of it is meant.
    """
    flat = [region for region in regions if region.spatial_format == SpatialFormat.TWO_D]
    if not flat:
        what = "no two-dimensional ultrasound region" if regions else "no ultrasound region"
        return None, (f"Not calibrated: the file has {what}.",)
    # Colour flow lies inside the tissue region and repeats its scale; it counts only where it stands alone.
    flat = [region for region in flat if region.data_type != DataType.COLOR_FLOW] or flat
    usable: list[Calibration] = []
    remarks: list[str] = []
    for region in flat:
        calibration = _calibrate(region, height_px, width_px)
        if isinstance(calibration, str):
            remarks.append(f"Not calibrated: {calibration}.")
        else:
            usable.append(calibration)
    if not usable:
        return None, tuple(dict.fromkeys(remarks))
    largest = max(usable, key=_area_px)
    if len(usable) > 1:
        box = ", ".join(str(edge) for edge in largest.region_xyxy_px)
        remarks.append(
            f"The image has {len(usable)} two-dimensional regions; only the one at ({box}) is used."
        )
    return largest, tuple(dict.fromkeys(remarks))


def _calibrate(region: UltrasoundRegion, height_px: int, width_px: int) -> Calibration | str:
    """Return the region's calibration, or why it has none."""
    if region.corners_xyxy_px is None:
        return "the ultrasound region has no location"
    if region.unit_x != PhysicalUnit.CM or region.unit_y != PhysicalUnit.CM:
        return f"the region's units are codes {region.unit_x} and {region.unit_y}, not 3 (cm)"
    if not region.delta_x or not region.delta_y:
        return f"the region's steps per pixel are {region.delta_x} and {region.delta_y}"
    box = region.box_xyxy_px(height_px=height_px, width_px=width_px)
    x0, y0, x1, y1 = region.corners_xyxy_px
    overshoot_px = max(-x0, -y0, x1 - width_px, y1 - height_px)
    if box is None or not (x0 < x1 and y0 < y1) or overshoot_px > _OVERSHOOT_PX:
        return (
            f"the ultrasound region ({x0}, {y0}) to ({x1}, {y1}) does not fit the image of "
            f"{width_px}×{height_px} pixels, so the image was scaled after the region was written"
        )
    spacing_yx_mm = (abs(region.delta_y) * 10.0, abs(region.delta_x) * 10.0)
    depth_mm = (y1 - y0 + 1) * spacing_yx_mm[0]
    if not _DEPTH_RANGE_MM[0] <= depth_mm <= _DEPTH_RANGE_MM[1]:
        low_mm, high_mm = _DEPTH_RANGE_MM
        return f"the region would be {depth_mm:.3g} mm deep; {low_mm:g} to {high_mm:g} mm are possible"
    return Calibration(spacing_yx_mm, box)


def _area_px(calibration: Calibration) -> int:
    x0, y0, x1, y1 = calibration.region_xyxy_px
    return (x1 - x0) * (y1 - y0)
