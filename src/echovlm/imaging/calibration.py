"""Millimetres per pixel from the ultrasound regions of a DICOM header."""

from dataclasses import dataclass
from typing import Final

from pydicom.dataset import Dataset

from echovlm.imaging.clip import Calibration
from echovlm.imaging.tags import find_int, find_items, find_number

# DICOM PS3.3 C.8.5.5.1.1 to .3 and .15
TWO_DIMENSIONAL: Final = 1
M_MODE: Final = 2
SPECTRAL: Final = 3
TISSUE: Final = 1
COLOR_FLOW: Final = 2
CENTIMETRE: Final = 3
# A region deeper than 60 cm or shallower than 5 mm is a wrong unit: adult transthoracic depth is 8 to 30 cm.
_DEPTH_RANGE_MM: Final = (5.0, 600.0)


@dataclass(frozen=True, slots=True)
class Region:
    """One item of the Sequence of Ultrasound Regions, as the file writes it.

    Attributes:
        spatial_format: 1 two-dimensional, 2 M-mode, 3 spectral, 4 waveform, 5 graphics.
        data_type: 1 tissue, 2 colour flow, 3 PW, 4 CW and so on.
        corners_xyxy_px: Corners; the last pixel is meant to be inside, but many devices write one past it.
        unit_x: Physical unit code to the right; 3 is cm.
        unit_y: Physical unit code downwards.
        delta_x: Physical step per pixel to the right; may be negative.
        delta_y: Physical step per pixel downwards; may be negative.
    """

    spatial_format: int | None
    data_type: int | None
    corners_xyxy_px: tuple[int, int, int, int] | None
    unit_x: int | None
    unit_y: int | None
    delta_x: float | None
    delta_y: float | None


def read_regions(header: Dataset) -> tuple[Region, ...]:
    """Return the ultrasound regions of a header, in file order."""
    return tuple(_parse_region(item) for item in find_items(header, "SequenceOfUltrasoundRegions"))


def find_calibration(
    regions: tuple[Region, ...], *, height_px: int, width_px: int
) -> tuple[Calibration | None, tuple[str, ...]]:
    """Return the calibration of the largest usable two-dimensional region, with a remark on each refused.

    Nothing else calibrates an ultrasound image: Pixel Spacing does not say which part of it is meant.
    """
    flat = [region for region in regions if region.spatial_format == TWO_DIMENSIONAL]
    if not flat:
        what = "no two-dimensional ultrasound region" if regions else "no ultrasound region"
        return None, (f"Not calibrated: the file has {what}.",)
    # Colour flow lies inside the tissue region and repeats its scale; it counts only where it stands alone.
    flat = [region for region in flat if region.data_type != COLOR_FLOW] or flat
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


def _parse_region(item: Dataset) -> Region:
    corners = [find_int(item, f"RegionLocation{corner}") for corner in ("MinX0", "MinY0", "MaxX1", "MaxY1")]
    whole = [corner for corner in corners if corner is not None]
    return Region(
        spatial_format=find_int(item, "RegionSpatialFormat"),
        data_type=find_int(item, "RegionDataType"),
        corners_xyxy_px=(whole[0], whole[1], whole[2], whole[3]) if len(whole) == 4 else None,
        unit_x=find_int(item, "PhysicalUnitsXDirection"),
        unit_y=find_int(item, "PhysicalUnitsYDirection"),
        delta_x=find_number(item, "PhysicalDeltaX"),
        delta_y=find_number(item, "PhysicalDeltaY"),
    )


def _calibrate(region: Region, height_px: int, width_px: int) -> Calibration | str:
    """Return the region's calibration, or why it has none."""
    if region.corners_xyxy_px is None:
        return "the ultrasound region has no location"
    if region.unit_x != CENTIMETRE or region.unit_y != CENTIMETRE:
        return f"the region's units are codes {region.unit_x} and {region.unit_y}, not 3 (cm)"
    if not region.delta_x or not region.delta_y:
        return f"the region's steps per pixel are {region.delta_x} and {region.delta_y}"
    x0, y0, x1, y1 = region.corners_xyxy_px
    # An x1 equal to the width is the end-exclusive habit of several devices, not a region outside the image.
    if not (0 <= x0 < x1 <= width_px and 0 <= y0 < y1 <= height_px):
        return (
            f"the ultrasound region ({x0}, {y0}) to ({x1}, {y1}) does not fit the image of "
            f"{width_px}×{height_px} pixels, so the image was scaled after the region was written"
        )
    spacing_yx_mm = (abs(region.delta_y) * 10.0, abs(region.delta_x) * 10.0)
    depth_mm = (y1 - y0 + 1) * spacing_yx_mm[0]
    if not _DEPTH_RANGE_MM[0] <= depth_mm <= _DEPTH_RANGE_MM[1]:
        low_mm, high_mm = _DEPTH_RANGE_MM
        return f"the region would be {depth_mm:.3g} mm deep; {low_mm:g} to {high_mm:g} mm are possible"
    return Calibration(spacing_yx_mm, (x0, y0, min(x1 + 1, width_px), min(y1 + 1, height_px)))


def _area_px(calibration: Calibration) -> int:
    x0, y0, x1, y1 = calibration.region_xyxy_px
    return (x1 - x0) * (y1 - y0)
