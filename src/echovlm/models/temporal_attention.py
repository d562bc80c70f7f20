"""Attention over the frames of a clip, each at its true time."""

import math
from typing import Final

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

_SHORTEST_MS: Final = 40.0  # a valve closes within it
_LONGEST_MS: Final = 2560.0  # two slow beats
_N_PERIODS: Final = 7  # each twice the one before


def time_features(times_ms: Float[Tensor, "clip frame"]) -> Float[Tensor, "clip frame feature"]:
    """Return sine and cosine of each time over periods from 40 to 2560 ms; zeros where the time is unknown.

    The distance of two frames in it depends on their distance in time alone, so a clip at 25 and one at 50 frames a
    second show the same motion.
    """
    steps = torch.linspace(0, 1, _N_PERIODS, device=times_ms.device)
    period_ms = _SHORTEST_MS * (_LONGEST_MS / _SHORTEST_MS) ** steps
    known = ~times_ms.isnan()
    angle = 2 * math.pi * times_ms.nan_to_num()[..., None] / period_ms
    return torch.cat([angle.sin(), angle.cos()], -1) * known[..., None]


class TemporalAttention(nn.Module):
    """Frames to one vector: each looks at all others, then their mean goes on. Before training it is the mean.

    A frame of unknown time has no time: then the order of frames does not matter.
    """

    def __init__(self, width: int, *, n_heads: int) -> None:
        super().__init__()
        self.n_heads = n_heads
        self.time = nn.Linear(2 * _N_PERIODS, width, bias=False)
        self.norm, self.inner_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.query_key_value = nn.Linear(width, 3 * width)
        self.join, self.inner, self.outer = (
            nn.Linear(width, width),
            nn.Linear(width, 2 * width),
            nn.Linear(2 * width, width),
        )
        for last in (self.join, self.outer):
            nn.init.zeros_(last.weight)
            nn.init.zeros_(last.bias)

    def forward(
        self, frames: Float[Tensor, "clip frame width"], times_ms: Float[Tensor, "clip frame"]
    ) -> Float[Tensor, "clip width"]:
        """Return one vector per clip.

        Args:
            frames: What each frame shows.
            times_ms: When each was taken, from the clip's first on; NaN where unknown.
        """
        x: Tensor = frames
        seen = self.norm(x + self.time(time_features(times_ms).to(x.dtype)))
        heads = self.query_key_value(seen).view(*x.shape[:2], 3, self.n_heads, -1)
        query, key, value = heads.permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(query, key, value).transpose(1, 2).flatten(2)
        x = x + self.join(mixed)
        x = x + self.outer(F.gelu(self.inner(self.inner_norm(x))))
        pooled: Tensor = x.mean(1)
        return pooled
