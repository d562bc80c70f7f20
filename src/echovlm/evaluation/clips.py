"""Every clip of a split through a model, once: embeddings, or what the model says of findings and views."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from echovlm.clinical.findings import Finding
from echovlm.clinical.views import View
from echovlm.dataset import ClipRow, EchoGround
from echovlm.evaluation.cache import AnswerCache, Arrays
from echovlm.evaluation.contenders import Contender, TestClip

_BATCH = 32


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class EncodedClips:
    """The clips of one split with what a model makes of them.

    Attributes:
        rows: The clips, in the order of the manifest.
        clip_unit: Embeddings on the unit sphere; ``None`` when the model embeds nothing.
        finding_score: Its own scores of findings; empty when it has none.
        view_score: Its own scores of views; likewise.
    """

    rows: tuple[ClipRow, ...]
    clip_unit: Float[np.ndarray, "clip dim"] | None
    finding_score: Mapping[Finding, Float[np.ndarray, "clip"]]
    view_score: Mapping[View, Float[np.ndarray, "clip"]]

    def __repr__(self) -> str:
        width = "no" if self.clip_unit is None else f"{self.clip_unit.shape[1]}"
        return f"EncodedClips({len(self.rows)} clips, {width} dimensions, {len(self.finding_score)} findings)"

    @property
    def patient_ids(self) -> tuple[str, ...]:
        """The patient of each clip."""
        return tuple(row.patient_id for row in self.rows)


def encode_clips(
    dataset: EchoGround,
    rows: Sequence[ClipRow],
    *,
    model: Contender,
    cache: AnswerCache,
    on_clip: Callable[[int], None],
    edit: Callable[[TestClip], TestClip] = lambda clip: clip,
    edit_name: str = "",
) -> EncodedClips:
    """Put every clip to the model once; ``on_clip`` is told how many are done.

    Args:
        dataset: Where the clips lie.
        rows: The clips.
        model: The model under test.
        cache: What earlier runs kept.
        on_clip: Told how many clips are done.
        edit: Changes what the model sees, for a control.
        edit_name: Names the change; part of the cache's key.
    """
    parts: list[Arrays] = []
    known = model.fingerprint()
    for start in range(0, len(rows), _BATCH):
        batch = rows[start : start + _BATCH]
        key = (
            "clips",
            edit_name,
            known,
            *(f"{row.clip_id} {row.source_sha256} {row.spacing_mm}" for row in batch),
        )
        parts.append(
            cache.compute(
                key,
                lambda batch=batch: _ask(model, [edit(TestClip(dataset, row)) for row in batch]),  # type: ignore[misc]
            )
        )
        on_clip(min(start + _BATCH, len(rows)))
    joined = {name: np.concatenate([part[name] for part in parts]) for name in (parts[0] if parts else ())}
    return EncodedClips(
        tuple(rows),
        unit_rows(joined["embedding"]) if "embedding" in joined else None,
        {f: joined[f"finding {f.key}"] for f in Finding if f"finding {f.key}" in joined},
        {v: joined[f"view {v.value}"] for v in View if f"view {v.value}" in joined},
    )


def _ask(model: Contender, clips: Sequence[TestClip]) -> Arrays:
    said: dict[str, np.ndarray] = {}
    if model.can("embed_clips"):
        said["embedding"] = np.asarray(model.embed_clips(clips), dtype=np.float32)
    if model.can("judge_findings"):
        said |= {f"finding {f.key}": np.asarray(s) for f, s in model.judge_findings(clips).items()}
    if model.can("judge_views"):
        said |= {f"view {v.value}": np.asarray(s) for v, s in model.judge_views(clips).items()}
    return said


def unit_rows(vectors: Float[np.ndarray, "row dim"]) -> Float[np.ndarray, "row dim"]:
    """Return rows of length one; a row of zeros stays."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(np.divide(vectors, length, out=np.zeros_like(vectors), where=length > 0))
