"""Every clip of a split through the models, once: embeddings, and the supervised classifier's answers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from echovlm.clinical.findings import Finding, FindingState
from echovlm.clinical.views import View
from echovlm.dataset import ClipRow, EchoGround
from echovlm.models import Clips, EchoVLM, FindingsModel, LoadedModel, Preprocessing
from echovlm.training.clips import ClipFrames

_BATCH = 32


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class EncodedClips:
    """The clips of one split with what the models make of them.

    Attributes:
        rows: The clips, in the order of the manifest.
        clip_unit: Embeddings on the unit sphere.
        ceiling_logit: Log-odds of each finding by the supervised classifier, in the order of ``Finding``; NaN
            for a finding that it does not know; ``None`` without a classifier.
    """

    rows: tuple[ClipRow, ...]
    clip_unit: Float[Tensor, "clip dim"]
    ceiling_logit: Float[np.ndarray, "clip finding"] | None

    def __repr__(self) -> str:
        ceiling = "no ceiling" if self.ceiling_logit is None else "with ceiling"
        return f"EncodedClips({len(self.rows)} clips, {self.clip_unit.shape[1]} dimensions, {ceiling})"

    @property
    def patient_ids(self) -> tuple[str, ...]:
        """The patient of each clip."""
        return tuple(row.patient_id for row in self.rows)

    def in_views(self, views: frozenset[View]) -> Bool[np.ndarray, "clip"]:
        """Return which clips show one of ``views``."""
        return np.array([row.view in views for row in self.rows], dtype=bool)

    def view_index(self) -> Int[np.ndarray, "clip"]:
        """Return the position of each clip's view in ``View``."""
        order = list(View)
        return np.array([order.index(row.view) for row in self.rows], dtype=np.int64)

    def state(self, finding: Finding) -> Int[np.ndarray, "clip"]:
        """Return 1 where the study has the finding, 0 where it has not, -1 where that was not assessed."""
        label = {FindingState.PRESENT: 1, FindingState.ABSENT: 0}  # any other state is no label
        return np.array(
            [
                next((label.get(f.state, -1) for f in row.findings if f.finding is finding), -1)
                for row in self.rows
            ],
            dtype=np.int64,
        )


@torch.inference_mode()
def encode_clips(
    dataset: EchoGround,
    rows: Sequence[ClipRow],
    *,
    model: LoadedModel[EchoVLM],
    ceiling: LoadedModel[FindingsModel] | None,
    on_clip: Callable[[int], None],
) -> EncodedClips:
    """Read, prepare and encode every clip once; ``on_clip`` is told how many are done."""
    unit, logit = [], []
    for start in range(0, len(rows), _BATCH):
        batch = rows[start : start + _BATCH]
        clips = _prepare(dataset, batch, model.preprocessing)
        unit.append(model.model.encode_clip(clips))
        if ceiling is not None:
            if ceiling.preprocessing != model.preprocessing:
                clips = _prepare(dataset, batch, ceiling.preprocessing)
            logit.append(ceiling.model(clips).numpy())
        on_clip(min(start + _BATCH, len(rows)))
    known = None if ceiling is None else _by_finding(np.concatenate(logit), ceiling.model.config.findings)
    return EncodedClips(tuple(rows), torch.cat(unit), known)


def _prepare(dataset: EchoGround, rows: Sequence[ClipRow], preprocessing: Preprocessing) -> Clips:
    """Return clips as the model takes them: cines, stills, colour and strips side by side."""
    return ClipFrames(dataset, tuple(rows), preprocessing, None).batch(np.arange(len(rows)))


def _by_finding(
    logit: Float[np.ndarray, "clip output"], keys: Sequence[str]
) -> Float[np.ndarray, "clip finding"]:
    """Return the outputs in the order of ``Finding``, NaN where the classifier has none."""
    ordered = np.full((len(logit), len(Finding)), np.nan)
    for place, finding in enumerate(Finding):
        if finding.key in keys:
            ordered[:, place] = logit[:, list(keys).index(finding.key)]
    return ordered
