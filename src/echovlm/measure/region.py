"""One structure of a mask as a clean region: the largest piece, without holes, and what was repaired."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, UInt8
from scipy import ndimage

from echovlm.clinical.anatomy import Structure
from echovlm.measure.calibration import MeasureError, require_spacing

_EIGHT_NEIGHBOURS = np.ones((3, 3), dtype=int)


class EmptyMaskError(MeasureError):
    """The structure has no pixel in this frame."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Region:
    """A connected region without holes.

    Attributes:
        mask: The region's pixels.
        remarks: What was repaired or limits the region, one sentence each.
    """

    mask: Bool[np.ndarray, "height width"]
    remarks: tuple[str, ...]

    def __repr__(self) -> str:
        height, width = self.mask.shape
        return f"Region({int(self.mask.sum())} px of {height}×{width}, {len(self.remarks)} remarks)"


def structure_mask(
    labels: UInt8[np.ndarray, "height width"], structure: Structure
) -> Bool[np.ndarray, "height width"]:
    """Return where ``labels`` is ``structure``."""
    return np.asarray(labels == structure.value)


def clean_region(mask: Bool[np.ndarray, "height width"]) -> Region:
    """Keep the largest 8-connected piece of ``mask`` and fill its holes.

    A hole in a cavity is a papillary muscle or a speckle, and the guideline counts both as cavity (ASE 2015
    §2.1).

    Raises:
        EmptyMaskError: If no pixel is set.
    """
    if not mask.any():
        raise EmptyMaskError(
            f"the mask of {mask.shape[0]}×{mask.shape[1]} px is empty; nothing can be measured on it"
        )
    pieces, n_pieces = ndimage.label(mask, structure=_EIGHT_NEIGHBOURS)
    remarks = []
    if n_pieces > 1:
        sizes = np.bincount(pieces.ravel())[1:]
        mask = pieces == 1 + int(sizes.argmax())
        dropped = int(sizes.sum() - sizes.max())
        remarks.append(f"{n_pieces - 1} smaller piece(s) of {dropped} px in all left out of the region")
    filled = ndimage.binary_fill_holes(mask)
    if (n_holes := int(filled.sum() - mask.sum())) > 0:
        remarks.append(f"holes of {n_holes} px filled")
    if touches_edge(filled):
        remarks.append(
            "the structure reaches the edge of the image: it may be cut off, and the value is a lower limit"
        )
    return Region(filled, tuple(remarks))


def touches_edge(mask: Bool[np.ndarray, "height width"]) -> bool:
    """Tell whether a set pixel lies on the outermost row or column."""
    return bool(mask[0].any() or mask[-1].any() or mask[:, 0].any() or mask[:, -1].any())


def area_cm2(mask: Bool[np.ndarray, "height width"], *, spacing_mm: float | None) -> float:
    """Return the area of the mask's largest piece, holes filled.

    Raises:
        NotCalibratedError: If ``spacing_mm`` is ``None``.
        EmptyMaskError: If no pixel is set.
    """
    spacing = require_spacing(spacing_mm)
    return float(clean_region(mask).mask.sum()) * spacing**2 / 100.0


def pixel_centres_xy(mask: Bool[np.ndarray, "height width"]) -> Float[np.ndarray, "point 2"]:
    """Return the centres of the set pixels as ``(x, y)``."""
    y, x = np.nonzero(mask)
    return np.stack([x, y], axis=1).astype(np.float64)
