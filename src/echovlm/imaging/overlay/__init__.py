"""What the machine wrote on the picture: text found by OCR, and the measurements that it states."""

from echovlm.imaging.overlay.reader import OcrMissingError, TextBox, read_text
from echovlm.imaging.overlay.values import OverlayValue, parse_overlay

__all__ = ["OcrMissingError", "OverlayValue", "TextBox", "parse_overlay", "read_text"]
