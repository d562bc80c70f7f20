"""How much one clip may hold before we refuse it, so that a lying header cannot exhaust the machine."""

from pathlib import Path
from typing import Final

from echovlm.imaging.errors import TooLargeError

# A 10-second contrast cine of 1016x708 at 60 frames per second is 1.3e9 bytes as RGB.
MAX_CLIP_BYTES: Final = 2 * 1024**3
MAX_SIDE_PX: Final = 8192


def check_size(path: Path, *, frames: int, height: int, width: int) -> None:
    """Refuse a clip that is empty or absurdly large.

    Raises:
        TooLargeError: If one side or the whole clip exceeds the limit.
    """
    if height > MAX_SIDE_PX or width > MAX_SIDE_PX:
        raise TooLargeError(
            path, f"claims an image of {width}×{height} pixels; at most {MAX_SIDE_PX} a side are read"
        )
    need = frames * height * width * 3
    if need > MAX_CLIP_BYTES:
        raise TooLargeError(
            path,
            f"claims {frames} frames of {width}×{height} pixels, {need / 1024**3:.1f} GiB decoded; "
            f"at most {MAX_CLIP_BYTES / 1024**3:.0f} GiB are read: split the clip",
        )
