"""How good a dual encoder is on the validation split while it trains."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from scipy.stats import rankdata
from torch import Tensor

from echovlm.clinical.findings import Finding
from echovlm.clinical.statements import finding_sentences, has_sentences
from echovlm.dataset import ClipRow, EchoGround, Split
from echovlm.models import Clips, predict_finding_logit
from echovlm.training.batch import PretrainingSet, word_step
from echovlm.training.clips import ClipFrames
from echovlm.training.draw import Stream, step_generator
from echovlm.training.encoding import Encoder, StepInput
from echovlm.training.errors import TrainingError
from echovlm.training.loop import Validator
from echovlm.training.recipe import PretrainRecipe
from echovlm.training.targets import FindingTargets, finding_targets
from echovlm.training.terms import objective_terms

_CLIPS_AT_ONCE: Final = 64


def make_validator(
    ground: EchoGround, recipe: PretrainRecipe, encoder: Encoder, known: PretrainingSet
) -> Validator | None:
    """Return the recipe's validator, or ``None`` where it has none.

    Args:
        ground: The dataset.
        recipe: The recipe.
        encoder: Encodes with the model that trains.
        known: What is known of the validation clips.

    Raises:
        TrainingError: If the validation clips cannot give the score.
    """
    if recipe.validation is None:
        return None
    clips = ClipFrames.open(ground, known.rows, recipe.preprocessing, device=encoder.world.device)
    if recipe.validation.metric == "loss":
        return Validator(recipe.validation, _LossScore(recipe, clips, known, encoder).score)
    findings = tuple(finding for finding in Finding if has_sentences(finding))
    targets = finding_targets(known.rows, [finding.key for finding in findings])
    asked = [n for n in range(len(findings)) if _has_both(targets, n)]
    if not asked:
        raise TrainingError(
            f"the validation clips of {ground.root} have no finding that is present in some and absent in others, so "
            'there is no AUROC; curate more patients, or say metric = "loss" in the recipe\'s [validation]'
        )
    return Validator(recipe.validation, _AurocScore(clips, targets, findings, tuple(asked), encoder).score)


def validation_rows(ground: EchoGround) -> list[ClipRow]:
    """Return the clips of the validation split.

    Raises:
        TrainingError: If there is none.
    """
    rows = ground.rows(Split.VAL)
    if not rows:
        raise TrainingError(
            f"{ground.root} has no validation clip; curate more patients (about 10 % of them validate), or leave "
            "[validation] out of the recipe"
        )
    return rows


def auroc(score: Float[np.ndarray, "sample"], positive: Bool[np.ndarray, "sample"]) -> float:
    """Return the area under the ROC curve: how often a positive scores above a negative, ties half (Mann-Whitney).

    Args:
        score: Higher means more likely positive.
        positive: The truth; both must occur.
    """
    rank = rankdata(score)
    n_positive = int(positive.sum())
    n_negative = len(positive) - n_positive
    above = rank[positive].sum() - n_positive * (n_positive + 1) / 2
    return float(above / (n_positive * n_negative))


def _has_both(targets: FindingTargets, column: int) -> bool:
    said = targets.present[:, column][targets.weight[:, column] > 0]
    return bool(said.any()) and not bool(said.all())


@dataclass(frozen=True, slots=True, eq=False)
class _AurocScore:
    """The mean over findings of the zero-shot AUROC, by clip."""

    clips: ClipFrames
    targets: FindingTargets
    findings: tuple[Finding, ...]
    asked: tuple[int, ...]
    encoder: Encoder

    def score(self) -> float:
        """Return the score of the model as it is."""
        unit = _encode_all(self.clips, self.encoder)
        return float(np.mean([self._auroc(unit, column) for column in self.asked]))

    def _auroc(self, unit: Float[Tensor, "clip dim"], column: int) -> float:
        finding, known = self.findings[column], self.targets.weight[:, column] > 0
        logit = predict_finding_logit(
            self.encoder.model,
            unit[known.to(unit.device)],
            present=finding_sentences(finding, present=True),
            absent=finding_sentences(finding, present=False),
        )
        return auroc(logit.cpu().numpy(), self.targets.present[known, column].numpy())


@dataclass(frozen=True, slots=True, eq=False)
class _LossScore:
    """The loss of the validation clips, unvaried and in batches of the training's size, negative."""

    recipe: PretrainRecipe
    clips: ClipFrames
    known: PretrainingSet
    encoder: Encoder

    def score(self) -> float:
        """Return the score of the model as it is."""
        n_clips, size = len(self.known.rows), self.recipe.optimisation.batch_size
        parts = np.array_split(np.arange(n_clips), max(n_clips // size, 1))
        losses = [self._loss(part, number) for number, part in enumerate(parts)]
        return -float(np.average(losses, weights=[len(part) for part in parts]))

    def _loss(self, chosen: Int[np.ndarray, "batch"], number: int) -> float:
        seed = self.recipe.optimisation.seed
        batch = word_step(
            self.known,
            self.recipe,
            chosen,
            None,
            wording=step_generator(seed, Stream.VALIDATION, 2 * number),
            ladder=step_generator(seed, Stream.VALIDATION, 2 * number + 1),
            reading_seed=None,
        )

        def clips_at(places: Int[np.ndarray, "part"]) -> Clips:
            return self.clips.batch(chosen[places])

        todo = StepInput(clips_at, len(chosen), batch.texts, None)
        terms = objective_terms(
            self.encoder.model,
            self.encoder.encode_alone(todo),
            batch.to(self.encoder.world.device),
            self.recipe.objective,
        )
        return float(torch.stack(list(terms.values())).sum())


def _encode_all(clips: ClipFrames, encoder: Encoder) -> Float[Tensor, "clip dim"]:
    """Return the embedding of every clip."""
    places: Sequence[np.ndarray] = np.array_split(
        np.arange(len(clips.rows)), -(-len(clips.rows) // _CLIPS_AT_ONCE)
    )
    return torch.cat([encoder.encode_clips(clips.batch(part)) for part in places])
