"""Yes or no from a score: the threshold is chosen on validation patients and used on test patients."""

import numpy as np
from jaxtyping import Bool, Float


def youden_threshold(score: Float[np.ndarray, "sample"], label: Bool[np.ndarray, "sample"]) -> float | None:
    """Return the threshold with the largest sensitivity + specificity (Youden 1950); ``None`` for one class.

    Scores at or above it say yes. It lies midway between two neighbouring scores, so that a test patient who
    is like a validation patient falls on the same side; among equal thresholds the lowest is taken.
    """
    if len(label) == 0 or label.all() or not label.any():
        return None
    cuts = np.unique(score)
    above_positive = label.sum() - np.searchsorted(np.sort(score[label]), cuts, side="left")
    above_negative = (~label).sum() - np.searchsorted(np.sort(score[~label]), cuts, side="left")
    youden = above_positive / label.sum() - above_negative / (~label).sum()
    best = int(np.argmax(youden))
    below = cuts[best - 1] if best > 0 else cuts[0] - 1.0
    return float((below + cuts[best]) / 2)
