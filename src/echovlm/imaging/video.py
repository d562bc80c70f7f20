"""An mp4, mov or avi file, as a clip: frames and the true time of each."""

from pathlib import Path
from typing import Final

import av
import av.error
import numpy as np
from jaxtyping import Float

from echovlm.imaging.choice import FrameChoice, choose_frames, every_frame
from echovlm.imaging.clip import Clip
from echovlm.imaging.errors import BrokenFileError, NotAnImageError, UnreadablePathError
from echovlm.imaging.limits import check_size
from echovlm.imaging.mode import resolve_mode

# FFmpeg's demuxers, named so that a file which merely looks like a playlist is never followed.
FFMPEG_FORMAT: Final = {"mp4": "mov", "avi": "avi"}


def read_video(path: Path, *, container: str, choose: FrameChoice = every_frame) -> Clip:
    """Read the first video stream of a file.

    Args:
        path: The file.
        container: A key of ``FFMPEG_FORMAT``, found from the content.
        choose: Which frames are kept; all are decoded, as each is stored as a change of those before it.

    Raises:
        ImagingError: If it holds no video, is damaged, or is too long.
    """
    try:
        frames, onsets_s, indices = _decode(path, container, choose)
    except av.error.PermissionError as error:
        raise UnreadablePathError(path, f"cannot be opened: {error.strerror}") from error
    except (av.error.FFmpegError, ValueError, OverflowError, MemoryError) as error:
        why = error.strerror if isinstance(error, av.error.FFmpegError) else str(error)
        raise BrokenFileError(path, f"a damaged or truncated video: {why}") from error
    times_ms, remarks = _times_ms(onsets_s)
    if times_ms is not None and indices is not None:
        times_ms = times_ms[list(indices)] - times_ms[indices[0]]
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
        frame_indices=indices,
    )


def _decode(
    path: Path, container: str, choose: FrameChoice
) -> tuple[np.ndarray, list[float | None], tuple[int, ...] | None]:
    """Return the chosen frames, the onsets of all, and which were chosen; ``None`` for all.

    The bytes are counted on the way, so that a long film stops early.
    """
    wanted = None if choose is every_frame else set(choose_frames(choose, _count(path, container)))
    frames: list[np.ndarray] = []
    onsets_s: list[float | None] = []
    kept: list[int] = []
    with av.open(str(path), format=FFMPEG_FORMAT[container]) as film:
        if not film.streams.video:
            raise NotAnImageError(path, "a media file without a video stream")
        for index, frame in enumerate(film.decode(film.streams.video[0])):
            onsets_s.append(
                None if frame.pts is None or frame.time_base is None else float(frame.pts * frame.time_base)
            )
            if wanted is None or index in wanted:
                check_size(path, frames=len(frames) + 1, height=frame.height, width=frame.width)
                frames.append(frame.to_ndarray(format="rgb24"))
                kept.append(index)
    if not frames:
        raise BrokenFileError(
            path, "a video from which no frame could be decoded: it was cut short or damaged"
        )
    if len({frame.shape for frame in frames}) > 1:
        raise BrokenFileError(path, "a video whose frames change size half way")
    return np.stack(frames), onsets_s, None if len(kept) == len(onsets_s) else tuple(kept)


def _count(path: Path, container: str) -> int:
    """Return the number of frames that the packets of a film hold, without decoding one."""
    with av.open(str(path), format=FFMPEG_FORMAT[container]) as film:
        if not film.streams.video:
            raise NotAnImageError(path, "a media file without a video stream")
        return max(1, sum(1 for packet in film.demux(film.streams.video[0]) if packet.size))


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
