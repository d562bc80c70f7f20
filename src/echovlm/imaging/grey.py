"""Arrays of any number type as 8-bit RGB frames, with a word on what was decided."""

from pathlib import Path

import numpy as np

from echovlm.imaging.errors import NotAnImageError


def to_rgb_frames(path: Path, samples: np.ndarray) -> tuple[np.ndarray, list[str]]:
    """Return frames (frame, height, width, 3) of an array (frame, height, width[, 3]) or (height, width).

    Whole numbers from 0 to 255 stay as they are; anything else is stretched over its own range, and said so.

    Raises:
        NotAnImageError: If the shape or the number type is no image's.
    """
    if samples.ndim == 2:
        samples = samples[None]
    is_colour = samples.ndim == 4 and samples.shape[-1] == 3
    if not (is_colour or samples.ndim == 3) or samples.size == 0 or samples.dtype.kind not in "biuf":
        raise NotAnImageError(
            path,
            f"an array of shape {samples.shape} and type {samples.dtype}; frames are numbers "
            "(frame, height, width[, 3])",
        )
    remarks: list[str] = []
    if samples.dtype != np.uint8:
        finite = np.nan_to_num(samples.astype(np.float32), posinf=0.0, neginf=0.0)
        low, high = float(finite.min()), float(finite.max())
        is_plain = low >= 0 and 1 < high <= 255
        if not is_plain:
            finite = (finite - low) * (255.0 / (high - low) if high > low else 0.0)
            remarks.append(f"Grey values from {low:g} to {high:g} were stretched to 0 to 255.")
        samples = np.rint(finite).astype(np.uint8)
    frames = samples if is_colour else np.repeat(samples[..., None], 3, axis=-1)
    return np.ascontiguousarray(frames), remarks
