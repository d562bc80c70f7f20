"""Label images of research sets: read with their own values, polygons and contours filled."""

import math
from pathlib import Path
from typing import Any, Final

import numpy as np
from jaxtyping import Bool, Float, Int
from PIL import Image, ImageDraw, UnidentifiedImageError
from scipy import ndimage

from echovlm.imaging import BrokenFileError, NotAnImageError, UnsupportedFileError
from echovlm.imaging.volume import read_metaimage_samples

_MATLAB: Final = ".mat"


def read_label_images(path: Path) -> Int[np.ndarray, "frame height width"]:
    """Return the label images of a NIfTI, MetaImage, png or MATLAB file, values as they stand.

    Raises:
        ImagingError: If it is damaged, or holds no images.
    """
    suffixes = path.name.lower()
    if suffixes.endswith((".nii", ".nii.gz")):
        return _read_nifti(path)
    if suffixes.endswith(".mhd"):
        return _to_frames(path, read_metaimage_samples(path))
    if suffixes.endswith(_MATLAB):
        return _read_matlab(path)
    try:
        with Image.open(path, formats=("PNG",)) as picture:
            grey: np.ndarray = np.asarray(picture.convert("L")).astype(np.int64)
            return grey[None]
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise BrokenFileError(path, f"a damaged label image: {error}") from error


def _read_nifti(path: Path) -> np.ndarray:
    try:
        import nibabel
    except ImportError as error:
        raise UnsupportedFileError(
            path, "a NIfTI file, for which nibabel is not installed; run `pip install 'echovlm[datasets]'`"
        ) from error
    import zlib

    try:
        image: Any = nibabel.load(path)
        samples = np.asarray(image.dataobj)
    except (
        OSError, ValueError, EOFError, zlib.error, TypeError, KeyError, OverflowError, MemoryError,
        nibabel.filebasedimages.ImageFileError, nibabel.spatialimages.HeaderDataError,
    ) as error:  # fmt: skip
        raise BrokenFileError(path, f"a damaged NIfTI file: {error}") from error
    return _to_frames(path, samples)


def _read_matlab(path: Path) -> np.ndarray:
    """Return the largest array of a MATLAB file of version 5 to 7.2, (height, width, frame)."""
    from scipy.io import loadmat
    from scipy.io.matlab import MatReadError

    try:
        arrays = [
            value
            for value in loadmat(path).values()
            if isinstance(value, np.ndarray) and value.ndim in (2, 3)
        ]
    except (OSError, ValueError, TypeError, KeyError, NotImplementedError, MatReadError) as error:
        raise BrokenFileError(path, f"a damaged MATLAB file, or one of version 7.3: {error}") from error
    numbers = [array for array in arrays if array.dtype.kind in "buif" and array.size > 1]
    if not numbers:
        raise NotAnImageError(path, "a MATLAB file without an array of numbers")
    largest = max(numbers, key=lambda array: array.size)
    # Frames are the last axis in MATLAB's habit; an array that leads with them is the other way round.
    if largest.ndim == 3 and largest.shape[1] == largest.shape[2] != largest.shape[0]:
        largest = largest.transpose(1, 2, 0)
    largest = largest if largest.ndim == 3 else largest[..., None]
    labels: np.ndarray = np.rint(largest).astype(np.int64).transpose(2, 0, 1)
    return labels


def _to_frames(path: Path, samples: np.ndarray) -> np.ndarray:
    """Return (frame, y, x) of (x, y, ...)."""
    if samples.ndim < 2 or sum(side > 1 for side in samples.shape[2:]) > 1:
        raise NotAnImageError(
            path, f"a label image of {samples.shape} entries; (x, y) or (x, y, time) is read"
        )
    n_frames = math.prod(samples.shape[2:])
    flat = samples.reshape(*samples.shape[:2], n_frames)
    labels: np.ndarray = np.rint(flat).astype(np.int64).transpose(2, 1, 0)
    return labels


def find_label_frames(labels: Int[np.ndarray, "frame height width"]) -> list[int]:
    """Return which frames hold any label."""
    return [int(index) for index in np.flatnonzero(labels.any(axis=(1, 2)))]


def fill_polygon(
    points_xy_px: Float[np.ndarray, "point 2"], *, height: int, width: int
) -> Bool[np.ndarray, "height width"]:
    """Return the pixels inside a closed polygon, its edge among them."""
    canvas = Image.new("1", (width, height))
    if len(points_xy_px) >= 3:
        ImageDraw.Draw(canvas).polygon([(float(x), float(y)) for x, y in points_xy_px], fill=1, outline=1)
    return np.asarray(canvas, dtype=bool)


def fill_outlines(part: Bool[np.ndarray, "height width"]) -> Bool[np.ndarray, "height width"]:
    """Return a contour with what it encloses; a filled area stays as it is."""
    closed = ndimage.binary_closing(np.pad(part, 2), iterations=1)[2:-2, 2:-2] | part
    return np.asarray(ndimage.binary_fill_holes(closed), dtype=bool)
