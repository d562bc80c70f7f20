"""What frames are like at each pixel: their median, and where they stray from a level, in fast whole numbers."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

import numpy as np
from jaxtyping import Bool, Float, Int, Int16, UInt8

QUARTERS: Final = 4  # of a grey level: medians lie at halves, medians of those at quarters


def median_quarters(frames: UInt8[np.ndarray, "frame *pixel"]) -> Int16[np.ndarray, "*pixel"]:
    """Return the median of each pixel over the frames, in quarters of a grey level, which are whole.

    As ``np.median`` over the first axis in a tenth of its time: a network sorts whole frames at once (K. E. Batcher,
    Sorting networks and their applications, 1968), as far as the middle asks for it.
    """
    count = len(frames)
    ordered = list(np.array(frames, order="C"))
    spare = np.empty_like(ordered[0])
    for low, high, keeps_low, keeps_high in _comparators(count):
        one, other = ordered[low], ordered[high]
        if keeps_low and keeps_high:
            np.minimum(one, other, out=spare)
            np.maximum(one, other, out=other)
            ordered[low], spare = spare, one
        elif keeps_low:
            np.minimum(one, other, out=one)
        else:
            np.maximum(one, other, out=other)
    middle: Int16[np.ndarray, "*pixel"] = np.add(
        ordered[(count - 1) // 2], ordered[count // 2], dtype=np.int16
    )
    middle *= QUARTERS // 2  # a sum of two is in halves
    return middle


def find_median(values: Float[np.ndarray, "value"] | Int16[np.ndarray, "value"]) -> float:
    """Return the median of some values, for which ``np.median`` takes up to ten times as long."""
    ordered = np.sort(values)
    return float(ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2


def stray(
    values: UInt8[np.ndarray, "frame *pixel channel"],
    level_quarters: Int16[np.ndarray, "*level channel"],
    *,
    by: int,
) -> Bool[np.ndarray, "frame *pixel"]:
    """Return where values differ in any channel by more than ``by`` grey levels, 1 or more, from a level.

    The level is one for all, or one for each pixel of every frame.
    """
    return np.asarray(_join_strays(values, level_quarters, by)[..., 0])


def count_strays(
    values: UInt8[np.ndarray, "frame row column channel"],
    level_quarters: Int16[np.ndarray, "*level channel"],
    *,
    by: int,
) -> Int[np.ndarray, "frame column"]:
    """Return how many pixels of each column stray in each frame; see ``stray``."""
    # The narrowest that holds a column's height: the sum is several times as fast.
    dtype = np.uint8 if values.shape[1] < 2**8 else np.uint32
    # All channels are counted, as they lie side by side, and the first of them is returned.
    return np.asarray(
        _join_strays(values, level_quarters, by).view(np.uint8).sum(axis=1, dtype=dtype)[..., 0]
    )


def _join_strays(values: np.ndarray, level_quarters: np.ndarray, by: int) -> np.ndarray:
    """Return an array that says in its first channel where values stray, and nothing in the others."""
    # Of whole numbers: v > level + by just when v > floor(level) + by.
    highest = np.minimum(level_quarters // QUARTERS + by, 255).astype(np.uint8)
    lowest = np.maximum(-(-level_quarters // QUARTERS) - by, 0).astype(np.uint8)
    # Spelt out for each pixel: over the short axis of channels alone each step takes five times as long.
    lowest, reach = (
        np.array(np.broadcast_to(bound, values.shape[1:])) for bound in (lowest, highest - lowest)
    )
    # Of bytes: what lies below the lowest wraps round to far above.
    apart = (values - lowest) > reach
    joined: np.ndarray = apart.copy()
    flat, n_channels = apart.ravel(), apart.shape[-1]
    last = max(flat.size - n_channels + 1, 0)
    for channel in range(1, n_channels):
        joined.ravel()[:last] |= flat[channel : last + channel]
    return joined


@lru_cache(maxsize=64)
def _comparators(count: int) -> tuple[tuple[int, int, bool, bool], ...]:
    """Return the pairs of places that an odd-even merge sort compares, in order, and which side is asked for later.

    Those that do not reach the middle are left out.
    """
    asked = {(count - 1) // 2, count // 2}
    kept = []
    for low, high in reversed(tuple(_iter_comparators(count))):
        if low in asked or high in asked:
            kept.append((low, high, low in asked, high in asked))
            asked |= {low, high}
    return tuple(reversed(kept))


def _iter_comparators(count: int) -> Iterator[tuple[int, int]]:
    run = 1
    while run < count:
        gap = run
        while gap:
            for start in range(gap % run, count - gap, 2 * gap):
                for low in range(start, min(start + gap, count - gap)):
                    if low // (2 * run) == (low + gap) // (2 * run):
                        yield low, low + gap
            gap //= 2
        run *= 2
