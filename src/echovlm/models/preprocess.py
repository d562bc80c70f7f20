"""From the frames of a cine to the model's input; stored in every checkpoint, so that all uses agree."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from echovlm.models.grid import Grid

_WITH_CHANNELS: Final = 4  # axes of frames that are not grey


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """How frames are chosen, scaled and normalised.

    Attributes:
        image_size_px: Side of the model's square image.
        field_of_view_mm: What that side spans when the cine is calibrated, so that size in pixels is size in
            the heart.
        use_spacing: Whether a calibrated cine is shown at true size. Otherwise every cine is fitted by its longer
            side: then uncalibrated cines look like all others, and size is no clue.
        n_frames: Frames per clip.
        mean: Grey value, 0 to 1, that becomes 0.
        deviation: Grey range that becomes 1.
    """

    image_size_px: int = 112
    field_of_view_mm: float = 195.0
    use_spacing: bool = True
    n_frames: int = 8
    mean: float = 0.15
    deviation: float = 0.2

    def __post_init__(self) -> None:
        # The tower halves the image four times; 10 mm is less than a ventricle's wall and its cavity.
        for name, least in (("image_size_px", 16), ("field_of_view_mm", 10.0), ("n_frames", 1)):
            value = getattr(self, name)
            if not least <= value < math.inf:
                raise ValueError(f"preprocessing.{name} must be at least {least:g}; got {value:g}")
        if not 0 < self.deviation < math.inf:
            raise ValueError(f"preprocessing.deviation must be above 0; got {self.deviation:g}")

    def select_frames(
        self, n_available: int, frame_times_ms: Sequence[float] | None, heart_rate_bpm: float | None
    ) -> tuple[int, ...]:
        """Return ``n_frames`` frame indices spread evenly over one beat, or over the clip when it is shorter.

        With times and heart rate unknown, the whole clip counts as one beat. A clip of fewer frames repeats
        some.

        Args:
            n_available: Frames that the clip has, >= 1.
            frame_times_ms: Onset of each frame; the first is 0.
            heart_rate_bpm: Heart rate.

        Raises:
            ValueError: If there is no frame, or another number of times than of frames.
        """
        if n_available < 1:
            raise ValueError(f"a clip needs at least one frame; got {n_available}. Exclude empty clips")
        if frame_times_ms is None:
            return tuple(k * n_available // self.n_frames for k in range(self.n_frames))
        if len(frame_times_ms) != n_available:
            raise ValueError(
                f"each frame needs one time; got {len(frame_times_ms)} times for {n_available} frames. "
                "Pass None when the times are unknown"
            )
        times_ms = np.asarray(frame_times_ms, dtype=np.float64)
        step_ms = times_ms[-1] / max(n_available - 1, 1)
        beat_ms = float(times_ms[-1] + step_ms)
        if heart_rate_bpm is not None and heart_rate_bpm > 0:
            beat_ms = min(beat_ms, 60_000.0 / heart_rate_bpm)
        wanted_ms = times_ms[0] + beat_ms * np.arange(self.n_frames) / self.n_frames
        nearest = np.abs(times_ms[None] - wanted_ms[:, None]).argmin(1)
        return tuple(int(index) for index in nearest)

    def grid(self, height_px: int, width_px: int, spacing_mm: float | None) -> Grid:
        """Return where the model's image lies in a cine of this size.

        Centred in x and aligned at the top, where the probe is. A calibrated cine is shown at true size; any
        other is fitted by its longer side.
        """
        size = self.image_size_px
        if spacing_mm is None or not self.use_spacing:
            scale = max(height_px, width_px) / size
            model_spacing_mm = None if spacing_mm is None else spacing_mm * scale
        else:
            model_spacing_mm = self.field_of_view_mm / size
            scale = model_spacing_mm / spacing_mm
        offset_x = (width_px - 1) / 2 - scale * (size - 1) / 2
        offset_y = (scale - 1) / 2
        return Grid(size, scale, (offset_x, offset_y), model_spacing_mm)

    def resize(
        self, frames: UInt8[np.ndarray, "frame height width *rgb"], spacing_mm: float | None
    ) -> UInt8[np.ndarray, "frame S S *rgb"]:
        """Return frames, grey or RGB, on the model's grid, averaged over what each pixel covers; black outside."""
        height, width = frames.shape[1:3]
        grid = self.grid(height, width, spacing_mm)
        rows = _resampling(height, self.image_size_px, grid.scale, grid.offset_xy_px[1])
        columns = _resampling(width, self.image_size_px, grid.scale, grid.offset_xy_px[0])
        planes = torch.from_numpy(frames).float()
        if planes.ndim == _WITH_CHANNELS:
            planes = planes.movedim(-1, 1)
        resized = (rows @ planes @ columns.T).round_().clamp_(0, 255).to(torch.uint8)
        return np.asarray(resized.movedim(1, -1) if planes.ndim == _WITH_CHANNELS else resized)

    def normalise(self, grey: UInt8[Tensor, "*axes"] | Float[Tensor, "*axes"]) -> Float[Tensor, "*axes"]:
        """Return grey values, 0 to 255, as the model's input."""
        return (grey.float() - 255 * self.mean) / (255 * self.deviation)

    def __call__(
        self, frames: UInt8[np.ndarray, "frame height width *rgb"], spacing_mm: float | None
    ) -> Float[Tensor, "frame channel S S"]:
        """Return the model's input of grey or RGB frames (choose them with ``select_frames`` first)."""
        resized = torch.from_numpy(self.resize(frames, spacing_mm))
        planes = resized.movedim(-1, 1) if resized.ndim == _WITH_CHANNELS else resized[:, None]
        return self.normalise(planes.contiguous())


def _resampling(n_in: int, n_out: int, scale: float, offset: float) -> Float[Tensor, "out in"]:
    """Return the matrix of a triangle filter as wide as an output pixel; beyond the input it sees black."""
    centre = torch.arange(n_out, dtype=torch.float64) * scale + offset
    radius = max(scale, 1.0)
    position = torch.arange(n_in, dtype=torch.float64)
    weight = (1 - (position[None] - centre[:, None]).abs() / radius).clamp(min=0)
    # The whole triangle, also the part that lies outside the image, sums to one.
    reach = int(radius) + 2
    around = centre.floor()[:, None] + torch.arange(-reach, reach + 1, dtype=torch.float64)[None]
    whole = (1 - (around - centre[:, None]).abs() / radius).clamp(min=0).sum(1, keepdim=True)
    return (weight / whole).float()
