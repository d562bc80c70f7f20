"""One file decoded for curation: of a long DICOM cine whose header tells which frames are stored, only those."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset

from echovlm.curation.copies import LOOKED_AT
from echovlm.curation.frames import MAX_FRAMES, choose_frames
from echovlm.imaging import STRIP_MODES, Clip, find_header, read_clip
from echovlm.imaging.examination import Examination, find_examination
from echovlm.imaging.mode import find_mode
from echovlm.imaging.regions import read_regions
from echovlm.imaging.tags import find_int
from echovlm.imaging.timing import read_timing

# Of a clip's shape (frames, height, width) to the frames that must be stored, such as those with a mask.
KeyFrames = Callable[[tuple[int, int, int]], Sequence[int]]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class FileRead:
    """A file, decoded.

    Attributes:
        clip: All its frames, or those to store and those looked at for copies, the file's last among them.
        n_frames: How many frames the file has.
        examination: What the header says of the examination; ``None`` for files without a header.
        to_store: The file's frames that are stored, where its header told; ``None`` when that is still to be chosen.
    """

    clip: Clip
    n_frames: int
    examination: Examination | None
    to_store: tuple[int, ...] | None

    @property
    def indices(self) -> tuple[int, ...]:
        """Which frames of the file the clip holds."""
        return self.clip.frame_indices or tuple(range(len(self.clip.frames)))


def read_file(path: Path, key_frames: KeyFrames, *, frames_per_second: float | None) -> FileRead:
    """Decode a file.

    The header must state R waves, which say where the first beat lies; without them the ECG that the console
    drew may tell, and it is read from all frames.

    Args:
        path: The file.
        key_frames: Asked for the frames that must be stored, at most once.
        frames_per_second: The rate that its source states; it counts where the file has no clock of its own.

    Raises:
        ImagingError: If the file cannot be read.
    """
    header = find_header(path)
    if header is None:
        clip = read_clip(path)
        return FileRead(_with_rate(clip, frames_per_second), len(clip.frames), None, None)
    choice = _Choice(header, key_frames)
    clip = read_clip(path, choose=choice, header=header)
    clip = _with_rate(clip, frames_per_second)
    return FileRead(clip, choice.n_frames, find_examination(header), choice.to_store)


class _Choice:
    """Chooses the frames to decode: those to store and those looked at, the last among them, or all."""

    def __init__(self, header: Dataset, key_frames: KeyFrames) -> None:
        self._header, self._key_frames = header, key_frames
        self.n_frames = 0
        self.to_store: tuple[int, ...] | None = None

    def __call__(self, n_frames: int) -> Sequence[int]:
        self.n_frames = n_frames
        if n_frames > MAX_FRAMES:
            self.to_store = _find_stored(self._header, n_frames, self._key_frames)
        return range(n_frames) if self.to_store is None else sorted({*self.to_store, *LOOKED_AT(n_frames)})


def _find_stored(header: Dataset, n_frames: int, key_frames: KeyFrames) -> tuple[int, ...] | None:
    """Return the frames to store; ``None`` when the header does not tell."""
    if find_mode(read_regions(header), header) in STRIP_MODES:
        return None
    timing = read_timing(header, n_frames=n_frames)
    if timing.frame_times_ms is None or not timing.r_wave_times_ms:
        return None
    height, width = find_int(header, "Rows") or 0, find_int(header, "Columns") or 0
    return choose_frames(
        n_frames,
        frame_times_ms=timing.frame_times_ms,
        heart_rate_bpm=timing.heart_rate_bpm,
        r_wave_times_ms=timing.r_wave_times_ms,
        keep=key_frames((n_frames, height, width)),
    )


def _with_rate(clip: Clip, frames_per_second: float | None) -> Clip:
    """Return the clip with the rate that its source states, where the file has no clock of its own."""
    if clip.frame_times_ms is not None or not frames_per_second or frames_per_second <= 0:
        return clip
    return replace(clip, frame_times_ms=np.arange(len(clip.frames)) * 1000.0 / frames_per_second)
