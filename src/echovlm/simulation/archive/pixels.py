"""How the pixels of a file are stored: transfer syntax and colour space, as real archives mix them."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

import numpy as np
import simplejpeg
from jaxtyping import UInt8
from PIL import Image
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.pixels.encoders.base import RLELosslessEncoder
from pydicom.uid import UID, ExplicitVRLittleEndian, JPEGBaseline8Bit, JPEGLosslessSV1, RLELossless

from echovlm.simulation.archive.jpeg_lossless import encode_jpeg_lossless

JPEG_QUALITY: Final = 85

Frames = UInt8[np.ndarray, "frame height width 3"]
Samples = UInt8[np.ndarray, "frame height width *sample"]


class Syntax(Enum):
    """A transfer syntax: its name in settings, its UID, and how often we draw it where it is allowed."""

    JPEG_BASELINE = ("jpeg", JPEGBaseline8Bit, 0.55)  # MIMIC-IV-ECHO has nothing else
    JPEG_LOSSLESS = ("jpeg-lossless", JPEGLosslessSV1, 0.15)
    RLE = ("rle", RLELossless, 0.15)
    UNCOMPRESSED = ("uncompressed", ExplicitVRLittleEndian, 0.15)

    def __init__(self, key: str, uid: UID, share: float) -> None:
        self.key, self.uid, self.share = key, uid, share


class Photometric(Enum):
    """A photometric interpretation that an ultrasound image may have (PS3.3 C.8.5.6.1.2)."""

    YBR_FULL_422 = "YBR_FULL_422"
    YBR_FULL = "YBR_FULL"
    RGB = "RGB"
    PALETTE = "PALETTE COLOR"
    GREY = "MONOCHROME2"


@dataclass(frozen=True, slots=True)
class Encoding:
    """A transfer syntax with the colour space of what it holds."""

    syntax: Syntax
    photometric: Photometric

    def with_colour(self) -> "Encoding":
        """Return the encoding that the same console gives an image whose colours mean something."""
        if self.photometric is not Photometric.GREY:
            return self
        return next(e for e in ENCODINGS if e.syntax is self.syntax and e.photometric is not Photometric.GREY)


# What PS3.3 C.8.5.6.1.2 allows: YBR_FULL only where RLE stores it, YBR_FULL_422 only in baseline JPEG.
ENCODINGS: Final = (
    Encoding(Syntax.JPEG_BASELINE, Photometric.YBR_FULL_422),
    Encoding(Syntax.JPEG_LOSSLESS, Photometric.RGB),
    Encoding(Syntax.JPEG_LOSSLESS, Photometric.GREY),
    Encoding(Syntax.RLE, Photometric.RGB),
    Encoding(Syntax.RLE, Photometric.YBR_FULL),
    Encoding(Syntax.RLE, Photometric.PALETTE),
    Encoding(Syntax.RLE, Photometric.GREY),
    Encoding(Syntax.UNCOMPRESSED, Photometric.RGB),
    Encoding(Syntax.UNCOMPRESSED, Photometric.PALETTE),
    Encoding(Syntax.UNCOMPRESSED, Photometric.GREY),
)
JPEG_BASELINE: Final = ENCODINGS[0]


def draw_encoding(generator: np.random.Generator, syntaxes: Sequence[Syntax]) -> Encoding:
    """Draw what a study's console stores: a syntax by its share among those allowed, then a colour space."""
    shares = np.array([syntax.share for syntax in syntaxes])
    syntax = syntaxes[int(generator.choice(len(syntaxes), p=shares / shares.sum()))]
    fitting = [encoding for encoding in ENCODINGS if encoding.syntax is syntax]
    return fitting[int(generator.integers(len(fitting)))]


def set_pixels(dataset: Dataset, frames: Frames, encoding: Encoding) -> None:
    """Set the Image Pixel module (PS3.3 C.7.6.3) and what was lost in it (C.7.6.1.1.5)."""
    samples = _convert(frames, encoding.photometric)
    has_colours = samples.ndim == 4
    dataset.SamplesPerPixel = 3 if has_colours else 1
    dataset.PhotometricInterpretation = encoding.photometric.value
    dataset.Rows, dataset.Columns = frames.shape[1:3]
    dataset.BitsAllocated = dataset.BitsStored = 8
    dataset.HighBit = 7
    dataset.PixelRepresentation = 0
    is_planar = has_colours and encoding.photometric is Photometric.YBR_FULL  # as RLE keeps it (PS3.5 G.2)
    if has_colours:
        dataset.PlanarConfiguration = int(is_planar)
    if encoding.photometric is Photometric.PALETTE:
        _set_palette(dataset)
    if encoding.syntax is Syntax.UNCOMPRESSED:
        data = samples.tobytes()
        dataset.PixelData = data + b"\0" * (len(data) % 2)
    else:
        streams = [_compress(frame, encoding) for frame in samples]
        dataset.PixelData = encapsulate(streams)
        if encoding.syntax is Syntax.JPEG_BASELINE:
            _set_loss(dataset, frames.size / sum(map(len, streams)))
    if encoding.syntax is not Syntax.JPEG_BASELINE:
        dataset.LossyImageCompression = "00"
    dataset["PixelData"].VR = "OB"


def _set_loss(dataset: Dataset, ratio: float) -> None:
    dataset.LossyImageCompression = "01"
    dataset.LossyImageCompressionRatio = f"{ratio:.2f}"
    dataset.LossyImageCompressionMethod = "ISO_10918_1"


def _compress(frame: UInt8[np.ndarray, "height width *sample"], encoding: Encoding) -> bytes:
    """Return one frame compressed (PS3.5 A.4)."""
    if encoding.syntax is Syntax.JPEG_BASELINE:
        # The codec converts to YCbCr itself.
        return bytes(
            simplejpeg.encode_jpeg(frame, quality=JPEG_QUALITY, colorspace="RGB", colorsubsampling="422")
        )
    if encoding.syntax is Syntax.JPEG_LOSSLESS:
        return encode_jpeg_lossless(frame)
    return RLELosslessEncoder.encode(
        np.ascontiguousarray(frame), encoding_plugin="pylibjpeg", rows=frame.shape[0], columns=frame.shape[1],
        samples_per_pixel=1 if frame.ndim == 2 else 3, bits_allocated=8, bits_stored=8,
        pixel_representation=0, number_of_frames=1, planar_configuration=0,
        photometric_interpretation=encoding.photometric.value,
    )  # fmt: skip


def _convert(frames: Frames, photometric: Photometric) -> Samples:
    """Return the samples that are stored; what JPEG baseline converts itself stays RGB."""
    if photometric is Photometric.GREY:
        return np.asarray(np.rint(frames @ np.array([0.299, 0.587, 0.114])), np.uint8)  # BT.601 luma
    if photometric is Photometric.PALETTE:
        return find_palette_entries(frames)
    if photometric is Photometric.YBR_FULL:
        return np.stack([np.asarray(Image.fromarray(frame).convert("YCbCr")) for frame in frames])
    return frames


# The palette: 128 greys two steps apart, then a cube of five levels per colour.
_GREYS: Final = 128
_LEVELS: Final = 5
_TINT_LIMIT: Final = 12  # channels closer than this are grey
_PALETTE: Final = np.concatenate(
    [
        np.repeat(np.arange(_GREYS)[:, None] * 255 / (_GREYS - 1), 3, axis=1),
        np.stack(np.meshgrid(*[np.linspace(0, 255, _LEVELS)] * 3, indexing="ij"), axis=-1).reshape(-1, 3),
        np.zeros((256 - _GREYS - _LEVELS**3, 3)),
    ]
)


def find_palette_entries(frames: Frames) -> UInt8[np.ndarray, "frame height width"]:
    """Return the entry of the nearest grey for grey pixels, of the nearest colour of the cube for others."""
    spread = frames.max(axis=-1) - frames.min(axis=-1)
    grey = np.rint(frames[..., 1] * ((_GREYS - 1) / 255))
    level = np.rint(frames * ((_LEVELS - 1) / 255))
    cube = _GREYS + level @ np.array([_LEVELS**2, _LEVELS, 1])
    return np.where(spread < _TINT_LIMIT, grey, cube).astype(np.uint8)


def _set_palette(dataset: Dataset) -> None:
    """Set the Palette Color Lookup Table module (PS3.3 C.7.9): 256 entries of 16 bits."""
    table = np.rint(_PALETTE).astype(np.uint16) * 257  # 8 bits spread over 16: white stays white
    for channel, colour in enumerate(("Red", "Green", "Blue")):
        setattr(dataset, f"{colour}PaletteColorLookupTableDescriptor", [256, 0, 16])
        setattr(dataset, f"{colour}PaletteColorLookupTableData", table[:, channel].astype("<u2").tobytes())
