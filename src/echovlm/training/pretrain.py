"""Pretraining: the dual encoder on clips, captions and their counterfactuals."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from echovlm.dataset import ClipRow, EchoGround
from echovlm.models import (
    Clips,
    EchoVLM,
    EchoVLMConfig,
    ReportTowerConfig,
    TextConfig,
    learn_phrases,
    save_checkpoint,
)
from echovlm.models.hugging_face_tower import HuggingFaceTower
from echovlm.models.synced_norm import sync_batch_norms
from echovlm.models.timm_tower import TimmTower
from echovlm.training.ahead import DrawnAhead
from echovlm.training.batch import PretrainingSet, StepBatch, describe, draw_batch
from echovlm.training.clips import ClipFrames
from echovlm.training.compiling import compile_image_tower
from echovlm.training.draw import Stream, step_generator
from echovlm.training.encoding import Encoder, Precision, StepInput
from echovlm.training.errors import TrainingError
from echovlm.training.loop import BatchRecord, StepLoss, Surroundings, Validator, train
from echovlm.training.recipe import PretrainRecipe, Recipe
from echovlm.training.rewording import draw_style
from echovlm.training.run import (
    findings_in_words,
    fingerprint,
    run_facts,
    training_patients,
    training_rows,
    views_by_mode,
)
from echovlm.training.targets import measured_quantities
from echovlm.training.terms import objective_terms
from echovlm.training.validate import make_validator, validation_rows
from echovlm.training.wording import every_wording
from echovlm.training.world import World

CHECKPOINT_NAME: Final = "echovlm.safetensors"
_N_STYLES: Final = 64  # at the recipes' chance every rule is among them


def pretrain(
    dataset: Path,
    out: Path,
    recipe: Recipe,
    *,
    on_step: Callable[[int, int], None] = lambda _done, _all: None,
    around: Surroundings | None = None,
) -> Path:
    """Train a dual encoder; killed and run again, it continues to the same loss curve, bit for bit.

    Args:
        dataset: An EchoGround dataset.
        out: Folder of the checkpoint, of ``loss.csv`` and of the resumable state.
        recipe: A recipe of the task ``pretrain``.
        on_step: Told the steps done and the steps in all, when there is no ``around`` that says who is.
        around: The processes that share the run, who is told of progress, and trackers; alone by default.

    Returns:
        The checkpoint.

    Raises:
        TrainingError: If the recipe is of another task, or the run cannot go on.
    """
    if not isinstance(recipe, PretrainRecipe):
        raise TrainingError(
            f"this recipe is a {type(recipe).__name__}, which `echovlm finetune` runs; pretraining needs one "
            'that says task = "pretrain"'
        )
    around = around or Surroundings(on_step=on_step)
    ground = EchoGround.open(dataset)
    out.mkdir(parents=True, exist_ok=True)
    facts = run_facts(ground, recipe, checkpoint=None) | {"processes": around.world.size}
    model, run = _prepare(ground, recipe, around)
    progress = train(
        model,
        run.step_loss,
        recipe.optimisation,
        out=out,
        fingerprint=fingerprint(facts),
        around=around,
        validator=_validator(ground, recipe, run),
    )
    path = out / CHECKPOINT_NAME
    if around.world.is_first:
        rows = run.known.rows
        metrics = {
            "steps": progress.step,
            "device": around.world.device_name(),
            "validation": [list(score) for score in progress.scores],
            "training_patients": training_patients(rows),
            "learnt_views": views_by_mode(rows),
            "learnt_findings": findings_in_words(rows),
        }
        save_checkpoint(path, model, recipe.preprocessing, facts | metrics)
    return path


def _prepare(
    ground: EchoGround, recipe: PretrainRecipe, around: Surroundings
) -> tuple[EchoVLM, "_Pretraining"]:
    """Return a fresh model and the function of its steps."""
    config, world = recipe.optimisation, around.world
    if config.batch_size < 2 * world.size:
        raise TrainingError(
            f"optimisation.batch_size is {config.batch_size}, for {world.size} processes; each needs at least two clips"
        )
    rows = training_rows(ground, all_splits=recipe.sampling.all_splits)
    text = _with_vocabulary(recipe, rows)
    model = _make_model(
        EchoVLMConfig(
            image=recipe.image,
            text=text,
            embedding_dim=recipe.embedding_dim,
            quantities=measured_quantities(rows),
        ),
        seed=config.seed,
    )
    known = describe(rows, model)
    model.quantity_mean.copy_(known.targets.mean)
    model.quantity_deviation.copy_(known.targets.deviation)
    model.to(world.device)
    if world.size > 1:
        sync_batch_norms(model)
    if config.compile:
        compile_image_tower(model, device=world.device)
    clips = ClipFrames.open(ground, rows, recipe.preprocessing, device=world.device)
    precision = Precision(config.precision == "bfloat16", world.device.type)
    draw = partial(draw_batch, known, recipe, is_strip=clips.is_strip(np.arange(len(rows))))
    return model, _Pretraining(
        recipe=recipe,
        clips=clips,
        batch_of=DrawnAhead(draw, n_steps=config.steps) if _leaves_time(world) else draw,
        known=known,
        encoder=Encoder(model, world, precision, config.chunk_size),
    )


def _leaves_time(world: World) -> bool:
    """Return whether the device trains while this machine's processor may draw; a CPU that trains has no time left."""
    return world.device.type == "cuda"


def _with_vocabulary(recipe: PretrainRecipe, rows: Sequence[ClipRow]) -> TextConfig:
    """Return the text tower's configuration with the phrases of the training clips, in the words of the first steps."""
    text = recipe.text
    if not isinstance(text, ReportTowerConfig) or text.phrases:
        return text
    chance, seed = recipe.sampling.rewording_chance, recipe.optimisation.seed
    styles = [draw_style(chance, step_generator(seed, Stream.STYLE, step)) for step in range(_N_STYLES)]
    return replace(text, phrases=learn_phrases(every_wording(rows, styles), n_phrases=text.n_phrases))


def _make_model(config: EchoVLMConfig, *, seed: int) -> EchoVLM:
    """Return a model with fresh weights, and the pretrained ones that its towers ask for.

    Raises:
        TrainingError: If a tower cannot be made, or its weights cannot be had.
    """
    try:
        with torch.random.fork_rng(devices=()):
            torch.manual_seed(seed)
            model = EchoVLM(config)
        for tower in (model.image_tower, model.text_tower):
            if isinstance(tower, TimmTower | HuggingFaceTower) and tower.config.pretrained:
                tower.load_pretrained()
        return model
    except ValueError as error:
        raise TrainingError(f"{error}") from error


def _validator(ground: EchoGround, recipe: PretrainRecipe, run: "_Pretraining") -> Validator | None:
    if recipe.validation is None:
        return None
    known = describe(validation_rows(ground), run.encoder.model, like=run.known)
    return make_validator(ground, recipe, run.encoder, known)


@dataclass(frozen=True, slots=True, eq=False)
class _Pretraining:
    """The loss of each step, from the training set and the step's number."""

    recipe: PretrainRecipe
    clips: ClipFrames
    batch_of: Callable[[int], StepBatch]
    known: PretrainingSet
    encoder: Encoder

    def step_loss(self, step: int) -> StepLoss:
        """Return the weighted terms of one step."""
        batch = self.batch_of(step)

        def clips_at(places: Int[np.ndarray, "part"]) -> Clips:
            return self.clips.batch(batch.chosen[places], variation=batch.variation, place=places)

        return batch_loss(self.encoder, self.recipe, batch, clips_at, self.known)


def batch_loss(
    encoder: Encoder,
    recipe: PretrainRecipe,
    batch: StepBatch,
    clips_at: Callable[[Int[np.ndarray, "part"]], Clips],
    known: PretrainingSet,
) -> StepLoss:
    """Return the weighted terms of a batch.

    Args:
        encoder: Encodes it.
        recipe: The weights.
        batch: What it is about.
        clips_at: Gives the clips at some places of the batch.
        known: The clips that it was drawn from.
    """
    todo = StepInput(clips_at, len(batch.chosen), batch.texts, batch.reading_seed)
    carry_on: Callable[[], None] = _nothing
    if encoder.needs_cache(todo) and torch.is_grad_enabled():
        embeddings, carry_on = encoder.encode_cached(todo)
    else:
        embeddings = encoder.encode(todo)
    terms = objective_terms(encoder.model, embeddings, batch.to(encoder.world.device), recipe.objective)
    clip_ids = [known.rows[index].clip_id for index in batch.chosen.tolist()]
    return StepLoss(terms, clip_ids, carry_on, lambda: _record(clips_at, batch))


def _nothing() -> None:
    """Carry nothing on: the graph reached the towers."""


def _record(clips_at: Callable[[Int[np.ndarray, "part"]], Clips], batch: StepBatch) -> BatchRecord:
    clips = clips_at(np.arange(len(batch.chosen)))
    tensors: dict[str, Float[Tensor, ...]] = {}
    for number, group in enumerate(clips.groups):
        tensors |= {f"frames.{number}": group.frames, f"place.{number}": group.place}
    captions = [batch.texts[place] for place in batch.caption.tolist()]
    return BatchRecord(tensors, {"captions": captions, "texts": list(batch.texts)})
