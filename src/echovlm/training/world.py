"""The processes of a run: which of them this one is, what they add up, and what only the first may write."""

from collections.abc import Iterable, Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import numpy as np
import torch
import torch.distributed as dist
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.autograd.function import FunctionCtx

from echovlm.training.errors import TrainingError

_TIMEOUT = timedelta(minutes=30)  # of a process that waits for another: a slow disk is not a dead neighbour


@dataclass(frozen=True, slots=True)
class World:
    """This process among those that train one model; alone by default.

    Attributes:
        rank: Its number, from 0.
        size: Processes in all.
        device: Where its model runs.
    """

    rank: int = 0
    size: int = 1
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))

    @property
    def is_first(self) -> bool:
        """Whether this process writes files and shows progress."""
        return self.rank == 0

    def device_name(self) -> str:
        """Return the name of the GPU, or the kind of another device."""
        return torch.cuda.get_device_name(self.device) if self.device.type == "cuda" else self.device.type

    def share(self, n_items: int) -> Int[np.ndarray, "item"]:
        """Return which items of a batch are this process's: contiguous parts whose sizes differ by one at most."""
        return np.array_split(np.arange(n_items), self.size)[self.rank]

    def gather(self, part: Float[Tensor, "item dim"], n_items: int) -> Float[Tensor, "all dim"]:
        """Return the parts of all processes in order, with gradients to each.

        Args:
            part: This process's part, as ``share`` cut it.
            n_items: Items of all processes.
        """
        if self.size == 1:
            return part
        gathered: Tensor = _Gather.apply(part, n_items, self.rank, self.size)
        return gathered

    def average_gradients(self, parameters: Iterable[nn.Parameter]) -> None:
        """Replace each gradient by its mean over the processes, in one message.

        Every process computes the loss of the whole batch from gathered embeddings. The mean is then the gradient of
        that loss, both for what stands before the gathering and for what stands behind it.
        """
        if self.size == 1:
            return
        held = [p for p in parameters if p.requires_grad]
        flat = torch.cat([_gradient(parameter).reshape(-1) for parameter in held])
        dist.all_reduce(flat)
        flat /= self.size
        for parameter, gradient in zip(held, torch.split(flat, [p.numel() for p in held]), strict=True):
            parameter.grad = gradient.view_as(parameter).clone(memory_format=torch.preserve_format)

    def agree(self, value: float) -> float:
        """Return the first process's value in all of them; waits for it."""
        if self.size == 1:
            return value
        said = torch.tensor([value], dtype=torch.float64, device=self.device)
        dist.broadcast(said, 0)
        return float(said)


def _gradient(parameter: nn.Parameter) -> Tensor:
    return torch.zeros_like(parameter) if parameter.grad is None else parameter.grad


class _Gather(torch.autograd.Function):
    """All parts in order; backwards, the sum of what all processes want of this part."""

    @staticmethod
    def forward(ctx: FunctionCtx, part: Tensor, n_items: int, rank: int, size: int) -> Tensor:
        lengths = [len(share) for share in np.array_split(np.arange(n_items), size)]
        ctx.start, ctx.length = sum(lengths[:rank]), lengths[rank]  # type: ignore[attr-defined]
        # Gloo gathers equal shapes only: every part is sent as long as the longest.
        padded = part.new_zeros(max(lengths), *part.shape[1:])
        padded[: len(part)] = part
        parts = [torch.empty_like(padded) for _ in range(size)]
        dist.all_gather(parts, padded)
        return torch.cat([p[:length] for p, length in zip(parts, lengths, strict=True)])

    @staticmethod
    def backward(ctx: FunctionCtx, grad: Tensor) -> tuple[Tensor, None, None, None]:
        summed = grad.contiguous().clone()
        dist.all_reduce(summed)
        start, length = ctx.start, ctx.length  # type: ignore[attr-defined]
        return summed[start : start + length], None, None, None


@contextmanager
def joined_world(environment: MutableMapping[str, str], *, device: str = "auto") -> Iterator[World]:
    """Join the processes that ``torchrun`` started, or train alone where it did not.

    Args:
        environment: The process's environment: torchrun sets RANK, WORLD_SIZE, LOCAL_RANK and the meeting point.
        device: ``auto`` takes a GPU where there is one; else ``cpu``, ``cuda`` or ``mps``.

    Raises:
        TrainingError: If the device does not exist, or there are more processes than GPUs.
    """
    size = int(environment.get("WORLD_SIZE", "1"))
    chosen = _device(device, int(environment.get("LOCAL_RANK", "0")))
    if chosen.type == "cuda":
        # Some matrix products on a GPU are only repeatable with this, and torch reads it when the first one runs.
        environment.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    if size == 1:
        yield World(device=chosen)
        return
    if chosen.type == "cuda":
        torch.cuda.set_device(chosen)
    dist.init_process_group("nccl" if chosen.type == "cuda" else "gloo", timeout=_TIMEOUT)
    try:
        yield World(dist.get_rank(), size, chosen)
    finally:
        dist.destroy_process_group()


@contextmanager
def lone_world(environment: MutableMapping[str, str], *, device: str = "auto") -> Iterator[World]:
    """Like ``joined_world``, for what one process does alone.

    Raises:
        TrainingError: If ``torchrun`` started several processes, each of which would write the same files.
    """
    if (size := int(environment.get("WORLD_SIZE", "1"))) > 1:
        raise TrainingError(
            f"fine-tuning runs in one process and torchrun started {size}; call it without torchrun"
        )
    with joined_world(environment, device=device) as world:
        yield world


def _device(name: str, local_rank: int) -> torch.device:
    n_gpus = torch.cuda.device_count()
    if name == "auto":
        name = "cuda" if n_gpus else "cpu"
    if name not in ("cpu", "cuda", "mps"):
        raise TrainingError(f"device is {name!r}; allowed: auto, cpu, cuda, mps")
    if name == "cuda":
        if local_rank >= n_gpus:
            raise TrainingError(
                f"process {local_rank} of this machine wants a GPU, and the machine has {n_gpus}; start at most one "
                "process per GPU (`torchrun --nproc-per-node`), or pass `--device cpu`"
            )
        return torch.device("cuda", local_rank)
    if name == "mps" and not torch.backends.mps.is_available():
        raise TrainingError("device is 'mps', which this machine does not have; pass `--device cpu`")
    return torch.device(name)
