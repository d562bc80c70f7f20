"""The resumable state of a run: one safetensors file with weights, optimiser, losses so far, and the step."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from echovlm.files import write_whole
from echovlm.training.errors import TrainingError

_HEADER: Final = "echovlm-training"


@dataclass(frozen=True, slots=True, eq=False)
class Progress:
    """How far a run has come.

    Attributes:
        step: Steps done.
        terms: Names of the loss terms; the first is the total.
        losses: One row per step done, one column per term.
    """

    step: int
    terms: tuple[str, ...]
    losses: tuple[tuple[float, ...], ...]


def save_state(
    path: Path,
    model: nn.Module,
    optimiser: torch.optim.Optimizer,
    progress: Progress,
    *,
    fingerprint: str,
) -> None:
    """Write the state, whole or not at all."""
    tensors = {f"model.{name}": tensor for name, tensor in model.state_dict().items()}
    for index, moments in optimiser.state_dict()["state"].items():
        tensors |= {f"optimiser.{index}.{name}": moment for name, moment in moments.items()}
    tensors["losses"] = torch.tensor(progress.losses, dtype=torch.float64)
    header = {"step": progress.step, "terms": progress.terms, "fingerprint": fingerprint}
    # Filters may lie channels-last in memory; the file holds them in plain order.
    plain = {name: tensor.detach().contiguous() for name, tensor in tensors.items()}
    write_whole(path, save(plain, {_HEADER: json.dumps(header, sort_keys=True)}))


def load_state(
    path: Path, model: nn.Module, optimiser: torch.optim.Optimizer, *, fingerprint: str
) -> Progress | None:
    """Put a saved state into model and optimiser; return how far it had come, or ``None`` without a file.

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
    model.load_state_dict({k.removeprefix("model."): v for k, v in tensors.items() if k.startswith("model.")})
    optimiser.load_state_dict(optimiser.state_dict() | {"state": _moments(tensors)})
    losses = tuple(tuple(row) for row in tensors["losses"].tolist())
    return Progress(header["step"], tuple(header["terms"]), losses)


def _moments(tensors: dict[str, Tensor]) -> dict[int, dict[str, Any]]:
    """Return the optimiser's moments by parameter index."""
    found: dict[int, dict[str, Any]] = {}
    for key, tensor in tensors.items():
        kind, _, rest = key.partition(".")
        if kind == "optimiser":
            index, _, name = rest.partition(".")
            found.setdefault(int(index), {})[name] = tensor
    return found


def render_losses(progress: Progress) -> str:
    """Return the loss curve as CSV; every digit counts, so that two curves can be compared bit for bit."""
    lines = [",".join(("step", *progress.terms))]
    lines += [",".join((str(step), *(repr(v) for v in row))) for step, row in enumerate(progress.losses)]
    return "\n".join(lines) + "\n"
