"""Values that the machine burned into the picture, read by OCR, with the place on the screen."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

import numpy as np

from echovlm.clinical import (
    Measurement,
    Provenance,
    Source,
    Unit,
    UnitError,
    find_quantity_by_name,
    parse_unit,
    read_value,
)
from echovlm.curation.reasons import RowProblem
from echovlm.imaging import Clip
from echovlm.imaging.overlay import parse_overlay, read_text

_LARGE_SCREEN_PX: Final = 1000  # text of a screen this wide is read at its own size


def check_ocr() -> None:
    """Check that burned-in text can be read here.

    Raises:
        OcrMissingError: If the ``ocr`` extra is not installed.
    """
    read_text(np.zeros((16, 16, 3), np.uint8))


def read_overlay(clip: Clip, path: str, problems: Counter[RowProblem]) -> tuple[Measurement, ...]:
    """Return the values on the last frame of a clip: a reader measures on the frozen picture.

    Args:
        clip: With its frames.
        path: How the file is named in a provenance.
        problems: Counts what reads as a quantity and gives no value.

    Raises:
        OcrMissingError: If the ``ocr`` extra is not installed.
    """
    frame = clip.frames[-1]
    number = len(clip.frames) - 1 if clip.frame_indices is None else clip.frame_indices[-1]
    lines = read_text(frame, upsampling=1 if frame.shape[1] >= _LARGE_SCREEN_PX else 2)
    found: list[Measurement] = []
    for value in parse_overlay(lines):
        quantity = find_quantity_by_name(value.name)
        if quantity is None:
            continue
        box = " ".join(str(edge) for edge in value.box_xyxy_px)
        where = f"{path} frame {number}, box {box}, score {value.score:.2f}"
        try:
            unit = _unit(value.unit)
            reading = read_value(quantity, value.value, unit, Provenance(Source.OVERLAY, where))
        except UnitError:
            problems[RowProblem.WRONG_DIMENSION] += 1
            continue
        if reading.measurement is None:
            problems[RowProblem.IMPLAUSIBLE] += 1
        else:
            found.append(reading.measurement.canonical())
    return tuple(_once(found))


def _unit(text: str | None) -> Unit | None:
    return None if text is None else parse_unit(text)


def _once(values: list[Measurement]) -> Iterator[Measurement]:
    seen = set()
    for value in values:
        if (value.quantity, value.value) not in seen:
            seen.add((value.quantity, value.value))
            yield value
