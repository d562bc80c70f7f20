"""How frames become one map: their mean, and how much they vary."""

from typing import Final

import torch
from jaxtyping import Float
from torch import Tensor
from torch.autograd.function import FunctionCtx

_VARIANCE_FLOOR: Final = 1e-4  # keeps the root's slope finite where nothing moves, as in a single frame


class _MeanDeviation(torch.autograd.Function):
    """Mean and deviation over frames, without the copies of every frame that autograd would keep."""

    @staticmethod
    def forward(ctx: FunctionCtx, x_BTCHW: Tensor) -> tuple[Tensor, Tensor]:  # noqa: N803
        mean = x_BTCHW.mean(1)
        variance = torch.zeros_like(mean)
        for frame in x_BTCHW.unbind(1):
            off = frame - mean
            variance.addcmul_(off, off)
        deviation = (variance / x_BTCHW.shape[1] + _VARIANCE_FLOOR).sqrt_()
        ctx.save_for_backward(x_BTCHW, mean, deviation)
        return mean, deviation

    @staticmethod
    def backward(ctx: FunctionCtx, grad_mean: Tensor, grad_deviation: Tensor) -> Tensor:
        x_BTCHW, mean, deviation = ctx.saved_tensors  # type: ignore[attr-defined]
        n_frames = x_BTCHW.shape[1]
        # d deviation / d x_t = (x_t - mean) / (T deviation);  d mean / d x_t = 1 / T
        slope = grad_deviation / (deviation * n_frames)
        return torch.addcmul((grad_mean / n_frames - slope * mean)[:, None], x_BTCHW, slope[:, None])


def mean_and_deviation(
    frames: Float[Tensor, "batch frame channel height width"],
) -> tuple[Float[Tensor, "batch channel height width"], Float[Tensor, "batch channel height width"]]:
    """Return the mean over frames and the standard deviation over frames (never below 0.01).

    The order of frames does not matter, and one frame is enough: it varies by nothing.
    """
    mean, deviation = _MeanDeviation.apply(frames)
    return mean, deviation
