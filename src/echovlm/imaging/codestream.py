"""What a compressed frame says about itself: size, components and colour transform, without decoding it.

JPEG, JPEG lossless and JPEG-LS share the markers of ITU-T T.81 Annex B; JPEG 2000 has those of T.800 Annex A.
"""

import struct
from dataclasses import dataclass
from typing import Final

_JPEG_START: Final = b"\xff\xd8"
_JPEG_2000_START: Final = b"\xff\x4f\xff\x51"
_JP2_SIGNATURE: Final = b"\x00\x00\x00\x0cjP  "
# SOF0 to SOF15 without DHT (C4), JPG (C8) and DAC (CC); F7 is JPEG-LS.
_START_OF_FRAME: Final = frozenset({*range(0xC0, 0xD0), 0xF7} - {0xC4, 0xC8, 0xCC})
_START_OF_SCAN: Final = 0xDA
_RGB_IDS: Final = (b"RGB", b"rgb")


@dataclass(frozen=True, slots=True)
class Codestream:
    """The header of one compressed frame.

    Attributes:
        height_px: Rows that decoding will give.
        width_px: Columns that decoding will give.
        components: Samples per pixel.
        bits: Bits per sample.
        stores_rgb: ``True`` when the stream says that its components are (or decode to) red, green and blue,
            ``False`` when it says YCbCr, ``None`` when it leaves that to the DICOM tag.
    """

    height_px: int
    width_px: int
    components: int
    bits: int
    stores_rgb: bool | None


def find_codestream(data: bytes) -> Codestream | None:
    """Read the header of a JPEG or JPEG 2000 frame; ``None`` when it has none that we know, as RLE has."""
    try:
        if data.startswith(_JPEG_START):
            return _parse_jpeg(data)
        if data.startswith(_JP2_SIGNATURE):
            data = data[max(data.find(_JPEG_2000_START), 0) :]
        return _parse_jpeg_2000(data) if data.startswith(_JPEG_2000_START) else None
    except (struct.error, IndexError):
        return None


def with_rgb_marker(data: bytes) -> bytes:
    """Return a JPEG that says that its components are RGB, so that a decoder applies no colour transform."""
    adobe = b"\xff\xee" + struct.pack(">H", 14) + b"Adobe" + struct.pack(">HHHB", 100, 0, 0, 0)
    return data[:2] + adobe + data[2:]


def _parse_jpeg(data: bytes) -> Codestream | None:
    jfif, adobe_transform, at = False, None, 2
    while at < len(data) - 4:
        if data[at] != 0xFF:
            return None
        marker = data[at + 1]
        if marker == 0xFF:  # fill byte
            at += 1
            continue
        if marker == _START_OF_SCAN:
            return None
        (length,) = struct.unpack_from(">H", data, at + 2)
        payload = data[at + 4 : at + 2 + length]
        if marker == 0xE0 and payload.startswith(b"JFIF"):
            jfif = True
        elif marker == 0xEE and payload.startswith(b"Adobe") and len(payload) >= 12:
            adobe_transform = payload[11]
        elif marker in _START_OF_FRAME:
            bits, height, width, components = struct.unpack_from(">BHHB", payload)
            component_ids = payload[6 : 6 + 3 * components : 3]
            return Codestream(
                height, width, components, bits, _rgb_said(jfif, adobe_transform, component_ids)
            )
        at += 2 + length
    return None


def _rgb_said(jfif: bool, adobe_transform: int | None, component_ids: bytes) -> bool | None:
    """Return what the markers say, in libjpeg's precedence (``default_decompress_parms`` in jdapimin.c)."""
    if jfif:
        return False
    if adobe_transform is not None:
        return adobe_transform == 0
    return True if component_ids in _RGB_IDS else None


def _parse_jpeg_2000(data: bytes) -> Codestream | None:
    _, _, right, bottom, left, top = struct.unpack_from(">HHIIII", data, 4)
    (components,) = struct.unpack_from(">H", data, 40)
    bits = (data[42] & 0x7F) + 1
    at = 4 + struct.unpack_from(">H", data, 4)[0]
    mixes_components = False
    while at < len(data) - 4:
        marker, length = struct.unpack_from(">HH", data, at)
        if (
            marker == 0xFF52
        ):  # COD: the multiple component transform is the byte after style, order and layers
            mixes_components = data[at + 8] != 0
            break
        if marker == 0xFF90 or marker < 0xFF00:  # start of a tile
            break
        at += 2 + length
    # The inverse component transform of part 1 always ends in RGB (T.800 Annex G).
    return Codestream(bottom - top, right - left, components, bits, True if mixes_components else None)
