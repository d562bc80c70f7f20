"""How zero-shot disease classification is scored: AUROC of clips and of studies, beside its controls."""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Bool, Float, Int

from echovlm.clinical.findings import CORE_FINDINGS
from echovlm.evaluation.bootstrap import PatientResamples
from echovlm.evaluation.clips import EncodedClips
from echovlm.evaluation.metrics import auroc, stratified_auroc
from echovlm.evaluation.results import Arm, Sample, Scored
from echovlm.evaluation.sentences import SentenceBank
from echovlm.evaluation.task import ZeroShotTask

MACRO = "zero-shot/macro"


def score_zero_shot(
    task: ZeroShotTask, clips: EncodedClips, bank: SentenceBank, resamples: PatientResamples
) -> tuple[Scored, ...]:
    """Score one finding over the clips whose view shows it and whose study was assessed."""
    state = clips.state(task.finding)
    chosen = np.flatnonzero(clips.in_views(task.views) & (state >= 0))
    label = state[chosen].astype(bool)
    if len(label) == 0 or label.all() or not label.any():
        found = "there is none" if len(label) == 0 else f"all are {'present' if label.all() else 'absent'}"
        reason = f"an AUROC needs clips with and without the finding; of {len(label)} assessed clips {found}"
        n_patients = len({clips.rows[i].patient_id for i in chosen})
        levels = {"image": len(label), "study": len({clips.rows[i].study_id for i in chosen})}
        samples = (Sample(task.name, level, n, n_patients) for level, n in levels.items())
        return tuple(sample.missing(reason, metric="auroc") for sample in samples)
    logit = _ask(bank, clips, chosen, task.present, task.absent)
    unseen = _ask(bank, clips, chosen, task.present_unseen, task.absent_unseen)
    arms = {
        (Arm.MODEL, "auroc"): logit,
        (Arm.MODEL, "auroc-unseen-prompts"): unseen,
        (Arm.VIEW_ONLY, "auroc"): _mean_of_view(logit, clips.view_index()[chosen]),
    }
    if clips.ceiling_logit is not None:
        ceiling = clips.ceiling_logit[chosen, CORE_FINDINGS.index(task.finding)]
        if not np.isnan(ceiling).any():
            arms[Arm.CEILING, "auroc"] = ceiling
    return (
        *_image_level(task, clips, chosen, label, arms, resamples),
        *_study_level(task, clips, chosen, label, arms, resamples),
    )


@torch.inference_mode()
def _ask(
    bank: SentenceBank,
    clips: EncodedClips,
    chosen: Int[np.ndarray, "clip"],
    present: Sequence[str],
    absent: Sequence[str],
) -> Float[np.ndarray, "clip"]:
    direction = bank.direction(present) - bank.direction(absent)
    return np.asarray((clips.clip_unit[torch.from_numpy(chosen)] @ direction).numpy(), dtype=np.float64)


def _mean_of_view(
    logit: Float[np.ndarray, "clip"], view: Int[np.ndarray, "clip"]
) -> Float[np.ndarray, "clip"]:
    """Return the logit of each view's mean embedding: all that the prompts can tell from the view alone."""
    mean = np.zeros_like(logit)
    for value in np.unique(view):
        mean[view == value] = logit[view == value].mean()
    return mean


def _image_level(
    task: ZeroShotTask,
    clips: EncodedClips,
    chosen: Int[np.ndarray, "clip"],
    label: Bool[np.ndarray, "clip"],
    arms: dict[tuple[Arm, str], Float[np.ndarray, "clip"]],
    resamples: PatientResamples,
) -> list[Scored]:
    patients = [clips.rows[i].patient_id for i in chosen]
    view = clips.view_index()[chosen]
    sample = Sample(task.name, "image", len(label), len(set(patients)))
    rows = []
    for (arm, metric), score in arms.items():
        pooled = resamples.estimate(lambda weight, s=score: auroc(s, label, weight), patients)  # type: ignore[misc]
        rows.append(sample.scored(pooled, metric=metric, arm=arm))
    for arm in (Arm.MODEL, Arm.CEILING):
        if (arm, "auroc") in arms:
            score = arms[arm, "auroc"]
            within = resamples.estimate(
                lambda weight, s=score: stratified_auroc(s, label, view, weight),  # type: ignore[misc]
                patients,
            )
            rows.append(sample.scored(within, metric="auroc-within-view", arm=arm))
    rows.append(sample.exact(0.5, metric="auroc", arm=Arm.CHANCE))
    return rows


def _study_level(
    task: ZeroShotTask,
    clips: EncodedClips,
    chosen: Int[np.ndarray, "clip"],
    label: Bool[np.ndarray, "clip"],
    arms: dict[tuple[Arm, str], Float[np.ndarray, "clip"]],
    resamples: PatientResamples,
) -> list[Scored]:
    """Score the mean logit over each study's clips."""
    studies = [clips.rows[i].study_id for i in chosen]
    _, first, study = np.unique(studies, return_index=True, return_inverse=True)
    patients = [clips.rows[i].patient_id for i in chosen[first]]
    sample = Sample(task.name, "study", len(first), len(set(patients)))
    rows = []
    for (arm, metric), logit in arms.items():
        # Rounded, so that sums of the same numbers tie whatever their order.
        mean = np.round(np.bincount(study, weights=logit) / np.bincount(study), 9)
        estimate = resamples.estimate(
            lambda weight, s=mean: auroc(s, label[first], weight),  # type: ignore[misc]
            patients,
        )
        rows.append(sample.scored(estimate, metric=metric, arm=arm))
    rows.append(sample.exact(0.5, metric="auroc", arm=Arm.CHANCE))
    return rows


def macro_rows(rows: Sequence[Scored], resamples: PatientResamples) -> list[Scored]:
    """Return the mean over findings of every metric, level and arm; findings without a value are left out."""
    groups: dict[tuple[str, str, Arm], list[Scored]] = {}
    for row in rows:
        if row.result.value is not None:
            groups.setdefault((row.result.metric, row.result.level, row.result.arm), []).append(row)
    macro = []
    for (metric, level, arm), members in groups.items():
        sample = Sample(MACRO, level, max(member.result.n for member in members), len(resamples.patient_ids))
        estimates = [member.estimate for member in members if member.estimate is not None]
        if arm is Arm.CHANCE:
            macro.append(sample.exact(0.5, metric=metric, arm=arm))
        elif estimates:
            macro.append(sample.scored(resamples.mean(estimates), metric=metric, arm=arm))
    return macro
