"""JPEG lossless, process 14 selection value 1 (ITU-T T.81 Annex H): the first-order predictor and Huffman codes."""

import struct
from typing import Final

import numpy as np
from jaxtyping import Int, UInt8

# T.81 table K.3, the typical code lengths of luminance differences: codes per length 1 to 16, then categories.
_CODES_PER_LENGTH: Final = (0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0)
_CATEGORIES: Final = tuple(range(12))
_BITS: Final = 8
_FIRST_PREDICTION: Final = 1 << (_BITS - 1)  # T.81 H.1.2.1


def encode_jpeg_lossless(image: UInt8[np.ndarray, "height width *sample"]) -> bytes:
    """Return a JPEG stream that decodes to exactly these samples.

    Args:
        image: Grey, or with a last axis of colour samples, which are stored as they are, interleaved.
    """
    height, width = image.shape[:2]
    samples = image.reshape(height, width, -1)
    n_samples = samples.shape[2]
    numbers = range(1, n_samples + 1)
    frame = struct.pack(">BHHB", _BITS, height, width, n_samples)
    frame += b"".join(struct.pack("BBB", number, 0x11, 0) for number in numbers)  # no subsampling
    table = struct.pack("B16B", 0, *_CODES_PER_LENGTH) + bytes(_CATEGORIES)
    scan = struct.pack("B", n_samples) + b"".join(struct.pack("BB", number, 0) for number in numbers)
    scan += struct.pack("BBB", 1, 0, 0)  # predictor 1: the sample to the left; no point transform
    segments = ((0xC3, frame), (0xC4, table), (0xDA, scan))
    head = b"".join(struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body for marker, body in segments)
    return b"\xff\xd8" + head + _entropy_code(_differences(samples)) + b"\xff\xd9"


def _differences(
    samples: UInt8[np.ndarray, "height width sample"],
) -> Int[np.ndarray, "height width sample"]:
    """Return sample minus prediction: the left neighbour, or the upper one in the first column."""
    value = samples.astype(np.int32)
    difference = np.diff(value, axis=1, prepend=0)
    difference[:, 0] = np.diff(value[:, 0], axis=0, prepend=_FIRST_PREDICTION)
    return difference


def _entropy_code(differences: Int[np.ndarray, "height width sample"]) -> bytes:
    """Return the entropy-coded segment: a Huffman code of the size of each difference, then its bits."""
    flat = differences.ravel()
    magnitude = np.abs(flat)
    category = np.ceil(np.log2(magnitude + 1)).astype(np.int64)
    low_bits = np.where(flat < 0, flat + (1 << category) - 1, flat)  # T.81 F.1.2.1.1
    codes, lengths = _huffman_table()
    return _pack((codes[category] << category) | low_bits, lengths[category] + category)


def _huffman_table() -> tuple[Int[np.ndarray, " category"], Int[np.ndarray, " category"]]:
    """Return code and length of each category (T.81 Annex C)."""
    lengths = [length for length, count in enumerate(_CODES_PER_LENGTH, start=1) for _ in range(count)]
    codes, code = [], 0
    for index, length in enumerate(lengths):
        if index:
            code = (code + 1) << (length - lengths[index - 1])
        codes.append(code)
    return np.array(codes, np.int64), np.array(lengths, np.int64)


def _pack(values: Int[np.ndarray, " value"], lengths: Int[np.ndarray, " value"]) -> bytes:
    """Write each value with its number of bits, at most 32; fill the last byte with ones and stuff zeros."""
    ends = np.cumsum(lengths)
    word, offset = np.divmod(ends - lengths, 32)
    wide = values.astype(np.uint64) << (64 - offset - lengths).astype(np.uint64)
    n_words = int(word[-1]) + 2
    # No two values share a bit, so that adding is joining; a float holds each 32-bit word exactly.
    high = np.bincount(word, weights=(wide >> np.uint64(32)).astype(np.float64), minlength=n_words)
    low = np.bincount(word + 1, weights=(wide & np.uint64(0xFFFFFFFF)).astype(np.float64), minlength=n_words)
    packed = bytearray((high + low).astype(np.uint32).astype(">u4").tobytes())
    n_bits = int(ends[-1])
    del packed[(n_bits + 7) // 8 :]
    if n_bits % 8:
        packed[-1] |= 0xFF >> (n_bits % 8)
    return bytes(packed).replace(b"\xff", b"\xff\x00")
