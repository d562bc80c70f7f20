"""Running many jobs: here, or on a pool of processes that dies with its parent."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import chain, islice
from multiprocessing import resource_tracker
from typing import Final, TypeVar

from threadpoolctl import threadpool_limits

from echovlm.errors import EchoVLMError

Job = TypeVar("Job")
Done = TypeVar("Done")

QUEUED_PER_WORKER: Final = 4  # enough to keep a worker busy, few enough that jobs do not pile up in memory
RETRIES: Final = 2  # of a job whose worker died: memory may be short for a moment, a node may go away


class WorkerDiedError(EchoVLMError):
    """A worker process ended abruptly, again and again."""


class _OneThread:
    """Products of matrices have one thread while anybody holds this, as in a process of its own.

    Threads that wait for the next small product burn as much as the job. Setting the limit takes half a millisecond,
    too much for each job.
    """

    def __init__(self) -> None:
        self._lock, self._holders = threading.Lock(), 0
        self._limits: threadpool_limits | None = None

    def __enter__(self) -> None:
        with self._lock:
            self._holders += 1
            if self._limits is None:
                self._limits = threadpool_limits(limits=1, user_api="blas")

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._holders -= 1
            if not self._holders and self._limits is not None:
                self._limits.restore_original_limits()
                self._limits = None


_ONE_THREAD: Final = _OneThread()


def run_jobs(
    function: Callable[[Job], Done], jobs: Iterable[Job], *, workers: int, retries: int = RETRIES
) -> Iterator[Done]:
    """Yield the result of every job, in the order in which they end.

    A worker that dies takes the pool with it; the jobs that had not ended are run again on a new one.

    Args:
        function: A module-level function; its effects must not depend on the order of the jobs, nor on how
            often one is run.
        jobs: What to run; taken a few at a time.
        workers: Processes, of one thread each; 1 runs in this one, which multiplies matrices with one thread until
            the last result is taken.
        retries: How often a pool may die without ending a job in between.

    Raises:
        WorkerDiedError: If workers keep dying.
    """
    if workers == 1:
        with _ONE_THREAD:
            yield from map(function, jobs)
        return
    waiting = iter(jobs)
    pending: dict[Future[Done], Job] = {}
    deaths = 0
    while True:
        again = list(pending.values())
        pending.clear()
        try:
            for done in _run_on_pool(function, chain(again, waiting), pending, workers=workers):
                deaths = 0
                yield done
        except BrokenProcessPool as error:
            deaths += 1
            if deaths > retries:
                raise WorkerDiedError(
                    f"workers died {deaths} times in a row, perhaps for lack of memory, with {len(pending)} jobs "
                    "at hand; what is finished is kept. Run again, with fewer workers if they die again."
                ) from error
        else:
            return


def _run_on_pool(
    function: Callable[[Job], Done], jobs: Iterator[Job], pending: dict[Future[Done], Job], *, workers: int
) -> Iterator[Done]:
    """Yield the results of one pool; ``pending`` holds the jobs that were handed out and have not ended."""
    others = set(multiprocessing.active_children())
    spawn = multiprocessing.get_context("spawn")
    with (
        _single_threaded_children(),
        ProcessPoolExecutor(workers, mp_context=spawn, initializer=_die_with_parent) as pool,
    ):
        try:
            while True:
                free = workers * QUEUED_PER_WORKER - len(pending)
                with _children_ignore_interrupts():
                    for job in islice(jobs, free):
                        pending[_submit(pool, function, job)] = job
                if not pending:
                    return
                for future in wait(pending, return_when=FIRST_COMPLETED).done:
                    done = future.result()
                    del pending[future]
                    yield done
        except (KeyboardInterrupt, GeneratorExit):  # the caller stops: unfinished jobs are not waited for
            for worker in set(multiprocessing.active_children()) - others:
                worker.terminate()
            raise
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _submit(pool: ProcessPoolExecutor, function: Callable[[Job], Done], job: Job) -> Future[Done]:
    """Hand out a job; a pool that broke a moment ago gives a future that says so, so that no job is lost."""
    try:
        return pool.submit(function, job)
    except BrokenProcessPool as error:
        broken: Future[Done] = Future()
        broken.set_exception(error)
        return broken


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
    if not hasattr(signal, "pthread_sigmask") or threading.current_thread() is not threading.main_thread():
        yield
        return
    # Held back, not ignored: children inherit the mask, and a Ctrl-C of this moment reaches the parent right after.
    resource_tracker.ensure_running()  # which would lift the mask in the midst of it
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _die_with_parent() -> None:
    """End this process when its parent ends; a killed parent cannot tell its pool to stop."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})  # held back by the parent until now
    parent = multiprocessing.parent_process()
    assert parent is not None, "runs in a worker"

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
