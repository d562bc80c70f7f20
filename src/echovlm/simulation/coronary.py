"""Which of the 17 segments a coronary artery supplies, and how its disease slows and thins them.

Segments and territories: Cerqueira et al., Circulation 2002;105:539-542 (AHA 17 segments).
"""

from typing import Final

import numpy as np

N_SEGMENTS: Final = 17

# AHA numbers, each with the segments in the order in which a lesion further up takes them in.
_TERRITORIES: Final = (
    (17, 14, 13, 8, 7, 2, 1),  # left anterior descending
    (4, 10, 15, 3, 9),  # right coronary
    (5, 11, 6, 12, 16),  # circumflex
)
_TERRITORY_SHARES: Final = (0.5, 0.3, 0.2)
_NORMAL_SPREAD: Final = 0.06
_WORST: Final = 1.3  # loss of contraction at the centre of the worst territory: 0.3 beyond akinetic
MOST_THINNED_FRAC: Final = 0.55


def draw_segments(
    rng: np.random.Generator, *, severity: float
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Draw the motion of each segment (1 normal, 0 akinetic, below dyskinetic) and its thinning.

    Args:
        rng: Source of randomness.
        severity: 0 for healthy coronaries, up to 1 for the worst infarct.
    """
    motion = 1.0 + _NORMAL_SPREAD * np.clip(rng.standard_normal(N_SEGMENTS), -2, 2)
    territory = _TERRITORIES[int(rng.choice(len(_TERRITORIES), p=_TERRITORY_SHARES))]
    reach = rng.uniform(0.35, 1.25) * len(territory)  # how many segments the lesion takes in
    scarred = rng.uniform(0.0, 1.0)
    thinning = np.zeros(N_SEGMENTS)
    for order, segment in enumerate(territory):
        loss = _WORST * severity * float(np.clip(reach - order, 0.0, 1.0)) * rng.uniform(0.8, 1.0)
        motion[segment - 1] -= loss
        thinning[segment - 1] = MOST_THINNED_FRAC * scarred * min(1.0, loss)
    return tuple(map(float, motion)), tuple(map(float, thinning))
