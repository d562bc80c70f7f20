"""Timing of alternatives in turn, so that a noisy machine slows both alike."""

import time
from collections.abc import Callable
from statistics import median


def seconds(
    *alternatives: Callable[[], object], rounds: int = 5, clock: Callable[[], float] = time.perf_counter
) -> list[float]:
    """Return each alternative's median seconds over rounds that take turns; the first round warms up."""
    return [median(times) for times in take_turns(*alternatives, rounds=rounds, clock=clock)]


def take_turns(
    *alternatives: Callable[[], object], rounds: int, clock: Callable[[], float]
) -> list[list[float]]:
    """Return each alternative's seconds in every round but the first, which warms up."""
    spent: list[list[float]] = [[] for _ in alternatives]
    for turn in range(rounds + 1):
        for index, run in enumerate(alternatives):
            start = clock()
            run()
            if turn:
                spent[index].append(clock() - start)
    return spent
