"""Decoded samples of any photometric interpretation, as 8-bit RGB.

The caller passes what the *decoder returned*, which is not always what the file's tag says: a JPEG decoder
may have converted YCbCr already, and converting twice turns the picture green.
"""

from typing import Final

import numpy as np
from jaxtyping import Shaped, UInt8
from PIL import Image
from pydicom.dataset import Dataset
from pydicom.pixels.processing import apply_color_lut

from echovlm.imaging.tags import find_bytes, find_int, find_number, find_numbers

YBR: Final = frozenset({"YBR_FULL", "YBR_FULL_422"})
RGB: Final = frozenset({"RGB", "YBR_RCT", "YBR_ICT"})
MONOCHROME: Final = frozenset({"MONOCHROME1", "MONOCHROME2"})
PALETTE: Final = "PALETTE COLOR"
READABLE: Final = YBR | RGB | MONOCHROME | {PALETTE}
_COLOURS: Final = ("Red", "Green", "Blue")


class PaletteError(ValueError):
    """A palette colour file without a usable lookup table."""


def to_rgb(
    samples: Shaped[np.ndarray, "frame height width *channel"],
    header: Dataset,
    *,
    photometric: str,
    is_little_endian: bool = True,
) -> UInt8[np.ndarray, "frame height width 3"]:
    """Convert decoded samples to 8-bit RGB.

    Args:
        samples: Integers as the decoder returned them; three channels for colour, none for grey and palette.
        header: For bit depth, palette and window; its own Photometric Interpretation is not consulted.
        photometric: The colour space of ``samples``, one of ``READABLE``.
        is_little_endian: Byte order of the palette's data.

    Raises:
        PaletteError: If a palette is needed and unusable.
    """
    if photometric == PALETTE:
        palette = _read_palette(header, is_little_endian=is_little_endian)
        return np.take(palette, _palette_entry(samples, header), axis=0)
    if photometric in MONOCHROME:
        grey = _grey8(samples, header)
        grey = 255 - grey if photometric == "MONOCHROME1" else grey
        return np.repeat(grey[..., None], 3, axis=-1)
    colour = _shift_to_8_bits(samples, find_int(header, "BitsStored") or 8)
    if photometric not in YBR:
        return colour
    rgb = np.empty_like(colour)
    for frame, target in zip(colour, rgb, strict=True):
        target[...] = _ybr_to_rgb(frame)
    return rgb


def needs_window(header: Dataset) -> bool:
    """Whether grey samples have more than 8 bits, so that a window decides what is black and white."""
    return (find_int(header, "BitsStored") or 8) > 8


def _ybr_to_rgb(frame: UInt8[np.ndarray, "height width 3"]) -> UInt8[np.ndarray, "height width 3"]:
    """Apply the full-range BT.601 matrix of DICOM PS3.3 C.7.6.3.1.2, which is also JFIF's."""
    height, width, _ = frame.shape
    image = Image.frombytes("YCbCr", (width, height), np.ascontiguousarray(frame).tobytes())
    return np.asarray(image.convert("RGB"))


def _shift_to_8_bits(samples: Shaped[np.ndarray, "*shape"], bits_stored: int) -> UInt8[np.ndarray, "*shape"]:
    if samples.dtype == np.uint8 and bits_stored <= 8:
        return samples
    return (samples >> max(bits_stored - 8, 0)).astype(np.uint8)


def _grey8(
    samples: Shaped[np.ndarray, "frame height width"], header: Dataset
) -> UInt8[np.ndarray, "frame height width"]:
    """Map grey samples to 0 to 255: 8-bit ones are ready to show, deeper ones pass the window."""
    if not needs_window(header) and samples.dtype == np.uint8:
        return samples
    slope, intercept = (
        find_number(header, "RescaleSlope") or 1.0,
        find_number(header, "RescaleIntercept") or 0.0,
    )
    low, high = _window(header) or (
        float(samples.min()) * slope + intercept,
        float(samples.max()) * slope + intercept,
    )
    scale = 255.0 / (high - low) if high > low else 0.0
    shown = np.empty(samples.shape, dtype=np.uint8)
    for frame, target in zip(samples, shown, strict=True):  # one frame of floats at a time
        target[...] = np.clip((frame * slope + intercept - low) * scale + 0.5, 0, 255)
    return shown


def _window(header: Dataset) -> tuple[float, float] | None:
    """Return the values shown black and white (DICOM PS3.3 C.11.2.1.2.1), when the file says so."""
    centre, width = find_number(header, "WindowCenter"), find_number(header, "WindowWidth")
    if centre is None or width is None or width <= 1:
        return None
    return centre - 0.5 - (width - 1) / 2, centre - 0.5 + (width - 1) / 2


def _palette_entry(
    samples: Shaped[np.ndarray, "frame height width"], header: Dataset
) -> Shaped[np.ndarray, "frame height width"]:
    """Return table rows: those below the first mapped value take the first, above it the last."""
    count, first, _ = _palette_shape(header)
    if first == 0 and samples.dtype == np.uint8 and count >= 256:
        return samples
    return np.clip(samples.astype(np.int32) - first, 0, count - 1)


def _palette_shape(header: Dataset) -> tuple[int, int, int]:
    """Return entries, first mapped value and bits per entry (DICOM PS3.3 C.7.6.3.1.5); 0 means 65536."""
    shape = find_numbers(header, "RedPaletteColorLookupTableDescriptor")
    if len(shape) != 3:
        raise PaletteError("a palette colour image without a palette descriptor")
    return int(shape[0]) or 65536, int(shape[1]), int(shape[2])


def _read_palette(header: Dataset, *, is_little_endian: bool) -> UInt8[np.ndarray, "entry 3"]:
    """Return the palette as one table of 8-bit RGB rows."""
    count, first, bits = _palette_shape(header)
    if "SegmentedRedPaletteColorLookupTableData" in header:
        try:
            table = apply_color_lut(np.arange(first, first + count, dtype=np.int32), header)[:, :3]
        except (ValueError, AttributeError, NotImplementedError) as error:
            raise PaletteError(f"the segmented palette cannot be read: {error}") from error
        return _shift_to_8_bits(table, bits)
    tables = []
    for colour in _COLOURS:
        data = find_bytes(header, f"{colour}PaletteColorLookupTableData")
        if data is None or len(data) < count:
            raise PaletteError(f"the {colour.lower()} palette is missing or shorter than its {count} entries")
        if len(data) >= 2 * count:
            entries = np.frombuffer(data, dtype="<u2" if is_little_endian else ">u2", count=count)
        else:
            entries = np.frombuffer(data, dtype=np.uint8, count=count)
        tables.append(entries)
    table = np.stack(tables, axis=1)
    # Some descriptors say 16 bits over values that never exceed 255; a shift would turn those black.
    return _shift_to_8_bits(table, 16 if table.max(initial=0) > 255 else 8)
