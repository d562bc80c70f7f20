"""Which imaging mode a file shows: what its regions and Image Type state, or what its pixels prove."""

from typing import Final

import numpy as np
from jaxtyping import UInt8
from pydicom.dataset import Dataset

from echovlm.clinical.views import Mode
from echovlm.imaging.regions import DataType, SpatialFormat, UltrasoundRegion
from echovlm.imaging.spectra import is_tissue_scale
from echovlm.imaging.tags import find_texts

# DICOM PS3.3 C.8.5.5.1.2: data types of spectral regions.
_SPECTRAL_MODE: Final = {3: Mode.PW, 4: Mode.CW}
# C.8.5.6.1.1: Image Type value 4 is a sum of hexadecimal bits; the rarest mode of a mixed screen counts.
_IMAGE_TYPE_BITS: Final = (
    (0x0008, Mode.PW),
    (0x0004, Mode.CW),
    (0x0002, Mode.M),
    (0x0010, Mode.COLOR),
    (0x0001, Mode.B),
)
# A flow map has both directions, red and blue; tinted grey, a menu or one marker has at most one of them.
_FLOW_FRAC: Final = 0.003
_SATURATED_GREY: Final = 60  # of 255: a tinted grey map differs by 20 to 40 between its channels
_MAX_FRAMES: Final = 16
_STEP_PX: Final = 3


def find_mode(regions: tuple[UltrasoundRegion, ...], header: Dataset) -> Mode | None:
    """Return the mode by the regions, else by the bits of Image Type; ``None`` when neither says."""
    for region in regions:
        if region.spatial_format == SpatialFormat.SPECTRAL:
            # Another data type on a spectral region is still Doppler: never to be taken for an image.
            beam = _SPECTRAL_MODE.get(region.data_type or 0, Mode.PW)
            return Mode.TDI if beam is Mode.PW and is_tissue_scale(region) else beam
    if any(region.spatial_format == SpatialFormat.M_MODE for region in regions):
        return Mode.M
    flat = [region.data_type for region in regions if region.spatial_format == SpatialFormat.TWO_D]
    if DataType.COLOR_FLOW in flat:
        return Mode.COLOR
    kinds = find_texts(header, "ImageType")
    try:
        bits = int(kinds[3], 16) if len(kinds) > 3 else 0
    except ValueError:
        bits = 0
    stated = next((mode for bit, mode in _IMAGE_TYPE_BITS if bits & bit), None)
    return stated or (Mode.B if flat else None)


def resolve_mode(
    stated: Mode | None, frames: UInt8[np.ndarray, "frame height width 3"]
) -> tuple[Mode | None, tuple[str, ...]]:
    """Return the stated mode, or colour where the pixels prove it against silence or B-mode."""
    if stated in (None, Mode.B) and shows_flow(frames):
        return Mode.COLOR, ("The pixels show colour flow, which the file does not state.",)
    return stated, ()


def shows_flow(frames: UInt8[np.ndarray, "frame height width 3"]) -> bool:
    """Whether the pixels hold a colour flow map: saturated red and saturated blue, both in quantity."""
    chosen = np.unique(np.linspace(0, len(frames) - 1, min(len(frames), _MAX_FRAMES)).round().astype(int))
    few = frames[chosen, ::_STEP_PX, ::_STEP_PX].astype(np.int16)
    red, blue = few[..., 0], few[..., 2]
    saturated = few.max(axis=-1) - few.min(axis=-1) > _SATURATED_GREY
    towards = float((saturated & (red - blue > _SATURATED_GREY // 2)).mean())
    away = float((saturated & (blue - red > _SATURATED_GREY // 2)).mean())
    return min(towards, away) >= _FLOW_FRAC
