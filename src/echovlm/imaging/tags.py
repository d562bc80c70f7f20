"""DICOM attributes read leniently: a missing, empty or malformed value is ``None``, never a crash."""

import math
import struct

from pydicom.dataset import Dataset
from pydicom.errors import BytesLengthException
from pydicom.multival import MultiValue
from pydicom.sequence import Sequence


def find_text(header: Dataset, keyword: str) -> str | None:
    """Return the first value of ``keyword`` as stripped text, or ``None`` when absent or empty."""
    value = _value(header, keyword)
    if isinstance(value, MultiValue | list | tuple):
        value = value[0] if len(value) else None
    text = "" if value is None else str(value).strip("\0 \t\r\n")
    return text or None


def find_texts(header: Dataset, keyword: str) -> tuple[str, ...]:
    """Return every value of ``keyword`` as stripped text; empty ones too, to keep positions."""
    value = _value(header, keyword)
    if value is None:
        return ()
    values = value if isinstance(value, MultiValue | list | tuple) else (value,)
    return tuple(str(item).strip("\0 \t\r\n") for item in values)


def find_numbers(header: Dataset, keyword: str) -> tuple[float, ...]:
    """Return every value of ``keyword`` as finite floats; empty when absent or when one is not a number."""
    try:
        numbers = tuple(float(text) for text in find_texts(header, keyword))
    except ValueError:
        return ()
    return numbers if all(math.isfinite(number) for number in numbers) else ()


def find_number(header: Dataset, keyword: str) -> float | None:
    """Return the first value of ``keyword`` as a finite float, or ``None``."""
    numbers = find_numbers(header, keyword)
    return numbers[0] if numbers else None


def find_int(header: Dataset, keyword: str) -> int | None:
    """Return the first value of ``keyword`` as an integer, or ``None`` when it is not a whole number."""
    number = find_number(header, keyword)
    return int(number) if number is not None and number == int(number) else None


def find_items(header: Dataset, keyword: str) -> tuple[Dataset, ...]:
    """Return the items of a sequence; empty when absent or when the value is not a sequence."""
    value = _value(header, keyword)
    return tuple(value) if isinstance(value, Sequence) else ()


def find_bytes(header: Dataset, keyword: str) -> bytes | None:
    """Return the value of a binary element, or ``None`` when it is absent, empty or of another kind."""
    value = _value(header, keyword)
    return value if isinstance(value, bytes) and value else None


def has_value(header: Dataset, keyword: str) -> bool:
    """Return whether anything but padding stands in an element, readable or not."""
    if keyword not in header:
        return False
    raw = header.get_item(keyword)  # not parsed, so that a malformed value counts too
    value = None if raw is None else raw.value
    if isinstance(value, bytes):
        return bool(value.strip(b"\0 \t\r\n"))
    return value is not None and bool(str(value).strip("\0 \t\r\n"))


def _value(header: Dataset, keyword: str) -> object:
    """Return the parsed value of an element.

    pydicom parses values lazily, so a malformed one raises here: ValueError for text that is no number or
    a wrong byte length, TypeError and KeyError for an impossible VR, NotImplementedError for an unknown one.
    """
    try:
        return header.get(keyword)
    except (
        BytesLengthException,
        ValueError,
        TypeError,
        KeyError,
        NotImplementedError,
        AttributeError,
        IndexError,
        OverflowError,
        OSError,  # ... and these when a large element is read from the file only now
        AssertionError,
        StopIteration,
        struct.error,
    ):
        return None
