"""How retrieval is scored: recall among all captions or clips of the split, by equal content and exactly."""

import numpy as np
from jaxtyping import Bool, Float

from echovlm.dataset import ClipRow
from echovlm.evaluation.bootstrap import PatientResamples
from echovlm.evaluation.clips import EncodedClips
from echovlm.evaluation.metrics import rank_of_first_positive, recall_at_k, weighted_mean, weighted_median
from echovlm.evaluation.results import Arm, Sample, Scored
from echovlm.evaluation.sentences import SentenceBank
from echovlm.evaluation.task import RetrievalTask


def content(row: ClipRow) -> tuple[object, ...]:
    """Return what a caption says apart from wording and numbers: view, and findings stated or denied."""
    said = {(s.finding.key, s.present) for s in row.statements if s.finding is not None}
    return (row.view.value, *sorted(said))


def score_retrieval(
    task: RetrievalTask, clips: EncodedClips, bank: SentenceBank, resamples: PatientResamples
) -> tuple[Scored, ...]:
    """Score one direction.

    A hit by content is any item that says the same of view and findings; an exact hit is the clip's own
    caption. An exact hit needs the numbers too, and the oracle, which knows the content only, shows how far
    content alone can go.
    """
    chosen = [i for i, row in enumerate(clips.rows) if row.caption]
    if len(chosen) < 2:
        reason = f"retrieval needs at least two captioned clips; the split has {len(chosen)}"
        return (Sample(task.name, "image", len(chosen), len(chosen)).missing(reason, metric="recall@1"),)
    rows = [clips.rows[i] for i in chosen]
    similarity = _similarity(bank, clips, chosen)
    if not task.image_to_text:
        similarity = similarity.T
    contents = [content(row) for row in rows]
    index = {value: place for place, value in enumerate(sorted(set(contents), key=repr))}
    group = np.array([index[value] for value in contents])
    same: Bool[np.ndarray, "query item"] = group[:, None] == group[None, :]
    own = np.eye(len(rows), dtype=bool)
    rankings = {Arm.MODEL: similarity, Arm.ORACLE: same.astype(np.float64), Arm.CHANCE: np.zeros(same.shape)}
    return tuple(_score_rankings(task, rankings, {"": same, "-exact": own}, rows, resamples))


def _score_rankings(
    task: RetrievalTask,
    rankings: dict[Arm, Float[np.ndarray, "query item"]],
    positives: dict[str, Bool[np.ndarray, "query item"]],
    rows: list[ClipRow],
    resamples: PatientResamples,
) -> list[Scored]:
    """Resample the patients of the queries; the gallery stays whole."""
    patients = [row.patient_id for row in rows]
    made = []
    sample = Sample(task.name, "image", len(rows), len(set(patients)))
    for credit, positive in positives.items():
        for arm, similarity in rankings.items():
            for k in task.ks:
                hit = recall_at_k(similarity, positive, k=k)
                mean = resamples.estimate(lambda weight, h=hit: weighted_mean(h, weight), patients)  # type: ignore[misc]
                made.append(sample.scored(mean, metric=f"recall@{k}{credit}", arm=arm))
            rank = rank_of_first_positive(similarity, positive)
            median = resamples.estimate(lambda weight, r=rank: weighted_median(r, weight), patients)  # type: ignore[misc]
            made.append(sample.scored(median, metric=f"median-rank{credit}", arm=arm, unit="rank"))
    return made


def _similarity(
    bank: SentenceBank, clips: EncodedClips, chosen: list[int]
) -> Float[np.ndarray, "clip caption"]:
    caption_unit = bank.of([clips.rows[i].caption for i in chosen])
    return np.asarray((clips.clip_unit[chosen] @ caption_unit.T).numpy(), dtype=np.float64)
