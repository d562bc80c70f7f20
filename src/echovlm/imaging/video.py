"""An mp4, mov or avi file, as a clip: frames and the true time of each."""

from pathlib import Path
from typing import Final

import av
import av.error
import numpy as np
from jaxtyping import Float

from echovlm.imaging.clip import Clip
from echovlm.imaging.errors import BrokenFileError, NotAnImageError, UnreadablePathError
from echovlm.imaging.limits import check_size
from echovlm.imaging.mode import resolve_mode

# FFmpeg's demuxers, named so that a file which merely looks like a playlist is never followed.
FFMPEG_FORMAT: Final = {"mp4": "mov", "avi": "avi"}


def read_video(path: Path, *, container: str) -> Clip:
    """Read the first video stream of a file.

    Args:
        path: The file.
        container: A key of ``FFMPEG_FORMAT``, found from the content.

    Raises:
        ImagingError: If it holds no video, is damaged, or is too long.
    """
    try:
        frames, onsets_s = _decode(path, container)
    except av.error.PermissionError as error:
        raise UnreadablePathError(path, f"cannot be opened: {error.strerror}") from error
    except (av.error.FFmpegError, ValueError, OverflowError, MemoryError) as error:
        why = error.strerror if isinstance(error, av.error.FFmpegError) else str(error)
        raise BrokenFileError(path, f"a damaged or truncated video: {why}") from error
    times_ms, remarks = _times_ms(onsets_s)
    mode, mode_remarks = resolve_mode(None, frames)
    return Clip(
        frames=frames,
        frame_times_ms=times_ms,
        calibration=None,
        heart_rate_bpm=None,
        r_wave_times_ms=(),
        view=None,
        mode=mode,
        path=path,
        patient_id=None,
        sex_text=None,
        study_uid=None,
        instance_uid=None,
        remarks=(*mode_remarks, *remarks, "Not calibrated: a video carries no ultrasound region."),
    )


def _decode(path: Path, container: str) -> tuple[np.ndarray, list[float | None]]:
    """Decode all frames, counting their bytes on the way so that a long film stops early."""
    frames: list[np.ndarray] = []
    onsets_s: list[float | None] = []
    with av.open(str(path), format=FFMPEG_FORMAT[container]) as film:
        if not film.streams.video:
            raise NotAnImageError(path, "a media file without a video stream")
        for frame in film.decode(film.streams.video[0]):
            check_size(path, frames=len(frames) + 1, height=frame.height, width=frame.width)
            frames.append(frame.to_ndarray(format="rgb24"))
            onsets_s.append(
                None if frame.pts is None or frame.time_base is None else float(frame.pts * frame.time_base)
            )
    if not frames:
        raise BrokenFileError(
            path, "a video from which no frame could be decoded: it was cut short or damaged"
        )
    if len({frame.shape for frame in frames}) > 1:
        raise BrokenFileError(path, "a video whose frames change size half way")
    return np.stack(frames), onsets_s


def _times_ms(onsets_s: list[float | None]) -> tuple[Float[np.ndarray, "frame"] | None, tuple[str, ...]]:
    """Return times from the first frame's onset, or a remark on why there are none."""
    known = [onset for onset in onsets_s if onset is not None]
    if len(known) != len(onsets_s):
        return (
            (np.zeros(1), ())
            if len(onsets_s) == 1
            else (None, ("The frame times are unknown: the video has no time stamps.",))
        )
    times_ms = (np.asarray(known) - known[0]) * 1000.0
    if np.any(np.diff(times_ms) <= 0):
        return None, ("The frame times are unknown: the video's time stamps do not increase.",)
    return times_ms, ()
