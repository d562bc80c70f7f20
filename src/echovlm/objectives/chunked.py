"""Sums over the rows of a similarity matrix that is never held whole."""

from collections.abc import Callable
from typing import Final

import torch
from jaxtyping import Float
from torch import Tensor
from torch.utils.checkpoint import checkpoint

CHUNK_ROWS: Final = 1024

RowSums = tuple[Float[Tensor, ""], Float[Tensor, ""]]


def mean_over_rows(
    row_sums: Callable[[slice], RowSums], n_rows: int, *, chunk_rows: int = CHUNK_ROWS
) -> Float[Tensor, ""]:
    """Return the mean of a loss over rows, computed a chunk of rows at a time.

    The forward pass keeps nothing of a chunk but its two sums, and the backward pass computes each chunk again: memory
    grows with ``chunk_rows`` times the number of columns, not with the square of the batch.

    Args:
        row_sums: For a slice of rows: the sum of their losses, and how many of them count.
        n_rows: Rows in all.
        chunk_rows: Rows at a time; changes memory, not the result.

    Returns:
        The sum of losses over the number of rows that count; 0 when none does.
    """
    parts: list[RowSums] = []
    for start in range(0, n_rows, chunk_rows):
        rows = slice(start, min(start + chunk_rows, n_rows))
        if n_rows <= chunk_rows or not torch.is_grad_enabled():
            parts.append(row_sums(rows))
        else:
            parts.append(checkpoint(row_sums, rows, use_reentrant=False, preserve_rng_state=False))
    loss, count = (torch.stack(column).sum() for column in zip(*parts, strict=True))
    return loss / count.clamp(min=1)
