"""Measured lines drawn where they were measured, with labels that do not cover each other."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Final

from echovlm.clinical import Landmark
from echovlm.interpretation.pictures import LABEL_SIZE_SHARE, Caliper, ClipPicture, Placement
from echovlm.interpretation.study import MeasuredValue
from echovlm.interpretation.wording import format_number, format_unit
from echovlm.measure import TracedClip

# `echovlm.measure` names both ends in the locator: "clip 1 frame 1, ivs-lv-side to pw-lv-side".
_ENDS: Final = re.compile(r", ([a-z-]+) to ([a-z-]+)$")
_LANDMARK: Final[Mapping[str, Landmark]] = {landmark.value: landmark for landmark in Landmark}
_LETTER_WIDTH: Final = 0.66  # of the font size; wide enough for a bold face


@dataclass(frozen=True, slots=True)
class _Line:
    """A measured line without its label."""

    position: int
    start: tuple[float, float]
    end: tuple[float, float]
    text: str

    @property
    def middle(self) -> tuple[float, float]:
        return (self.start[0] + self.end[0]) / 2, (self.start[1] + self.end[1]) / 2


@dataclass(frozen=True, slots=True)
class _Box:
    """Where a label stands on one frame."""

    position: int
    left_px: float
    middle_px: float
    width_px: float

    def overlaps(self, other: "_Box", height_px: float) -> bool:
        return (
            self.position == other.position
            and abs(self.middle_px - other.middle_px) < height_px
            and self.left_px < other.left_px + other.width_px
            and other.left_px < self.left_px + self.width_px
        )


def draw_callipers(
    values: Sequence[MeasuredValue], traced: TracedClip, picture: ClipPicture, placement: Placement
) -> tuple[Caliper, ...]:
    """Return the lines of one clip's linear measurements, on those frames that the picture shows.

    Args:
        values: All values measured in the study.
        traced: The clip's landmarks.
        picture: The clip's picture.
        placement: From the landmarks' pixels to the picture's.
    """
    lines = [line for value in values if (line := _find_line(value, traced, picture, placement)) is not None]
    letter_px = LABEL_SIZE_SHARE * picture.width_px
    drawn: list[Caliper] = []
    taken: list[_Box] = []
    for line in lines:
        beside = fmean(other.middle[0] for other in lines if other.position == line.position)
        box = _place_label(line, taken, picture.width_px, to_left=line.middle[0] < beside - letter_px)
        taken.append(box)
        label_at = (round(box.left_px, 1), round(box.middle_px + 0.35 * letter_px, 1))
        drawn.append(Caliper(line.position, line.start, line.end, line.text, label_at))
    return tuple(drawn)


def _find_line(
    value: MeasuredValue, traced: TracedClip, picture: ClipPicture, placement: Placement
) -> _Line | None:
    measured = value.measurement
    ends = _ENDS.search(measured.provenance.locator)
    here = next((e.frame_index for e in value.evidence if e.clip_number == picture.clip_number), None)
    if ends is None or here is None or here not in picture.frame_indices:
        return None
    start, end = (traced.point(_LANDMARK[name], here) for name in ends.groups())
    if start is None or end is None:
        return None
    number, unit = format_number(measured.value, measured.unit), format_unit(measured.unit)
    return _Line(
        position=picture.frame_indices.index(here),
        start=placement.place(float(start[0]), float(start[1])),
        end=placement.place(float(end[0]), float(end[1])),
        text=f"{measured.quantity.label} {number} {unit}",
    )


def _place_label(line: _Line, taken: Sequence[_Box], picture_width_px: int, *, to_left: bool) -> _Box:
    """Return the nearest free place on the wanted side of the line's middle, kept inside the picture."""
    letter_px = LABEL_SIZE_SHARE * picture_width_px
    x_px, y_px = line.middle
    width_px = _LETTER_WIDTH * letter_px * len(line.text)
    left_px = x_px - 0.6 * letter_px - width_px if to_left else x_px + 0.6 * letter_px
    inside_px = min(max(left_px, 2.0), picture_width_px - width_px)
    boxes = [
        _Box(line.position, inside_px, y_px + rows * 1.15 * letter_px, width_px)
        for rows in (0, -1, 1, -2, 2, -3, 3)
    ]
    free = (box for box in boxes if not any(box.overlaps(other, 1.1 * letter_px) for other in taken))
    return next(free, boxes[0])
