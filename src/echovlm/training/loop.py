"""The training loop: steps from where the last run stopped to the end."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch
from torch import Tensor, nn

from echovlm.files import write_whole
from echovlm.training.errors import TrainingError
from echovlm.training.memory import keep_freed_memory
from echovlm.training.recipe import Optimisation
from echovlm.training.schedule import rate_factor
from echovlm.training.state import Progress, load_state, render_losses, save_state

STATE_NAME: Final = "state.safetensors"
LOSS_NAME: Final = "loss.csv"


@dataclass(frozen=True, slots=True, eq=False)
class StepLoss:
    """The loss of one step.

    Attributes:
        terms: Weighted terms by name, in a fixed order; their sum is minimised.
        clip_ids: The clips of the batch, to be named when something goes wrong.
    """

    terms: dict[str, Tensor]
    clip_ids: Sequence[str]


def train(
    model: nn.Module,
    step_loss: Callable[[int], StepLoss],
    config: Optimisation,
    *,
    out: Path,
    fingerprint: str,
    on_step: Callable[[int, int], None],
) -> Progress:
    """Run all steps that are still to do, and leave the model trained.

    A killed run starts again from its last state and takes the same steps: ``step_loss`` must depend on
    the step alone.

    Args:
        model: The model; its weights are moved in place.
        step_loss: The loss of a step.
        config: Steps, rates and threads.
        out: Folder of the state file and the loss curve.
        fingerprint: What this run is; a state of another run is refused.
        on_step: Told the steps done and the steps in all.

    Raises:
        TrainingError: If the loss stops being a number, or the folder holds another run's state.
    """
    optimiser = make_optimiser(model, config)
    progress = load_state(out / STATE_NAME, model, optimiser, fingerprint=fingerprint) or Progress(0, (), ())
    losses, terms = list(progress.losses), progress.terms
    threads_before, exact_before = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    torch.set_num_threads(config.threads)
    torch.use_deterministic_algorithms(True)
    keep_freed_memory()
    model.train()
    try:
        on_step(progress.step, config.steps)
        for step in range(progress.step, config.steps):
            loss = step_loss(step)
            terms = ("loss", *loss.terms)
            losses.append(_take_step(model, optimiser, loss, config, step=step))
            if (step + 1) % config.save_every_steps == 0 or step + 1 == config.steps:
                progress = Progress(step + 1, terms, tuple(losses))
                save_state(out / STATE_NAME, model, optimiser, progress, fingerprint=fingerprint)
                write_whole(out / LOSS_NAME, render_losses(progress).encode())
            on_step(step + 1, config.steps)
    finally:
        torch.set_num_threads(threads_before)
        torch.use_deterministic_algorithms(exact_before)
    write_whole(out / LOSS_NAME, render_losses(progress).encode())
    return progress


def make_optimiser(model: nn.Module, config: Optimisation) -> torch.optim.AdamW:
    """Return AdamW that decays matrices and filters, and leaves biases, norms and scalars alone."""
    matrices = [p for p in model.parameters() if p.ndim > 1]
    rest = [p for p in model.parameters() if p.ndim <= 1]
    groups = [
        {"params": matrices, "weight_decay": config.weight_decay},
        {"params": rest, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=config.learning_rate, betas=(0.9, 0.98), foreach=True)


def _take_step(
    model: nn.Module, optimiser: torch.optim.Optimizer, loss: StepLoss, config: Optimisation, *, step: int
) -> tuple[float, ...]:
    """Move the weights once; return the total and each term."""
    total = torch.stack(list(loss.terms.values())).sum()
    values = (float(total.detach()), *(float(term.detach()) for term in loss.terms.values()))
    if not all(math.isfinite(value) for value in values):
        named = ", ".join(f"{name} {float(term.detach()):g}" for name, term in loss.terms.items())
        raise TrainingError(
            f"the loss of step {step} is not a finite number ({named}); its clips: "
            f"{', '.join(loss.clip_ids)}. "
            "Look at these clips, or lower optimisation.learning_rate and start from the last state"
        )
    for group in optimiser.param_groups:
        factor = rate_factor(step, steps=config.steps, warmup_frac=config.warmup_frac)
        group["lr"] = config.learning_rate * factor
    optimiser.zero_grad(set_to_none=True)
    total.backward()  # type: ignore[no-untyped-call]
    nn.utils.clip_grad_norm_(model.parameters(), config.clip_norm)
    optimiser.step()
    return values
