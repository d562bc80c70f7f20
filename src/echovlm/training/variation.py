"""Augmentation of one batch of clips of any mode, drawn for the whole batch and applied to any part of it.

Everything is drawn before anything is applied, so that processes which share a batch see the same clips as one
process that has it alone.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int, UInt8
from torch import Tensor

from echovlm.training.augment import (
    Motion,
    Roughness,
    apply_curves,
    apply_roughness,
    draw_curves,
    draw_motion,
    draw_roughness,
    move_frames,
)
from echovlm.training.recipe import Augmentation


@dataclass(frozen=True, slots=True, eq=False)
class Variation:
    """What the clips of a batch drew.

    Attributes:
        curves: A grey curve each.
        motion: A rotation, scale and shift each.
        roughness: Blur, noise and gain each.
    """

    curves: Float[np.ndarray, "batch grey"]
    motion: Motion
    roughness: Roughness

    def of(self, place: Int[np.ndarray, "member"]) -> "Variation":
        """Return what some of the clips drew."""
        rough = self.roughness
        return Variation(
            curves=self.curves[place],
            motion=Motion(self.motion.matrix[place], self.motion.shift_px[place]),
            roughness=Roughness(
                rough.blurred[place], rough.noise, rough.corner[place], rough.depth_gain[place]
            ),
        )

    def apply(
        self, frames: UInt8[Tensor, "member frame channel S S"]
    ) -> Float[Tensor, "member frame channel S S"]:
        """Return grey or colour values, 0 to 255, of clips varied as they drew, on the frames' device."""
        varied = apply_curves(frames, self.curves)
        moved = move_frames(varied.flatten(1, 2), self.motion).view_as(varied)
        return apply_roughness(moved, self.roughness)


def draw_variation(
    is_strip: Bool[np.ndarray, "batch"],
    config: Augmentation,
    *,
    n_frames: int,
    size_px: int,
    generator: np.random.Generator,
) -> Variation:
    """Draw how each clip of a batch varies.

    Args:
        is_strip: Which clips are strips of a spectrum or an M-mode, whose height is a velocity or a depth and whose
            width is time: they move along time alone, and are never turned.
        config: How far clips may stray.
        n_frames: Frames of the longest clip.
        size_px: Side of the model's image.
        generator: Draws everything.
    """
    batch_size = len(is_strip)
    curves = draw_curves(batch_size, config, generator=generator)
    motion = draw_motion(batch_size, config, generator=generator)
    roughness = draw_roughness(batch_size, n_frames, size_px, config, generator=generator)
    matrix = np.where(is_strip[:, None, None], np.eye(2), motion.matrix)
    shift_px = motion.shift_px.copy()
    shift_px[is_strip, 1] = 0.0
    return Variation(curves, Motion(matrix, shift_px), roughness)
