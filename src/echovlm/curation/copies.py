"""Whether two files show the same frames though their bytes differ: one is the other, compressed anew."""

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Final

import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image

from echovlm.imaging import Clip, Evenly

# Of the file's frames, whichever of them are stored; the last is among them.
LOOKED_AT: Final = Evenly(4)
_WAVES: Final = 8  # in both directions: the slowest cosines, which no codec touches
_FLAT_STD: Final = 2.0  # grey levels of the slow cosines; a black screen is a copy of nobody's
# Of 175 simulated clips of 12 frames, 2 copies at JPEG quality 35 differ in more bits than this, and the closest two
# of 350 clips in 18.
_MOST_BITS: Final = 12
_BANDS: Final = 16  # of 16 bits: 12 wrong bits leave at least 4 bands whole
# Differences between neighbouring cells, in grey levels, that a codec keeps: at quality 35 1 in 1,100 changes sign.
# Between successive beats of one simulated acquisition, the most alike that two clips can be, 3 to 90 in 1,000 do.
_CELL_PX: Final = 4
_CLEAR_GREY: Final = 8
_MOST_CHANGED_FRAC: Final = 0.002
_LEAST_CELLS: Final = 500


def fingerprint(frames: Sequence[UInt8[np.ndarray, "height width 3"]]) -> str:
    """Return 252 bits in hexadecimal that say what frames look like; empty when they are nearly flat.

    Bit by bit, whether one of the slowest cosines of a frame weighs more than the middle one (a perceptual hash).
    """
    # Every second green pixel: cheap, and enough here. In 64 bits and rounded, so that a wave which is not there, as in
    # a mirrored picture, weighs nothing in whichever order a machine adds.
    thin = np.stack([frame[::2, ::2, 1] for frame in frames]).astype(np.float64)
    rows, columns = map(_cosines, thin.shape[1:])
    waves = np.round(rows @ thin @ columns.T, 6)
    slow = waves.reshape(len(thin), -1)[:, 1:]  # without the mean: brightness is no content
    if (
        float(np.square(slow).sum()) < _FLAT_STD**2 * thin.size
    ):  # orthonormal: as many squares as the pixels have
        return ""
    middle = np.sort(slow, axis=1)[:, slow.shape[1] // 2, None]  # of an odd number
    return np.packbits(slow > middle).tobytes().hex()


def look_alike(
    one: UInt8[np.ndarray, "frame height width 3"], other: UInt8[np.ndarray, "frame height width 3"]
) -> bool:
    """Whether two clips show the same frames but for the loss of a codec; a copy of another size is not told."""
    if one.shape != other.shape:
        return False
    changed = clear = 0
    for first, second in zip(one, other, strict=True):
        steps, other_steps = _steps(first), _steps(second)
        is_clear = np.maximum(np.abs(steps), np.abs(other_steps)) > _CLEAR_GREY
        changed += int((is_clear & (np.sign(steps) != np.sign(other_steps))).sum())
        clear += int(is_clear.sum())
    return clear >= _LEAST_CELLS and changed <= _MOST_CHANGED_FRAC * clear


def looked_at(clip: Clip, n_frames: int) -> list[UInt8[np.ndarray, "height width 3"]]:
    """Return the frames of a clip that are compared, not copied; all of them must have been decoded."""
    indices = clip.frame_indices or range(len(clip.frames))
    return [clip.frames[indices.index(index)] for index in _places(n_frames)]


# Clips of an archive have a few lengths.
@lru_cache(maxsize=64)
def _places(n_frames: int) -> Sequence[int]:
    return LOOKED_AT(n_frames)


def find_copies(fingerprints: Sequence[str], is_copy: Callable[[int, int], bool]) -> dict[int, int]:
    """Return which clips are copies of which earlier one.

    Args:
        fingerprints: Of every clip in order; empty ones are compared with nothing.
        is_copy: Whether a clip (second) is a copy of an earlier one (first), asked where their fingerprints are alike.
    """
    copies: dict[int, int] = {}
    for first, second in sorted(set(_candidates(fingerprints)), key=lambda pair: (pair[1], pair[0])):
        if second not in copies and first not in copies and is_copy(first, second):
            copies[second] = first
    return copies


def _candidates(fingerprints: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield pairs of clips whose fingerprints differ in few bits; the earlier first."""
    by_length: dict[int, list[int]] = {}
    for number, text in enumerate(fingerprints):
        if text:
            by_length.setdefault(len(text), []).append(number)
    for numbers in by_length.values():
        place = np.array(numbers)
        bits = np.array([list(bytes.fromhex(fingerprints[number])) for number in numbers], dtype=np.uint8)
        bands = np.array_split(np.arange(bits.shape[1]), min(_BANDS, bits.shape[1]))
        for band in bands:
            order = np.lexsort(bits[:, band].T[::-1])
            changes = (np.diff(bits[order][:, band].astype(np.int16), axis=0) != 0).any(axis=1)
            edges = [0, *(np.flatnonzero(changes) + 1).tolist(), len(order)]
            for start, stop in pairwise(edges):
                yield from _close(bits, place, np.sort(order[start:stop]))


def _close(bits: np.ndarray, place: np.ndarray, members: np.ndarray) -> Iterator[tuple[int, int]]:
    for index, member in enumerate(members[:-1]):
        others = members[index + 1 :]
        distance = np.bitwise_count(bits[others] ^ bits[member]).sum(axis=1)
        for other in others[distance <= _MOST_BITS]:
            yield int(place[member]), int(place[other])


# Clips of an archive have a few sizes.
@lru_cache(maxsize=64)
def _cosines(n_pixels: int) -> Float[np.ndarray, "wave pixel"]:
    """Return the slowest cosines over a row of pixels, of length one each (the first rows of a DCT-II)."""
    angles = np.pi / n_pixels * np.outer(np.arange(_WAVES), np.arange(n_pixels) + 0.5)
    waves = np.cos(angles) * np.sqrt(2 / n_pixels)
    waves[0] /= np.sqrt(2)
    return np.asarray(waves)


def _steps(frame: UInt8[np.ndarray, "height width 3"]) -> np.ndarray:
    """Return the differences between neighbouring cells of a frame, in grey levels."""
    cells = np.asarray(Image.fromarray(frame).convert("L").reduce(_CELL_PX), dtype=np.int16)
    return cells[:, 1:] - cells[:, :-1]
