"""One command's worth of evaluation: from a model and a dataset to results, answers, tables and plots."""

import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import numpy as np
import scipy
import sklearn
import torch

from echovlm.dataset import ClipRow, EchoGround, Split
from echovlm.evaluation.answers import Answers
from echovlm.evaluation.cache import AnswerCache
from echovlm.evaluation.contenders import Contender, choose_contender
from echovlm.evaluation.errors import EvaluationError
from echovlm.evaluation.evidence import Evidence, Models, gather
from echovlm.evaluation.gallery import ClipPictures, Gallery
from echovlm.evaluation.plots import draw_plots
from echovlm.evaluation.predictions import write_predictions
from echovlm.evaluation.quality import study_quality
from echovlm.evaluation.results import Result, ResultsFile, Scored
from echovlm.evaluation.sanity import SanityCheck, check_pictures, refuse_overlap, shuffle_labels
from echovlm.evaluation.statistics.bootstrap import PatientResamples
from echovlm.evaluation.subgroups import score_subgroups
from echovlm.evaluation.table import write_tables
from echovlm.evaluation.task import Task, TaskScore
from echovlm.evaluation.tasks import SUPPLEMENTARY, TASKS
from echovlm.evaluation.zero_shot import ZeroShotTask, macro_rows
from echovlm.source_hash import hash_packages

N_RESAMPLES: Final = 2000
Progress = Callable[[int, int], None]


def evaluate(
    model: Contender | Path,
    dataset: Path,
    out: Path,
    *,
    dense: Contender | Path | None = None,
    ceiling: Contender | Path | None = None,
    tasks: str = "*",
    split: str = "test",
    seed: int = 0,
    n_resamples: int = N_RESAMPLES,
    cache: Path | None = None,
    on_progress: Progress = lambda _done, _total: None,
) -> ResultsFile:
    """Put a model to the test; write results, answers, tables and plots into ``out``.

    Args:
        model: The model under test, or one of our checkpoints.
        dataset: An EchoGround dataset.
        out: Folder of the results.
        dense: Gives masks and landmarks when the model itself has none; without either, such tasks have no
            value and say so.
        ceiling: A classifier trained on the labels, as a ceiling.
        tasks: Glob over task names.
        split: ``train``, ``val`` or ``test``.
        seed: Seed of the bootstrap.
        n_resamples: Resamples of patients.
        cache: Folder in which the model's answers are kept for the next run; ``None`` keeps none.
        on_progress: Told (done, total) as clips are answered and tasks scored.

    Raises:
        EvaluationError: If no task matches, the split is empty or unknown, or one of the models was trained on
                it.
        CheckpointError: If a checkpoint cannot be read.
        DatasetError: If the dataset cannot be read.
    """
    chosen = choose_tasks(tasks)
    data, rows, part = _open_split(dataset, split)
    models = _models(model, dense, ceiling)
    overlap = [
        refuse_overlap(one, rows, split=part)
        for one in (models.model, models.outliner, models.ceiling)
        if one is not None
    ]
    out.mkdir(parents=True, exist_ok=True)  # an impossible place is refused before the work, not after
    resamples = PatientResamples.draw([r.patient_id for r in rows], n_resamples=n_resamples, seed=seed)
    kept = AnswerCache(cache)
    step = _Steps(on_progress, n_tasks=len(chosen))
    evidence = gather(
        data, rows, part, tasks=chosen, models=models, resamples=resamples, cache=kept, on_progress=step.clips
    )
    scores = {task.name: step.scored(task.score(evidence)) for task in chosen}
    answers = [one for score in scores.values() for one in score.answers]
    quality = study_quality(data, rows, cache=kept) if answers else {}
    groups = score_subgroups(answers, {task.name: task.headline for task in chosen}, rows, quality, resamples)
    asked = {"seed": seed, "n_resamples": n_resamples, "split": split, "tasks": tasks}
    counts = {"clips": len(rows), "patients": len(resamples.patient_ids)}
    sanity = _sanity(data, evidence, chosen, answers, kept, seed=seed)
    facts = (
        _facts(models, dataset) | asked | counts | {"overlap": list(dict.fromkeys(overlap)), "sanity": sanity}
    )
    results = ResultsFile(data.info.simulated, facts, _in_order(scores, groups, resamples))
    results.write(out)
    write_predictions(answers, out)
    write_tables(results, out)
    gallery = [Gallery(name, score.traced, score.answers) for name, score in scores.items() if score.traced]
    pictures = ClipPictures(data, {row.clip_id: row for row in rows})
    draw_plots(results, answers, gallery, pictures, out / "plots")
    step.finish()
    return results


def choose_tasks(pattern: str) -> tuple[Task, ...]:
    """Return the tasks whose name matches a glob, the supplementary ones last.

    Raises:
        EvaluationError: If there is none.
    """
    chosen = tuple(task for task in (*TASKS, *SUPPLEMENTARY) if fnmatch(task.name, pattern))
    if not chosen:
        raise EvaluationError(f"no task matches {pattern!r}; `echovlm tasks` lists them")
    return chosen


@dataclass(slots=True)
class _Steps:
    """Counts clips and tasks as one progress; a task counts as many clips as make the last part visible."""

    tell: Progress
    n_tasks: int
    n_clips: int = 0
    done: int = 0

    def clips(self, done: int, total: int) -> None:
        self.n_clips, self.done = total, done
        self.tell(done, total + self.n_tasks + 1)

    def scored(self, score: TaskScore) -> TaskScore:
        self.done += 1
        self.tell(self.done, self.n_clips + self.n_tasks + 1)
        return score

    def finish(self) -> None:
        total = self.n_clips + self.n_tasks + 1
        self.tell(total, total)


def _models(
    model: Contender | Path, dense: Contender | Path | None, ceiling: Contender | Path | None
) -> Models:
    tested, outliner, top = (
        choose_contender(one) if isinstance(one, Path) else one for one in (model, dense, ceiling)
    )
    assert tested is not None, "a model is always named"
    if outliner is not None and not outliner.can("outline"):
        raise EvaluationError(
            f"{outliner.name} traces no outlines; name a checkpoint of `echovlm finetune` for segmentation, or leave "
            "out --dense"
        )
    return Models(tested, tested if tested.can("outline") else outliner, top)


def _open_split(dataset: Path, split: str) -> tuple[EchoGround, list[ClipRow], Split]:
    if split not in set(Split):
        raise EvaluationError(f"unknown split {split!r}; known: {', '.join(Split)}")
    data = EchoGround.open(dataset)
    rows = data.rows(split)
    if not rows:
        raise EvaluationError(
            f"the split {split} of {dataset} has no clip; choose another or curate more patients"
        )
    return data, rows, Split(split)


def _sanity(
    data: EchoGround,
    evidence: Evidence,
    tasks: Sequence[Task],
    answers: Sequence[Answers],
    cache: AnswerCache,
    *,
    seed: int,
) -> list[dict[str, Any]]:
    diseases = [task for task in tasks if isinstance(task, ZeroShotTask)]
    checks: list[SanityCheck] = []
    if diseases:
        checks.append(shuffle_labels(answers, seed=seed))
        checks += check_pictures(data, evidence, diseases, cache=cache, on_progress=lambda _done, _all: None)
    return [check.to_json() for check in checks]


def _in_order(
    scores: Mapping[str, TaskScore], groups: Sequence[Scored], resamples: PatientResamples
) -> tuple[Result, ...]:
    """Return all results in the order of the tasks; the mean over findings follows the last finding."""
    core = {task.name for task in TASKS}
    disease = {name: score for name, score in scores.items() if name.startswith("zero-shot/")}
    macro = macro_rows([row for name, s in disease.items() if name in core for row in s.rows], resamples)
    others = {name: score for name, score in scores.items() if name not in disease}
    first, rest = ([row for score in some.values() for row in score.rows] for some in (disease, others))
    return tuple(row.result for row in (*first, *macro, *rest, *groups))


def _facts(models: Models, dataset: Path) -> dict[str, Any]:
    """Return what was run: versions, code, models and data."""
    roles = {"model": models.model, "outlines": models.outliner, "ceiling": models.ceiling}
    data = EchoGround.open(dataset)
    return {
        "versions": {
            "echovlm": version("echovlm"),
            "python": platform.python_version(),
            "torch": torch.__version__,
            "numpy": np.__version__,
            "scipy": scipy.__version__,
            "scikit-learn": sklearn.__version__,
        },
        "models": {
            role: None if one is None else {"name": one.name, "fingerprint": one.fingerprint()}
            for role, one in roles.items()
        },
        "manifest_sha256": data.hash_manifest(),
        "dataset": data.info.origin.source,
        "code_sha256": hash_packages("clinical", "dataset", "evaluation", "measure", "models", "training"),
    }
