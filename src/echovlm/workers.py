"""Running many jobs: here, or on a pool of processes that dies with its parent."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import islice
from typing import Final, TypeVar

from echovlm.errors import EchoVLMError

Job = TypeVar("Job")
Done = TypeVar("Done")

_QUEUED_PER_WORKER: Final = 4  # enough to keep a worker busy, few enough that jobs do not pile up in memory


class WorkerDiedError(EchoVLMError):
    """A worker process ended abruptly."""


def run_jobs(function: Callable[[Job], Done], jobs: Iterable[Job], *, workers: int) -> Iterator[Done]:
    """Yield the result of every job, in the order in which they end.

    Args:
        function: A module-level function; its effects must not depend on the order of the jobs.
        jobs: What to run; taken a few at a time.
        workers: Processes, of one thread each; 1 runs in this one.

    Raises:
        WorkerDiedError: If a worker process dies.
    """
    if workers == 1:
        yield from map(function, jobs)
        return
    waiting = iter(jobs)
    others = set(multiprocessing.active_children())
    spawn = multiprocessing.get_context("spawn")
    with (
        _single_threaded_children(),
        ProcessPoolExecutor(workers, mp_context=spawn, initializer=_die_with_parent) as pool,
    ):
        pending: set[Future[Done]] = set()
        try:
            while True:
                free = workers * _QUEUED_PER_WORKER - len(pending)
                with _children_ignore_interrupts():
                    pending |= {pool.submit(function, job) for job in islice(waiting, free)}
                if not pending:
                    return
                finished, pending = wait(pending, return_when=FIRST_COMPLETED)
                for future in finished:
                    yield future.result()
        except BrokenProcessPool as error:
            raise WorkerDiedError(
                f"one of {workers} worker processes died, perhaps for lack of memory; finished studies are "
                "kept. Run again, with fewer workers if it dies again."
            ) from error
        except (KeyboardInterrupt, GeneratorExit):  # the caller stops: unfinished jobs are not waited for
            for worker in set(multiprocessing.active_children()) - others:
                worker.terminate()
            raise
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def _single_threaded_children() -> Iterator[None]:
    """Give processes started here one thread each: ``workers`` is the number of cores in use."""
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(dict.fromkeys(names, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextmanager
def _children_ignore_interrupts() -> Iterator[None]:
    """Let processes started here ignore Ctrl-C from their first instruction; it is for the parent to stop.

    Ctrl-C reaches the whole process group, also children that still import and have no handler of their own.
    """
    before = signal.getsignal(signal.SIGINT)
    if before is None or threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may set a handler, and only one that Python knows can be put back
        return
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _die_with_parent() -> None:
    """End this process when its parent ends; a killed parent cannot tell its pool to stop."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    assert parent is not None, "runs in a worker"

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
