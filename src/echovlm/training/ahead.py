"""Batches drawn ahead in a process of their own, so that a GPU does not wait for the words of its next step."""

import multiprocessing
import pickle
from collections.abc import Callable, Iterator
from typing import Any, Final, Generic, TypeVar

import torch
from torch.utils.data import DataLoader, Dataset

from echovlm.training.errors import TrainingError

T = TypeVar("T")
_N_AHEAD: Final = 4


class DrawnAhead(Generic[T]):
    """What ``draw`` gives for each step, which another process has drawn already when steps are asked for in order.

    The interpreter's lock keeps a thread from helping. The process is forked, so that it shares the training set with
    this one; where there is no forking, steps are drawn here.
    """

    def __init__(self, draw: Callable[[int], T], *, n_steps: int) -> None:
        """Start nothing yet.

        Args:
            draw: Draws a step from its number alone; what it returns can be pickled.
            n_steps: Steps in all.
        """
        self._draw = draw
        self._n_steps = n_steps
        self._next = 0
        self._drawn: Iterator[bytes] | None = None

    def __call__(self, step: int) -> T:
        """Return one step.

        Raises:
            TrainingError: If the process that draws has died, or the step cannot be drawn.
        """
        if "fork" not in multiprocessing.get_all_start_methods():
            return self._draw(step)
        if self._drawn is None or step != self._next:
            self._drawn = self._start(step)
        try:
            told = next(self._drawn)
        except RuntimeError as error:
            if "exited unexpectedly" not in str(error):
                raise
            raise TrainingError(
                f"the process that draws batches died before step {step}, as when memory runs out; "
                "free some and run the same command again, which goes on from the last state"
            ) from error
        self._next = step + 1
        drawn: T | TrainingError = pickle.loads(told)
        if isinstance(drawn, TrainingError):
            raise drawn
        return drawn

    def _start(self, first: int) -> Iterator[bytes]:
        steps = _Steps(self._draw, range(first, self._n_steps))
        # A generator of its own: the loader would draw its seed from the one that the model's layers draw from.
        return iter(
            DataLoader(
                steps, batch_size=None, collate_fn=_as_it_is, num_workers=1, prefetch_factor=_N_AHEAD,
                multiprocessing_context="fork", generator=torch.Generator(),
            )
        )  # fmt: skip


class _Steps(Dataset[bytes], Generic[T]):
    """Pickled in the other process: tensors that go from one to the other by themselves take an open file each."""

    def __init__(self, draw: Callable[[int], T], steps: range) -> None:
        self.draw = draw
        self.steps = steps

    def __len__(self) -> int:
        return len(self.steps)

    def __getitem__(self, index: int) -> bytes:
        try:
            return pickle.dumps(self.draw(self.steps[index]))
        except TrainingError as error:  # raised there, the loader would put a traceback into its words
            return pickle.dumps(error)


def _as_it_is(drawn: Any) -> Any:  # noqa: ANN401 - the loader hands over what it was given
    return drawn
