"""Clips in shuffled order, read ahead on several workers, from wherever a stopped run was."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import Final, Generic, TypeVar

import numpy as np
from jaxtyping import Int

from echovlm.dataset.schema import ClipRow

Sample = TypeVar("Sample")

_AHEAD_PER_WORKER: Final = 2  # batches; enough to keep a worker busy, few enough to bound memory
_STREAM: Final = 0x5EED  # keeps these permutations apart from others of the same seed


@dataclass(frozen=True, slots=True)
class Position:
    """How far a stream has been read; all that must be saved to go on.

    Attributes:
        epoch: Epoch, from 0.
        place: Samples of the epoch that all ranks together have taken.
    """

    epoch: int = 0
    place: int = 0


def epoch_order(n_samples: int, *, seed: int, epoch: int) -> Int[np.ndarray, "sample"]:
    """Return the order of one epoch, each sample once, from seed and epoch alone."""
    return np.random.default_rng((_STREAM, seed, epoch)).permutation(n_samples)


@dataclass(frozen=True)
class ClipStream(Generic[Sample]):
    """Batches of clips, each epoch in a new order, each clip once an epoch.

    The order depends on seed and epoch alone: not on the number of workers, nor on where a run was stopped, nor
    on the number of ranks, which may change between runs. The last batch of an epoch may be short, and ranks may
    then differ by one clip.

    The workers are threads: decoding lets other threads run, and frames need not be copied between processes.

    Attributes:
        rows: The clips.
        read: Turns a clip into a sample, such as ``lambda row: (row.caption, data.read_frames(row))``; called on
            several threads at once.
        batch_size: Samples of one batch of one rank.
        seed: Same seed, same order.
        workers: Threads that read ahead.
        rank: Which of the processes that share the training this is.
        world_size: How many processes share it.
    """

    rows: Sequence[ClipRow]
    read: Callable[[ClipRow], Sample]
    batch_size: int
    seed: int = 0
    workers: int = 2
    rank: int = 0
    world_size: int = 1

    def __post_init__(self) -> None:
        if not self.rows or self.batch_size < 1 or self.workers < 1 or not 0 <= self.rank < self.world_size:
            raise ValueError(
                f"got {len(self.rows)} clips, batches of {self.batch_size}, {self.workers} workers and rank "
                f"{self.rank} of {self.world_size}; allowed are at least 1, 1, 1 and a rank from 0 below the last"
            )

    def iter_batches(self, start: Position = Position()) -> Iterator[tuple[list[Sample], Position]]:
        """Yield batches without end, each with the position after it.

        Save the position of the last batch that was used; batches that were only read ahead do not count.

        Args:
            start: Where to begin; a saved position goes on with the batch after it.
        """
        with ThreadPoolExecutor(self.workers, thread_name_prefix="clips") as pool:
            ahead: deque[tuple[Future[list[Sample]], Position]] = deque()
            plan = self._plan(start)
            try:
                while True:
                    for indices, after in islice(plan, self.workers * _AHEAD_PER_WORKER - len(ahead)):
                        ahead.append((pool.submit(self._read, indices), after))
                    batch, after = ahead.popleft()
                    yield batch.result(), after
            finally:  # the caller stops: what has not begun is not begun
                pool.shutdown(wait=True, cancel_futures=True)

    def iter_epoch(self, start: Position = Position()) -> Iterator[tuple[list[Sample], Position]]:
        """Yield the batches that are left of one epoch; the last position is the start of the next."""
        for batch, after in self.iter_batches(start):
            yield batch, after
            if after.epoch != start.epoch:
                return

    def _plan(self, start: Position) -> Iterator[tuple[Int[np.ndarray, "batch"], Position]]:
        """Yield which clips this rank reads in each batch, and the position after it."""
        epoch, place, step = start.epoch, start.place, self.batch_size * self.world_size
        while True:
            order = epoch_order(len(self.rows), seed=self.seed, epoch=epoch)
            for at in range(place, len(order), step):
                over = at + step >= len(order)
                after = Position(epoch + 1) if over else Position(epoch, at + step)
                yield order[at : at + step][self.rank :: self.world_size], after
            epoch, place = epoch + 1, 0

    def _read(self, indices: Int[np.ndarray, "batch"]) -> list[Sample]:
        return [self.read(self.rows[index]) for index in indices.tolist()]
