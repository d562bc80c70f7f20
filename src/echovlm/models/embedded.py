"""The models inside the package; the card beside each, `weights/*.md`, says how it was made and what it measured."""

from pathlib import Path
from typing import Final

_WEIGHTS: Final = Path(__file__).parent / "weights"


def embedded_model() -> Path:
    """Return the checkpoint of the dual encoder, for ``load_echovlm``; the outlines' lies beside it."""
    return _WEIGHTS / "echovlm.safetensors"


def embedded_outlines() -> Path:
    """Return the checkpoint that traces calibrated clips in millimetres, for ``load_dense``."""
    return _WEIGHTS / "dense.safetensors"


def embedded_reader() -> Path:
    """Return the checkpoint of the reader of clips of any origin, for ``load_reader``."""
    return _WEIGHTS / "reader.safetensors"
