"""A second look at a finished file, which shares no code with the first: bytes, attributes, and the picture's text."""

import io
import re
from collections.abc import Callable, Iterator
from typing import Final

import numpy as np
from pydicom import dcmread
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset

from echovlm.imaging.overlay import TextBox

Reader = Callable[[np.ndarray], tuple[TextBox, ...]]

_WORD: Final = re.compile(r"[^\W_]+")
_LEAST_LETTERS: Final = (
    4  # "LEE" occurs in compressed pixels by chance; whole values are searched at any length of 4 on
)
_LEAST_DIGITS: Final = 5
# Value representations that can hold a person's, a place's or a file's name, a number or a date.
_TELLING: Final = frozenset(
    {"AE", "DA", "DT", "LO", "LT", "PN", "SH", "ST", "UC", "UI", "UR", "UT", "UN", "OB"}
)
_SAYING: Final = frozenset({"LO", "SH", "ST", "LT", "PN", "UC", "UT"})
_STANDARD: Final = re.compile(r"1\.2\.840\.10008\.[\d.]+")
# What the new file says by itself.
_OURS: Final = frozenset(
    {
        "DeidentificationMethod",
        "CodeMeaning",
        "CodeValue",
        "Manufacturer",
        "ManufacturerModelName",
        "ImageType",
    }
)
_PLAIN_VALUES: Final = frozenset({"SequenceOfUltrasoundRegions", "PixelData", "ImageType", "Modality"})


def find_leaks(
    source: Dataset, written: bytes, *, reader: Reader, repeated: frozenset[str] = frozenset()
) -> tuple[str, ...]:
    """Return why a written file is not clean; nothing when it is.

    Args:
        source: The original data set.
        written: The bytes of the new file.
        reader: Reads the text of one image.
        repeated: Keywords of attributes that may stay word by word, because the options ask for them.
    """
    output = dcmread(io.BytesIO(written))
    return (
        *_attribute_leaks(output),
        *_byte_leaks(source, output, written, repeated=repeated),
        *_pixel_leaks(output, reader),
    )


def _attribute_leaks(output: Dataset) -> Iterator[str]:
    """Look for kinds of attributes that no clean file has, at any depth."""
    for element in output.iterall():
        if element.tag.is_private:
            yield f"private element {element.tag}"
        elif element.VR == "PN" and element.keyword not in ("PatientName", "ReferringPhysicianName"):
            yield f"a person's name in {element.keyword}"
        elif element.tag.group in range(0x5000, 0x6100):
            yield f"an overlay or a curve {element.tag}"
        elif element.VR in ("LT", "UT", "UC", "UR", "ST", "UN"):
            yield f"free text in {element.keyword or element.tag}"
    if output.get("PatientIdentityRemoved") != "YES":
        yield "Patient Identity Removed is not YES"
    if output.get("PatientBirthDate"):
        yield "a birth date"
    if str(output.get("PatientAge", "")) > "090Y":  # three digits and a letter: text order is number order
        yield "an age above 90"


def _byte_leaks(
    source: Dataset, output: Dataset, written: bytes, *, repeated: frozenset[str]
) -> Iterator[str]:
    """Search the bytes for every value of the original that tells who somebody is."""
    # Pixels are random to a search of text: only what stands before them is searched.
    data = output.get_item("PixelData")
    head = written if data is None else written[: written.rfind(b"\xe0\x7f\x10\x00")]
    folded = head.decode("latin-1").casefold()
    kept = {
        word.casefold() for text in _texts(output, _OURS | repeated) for word in (text, *_WORD.findall(text))
    }
    for keyword, word in sorted(set(_identities(source))):
        if word.casefold() in folded and word.casefold() not in kept - _words_of_identity(source):
            yield f"a value of {keyword} is still there"
    # Short names occur in bytes by chance, but not as words of what the new file says.
    said = {
        word.casefold()
        for element in output.iterall()
        if element.VR in _SAYING and element.keyword not in _OURS | repeated
        for word in _WORD.findall(str(element.value))
    }
    if said & _words_of_identity(source):
        yield "a word of the patient's name or number is still there"


def _texts(dataset: Dataset, keywords: frozenset[str]) -> Iterator[str]:
    """Return what the new file says by itself, codes, methods and classes, and what it was asked to repeat."""
    for element in dataset.iterall():
        if element.keyword in keywords:
            yield str(element.value)


def _words_of_identity(source: Dataset) -> set[str]:
    """Return the words of the patient's own name and number, which nothing may repeat, not even a code."""
    own = " ".join(
        str(source.get(keyword, "")) for keyword in ("PatientName", "PatientID", "OtherPatientIDs")
    )
    return {word.casefold() for word in _WORD.findall(own)}


def _identities(source: Dataset) -> Iterator[tuple[str, str]]:
    """Return the words of the original that could identify, with the attribute that each came from."""
    for element in source.iterall():
        if element.VR not in _TELLING or element.keyword in _PLAIN_VALUES:
            continue
        for text in _values(element):
            if _STANDARD.fullmatch(text):
                continue
            name = element.keyword or f"private {element.tag}"
            if element.VR == "UI":
                if len(text) > 12:
                    yield name, text
                continue
            for word in _WORD.findall(text):
                is_number = word.isdigit()
                if len(word) >= (_LEAST_DIGITS if is_number else _LEAST_LETTERS):
                    yield name, word


def _values(element: DataElement) -> Iterator[str]:
    value = element.value
    if isinstance(value, bytes):
        if len(value) <= 4096:  # a private blob of text, not of pixels
            yield value.decode("latin-1")
        return
    for item in value if isinstance(value, (list, tuple)) or element.VM > 1 else (value,):
        yield str(item)


def _pixel_leaks(output: Dataset, reader: Reader) -> Iterator[str]:
    """Read the text of other pictures than the first pass read: what stands long, what stands short, and the middle."""
    pixels = output.pixel_array
    frames = pixels.reshape(-1, output.Rows, output.Columns, output.SamplesPerPixel)
    pictures = [frames[len(frames) // 2]]
    if len(frames) > 1:
        pictures += [np.median(frames, axis=0).astype(np.uint8), frames.max(axis=0)]
    lines = 0
    for picture in pictures:
        colour = np.ascontiguousarray(np.broadcast_to(picture, (*picture.shape[:2], 3)))
        rows, columns = np.nonzero(colour.max(axis=2))
        if not len(rows):
            continue
        part = colour[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
        lines += sum(_tells(line, part) for line in reader(part))
    if lines:
        yield f"{lines} lines of text are still read in the picture"


def _tells(line: TextBox, part: np.ndarray) -> bool:
    """Whether a line could name somebody: two letters or digits, and not all of it on black."""
    x0, y0, x1, y1 = line.box_xyxy_px
    lit = part[max(0, y0 - 1) : y1 + 1, max(0, x0 - 1) : x1 + 1]
    return len(re.sub(r"[\W_]", "", line.text)) >= 2 and bool(lit.any())
