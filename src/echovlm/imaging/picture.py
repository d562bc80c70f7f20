"""Where on the screen a clip's picture lies, looked for once by all who ask."""

from dataclasses import dataclass

from echovlm.imaging.clip import Clip
from echovlm.imaging.sector import Sector, find_sector

Box = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """The ultrasound on the screen.

    Attributes:
        region_xyxy_px: The box in which it was looked for: the calibrated region, else the whole image.
        sector: The ultrasound, in pixels of that box; ``None`` when nothing in it looks like any.
    """

    region_xyxy_px: Box
    sector: Sector | None


def find_picture(clip: Clip) -> Picture:
    """Find the ultrasound in the calibrated region, or in the whole image when there is none."""
    _, height, width, _ = clip.frames.shape
    x0, y0, x1, y1 = clip.calibration.region_xyxy_px if clip.calibration else (0, 0, width, height)
    return Picture((x0, y0, x1, y1), find_sector(clip.frames[:, y0:y1, x0:x1]))


class PictureSearch:
    """The picture of a clip, looked for when it is first asked for.

    Args:
        clip: The clip.
    """

    def __init__(self, clip: Clip) -> None:
        self._clip = clip
        self._found: Picture | None = None

    def find(self) -> Picture:
        """Return where the clip's picture lies."""
        if self._found is None:
            self._found = find_picture(self._clip)
        return self._found

    def find_of(self, clip: Clip) -> Picture:
        """Return where the picture of a clip lies: the same one for the same frames, whatever else became known."""
        is_same = clip.frames is self._clip.frames and clip.calibration == self._clip.calibration
        return self.find() if is_same else find_picture(clip)
