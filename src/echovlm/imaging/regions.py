"""The ultrasound regions of a DICOM header: what each box of the screen shows, and the scale of its axes."""

from dataclasses import dataclass, replace
from enum import IntEnum

import numpy as np
from jaxtyping import Float
from pydicom.dataset import Dataset

from echovlm.imaging.tags import find_int, find_items, find_number


class SpatialFormat(IntEnum):
    """How a region is laid out (DICOM PS3.3 C.8.5.5.1.1)."""

    NONE = 0
    TWO_D = 1
    M_MODE = 2
    SPECTRAL = 3
    WAVEFORM = 4
    GRAPHICS = 5


class DataType(IntEnum):
    """What a region holds (DICOM PS3.3 C.8.5.5.1.2)."""

    NONE = 0x00
    TISSUE = 0x01
    COLOR_FLOW = 0x02
    PW_DOPPLER = 0x03
    CW_DOPPLER = 0x04
    DOPPLER_MEAN_TRACE = 0x05
    DOPPLER_MODE_TRACE = 0x06
    DOPPLER_MAX_TRACE = 0x07
    VOLUME_TRACE = 0x08
    VOLUME_RATE_TRACE = 0x09
    ECG = 0x0A
    PULSE = 0x0B
    PHONOCARDIOGRAM = 0x0C
    GREY_BAR = 0x0D
    COLOR_BAR = 0x0E
    INTEGRATED_BACKSCATTER = 0x0F
    AREA_TRACE = 0x10
    AREA_RATE_TRACE = 0x11
    OTHER_PHYSIOLOGICAL = 0x12


class PhysicalUnit(IntEnum):
    """The unit of one axis of a region (DICOM PS3.3 C.8.5.5.1.15)."""

    NONE = 0x0
    PERCENT = 0x1
    DECIBEL = 0x2
    CM = 0x3
    SECOND = 0x4
    HERTZ = 0x5
    DECIBEL_PER_SECOND = 0x6
    CM_PER_S = 0x7
    CM2 = 0x8
    CM2_PER_S = 0x9
    CM3 = 0xA
    CM3_PER_S = 0xB
    DEGREE = 0xC

    @property
    def symbol(self) -> str:
        """The unit as a table prints it."""
        return _SYMBOL[self]


_SYMBOL = dict(
    zip(PhysicalUnit, ("", "%", "dB", "cm", "s", "Hz", "dB/s", "cm/s", "cm2", "cm2/s", "cm3", "cm3/s", "°"),
        strict=True)
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RegionScale:
    """The physical values at the pixels of a region; it goes along when the image is cropped or resized.

    Attributes:
        reference_xy_px: The reference pixel in the image; pixel centres are whole numbers.
        reference_value_xy: Values at the reference pixel.
        delta_xy: Step per pixel to the right and downwards; a negative one counts the other way, as velocity
            does, which falls downwards.
        unit_xy: Units of the two axes.
        has_origin: Whether the file states the reference pixel. Without it only differences mean anything:
            a velocity has no baseline.
    """

    reference_xy_px: tuple[float, float]
    reference_value_xy: tuple[float, float]
    delta_xy: tuple[float, float]
    unit_xy: tuple[PhysicalUnit, PhysicalUnit]
    has_origin: bool

    def to_physical(self, points_xy_px: Float[np.ndarray, "*point 2"]) -> Float[np.ndarray, "*point 2"]:
        """Return the values at points of the image."""
        return (np.asarray(points_xy_px, float) - self.reference_xy_px) * self.delta_xy + (
            self.reference_value_xy
        )

    def to_pixels(self, values_xy: Float[np.ndarray, "*point 2"]) -> Float[np.ndarray, "*point 2"]:
        """Return the points of the image that have these values."""
        return (np.asarray(values_xy, float) - self.reference_value_xy) / self.delta_xy + self.reference_xy_px

    def cropped(self, left_px: float, top_px: float) -> "RegionScale":
        """Return the scale of an image that begins at this pixel."""
        x, y = self.reference_xy_px
        return replace(self, reference_xy_px=(x - left_px, y - top_px))

    def resized(self, factor_x: float, factor_y: float) -> "RegionScale":
        """Return the scale of an image that has ``factor`` times as many pixels along each axis."""
        (x, y), (dx, dy) = self.reference_xy_px, self.delta_xy
        # Edges of pixels stay edges: the centre of pixel p lies at (p + 1/2) times the factor, less one half.
        reference_xy_px = ((x + 0.5) * factor_x - 0.5, (y + 0.5) * factor_y - 0.5)
        return replace(self, reference_xy_px=reference_xy_px, delta_xy=(dx / factor_x, dy / factor_y))


@dataclass(frozen=True, slots=True)
class UltrasoundRegion:
    """One item of the Sequence of Ultrasound Regions, as the file writes it.

    Attributes:
        spatial_format: Layout; ``None`` when absent or no number, and the plain number when no known code.
        data_type: What it holds, likewise.
        corners_xyxy_px: Corners; the last pixel is meant to be inside, but many devices write one past it.
        unit_x: Physical unit to the right.
        unit_y: Physical unit downwards.
        delta_x: Physical step per pixel to the right; may be negative.
        delta_y: Physical step per pixel downwards; may be negative.
        reference_from_corner_xy_px: The reference pixel counted from the box's upper left corner.
        reference_value_xy: Physical values there; 0 where the file states none.
    """

    spatial_format: int | None
    data_type: int | None
    corners_xyxy_px: tuple[int, int, int, int] | None
    unit_x: int | None
    unit_y: int | None
    delta_x: float | None
    delta_y: float | None
    reference_from_corner_xy_px: tuple[int, int] | None = None
    reference_value_xy: tuple[float, float] = (0.0, 0.0)

    @property
    def label(self) -> str:
        """What the region shows, in words."""
        if self.spatial_format in (SpatialFormat.TWO_D, SpatialFormat.M_MODE, SpatialFormat.SPECTRAL):
            layout = {1: "2-D", 2: "M-mode", 3: "spectral"}[int(self.spatial_format)]
        else:
            layout = "graphics" if self.spatial_format == SpatialFormat.GRAPHICS else "trace"
        holds = next((kind for kind in DataType if kind == self.data_type and kind), None)
        return layout if holds is None else f"{layout} {holds.name.lower().replace('_', ' ')}"

    @property
    def scale(self) -> RegionScale | None:
        """The scale of its pixels in the image; ``None`` where place, units or steps are missing."""
        if self.corners_xyxy_px is None or not self.delta_x or not self.delta_y:
            return None
        if self.unit_x not in tuple(PhysicalUnit) or self.unit_y not in tuple(PhysicalUnit):
            return None
        left, top = self.corners_xyxy_px[:2]
        x, y = self.reference_from_corner_xy_px or (0, 0)
        return RegionScale(
            reference_xy_px=(left + x, top + y),
            reference_value_xy=self.reference_value_xy,
            delta_xy=(self.delta_x, self.delta_y),
            unit_xy=(PhysicalUnit(self.unit_x), PhysicalUnit(self.unit_y)),
            has_origin=self.reference_from_corner_xy_px is not None,
        )

    def box_xyxy_px(self, *, height_px: int, width_px: int) -> tuple[int, int, int, int] | None:
        """Return the part inside an image, end exclusive; ``None`` when there is none."""
        if self.corners_xyxy_px is None:
            return None
        x0, y0, x1, y1 = self.corners_xyxy_px
        left, top = max(x0, 0), max(y0, 0)
        right, bottom = min(x1 + 1, width_px), min(y1 + 1, height_px)
        return (left, top, right, bottom) if left < right and top < bottom else None


def read_regions(header: Dataset) -> tuple[UltrasoundRegion, ...]:
    """Return the ultrasound regions of a header, in file order."""
    return tuple(_parse_region(item) for item in find_items(header, "SequenceOfUltrasoundRegions"))


def _parse_region(item: Dataset) -> UltrasoundRegion:
    corners = [find_int(item, f"RegionLocation{corner}") for corner in ("MinX0", "MinY0", "MaxX1", "MaxY1")]
    whole = [corner for corner in corners if corner is not None]
    reference = (find_int(item, "ReferencePixelX0"), find_int(item, "ReferencePixelY0"))
    return UltrasoundRegion(
        spatial_format=find_int(item, "RegionSpatialFormat"),
        data_type=find_int(item, "RegionDataType"),
        corners_xyxy_px=(whole[0], whole[1], whole[2], whole[3]) if len(whole) == 4 else None,
        unit_x=find_int(item, "PhysicalUnitsXDirection"),
        unit_y=find_int(item, "PhysicalUnitsYDirection"),
        delta_x=find_number(item, "PhysicalDeltaX"),
        delta_y=find_number(item, "PhysicalDeltaY"),
        reference_from_corner_xy_px=(
            None if reference[0] is None or reference[1] is None else (reference[0], reference[1])
        ),
        reference_value_xy=(
            find_number(item, "ReferencePixelPhysicalValueX") or 0.0,
            find_number(item, "ReferencePixelPhysicalValueY") or 0.0,
        ),
    )
