"""Text burned into an image, read by the OCR of the ``ocr`` extra (rapidocr, its models inside the wheel)."""

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from echovlm.errors import EchoVLMError

if TYPE_CHECKING:
    from rapidocr import RapidOCR

# Ten-pixel console text is missed at its own size and read at twice it (shared measurements of the library).
UPSAMPLING: Final = 2
_LEAST_SCORE: Final = 0.5


class OcrMissingError(EchoVLMError):
    """The OCR is not installed."""


@dataclass(frozen=True, slots=True)
class TextBox:
    """One line of text on an image.

    Attributes:
        text: As read, without spaces at its ends.
        score: How sure the reader is, 0 to 1.
        box_xyxy_px: Left, top, right, bottom in the image's pixels, end exclusive.
    """

    text: str
    score: float
    box_xyxy_px: tuple[int, int, int, int]


def read_text(
    image: UInt8[np.ndarray, "height width 3"], *, upsampling: int = UPSAMPLING
) -> tuple[TextBox, ...]:
    """Return the lines of text on an image, from top to bottom.

    Args:
        image: RGB.
        upsampling: How many times the image is enlarged first; 2 reads the smallest console text.

    Raises:
        OcrMissingError: If the ``ocr`` extra is not installed.
    """
    height, width, _ = image.shape
    if min(height, width) < 8:
        return ()
    large = np.asarray(
        Image.fromarray(image).resize((width * upsampling, height * upsampling), Image.Resampling.BICUBIC)
    )
    # The engine expects OpenCV's order of channels.
    found: Any = _engine()(large[..., ::-1], use_cls=False)
    if found.boxes is None or found.txts is None or found.scores is None:
        return ()
    lines = []
    for corners, text, score in zip(found.boxes, found.txts, found.scores, strict=True):
        if score < _LEAST_SCORE or not text.strip():
            continue
        low, high = corners.min(axis=0) / upsampling, corners.max(axis=0) / upsampling
        box = (
            max(0, int(np.floor(low[0]))),
            max(0, int(np.floor(low[1]))),
            min(width, int(np.ceil(high[0]))),
            min(height, int(np.ceil(high[1]))),
        )
        lines.append(TextBox(text.strip(), float(score), box))
    return tuple(sorted(lines, key=lambda line: (line.box_xyxy_px[1], line.box_xyxy_px[0])))


@lru_cache(maxsize=1)
def _engine() -> "RapidOCR":
    """Return the reader of this process; loading it takes a second."""
    try:
        from rapidocr import RapidOCR
    except ImportError as error:
        raise OcrMissingError(
            "burned-in text cannot be read: rapidocr and onnxruntime are not installed; "
            "run `pip install 'echovlm[ocr]'`"
        ) from error
    threads = "EngineConfig.onnxruntime"
    return RapidOCR(
        params={
            "Global.log_level": "critical",
            # Another process may be reading beside this one; more threads would only quarrel.
            f"{threads}.intra_op_num_threads": 1,
            f"{threads}.inter_op_num_threads": 1,
        }
    )
