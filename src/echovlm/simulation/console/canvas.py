"""A picture to draw on that remembers every text, so that what is burned in is also known."""

from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

import numpy as np
from jaxtyping import UInt8
from PIL import Image, ImageDraw, ImageFont

from echovlm.simulation.console.regions import Box
from echovlm.simulation.console.style import Colour, Justify

_SMALLEST_PX = 5.0


class TextKind(Enum):
    """Why a text is on the screen."""

    MACHINE = "machine"
    HEADER = "header"  # place, date and time of the examination
    IDENTITY = "identity"
    RESULT = "result"


@dataclass(frozen=True, slots=True)
class BurnedText:
    """A text in the pixels, and where it is."""

    kind: TextKind
    text: str
    box_xyxy_px: Box


class Canvas:
    """An RGB picture; all lengths are pixels."""

    def __init__(self, width_px: int, height_px: int, *, background: Colour) -> None:
        self._image = Image.new("RGB", (width_px, height_px), background)
        self.draw = ImageDraw.Draw(self._image)
        self.texts: list[BurnedText] = []

    def text(
        self,
        corner_xy_px: tuple[float, float],
        text: str,
        *,
        text_px: float,
        colour: Colour,
        justify: Justify = Justify.LEFT,
        kind: TextKind = TextKind.MACHINE,
    ) -> Box:
        """Write a line and return its box; an empty one has no pixel and is not remembered."""
        at, font = (round(corner_xy_px[0]), round(corner_xy_px[1])), _font(max(text_px, _SMALLEST_PX))
        left, top, right, bottom = self.draw.textbbox(at, text, font=font, anchor=justify.value)
        box = (int(left), int(top), int(np.ceil(right)), int(np.ceil(bottom)))
        if text.strip():
            self.draw.text(at, text, fill=colour, font=font, anchor=justify.value)
            self.texts.append(BurnedText(kind, text, box))
        return box

    def text_width_px(self, text: str, *, text_px: float) -> float:
        """Return how wide a line would be."""
        return float(self.draw.textlength(text, font=_font(max(text_px, _SMALLEST_PX))))

    def fill(self, box: Box, colour: Colour) -> None:
        """Fill a box."""
        self.draw.rectangle((box[0], box[1], box[2] - 1, box[3] - 1), fill=colour)

    def paste(self, box: Box, pixels: UInt8[np.ndarray, "height width 3"]) -> None:
        """Put pixels into a box of their size."""
        self._image.paste(Image.fromarray(pixels), (box[0], box[1]))

    def pixels(self) -> UInt8[np.ndarray, "height width 3"]:
        """Return a copy of the picture."""
        return np.array(self._image)


@lru_cache(maxsize=64)
def _font(text_px: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(text_px)
