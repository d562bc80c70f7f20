"""The terms of the pretraining objective, from the embeddings of one step."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from echovlm.models import EchoVLM
from echovlm.objectives import (
    counterfactual_loss,
    ladder_loss,
    matching_loss,
    measurement_loss,
    negation_loss,
    ordinal_ranking_loss,
    view_informed_loss,
    view_weighted_clip_loss,
    view_weighted_sigmoid_loss,
)
from echovlm.training.batch import StepBatch
from echovlm.training.recipe import Objective


@dataclass(frozen=True, slots=True, eq=False)
class Embeddings:
    """The embeddings of one step, on the unit sphere.

    Attributes:
        clip_unit: One per clip of the batch.
        text_unit: One per distinct text.
    """

    clip_unit: Float[Tensor, "batch dim"]
    text_unit: Float[Tensor, "text dim"]

    def texts(self, place: Tensor) -> Float[Tensor, "chosen dim"]:
        """Return the texts at some places."""
        return self.text_unit.index_select(0, place)


def objective_terms(
    model: EchoVLM, embeddings: Embeddings, batch: StepBatch, objective: Objective
) -> dict[str, Tensor]:
    """Return the weighted terms of one step by name; a term of weight 0 is not computed, and is 0."""
    made = {
        "clip": (objective.clip_weight, _pairing),
        "view": (objective.view_weight, _view),
        "naming": (objective.naming_weight, _naming),
        "measurement": (objective.measurement_weight, _regression),
        "ranking": (objective.ranking_weight, _ranking),
        "ladder": (objective.ladder_weight, _ladder),
        "counterfactual": (objective.counterfactual_weight, _findings),
        "number": (objective.number_weight, _numbers),
        "negation": (objective.negation_weight, _negation),
        "study": (objective.study_weight, _study),
    }
    zero = embeddings.clip_unit.new_zeros(())
    return {
        name: weight * term(model, embeddings, batch, objective) if weight > 0 else zero
        for name, (weight, term) in made.items()
    }


def _pairing(model: EchoVLM, embeddings: Embeddings, batch: StepBatch, objective: Objective) -> Tensor:
    clip_unit, text_unit = embeddings.clip_unit, embeddings.texts(batch.caption)
    content = batch.content
    if not objective.shared_targets:
        content = torch.arange(len(content), device=content.device)
    if objective.pairing == "sigmoid":
        return view_weighted_sigmoid_loss(
            clip_unit,
            text_unit,
            batch.place,
            content,
            temperature=model.temperature,
            bias=model.pair_bias,
            cross_view_weight=objective.cross_view_weight,
        )
    return view_weighted_clip_loss(
        clip_unit,
        text_unit,
        batch.place,
        content,
        temperature=model.temperature,
        cross_view_weight=objective.cross_view_weight,
    )


def _view(model: EchoVLM, embeddings: Embeddings, batch: StepBatch, _: Objective) -> Tensor:
    return view_informed_loss(embeddings.clip_unit, batch.place, temperature=model.temperature)


def _naming(model: EchoVLM, embeddings: Embeddings, batch: StepBatch, _: Objective) -> Tensor:
    sentences = embeddings.texts(batch.view_sentence)
    return matching_loss(
        embeddings.clip_unit, sentences, batch.naming, batch.naming, temperature=model.temperature
    )


def _regression(model: EchoVLM, embeddings: Embeddings, batch: StepBatch, _: Objective) -> Tensor:
    predicted = model.standardised_measurements(embeddings.clip_unit)
    return measurement_loss(predicted, batch.value, batch.measured)


def _ranking(model: EchoVLM, embeddings: Embeddings, batch: StepBatch, objective: Objective) -> Tensor:
    predicted = model.standardised_measurements(embeddings.clip_unit)
    return ordinal_ranking_loss(predicted, batch.value, batch.measured, tolerance=objective.ranking_tolerance)


def _ladder(model: EchoVLM, embeddings: Embeddings, batch: StepBatch, _: Objective) -> Tensor:
    if len(batch.rung) == 0:
        return embeddings.clip_unit.new_zeros(())
    asked = embeddings.clip_unit.index_select(0, batch.rung_clip)
    rungs = embeddings.texts(batch.rung)
    return ladder_loss(asked, rungs, batch.rung_share, temperature=model.temperature)


def _findings(model: EchoVLM, embeddings: Embeddings, batch: StepBatch, _: Objective) -> Tensor:
    weight = batch.pair_weight * ~batch.pair_is_number
    return _preference(model, embeddings.clip_unit, batch.pair_clip, embeddings, batch, weight)


def _numbers(model: EchoVLM, embeddings: Embeddings, batch: StepBatch, _: Objective) -> Tensor:
    weight = batch.pair_weight * batch.pair_is_number
    return _preference(model, embeddings.clip_unit, batch.pair_clip, embeddings, batch, weight)


def _negation(_: EchoVLM, embeddings: Embeddings, batch: StepBatch, objective: Objective) -> Tensor:
    stated = ~batch.pair_is_number
    true, false = embeddings.texts(batch.true[stated]), embeddings.texts(batch.false[stated])
    return negation_loss(true, false, margin=objective.negation_margin)


def _study(model: EchoVLM, embeddings: Embeddings, batch: StepBatch, _: Objective) -> Tensor:
    study_unit = model.study_attention(
        embeddings.clip_unit,
        batch.study,
        batch.view,
        batch.mode,
        n_studies=int(batch.study.max()) + 1,
    )
    weight = batch.pair_weight * ~batch.pair_is_number
    return _preference(model, study_unit, batch.study[batch.pair_clip], embeddings, batch, weight)


def _preference(
    model: EchoVLM,
    unit: Float[Tensor, "owner dim"],
    owner: Tensor,
    embeddings: Embeddings,
    batch: StepBatch,
    weight: Float[Tensor, "pair"],
) -> Tensor:
    """Return the loss of preferring what is true of each pair's clip, or study, to its opposite."""
    kept = weight > 0
    return counterfactual_loss(
        unit.index_select(0, owner[kept]),
        embeddings.texts(batch.true[kept]),
        embeddings.texts(batch.false[kept]),
        weight[kept],
        temperature=model.temperature,
    )
