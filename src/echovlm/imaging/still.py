"""Plain pictures and arrays, as a clip: png, gif, and npz archives of frames."""

import tokenize
import zipfile
import zlib
from pathlib import Path
from typing import Any, Final

import numpy as np
from PIL import Image, ImageSequence, UnidentifiedImageError

from echovlm.imaging.clip import Calibration, Clip
from echovlm.imaging.errors import BrokenFileError, NotAnImageError, UnsupportedFileError
from echovlm.imaging.grey import to_rgb_frames
from echovlm.imaging.limits import check_size
from echovlm.imaging.mode import resolve_mode

_NOT_CALIBRATED: Final = "Not calibrated: {} carries no ultrasound region."
# What an archive may call its frames, their onsets and the size of a pixel.
_FRAMES, _TIMES, _SPACING = "frames", "frame_times_ms", "spacing_mm"


def read_picture(path: Path) -> Clip:
    """Read a png, or every frame of a gif with its own duration.

    Raises:
        ImagingError: If it is damaged or too large.
    """
    frames, durations_ms = [], []
    try:
        with Image.open(path, formats=("PNG", "GIF")) as picture:
            for index, frame in enumerate(ImageSequence.Iterator(picture), start=1):
                check_size(path, frames=index, height=frame.height, width=frame.width)
                frames.append(np.asarray(frame.convert("RGB")))
                durations_ms.append(float(frame.info.get("duration", 0)))
    except (
        UnidentifiedImageError,
        OSError,
        ValueError,
        SyntaxError,
        IndexError,  # pillow reads past the end of a GIF's blocks, and lets this out
        Image.DecompressionBombError,
    ) as error:
        raise BrokenFileError(path, f"a damaged or truncated picture: {error}") from error
    if len({frame.shape for frame in frames}) > 1:
        raise BrokenFileError(path, "a picture whose frames change size half way")
    remarks = [_NOT_CALIBRATED.format("a picture")]
    times_ms: np.ndarray | None = np.concatenate([[0.0], np.cumsum(durations_ms[:-1])])
    if any(duration <= 0 for duration in durations_ms[:-1]):
        times_ms = None
        remarks.append("The frame times are unknown: the picture states no duration of its frames.")
    return plain_clip(path, np.stack(frames), times_ms=times_ms, calibration=None, remarks=remarks)


def read_archive(path: Path) -> Clip:
    """Read an npz archive: ``frames`` (frame, height, width[, 3]), and if given ``frame_times_ms``, ``spacing_mm``.

    Nothing in it is ever unpickled.

    Raises:
        ImagingError: If it holds no frames, or is damaged or too large.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            names = {Path(name).stem: name for name in archive.namelist() if name.endswith(".npy")}
            if _FRAMES not in names:
                found = ", ".join(sorted(names)) or "no array"
                raise NotAnImageError(path, f"an archive of {found}; one with an array named frames is read")
            _check_claim(path, archive, names[_FRAMES])
            arrays = {
                name: _load(path, archive, names[name])
                for name in (_FRAMES, _TIMES, _SPACING)
                if name in names
            }
    except (
        zipfile.BadZipFile,
        zlib.error,
        tokenize.TokenError,  # numpy parses the array's header as Python, and lets these out of it
        SyntaxError,
        TypeError,
        OverflowError,
        MemoryError,
        ValueError,
        EOFError,
        OSError,
        KeyError,
        NotImplementedError,
        RuntimeError,
    ) as error:
        raise BrokenFileError(path, f"a damaged archive: {error}") from error
    frames, remarks = to_rgb_frames(path, arrays[_FRAMES])
    spacing, calibration = arrays.get(_SPACING), None
    if spacing is not None and spacing.size in (1, 2) and np.all(spacing > 0):
        down_mm, right_mm = np.broadcast_to(spacing.astype(float).ravel(), 2)
        calibration = Calibration((float(down_mm), float(right_mm)), (0, 0, frames.shape[2], frames.shape[1]))
    else:
        remarks.append("Not calibrated: the archive has no spacing_mm.")
    times = arrays.get(_TIMES)
    times_ms = np.zeros(1) if len(frames) == 1 else None
    if times is not None and times.shape == (len(frames),) and np.all(np.diff(times) > 0):
        times_ms = times.astype(float) - float(times[0])
    if times_ms is None:
        remarks.append("The frame times are unknown: the archive has no increasing frame_times_ms.")
    return plain_clip(path, frames, times_ms=times_ms, calibration=calibration, remarks=remarks)


def plain_clip(
    path: Path,
    frames: np.ndarray,
    *,
    times_ms: np.ndarray | None,
    calibration: Calibration | None,
    remarks: list[str],
) -> Clip:
    """Return a clip of frames that come without a header: nobody's, at no stated heart rate, of no stated view."""
    mode, mode_remarks = resolve_mode(None, frames)
    return Clip(
        frames=frames, frame_times_ms=times_ms, calibration=calibration, heart_rate_bpm=None, r_wave_times_ms=(),
        view=None, mode=mode, path=path, patient_id=None, sex_text=None, study_uid=None, instance_uid=None,
        remarks=(*mode_remarks, *remarks),
    )  # fmt: skip


def _check_claim(path: Path, archive: zipfile.ZipFile, name: str) -> None:
    """Refuse an array that claims to be too large before anything is unpacked."""
    with archive.open(name) as member:
        version = np.lib.format.read_magic(member)
        reader: Any = (
            np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        )
        shape, _, kind = reader(member)
    if kind.hasobject:
        raise UnsupportedFileError(
            path, "an archive of pickled objects, which are never read; save plain arrays"
        )
    if len(shape) not in (2, 3, 4):
        raise NotAnImageError(path, f"an array of shape {shape}; frames are (frame, height, width[, 3])")
    frames, height, width = (1, *shape) if len(shape) == 2 else shape[:3]
    check_size(path, frames=frames, height=height, width=width)


def _load(path: Path, archive: zipfile.ZipFile, name: str) -> np.ndarray:
    if archive.getinfo(name).file_size > 2**31 * 4:
        raise UnsupportedFileError(path, f"an archive whose array {name} claims more than 8 GiB")
    with archive.open(name) as member:
        return np.asarray(np.lib.format.read_array(member, allow_pickle=False))
