"""Batches drawn ahead in a process of their own, so that a GPU does not wait for the words of its next step."""

import multiprocessing
import pickle
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Generic, TypeVar

import torch

from echovlm.errors import EchoVLMError
from echovlm.training.errors import TrainingError

T = TypeVar("T")


class DrawnAhead(Generic[T]):
    """What ``draw`` gives for each step, which another process has drawn already when steps are asked for in order.

    The interpreter's lock keeps a thread from helping. The process is forked, so that the training set need not be sent
    to it; what it reads becomes its own by and by (0.3 GB of 23,000 clips in 1,000 steps). Where there is no forking,
    steps are drawn here.
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
        self._drawn: Connection | None = None

    def __call__(self, step: int) -> T:
        """Return one step.

        Raises:
            TrainingError: If the step cannot be drawn, or the process that draws has died.
        """
        if "fork" not in multiprocessing.get_all_start_methods():
            return self._draw(step)
        if self._drawn is None or step != self._next:
            self._drawn = self._start(step)
        try:
            pickled = self._drawn.recv_bytes()
        except EOFError as error:
            raise TrainingError(
                f"the process that draws batches died before step {step}, as when memory runs out; "
                "free some and run the same command again, which goes on from the last state"
            ) from error
        self._next = step + 1
        drawn: T | TrainingError = pickle.loads(pickled)
        if isinstance(drawn, TrainingError):
            raise drawn
        return drawn

    def _start(self, first: int) -> Connection:
        if self._drawn is not None:
            self._drawn.close()  # which ends the process at its next batch
        fork = multiprocessing.get_context("fork")
        reader, writer = fork.Pipe(duplex=False)
        steps = range(first, self._n_steps)
        fork.Process(target=_draw_all, args=(self._draw, steps, reader, writer), daemon=True).start()
        writer.close()  # so that the reader sees the end when the process dies
        return reader


def _draw_all(draw: Callable[[int], object], steps: range, reader: Connection, writer: Connection) -> None:
    """Draw each step and wait until the one before is fetched, in the process of its own.

    Its copy of the reading end is closed, or a pipe whose reader was killed would stay full, and this process there,
    for good.
    """
    reader.close()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the other process, which a user stops, ends this one too
    torch.set_num_threads(1)
    try:
        for step in steps:
            writer.send_bytes(pickle.dumps(_draw_or_fail(draw, step)))
    except BrokenPipeError:
        return


def _draw_or_fail(draw: Callable[[int], object], step: int) -> object:
    try:
        return draw(step)
    except EchoVLMError as error:
        return TrainingError(str(error))  # one with more to it than its words might not come out of a pickle
