"""Fine-tuning for findings: the supervised ceiling beside zero-shot."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch

from echovlm.dataset import EchoGround
from echovlm.models import FindingsConfig, FindingsModel, load_echovlm, save_checkpoint
from echovlm.objectives import finding_loss
from echovlm.training.clips import ClipFrames
from echovlm.training.draw import Stream, batch_indices, step_generator
from echovlm.training.loop import StepLoss, Surroundings, train
from echovlm.training.recipe import FindingsRecipe
from echovlm.training.run import fingerprint, run_facts, training_rows
from echovlm.training.start import copy_tower
from echovlm.training.targets import FindingTargets, finding_targets
from echovlm.training.variation import draw_variation

FINDINGS_NAME: Final = "findings.safetensors"


def finetune_findings(
    dataset: Path,
    out: Path,
    recipe: FindingsRecipe,
    *,
    checkpoint: Path | None,
    on_step: Callable[[int, int], None],
) -> Path:
    """Train the classifier of findings; ``checkpoint`` is where its tower starts, ``None`` for afresh."""
    ground = EchoGround.open(dataset)
    rows = training_rows(ground)
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(recipe.optimisation.seed)
        model = FindingsModel(FindingsConfig(image=recipe.image))
    if checkpoint is not None:
        copy_tower(load_echovlm(checkpoint), model.image_tower, recipe.preprocessing, path=checkpoint)
    facts = run_facts(ground, recipe, checkpoint=checkpoint)
    run = _FindingTraining(
        model,
        recipe,
        ClipFrames.open(ground, rows, recipe.preprocessing),
        finding_targets(rows, model.config.findings),
    )
    out.mkdir(parents=True, exist_ok=True)
    progress = train(
        model,
        run.step_loss,
        recipe.optimisation,
        out=out,
        fingerprint=fingerprint(facts),
        around=Surroundings(on_step=on_step),
    )
    path = out / FINDINGS_NAME
    save_checkpoint(path, model, recipe.preprocessing, facts | {"steps": progress.step})
    return path


@dataclass(frozen=True, slots=True, eq=False)
class _FindingTraining:
    """The loss of each step."""

    model: FindingsModel
    recipe: FindingsRecipe
    clips: ClipFrames
    targets: FindingTargets

    def step_loss(self, step: int) -> StepLoss:
        """Return the loss of one step."""
        config = self.recipe.optimisation
        chosen = batch_indices(
            len(self.clips.rows), batch_size=config.batch_size, step=step, seed=config.seed
        )
        generator = step_generator(config.seed, Stream.AUGMENTATION, step)
        variation = draw_variation(
            self.clips.is_strip(chosen),
            self.recipe.augmentation,
            n_frames=self.recipe.preprocessing.n_frames,
            size_px=self.recipe.preprocessing.image_size_px,
            generator=generator,
        )
        logit = self.model(self.clips.batch(chosen, variation=variation))
        index = torch.from_numpy(chosen)
        loss = finding_loss(logit, self.targets.present[index], self.targets.weight[index])
        return StepLoss({"finding": loss}, [self.clips.rows[i].clip_id for i in chosen.tolist()])
