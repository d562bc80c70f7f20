"""A pool of processes loses no job when a worker dies, and gives up when workers keep dying."""

import os
import signal
from pathlib import Path

import pytest

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
