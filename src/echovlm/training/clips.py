"""Training clips in memory: frames at the model's size, and which row each belongs to."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from jaxtyping import Int, UInt8

from echovlm.dataset import ClipRow, EchoGround
from echovlm.models import Preprocessing

_MEMORY_LIMIT_BYTES: Final = 3 * 2**30  # beyond it frames are decoded anew in every step


@dataclass(frozen=True, slots=True, eq=False)
class ClipFrames:
    """The frames of clips at the model's size.

    Attributes:
        dataset: Where the clips lie.
        rows: One per clip.
        preprocessing: How frames are chosen and scaled.
        decoded: All frames, or ``None`` when they would not fit into memory.
    """

    dataset: EchoGround
    rows: tuple[ClipRow, ...]
    preprocessing: Preprocessing
    decoded: UInt8[np.ndarray, "clip frame S S"] | None

    @classmethod
    def open(
        cls,
        dataset: EchoGround,
        rows: Sequence[ClipRow],
        preprocessing: Preprocessing,
        *,
        memory_limit_bytes: int = _MEMORY_LIMIT_BYTES,
    ) -> Self:
        """Decode the clips once if they fit into ``memory_limit_bytes``."""
        lazy = cls(dataset, tuple(rows), preprocessing, None)
        needed = len(rows) * preprocessing.n_frames * preprocessing.image_size_px**2
        if needed > memory_limit_bytes:
            return lazy
        return cls(dataset, lazy.rows, preprocessing, lazy.read(np.arange(len(rows))))

    def read(self, indices: Int[np.ndarray, "batch"]) -> UInt8[np.ndarray, "batch frame S S"]:
        """Return the frames of some clips."""
        if self.decoded is not None:
            return np.asarray(self.decoded[indices])
        size = self.preprocessing.image_size_px
        frames = np.empty((len(indices), self.preprocessing.n_frames, size, size), np.uint8)
        for place, index in enumerate(indices.tolist()):
            frames[place] = self._decode(self.rows[index])
        return frames

    def _decode(self, row: ClipRow) -> UInt8[np.ndarray, "frame S S"]:
        chosen = self.preprocessing.select_frames(len(row.frames), row.frame_times_ms, row.heart_rate_bpm)
        distinct = sorted(set(chosen))
        resized = self.preprocessing.resize(self.dataset.read_frames(row, distinct), row.spacing_mm)
        return np.asarray(resized[[distinct.index(frame_index) for frame_index in chosen]])
