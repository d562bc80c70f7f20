"""A spectrum or an M-mode freed of its screen and laid on a grid that is the same for every machine."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image

from echovlm.clinical.views import Mode
from echovlm.imaging.clip import Clip
from echovlm.imaging.errors import NoStripError
from echovlm.imaging.regions import PhysicalUnit, RegionScale, SpatialFormat, UltrasoundRegion

STRIP_MODES: Final = frozenset({Mode.PW, Mode.CW, Mode.TDI, Mode.M})
STRIP_SIDE_PX: Final = 224
STRIP_DURATION_S: Final = 2.0  # two beats at 60 per minute

# What the side of the strip spans: cm/s for spectra, cm of depth for M-mode. Our choice: very severe aortic stenosis
# begins at 500 cm/s (ASE/EACVI 2017), and a normal annulus moves at 8 to 15 cm/s (ASE 2016).
_SPAN: Final = {
    Mode.PW: (-200.0, 200.0),
    Mode.CW: (-600.0, 600.0),
    Mode.TDI: (-25.0, 25.0),
    Mode.M: (0.0, 20.0),
}


@dataclass(frozen=True, slots=True)
class StripScale:
    """What a pixel of a strip means.

    Attributes:
        s_per_px: Seconds per column.
        value_per_px: Step per row downwards: cm/s, negative since velocity falls downwards, or cm of an M-mode.
        zero_row_px: The row of zero velocity, or of depth 0.
    """

    s_per_px: float
    value_per_px: float
    zero_row_px: float


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Strip:
    """What a model sees of a spectrum or an M-mode.

    Attributes:
        image: Grey; 0 where the recording does not reach.
        mode: What kind of strip.
        scale: ``None`` when the file gives no axes: then the recording fills the image, and a height means nothing.
        remarks: What was decided on the way, one sentence each.
    """

    image: UInt8[np.ndarray, "side side"]
    mode: Mode
    scale: StripScale | None
    remarks: tuple[str, ...] = ()

    def __repr__(self) -> str:
        side = "×".join(str(side) for side in self.image.shape)
        return f"Strip({self.mode.value}, {side}, {'to scale' if self.scale else 'without scale'})"


def extract_strip(clip: Clip) -> Strip:
    """Return the recorded strip of a clip: its last two seconds, every mode at a scale of its own.

    A velocity has the same height in the strips of all machines, so that fast is high. Of a recording that
    scrolls the last frame is taken, which shows the most.

    Args:
        clip: A clip in one of ``STRIP_MODES``.

    Raises:
        NoStripError: If the clip's mode has no strip, or none of its regions is one inside the image.
    """
    if clip.mode not in STRIP_MODES:
        shown = "an unknown mode" if clip.mode is None else f"mode {clip.mode.value}"
        allowed = ", ".join(sorted(mode.value for mode in STRIP_MODES))
        raise NoStripError(clip.path, f"it has {shown}; strips are {allowed}. Use extract_cine")
    height_px, width_px = clip.frames.shape[1:3]
    region = find_strip_region(clip)
    box = None if region is None else region.box_xyxy_px(height_px=height_px, width_px=width_px)
    if region is None or box is None:
        raise NoStripError(clip.path, "it states no region of a spectrum or an M-mode inside its image")
    left, top, right, bottom = box
    grey = np.asarray(Image.fromarray(clip.frames[-1, top:bottom, left:right]).convert("L"))
    axes = _axes(region, clip.mode)
    if axes is None:
        fitted = Image.fromarray(grey).resize((STRIP_SIDE_PX, STRIP_SIDE_PX), Image.Resampling.BOX)
        remark = (
            "The file gives no seconds and no velocities, or depths, for its strip: heights mean nothing."
        )
        return Strip(np.asarray(fitted), clip.mode, None, (remark,))
    scale = _scale_of(clip.mode)
    return Strip(_resample(grey, axes.cropped(left, top), scale), clip.mode, scale)


def find_strip_region(clip: Clip) -> UltrasoundRegion | None:
    """Return the largest region of a spectrum, or of an M-mode, that the file states."""
    wanted = SpatialFormat.M_MODE if clip.mode is Mode.M else SpatialFormat.SPECTRAL
    strips = [r for r in clip.regions if r.spatial_format == wanted and r.corners_xyxy_px is not None]
    return max(strips, key=_area_px, default=None)


def _area_px(region: UltrasoundRegion) -> int:
    assert region.corners_xyxy_px is not None, "regions without corners were left out"
    left, top, right, bottom = region.corners_xyxy_px
    return (right - left) * (bottom - top)


def _axes(region: UltrasoundRegion, mode: Mode) -> RegionScale | None:
    """Return the region's axes, in seconds and cm/s, or cm; ``None`` when they are others or incomplete."""
    scale, upright = region.scale, PhysicalUnit.CM if mode is Mode.M else PhysicalUnit.CM_PER_S
    if scale is None or scale.unit_xy != (PhysicalUnit.SECOND, upright):
        return None
    if scale.has_origin:
        return scale
    if mode is not Mode.M:
        return None  # without a baseline no velocity is known
    assert region.corners_xyxy_px is not None, "a region with a scale has corners"
    return replace(scale, reference_xy_px=region.corners_xyxy_px[:2], reference_value_xy=(0.0, 0.0))


def _scale_of(mode: Mode) -> StripScale:
    lowest, highest = _SPAN[mode]
    step = (highest - lowest) / STRIP_SIDE_PX
    if mode is Mode.M:
        return StripScale(STRIP_DURATION_S / STRIP_SIDE_PX, step, -0.5)
    return StripScale(STRIP_DURATION_S / STRIP_SIDE_PX, -step, highest / step - 0.5)


def _resample(
    grey: UInt8[np.ndarray, "height width"], axes: RegionScale, scale: StripScale
) -> UInt8[np.ndarray, "side side"]:
    """Return the end of the recording on the grid of ``scale``; each pixel averages what it covers."""
    height, width = grey.shape
    side = np.arange(STRIP_SIDE_PX)
    row_values = (side - scale.zero_row_px) * scale.value_per_px
    rows = (row_values - axes.reference_value_xy[1]) / axes.delta_xy[1] + axes.reference_xy_px[1]
    columns_per_px = scale.s_per_px / abs(axes.delta_xy[0])
    columns = width - 0.5 - columns_per_px * (STRIP_SIDE_PX - 0.5 - side)
    rows_per_px = abs(scale.value_per_px / axes.delta_xy[1])
    across = _weights(width, columns, columns_per_px)
    if axes.delta_xy[0] < 0:  # the newest is at the left
        across = _weights(width, width - 1 - columns, columns_per_px)
    down = _weights(height, rows, rows_per_px)
    values: Float[np.ndarray, "side side"] = down @ grey.astype(np.float32) @ across.T
    return np.clip(values + 0.5, 0, 255).astype(np.uint8)


def _weights(
    n_in: int, centres: Float[np.ndarray, "out"], in_per_out: float
) -> Float[np.ndarray, "out n_in"]:
    """Return a triangle filter as wide as an output pixel, one input pixel at least; beyond the input is black."""
    radius = max(in_per_out, 1.0)
    weight: Float[np.ndarray, "out n_in"] = 1 - np.abs(np.arange(n_in)[None] - centres[:, None]) / radius
    filtered: Float[np.ndarray, "out n_in"] = (np.clip(weight, 0, None) / radius).astype(np.float32)
    return filtered
