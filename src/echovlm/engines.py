"""Where jobs run: on this machine's processes, or on a Ray cluster; the same function, the same jobs."""

import os
import socket
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from types import TracebackType
from typing import Any, Final, Protocol, Self, TypeVar

from echovlm.errors import EchoVLMError
from echovlm.workers import QUEUED_PER_WORKER, RETRIES, WorkerDiedError, run_jobs

Job = TypeVar("Job")
Done = TypeVar("Done")

_HERE: Final = "local"  # an address of Ray's: start a cluster of one node that ends with this process

_KNOCK_TIMEOUT_S: Final = 10.0


class EngineError(EchoVLMError):
    """A cluster that is not there, or a library that is missing."""


class Engine(Protocol):
    """Something that runs jobs whose effects depend neither on their order nor on how often they are run."""

    def run(self, function: Callable[[Job], Done], jobs: Iterable[Job]) -> Iterator[Done]:
        """Yield the result of every job, in the order in which they end; jobs are taken a few at a time."""
        ...


@dataclass(frozen=True, slots=True)
class LocalEngine:
    """A pool of processes on this machine.

    Attributes:
        workers: Processes; 1 works in this one.
    """

    workers: int = 1

    def run(self, function: Callable[[Job], Done], jobs: Iterable[Job]) -> Iterator[Done]:
        """Yield the result of every job.

        Raises:
            WorkerDiedError: If workers keep dying.
        """
        return run_jobs(function, jobs, workers=self.workers)


HERE: Final = LocalEngine()


class RayEngine:
    """Ray tasks, each on one core. Use it in a ``with`` block, which connects and disconnects.

    A task whose worker or node dies is run again elsewhere. No more tasks are handed out than keep the
    cluster busy, so neither its memory nor ours grows with the number of jobs. Nodes that join are used.

    Every node needs this package, and must see the same files under the same paths or addresses.
    """

    def __init__(self, address: str = _HERE, *, workers: int | None = None) -> None:
        """Say where the cluster is.

        Args:
            address: ``local`` starts a cluster on this machine; ``auto`` or ``HOST:PORT`` joins a running one.
            workers: Cores of a cluster that is started here; all of them when ``None``.
        """
        self._address, self._workers = address, workers
        self._owns = False

    def __enter__(self) -> Self:
        ray = _import_ray()
        if ray.is_initialized():
            return self
        options: dict[str, Any] = {"logging_level": "ERROR", "log_to_driver": False}
        if self._address == _HERE:
            options |= {"num_cpus": self._workers, "include_dashboard": False}
        try:
            _knock(self._address)
            ray.init(address=self._address, **options)
        except (OSError, ValueError, RuntimeError, ray.exceptions.RayError) as error:
            raise EngineError(
                f"no Ray cluster answers at {self._address!r} ({error}); start one with `ray start --head`, "
                "or leave the address out to run on this machine"
            ) from error
        self._owns = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._owns:
            _import_ray().shutdown()
            self._owns = False

    def run(self, function: Callable[[Job], Done], jobs: Iterable[Job]) -> Iterator[Done]:
        """Yield the result of every job.

        Raises:
            WorkerDiedError: If the workers or nodes of one task keep dying.
        """
        ray = _import_ray()
        remote = ray.remote(num_cpus=1, max_retries=RETRIES)(function)
        waiting = iter(jobs)
        pending: set[Any] = set()
        try:
            while True:
                room = max(1, int(ray.cluster_resources().get("CPU", 1))) * QUEUED_PER_WORKER
                pending |= {remote.remote(job) for job in islice(waiting, max(0, room - len(pending)))}
                if not pending:
                    return
                ended, left = ray.wait(list(pending), num_returns=1)
                pending = set(left)
                for reference in ended:
                    yield self._result(ray, reference)
        finally:
            for reference in pending:  # the caller stops
                ray.cancel(reference, force=True)

    def _result(self, ray: Any, reference: Any) -> Any:  # noqa: ANN401 - Ray has no types to name
        try:
            return ray.get(reference)
        except ray.exceptions.RayTaskError as error:
            cause = error.cause  # what the function raised, which is what the local engine raises too
            raise (cause if isinstance(cause, BaseException) else error) from None
        except ray.exceptions.RayError as error:
            raise WorkerDiedError(
                f"a Ray task was lost {RETRIES + 1} times ({type(error).__name__}), perhaps for lack of memory; "
                "what is finished is kept. Run again, on fewer or larger nodes if it happens again."
            ) from error


def _knock(address: str) -> None:
    """Fail at once where Ray would wait five minutes for a HOST:PORT that nobody listens at."""
    host, _, port = address.rpartition(":")
    if host and port.isdecimal() and "://" not in address:
        socket.create_connection((host, int(port)), timeout=_KNOCK_TIMEOUT_S).close()


def _import_ray() -> Any:  # noqa: ANN401 - an optional library
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is reported to anybody
    # Ray would otherwise announce that it will one day stop hiding accelerators from tasks that ask for none.
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    try:
        import ray
    except ImportError as error:
        raise EngineError(
            f"the engine 'ray' needs a library that is not installed ({error}); install `echovlm[cluster]`, "
            "or leave --engine out"
        ) from error
    return ray
