"""Timing of alternatives in turn, so that a noisy machine slows both alike."""

import time
from collections.abc import Callable
from statistics import median


def seconds(*alternatives: Callable[[], object], rounds: int = 5) -> list[float]:
    """Return each alternative's median seconds over rounds that take turns; the first round warms up."""
    spent: list[list[float]] = [[] for _ in alternatives]
    for turn in range(rounds + 1):
        for index, run in enumerate(alternatives):
            start = time.perf_counter()
            run()
            if turn:
                spent[index].append(time.perf_counter() - start)
    return [median(times) for times in spent]
