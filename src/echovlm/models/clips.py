"""A batch of clips as the towers take it: stills and cines, grey and colour, side by side."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import torch
from jaxtyping import Float, Int
from torch import Tensor


@dataclass(frozen=True, slots=True, eq=False)
class ClipGroup:
    """The clips of a batch that have one number of frames and of channels.

    Attributes:
        frames: As ``Preprocessing`` gives them: one channel is grey, three are red, green and blue.
        times_ms: When each frame was taken, from the first on; NaN where that is unknown.
        place: Where each clip stands in the batch.
    """

    frames: Float[Tensor, "member frame channel height width"]
    times_ms: Float[Tensor, "member frame"]
    place: Int[Tensor, "member"]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Clips:
    """A batch of clips of any lengths and colours: a frame is a clip of one frame, a study several clips.

    Attributes:
        groups: Every clip stands in exactly one.
        in_one_order: Whether there is one group, in the order of the batch; said and not looked up, so that a graph of
            tensors alone can be made of what is done with it.
    """

    groups: tuple[ClipGroup, ...]
    in_one_order: bool = False

    def __repr__(self) -> str:
        shapes = ", ".join("×".join(str(side) for side in group.frames.shape) for group in self.groups)
        return f"Clips({len(self)}: {shapes})"

    def __len__(self) -> int:
        return sum(len(group.place) for group in self.groups)

    @classmethod
    def of(
        cls,
        clips: Sequence[Float[Tensor, "frame channel height width"]],
        times_ms: Sequence[Sequence[float] | None] | None = None,
    ) -> Self:
        """Return a batch of single clips, in their order.

        Args:
            clips: Frames of each, as ``Preprocessing`` gives them.
            times_ms: The time of each frame; ``None`` for a clip whose times are unknown, or for all.

        Raises:
            ValueError: If a clip has another number of times than of frames.
        """
        times = [None] * len(clips) if times_ms is None else list(times_ms)
        members: dict[tuple[int, int], list[int]] = {}
        for index, clip in enumerate(clips):
            members.setdefault((clip.shape[0], clip.shape[1]), []).append(index)
        groups = []
        for (n_frames, _), places in members.items():
            known = [_times(times[index], n_frames) for index in places]
            frames = torch.stack([clips[index] for index in places])
            groups.append(ClipGroup(frames, torch.stack(known).to(frames.device), torch.tensor(places)))
        return cls(tuple(groups), in_one_order=len(groups) == 1)

    @classmethod
    def single_size(cls, frames: Float[Tensor, "clip frame channel height width"]) -> Self:
        """Return a batch of clips that are alike, their times unknown."""
        return cls.alike(frames, torch.full(frames.shape[:2], torch.nan, device=frames.device))

    @classmethod
    def alike(
        cls, frames: Float[Tensor, "clip frame channel height width"], times_ms: Float[Tensor, "clip frame"]
    ) -> Self:
        """Return a batch of clips that are alike; a time is NaN where it is unknown."""
        return cls((ClipGroup(frames, times_ms, torch.arange(len(frames))),), in_one_order=True)

    def to(self, device: torch.device) -> "Clips":
        """Return the batch on a device."""
        return Clips(
            tuple(
                ClipGroup(
                    group.frames.to(device, non_blocking=True),
                    group.times_ms.to(device, non_blocking=True),
                    group.place,
                )
                for group in self.groups
            ),
            self.in_one_order,
        )

    def in_order(self, values: Sequence[Float[Tensor, "member *rest"]]) -> Float[Tensor, "clip *rest"]:
        """Return what was computed of each group's clips, in the order of the batch."""
        joined = torch.cat(list(values))
        if self.in_one_order:
            return joined
        place = torch.cat([group.place for group in self.groups])
        return joined.index_select(0, place.argsort().to(joined.device))


def _times(times_ms: Sequence[float] | None, n_frames: int) -> Float[Tensor, "frame"]:
    if times_ms is None:
        return torch.full((n_frames,), torch.nan)
    if len(times_ms) != n_frames:
        raise ValueError(
            f"each frame needs one time; got {len(times_ms)} times for {n_frames} frames. "
            "Pass None when the times are unknown"
        )
    return torch.tensor(times_ms, dtype=torch.float32)
