"""The calibrated regions of a screen, in the terms of DICOM PS3.3 C.8.5.5: what a box shows, and its scale."""

from dataclasses import dataclass
from enum import IntEnum

Box = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels, end exclusive."""


class SpatialFormat(IntEnum):
    """How a region is laid out (C.8.5.5.1.1)."""

    NONE = 0
    TWO_D = 1
    M_MODE = 2
    SPECTRAL = 3
    WAVEFORM = 4
    GRAPHICS = 5


class DataType(IntEnum):
    """What a region holds (C.8.5.5.1.2); tissue Doppler is spectral PW."""

    NONE = 0x00
    TISSUE = 0x01
    COLOR_FLOW = 0x02
    PW_DOPPLER = 0x03
    CW_DOPPLER = 0x04
    ECG = 0x0A
    GREY_BAR = 0x0D
    COLOR_BAR = 0x0E
    RESPIRATION = 0x12  # "other physiological (amplitude) input"


class PhysicalUnit(IntEnum):
    """The unit of one axis of a region (C.8.5.5.1.15)."""

    NONE = 0
    CM = 3
    SECOND = 4
    CM_PER_S = 7


@dataclass(frozen=True, slots=True)
class ScreenRegion:
    """One item of the Sequence of Ultrasound Regions.

    The value at a pixel is ``reference_value + (pixel - reference_xy_px) * delta`` in each direction, pixel
    centres at whole numbers.

    Attributes:
        spatial_format: Layout of the region.
        data_type: What it holds.
        box_xyxy_px: Its box on the screen, end exclusive; DICOM writes right - 1 and bottom - 1.
        reference_xy_px: The reference pixel on the screen; DICOM counts it from the box's corner
            (``reference_from_corner_xy_px``).
        reference_value_xy: Physical value at the reference pixel.
        delta_xy: Step per pixel to the right and downwards; velocity falls downwards, so its step is negative.
        unit_xy: Units of the two.
        sample_gate_xy_px: Where in this region the pulsed Doppler's sample gate lies; ``None`` where no gate is.
    """

    spatial_format: SpatialFormat
    data_type: DataType
    box_xyxy_px: Box
    reference_xy_px: tuple[int, int]
    delta_xy: tuple[float, float]
    unit_xy: tuple[PhysicalUnit, PhysicalUnit]
    reference_value_xy: tuple[float, float] = (0.0, 0.0)
    sample_gate_xy_px: tuple[int, int] | None = None

    @property
    def reference_from_corner_xy_px(self) -> tuple[int, int]:
        """The reference pixel counted from the box's upper left corner (C.8.5.5.1.5)."""
        return (
            self.reference_xy_px[0] - self.box_xyxy_px[0],
            self.reference_xy_px[1] - self.box_xyxy_px[1],
        )

    def value_at(self, x_px: float, y_px: float) -> tuple[float, float]:
        """Return the physical values at a point of the screen."""
        return (
            self.reference_value_xy[0] + (x_px - self.reference_xy_px[0]) * self.delta_xy[0],
            self.reference_value_xy[1] + (y_px - self.reference_xy_px[1]) * self.delta_xy[1],
        )


def tissue_region(
    box_xyxy_px: Box,
    *,
    apex_xy_px: tuple[float, float],
    spacing_mm: float,
    data_type: DataType = DataType.TISSUE,
) -> ScreenRegion:
    """Return a two-dimensional region in cm, referred to the transducer's virtual apex."""
    return ScreenRegion(
        SpatialFormat.TWO_D,
        data_type,
        box_xyxy_px,
        reference_xy_px=(round(apex_xy_px[0]), round(apex_xy_px[1])),
        delta_xy=(spacing_mm / 10, spacing_mm / 10),
        unit_xy=(PhysicalUnit.CM, PhysicalUnit.CM),
    )
