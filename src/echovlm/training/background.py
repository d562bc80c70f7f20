"""Other tissue around the heart: what lies beyond its walls changes from patient to patient and tells no view."""

from typing import Final

import numpy as np
import torch
from jaxtyping import Bool, Float, UInt8
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

_MARGIN_SHARE: Final = 0.08  # of the image's side: walls of atria and RV have no label and stay
_CELLS: Final = (3, 5, 9)  # of the smooth fields that make a tissue brighter and darker
_FIELD_DEVIATION: Final = 0.8  # of their logarithm


def exchange_background(
    grey: Float[Tensor, "batch S S"],
    masks: UInt8[Tensor, "batch S S"],
    may: Bool[np.ndarray, "batch"],
    *,
    share: float,
    generator: np.random.Generator,
) -> Float[Tensor, "batch S S"]:
    """Return the images with the tissue away from every labelled structure mixed with that of another one.

    The other image is turned over, so that its heart is nowhere in particular, and its brightness drifts over the
    picture, as muscle, liver, lung and the echoes behind the heart do.

    Args:
        grey: Images, 0 to 1.
        masks: Their labels; 0 is no structure.
        may: Which of them may be changed: not those whose view shows in what has no label.
        share: Part of these that is changed.
        generator: Draws everything.
    """
    n, size = len(grey), grey.shape[-1]
    chosen = torch.from_numpy(np.flatnonzero((generator.random(n) < share) & may))
    if not len(chosen):
        return grey
    reach = max(1, round(_MARGIN_SHARE * size))
    near = F.max_pool2d((masks[chosen, None] > 0).float(), 2 * reach + 1, 1, reach)
    apart = 1 - F.avg_pool2d(near, 2 * reach + 1, 1, reach, count_include_pad=False)[:, 0]
    cells = int(generator.choice(_CELLS))
    coarse = torch.from_numpy(generator.standard_normal((len(chosen), 1, cells, cells), dtype=np.float32))
    drift = F.interpolate(coarse, size=(size, size), mode="bicubic", align_corners=True)[:, 0]
    other = grey[torch.from_numpy(generator.permutation(n))[chosen]].flip(int(generator.integers(1, 3)))
    amount = torch.from_numpy(generator.uniform(0.3, 1.0, (len(chosen), 1, 1)).astype(np.float32))
    weight = apart * amount
    mixed = (1 - weight) * grey[chosen] + weight * (other * (_FIELD_DEVIATION * drift).exp()).clamp(0, 1)
    return grey.index_copy(0, chosen, mixed)
