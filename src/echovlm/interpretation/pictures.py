"""The pictures of a report: a cine as JPEG frames, with contours and calipers in the frames' own pixels."""

import base64
from dataclasses import dataclass

import contourpy
import numpy as np
import simplejpeg
from jaxtyping import Float, UInt8
from scipy import ndimage

from echovlm.clinical.anatomy import Structure

_CONTOUR_SMOOTHING_PX = (
    0.8  # mask pixels; removes the staircase, moves the border by less than a tenth of a pixel
)
_SMALLEST_CONTOUR_PX = 6.0  # mask pixels of perimeter; below it is a speck that no reader would draw
_JPEG_QUALITY = 72
LABEL_SIZE_SHARE = 1 / 30  # font size of a calliper's label, of the picture's width


@dataclass(frozen=True, slots=True)
class Placement:
    """From the pixels of a mask to those of the picture.

    Attributes:
        scale: Picture pixels per mask pixel.
        offset_xy_px: Picture position of the mask's pixel (0, 0).
    """

    scale: float
    offset_xy_px: tuple[float, float]

    def place(self, x_px: float, y_px: float) -> tuple[float, float]:
        """Return a point of the mask in picture pixels, to a tenth."""
        left_px, top_px = self.offset_xy_px
        return round(x_px * self.scale + left_px, 1), round(y_px * self.scale + top_px, 1)


@dataclass(frozen=True, slots=True)
class Caliper:
    """A measured line, in picture pixels.

    Attributes:
        position: Which of the picture's frames it belongs to.
        start_xy_px: One end.
        end_xy_px: The other end.
        text: Label and value, such as ``LVIDd 5.1 cm``.
        label_xy_px: Where the text begins.
    """

    position: int
    start_xy_px: tuple[float, float]
    end_xy_px: tuple[float, float]
    text: str
    label_xy_px: tuple[float, float]


@dataclass(frozen=True, slots=True)
class ClipPicture:
    """One clip as the page shows it.

    Attributes:
        clip_number: The clip of the report.
        height_px: Height of the picture.
        width_px: Width of the picture.
        frames_jpeg: The frames, JPEG.
        frame_indices: For each frame its 0-based index in the file.
        frame_times_ms: Onset of each frame; evenly 40 ms apart when the file gives no timing.
        timed: Whether the times are the file's own.
        contours: For each frame, an SVG path per structure.
        calipers: Measured lines.
        ed_position: Which frame is end-diastole; 0 when unknown.
        es_position: Which frame is end-systole, if known.
    """

    clip_number: int
    height_px: int
    width_px: int
    frames_jpeg: tuple[bytes, ...]
    frame_indices: tuple[int, ...]
    frame_times_ms: tuple[float, ...]
    timed: bool
    contours: tuple[dict[Structure, str], ...]
    calipers: tuple[Caliper, ...]
    ed_position: int
    es_position: int | None

    @property
    def structures(self) -> tuple[Structure, ...]:
        """The structures that any frame shows, in label order."""
        return tuple(s for s in Structure if any(s in frame for frame in self.contours))

    def frames_base64(self) -> list[str]:
        """Return the frames as base64 text."""
        return [base64.b64encode(frame).decode("ascii") for frame in self.frames_jpeg]


def encode_frames(frames: UInt8[np.ndarray, "frame height width"]) -> tuple[bytes, ...]:
    """Encode grey frames as JPEG."""
    return tuple(
        simplejpeg.encode_jpeg(
            np.ascontiguousarray(frame[..., None]), quality=_JPEG_QUALITY, colorspace="GRAY"
        )
        for frame in frames
    )


def trace_contours(label: UInt8[np.ndarray, "height width"], placement: Placement) -> dict[Structure, str]:
    """Return an SVG path around each structure of a mask, in picture pixels.

    Args:
        label: Labels of ``clinical.Structure``; 0 is background.
        placement: From the mask's pixels to the picture's.
    """
    paths = {}
    for structure in Structure:
        inside = (label == structure).astype(np.float64)
        if not inside.any():
            continue
        # One pixel of margin, so that a structure cut by the border still closes.
        smooth = ndimage.gaussian_filter(np.pad(inside, 1), _CONTOUR_SMOOTHING_PX, mode="constant")
        lines = contourpy.contour_generator(z=smooth).lines(0.5)
        path = "".join(_path(np.asarray(line) - 1.0, placement) for line in lines)
        if path:
            paths[structure] = path
    return paths


def _path(points_xy_px: Float[np.ndarray, "point 2"], placement: Placement) -> str:
    """Return one closed SVG sub-path, thinned to points about 1.5 mask pixels apart."""
    step_px = np.hypot(*np.diff(points_xy_px, axis=0).T)
    if step_px.sum() < _SMALLEST_CONTOUR_PX:
        return ""
    along_px = np.concatenate([[0.0], np.cumsum(step_px)])
    n_points = max(8, round(float(along_px[-1]) / 1.5))
    at_px = np.linspace(0.0, along_px[-1], n_points, endpoint=False)
    x_px, y_px = (np.interp(at_px, along_px, points_xy_px[:, axis]) for axis in (0, 1))
    placed = (placement.place(float(x), float(y)) for x, y in zip(x_px, y_px, strict=True))
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in placed) + "Z"
