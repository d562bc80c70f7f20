"""From the clips of a study to the study: attention that knows which view and which mode each clip is."""

import math
from typing import Final

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

UNKNOWN: Final = -1  # the index of a view or a mode that nobody named


class StudyAttention(nn.Module):
    """Pool clip embeddings of each study; before training it is their mean.

    Each head scores a clip by what it shows and by its view and mode, so that the head which carries a finding can
    listen to the views that show it.
    """

    def __init__(self, dim: int, *, n_views: int, n_modes: int, n_heads: int) -> None:
        super().__init__()
        if dim % n_heads:
            raise ValueError(
                f"embedding_dim must be a multiple of study_heads; got {dim} and {n_heads}. Use 4 heads of 32"
            )
        self.n_heads = n_heads
        # The last row stands for unknown: -1 finds it.
        self.view, self.mode = nn.Embedding(n_views + 1, dim), nn.Embedding(n_modes + 1, dim)
        self.norm = nn.LayerNorm(dim)
        self.score, self.value = nn.Linear(dim, n_heads), nn.Linear(dim, dim)
        for layer in (self.view, self.mode, self.score, self.value):
            nn.init.zeros_(layer.weight)
        for linear in (self.score, self.value):
            nn.init.zeros_(linear.bias)

    def forward(
        self,
        clip_unit: Float[Tensor, "clip dim"],
        study: Int[Tensor, "clip"],
        view: Int[Tensor, "clip"],
        mode: Int[Tensor, "clip"],
        *,
        n_studies: int,
    ) -> Float[Tensor, "study dim"]:
        """Return study embeddings on the unit sphere; a study without clips is the zero vector.

        Args:
            clip_unit: Clip embeddings.
            study: The study of each clip, from 0.
            view: Index of each clip's view; ``UNKNOWN`` is allowed.
            mode: Index of each clip's mode; likewise.
            n_studies: Number of studies.
        """
        dim = clip_unit.shape[1]
        place = self.view(view % self.view.num_embeddings) + self.mode(mode % self.mode.num_embeddings)
        seen = self.norm(clip_unit * math.sqrt(dim) + place)
        share = softmax_by_group(self.score(seen), study, n_groups=n_studies)
        value_NHD = (clip_unit + self.value(seen) / math.sqrt(dim)).unflatten(1, (self.n_heads, -1))
        weighted = (share[..., None] * value_NHD).flatten(1)
        pooled = weighted.new_zeros(n_studies, dim).index_add(0, study, weighted)
        return F.normalize(pooled, dim=1)


def softmax_by_group(
    score: Float[Tensor, "item head"], group: Int[Tensor, "item"], *, n_groups: int
) -> Float[Tensor, "item head"]:
    """Return the softmax of scores among the items of each group.

    Args:
        score: Scores of each head.
        group: The group of each item, from 0.
        n_groups: Number of groups.
    """
    index = group[:, None].expand_as(score)
    # The largest score of each group leaves: softmax does not change, and nothing overflows.
    largest = score.new_full((n_groups, score.shape[1]), -torch.inf)
    largest = largest.scatter_reduce(0, index, score.detach(), "amax", include_self=True)
    mass = (score - largest.index_select(0, group)).exp()
    total = mass.new_zeros(n_groups, score.shape[1]).index_add(0, group, mass)
    return mass / total.index_select(0, group)
