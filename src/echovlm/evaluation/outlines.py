"""How segmentation is scored: Dice of one structure over end-diastolic and end-systolic frames."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from echovlm.clinical.anatomy import Structure
from echovlm.evaluation.blind import BlindAnswer
from echovlm.evaluation.bootstrap import PatientResamples
from echovlm.evaluation.metrics import dice, weighted_mean
from echovlm.evaluation.results import Arm, Sample, Scored
from echovlm.evaluation.task import SegmentationTask
from echovlm.evaluation.traces import TracedFrame
from echovlm.measure import structure_mask


@dataclass(frozen=True, slots=True, eq=False)
class OutlineScore:
    """The figures, with each frame's Dice behind them.

    Attributes:
        rows: The figures.
        structure: What was outlined.
        frames: The frames scored.
        dices: The Dice of each.
    """

    rows: tuple[Scored, ...]
    structure: Structure
    frames: tuple[TracedFrame, ...]
    dices: tuple[float, ...]


def score_outlines(
    task: SegmentationTask, traced: Sequence[TracedFrame], blind: BlindAnswer, resamples: PatientResamples
) -> OutlineScore:
    """Score the frames of the task's views whose true mask holds the structure."""
    frames = tuple(
        frame
        for frame in traced
        if frame.row.view in task.views
        and frame.true_mask is not None
        and structure_mask(frame.true_mask, task.structure).any()
    )
    if not frames:
        shown = ", ".join(sorted(view.abbreviation for view in task.views))
        reason = f"no frame of {shown} in this split has a true mask of the {task.structure.name}"
        return OutlineScore(
            (Sample(task.name, "frame", 0, 0).missing(reason, metric="dice"),), task.structure, (), ()
        )
    truths = [structure_mask(f.true_mask, task.structure) for f in frames if f.true_mask is not None]
    dices = {
        Arm.MODEL: [
            dice(structure_mask(frame.mask, task.structure), truth)
            for frame, truth in zip(frames, truths, strict=True)
        ]
    }
    guesses = [blind.mask_for(frame.row, task.structure) for frame in frames]
    if all(guess is not None for guess in guesses):
        dices[Arm.CHANCE] = [
            dice(guess, truth) for guess, truth in zip(guesses, truths, strict=True) if guess is not None
        ]
    patients = [frame.row.patient_id for frame in frames]
    sample = Sample(task.name, "frame", len(frames), len(set(patients)))
    rows = []
    for arm, values in dices.items():
        value = np.array(values)
        estimate = resamples.estimate(lambda weight, v=value: weighted_mean(v, weight), patients)  # type: ignore[misc]
        rows.append(sample.scored(estimate, metric="dice", arm=arm))
    return OutlineScore(tuple(rows), task.structure, frames, tuple(dices[Arm.MODEL]))
