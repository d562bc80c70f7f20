"""A DICOM file, as a clip."""

import logging
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import numpy as np
from jaxtyping import UInt8
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.errors import BytesLengthException, InvalidDicomError
from pydicom.uid import DeflatedExplicitVRLittleEndian

from echovlm.clinical.views import Mode, View, find_view
from echovlm.imaging.body import read_body_size
from echovlm.imaging.calibration import find_calibration
from echovlm.imaging.choice import FrameChoice, every_frame
from echovlm.imaging.clip import SIMULATOR, Clip
from echovlm.imaging.content import find_content
from echovlm.imaging.errors import BrokenFileError, UnreadablePathError, UnsupportedFileError
from echovlm.imaging.mode import find_mode, resolve_mode
from echovlm.imaging.names import find_console
from echovlm.imaging.pixels import decode_frames
from echovlm.imaging.regions import read_regions
from echovlm.imaging.spectra import resolve_tissue
from echovlm.imaging.stored import DEFER_BYTES
from echovlm.imaging.tags import find_items, find_text
from echovlm.imaging.timing import read_timing

# What pydicom raises on headers that are cut, swapped or lying; RecursionError on hostile nesting.
_READER_ERRORS: Final = (
    InvalidDicomError, BytesLengthException, ValueError, TypeError, AttributeError, KeyError, IndexError,
    EOFError, MemoryError, zlib.error,
    NotImplementedError, OSError, OverflowError, RecursionError, struct.error, AssertionError,
)  # fmt: skip

_DEFLATED: Final = DeflatedExplicitVRLittleEndian.encode("ascii")
_META_BYTES: Final = 4096  # the transfer syntax stands among the first dozen elements


def read_dicom(path: Path, *, choose: FrameChoice = every_frame, header: Dataset | None = None) -> Clip:
    """Read a DICOM file; frames that are not chosen are not decoded.

    Args:
        path: The file.
        choose: Which frames.
        header: What ``read_header`` gave of this file, when that was read already.

    Raises:
        ImagingError: If it cannot be read as an image.
    """
    with _quiet():
        dataset = read_dataset(path, defer=True) if header is None else header
        decoded = decode_frames(path, dataset, choose=choose)
        frames = decoded.frames
        height, width = frames.shape[1:3]
        timing = read_timing(dataset, n_frames=decoded.n_frames).at(decoded.indices)
        body = read_body_size(dataset)
        regions = read_regions(dataset)
        calibration, space_remarks = find_calibration(regions, height_px=height, width_px=width)
        # Buttons, logos and menus outside the picture may be red and blue.
        left, top, right, bottom = calibration.region_xyxy_px if calibration else (0, 0, width, height)
        picture = frames[:, top:bottom, left:right]
        stated = find_mode(regions, dataset)
        mode, mode_remarks = (
            resolve_tissue(regions, frames[-1]) if stated is Mode.TDI else resolve_mode(stated, picture)
        )
        return Clip(
            frames=frames,
            frame_times_ms=timing.frame_times_ms,
            calibration=calibration,
            heart_rate_bpm=timing.heart_rate_bpm,
            r_wave_times_ms=timing.r_wave_times_ms,
            view=_find_view(dataset),
            mode=mode,
            path=path,
            patient_id=find_text(dataset, "PatientID"),
            sex_text=find_text(dataset, "PatientSex"),
            study_uid=find_text(dataset, "StudyInstanceUID"),
            instance_uid=find_text(dataset, "SOPInstanceUID"),
            remarks=(
                *_modality_remark(dataset),
                *decoded.remarks,
                *mode_remarks,
                *timing.remarks,
                *space_remarks,
                *body.remarks,
            ),
            height_cm=body.height_cm,
            weight_kg=body.weight_kg,
            regions=regions,
            content=find_content(dataset, regions, frames),
            console=find_console(dataset),
            is_simulated=find_text(dataset, "Manufacturer") == SIMULATOR,
            frame_indices=None if len(frames) == decoded.n_frames else decoded.indices,
        )


def decode_dicom(path: Path, *, choose: FrameChoice) -> UInt8[np.ndarray, "frame height width 3"]:
    """Return some frames of a DICOM file, and nothing of what its header says of them.

    Raises:
        ImagingError: If it cannot be read as an image.
    """
    with _quiet():
        return decode_frames(path, read_dataset(path, defer=True), choose=choose).frames


def read_header(path: Path) -> Dataset:
    """Return all of a DICOM file but its large elements, which stay in the file.

    Raises:
        ImagingError: If it cannot be read.
    """
    with _quiet():
        return read_dataset(path, defer=True)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep pydicom's warnings on odd values off the terminal; what matters becomes a remark or an error."""
    logger = logging.getLogger("pydicom")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)


def read_dataset(path: Path, *, defer: bool = False) -> Dataset:
    """Return the data set of a file; its pixels are not decoded.

    Args:
        path: The file.
        defer: Leave large elements in the file until they are asked for.

    Raises:
        ImagingError: If it cannot be read.
    """
    try:
        with path.open("rb") as file:
            is_deflated = _DEFLATED in file.read(_META_BYTES)
        if is_deflated:
            raise UnsupportedFileError(
                path,
                "the deflated transfer syntax is not read, as it unfolds without limit; inflate it first",
            )
        return dcmread(path, force=True, defer_size=DEFER_BYTES if defer else None)
    except _READER_ERRORS as error:
        if (
            isinstance(error, OSError) and error.errno is not None
        ):  # pydicom also raises a bare OSError on damage
            raise UnreadablePathError(path, f"cannot be opened: {error.strerror}") from error
        raise BrokenFileError(
            path, f"not a readable DICOM file ({type(error).__name__}): it was cut short or damaged"
        ) from error


def _find_view(dataset: Dataset) -> View | None:
    """Return the view of the View Code Sequence, by code or by its meaning."""
    for item in find_items(dataset, "ViewCodeSequence"):
        for keyword in ("CodeValue", "CodeMeaning"):
            view = find_view(find_text(item, keyword) or "")
            if view is not None:
                return view
    return None


def _modality_remark(dataset: Dataset) -> tuple[str, ...]:
    modality = find_text(dataset, "Modality")
    return () if modality == "US" else (f"The modality is {modality or 'not stated'}, not US (ultrasound).",)
