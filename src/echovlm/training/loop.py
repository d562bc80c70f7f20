"""The training loop: steps from where the last run stopped to the end."""

import json
import math
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import torch
from safetensors.torch import save
from torch import Tensor, nn

from echovlm.allocator import keep_all_freed_memory
from echovlm.files import write_whole
from echovlm.training.average import WeightAverage
from echovlm.training.errors import TrainingError
from echovlm.training.recipe import Optimisation, Validation
from echovlm.training.schedule import rate_factor
from echovlm.training.state import Moving, Progress, load_state, render_losses, render_scores, save_state
from echovlm.training.tracking import Tracker
from echovlm.training.world import World

STATE_NAME: Final = "state.safetensors"
LOSS_NAME: Final = "loss.csv"
SCORE_NAME: Final = "validation.csv"
BAD_BATCH_NAME: Final = "bad_batch.safetensors"


@dataclass(frozen=True, slots=True)
class BatchRecord:
    """A batch, for somebody who must find out what is wrong with it.

    Attributes:
        tensors: What the model saw.
        facts: JSON-able: what was said of it.
    """

    tensors: dict[str, Tensor] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class StepLoss:
    """The loss of one step.

    Attributes:
        terms: Weighted terms by name, in a fixed order; their sum is minimised.
        clip_ids: The clips of the batch, to be named when something goes wrong.
        carry_on: What is left to do after the sum's backward pass.
        record: Gives the batch, to be saved when something goes wrong.
    """

    terms: dict[str, Tensor]
    clip_ids: Sequence[str]
    carry_on: Callable[[], None] = lambda: None
    record: Callable[[], BatchRecord] = BatchRecord


@dataclass(frozen=True, slots=True, eq=False)
class Validator:
    """A score of the model on patients that do not train it.

    Attributes:
        config: When to ask, and when to stop.
        score: Gives the score of the model as it is; higher is better.
    """

    config: Validation
    score: Callable[[], float]


@dataclass(frozen=True, slots=True, eq=False)
class Surroundings:
    """Where a run happens.

    Attributes:
        world: The processes.
        trackers: Who is told the numbers.
        on_step: Told the steps done and the steps in all.
    """

    world: World = field(default_factory=World)
    trackers: Sequence[Tracker] = ()
    on_step: Callable[[int, int], None] = lambda _done, _all: None


def train(
    model: nn.Module,
    step_loss: Callable[[int], StepLoss],
    config: Optimisation,
    *,
    out: Path,
    fingerprint: str,
    around: Surroundings,
    validator: Validator | None = None,
) -> Progress:
    """Run all steps that are still to do, and leave the model trained.

    A killed run starts again from its last state and takes the same steps: ``step_loss`` must depend on
    the step alone. The model is left with the running average of its weights, and of these the one that validated best
    where there is a validator.

    Args:
        model: The model; its weights are moved in place.
        step_loss: The loss of a step.
        config: Steps, rates and threads.
        out: Folder of the state file and the loss curve.
        fingerprint: What this run is; a state of another run is refused.
        around: Processes, trackers and who is told of progress.
        validator: Says how good the model is; ``None`` to run all steps.

    Raises:
        TrainingError: If the loss stops being a number, or the folder holds another run's state.
    """
    moving = Moving(model, make_optimiser(model, config), WeightAverage(model, decay=config.ema_decay))
    progress = load_state(out / STATE_NAME, moving, fingerprint=fingerprint) or Progress()
    model.train()
    with _repeatable(config, around.world), _tracked(around, progress.step + 1):
        around.on_step(progress.step, config.steps)
        while progress.step < config.steps and not _is_over(progress, validator):
            progress = _advance(moving, step_loss, config, progress, out=out, around=around)
            progress = _validated(moving, progress, validator, config, around)
            due = progress.step % config.save_every_steps == 0 or progress.step == config.steps
            if (due or _is_over(progress, validator)) and around.world.is_first:
                save_state(out / STATE_NAME, moving, progress, fingerprint=fingerprint)
                _write_curves(out, progress)
            around.on_step(progress.step, config.steps)
    if around.world.is_first:
        _write_curves(out, progress)
    moving.average.give_to(model)
    if moving.best:
        model.load_state_dict(moving.best)
    return progress


def make_optimiser(model: nn.Module, config: Optimisation) -> torch.optim.AdamW:
    """Return AdamW that decays matrices and filters, and leaves biases, norms and scalars alone."""
    trained = [p for p in model.parameters() if p.requires_grad]
    groups = [
        {"params": [p for p in trained if p.ndim > 1], "weight_decay": config.weight_decay},
        {"params": [p for p in trained if p.ndim <= 1], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=config.learning_rate, betas=(0.9, 0.98), foreach=True)


@contextmanager
def _repeatable(config: Optimisation, world: World):  # type: ignore[no-untyped-def]  # noqa: ANN202
    """Compute so that the same steps give the same bits, and leave torch as it was."""
    threads, exact = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    torch.set_num_threads(config.threads)
    # A GPU has no repeatable version of some operations; there torch warns where a run may differ in the last bit.
    torch.use_deterministic_algorithms(True, warn_only=world.device.type != "cpu")
    keep_all_freed_memory()
    try:
        yield
    finally:
        torch.set_num_threads(threads)
        torch.use_deterministic_algorithms(exact)


@contextmanager
def _tracked(around: Surroundings, first_step: int):  # type: ignore[no-untyped-def]  # noqa: ANN202
    """Open the trackers, and close them whatever happens."""
    for tracker in around.trackers:
        tracker.start(first_step)
    try:
        yield
    finally:
        for tracker in around.trackers:
            tracker.close()


def _advance(
    moving: Moving,
    step_loss: Callable[[int], StepLoss],
    config: Optimisation,
    progress: Progress,
    *,
    out: Path,
    around: Surroundings,
) -> Progress:
    """Take one step."""
    step = progress.step
    try:
        loss = step_loss(step)
        values = _take_step(moving, loss, config, step=step, out=out, world=around.world)
    except torch.OutOfMemoryError as error:
        raise TrainingError(
            f"the GPU has too little memory for step {step} ({str(error).splitlines()[0]}); lower "
            "optimisation.chunk_size, or batch_size where the task has no chunks"
        ) from error
    moving.average.follow(moving.model, step=step)
    terms = ("loss", *loss.terms)
    for tracker in around.trackers:
        rate = float(moving.optimiser.param_groups[0]["lr"])
        named = {f"train/{name}": value for name, value in zip(terms, values, strict=True)}
        tracker.log(step + 1, {**named, "train/learning_rate": rate})
    return Progress(step + 1, terms, (*progress.losses, values), progress.scores)


def _validated(
    moving: Moving,
    progress: Progress,
    validator: Validator | None,
    config: Optimisation,
    around: Surroundings,
) -> Progress:
    """Return the progress with a validation score where one is due, and keep the best weights."""
    if validator is None:
        return progress
    if progress.step % validator.config.every_steps and progress.step != config.steps:
        return progress
    with moving.average.inside(moving.model):
        score = around.world.agree(_score(moving.model, validator) if around.world.is_first else 0.0)
        if score > progress.best_score():
            moving.best = {n: v.detach().clone() for n, v in moving.model.state_dict().items()}
    for tracker in around.trackers:
        tracker.log(progress.step, {"validation/score": score})
    scored = (*progress.scores, (progress.step, score))
    return Progress(progress.step, progress.terms, progress.losses, scored)


def _score(model: nn.Module, validator: Validator) -> float:
    model.eval()
    try:
        with torch.no_grad():
            return validator.score()
    finally:
        model.train()


def _is_over(progress: Progress, validator: Validator | None) -> bool:
    """Return whether validation has not improved for so long that the run stops early."""
    return validator is not None and progress.validations_since_best() >= validator.config.patience


def _write_curves(out: Path, progress: Progress) -> None:
    write_whole(out / LOSS_NAME, render_losses(progress).encode())
    if progress.scores:
        write_whole(out / SCORE_NAME, render_scores(progress).encode())


def _take_step(
    moving: Moving, loss: StepLoss, config: Optimisation, *, step: int, out: Path, world: World
) -> tuple[float, ...]:
    """Move the weights once; return the total and each term."""
    total = torch.stack(list(loss.terms.values())).sum()
    values = (float(total.detach()), *(float(term.detach()) for term in loss.terms.values()))
    if not all(math.isfinite(value) for value in values):
        named = ", ".join(f"{name} {float(term.detach()):g}" for name, term in loss.terms.items())
        raise _stop(f"the loss of step {step} is not a finite number ({named})", loss, step, out, world)
    for group in moving.optimiser.param_groups:
        factor = rate_factor(step, steps=config.steps, warmup_frac=config.warmup_frac)
        group["lr"] = config.learning_rate * factor
    moving.optimiser.zero_grad(set_to_none=True)
    total.backward()  # type: ignore[no-untyped-call]
    loss.carry_on()
    world.average_gradients(moving.model.parameters())
    norm = nn.utils.clip_grad_norm_(moving.model.parameters(), config.clip_norm)
    if not math.isfinite(float(norm)):
        raise _stop(f"the gradient of step {step} is not finite ({float(norm):g})", loss, step, out, world)
    moving.optimiser.step()
    return values


def _stop(what: str, loss: StepLoss, step: int, out: Path, world: World) -> TrainingError:
    """Save the batch, and return the error that ends the run."""
    path = out / BAD_BATCH_NAME
    if world.is_first:
        record = loss.record()
        facts = {"step": step, "clip_ids": list(loss.clip_ids), **record.facts}
        tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in record.tensors.items()}
        write_whole(path, save(tensors, {"batch": json.dumps(facts)}))
    return TrainingError(
        f"{what}; its clips: {', '.join(loss.clip_ids)}. {path} holds the batch. "
        "Look at these clips, or lower optimisation.learning_rate and start from the last state"
    )
