"""The beats of a recording: when each R wave falls, how long each beat lasts and how strong it is."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Float, Int

from echovlm.simulation.doppler.haemodynamics import BeatTiming
from echovlm.simulation.patient import Rhythm

_RR_SPREAD_FIBRILLATING: Final = 0.20  # standard deviation of log RR
_RR_SPREAD_REGULAR: Final = 0.012
_STRENGTH_SPREAD_REGULAR: Final = 0.012  # breathing


@dataclass(frozen=True, slots=True, eq=False)
class Beats:
    """The R waves of one recording; the first lies before its start and the last after its end.

    Attributes:
        r_times_ms: Times of the R waves.
        strengths: Velocity of each beat over that of the index beat; one per interval between R waves.
        index_beat: The beat that is measured: of mean length and strength, complete, near the middle.
    """

    r_times_ms: Float[np.ndarray, " r"]
    strengths: Float[np.ndarray, " beat"]
    index_beat: int

    @property
    def lengths_ms(self) -> Float[np.ndarray, " beat"]:
        """RR interval of each beat."""
        return np.diff(self.r_times_ms)

    def beat_at(self, time_ms: Float[np.ndarray, " time"]) -> Int[np.ndarray, " time"]:
        """Return in which beat each time lies."""
        found = np.searchsorted(self.r_times_ms, time_ms, side="right") - 1
        return np.asarray(np.clip(found, 0, len(self.strengths) - 1))


def lay_beats(
    timing: BeatTiming, rhythm: Rhythm, *, duration_ms: float, generator: np.random.Generator
) -> Beats:
    """Lay beats over a recording; in atrial fibrillation length and strength vary from beat to beat.

    A beat is the stronger the longer the one before it, as its ventricle has had more time to fill.
    """
    fibrillating = rhythm is Rhythm.ATRIAL_FIBRILLATION
    n = int(duration_ms / (0.5 * timing.beat_ms)) + 4
    spread = _RR_SPREAD_FIBRILLATING if fibrillating else _RR_SPREAD_REGULAR
    lengths = timing.beat_ms * np.exp(spread * np.clip(generator.standard_normal(n), -1.8, 2.2))
    # No beat is too short for its own systole and E wave.
    lengths = np.maximum(lengths, timing.mitral_opens_ms + 0.45 * timing.filling_ms)
    first = -float(generator.uniform(0.1, 0.9)) * lengths[0]
    index = 1 + int(
        np.argmin(np.abs(first + np.cumsum(lengths)[:-1] + 0.5 * lengths[1:] - 0.5 * duration_ms))
    )
    lengths[index] = timing.beat_ms
    r_times = first + np.concatenate([[0.0], np.cumsum(lengths)])
    kept = np.concatenate([[True], r_times[:-1] < duration_ms])  # up to the first R wave after the end
    r_times = r_times[kept]
    before = np.concatenate([[timing.beat_ms], lengths])[: len(r_times) - 1]
    strengths = np.exp(_STRENGTH_SPREAD_REGULAR * generator.standard_normal(len(before)))
    if fibrillating:
        strengths = strengths * np.clip((before / timing.beat_ms) ** 0.4, 0.75, 1.2)
    strengths[index] = 1.0
    return Beats(r_times, strengths, index)
