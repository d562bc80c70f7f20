"""What one pretraining step is about: its clips and everything that is said of them, drawn once for all processes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from echovlm.dataset import ClipRow
from echovlm.models import EchoVLM
from echovlm.objectives import ladder_share
from echovlm.training.draw import Stream, batch_indices, step_generator
from echovlm.training.ladder import Ladder, make_ladders
from echovlm.training.recipe import PretrainRecipe
from echovlm.training.rewording import PLAIN, Style, draw_style
from echovlm.training.targets import MeasurementTargets, measurement_targets
from echovlm.training.variation import Variation, draw_variation
from echovlm.training.wording import (
    Pair,
    content_key,
    naming_key,
    numbered,
    place_key,
    polarity_weights,
    word_batch,
)


@dataclass(frozen=True, slots=True, eq=False)
class PretrainingSet:
    """What is known of the training clips, apart from their pixels.

    Attributes:
        rows: The clips.
        targets: Their measurements.
        ladders: The numbers that may be asked for.
        weights: Weight of each topic and polarity.
        place: Index of view and mode of each clip.
        naming: Index of the sentences that name its view.
        content: Index of what its caption says.
        study: Index of its study.
        view: Index of its view in the model.
        mode: Index of its mode in the model.
    """

    rows: tuple[ClipRow, ...]
    targets: MeasurementTargets
    ladders: tuple[Ladder, ...]
    weights: dict[tuple[int, bool], float]
    place: Int[np.ndarray, "clip"]
    naming: Int[np.ndarray, "clip"]
    content: Int[np.ndarray, "clip"]
    study: Int[np.ndarray, "clip"]
    view: Int[np.ndarray, "clip"]
    mode: Int[np.ndarray, "clip"]


@dataclass(frozen=True, slots=True, eq=False)
class StepBatch:
    """Everything that one step draws, the same in every process; tensors are on the CPU.

    Attributes:
        chosen: The clips, as indices into the training set.
        variation: How each varies; ``None`` shows them as they are.
        texts: The distinct texts of the step.
        reading_seed: How coarsely they are read; ``None`` reads all of them.
        caption: Place of each clip's caption among the texts.
        view_sentence: Place of the sentence that names its view.
        true: Place of each pair's true statement.
        false: Place of its opposite.
        pair_clip: The clip of each pair, as its place in the batch.
        pair_weight: Weight of each pair.
        pair_is_number: Whether it gives a number.
        rung: Places of the ladder's sentences; empty without a ladder.
        rung_clip: Clips of the batch that have the ladder's quantity.
        rung_share: The share of each rung in their value.
        place: View and mode of each clip.
        naming: Which sentences name its view.
        content: What its caption says.
        study: Its study, numbered from 0 within the batch.
        view: Its view, as the model counts them.
        mode: Its mode, likewise.
        value: Its standardised measurements.
        measured: Which of them exist.
    """

    chosen: Int[np.ndarray, "batch"]
    variation: Variation | None
    texts: tuple[str, ...]
    reading_seed: int | None
    caption: Int[Tensor, "batch"]
    view_sentence: Int[Tensor, "batch"]
    true: Int[Tensor, "pair"]
    false: Int[Tensor, "pair"]
    pair_clip: Int[Tensor, "pair"]
    pair_weight: Float[Tensor, "pair"]
    pair_is_number: Bool[Tensor, "pair"]
    rung: Int[Tensor, "rung"]
    rung_clip: Int[Tensor, "rung_clip"]
    rung_share: Float[Tensor, "rung_clip rung"]
    place: Int[Tensor, "batch"]
    naming: Int[Tensor, "batch"]
    content: Int[Tensor, "batch"]
    study: Int[Tensor, "batch"]
    view: Int[Tensor, "batch"]
    mode: Int[Tensor, "batch"]
    value: Float[Tensor, "batch quantity"]
    measured: Bool[Tensor, "batch quantity"]

    def to(self, device: torch.device) -> "StepBatch":
        """Return the batch with its tensors on a device."""
        if device.type == "cpu":
            return self
        held = {f.name: getattr(self, f.name) for f in fields(self)}
        moved: dict[str, Any] = {
            name: value.to(device) for name, value in held.items() if isinstance(value, Tensor)
        }
        return replace(self, **moved)


def describe(
    rows: Sequence[ClipRow], model: EchoVLM, *, like: PretrainingSet | None = None
) -> PretrainingSet:
    """Return what is known of clips, in the terms of a model.

    Args:
        rows: The clips.
        model: Says which quantities, views and modes there are.
        like: Clips whose scale of measurements is used, for those of another split.
    """
    targets = measurement_targets(rows, model.config.quantities, like=None if like is None else like.targets)
    return PretrainingSet(
        rows=tuple(rows),
        targets=targets,
        ladders=make_ladders(targets, model.config.quantities),
        weights=polarity_weights(rows),
        place=numbered([place_key(row) for row in rows]),
        naming=numbered([naming_key(row) for row in rows]),
        content=numbered([content_key(row) for row in rows]),
        study=numbered([row.study_id for row in rows]),
        view=np.array([model.view_index(row.view) for row in rows], dtype=np.int64),
        mode=np.array([model.mode_index(row.mode) for row in rows], dtype=np.int64),
    )


def choose_clips(known: PretrainingSet, recipe: PretrainRecipe, step: int) -> Int[np.ndarray, "batch"]:
    """Return the clips of one step, in the runs that the recipe asks for."""
    sampling, config = recipe.sampling, recipe.optimisation
    stratum, run_length = None, 1
    if sampling.runs_of == "view":
        stratum, run_length = known.place, sampling.run_length
    elif sampling.runs_of == "study":
        stratum, run_length = known.study, len(known.study)  # whole studies
    return batch_indices(
        len(known.rows),
        batch_size=config.batch_size,
        step=step,
        seed=config.seed,
        stratum=stratum,
        run_length=run_length,
    )


def draw_batch(
    known: PretrainingSet,
    recipe: PretrainRecipe,
    step: int,
    *,
    is_strip: Bool[np.ndarray, "clip"],
) -> StepBatch:
    """Draw all of one step, from the recipe's seed and the step alone.

    Args:
        known: The training set.
        recipe: The recipe.
        step: Step, from 0.
        is_strip: Which training clips are strips of a spectrum or an M-mode.
    """
    seed, chosen = recipe.optimisation.seed, choose_clips(known, recipe, step)
    variation = draw_variation(
        is_strip[chosen],
        recipe.augmentation,
        n_frames=recipe.preprocessing.n_frames,
        size_px=recipe.preprocessing.image_size_px,
        generator=step_generator(seed, Stream.AUGMENTATION, step),
    )
    return word_step(
        known,
        recipe,
        chosen,
        variation,
        wording=step_generator(seed, Stream.WORDING, step),
        ladder=step_generator(seed, Stream.LADDER, step),
        style=draw_style(recipe.sampling.rewording_chance, step_generator(seed, Stream.STYLE, step)),
        reading_seed=int(step_generator(seed, Stream.NGRAMS, step).integers(2**31)),
    )


def word_step(
    known: PretrainingSet,
    recipe: PretrainRecipe,
    chosen: Int[np.ndarray, "batch"],
    variation: Variation | None,
    *,
    wording: np.random.Generator,
    ladder: np.random.Generator,
    reading_seed: int | None,
    style: Style = PLAIN,
) -> StepBatch:
    """Return the step about chosen clips: draw what is said of them, and number all texts."""
    said = word_batch(
        [known.rows[index] for index in chosen.tolist()], known.weights, generator=wording, style=style
    )
    index = torch.from_numpy(chosen)
    value, measured = known.targets.value[index], known.targets.measured[index]
    asked = _draw_ladder(known.ladders, recipe, measured, ladder)
    rungs: tuple[str, ...] = () if asked is None else asked.texts(generator=ladder)
    number: dict[str, int] = {}
    pairs = said.pairs
    return StepBatch(
        chosen=chosen,
        variation=variation,
        caption=_places(said.captions, number),
        view_sentence=_places(said.view_sentences, number),
        true=_places((pair.text for pair in pairs), number),
        false=_places((pair.counterfactual for pair in pairs), number),
        rung=_places(rungs, number),
        texts=tuple(number),
        reading_seed=reading_seed,
        **_pair_facts(pairs),
        **_rung_facts(asked, value, measured),
        place=torch.from_numpy(known.place[chosen]),
        naming=torch.from_numpy(known.naming[chosen]),
        content=torch.from_numpy(known.content[chosen]),
        study=torch.from_numpy(numbered(known.study[chosen].tolist())),
        view=torch.from_numpy(known.view[chosen]),
        mode=torch.from_numpy(known.mode[chosen]),
        value=value,
        measured=measured,
    )


def _pair_facts(pairs: Sequence[Pair]) -> dict[str, Tensor]:
    return {
        "pair_clip": torch.tensor([pair.clip for pair in pairs], dtype=torch.long),
        "pair_weight": torch.tensor([pair.weight for pair in pairs], dtype=torch.float32),
        "pair_is_number": torch.tensor([pair.is_number for pair in pairs], dtype=torch.bool),
    }


def _rung_facts(
    asked: Ladder | None, value: Float[Tensor, "batch quantity"], measured: Bool[Tensor, "batch quantity"]
) -> dict[str, Tensor]:
    if asked is None:
        return {"rung_clip": torch.zeros(0, dtype=torch.long), "rung_share": torch.zeros(0, 0)}
    having = measured[:, asked.column].nonzero()[:, 0]
    return {"rung_clip": having, "rung_share": ladder_share(value[having, asked.column], asked.rungs)}


def _draw_ladder(
    ladders: Sequence[Ladder],
    recipe: PretrainRecipe,
    measured: Bool[Tensor, "batch quantity"],
    generator: np.random.Generator,
) -> Ladder | None:
    """Return the ladder of one of the quantities that the batch has, or ``None``."""
    if recipe.objective.ladder_weight == 0:
        return None
    having = [ladder for ladder in ladders if bool(measured[:, ladder.column].any())]
    return having[int(generator.integers(len(having)))] if having else None


def _places(texts: Iterable[str], number: dict[str, int]) -> Int[Tensor, "text"]:
    return torch.tensor([number.setdefault(text, len(number)) for text in texts], dtype=torch.long)
