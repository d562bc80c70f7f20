"""A pool of processes loses no job when a worker dies, and gives up when workers keep dying."""

import os
import signal
from pathlib import Path

import numpy as np  # noqa: F401 - brings a library for products of matrices, also into the workers
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from echovlm.workers import WorkerDiedError, run_jobs


def square_or_die(job: tuple[Path, int]) -> int:
    """Square a number; the first worker that is given 5 dies of it."""
    folder, number = job
    trace = folder / f"{number}"
    if number == 5 and not trace.exists():
        trace.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number * number


def die(_job: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_worker_that_dies_costs_no_job(tmp_path):
    jobs = ((tmp_path, number) for number in range(20))
    assert sorted(run_jobs(square_or_die, jobs, workers=2)) == [n * n for n in range(20)]


def test_workers_that_keep_dying_end_the_run_with_one_sentence():
    with pytest.raises(WorkerDiedError, match="died 2 times in a row.*Run again"):
        list(run_jobs(die, range(3), workers=2, retries=1))


def test_jobs_are_taken_a_few_at_a_time(tmp_path):
    taken = []

    def jobs():
        for number in range(1000):
            taken.append(number)
            yield tmp_path, number

    results = run_jobs(square_or_die, jobs(), workers=2)
    next(results)
    assert len(taken) < 20
    results.close()


def count_threads(_job: int) -> set[int]:
    return {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}


@pytest.mark.parametrize("workers", [1, 2])
def test_a_job_multiplies_matrices_with_one_thread_wherever_it_runs(workers):
    with threadpool_limits(limits=2, user_api="blas"):  # as on a machine of two cores
        before = count_threads(0)
        assert list(run_jobs(count_threads, [0, 1], workers=workers)) == [{1}, {1}]
        assert count_threads(0) == before == {2}


def test_runs_that_overlap_leave_the_threads_as_they_were():
    with threadpool_limits(limits=2, user_api="blas"):
        first, second = (run_jobs(count_threads, range(number), workers=1) for number in (1, 2))
        assert (next(first), next(second)) == ({1}, {1})
        assert list(first) == []
        assert list(second) == [{1}]
        assert count_threads(0) == {2}
