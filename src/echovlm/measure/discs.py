"""Volumes from outlines: summed discs (modified Simpson) and area-length, after ASE 2015 §2.1 and §5.2."""

import math

import numpy as np
from jaxtyping import Bool, Float

from echovlm.measure.axis import LongAxis, extent_px
from echovlm.measure.calibration import MeasureError, require_spacing
from echovlm.measure.region import clean_region, pixel_centres_xy

N_DISCS = 20  # ASE 2015 §2.1

Points = tuple[Float[np.ndarray, "2"], Float[np.ndarray, "2"]]


def simpson_monoplane_ml(
    mask: Bool[np.ndarray, "height width"],
    *,
    spacing_mm: float | None,
    apex_xy_px: Float[np.ndarray, "2"] | None = None,
    hinges_xy_px: Points | None = None,
) -> float:
    """Return the volume of the body that the outline makes when every chord is a circle's diameter.

    The axis runs from the middle of the mitral hinge points to the apex; without them it is the mask's
    principal axis.

    Raises:
        NotCalibratedError: If ``spacing_mm`` is ``None``.
        EmptyMaskError: If no pixel is set.
    """
    spacing = require_spacing(spacing_mm)
    volume_px3 = simpson_monoplane_px3(mask, apex_xy_px=apex_xy_px, hinges_xy_px=hinges_xy_px)
    return volume_px3 * (spacing / 10.0) ** 3


def simpson_monoplane_px3(
    mask: Bool[np.ndarray, "height width"],
    *,
    apex_xy_px: Float[np.ndarray, "2"] | None = None,
    hinges_xy_px: Points | None = None,
) -> float:
    """Return the same volume in cubic pixels: enough for a ratio, which is why an EF needs no millimetres.

    Raises:
        EmptyMaskError: If no pixel is set.
    """
    diameters, length = disc_diameters_px(mask, lv_axis(mask, apex_xy_px, hinges_xy_px))
    return float(math.pi / 4 * np.square(diameters).sum() * length / N_DISCS)


def simpson_biplane_ml(
    a4c_mask: Bool[np.ndarray, "height width"],
    a2c_mask: Bool[np.ndarray, "height_2 width_2"],
    *,
    a4c_spacing_mm: float | None,
    a2c_spacing_mm: float | None,
    a4c_axis: LongAxis | None = None,
    a2c_axis: LongAxis | None = None,
) -> float:
    """Return π/4 · Σ aᵢbᵢ · L/20 over two orthogonal outlines; L is the longer of the two long axes.

    Both views must be calibrated, even for a ratio: without a scale the longer axis is unknown.

    Raises:
        NotCalibratedError: If a spacing is ``None``.
        EmptyMaskError: If a mask has no pixel.
    """
    a4c_cm, a2c_cm = require_spacing(a4c_spacing_mm) / 10.0, require_spacing(a2c_spacing_mm) / 10.0
    a_px, a_length = disc_diameters_px(a4c_mask, a4c_axis or lv_axis(a4c_mask, None, None))
    b_px, b_length = disc_diameters_px(a2c_mask, a2c_axis or lv_axis(a2c_mask, None, None))
    length_cm = max(a_length * a4c_cm, b_length * a2c_cm)
    return float(math.pi / 4 * (a_px * a4c_cm * b_px * a2c_cm).sum() * length_cm / N_DISCS)


def lv_axis(
    mask: Bool[np.ndarray, "height width"],
    apex_xy_px: Float[np.ndarray, "2"] | None,
    hinges_xy_px: Points | None,
) -> LongAxis:
    """Return the LV long axis from landmarks when both are given, else from the mask.

    Raises:
        EmptyMaskError: If no pixel is set.
        MeasureError: If the landmarks coincide.
    """
    if apex_xy_px is None or hinges_xy_px is None:
        return LongAxis.of_mask(clean_region(mask).mask)
    base = (np.asarray(hinges_xy_px[0]) + np.asarray(hinges_xy_px[1])) / 2
    return LongAxis.through(base, apex_xy_px)


def disc_diameters_px(
    mask: Bool[np.ndarray, "height width"], axis: LongAxis
) -> tuple[Float[np.ndarray, "disc"], float]:
    """Cut the mask into discs of equal height across ``axis``; return diameters in order and the length.

    A disc's diameter is the area in its slab over the slab's height, each pixel spread over one unit along
    the axis: this uses every pixel, and is continuous in the axis' angle.

    Raises:
        EmptyMaskError: If no pixel is set.
    """
    region = clean_region(mask).mask
    start, end = extent_px(region, axis)
    edges = np.linspace(start, end, N_DISCS + 1)
    along = axis.project(pixel_centres_xy(region))
    area_below = np.clip(edges[:, None] - along[None, :] + 0.5, 0.0, 1.0).sum(axis=1)
    return np.diff(area_below) * N_DISCS / (end - start), end - start


def la_volume_area_length_ml(
    a4c_mask: Bool[np.ndarray, "height width"],
    a2c_mask: Bool[np.ndarray, "height_2 width_2"],
    *,
    a4c_spacing_mm: float | None,
    a2c_spacing_mm: float | None,
    a4c_axis: LongAxis | None = None,
    a2c_axis: LongAxis | None = None,
) -> float:
    """Return 8/(3π) · A₁A₂/L over two outlines of the atrium; L is the shorter long axis (ASE 2015 §5.2).

    Raises:
        NotCalibratedError: If a spacing is ``None``.
        EmptyMaskError: If a mask has no pixel.
    """
    a4c_cm, a2c_cm = require_spacing(a4c_spacing_mm) / 10.0, require_spacing(a2c_spacing_mm) / 10.0
    areas_cm2, lengths_cm = [], []
    for mask, axis, scale_cm in ((a4c_mask, a4c_axis, a4c_cm), (a2c_mask, a2c_axis, a2c_cm)):
        region = clean_region(mask).mask
        start, end = extent_px(region, axis or LongAxis.of_mask(region))
        areas_cm2.append(float(region.sum()) * scale_cm**2)
        lengths_cm.append((end - start) * scale_cm)
    return 8 / (3 * math.pi) * areas_cm2[0] * areas_cm2[1] / min(lengths_cm)


def la_volume_monoplane_px3(mask: Bool[np.ndarray, "height width"], *, axis: LongAxis | None = None) -> float:
    """Return 8/(3π) · A²/L of one outline in cubic pixels: both planes of the formula taken for alike.

    Raises:
        EmptyMaskError: If no pixel is set.
    """
    region = clean_region(mask).mask
    start, end = extent_px(region, axis or LongAxis.of_mask(region))
    return float(8 / (3 * math.pi) * int(region.sum()) ** 2 / (end - start))


def ejection_fraction_pct(ed_volume: float, es_volume: float) -> float:
    """Return 100 · (EDV - ESV) / EDV for two volumes in one unit, cubic pixels included.

    Raises:
        MeasureError: If the end-diastolic volume is not positive or the end-systolic one is negative.
    """
    if not (ed_volume > 0 and es_volume >= 0):
        raise MeasureError(
            f"an ejection fraction needs EDV > 0 and ESV >= 0; got {ed_volume:g} and {es_volume:g}. "
            "Check the masks of the end-diastolic and end-systolic frames."
        )
    return 100.0 * (ed_volume - es_volume) / ed_volume
