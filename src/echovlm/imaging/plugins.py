"""pydicom's decoder plug-ins: which one decodes a transfer syntax, and how to survive it."""

import itertools
import json
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import numpy as np
from jaxtyping import Shaped
from pydicom.dataset import Dataset
from pydicom.errors import BytesLengthException
from pydicom.pixels.decoders.base import Decoder, get_decoder
from pydicom.pixels.utils import as_pixel_options
from pydicom.uid import UID

from echovlm.imaging.errors import BrokenFileError, UnsupportedFileError
from echovlm.imaging.stored import StoredPixels

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


def decode_samples(
    path: Path, dataset: Dataset, stored: StoredPixels, syntax: UID, indices: tuple[int, ...]
) -> tuple[Samples, str]:
    """Decode the chosen frames of a data set.

    Returns:
        The samples, and the photometric interpretation that the decoder says they have.

    Raises:
        UnsupportedFileError: If no decoder for the transfer syntax is installed.
        BrokenFileError: If the pixels cannot be decoded.
    """
    decoder = _available_decoder(path, syntax)
    plugin = next((name for name in _PLUGINS if name in decoder.available_plugins), "")
    if plugin == _UNSAFE:
        return _decode_apart(path, indices)
    try:
        about = as_pixel_options(
            dataset, transfer_syntax_uid=syntax, pixel_keyword="PixelData", pixel_vr=stored.vr
        )
        chosen = None if indices == tuple(range(int(about["number_of_frames"]))) else indices
        decoded = decoder.iter_array(stored.stream, indices=chosen, raw=True, decoding_plugin=plugin, **about)
        return _gather(decoded, len(indices))
    except DECODER_ERRORS as error:
        raise BrokenFileError(path, f"its pixels cannot be decoded: {one_line(error)}") from error


def _gather(decoded: Iterable[tuple[np.ndarray, dict[str, Any]]], n_frames: int) -> tuple[Samples, str]:
    """Put frames into one array as they come, so that no frame is held twice."""
    samples: np.ndarray | None = None
    returned, count = "", 0
    for frame, properties in itertools.islice(decoded, n_frames):
        if samples is None:
            samples = np.empty((n_frames, *frame.shape), frame.dtype)
        samples[count] = frame
        returned = str(properties["photometric_interpretation"])
        count += 1
    if samples is None or count != n_frames:
        raise ValueError(f"{count} of {n_frames} frames could be decoded")
    return samples, returned


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


def _decode_apart(path: Path, indices: tuple[int, ...]) -> tuple[Samples, str]:
    """Decode in a child process, which ignores the working folder: one named ``dl`` breaks gdcm's import."""
    with tempfile.TemporaryDirectory(prefix="echovlm-") as folder:
        samples = Path(folder) / "samples"
        chosen = ",".join(map(str, indices))
        try:
            child = subprocess.run(
                [sys.executable, "-I", str(_CHILD), str(path.absolute()), str(samples), chosen],
                capture_output=True,
                timeout=_CHILD_LIMIT_S,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise BrokenFileError(path, f"its pixels were not decoded in {_CHILD_LIMIT_S:g} s") from error
        if child.returncode != 0:
            raise BrokenFileError(path, "its pixels cannot be decoded: the decoder gave up on damaged data")
        about = json.loads(child.stdout)
        return (
            np.fromfile(samples, dtype=about["dtype"]).reshape(about["shape"]),
            str(about["photometric"]),
        )
