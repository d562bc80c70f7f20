"""Batch normalisation over all processes of a run, so that a batch shared by several is normalised as one."""

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.autograd.function import FunctionCtx


class _SumOverProcesses(torch.autograd.Function):
    """The sum over processes, whose gradient is the sum of the processes' gradients."""

    @staticmethod
    def forward(ctx: FunctionCtx, x: Tensor) -> Tensor:
        summed = x.contiguous().clone()
        dist.all_reduce(summed)
        return summed

    @staticmethod
    def backward(ctx: FunctionCtx, grad: Tensor) -> Tensor:
        summed = grad.contiguous().clone()
        dist.all_reduce(summed)
        return summed


class SyncedBatchNorm(nn.modules.batchnorm._BatchNorm):
    """``BatchNorm1d`` or ``BatchNorm2d`` whose training statistics are those of all processes.

    Torch's own ``SyncBatchNorm`` runs on GPUs alone.
    """

    def _check_input_dim(self, input: Tensor) -> None:  # noqa: A002
        if input.ndim < 2:
            raise ValueError(f"batch normalisation needs at least 2 axes; got {input.ndim}")

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002
        """Return the normalised batch."""
        if not self.training:
            unchanged: Tensor = super().forward(input)
            return unchanged
        axes = [axis for axis in range(input.ndim) if axis != 1]
        shape = [1, -1, *[1] * (input.ndim - 2)]
        x = input.float()
        n_channels = x.shape[1]
        sums = torch.cat([x.sum(axes), x.new_tensor([x.numel() / n_channels])])
        summed = _SumOverProcesses.apply(sums)
        count = summed[-1].detach()
        mean = summed[:-1] / count
        # Squares of what is left after the mean: exact where a mean of squares minus a squared mean is not.
        centred = x - mean.view(shape)
        variance = _SumOverProcesses.apply(centred.square().sum(axes)) / count
        self._follow(mean.detach(), variance.detach(), count)
        normal: Tensor = centred * torch.rsqrt(variance + self.eps).view(shape)
        if self.affine:
            normal = normal * self.weight.view(shape) + self.bias.view(shape)
        return normal.to(input.dtype)

    @torch.no_grad()
    def _follow(self, mean: Tensor, variance: Tensor, count: Tensor) -> None:
        """Move the running statistics as ``torch.nn.BatchNorm2d`` does, with the unbiased variance."""
        if self.running_mean is None or self.running_var is None or self.momentum == 0:
            return
        if self.num_batches_tracked is not None:
            self.num_batches_tracked.add_(1)
        momentum = 1 / float(self.num_batches_tracked or 1) if self.momentum is None else self.momentum
        self.running_mean.lerp_(mean.to(self.running_mean.dtype), momentum)
        unbiased = variance * count / (count - 1).clamp(min=1)
        self.running_var.lerp_(unbiased.to(self.running_var.dtype), momentum)


def sync_batch_norms(module: nn.Module) -> None:
    """Replace every batch normalisation inside a module, keeping parameters and statistics."""
    for name, child in module.named_children():
        if isinstance(child, nn.BatchNorm1d | nn.BatchNorm2d):
            synced = SyncedBatchNorm(
                child.num_features, child.eps, child.momentum, child.affine, child.track_running_stats
            )
            synced.weight, synced.bias = child.weight, child.bias
            for buffer in ("running_mean", "running_var", "num_batches_tracked"):
                setattr(synced, buffer, getattr(child, buffer))
            synced.train(child.training)
            setattr(module, name, synced)
        else:
            sync_batch_norms(child)
