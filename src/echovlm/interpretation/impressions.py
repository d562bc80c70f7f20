"""What the image-text model thinks of each finding, from the images alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from statistics import fmean
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from echovlm.clinical import VISIBLE, Finding, FindingResult, FindingState, Mode, View, visibility
from echovlm.clinical.diseases import find_disease
from echovlm.clinical.visibility import places_showing
from echovlm.interpretation.study import ClipImpression, Impression
from echovlm.interpretation.wording import name_place
from echovlm.models import (
    EchoVLM,
    LoadedModel,
    finding_prompts,
    learnt_findings,
    learnt_views,
    predict_finding_logit,
)


@dataclass(frozen=True, slots=True, eq=False)
class EncodedClip:
    """A clip whose view is known, as the image-text model sees it."""

    number: int
    view: View
    mode: Mode
    clip_unit: Float[Tensor, "dim"]


def form_impressions(
    dual: LoadedModel[EchoVLM], clips: Sequence[EncodedClip], measured: Sequence[FindingResult]
) -> tuple[tuple[Impression, ...], tuple[tuple[Finding, str], ...]]:
    """Ask the model about every finding that it learnt, in the clips whose view shows it.

    A clip of a view or mode that the model has not learnt is not asked about. The study's probability comes from the
    mean logit, so that one sure clip outweighs several unsure ones.

    Args:
        dual: The dual encoder; its checkpoint says what it learnt.
        clips: Clips with known views.
        measured: What the measurements say, to be shown beside it.

    Returns:
        Impressions, and the findings without one with the reason.
    """
    seen = [clip for clip in clips if clip.view in learnt_views(dual.metadata, clip.mode)]
    impressions, without = [], []
    for finding in learnt_findings(dual.metadata):
        showing = [clip for clip in seen if visibility(clip.view, finding, clip.mode) >= VISIBLE]
        if showing:
            impressions.append(_ask(dual.model, finding, showing, _measured_state(finding, measured)))
        else:
            without.append((finding, _missing_views(finding, dual.metadata)))
    return tuple(impressions), tuple(without)


@torch.no_grad()
def _ask(
    model: EchoVLM, finding: Finding, clips: Sequence[EncodedClip], measured: FindingState
) -> Impression:
    """Return the impression of clips that show a finding, each asked in the sentences of its mode."""
    prompts = {
        mode: tuple(finding_prompts(finding, present=polarity, mode=mode) for polarity in (True, False))
        for mode in dict.fromkeys(clip.mode for clip in clips)
    }
    logits = [
        predict_finding_logit(
            model, clip.clip_unit[None], present=prompts[clip.mode][0], absent=prompts[clip.mode][1]
        )
        for clip in clips
    ]
    present, absent = (
        tuple(dict.fromkeys(chain.from_iterable(asked[side] for asked in prompts.values())))
        for side in (0, 1)
    )
    disease = find_disease(finding)
    return Impression(
        finding=finding,
        asked=finding.words if disease is None or disease.at_least is None else disease.words,
        probability=float(torch.tensor(fmean(map(float, logits))).sigmoid()),
        clips=tuple(
            ClipImpression(clip.number, clip.view, clip.mode, float(logit.sigmoid()))
            for clip, logit in zip(clips, logits, strict=True)
        ),
        present_prompts=present,
        absent_prompts=absent,
        measured_state=measured,
    )


def _measured_state(finding: Finding, measured: Sequence[FindingResult]) -> FindingState:
    """Return what the measurements say of what is asked: of a valve's lesion, of one from moderate on."""
    disease = find_disease(finding)
    if disease is not None:
        return disease.state_in(measured)
    states = (result.state for result in measured if result.finding is finding)
    return next(states, FindingState.NOT_ASSESSED)


def _missing_views(finding: Finding, metadata: Mapping[str, Any]) -> str:
    places = [place for place in places_showing(finding) if place[1] in learnt_views(metadata, place[0])]
    names = ", ".join(name_place(view, mode) for mode, view in places)
    return f"No clip was recognised as a view that shows it ({names or 'the model has learnt none'})."
