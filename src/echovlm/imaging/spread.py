"""How far the greys of a picture spread."""

import math

import numpy as np
from jaxtyping import UInt8


def find_spread(grey: UInt8[np.ndarray, "..."], *, count: int | None = None) -> float:
    """Return the standard deviation, by whole numbers: the square of a byte fits into 16 bits.

    Args:
        grey: The pixels.
        count: How many of them count, where all others are zero; without it all do.
    """
    values = grey.astype(np.uint16)
    count = values.size if count is None else count
    total = int(values.sum(dtype=np.uint64))
    squares = int(np.square(values, out=values).sum(dtype=np.uint64))
    return math.sqrt(count * squares - total * total) / max(1, count)
