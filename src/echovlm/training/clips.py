"""Training clips in memory: frames at the model's size, and which row each belongs to."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

import numpy as np
import torch
from jaxtyping import Bool, Float, Int, UInt8
from torch import Tensor

from echovlm.clinical.views import Mode
from echovlm.dataset import ClipRow, EchoGround
from echovlm.models import ClipGroup, Clips, Preprocessing
from echovlm.training.variation import Variation

# Of what a process may have of the machine's memory, or of what a GPU has free when a run starts; training and
# validation clips are held apart. Beyond it frames are decoded anew in every step.
_MEMORY_SHARE: Final = 0.25
_GPU_MEMORY_SHARE: Final = 0.2
_OTHERWISE_BYTES: Final = 3 * 2**30  # where the system does not say how much there is
_CONTAINER_LIMIT: Final = Path("/sys/fs/cgroup/memory.max")
_MOST_DECODERS: Final = 16
_CPU: Final = torch.device("cpu")
_STRIPS: Final = frozenset({Mode.PW, Mode.CW, Mode.TDI, Mode.M})
_WITH_CHANNELS: Final = 4  # axes of frames that are not grey

Frames = UInt8[Tensor, "frame channel S S"]


@dataclass(frozen=True, slots=True, eq=False)
class ClipFrames:
    """The frames of clips at the model's size.

    Attributes:
        dataset: Where the clips lie.
        rows: One per clip.
        preprocessing: How frames are chosen and scaled.
        decoded: The frames of every clip, on the device, or ``None`` when they would not fit into its memory.
        device: Where batches are varied and wait for the model.
    """

    dataset: EchoGround
    rows: tuple[ClipRow, ...]
    preprocessing: Preprocessing
    decoded: tuple[Frames, ...] | None
    device: torch.device = _CPU
    _times_ms: tuple[Float[Tensor, "frame"], ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        times = tuple(_times_of(row, self.preprocessing) for row in self.rows)
        object.__setattr__(self, "_times_ms", times)

    @classmethod
    def open(
        cls,
        dataset: EchoGround,
        rows: Sequence[ClipRow],
        preprocessing: Preprocessing,
        *,
        device: torch.device = _CPU,
        memory_limit_bytes: int | None = None,
    ) -> Self:
        """Decode the clips once if they fit into memory.

        Args:
            dataset: Where the clips lie.
            rows: One per clip.
            preprocessing: How frames are chosen and scaled.
            device: Where batches are wanted; a GPU then holds the frames itself.
            memory_limit_bytes: What they may take; ``None`` for a quarter of the memory that this
                process may have, or a fifth of what a GPU has free.
        """
        lazy = cls(dataset, tuple(rows), preprocessing, None, device)
        needed = sum(_size_bytes(row, preprocessing) for row in rows)
        if needed > (_memory_limit(device) if memory_limit_bytes is None else memory_limit_bytes):
            return lazy
        with ThreadPoolExecutor(_n_decoders()) as pool:
            decoded = tuple(frames.to(device) for frames in pool.map(lazy._decode, rows))
        return cls(dataset, lazy.rows, preprocessing, decoded, device)

    def read(self, indices: Sequence[int] | Int[np.ndarray, "batch"]) -> list[Frames]:
        """Return the frames of some clips, on the device: a still has one frame, colour three channels."""
        if self.decoded is not None:
            return [self.decoded[index] for index in indices]
        return [self._decode(self.rows[index]).to(self.device) for index in indices]

    def batch(
        self,
        indices: Int[np.ndarray, "batch"],
        *,
        variation: Variation | None = None,
        place: Int[np.ndarray, "batch"] | None = None,
    ) -> Clips:
        """Return some clips as the model takes them.

        Args:
            indices: Which clips.
            variation: How they vary; ``None`` shows them as they are.
            place: Where each stands in ``variation``; ``None`` for in the same order.
        """
        frames = self.read(indices)
        drawn = np.arange(len(indices)) if place is None else place
        members: dict[tuple[int, int], list[int]] = {}
        for index, clip in enumerate(frames):
            members.setdefault((clip.shape[0], clip.shape[1]), []).append(index)
        groups = []
        for here in members.values():
            stacked = torch.stack([frames[index] for index in here])
            grey = stacked if variation is None else variation.of(drawn[here]).apply(stacked)
            times = torch.stack([self._times_ms[int(indices[index])] for index in here])
            groups.append(ClipGroup(self.preprocessing.normalise(grey), times, torch.tensor(here)))
        return Clips(tuple(groups), in_one_order=len(groups) == 1)

    def is_strip(self, indices: Int[np.ndarray, "batch"]) -> Bool[np.ndarray, "batch"]:
        """Return which clips are strips of a spectrum or an M-mode."""
        return np.array([self.rows[index].mode in _STRIPS for index in indices.tolist()], dtype=np.bool_)

    def _decode(self, row: ClipRow) -> Frames:
        chosen = _chosen(row, self.preprocessing)
        distinct = sorted(set(chosen))
        read = self.dataset.read_colour if row.is_colour else self.dataset.read_frames
        resized = self.preprocessing.resize(read(row, distinct), row.spacing_mm)
        frames = resized[[distinct.index(frame_index) for frame_index in chosen]]
        planes = np.moveaxis(frames, -1, 1) if frames.ndim == _WITH_CHANNELS else frames[:, None]
        return torch.from_numpy(np.ascontiguousarray(planes))


def _memory_limit(device: torch.device) -> int:
    if device.type == "cuda":
        free_bytes, _ = torch.cuda.mem_get_info(device)
        return int(_GPU_MEMORY_SHARE * free_bytes)
    if not hasattr(os, "sysconf"):
        return _OTHERWISE_BYTES
    here = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if _CONTAINER_LIMIT.exists() and (limit := _CONTAINER_LIMIT.read_text().strip()).isdigit():
        here = min(here, int(limit))
    return int(_MEMORY_SHARE * here / _n_processes())


def _n_decoders() -> int:
    n_cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(min(n_cores // _n_processes(), _MOST_DECODERS), 1)


def _n_processes() -> int:
    """Return how many processes of this run share the machine, which ``torchrun`` says."""
    return int(os.environ.get("LOCAL_WORLD_SIZE", "1"))


def _chosen(row: ClipRow, preprocessing: Preprocessing) -> tuple[int, ...]:
    """Return the frames of a clip that the model sees; a still is seen once."""
    chosen = preprocessing.select_frames(len(row.frames), row.frame_times_ms, row.heart_rate_bpm)
    return chosen[:1] if len(row.frames) == 1 else chosen


def _times_of(row: ClipRow, preprocessing: Preprocessing) -> Float[Tensor, "frame"]:
    """Return when each chosen frame of a clip was taken, from the first on; NaN where unknown."""
    chosen = _chosen(row, preprocessing)
    if row.frame_times_ms is None:
        return torch.full((len(chosen),), torch.nan)
    return torch.tensor([row.frame_times_ms[frame_index] for frame_index in chosen])


def _size_bytes(row: ClipRow, preprocessing: Preprocessing) -> int:
    n_channels = 3 if row.is_colour else 1
    return len(_chosen(row, preprocessing)) * n_channels * preprocessing.image_size_px**2
