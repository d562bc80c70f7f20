"""The running average of a model's weights, which is what a run leaves behind."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor, nn


class WeightAverage:
    """Exponential moving average of parameters and running statistics.

    The average starts short and grows, ``min(decay, (1 + n) / (10 + n))`` after ``n`` steps, so that the random first
    weights are soon forgotten. With decay 0 it is the weights themselves, and costs nothing.
    """

    def __init__(self, model: nn.Module, *, decay: float) -> None:
        self.decay = decay
        self.tensors: dict[str, Tensor] = {}
        if decay > 0:
            self.tensors = {name: value.detach().clone() for name, value in _moving(model).items()}

    @torch.no_grad()
    def follow(self, model: nn.Module, *, step: int) -> None:
        """Move the average towards the weights after a step, counted from 0."""
        if not self.tensors:
            return
        decay = min(self.decay, (1 + step) / (10 + step))
        present = _moving(model)
        torch._foreach_lerp_(list(self.tensors.values()), [present[name] for name in self.tensors], 1 - decay)

    @contextmanager
    def inside(self, model: nn.Module) -> Iterator[None]:
        """Let the model have the average while the context lasts."""
        present = {name: value.detach().clone() for name, value in _moving(model).items()}
        self.give_to(model)
        try:
            yield
        finally:
            _load(model, present)

    def give_to(self, model: nn.Module) -> None:
        """Replace the model's weights by the average."""
        _load(model, self.tensors)


def _moving(model: nn.Module) -> dict[str, Tensor]:
    """Return what training moves: parameters, and buffers that hold real numbers."""
    return {name: value for name, value in model.state_dict().items() if value.is_floating_point()}


@torch.no_grad()
def _load(model: nn.Module, tensors: Mapping[str, Tensor]) -> None:
    own = model.state_dict()
    for name, value in tensors.items():
        own[name].copy_(value)
