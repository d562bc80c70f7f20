"""Which frames of a clip are read: all, or some spread evenly; the others are never decoded."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

# Of a number of frames to the 0-based indices of those to read: increasing, without repetition.
FrameChoice = Callable[[int], Sequence[int]]


def every_frame(n_frames: int) -> Sequence[int]:
    """Choose all frames."""
    return range(n_frames)


@dataclass(frozen=True, slots=True)
class Evenly:
    """Choose at most this many frames, evenly from the first to the last.

    Attributes:
        count: At least 1.
    """

    count: int

    def __post_init__(self) -> None:
        if self.count < 1:
            raise ValueError(f"at least 1 frame must be read; got {self.count}")

    def __call__(self, n_frames: int) -> Sequence[int]:
        """Return the indices of the chosen frames."""
        if n_frames <= self.count:
            return range(n_frames)
        return tuple(np.linspace(0, n_frames - 1, self.count).round().astype(int).tolist())


def choose_frames(choose: FrameChoice, n_frames: int) -> tuple[int, ...]:
    """Return the chosen indices.

    Raises:
        ValueError: If they are none, repeated, out of order or no frames of the clip.
    """
    indices = tuple(choose(n_frames))
    in_order = all(earlier < later for earlier, later in pairwise(indices))
    if not indices or not in_order or indices[0] < 0 or indices[-1] >= n_frames:
        shown = ", ".join(map(str, indices[:8])) or "none"
        raise ValueError(
            f"frames {shown} of {n_frames} were chosen; choose some, in order, from 0 to {n_frames - 1}"
        )
    return indices
