"""The resumable state of a run: one safetensors file with weights, averages, optimiser, losses so far, and the step."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from echovlm.files import write_whole
from echovlm.training.average import WeightAverage
from echovlm.training.errors import TrainingError

_HEADER: Final = "echovlm-training"


@dataclass(frozen=True, slots=True, eq=False)
class Progress:
    """How far a run has come.

    Attributes:
        step: Steps done.
        terms: Names of the loss terms; the first is the total.
        losses: One row per step done, one column per term.
        scores: The validation score after some steps; higher is better.
    """

    step: int = 0
    terms: tuple[str, ...] = ()
    losses: tuple[tuple[float, ...], ...] = ()
    scores: tuple[tuple[int, float], ...] = ()

    def best_score(self) -> float:
        """Return the best validation score so far, minus infinity without one."""
        return max((score for _, score in self.scores), default=-math.inf)

    def validations_since_best(self) -> int:
        """Return how many validations in a row did not beat the one before them."""
        scores = [score for _, score in self.scores]
        return len(scores) - 1 - scores.index(max(scores)) if scores else 0


@dataclass(slots=True, eq=False)
class Moving:
    """All that a run moves.

    Attributes:
        model: The weights.
        optimiser: Their moments.
        average: Their running average.
        best: The averaged weights that validated best; empty without validation.
    """

    model: nn.Module
    optimiser: torch.optim.Optimizer
    average: WeightAverage
    best: dict[str, Tensor] = field(default_factory=dict)


def save_state(path: Path, moving: Moving, progress: Progress, *, fingerprint: str) -> None:
    """Write the state, whole or not at all."""
    tensors = _prefixed("model", moving.model.state_dict())
    tensors |= _prefixed("average", moving.average.tensors) | _prefixed("best", moving.best)
    for index, moments in moving.optimiser.state_dict()["state"].items():
        tensors |= _prefixed(f"optimiser.{index}", moments)
    tensors["losses"] = torch.tensor(progress.losses, dtype=torch.float64)
    header = {
        "step": progress.step,
        "terms": progress.terms,
        "scores": progress.scores,
        "fingerprint": fingerprint,
    }
    # Filters may lie channels-last in memory; the file holds them in plain order.
    plain = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    write_whole(path, save(plain, {_HEADER: json.dumps(header, sort_keys=True)}))


def load_state(path: Path, moving: Moving, *, fingerprint: str) -> Progress | None:
    """Put a saved state into a run; return how far it had come, or ``None`` without a file.

    Raises:
        TrainingError: If the file is of another run, or damaged.
    """
    if not path.exists():
        return None
    try:
        with safe_open(path, framework="pt", device="cpu") as file:
            header = json.loads((file.metadata() or {}).get(_HEADER, "{}"))
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise TrainingError(f"{path} cannot be read ({error}); delete it to start this run anew") from error
    if header.get("fingerprint") != fingerprint:
        raise TrainingError(
            f"{path} belongs to a run with another recipe, dataset, starting checkpoint or version of the code; "
            "choose another output folder, or delete this one to start anew"
        )
    moving.model.load_state_dict(_under("model", tensors))
    for name, value in _under("average", tensors).items():
        moving.average.tensors[name].copy_(value)
    moving.best = _under("best", tensors)
    moving.optimiser.load_state_dict(moving.optimiser.state_dict() | {"state": _moments(tensors)})
    losses = tuple(tuple(row) for row in tensors["losses"].tolist())
    scores = tuple((int(step), float(score)) for step, score in header["scores"])
    return Progress(header["step"], tuple(header["terms"]), losses, scores)


def _prefixed(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {f"{prefix}.{name}": tensor for name, tensor in tensors.items()}


def _under(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    start = f"{prefix}."
    return {name.removeprefix(start): t for name, t in tensors.items() if name.startswith(start)}


def _moments(tensors: Mapping[str, Tensor]) -> dict[int, dict[str, Any]]:
    """Return the optimiser's moments by parameter index."""
    found: dict[int, dict[str, Any]] = {}
    for key, tensor in _under("optimiser", tensors).items():
        index, _, name = key.partition(".")
        found.setdefault(int(index), {})[name] = tensor
    return found


def render_losses(progress: Progress) -> str:
    """Return the loss curve as CSV; every digit counts, so that two curves can be compared bit for bit."""
    lines = [",".join(("step", *progress.terms))]
    lines += [",".join((str(step), *(repr(v) for v in row))) for step, row in enumerate(progress.losses)]
    return "\n".join(lines) + "\n"


def render_scores(progress: Progress) -> str:
    """Return the validation scores as CSV."""
    return "\n".join(["step,score", *(f"{step},{score!r}" for step, score in progress.scores)]) + "\n"
