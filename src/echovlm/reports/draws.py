"""Numbers drawn from a seed and labels alone."""

import zlib
from random import Random
from typing import Protocol


class Draws(Protocol):
    """Numbers drawn one after the other."""

    def random(self) -> float:
        """Return the next one, from 0 to below 1."""


class SeededDraws:
    """Numbers that depend on a seed and the words of labels only, as ``random.Random`` draws them.

    It is seeded at the first draw: most statements draw nothing, and seeding costs more than wording them.

    Args:
        seed: The seed.
        labels: What tells this generator from others of the seed; they count by ``str``.
    """

    def __init__(self, seed: int, *labels: object) -> None:
        self._parts = (seed, *labels)
        self._seeded: Random | None = None

    def random(self) -> float:
        """Return the next number, from 0 to below 1."""
        if self._seeded is None:
            self._seeded = Random(zlib.crc32("/".join(map(str, self._parts)).encode()))
        return self._seeded.random()
