"""How unsure a measurement is: what the spread of its points, or of its outline, makes of the value.

An outline is off in two ways: all of it together, outwards or inwards, and each place for itself. The first part does
not average out over discs, so it makes most of a volume's uncertainty (``OutlineSpread``). Both are first-order
propagation (GUM 2008, section 5), exact for small spreads.
"""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from echovlm.measure.axis import LongAxis, extent_px
from echovlm.measure.calibration import MeasureError, require_spacing
from echovlm.measure.discs import N_DISCS, disc_diameters_px, ejection_fraction_pct, lv_axis
from echovlm.measure.region import clean_region

_NORMAL_95 = 1.959964  # half width of a 95 % interval, in deviations


@dataclass(frozen=True, slots=True)
class Uncertain:
    """A value with its standard deviation, both in one unit."""

    value: float
    deviation: float

    def interval(self) -> tuple[float, float]:
        """Return the ends of a 95 % interval, taken as normal."""
        return self.value - _NORMAL_95 * self.deviation, self.value + _NORMAL_95 * self.deviation

    def __repr__(self) -> str:
        return f"Uncertain({self.value:.4g} ± {self.deviation:.2g})"


@dataclass(frozen=True, slots=True)
class OutlineSpread:
    """By how many pixels an outline may be off, as standard deviations along its normal.

    Attributes:
        common_px: Of the whole outline outwards or inwards.
        local_px: Of one side of one disc, beside that.
    """

    common_px: float
    local_px: float

    def __post_init__(self) -> None:
        if not (0 <= self.common_px < math.inf and 0 <= self.local_px < math.inf):
            raise MeasureError(
                f"the spread of an outline must be 0 or more; got {self.common_px:g} and {self.local_px:g} px"
            )


def distance_with_spread_cm(
    first_xy_px: Float[np.ndarray, "2"],
    second_xy_px: Float[np.ndarray, "2"],
    *,
    spread_px: tuple[float, float],
    spacing_mm: float | None,
) -> Uncertain:
    """Return the distance between two points whose spread along each axis is known.

    Raises:
        NotCalibratedError: If ``spacing_mm`` is ``None``.
    """
    scale_cm = require_spacing(spacing_mm) / 10
    apart = np.asarray(first_xy_px, float) - np.asarray(second_xy_px, float)
    return Uncertain(float(np.hypot(*apart)) * scale_cm, math.hypot(*spread_px) * scale_cm)


def simpson_monoplane_with_spread_px3(
    mask: Bool[np.ndarray, "height width"], spread: OutlineSpread, *, axis: LongAxis | None = None
) -> Uncertain:
    """Return the disc volume of one outline in cubic pixels.

    Raises:
        EmptyMaskError: If no pixel is set.
    """
    diameters, length = disc_diameters_px(mask, axis or lv_axis(mask, None, None))
    height = length / N_DISCS
    volume = math.pi / 4 * height * float(np.square(diameters).sum())
    # Moved outwards along its normal by u, the body grows by u times its surface: mantle and both ends.
    ends = float(diameters[0] ** 2 + diameters[-1] ** 2)
    common = math.pi / 4 * (4 * height * float((diameters * _slant(diameters, height)).sum()) + ends)
    # One side of one disc moved by u alone changes its diameter by u; each disc has two sides.
    local = math.pi / 4 * height * float(np.sqrt(2 * np.square(2 * diameters).sum()))
    return Uncertain(volume, math.hypot(common * spread.common_px, local * spread.local_px))


def simpson_biplane_with_spread_ml(
    a4c_mask: Bool[np.ndarray, "height width"],
    a2c_mask: Bool[np.ndarray, "height_2 width_2"],
    spread: OutlineSpread,
    *,
    a4c_spacing_mm: float | None,
    a2c_spacing_mm: float | None,
    a4c_axis: LongAxis | None = None,
    a2c_axis: LongAxis | None = None,
) -> Uncertain:
    """Return the biplane disc volume; the two outlines are off independently of each other.

    Raises:
        NotCalibratedError: If a spacing is ``None``.
        EmptyMaskError: If a mask has no pixel.
    """
    scale = [require_spacing(each) / 10 for each in (a4c_spacing_mm, a2c_spacing_mm)]
    planes = [
        disc_diameters_px(mask, axis or lv_axis(mask, None, None))
        for mask, axis in ((a4c_mask, a4c_axis), (a2c_mask, a2c_axis))
    ]
    diameters = [d * s for (d, _), s in zip(planes, scale, strict=True)]
    lengths = [length * s for (_, length), s in zip(planes, scale, strict=True)]
    height = max(lengths) / N_DISCS
    area_sum = float((diameters[0] * diameters[1]).sum())
    variance = 0.0
    for plane, other in ((0, 1), (1, 0)):
        slant = _slant(diameters[plane], lengths[plane] / N_DISCS)
        common = 2 * height * float((diameters[other] * slant).sum())
        if lengths[plane] == max(lengths):
            common += float(sum(diameters[0][end] * diameters[1][end] for end in (0, -1)))
        local = height * float(np.sqrt(2 * np.square(diameters[other]).sum()))
        variance += (common * spread.common_px * scale[plane]) ** 2 + (
            local * spread.local_px * scale[plane]
        ) ** 2
    return Uncertain(math.pi / 4 * height * area_sum, math.pi / 4 * math.sqrt(variance))


def area_length_with_spread_ml(
    a4c_mask: Bool[np.ndarray, "height width"],
    a2c_mask: Bool[np.ndarray, "height_2 width_2"],
    spread: OutlineSpread,
    *,
    a4c_spacing_mm: float | None,
    a2c_spacing_mm: float | None,
    a4c_axis: LongAxis | None = None,
    a2c_axis: LongAxis | None = None,
) -> Uncertain:
    """Return 8/(3π) · A₁A₂/L; an outline moved outwards by u gains its perimeter times u, and 2u of length.

    Local deviations are left out: over a whole outline they cancel in its area.

    Raises:
        NotCalibratedError: If a spacing is ``None``.
        EmptyMaskError: If a mask has no pixel.
    """
    scale = [require_spacing(each) / 10 for each in (a4c_spacing_mm, a2c_spacing_mm)]
    regions = [clean_region(mask).mask for mask in (a4c_mask, a2c_mask)]
    axes = [axis or LongAxis.of_mask(r) for axis, r in zip((a4c_axis, a2c_axis), regions, strict=True)]
    ends = [extent_px(region, axis) for region, axis in zip(regions, axes, strict=True)]
    lengths = [(end - start) * s for (start, end), s in zip(ends, scale, strict=True)]
    areas = [float(region.sum()) * s**2 for region, s in zip(regions, scale, strict=True)]
    value = 8 / (3 * math.pi) * areas[0] * areas[1] / min(lengths)
    shortest = lengths.index(min(lengths))
    relative = 0.0
    for plane, region in enumerate(regions):
        grows = _perimeter_px(region) * scale[plane] / areas[plane]
        grows -= 2 / lengths[plane] if plane == shortest else 0.0
        relative += (grows * spread.common_px * scale[plane]) ** 2
    return Uncertain(value, value * math.sqrt(relative))


def ejection_fraction_with_spread_pct(ed: Uncertain, es: Uncertain, *, correlation: float) -> Uncertain:
    """Return an ejection fraction from two volumes in one unit.

    Args:
        ed: End-diastolic volume.
        es: End-systolic volume.
        correlation: Of their errors. Who traces too far out does so in both frames: then most of it cancels.

    Raises:
        MeasureError: If a volume is impossible or the correlation lies outside -1 to 1.
    """
    if not -1 <= correlation <= 1:
        raise MeasureError(f"a correlation lies between -1 and 1; got {correlation:g}")
    ef_pct = ejection_fraction_pct(ed.value, es.value)
    by_es, by_ed = es.deviation / ed.value, ed.deviation * es.value / ed.value**2
    variance = by_es**2 + by_ed**2 - 2 * correlation * by_es * by_ed
    return Uncertain(ef_pct, 100 * math.sqrt(max(variance, 0.0)))


def _slant(diameters: Float[np.ndarray, "disc"], height: float) -> Float[np.ndarray, "disc"]:
    """Return how much further than along its normal an outline moves across the axis, at each disc."""
    return np.asarray(np.sqrt(1 + np.square(np.gradient(diameters / 2, height))))


def _perimeter_px(region: Bool[np.ndarray, "height width"]) -> float:
    """Return the length of the border: steps between pixels, weighted for direction (Kulpa 1977)."""
    padded = np.pad(region, 1).astype(np.int8)
    edges = np.abs(np.diff(padded, axis=0)).sum() + np.abs(np.diff(padded, axis=1)).sum()
    return float(edges) * math.pi / 4
