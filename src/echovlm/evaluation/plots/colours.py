"""Colours that colour-blind readers tell apart too (Okabe and Ito)."""

from typing import Final

BLUE: Final = "#0072B2"
ORANGE: Final = "#D55E00"
GREEN: Final = "#009E73"
SKY: Final = "#56B4E9"
GREY: Final = "#8C8C8C"
