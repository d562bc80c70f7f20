"""Fine-tuning for findings, views and measurements of a clip; findings are the supervised ceiling beside zero-shot."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from jaxtyping import Int
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from echovlm.clinical.views import Mode, View
from echovlm.clinical.visibility import shows
from echovlm.dataset import ClipRow, EchoGround
from echovlm.models import (
    ClipHeadConfig,
    ClipHeadModel,
    FindingsConfig,
    FindingsModel,
    load_echovlm,
    save_checkpoint,
)
from echovlm.objectives import finding_loss, measurement_loss
from echovlm.training.clips import ClipFrames
from echovlm.training.draw import Stream, batch_indices, step_generator
from echovlm.training.errors import TrainingError
from echovlm.training.loop import StepLoss, Surroundings, train
from echovlm.training.recipe import ClipHeadRecipe, MeasurementsRecipe, ViewRecipe
from echovlm.training.run import fingerprint, run_facts, training_patients, training_rows
from echovlm.training.start import copy_tower
from echovlm.training.targets import (
    decided_findings,
    finding_targets,
    measured_quantities,
    measurement_targets,
)
from echovlm.training.tuning import begin_tuning, few_shot_rows
from echovlm.training.variation import draw_variation

FILE_NAMES: Final = {"findings": "findings.safetensors", "view": "view.safetensors",
                     "measurements": "measurements.safetensors"}  # fmt: skip
_THIRDS: Final = (1 / 3, 2 / 3)

AnyClipHead = FindingsModel | ClipHeadModel
Loss = Callable[[Tensor, Int[Tensor, "batch"]], Tensor]


def finetune_clip_head(
    dataset: Path,
    out: Path,
    recipe: ClipHeadRecipe,
    *,
    checkpoint: Path | None,
    around: Surroundings,
) -> Path:
    """Train a head of clips; ``checkpoint`` is where its tower starts, ``None`` for afresh."""
    ground = EchoGround.open(dataset)
    task = _task(recipe)
    rows = training_rows(ground)
    labels = {"findings": _finding_labels, "view": _view_labels, "measurements": _thirds(rows)}[task]
    rows = few_shot_rows(rows, recipe.few_shot, labels)
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(recipe.optimisation.seed)
        try:
            model, loss = _make(recipe, rows)
        except ValueError as error:  # a tower that does not exist
            raise TrainingError(f"{error}") from error
        source = None if checkpoint is None else load_echovlm(checkpoint)
        if source is not None and checkpoint is not None:
            copy_tower(source, model.image_tower, recipe.preprocessing, path=checkpoint)
        end_tuning = begin_tuning(model, recipe.tuning)
    device = around.world.device
    model.to(device)
    facts = run_facts(ground, recipe, checkpoint=checkpoint)
    clips = ClipFrames.open(ground, rows, recipe.preprocessing, device=device)
    run = _ClipHeadTraining(model, recipe, clips, loss)
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
    path = out / FILE_NAMES[task]
    taught = {
        "steps": progress.step,
        "device": around.world.device_name(),
        "labelled_patients": len({row.patient_id for row in rows}),
        "training_patients": training_patients(rows, checkpoint=source),
    }
    save_checkpoint(path, model, recipe.preprocessing, facts | taught)
    return path


def _task(recipe: ClipHeadRecipe) -> str:
    if isinstance(recipe, ViewRecipe):
        return "view"
    return "measurements" if isinstance(recipe, MeasurementsRecipe) else "findings"


def _make(recipe: ClipHeadRecipe, rows: Sequence[ClipRow]) -> tuple[AnyClipHead, Loss]:
    """Return a fresh model and the loss of its answers for some clips.

    Raises:
        TrainingError: If the clips teach nothing of this task.
    """
    if isinstance(recipe, ViewRecipe):
        seen = {row.view for row in rows}
        views = tuple(view.value for view in View if view in seen)
        label = torch.tensor([views.index(row.view.value) for row in rows])
        model = ClipHeadModel(ClipHeadConfig(recipe.image, "view", views))
        return model, lambda answer, index: F.cross_entropy(answer, label[index])
    if isinstance(recipe, MeasurementsRecipe):
        keys = measured_quantities(rows)
        if not keys:
            raise TrainingError(
                "no quantity is measured in twenty training clips that show it; choose a dataset with values, or more "
                "patients"
            )
        targets = measurement_targets(rows, keys)
        model = ClipHeadModel(ClipHeadConfig(recipe.image, "measurements", keys))
        model.output_mean.copy_(targets.mean)
        model.output_deviation.copy_(targets.deviation)
        return model, lambda answer, index: measurement_loss(
            answer, targets.value[index], targets.measured[index]
        )
    findings = decided_findings(rows)
    if not findings:
        raise TrainingError(
            "no finding is present in some training clips and absent in others; choose a dataset with labels, or more "
            "patients"
        )
    labels = finding_targets(rows, findings)
    classifier = FindingsModel(FindingsConfig(image=recipe.image, findings=findings))
    return classifier, lambda answer, index: finding_loss(answer, labels.present[index], labels.weight[index])


def _finding_labels(row: ClipRow) -> set[Hashable]:
    return {(r.finding.key, r.state) for r in row.findings if r.visible and r.state.is_decided}


def _view_labels(row: ClipRow) -> set[Hashable]:
    return {row.view}


def _thirds(rows: Sequence[ClipRow]) -> Callable[[ClipRow], set[Hashable]]:
    """Return a function that says in which third of the training clips each measurement of a clip lies."""
    keys = measured_quantities(rows)
    targets = measurement_targets(rows, keys)
    edges = {
        key: np.quantile(
            targets.value[:, n][targets.measured[:, n]] * targets.deviation[n] + targets.mean[n], _THIRDS
        )
        for n, key in enumerate(keys)
    }

    def labels(row: ClipRow) -> set[Hashable]:
        return {
            (m.quantity.key, int(np.searchsorted(edges[m.quantity.key], m.canonical().value)))
            for m in row.measurements
            if m.quantity.key in edges and shows(row.view, m.quantity, row.mode or Mode.B)
        }

    return labels


@dataclass(frozen=True, slots=True, eq=False)
class _ClipHeadTraining:
    """The loss of each step."""

    model: AnyClipHead
    recipe: ClipHeadRecipe
    clips: ClipFrames
    loss: Loss

    def step_loss(self, step: int) -> StepLoss:
        """Return the loss of one step."""
        config = self.recipe.optimisation
        chosen = batch_indices(
            len(self.clips.rows), batch_size=config.batch_size, step=step, seed=config.seed
        )
        variation = draw_variation(
            self.clips.is_strip(chosen),
            self.recipe.augmentation,
            n_frames=self.recipe.preprocessing.n_frames,
            size_px=self.recipe.preprocessing.image_size_px,
            generator=step_generator(config.seed, Stream.AUGMENTATION, step),
        )
        answer = self.model(self.clips.batch(chosen, variation=variation).to(self.clips.device))
        loss = self.loss(answer.cpu(), torch.from_numpy(chosen))  # a few numbers a clip, beside their labels
        return StepLoss({_task(self.recipe): loss}, [self.clips.rows[i].clip_id for i in chosen.tolist()])
