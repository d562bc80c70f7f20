"""What galleries of pictures are drawn from: frames that were outlined, with how well, and single clips."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import UInt8

from echovlm.dataset import ClipRow, EchoGround
from echovlm.evaluation.answers import Answers
from echovlm.evaluation.traces import TracedFrame


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Gallery:
    """The frames of one task.

    Attributes:
        task: Name of the task.
        frames: The frames.
        answers: What was said of each, with the error or the overlap.
    """

    task: str
    frames: tuple[TracedFrame, ...]
    answers: Sequence[Answers]

    def __repr__(self) -> str:
        return f"Gallery({self.task}, {len(self.frames)} frames)"

    def ranked(self, column: str, *, best_is_high: bool) -> list[tuple[TracedFrame, float]]:
        """Return the frames that have this figure, the best first."""
        by_id = {frame.sample_id: frame for frame in self.frames}
        pairs = [
            (by_id[sample_id], float(value))
            for one in self.answers
            if column in one.values
            for sample_id, value in zip(one.sample_ids, one.values[column], strict=True)
        ]
        return sorted(pairs, key=lambda pair: -pair[1] if best_is_high else pair[1])


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ClipPictures:
    """The clips of a split, to show one frame of each.

    Attributes:
        dataset: Where they lie.
        rows: The clips, by their id.
    """

    dataset: EchoGround
    rows: Mapping[str, ClipRow]

    def __repr__(self) -> str:
        return f"ClipPictures({len(self.rows)} clips)"

    def read(self, clip_id: str) -> UInt8[np.ndarray, "height width"]:
        """Return the grey end-diastolic frame of a clip, else its sharpest, else the first."""
        row = self.rows[clip_id]
        known = (row.ed_frame_index, row.best_frame_index, 0)
        place = next(index for index in known if index is not None)
        return np.asarray(self.dataset.read_frames(row, [place])[0])
