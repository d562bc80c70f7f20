"""What a file shows as a whole: one picture, several, a graph, a page of text, a volume, or no heart at all."""

import re
from dataclasses import dataclass
from enum import Enum
from typing import Final

import numpy as np
from jaxtyping import UInt8
from pydicom.dataset import Dataset
from pydicom.uid import (
    EnhancedUSVolumeStorage,
    MultiFrameTrueColorSecondaryCaptureImageStorage,
    SecondaryCaptureImageStorage,
)

from echovlm.imaging.regions import SpatialFormat, UltrasoundRegion
from echovlm.imaging.sector import count_fans, find_sector
from echovlm.imaging.tags import find_int, find_text, find_texts


class Layout(Enum):
    """How a screen is divided."""

    SINGLE = "single"
    SPLIT = "split screen"
    QUAD = "stress quad"
    GRAPH = "graph"  # a spectrum or an M-mode strip, often with a small picture above it
    PAGE = "page"  # text or a report, no ultrasound
    VOLUME = "3-D"
    CAPTURE = "secondary capture"


@dataclass(frozen=True, slots=True)
class Content:
    """What a file shows.

    Attributes:
        layout: How the screen is divided; ``None`` when nothing tells.
        is_cardiac: ``False`` when the file says that it is of something else, ``True`` when it says heart, ``None``
            when it says neither: an ultrasound picture alone does not prove its organ.
        is_stress: Whether the file belongs to a stress protocol of several stages.
        reasons: What each of these rests on, one sentence each.
    """

    layout: Layout | None
    is_cardiac: bool | None
    is_stress: bool
    reasons: tuple[str, ...]


_LAYOUT_OF: Final = {1: Layout.SINGLE, 2: Layout.SPLIT}
_CAPTURES: Final = frozenset({SecondaryCaptureImageStorage, MultiFrameTrueColorSecondaryCaptureImageStorage})
_HEART: Final = re.compile(
    r"\b(heart|cardiac|echo(cardio\w*)?|tte|tee|transthoracic|transesophageal)\b", re.IGNORECASE
)
_OTHER_ORGAN: Final = re.compile(
    r"\b(abd\w*|liver|renal|kidney\w*|thyroid|breast|mamma|pelvi\w*|uter\w*|fetal|foetal|obstetric\w*|obs?|carotid\w*"
    r"|vein|venous|dvt|prostate|testi\w*|scrot\w*|bladder|gallbladder|musculo\w*|shoulder|knee|hip|neck)\b",
    re.IGNORECASE,
)
_ORGAN_FREE_TEXT: Final = ("BodyPartExamined", "StudyDescription", "SeriesDescription", "ProtocolName")
# DICOM PS3.3 C.8.5.6.1.1: bits of Image Type value 4.
_THREE_D_BIT: Final = 0x0040
_LINEAR_PROBES: Final = frozenset({"LINEAR", "CURVED LINEAR"})
_LEAST_SCREEN_PX: Final = (
    100  # the longer side of the smallest picture in which a sector or a text can be told
)
_OVERLAP_FRAC: Final = 0.2  # two boxes that share more than this are one picture with something drawn over it


def find_content(
    header: Dataset, regions: tuple[UltrasoundRegion, ...], frames: UInt8[np.ndarray, "frame height width 3"]
) -> Content:
    """Tell what a file shows from its header, its regions and, where these are silent, its pixels."""
    reasons: list[str] = []
    layout = _find_layout(header, regions, frames, reasons)
    is_cardiac = _find_organ(header, reasons)
    stages = find_int(header, "NumberOfStages") or 0
    if stages > 1:
        reasons.append(f"The file is one of {stages} stages of a stress protocol.")
    return Content(layout, is_cardiac, stages > 1 or layout is Layout.QUAD, tuple(reasons))


def _find_layout(
    header: Dataset, regions: tuple[UltrasoundRegion, ...], frames: np.ndarray, reasons: list[str]
) -> Layout | None:
    sop_class = find_text(header, "SOPClassUID")
    if sop_class == EnhancedUSVolumeStorage or _image_type_bits(header) & _THREE_D_BIT:
        reasons.append("The file states a 3-D image.")
        return Layout.VOLUME
    if sop_class in _CAPTURES:
        reasons.append("The file is a secondary capture: a copy of a screen, of which nothing is known.")
        return Layout.CAPTURE
    if any(region.spatial_format in (SpatialFormat.M_MODE, SpatialFormat.SPECTRAL) for region in regions):
        return Layout.GRAPH
    pictures = _count_pictures(regions)
    if pictures:
        if pictures > 1:
            reasons.append(f"The file states {pictures} separate pictures.")
        return _LAYOUT_OF.get(pictures, Layout.QUAD)
    if find_sector(frames) is None:
        if max(frames.shape[1:3]) < _LEAST_SCREEN_PX:
            reasons.append("The picture is too small to tell what it is of.")
            return None
        reasons.append("No ultrasound sector is stated or seen: a page of text or graphics.")
        return Layout.PAGE
    if regions:
        return None
    fans = count_fans(frames)
    if fans > 1:
        reasons.append(f"{fans} separate sectors are seen; the file states none.")
    return _LAYOUT_OF.get(fans, Layout.QUAD if fans > 2 else Layout.SINGLE)


def _count_pictures(regions: tuple[UltrasoundRegion, ...]) -> int:
    """Return how many two-dimensional regions lie apart from each other; a colour box lies inside its picture."""
    boxes = [
        region.corners_xyxy_px
        for region in regions
        if region.spatial_format == SpatialFormat.TWO_D and region.corners_xyxy_px
    ]
    boxes.sort(key=lambda box: (box[2] - box[0]) * (box[3] - box[1]), reverse=True)
    apart: list[tuple[int, int, int, int]] = []
    for box in boxes:
        if all(_shared_frac(box, other) <= _OVERLAP_FRAC for other in apart):
            apart.append(box)
    return len(apart)


def _shared_frac(small: tuple[int, int, int, int], large: tuple[int, int, int, int]) -> float:
    width = min(small[2], large[2]) - max(small[0], large[0])
    height = min(small[3], large[3]) - max(small[1], large[1])
    area = (small[2] - small[0]) * (small[3] - small[1])
    return max(width, 0) * max(height, 0) / area if area > 0 else 1.0


def _image_type_bits(header: Dataset) -> int:
    kinds = find_texts(header, "ImageType")
    try:
        return int(kinds[3], 16) if len(kinds) > 3 else 0
    except ValueError:
        return 0


def _find_organ(header: Dataset, reasons: list[str]) -> bool | None:
    modality = find_text(header, "Modality")
    if modality not in ("US", "IVUS", None):
        reasons.append(f"The modality is {modality}, no ultrasound.")
        return False
    told = " ".join((find_text(header, keyword) or "").replace("_", " ") for keyword in _ORGAN_FREE_TEXT)
    if _HEART.search(told):
        return True
    other = _OTHER_ORGAN.search(told)
    if other:
        reasons.append(f"The file names another part of the body ({other[0].lower()}).")
        return False
    if find_text(header, "TransducerType") in _LINEAR_PROBES:
        reasons.append("The probe is linear or curved; adult hearts are scanned with a phased array.")
        return False
    return None
