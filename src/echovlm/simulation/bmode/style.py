"""How a console turns echo power into grey: dynamic range, curve, persistence and filters."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from echovlm.errors import EchoVLMError

DROPPED_BITS: Final = 15  # a float32 keeps sign, exponent and 8 bits of mantissa: steps of 0.02 dB


class StyleError(EchoVLMError):
    """A number of an image style makes no picture."""


@dataclass(frozen=True, slots=True)
class GreyMap:
    """A console's curve from compressed echo to grey.

    Attributes:
        range_db: Displayed dynamic range below full scale, 30 to 90.
        gamma: Exponent of the curve; above 1 darkens the middle.
        contrast_frac: Share of an S-shaped curve, 0 for none: dark gets darker and bright brighter.
        reject_frac: Compressed level below which all is black, 0 to 0.4.
    """

    range_db: float
    gamma: float = 1.0
    contrast_frac: float = 0.0
    reject_frac: float = 0.0

    def __post_init__(self) -> None:
        if not (30 <= self.range_db <= 90 and self.gamma > 0 and 0 <= self.contrast_frac <= 1
                and 0 <= self.reject_frac <= 0.4):  # fmt: skip
            raise StyleError(
                f"no picture comes of {self}; allowed are a range of 30 to 90 dB, a gamma above 0, a contrast "
                "of 0 to 1 and a reject level of 0 to 0.4. Choose numbers in these ranges."
            )

    def level_db(self, grey: float) -> float:
        """Return the echo level below full scale that is shown as this grey, 1 to 254."""
        level_db = np.linspace(-self.range_db, 0, 512)
        return float(np.interp(grey, self._curve(level_db), level_db))

    def grey_levels(self) -> np.ndarray:
        """Tabulate the grey over the leading bits of a float32 echo power: no pixel needs a logarithm."""
        infinite = 0x7F800000 >> DROPPED_BITS  # the first pattern that is no number
        bits = np.arange(1 << (31 - DROPPED_BITS), dtype=np.int32).clip(max=infinite - 1) << DROPPED_BITS
        power = np.maximum(bits.view(np.float32).astype(np.float64), 1e-12)
        return np.asarray(self._curve(10 * np.log10(power)), dtype=np.float32)

    def _curve(self, level_db: np.ndarray) -> np.ndarray:
        level = np.clip(1 + level_db / self.range_db, 0, 1)
        level = np.clip((level - self.reject_frac) / (1 - self.reject_frac), 0, 1) ** self.gamma
        curved = level * level * (3 - 2 * level)
        level += self.contrast_frac * (curved - level)
        return np.asarray(255 * level)


@dataclass(frozen=True, slots=True)
class ImageStyle:
    """What a console does to an image after beam forming.

    Attributes:
        grey_map: The curve to grey.
        persistence_frac: Weight of the frame before, 0 to 0.8.
        edge_gain: Above 0 enhances edges, below 0 (to -1) smooths.
        compounding_frac: Averaging of neighbouring looks before compression, 0 (raw speckle) to 1.
        harmonic: Second-harmonic imaging: a narrower beam, fewer side lobes, less haze, less penetration.
    """

    grey_map: GreyMap
    persistence_frac: float = 0.0
    edge_gain: float = 0.0
    compounding_frac: float = 0.0
    harmonic: bool = True


def sample_style(rng: np.random.Generator) -> ImageStyle:
    """Draw the settings of one console and user."""
    kind = rng.integers(3)
    gamma = (rng.uniform(0.9, 1.3), rng.uniform(1.2, 1.9), rng.uniform(0.9, 1.4))[kind]
    contrast = (0.0, 0.0, rng.uniform(0.3, 1.0))[kind]
    reject = 0.0 if rng.random() < 0.35 else rng.uniform(0.0, 0.25)
    return ImageStyle(
        GreyMap(float(rng.uniform(48, 70)), float(gamma), float(contrast), float(reject)),
        persistence_frac=0.0 if rng.random() < 0.35 else float(rng.uniform(0.1, 0.55)),
        edge_gain=float(np.clip(rng.normal(0.0, 0.4), -0.9, 0.9)),
        compounding_frac=float(np.clip(rng.normal(0.3, 0.35), 0, 1)),
        harmonic=bool(rng.random() < 0.75),
    )
