"""DICOM pixel data of any transfer syntax, decoded to 8-bit RGB frames."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np
import simplejpeg
from jaxtyping import UInt8
from pydicom.dataset import Dataset
from pydicom.encaps import generate_frames
from pydicom.uid import UID, JPEGBaseline8Bit, JPEGExtended12Bit

from echovlm.imaging.choice import FrameChoice, choose_frames, every_frame
from echovlm.imaging.codestream import Codestream, find_codestream, with_rgb_marker
from echovlm.imaging.colour import MONOCHROME, PALETTE, READABLE, needs_window, to_rgb
from echovlm.imaging.errors import BrokenFileError, ImagingError, NotAnImageError, UnsupportedFileError
from echovlm.imaging.limits import check_size
from echovlm.imaging.plugins import DECODER_ERRORS, decode_samples, one_line
from echovlm.imaging.stored import StoredPixels, stored_pixels
from echovlm.imaging.tags import find_bytes, find_int, find_text

Frames = UInt8[np.ndarray, "frame height width 3"]

_ITEM_HEADER_BYTES: Final = 8  # a tag and a length before each fragment (PS3.5 A.4)
_FAST_JPEG: Final = frozenset({JPEGBaseline8Bit, JPEGExtended12Bit})


@dataclass(frozen=True, slots=True)
class Decoded:
    """Decoded frames.

    Attributes:
        frames: RGB.
        indices: Which frames of the file they are.
        n_frames: How many frames the file has.
        remarks: What had to be decided on the way.
    """

    frames: Frames
    indices: tuple[int, ...]
    n_frames: int
    remarks: tuple[str, ...]


def decode_frames(path: Path, dataset: Dataset, *, choose: FrameChoice = every_frame) -> Decoded:
    """Decode the chosen frames of a data set; the others are passed over undecoded.

    Raises:
        ImagingError: If there are no pixels, too many, or they cannot be decoded.
        ValueError: If the choice is none.
    """
    with stored_pixels(path, dataset) as stored:
        if stored is None:
            raise _without_pixels(path, dataset)
        n_frames, height, width = _stated_shape(path, dataset)
        check_size(path, frames=n_frames if choose is every_frame else 1, height=height, width=width)
        photometric = find_text(dataset, "PhotometricInterpretation") or ""
        if photometric not in READABLE:
            known = ", ".join(sorted(READABLE))
            raise UnsupportedFileError(
                path, f"Photometric Interpretation is {photometric!r}; readable are {known}"
            )
        syntax = _transfer_syntax(path, dataset)
        # Counted before anything is chosen: a lying number of frames makes no list of that length.
        if syntax.is_encapsulated and n_frames > stored.length // _ITEM_HEADER_BYTES:
            raise BrokenFileError(
                path, f"states {n_frames} frames in {stored.length} bytes: it was cut short"
            )
        if not syntax.is_encapsulated:
            _check_native_length(path, dataset, n_frames * height * width, stored.length)
        indices = choose_frames(choose, n_frames)
        check_size(path, frames=len(indices), height=height, width=width)
        shape = (len(indices), height, width)
        if not syntax.is_encapsulated:
            frames, remarks = _decode_with_plugin(path, dataset, stored, syntax, indices, shape)
            return Decoded(frames, indices, n_frames, remarks)
        wanted = set(indices)
        start = stored.stream.tell()
        streams, count = [], 0
        for index, stream in enumerate(_iter_streams(path, dataset, stored.stream, n_frames)):
            count += 1
            if index in wanted:
                streams.append(stream)
        if count != n_frames:
            raise BrokenFileError(path, f"states {n_frames} frames and holds {count}: the file was cut short")
        headers = [
            _checked_header(path, stream, index, height, width)
            for index, stream in zip(indices, streams, strict=True)
        ]
        if syntax in _FAST_JPEG and all(_is_fast(header) for header in headers):
            known_headers = [header for header in headers if header is not None]
            frames, remarks = _decode_jpeg(
                path, streams, known_headers, indices, photometric, (height, width)
            )
            return Decoded(frames, indices, n_frames, remarks)
        stored.stream.seek(start)
        frames, remarks = _decode_with_plugin(
            path, dataset, stored, syntax, indices, shape, header=headers[0]
        )
        return Decoded(frames, indices, n_frames, remarks)


def _without_pixels(path: Path, dataset: Dataset) -> ImagingError:
    modality = find_text(dataset, "Modality")
    if modality in (None, "US") or "Rows" in dataset:  # pydicom drops the element in which a file ends
        return BrokenFileError(path, "a DICOM file that ends before its pixels: it was cut short or damaged")
    return NotAnImageError(path, f"a DICOM file of modality {modality} without pixels: nothing to look at")


def _stated_shape(path: Path, dataset: Dataset) -> tuple[int, int, int]:
    """Return frames, rows and columns as the header states them."""
    stated = find_text(dataset, "NumberOfFrames")
    n_frames = 1 if stated is None else find_int(dataset, "NumberOfFrames")
    height, width = find_int(dataset, "Rows"), find_int(dataset, "Columns")
    if not n_frames or not height or not width or min(n_frames, height, width) < 1:
        raise BrokenFileError(
            path, f"states {stated or 1} frames of {width}×{height} pixels; all must be at least 1"
        )
    return n_frames, height, width


def _transfer_syntax(path: Path, dataset: Dataset) -> UID:
    syntax = UID(find_text(getattr(dataset, "file_meta", Dataset()), "TransferSyntaxUID") or "")
    if not syntax.is_transfer_syntax:
        raise BrokenFileError(
            path, f"the transfer syntax is {syntax or 'missing'}, which is none that DICOM defines"
        )
    return syntax


def _check_native_length(path: Path, dataset: Dataset, pixels: int, have: int) -> None:
    """Refuse uncompressed pixel data that is shorter than the header states."""
    samples = find_int(dataset, "SamplesPerPixel") or 1
    bits = find_int(dataset, "BitsAllocated") or 8
    # Native YBR_FULL_422 stores two samples a pixel (DICOM PS3.3 C.7.6.3.1.2).
    stored = 2 if find_text(dataset, "PhotometricInterpretation") == "YBR_FULL_422" else samples
    need = pixels * stored * bits // 8
    if have < need:
        raise BrokenFileError(path, f"states {need} bytes of pixels and holds {have}: the file was cut short")


def _iter_streams(path: Path, dataset: Dataset, data: BinaryIO, n_frames: int) -> Iterator[bytes]:
    """Yield the compressed bytes of each frame; at most one more than stated, to notice a surplus."""
    offsets = find_bytes(dataset, "ExtendedOffsetTable")
    lengths = find_bytes(dataset, "ExtendedOffsetTableLengths")
    extended = (offsets, lengths) if offsets and lengths else None
    try:
        frames = generate_frames(data, number_of_frames=n_frames, extended_offsets=extended)
        yield from itertools.islice(frames, n_frames + 1)
    except DECODER_ERRORS as error:
        raise BrokenFileError(
            path, f"its compressed frames cannot be told apart: {one_line(error)}"
        ) from error


def _checked_header(path: Path, stream: bytes, index: int, height: int, width: int) -> Codestream | None:
    """Return the frame's own header, refusing another size than the DICOM header's before allocating."""
    header = find_codestream(stream)
    if header is not None and (header.height_px, header.width_px) != (height, width):
        raise BrokenFileError(
            path,
            f"frame {index + 1} is compressed as {header.width_px}×{header.height_px} pixels, "
            f"but the DICOM header states {width}×{height}",
        )
    return header


def _is_fast(header: Codestream | None) -> bool:
    return header is not None and header.bits == 8 and header.components in (1, 3)


def _decode_jpeg(
    path: Path,
    streams: list[bytes],
    headers: list[Codestream],
    indices: tuple[int, ...],
    photometric: str,
    size_px: tuple[int, int],
) -> tuple[Frames, tuple[str, ...]]:
    """Decode 8-bit JPEG straight into one array of RGB.

    The stream's own markers decide whether its components are YCbCr; where it has none, the DICOM tag does.
    """
    frames = np.empty((len(streams), *size_px, 3), dtype=np.uint8)
    tag_is_rgb = photometric == "RGB"
    for target, stream, header, index in zip(frames, streams, headers, indices, strict=True):
        is_unmarked_rgb = header.components == 3 and header.stores_rgb is None and tag_is_rgb
        try:
            simplejpeg.decode_jpeg(
                with_rgb_marker(stream) if is_unmarked_rgb else stream, colorspace="RGB", buffer=target
            )
        except ValueError as error:
            raise BrokenFileError(path, f"frame {index + 1} is a broken JPEG: {one_line(error)}") from error
    if photometric == "MONOCHROME1":
        np.subtract(255, frames, out=frames)
    marked = headers[0].stores_rgb
    if headers[0].components == 3 and marked is not None and marked != tag_is_rgb:
        stored = "RGB" if marked else "YCbCr"
        return frames, (
            f"The tag says {photometric}, the compressed frames say {stored}; the frames were believed.",
        )
    return frames, ()


def _decode_with_plugin(
    path: Path,
    dataset: Dataset,
    stored: StoredPixels,
    syntax: UID,
    indices: tuple[int, ...],
    shape: tuple[int, int, int],
    *,
    header: Codestream | None = None,
) -> tuple[Frames, tuple[str, ...]]:
    """Decode by a plug-in, then convert from the colour space that it says it returned."""
    samples, returned = decode_samples(path, dataset, stored, syntax, indices)
    if samples.shape[:3] != shape:
        got, stated = ("×".join(map(str, sides)) for sides in (samples.shape[:3], shape))
        raise BrokenFileError(path, f"states {stated} frames × rows × columns and decodes to {got}")
    if header is not None and header.components == 3 and header.stores_rgb:
        returned = "RGB"
    channels = samples.shape[3:]
    if channels != (() if returned in MONOCHROME or returned == PALETTE else (3,)):
        raise BrokenFileError(
            path,
            f"is {returned} and holds {channels[0] if channels else 1} samples a pixel, which contradict",
        )
    try:
        frames = to_rgb(
            samples, dataset, photometric=returned, is_little_endian=bool(syntax.is_little_endian)
        )
    except (ValueError, TypeError, IndexError) as error:
        raise BrokenFileError(path, f"its colours cannot be converted: {one_line(error)}") from error
    if returned in MONOCHROME and needs_window(dataset):
        bits = find_int(dataset, "BitsStored")
        return frames, (
            f"Grey values of {bits} bits were mapped to 8 bits by the file's window, or by their range.",
        )
    return frames, ()
