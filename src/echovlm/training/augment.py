"""Augmentation of training clips, cheap enough to run on the fly; each clip draws once for all its frames."""

import math
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, Int, UInt8
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from echovlm.training.recipe import Augmentation

_GREYS = 256


@dataclass(frozen=True, slots=True, eq=False)
class Motion:
    """How each clip of a batch is moved: ``source = matrix @ (target - centre) + centre + shift``, in pixels.

    Attributes:
        matrix: Rotation and scale.
        shift_px: Shift of the source.
    """

    matrix: Float[np.ndarray, "batch 2 2"]
    shift_px: Float[np.ndarray, "batch 2"]

    def move_points(
        self, points_xy_px: Float[np.ndarray, "batch point 2"], *, size_px: int
    ) -> Float[np.ndarray, "batch point 2"]:
        """Return where points of the source images lie in the moved ones."""
        centre = (size_px - 1) / 2
        off = points_xy_px - centre - self.shift_px[:, None]
        return np.asarray(np.einsum("bij,bpj->bpi", np.linalg.inv(self.matrix), off) + centre)

    def sampling_grid(
        self, size_px: int, *, device: torch.device | None = None
    ) -> Float[Tensor, "batch S S 2"]:
        """Return the source position of every target pixel, in the -1 to 1 of ``grid_sample``."""
        # With align_corners -1 and 1 are the centres of the outermost pixels: offsets scale by 2 / (S - 1).
        shift = torch.from_numpy(self.shift_px * 2 / max(size_px - 1, 1)).float().to(device)
        matrix = torch.from_numpy(self.matrix).float().to(device)
        along = torch.linspace(-1, 1, size_px, device=device)
        x_part = along[None, None, :, None] * matrix[:, None, None, :, 0]
        y_part = along[None, :, None, None] * matrix[:, None, None, :, 1]
        return x_part + y_part + shift[:, None, None]


def draw_motion(batch_size: int, config: Augmentation, *, generator: np.random.Generator) -> Motion:
    """Draw a rotation, scale and shift per clip."""
    angle = np.radians(generator.uniform(-config.rotation_deg, config.rotation_deg, batch_size))
    scale = 1 + generator.uniform(-config.scale_frac, config.scale_frac, batch_size)
    shift = generator.uniform(-config.shift_px, config.shift_px, (batch_size, 2))
    cosine, sine = np.cos(angle), np.sin(angle)
    rotation = np.stack([np.stack([cosine, -sine], 1), np.stack([sine, cosine], 1)], 1)
    return Motion(rotation / scale[:, None, None], shift)


def move_frames(
    frames: Float[Tensor, "batch frame S S"], motion: Motion, *, nearest: bool = False
) -> Float[Tensor, "batch frame S S"]:
    """Return the moved frames, black where they show what lies outside.

    Args:
        frames: Grey values or labels, where 0 is black or background.
        motion: One per clip.
        nearest: Take the nearest pixel, as labels need, instead of a mixture.
    """
    grid = motion.sampling_grid(frames.shape[-1], device=frames.device)
    return F.grid_sample(frames, grid, mode="nearest" if nearest else "bilinear", align_corners=True)


def draw_curves(
    batch_size: int, config: Augmentation, *, generator: np.random.Generator
) -> Float[np.ndarray, "batch grey"]:
    """Draw a grey curve per clip: gain and gamma; black stays black."""
    gain = 1 + generator.uniform(-config.gain_frac, config.gain_frac, batch_size)
    gamma = np.exp(generator.uniform(-config.gamma_frac, config.gamma_frac, batch_size))
    level = np.linspace(0, 1, _GREYS)
    curve = np.clip(gain[:, None] * level[None] ** gamma[:, None], 0, 1) * (_GREYS - 1)
    return np.asarray(curve, dtype=np.float32)


def apply_curves(
    frames: UInt8[Tensor, "batch *axes"], curves: Float[np.ndarray, "batch grey"]
) -> Float[Tensor, "batch *axes"]:
    """Return grey values, 0 to 255, after each clip's curve, on the device of the frames."""
    if frames.device.type != "cpu":
        return look_up_curves(frames, torch.from_numpy(curves).to(frames.device))
    varied = torch.from_numpy(np.empty(frames.shape, np.float32))  # torch would fill it to be repeatable
    for table, clip, out in zip(curves, frames.numpy(), varied.numpy(), strict=True):
        np.take(table, clip, out=out)  # four times as fast as gathering on a CPU
    return varied


def look_up_curves(
    frames: UInt8[Tensor, "batch *axes"], curves: Float[Tensor, "batch grey"]
) -> Float[Tensor, "batch *axes"]:
    """Return what ``apply_curves`` does, in one operation, as a GPU needs it."""
    return curves.gather(1, frames.flatten(1).long()).view(frames.shape)


def vary_grey(
    frames: UInt8[np.ndarray, "batch frame S S"], config: Augmentation, *, generator: np.random.Generator
) -> Float[Tensor, "batch frame S S"]:
    """Return grey values, 0 to 255, after a random grey curve per clip."""
    return apply_curves(torch.from_numpy(frames), draw_curves(len(frames), config, generator=generator))


@dataclass(frozen=True, slots=True, eq=False)
class Roughness:
    """How each clip of a batch is roughened.

    Attributes:
        blurred: Which clips are blurred.
        noise: Multiplicative speckle, one picture per batch, seen through another window by each frame: as good
            as one picture each, and far cheaper.
        corner: Where that window lies for each frame.
        depth_gain: Gain of each image row.
    """

    blurred: Bool[np.ndarray, "batch"]
    noise: Float[Tensor, "two_S two_S"]
    corner: Int[np.ndarray, "batch frame 2"]
    depth_gain: Float[np.ndarray, "batch S"]


def draw_roughness(
    batch_size: int, n_frames: int, size_px: int, config: Augmentation, *, generator: np.random.Generator
) -> Roughness:
    """Draw blur, speckle noise, and a gain that changes along the depth."""
    blurred = generator.random(batch_size) < config.blur_frac
    noise = torch.from_numpy(generator.standard_normal((2 * size_px, 2 * size_px), dtype=np.float32))
    corner = generator.integers(0, size_px, (batch_size, n_frames, 2))
    depth_gain = _depth_gain(batch_size, size_px, config.gain_frac, generator)
    return Roughness(blurred, noise.mul_(config.noise_frac).add_(1), corner, depth_gain)


def apply_roughness(
    frames: Float[Tensor, "batch frame *channel S S"], roughness: Roughness
) -> Float[Tensor, "batch frame *channel S S"]:
    """Return rough frames; the channels of a colour frame share one noise."""
    size, n_frames, device = frames.shape[-1], frames.shape[1], frames.device
    blurred = torch.from_numpy(np.flatnonzero(roughness.blurred)).to(device)
    if len(blurred):
        chosen = frames[blurred].flatten(1, -3)
        frames = frames.index_copy(0, blurred, F.avg_pool2d(chosen, 3, 1, 1).view_as(frames[blurred]))
    depth = torch.from_numpy(roughness.depth_gain).to(device)[:, None, :, None]
    factor = _windows(roughness, n_frames, size, device) * depth
    if frames.ndim > factor.ndim:
        factor = factor[:, :, None]
    rough: Tensor = (frames * factor).clamp_(0, _GREYS - 1)
    return rough


def _windows(
    roughness: Roughness, n_frames: int, size: int, device: torch.device
) -> Float[Tensor, "batch frame S S"]:
    """Return the part of the noise that each frame sees."""
    corner = roughness.corner[:, :n_frames]
    if device.type != "cpu":
        return cut_windows(roughness.noise.to(device), torch.from_numpy(corner).to(device), size=size)
    cut = [roughness.noise[y : y + size, x : x + size] for y, x in corner.reshape(-1, 2).tolist()]
    return torch.stack(cut).view(len(corner), n_frames, size, size)


def cut_windows(
    noise: Float[Tensor, "two_S two_S"], corner: Int[Tensor, "batch frame 2"], *, size: int
) -> Float[Tensor, "batch frame S S"]:
    """Return the windows at these corners, in one operation, as a GPU needs it."""
    y, x = corner.unbind(-1)
    return noise.unfold(0, size, 1).unfold(1, size, 1)[y, x]


def roughen(
    frames: Float[Tensor, "batch frame S S"], config: Augmentation, *, generator: np.random.Generator
) -> Float[Tensor, "batch frame S S"]:
    """Return frames with speckle noise, a gain that changes along the depth, and some of them blurred."""
    drawn = draw_roughness(len(frames), frames.shape[1], frames.shape[-1], config, generator=generator)
    return apply_roughness(frames, drawn)


def _depth_gain(
    batch_size: int, size: int, gain_frac: float, generator: np.random.Generator
) -> Float[np.ndarray, "batch S"]:
    """Return a smooth gain per image row: half a wave of random phase."""
    phase = generator.uniform(0, 2 * math.pi, (batch_size, 1))
    strength = generator.uniform(0, gain_frac, (batch_size, 1))
    rows = np.linspace(0, math.pi, size)[None]
    return np.asarray(1 + strength * np.cos(rows + phase), dtype=np.float32)
