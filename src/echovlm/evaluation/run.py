"""One command's worth of evaluation: from checkpoints and a dataset to results, table and plots."""

import hashlib
import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from importlib.metadata import version
from pathlib import Path
from typing import Final

import numpy as np
import scipy
import sklearn
import torch

from echovlm.clinical.views import View
from echovlm.dataset import ClipRow, EchoGround, Split
from echovlm.dataset.manifest import MANIFEST_NAME
from echovlm.evaluation.blind import BlindAnswer, average_training_patient
from echovlm.evaluation.bootstrap import PatientResamples
from echovlm.evaluation.clips import EncodedClips, encode_clips
from echovlm.evaluation.diameters import DiameterScore, score_diameters
from echovlm.evaluation.negation import score_negation
from echovlm.evaluation.outlines import OutlineScore, score_outlines
from echovlm.evaluation.plots import draw_plots
from echovlm.evaluation.results import Result, ResultsFile, Sample, Scored
from echovlm.evaluation.retrieval import score_retrieval
from echovlm.evaluation.sentences import SentenceBank, sentences_for
from echovlm.evaluation.table import write_tables
from echovlm.evaluation.task import (
    EvaluationError,
    LandmarkTask,
    NegationTask,
    RetrievalTask,
    SegmentationTask,
    Task,
    ViewTask,
    ZeroShotTask,
)
from echovlm.evaluation.tasks import TASKS
from echovlm.evaluation.traces import TracedFrame, trace_frames
from echovlm.evaluation.view_choice import ViewScore, score_views
from echovlm.evaluation.zero_shot import macro_rows, score_zero_shot
from echovlm.models import DenseModel, LoadedModel, load_dense, load_echovlm, load_findings
from echovlm.source_hash import hash_packages

N_RESAMPLES: Final = 2000
_NO_DENSE: Final = "no dense checkpoint was given; pass one with --dense"
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What the models said of a split, computed once and shared by all tasks.

    Attributes:
        bank: Every sentence that the chosen tasks use.
        clips: Every clip's embedding. Both are ``None`` when no chosen task needs them.
        traced: Every frame with a truth; empty without a dense model or need.
        blind: The average training patient; ``None`` without a dense model or need.
        resamples: The drawn patients.
    """

    bank: SentenceBank | None
    clips: EncodedClips | None
    traced: tuple[TracedFrame, ...]
    blind: BlindAnswer | None
    resamples: PatientResamples


@dataclass(frozen=True, slots=True)
class TaskScore:
    """What one task yielded: its figures, and what can be drawn of them."""

    rows: tuple[Scored, ...]
    drawable: ViewScore | OutlineScore | DiameterScore | None = None


def evaluate(
    checkpoint: Path,
    dataset: Path,
    out: Path,
    *,
    dense: Path | None = None,
    ceiling: Path | None = None,
    tasks: str = "*",
    split: str = "test",
    seed: int = 0,
    n_resamples: int = N_RESAMPLES,
    on_progress: Progress = lambda _done, _total: None,
) -> ResultsFile:
    """Score a checkpoint and write ``results.json``, ``results.md`` and ``plots/`` into ``out``.

    Args:
        checkpoint: The dual encoder.
        dataset: An EchoGround dataset.
        out: Folder of the results.
        dense: The dense model; without it, segmentation and landmarks have no value and say so.
        ceiling: A classifier trained on the labels, as a ceiling.
        tasks: Glob over task names.
        split: ``train``, ``val`` or ``test``.
        seed: Seed of the bootstrap.
        n_resamples: Resamples of patients.
        on_progress: Told (done, total) as clips are encoded and tasks scored.

    Raises:
        EvaluationError: If no task matches, or the split is empty or unknown.
        CheckpointError: If a checkpoint cannot be read.
        DatasetError: If the dataset cannot be read.
    """
    chosen = [task for task in TASKS if fnmatch(task.name, tasks)]
    if not chosen:
        raise EvaluationError(f"no task matches {tasks!r}; `echovlm tasks` lists them")
    data, rows = _open_split(dataset, split)
    out.mkdir(parents=True, exist_ok=True)  # an impossible place is refused before the work, not after
    paths = _Checkpoints(checkpoint, dense, ceiling)
    resamples = PatientResamples.draw([r.patient_id for r in rows], n_resamples=n_resamples, seed=seed)
    evidence, done, total = _gather(data, rows, chosen, paths, resamples, on_progress)
    scores: dict[Task, TaskScore] = {}
    for place, task in enumerate(chosen, start=1):
        scores[task] = _score(task, evidence)
        on_progress(done + place, total)
    asked = {"seed": seed, "n_resamples": n_resamples, "split": split, "tasks": tasks}
    counts = {"clips": len(rows), "patients": len(resamples.patient_ids)}
    code = hash_packages("clinical", "dataset", "evaluation", "measure", "models", "training")
    run = {"versions": _versions(), "sha256": _hashes(paths, dataset), "code_sha256": code} | asked | counts
    results = ResultsFile(data.info.simulated, run, _in_order(scores, resamples))
    drawable = [score.drawable for score in scores.values() if score.drawable is not None]
    results.write(out)
    write_tables(results, out)
    draw_plots(results, drawable, out / "plots")
    return results


@dataclass(frozen=True, slots=True)
class _Checkpoints:
    model: Path
    dense: Path | None
    ceiling: Path | None


def _open_split(dataset: Path, split: str) -> tuple[EchoGround, list[ClipRow]]:
    if split not in set(Split):
        raise EvaluationError(f"unknown split {split!r}; known: {', '.join(Split)}")
    data = EchoGround.open(dataset)
    rows = data.rows(split)
    if not rows:
        raise EvaluationError(
            f"the split {split} of {dataset} has no clip; choose another or curate more patients"
        )
    return data, rows


def _gather(
    data: EchoGround,
    rows: list[ClipRow],
    chosen: Sequence[Task],
    paths: _Checkpoints,
    resamples: PatientResamples,
    on_progress: Progress,
) -> tuple[Evidence, int, int]:
    """Run the models as far as the chosen tasks need; return also the steps done and the steps in all."""
    model = load_echovlm(paths.model)
    dense = None if paths.dense is None else load_dense(paths.dense)
    ceiling = None if paths.ceiling is None else load_findings(paths.ceiling)
    outlined = [task for task in chosen if isinstance(task, SegmentationTask)]
    measured = [task for task in chosen if isinstance(task, LandmarkTask)]
    needs_clips, needs_traces = len(outlined) + len(measured) < len(chosen), bool(outlined or measured)
    done, total = 0, len(rows) * (needs_clips + (needs_traces and dense is not None)) + len(chosen)
    clips: EncodedClips | None = None
    bank: SentenceBank | None = None
    traced: tuple[TracedFrame, ...] = ()
    blind: BlindAnswer | None = None
    if needs_clips:
        clips = encode_clips(
            data, rows, model=model, ceiling=ceiling, on_clip=lambda n: on_progress(n, total)
        )
        bank = SentenceBank.encode(model.model, sentences_for(chosen, rows))
        done += len(rows)
    if needs_traces and dense is not None:
        before = done
        traced = trace_frames(data, rows, dense=dense, on_clip=lambda n: on_progress(before + n, total))
        blind = _blind(data, dense, outlined, measured)
        done += len(rows)
    return Evidence(bank, clips, traced, blind, resamples), done, total


def _blind(
    data: EchoGround,
    dense: LoadedModel[DenseModel],
    outlined: Sequence[SegmentationTask],
    measured: Sequence[LandmarkTask],
) -> BlindAnswer:
    return average_training_patient(
        data,
        preprocessing=dense.preprocessing,
        structures=sorted({task.structure for task in outlined}),
        pairs=[(task.first, task.second) for task in measured],
        views=frozenset[View]().union(*(t.views for t in outlined), *(t.views for t in measured)),
    )


def _score(task: Task, evidence: Evidence) -> TaskScore:
    clips, bank, resamples = evidence.clips, evidence.bank, evidence.resamples
    match task:
        case ZeroShotTask() if clips is not None and bank is not None:
            return TaskScore(score_zero_shot(task, clips, bank, resamples))
        case RetrievalTask() if clips is not None and bank is not None:
            return TaskScore(score_retrieval(task, clips, bank, resamples))
        case NegationTask() if clips is not None and bank is not None:
            return TaskScore(score_negation(task, clips, bank, resamples))
        case ViewTask() if clips is not None and bank is not None:
            views = score_views(task, clips, bank, resamples)
            return TaskScore(views.rows, views)
        case SegmentationTask():
            if evidence.blind is None:
                return TaskScore((Sample(task.name, "frame", 0, 0).missing(_NO_DENSE, metric="dice"),))
            outlines = score_outlines(task, evidence.traced, evidence.blind, resamples)
            return TaskScore(outlines.rows, outlines)
        case LandmarkTask():
            if evidence.blind is None:
                sample = Sample(task.name, "image", 0, 0)
                return TaskScore((sample.missing(_NO_DENSE, metric="error", unit="cm"),))
            diameters = score_diameters(task, evidence.traced, evidence.blind, resamples)
            return TaskScore(diameters.rows, diameters)
    raise AssertionError(f"clips were not encoded for {task.name}")


def _in_order(scores: Mapping[Task, TaskScore], resamples: PatientResamples) -> tuple[Result, ...]:
    """Return all results in the order of the tasks; the mean over findings follows the last finding."""
    disease = [row for task, score in scores.items() if isinstance(task, ZeroShotTask) for row in score.rows]
    others = [
        row for task, score in scores.items() if not isinstance(task, ZeroShotTask) for row in score.rows
    ]
    macro = macro_rows(disease, resamples) if disease else []
    return tuple(row.result for row in (*disease, *macro, *others))


def _versions() -> dict[str, str]:
    return {
        "echovlm": version("echovlm"),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "scikit-learn": sklearn.__version__,
    }


def _hashes(paths: _Checkpoints, dataset: Path) -> dict[str, str | None]:
    files = {"checkpoint": paths.model, "dense": paths.dense, "ceiling": paths.ceiling}
    return {
        name: None if path is None else hashlib.sha256(path.read_bytes()).hexdigest()
        for name, path in (files | {"manifest": dataset / MANIFEST_NAME}).items()
    }
