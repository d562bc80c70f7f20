"""Fine-tuning for masks and landmarks."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch

from echovlm.dataset import EchoGround
from echovlm.models import DenseConfig, DenseModel, load_echovlm, save_checkpoint
from echovlm.objectives import landmark_loss, segmentation_loss
from echovlm.training.augment import draw_motion, move_frames, roughen, vary_grey
from echovlm.training.dense_images import DenseImages, read_dense_images
from echovlm.training.draw import Stream, batch_indices, step_generator
from echovlm.training.loop import StepLoss, Surroundings, train
from echovlm.training.recipe import DenseRecipe
from echovlm.training.run import fingerprint, run_facts, training_patients, training_rows
from echovlm.training.start import copy_tower
from echovlm.training.tuning import begin_tuning

DENSE_NAME: Final = "dense.safetensors"


def finetune_dense(
    dataset: Path,
    out: Path,
    recipe: DenseRecipe,
    *,
    checkpoint: Path | None,
    around: Surroundings,
) -> Path:
    """Train the dense model; ``checkpoint`` is where its encoder starts, ``None`` for afresh."""
    ground = EchoGround.open(dataset)
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(recipe.optimisation.seed)
        model = DenseModel(DenseConfig(image=recipe.image, decoder_width=recipe.decoder_width))
        source = None if checkpoint is None else load_echovlm(checkpoint)
        if source is not None and checkpoint is not None:
            copy_tower(source, model.image_tower, recipe.preprocessing, path=checkpoint)
        end_tuning = begin_tuning(model, recipe.tuning)
    model.to(around.world.device)
    facts = run_facts(ground, recipe, checkpoint=checkpoint)
    rows = training_rows(ground)
    images = read_dense_images(ground, rows, recipe.preprocessing, model.config.landmarks)
    run = _DenseTraining(model, recipe, images, around.world.device)
    out.mkdir(parents=True, exist_ok=True)
    progress = train(
        model,
        run.step_loss,
        recipe.optimisation,
        out=out,
        fingerprint=fingerprint(facts),
        around=around,
    )
    end_tuning()
    path = out / DENSE_NAME
    save_checkpoint(
        path,
        model,
        recipe.preprocessing,
        facts
        | {
            "steps": progress.step,
            "device": around.world.device_name(),
            "training_patients": training_patients(rows, checkpoint=source),
        },
    )
    return path


@dataclass(frozen=True, slots=True, eq=False)
class _DenseTraining:
    """The loss of each step."""

    model: DenseModel
    recipe: DenseRecipe
    data: DenseImages
    device: torch.device

    def step_loss(self, step: int) -> StepLoss:
        """Return the losses of masks and landmarks in one step."""
        config, data, size = self.recipe.optimisation, self.data, self.data.images.shape[-1]
        chosen = batch_indices(len(data.images), batch_size=config.batch_size, step=step, seed=config.seed)
        generator = step_generator(config.seed, Stream.AUGMENTATION, step)
        grey = vary_grey(data.images[chosen, None], self.recipe.augmentation, generator=generator)
        motion = draw_motion(len(chosen), self.recipe.augmentation, generator=generator)
        image = roughen(move_frames(grey, motion), self.recipe.augmentation, generator=generator)
        label = move_frames(torch.from_numpy(data.masks[chosen, None]).float(), motion, nearest=True)
        point = motion.move_points(data.points_xy_px[chosen], size_px=size)
        marked = data.marked[chosen] & ((point >= 0) & (point <= size - 1)).all(2)
        output = self.model(self.recipe.preprocessing.normalise(image).to(self.device))
        distance = landmark_loss(
            output.point_xy_px,
            output.spread_px,
            torch.from_numpy(point.astype(np.float32)).to(self.device),
            torch.from_numpy(marked).to(self.device),
            spread_target_px=self.recipe.spread_target_px,
        )
        terms = {
            "mask": segmentation_loss(output.mask_logit, label[:, 0].long().to(self.device)),
            "landmark": self.recipe.landmark_weight * distance,
        }
        return StepLoss(terms, [data.clip_ids[index] for index in chosen.tolist()])
