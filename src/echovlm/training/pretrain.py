"""Pretraining: the dual encoder on clips, captions and their counterfactuals."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from echovlm.dataset import EchoGround
from echovlm.models import EchoVLM, EchoVLMConfig, save_checkpoint
from echovlm.objectives import (
    counterfactual_loss,
    measurement_loss,
    multi_positive_loss,
    negation_loss,
    view_informed_loss,
    view_weighted_clip_loss,
)
from echovlm.training.augment import draw_motion, move_frames, roughen, vary_grey
from echovlm.training.clips import ClipFrames
from echovlm.training.draw import Stream, batch_indices, step_generator
from echovlm.training.errors import TrainingError
from echovlm.training.loop import StepLoss, train
from echovlm.training.recipe import Augmentation, PretrainRecipe, Recipe
from echovlm.training.run import fingerprint, run_facts, training_rows
from echovlm.training.targets import MeasurementTargets, measurement_targets
from echovlm.training.wording import BatchWording, content_key, polarity_weights, view_index, word_batch

CHECKPOINT_NAME: Final = "echovlm.safetensors"


def pretrain(
    dataset: Path,
    out: Path,
    recipe: Recipe,
    *,
    on_step: Callable[[int, int], None] = lambda _done, _all: None,
) -> Path:
    """Train a dual encoder; killed and run again, it continues to the same loss curve, bit for bit.

    Args:
        dataset: An EchoGround dataset.
        out: Folder of the checkpoint, of ``loss.csv`` and of the resumable state.
        recipe: A recipe of the task ``pretrain``.
        on_step: Told the steps done and the steps in all.

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
    ground = EchoGround.open(dataset)
    out.mkdir(parents=True, exist_ok=True)
    facts = run_facts(ground, recipe, checkpoint=None)
    model, run = _prepare(ground, recipe)
    progress = train(
        model, run.step_loss, recipe.optimisation, out=out, fingerprint=fingerprint(facts), on_step=on_step
    )
    path = out / CHECKPOINT_NAME
    save_checkpoint(path, model, recipe.preprocessing, facts | {"steps": progress.step})
    return path


def _prepare(ground: EchoGround, recipe: PretrainRecipe) -> tuple[EchoVLM, "_Pretraining"]:
    """Return a fresh model and the function of its steps."""
    rows = training_rows(ground)
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(recipe.optimisation.seed)
        model = EchoVLM(
            EchoVLMConfig(image=recipe.image, text=recipe.text, embedding_dim=recipe.embedding_dim)
        )
    targets = measurement_targets(rows, model.config.quantities)
    model.quantity_mean.copy_(targets.mean)
    model.quantity_deviation.copy_(targets.deviation)
    keys = {key: index for index, key in enumerate(sorted({content_key(row) for row in rows}))}
    return model, _Pretraining(
        model=model,
        recipe=recipe,
        clips=ClipFrames.open(ground, rows, recipe.preprocessing),
        targets=targets,
        weights=polarity_weights(rows),
        view=torch.tensor([view_index(row) for row in rows]),
        content=torch.tensor([keys[content_key(row)] for row in rows]),
    )


def augmented(
    frames: np.ndarray, config: Augmentation, *, generator: np.random.Generator
) -> Float[Tensor, "batch frame S S"]:
    """Return grey values, 0 to 255, of augmented clips."""
    moved = move_frames(
        vary_grey(frames, config, generator=generator), draw_motion(len(frames), config, generator=generator)
    )
    return roughen(moved, config, generator=generator)


@dataclass(frozen=True, slots=True, eq=False)
class _Pretraining:
    """The loss of each step, from the training set and the step's number."""

    model: EchoVLM
    recipe: PretrainRecipe
    clips: ClipFrames
    targets: MeasurementTargets
    weights: dict[tuple[int, bool], float]
    view: Int[Tensor, "clip"]
    content: Int[Tensor, "clip"]

    def step_loss(self, step: int) -> StepLoss:
        """Return the weighted terms of one step."""
        config = self.recipe.optimisation
        chosen = batch_indices(
            len(self.clips.rows), batch_size=config.batch_size, step=step, seed=config.seed
        )
        rows = [self.clips.rows[index] for index in chosen.tolist()]
        frames = augmented(
            self.clips.read(chosen),
            self.recipe.augmentation,
            generator=step_generator(config.seed, Stream.AUGMENTATION, step),
        )
        wording = word_batch(rows, self.weights, generator=step_generator(config.seed, Stream.WORDING, step))
        normalised = self.recipe.preprocessing.normalise(frames)[:, :, None]
        reading = step_generator(config.seed, Stream.NGRAMS, step)
        terms = self._terms(torch.from_numpy(chosen), normalised, wording, reading)
        return StepLoss(terms, [row.clip_id for row in rows])

    def _terms(
        self,
        chosen: Int[Tensor, "batch"],
        frames: Float[Tensor, "batch frame 1 S S"],
        wording: BatchWording,
        reading: np.random.Generator,
    ) -> dict[str, Tensor]:
        objective, model = self.recipe.objective, self.model
        clip_unit, measured = model.clip_and_measurements(frames)
        pairs = wording.pairs
        texts = [*wording.captions, *wording.view_sentences]
        texts += [pair.text for pair in pairs] + [pair.counterfactual for pair in pairs]
        n = len(chosen)
        caption, view_text, true, false = torch.split(
            model.encode_text(texts, generator=reading), [n, n, len(pairs), len(pairs)]
        )
        temperature, view = model.temperature, self.view[chosen]
        contrast = view_weighted_clip_loss(
            clip_unit,
            caption,
            view,
            self.content[chosen],
            temperature=temperature,
            cross_view_weight=objective.cross_view_weight,
        )
        naming = multi_positive_loss(clip_unit @ view_text.T / temperature, view[:, None] == view[None, :])
        attraction = view_informed_loss(clip_unit, view, temperature=temperature)
        regression = measurement_loss(measured, self.targets.value[chosen], self.targets.measured[chosen])
        return {
            "clip": objective.clip_weight * contrast,
            "view": objective.view_weight * (attraction + naming),
            "measurement": objective.measurement_weight * regression,
            **self._polarity_terms(clip_unit, true, false, wording),
        }

    def _polarity_terms(
        self,
        clip_unit: Float[Tensor, "batch dim"],
        true: Float[Tensor, "pair dim"],
        false: Float[Tensor, "pair dim"],
        wording: BatchWording,
    ) -> dict[str, Tensor]:
        objective, pairs = self.recipe.objective, wording.pairs
        of_clip = clip_unit.index_select(0, torch.tensor([pair.clip for pair in pairs], dtype=torch.long))
        weight = torch.tensor([pair.weight for pair in pairs])
        is_number = torch.tensor([pair.is_number for pair in pairs], dtype=torch.bool)
        temperature = self.model.temperature
        findings = counterfactual_loss(of_clip, true, false, weight * ~is_number, temperature=temperature)
        numbers = counterfactual_loss(of_clip, true, false, weight * is_number, temperature=temperature)
        apart = negation_loss(true[~is_number], false[~is_number], margin=objective.negation_margin)
        return {
            "counterfactual": objective.counterfactual_weight * findings,
            "number": objective.number_weight * numbers,
            "negation": objective.negation_weight * apart,
        }
