"""NIfTI and MetaImage files, in which research sets keep cines as (x, y, time), as a clip."""

import math
import zlib
from pathlib import Path
from typing import Any, Final

import numpy as np

from echovlm.imaging.clip import Calibration, Clip
from echovlm.imaging.errors import BrokenFileError, NotAnImageError, UnsupportedFileError
from echovlm.imaging.grey import to_rgb_frames
from echovlm.imaging.limits import MAX_CLIP_BYTES, check_size
from echovlm.imaging.still import plain_clip

_MET_TYPE: Final = {
    "MET_UCHAR": "u1", "MET_CHAR": "i1", "MET_USHORT": "u2", "MET_SHORT": "i2", "MET_UINT": "u4", "MET_INT": "i4",
    "MET_FLOAT": "f4", "MET_DOUBLE": "f8",
}  # fmt: skip
_NIFTI_ERRORS: Final = (
    OSError,
    ValueError,
    EOFError,
    zlib.error,
    TypeError,
    KeyError,
    OverflowError,
    MemoryError,
)
_SPACING_RANGE_MM: Final = (0.01, 5.0)
_UNKNOWN_TIMES: Final = "The frame times are unknown: the file states none."


def read_nifti(path: Path) -> Clip:
    """Read a NIfTI image; its axes are x, y and, in a cine, time.

    Raises:
        ImagingError: If nibabel is not installed, or the file is damaged, too large or of more dimensions.
    """
    try:
        import nibabel
    except ImportError as error:
        raise UnsupportedFileError(
            path, "a NIfTI file, for which nibabel is not installed; run `pip install 'echovlm[datasets]'`"
        ) from error
    try:
        image: Any = nibabel.load(path)
        shape = tuple(int(side) for side in image.shape)
        _check_axes(path, shape)
        zooms = [float(zoom) for zoom in image.header.get_zooms()]
        length_unit, time_unit = image.header.get_xyzt_units()
        samples = np.asarray(image.dataobj)
    except (
        *_NIFTI_ERRORS,
        nibabel.filebasedimages.ImageFileError,
        nibabel.spatialimages.HeaderDataError,
    ) as error:
        raise BrokenFileError(path, f"a damaged NIfTI file: {error}") from error
    # Beyond x, y and one more, an axis has one entry: CAMUS and its kin write (x, y, 1, time) or (x, y, time).
    remarks: list[str] = []
    calibration = _calibrate(
        zooms[:2], is_mm=length_unit == "mm", height=shape[1], width=shape[0], remarks=remarks
    )
    frames, grey_remarks = to_rgb_frames(path, _cine(samples))
    times_ms: np.ndarray | None = np.zeros(1) if len(frames) == 1 else None
    to_ms = {"sec": 1000.0, "msec": 1.0, "usec": 0.001}.get(time_unit)
    if times_ms is None and len(shape) == 4 and to_ms and 0.5 <= zooms[3] * to_ms <= 5000:
        times_ms = np.arange(len(frames)) * zooms[3] * to_ms
    if times_ms is None:
        remarks.append(_UNKNOWN_TIMES)
    return plain_clip(
        path, frames, times_ms=times_ms, calibration=calibration, remarks=grey_remarks + remarks
    )


def read_metaimage(path: Path) -> Clip:
    """Read a MetaImage header (.mhd) and the raw file beside it that it names.

    Raises:
        ImagingError: If a field is missing, or the raw file is, or does not fit.
    """
    samples, spacing = _read_metaimage(path)
    remarks: list[str] = []
    height, width = samples.shape[1], samples.shape[0]
    calibration = _calibrate(spacing[:2], is_mm=True, height=height, width=width, remarks=remarks)
    frames, grey_remarks = to_rgb_frames(path, _cine(samples))
    if len(frames) > 1:
        remarks.append(_UNKNOWN_TIMES)
    times_ms = np.zeros(1) if len(frames) == 1 else None
    return plain_clip(
        path, frames, times_ms=times_ms, calibration=calibration, remarks=grey_remarks + remarks
    )


def read_metaimage_samples(path: Path) -> np.ndarray:
    """Return the samples of a MetaImage file as they stand, such as the labels of a mask, in (x, y, ...).

    Raises:
        ImagingError: As for ``read_metaimage``.
    """
    return _read_metaimage(path)[0]


def _read_metaimage(path: Path) -> tuple[np.ndarray, list[float]]:
    """Return the samples in (x, y, ...) and the spacing."""
    fields = _read_fields(path)
    try:
        sides = tuple(int(word) for word in fields["DimSize"].split())
        spacing = [float(word) for word in fields.get("ElementSpacing", "0 0").split()]
        kind = np.dtype(_MET_TYPE[fields["ElementType"]])
        raw_name = fields["ElementDataFile"]
    except (KeyError, ValueError) as error:
        raise BrokenFileError(path, f"a MetaImage header whose {error} is missing or not readable") from error
    _check_axes(path, sides)
    raw = path.parent / Path(raw_name).name  # beside the header, wherever the name would point
    big = fields.get("BinaryDataByteOrderMSB", fields.get("ElementByteOrderMSB", "False")).lower() == "true"
    packed = fields.get("CompressedData", "False").lower() == "true"
    return _read_raw(path, raw, sides, kind.newbyteorder(">" if big else "<"), packed=packed), spacing


def _read_fields(path: Path) -> dict[str, str]:
    try:
        lines = path.read_text(encoding="latin-1").splitlines()
    except OSError as error:
        raise BrokenFileError(path, f"cannot be read: {error.strerror}") from error
    pairs = (line.partition("=") for line in lines if "=" in line)
    return {key.strip(): value.strip() for key, _, value in pairs}


def _read_raw(path: Path, raw: Path, sides: tuple[int, ...], kind: np.dtype, *, packed: bool) -> np.ndarray:
    need = math.prod(sides) * kind.itemsize
    try:
        data = raw.read_bytes()
        if packed:
            data = zlib.decompressobj().decompress(data, need + 1)
    except (OSError, ValueError, zlib.error) as error:
        raise BrokenFileError(path, f"its data file {raw.name} cannot be read: {error}") from error
    if len(data) != need:
        raise BrokenFileError(path, f"its data file {raw.name} holds {len(data)} bytes; {sides} need {need}")
    return np.frombuffer(data, kind).reshape(sides, order="F")


def _check_axes(path: Path, shape: tuple[int, ...]) -> None:
    """Refuse what is no picture or cine: x and y, and at most one more axis with more than one entry."""
    if len(shape) < 2 or sum(side > 1 for side in shape[2:]) > 1 or min(shape) < 1:
        raise NotAnImageError(
            path, f"an image of {shape} entries; pictures and cines are (x, y) or (x, y, time)"
        )
    frames = math.prod(shape[2:])
    check_size(path, frames=frames, height=shape[1], width=shape[0])
    if math.prod(shape) * 8 > 4 * MAX_CLIP_BYTES:
        raise NotAnImageError(path, f"an image of {shape} entries, too large to be a cine")


def _cine(samples: np.ndarray) -> np.ndarray:
    """Return (time, y, x) of (x, y, ...)."""
    flat = samples.reshape(*samples.shape[:2], -1)
    return np.ascontiguousarray(flat.transpose(2, 1, 0))


def _calibrate(
    zooms: list[float], *, is_mm: bool, height: int, width: int, remarks: list[str]
) -> Calibration | None:
    """Return the calibration when the file states millimetres that a heart's image can have."""
    low, high = _SPACING_RANGE_MM
    if not is_mm:
        remarks.append("Not calibrated: the file does not say that its spacing is in millimetres.")
        return None
    if len(zooms) < 2 or not all(low <= zoom <= high for zoom in zooms):
        remarks.append(
            f"Not calibrated: the spacing {zooms} mm is impossible; {low:g} to {high:g} mm are possible."
        )
        return None
    return Calibration((zooms[1], zooms[0]), (0, 0, width, height))
