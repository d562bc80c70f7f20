"""Which frames of a cine are end-diastole and end-systole, from the left ventricle's area."""

from collections.abc import Sequence

import numpy as np

from echovlm.measure.calibration import MeasureError

_LARGEST_JUMP = (
    0.2  # our choice: at 12 frames a beat a healthy ventricle's area changes by less between frames
)


class PhaseError(MeasureError):
    """The areas do not tell end-diastole from end-systole."""


def find_ed_es(lv_areas: Sequence[float]) -> tuple[int, int]:
    """Return the frame indices of the largest and of the smallest left ventricle.

    Frames without a left ventricle (area 0) are passed over; so is, among five frames or more, a frame that
    differs from the median of itself and its neighbours by more than a fifth: that is a bad mask, the
    ventricle does not jump.

    Raises:
        PhaseError: If fewer than two frames show the left ventricle.
    """
    areas = np.asarray(lv_areas, dtype=np.float64)
    seen = np.flatnonzero(areas > 0)
    if len(seen) < 2:
        raise PhaseError(
            f"end-diastole and end-systole need two frames with an LV; got {len(seen)} of {len(areas)}. "
            "Use a cine, or name the phase of a single frame."
        )
    steady = areas[seen]
    if len(seen) >= 5:
        padded = np.concatenate([steady[:1], steady, steady[-1:]])
        median = np.median(np.stack([padded[:-2], padded[1:-1], padded[2:]]), axis=0)
        seen = seen[np.abs(steady - median) <= _LARGEST_JUMP * median]
    return int(seen[areas[seen].argmax()]), int(seen[areas[seen].argmin()])
