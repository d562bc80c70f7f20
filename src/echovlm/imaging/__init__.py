"""From a file to a `Clip`: frames, times, millimetres and colour, with a remark on everything unknown."""

from echovlm.imaging.choice import Evenly, FrameChoice, every_frame
from echovlm.imaging.cine import Cine, extract_cine
from echovlm.imaging.clip import SIMULATOR, Calibration, Clip
from echovlm.imaging.describe import describe
from echovlm.imaging.errors import (
    BrokenFileError,
    EmptyFolderError,
    ImagingError,
    MissingPathError,
    NoStripError,
    NotAnImageError,
    TooLargeError,
    UnreadablePathError,
    UnsupportedFileError,
)
from echovlm.imaging.sector import Sector, find_sector
from echovlm.imaging.sources import Skipped, find_header, iter_sources, read_clip, read_frames
from echovlm.imaging.strip import STRIP_MODES, Strip, StripScale, extract_strip

__all__ = [
    "SIMULATOR",
    "STRIP_MODES",
    "BrokenFileError",
    "Calibration",
    "Cine",
    "Clip",
    "EmptyFolderError",
    "Evenly",
    "FrameChoice",
    "ImagingError",
    "MissingPathError",
    "NoStripError",
    "NotAnImageError",
    "Sector",
    "Skipped",
    "Strip",
    "StripScale",
    "TooLargeError",
    "UnreadablePathError",
    "UnsupportedFileError",
    "describe",
    "every_frame",
    "extract_cine",
    "extract_strip",
    "find_header",
    "find_sector",
    "iter_sources",
    "read_clip",
    "read_frames",
]
