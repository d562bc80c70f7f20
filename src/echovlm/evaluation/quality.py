"""How well a picture shows the heart: the generalised contrast-to-noise ratio of cavity and wall."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from jaxtyping import UInt8

from echovlm.clinical.anatomy import Structure
from echovlm.dataset import ClipRow, EchoGround
from echovlm.evaluation.cache import AnswerCache

_BINS: Final = 64
_LEAST_PX: Final = 50
_CLIPS_PER_PART: Final = 64


def contrast_to_noise(
    image: UInt8[np.ndarray, "height width"], mask: UInt8[np.ndarray, "height width"]
) -> float:
    """Return gCNR of left ventricular cavity and myocardium: 1 where no grey value is shared, 0 where all are.

    It does not change with any monotonic grey curve (Rodriguez-Molares et al. 2020, IEEE TUFFC 67:745). NaN where the
    mask has too little of either.
    """
    cavity, wall = image[mask == Structure.LV.value], image[mask == Structure.LV_MYOCARDIUM.value]
    if min(len(cavity), len(wall)) < _LEAST_PX:
        return float("nan")
    shares = [np.histogram(part, bins=_BINS, range=(0, 256))[0] / len(part) for part in (cavity, wall)]
    return float(1 - np.minimum(*shares).sum())


def study_quality(dataset: EchoGround, rows: Sequence[ClipRow], *, cache: AnswerCache) -> Mapping[str, str]:
    """Return the third in which each study's median contrast lies, ``poor``, ``fair`` or ``good``, by study.

    Studies without a mask of wall and cavity are left out; with fewer than nine, all are.
    """
    by_study: dict[str, list[float]] = {}
    masked = [row for row in rows if row.masks]
    for start in range(0, len(masked), _CLIPS_PER_PART):
        batch = masked[start : start + _CLIPS_PER_PART]
        key = ("contrasts", *(f"{row.clip_id} {row.source_sha256}" for row in batch))
        kept = cache.compute(key, lambda batch=batch: _contrasts(dataset, batch))  # type: ignore[misc]
        for place, value in zip(kept["clip"].tolist(), kept["gcnr"].tolist(), strict=True):
            if np.isfinite(value):
                by_study.setdefault(batch[place].study_id, []).append(value)
    medians = {study: float(np.median(values)) for study, values in by_study.items() if values}
    if len(medians) < 9:
        return {}
    low, high = np.quantile(list(medians.values()), [1 / 3, 2 / 3])
    return {s: "poor" if v < low else "good" if v > high else "fair" for s, v in medians.items()}


def _contrasts(dataset: EchoGround, rows: Sequence[ClipRow]) -> dict[str, np.ndarray]:
    """Return the contrast of every masked frame, and the place of its clip."""
    found = [_clip_contrast(dataset, row) for row in rows]
    return {"gcnr": np.concatenate(found), "clip": np.repeat(np.arange(len(rows)), [len(c) for c in found])}


def _clip_contrast(dataset: EchoGround, row: ClipRow) -> np.ndarray:
    masks = dataset.read_masks(row)
    images = dataset.read_frames(row, sorted(masks))
    return np.array(
        [contrast_to_noise(image, masks[i]) for i, image in zip(sorted(masks), images, strict=True)]
    )
