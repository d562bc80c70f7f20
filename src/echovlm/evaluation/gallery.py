"""What a gallery of pictures is drawn from: frames that were outlined, with how well."""

from collections.abc import Sequence
from dataclasses import dataclass

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
