"""View-informed contrast as in the EchoVLM paper: vision only, clips of one view attract each other."""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from echovlm.objectives.chunked import CHUNK_ROWS, RowSums, mean_over_rows
from echovlm.objectives.contrastive import multi_positive_sums


def view_informed_loss(
    clip_unit: Float[Tensor, "batch dim"],
    view: Int[Tensor, "batch"],
    *,
    temperature: float | Float[Tensor, ""],
    chunk_rows: int = CHUNK_ROWS,
) -> Float[Tensor, ""]:
    """Return the supervised contrastive loss by view among clips (arXiv 2512.12107, L_view).

    Clips of the same view are positives, those of other views negatives; a clip is never its own positive.
    The paper gives no formula for several positives: the mean outside the logarithm (Khosla et al. 2020,
    L_out) is our choice.

    Args:
        clip_unit: Clip embeddings on the unit sphere.
        view: View index of each clip.
        temperature: Softmax temperature, > 0.
        chunk_rows: Rows of the similarity at a time; changes memory, not the loss.

    Returns:
        Mean over clips that have a partner, in nats; 0 when no view occurs twice.
    """
    place = torch.arange(len(view), device=view.device)

    def row_sums(rows: slice) -> RowSums:
        itself = place[rows, None] == place[None, :]
        logit = clip_unit[rows] @ clip_unit.T / temperature
        # A finite floor instead of -inf: a batch of one clip would otherwise be -inf - (-inf).
        logit = logit.masked_fill(itself, torch.finfo(logit.dtype).min / 2)
        return multi_positive_sums(logit, (view[rows, None] == view[None, :]) & ~itself)

    return mean_over_rows(row_sums, len(view), chunk_rows=chunk_rows)
