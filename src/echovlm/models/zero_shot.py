"""Questions put to a dual encoder as sentences: is a finding present, which view is this."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import torch
from jaxtyping import Float
from torch import Tensor

from echovlm.clinical.diseases import find_disease
from echovlm.clinical.findings import CORE_FINDINGS, Finding
from echovlm.clinical.statements import disease_sentences, finding_sentences, view_sentences
from echovlm.clinical.views import Mode, View
from echovlm.models.echovlm import EchoVLM

MVP_VIEWS: Final = (View.PLAX, View.PSAX_MV, View.PSAX_PM, View.A4C, View.A2C)


def learnt_views(metadata: Mapping[str, Any], mode: Mode | None) -> tuple[View, ...]:
    """Return the views of a mode that a model may be asked for: those that its training clips showed.

    Args:
        metadata: The checkpoint's; one that does not say has learnt ``MVP_VIEWS`` in B-mode.
        mode: The clip's mode; an unknown one is taken for B-mode.
    """
    known = metadata.get("learnt_views", {Mode.B.value: [view.value for view in MVP_VIEWS]})
    return tuple(view for view in View if view.value in known.get((mode or Mode.B).value, ()))


def learnt_findings(metadata: Mapping[str, Any]) -> tuple[Finding, ...]:
    """Return the findings that a model may be asked for: stated of some training clips, denied of others.

    Args:
        metadata: The checkpoint's; one that does not say has learnt ``CORE_FINDINGS``.
    """
    known = metadata.get("learnt_findings", [finding.key for finding in CORE_FINDINGS])
    return tuple(finding for finding in Finding if finding.key in known)


def predict_finding_logit(
    model: EchoVLM,
    clip_unit: Float[Tensor, "batch dim"],
    *,
    present: Sequence[str],
    absent: Sequence[str],
) -> Float[Tensor, "batch"]:
    """Return how much each clip prefers the sentences that state a finding to those that deny it.

    Args:
        model: The dual encoder whose temperature turns similarity into log-odds.
        clip_unit: Clip embeddings from ``encode_clip``.
        present: Paraphrases that state the finding; their similarities are averaged.
        absent: Paraphrases that deny it.

    Raises:
        ValueError: If either side has no sentence.
    """
    if not present or not absent:
        raise ValueError("a finding needs at least one sentence that states it and one that denies it")
    unit = model.encode_text([*present, *absent])
    direction = unit[: len(present)].mean(0) - unit[len(present) :].mean(0)
    return clip_unit @ direction / model.temperature


def finding_prompts(
    finding: Finding, *, present: bool, held_out: bool = False, mode: Mode | None = None
) -> tuple[str, ...]:
    """Return the sentences that ask for a finding, or deny it; of a valve's lesion for one from moderate on."""
    disease = find_disease(finding)
    if disease is not None and disease.at_least is not None:
        return disease_sentences(disease, present=present, held_out=held_out, mode=mode)
    return finding_sentences(finding, present=present, held_out=held_out)


def predict_finding_prob(
    model: EchoVLM,
    clip_unit: Float[Tensor, "batch dim"],
    finding: Finding,
    *,
    held_out: bool = False,
    mode: Mode | None = None,
) -> Float[Tensor, "batch"]:
    """Return the zero-shot probability that a finding is present, asked in the project's own sentences.

    Of a leak or a narrowing of a valve it is asked whether it is at least moderate, as captions part them.

    It is a softmax between two prompts, trained with both polarities weighted alike: 0.5 means undecided,
    and the number is not a calibrated prevalence.

    Args:
        model: The dual encoder.
        clip_unit: Clip embeddings from ``encode_clip``.
        finding: The finding; ask only where the view shows it.
        held_out: Ask in paraphrases that no caption used.
        mode: The mode of the clips, if it matters: a plain picture shows a stenosis by how the leaflets open.
    """
    present, absent = (
        finding_prompts(finding, present=side, held_out=held_out, mode=mode) for side in (True, False)
    )
    return predict_finding_logit(model, clip_unit, present=present, absent=absent).sigmoid()


def predict_choice_prob(
    model: EchoVLM, clip_unit: Float[Tensor, "batch dim"], *, prompts: Sequence[Sequence[str]]
) -> Float[Tensor, "batch choice"]:
    """Return the softmax over choices, each a set of paraphrases whose similarities are averaged.

    Raises:
        ValueError: If a choice has no sentence.
    """
    if not all(prompts):
        raise ValueError("each choice needs at least one sentence")
    direction = torch.stack([model.encode_text(sentences).mean(0) for sentences in prompts])
    return (clip_unit @ direction.T / model.temperature).softmax(1)


def predict_view_prob(
    model: EchoVLM,
    clip_unit: Float[Tensor, "batch dim"],
    *,
    views: Sequence[View] = MVP_VIEWS,
    held_out: bool = False,
) -> Mapping[View, Float[Tensor, "batch"]]:
    """Return the zero-shot probability of each view among ``views``."""
    prompts = [view_sentences(view, held_out=held_out) for view in views]
    prob = predict_choice_prob(model, clip_unit, prompts=prompts)
    return {view: prob[:, index] for index, view in enumerate(views)}
