"""The pixel data of a DICOM file as it is stored, without holding it in memory."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset

# Larger elements stay in the file until they are asked for.
DEFER_BYTES: Final = 1024**2
_UNDEFINED: Final = 0xFFFFFFFF
_BINARY: Final = ("OB", "OW", "UN", "OB or OW", None)


@dataclass(frozen=True, slots=True)
class StoredPixels:
    """Where the pixel data can be read.

    Attributes:
        stream: Positioned at its first byte.
        length: Bytes that are there; of data of undefined length, at most this many.
        vr: Its value representation.
    """

    stream: BinaryIO
    length: int
    vr: str


@contextmanager
def stored_pixels(path: Path, dataset: Dataset) -> Iterator[StoredPixels | None]:
    """Give the pixel data of a data set that was read with or without ``DEFER_BYTES``; ``None`` when it has none.

    Raises:
        OSError: If the file cannot be opened again.
    """
    element = dataset.get_item("PixelData", keep_deferred=True) if "PixelData" in dataset else None
    place = None if element is None or element.VR not in _BINARY else _place(element)
    if isinstance(place, bytes):
        yield StoredPixels(io.BytesIO(place), len(place), str(element.VR or "OW")) if place else None  # type: ignore[union-attr]
    elif place is None:
        yield None
    else:
        start, stated = place
        with path.open("rb") as stream:
            left = stream.seek(0, io.SEEK_END) - start
            stream.seek(start)
            length = left if stated == _UNDEFINED else min(left, stated)
            yield StoredPixels(stream, length, str(element.VR or "OW")) if length > 0 else None  # type: ignore[union-attr]


def _place(element: DataElement | RawDataElement) -> bytes | tuple[int, int] | None:
    """Return the bytes of an element, or where in the file they begin and how many they are."""
    if isinstance(element.value, bytes):
        return element.value
    if isinstance(element, RawDataElement) and element.value is None and element.length:
        return element.value_tell, element.length
    return None
