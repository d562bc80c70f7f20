"""The reader that ships with the package; its card, `weights/reader.md`, says how it was made and how well it reads."""

from pathlib import Path
from typing import Final

_WEIGHTS: Final = Path(__file__).parent / "weights"


def embedded_reader() -> Path:
    """Return the checkpoint of the reader that ships with the package, for ``load_reader``."""
    return _WEIGHTS / "reader.safetensors"
