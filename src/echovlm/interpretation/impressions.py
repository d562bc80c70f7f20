"""What the image-text model thinks of each finding, from the images alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

import torch
from jaxtyping import Float
from torch import Tensor

from echovlm.clinical import (
    CORE_FINDINGS,
    VISIBLE,
    Finding,
    FindingResult,
    FindingState,
    Mode,
    View,
    visibility,
)
from echovlm.interpretation.study import ClipImpression, Impression
from echovlm.models import EchoVLM, finding_prompts, predict_finding_logit


@dataclass(frozen=True, slots=True, eq=False)
class EncodedClip:
    """A clip whose view is known, as the image-text model sees it."""

    number: int
    view: View
    mode: Mode
    clip_unit: Float[Tensor, "dim"]


def form_impressions(
    model: EchoVLM, clips: Sequence[EncodedClip], measured: Sequence[FindingResult]
) -> tuple[tuple[Impression, ...], tuple[tuple[Finding, str], ...]]:
    """Ask the model about every finding in the clips whose view shows it.

    The study's probability comes from the mean logit, so that one sure clip outweighs several unsure ones.

    Args:
        model: The dual encoder.
        clips: Clips with known views.
        measured: What the measurements say, to be shown beside it.

    Returns:
        Impressions, and the findings without one with the reason.
    """
    states: Mapping[Finding, FindingState] = {result.finding: result.state for result in measured}
    impressions, without = [], []
    for finding in CORE_FINDINGS:
        showing = [clip for clip in clips if visibility(clip.view, finding, clip.mode) >= VISIBLE]
        if not showing:
            without.append((finding, _missing_views(finding)))
            continue
        state = states.get(finding, FindingState.NOT_ASSESSED)
        impressions.append(_ask(model, finding, showing, state))
    return tuple(impressions), tuple(without)


@torch.no_grad()
def _ask(
    model: EchoVLM, finding: Finding, clips: Sequence[EncodedClip], measured: FindingState
) -> Impression:
    present, absent = (finding_prompts(finding, present=polarity) for polarity in (True, False))
    units = torch.stack([clip.clip_unit for clip in clips])
    logits = predict_finding_logit(model, units, present=present, absent=absent)
    each = zip(clips, logits.sigmoid().tolist(), strict=True)
    return Impression(
        finding=finding,
        probability=float(torch.tensor(fmean(logits.tolist())).sigmoid()),
        clips=tuple(ClipImpression(clip.number, clip.view, prob) for clip, prob in each),
        present_prompts=present,
        absent_prompts=absent,
        measured_state=measured,
    )


def _missing_views(finding: Finding) -> str:
    views = [view.abbreviation for view in View if visibility(view, finding) >= VISIBLE]
    return f"No clip was recognised as a view that shows it ({', '.join(views)})."
