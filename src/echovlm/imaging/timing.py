"""When each frame of a DICOM cine was taken, and when the heart's R waves were."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from jaxtyping import Float
from pydicom.dataset import Dataset

from echovlm.imaging.tags import find_number, find_numbers

# A frame lasting longer or shorter than this is a wrong tag: echo runs at 5 to 500 frames per second,
# stress and contrast loops are triggered at one frame per beat, ultrafast research stays below 2000.
_FRAME_TIME_RANGE_MS: Final = (0.5, 5000.0)
_HEART_RATE_RANGE_BPM: Final = (20.0, 300.0)
_FRAME_TIME_VECTOR: Final = 0x00181065


@dataclass(frozen=True, slots=True)
class Timing:
    """What a DICOM header says about time.

    Attributes:
        frame_times_ms: Onset of each frame, first is 0, strictly increasing; ``None`` when unknown.
        heart_rate_bpm: ``None`` when absent or impossible.
        r_wave_times_ms: Times of the R waves from the first frame's onset.
        remarks: What is unknown and why.
    """

    frame_times_ms: Float[np.ndarray, "frame"] | None
    heart_rate_bpm: float | None
    r_wave_times_ms: tuple[float, ...]
    remarks: tuple[str, ...]

    def at(self, indices: Sequence[int]) -> "Timing":
        """Return the timing of some of the frames, counted from the first of them."""
        if self.frame_times_ms is None:
            return self
        times_ms = self.frame_times_ms[list(indices)]
        onset_ms = float(times_ms[0])
        waves_ms = tuple(wave - onset_ms for wave in self.r_wave_times_ms)
        return replace(self, frame_times_ms=times_ms - onset_ms, r_wave_times_ms=waves_ms)


def read_timing(header: Dataset, *, n_frames: int) -> Timing:
    """Read frame times and heart rate of a DICOM header.

    The Frame Increment Pointer names the attribute that paces the frames (DICOM PS3.3 C.7.6.6.1.1); the other
    follows when the named one is missing or impossible, then Cine Rate, then Recommended Display Frame Rate,
    which is how fast to show the loop and only usually how fast it was taken (C.7.6.5.1).

    Args:
        header: The data set; its pixels are not touched.
        n_frames: Number of frames that were decoded.
    """
    remarks: list[str] = []
    times_ms = np.zeros(1) if n_frames == 1 else _frame_times_ms(header, n_frames, remarks)
    rate_bpm = find_number(header, "HeartRate")
    if rate_bpm is not None and not _HEART_RATE_RANGE_BPM[0] <= rate_bpm <= _HEART_RATE_RANGE_BPM[1]:
        remarks.append(f"The heart rate is unknown: the file says {rate_bpm:g} bpm.")
        rate_bpm = None
    waves_ms = tuple(find_numbers(header, "RWaveTimeVector"))
    if any(later <= earlier for earlier, later in itertools.pairwise(waves_ms)):
        remarks.append("The R wave times are ignored: they do not increase.")
        waves_ms = ()
    return Timing(times_ms, rate_bpm, waves_ms, tuple(remarks))


def _frame_times_ms(header: Dataset, n_frames: int, remarks: list[str]) -> Float[np.ndarray, "frame"] | None:
    """Return onset times by the standard's precedence, adding to ``remarks`` what was passed over."""
    sources = [_from_frame_time, _from_frame_time_vector]
    if _increment_pointer(header) == _FRAME_TIME_VECTOR:
        sources.reverse()
    for source in (*sources, _from_cine_rate, _from_display_rate):
        times_ms = source(header, n_frames, remarks)
        if times_ms is not None:
            return times_ms
    remarks.append("The frame times are unknown: the file states neither frame time nor frame rate.")
    return None


def _increment_pointer(header: Dataset) -> int | None:
    """Return the first tag that the Frame Increment Pointer names."""
    pointer = header.get("FrameIncrementPointer")
    if isinstance(pointer, Sequence) and pointer:
        pointer = pointer[0]
    return int(pointer) if isinstance(pointer, int) else None


def _from_frame_time_vector(
    header: Dataset, n_frames: int, remarks: list[str]
) -> Float[np.ndarray, "frame"] | None:
    increments_ms = np.asarray(find_numbers(header, "FrameTimeVector"), dtype=np.float64)
    if increments_ms.size == 0:
        return None
    if increments_ms.size != n_frames:
        remarks.append(
            f"FrameTimeVector is ignored: it has {increments_ms.size} values for {n_frames} frames."
        )
        return None
    # The first frame's increment is 0 by definition (PS3.3 C.7.6.5.1); some devices write the period there.
    low_ms, high_ms = _FRAME_TIME_RANGE_MS
    if (
        np.any(increments_ms[1:] <= 0)
        or np.any(increments_ms[1:] > high_ms)
        or np.any(increments_ms[1:] < low_ms)
    ):
        remarks.append(
            f"FrameTimeVector is ignored: its steps are not between {low_ms:g} and {high_ms:g} ms."
        )
        return None
    return np.concatenate([[0.0], np.cumsum(increments_ms[1:])])


def _from_frame_time(header: Dataset, n_frames: int, remarks: list[str]) -> Float[np.ndarray, "frame"] | None:
    frame_time_ms = find_number(header, "FrameTime")
    return None if frame_time_ms is None else _paced(frame_time_ms, n_frames, "FrameTime", remarks)


def _from_cine_rate(header: Dataset, n_frames: int, remarks: list[str]) -> Float[np.ndarray, "frame"] | None:
    return _from_rate(header, "CineRate", n_frames, remarks)


def _from_display_rate(
    header: Dataset, n_frames: int, remarks: list[str]
) -> Float[np.ndarray, "frame"] | None:
    times_ms = _from_rate(header, "RecommendedDisplayFrameRate", n_frames, remarks)
    if times_ms is not None:
        remarks.append("The frame times rest on the recommended display rate; the true rate may differ.")
    return times_ms


def _from_rate(
    header: Dataset, keyword: str, n_frames: int, remarks: list[str]
) -> Float[np.ndarray, "frame"] | None:
    per_second = find_number(header, keyword)
    if per_second is None or per_second <= 0:
        return None
    return _paced(1000.0 / per_second, n_frames, keyword, remarks)


def _paced(
    frame_time_ms: float, n_frames: int, keyword: str, remarks: list[str]
) -> Float[np.ndarray, "frame"] | None:
    low_ms, high_ms = _FRAME_TIME_RANGE_MS
    if not low_ms <= frame_time_ms <= high_ms:
        remarks.append(
            f"{keyword} is ignored: it says {frame_time_ms:g} ms a frame; "
            f"{low_ms:g} to {high_ms:g} ms are possible."
        )
        return None
    return np.arange(n_frames) * frame_time_ms
