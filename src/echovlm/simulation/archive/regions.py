"""Screen regions as items of the Sequence of Ultrasound Regions (DICOM PS3.3 C.8.5.5)."""

from collections.abc import Sequence
from typing import Final

from pydicom.dataset import Dataset

from echovlm.simulation.console.regions import Box, ScreenRegion

_LOW_PRIORITY: Final = 1  # C.8.5.5.1.3 bit 0; bit 2 stays 0: Doppler scales are velocities, not frequencies


def describe_regions(regions: Sequence[ScreenRegion]) -> list[Dataset]:
    """Return one item per region; a region that a later one covers in part has low priority."""
    return [
        _describe(
            region, is_covered=any(_overlap(region.box_xyxy_px, top.box_xyxy_px) for top in regions[n:])
        )
        for n, region in enumerate(regions, start=1)
    ]


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _describe(region: ScreenRegion, *, is_covered: bool) -> Dataset:
    left, top, right, bottom = region.box_xyxy_px
    item = Dataset()
    item.RegionSpatialFormat = int(region.spatial_format)
    item.RegionDataType = int(region.data_type)
    item.RegionFlags = _LOW_PRIORITY if is_covered else 0
    item.RegionLocationMinX0, item.RegionLocationMinY0 = left, top
    item.RegionLocationMaxX1, item.RegionLocationMaxY1 = right - 1, bottom - 1  # inclusive
    item.ReferencePixelX0, item.ReferencePixelY0 = region.reference_from_corner_xy_px
    item.PhysicalUnitsXDirection, item.PhysicalUnitsYDirection = (int(unit) for unit in region.unit_xy)
    item.ReferencePixelPhysicalValueX, item.ReferencePixelPhysicalValueY = region.reference_value_xy
    item.PhysicalDeltaX, item.PhysicalDeltaY = region.delta_xy
    if region.sample_gate_xy_px is not None:
        item.DopplerSampleVolumeXPosition, item.DopplerSampleVolumeYPosition = region.sample_gate_xy_px
    return item
