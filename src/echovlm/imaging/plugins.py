"""pydicom's decoder plug-ins: which one decodes a transfer syntax, and how to survive it."""

import json
import struct
import subprocess
import sys
from pathlib import Path
from typing import Final

import numpy as np
from jaxtyping import Shaped
from pydicom.dataset import Dataset
from pydicom.errors import BytesLengthException
from pydicom.pixels.decoders.base import Decoder, get_decoder
from pydicom.uid import UID

from echovlm.imaging.errors import BrokenFileError, UnsupportedFileError

Samples = Shaped[np.ndarray, "frame height width *channel"]

# In order of trust. One is named, because pydicom else tries all in turn.
_PLUGINS: Final = ("pylibjpeg", "pillow", "pydicom", "gdcm")
# A damaged frame makes gdcm throw what Python cannot catch, which ends the process: it gets its own.
_UNSAFE: Final = "gdcm"
_CHILD: Final = Path(__file__).with_name("gdcm_child.py")
_CHILD_LIMIT_S: Final = 120.0
# What pydicom and its plug-ins raise on pixel data that is cut, swapped or lying.
DECODER_ERRORS: Final = (
    BytesLengthException, ValueError, TypeError, AttributeError, KeyError, IndexError, EOFError, RuntimeError,
    NotImplementedError, OverflowError, MemoryError, OSError, ZeroDivisionError, struct.error,
)  # fmt: skip


def decode_samples(path: Path, dataset: Dataset, syntax: UID) -> tuple[Samples, str]:
    """Decode all frames of a data set.

    Returns:
        The samples, and the photometric interpretation that the decoder says they have.

    Raises:
        UnsupportedFileError: If no decoder for the transfer syntax is installed.
        BrokenFileError: If the pixels cannot be decoded.
    """
    decoder = _available_decoder(path, syntax)
    plugin = next((name for name in _PLUGINS if name in decoder.available_plugins), "")
    if plugin == _UNSAFE:
        return _decode_apart(path)
    try:
        frames = []
        returned = ""
        for frame, properties in decoder.iter_array(dataset, raw=True, decoding_plugin=plugin):
            frames.append(frame)
            returned = str(properties["photometric_interpretation"])
        return np.stack(frames), returned
    except DECODER_ERRORS as error:
        raise BrokenFileError(path, f"its pixels cannot be decoded: {one_line(error)}") from error


def one_line(error: BaseException) -> str:
    """Return the last line of an error; plug-ins put the cause below a general sentence."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[-1] if lines else type(error).__name__)[:160].rstrip(".:")


def _available_decoder(path: Path, syntax: UID) -> Decoder:
    try:
        decoder: Decoder = get_decoder(syntax)
    except NotImplementedError as error:
        raise UnsupportedFileError(path, f"the transfer syntax {syntax.name} is not handled") from error
    if not decoder.is_available:
        raise UnsupportedFileError(
            path, f"no decoder for {syntax.name} is installed: pip install 'echovlm[codecs]'"
        )
    return decoder


def _decode_apart(path: Path) -> tuple[Samples, str]:
    """Decode in a child process, which ignores the working folder: one named ``dl`` breaks gdcm's import."""
    try:
        child = subprocess.run(
            [sys.executable, "-I", str(_CHILD), str(path.absolute())],
            capture_output=True,
            timeout=_CHILD_LIMIT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise BrokenFileError(path, f"its pixels were not decoded in {_CHILD_LIMIT_S:g} s") from error
    if child.returncode != 0:
        raise BrokenFileError(path, "its pixels cannot be decoded: the decoder gave up on damaged data")
    head, _, body = child.stdout.partition(b"\n")
    about = json.loads(head)
    return np.frombuffer(body, dtype=about["dtype"]).reshape(about["shape"]), str(about["photometric"])
