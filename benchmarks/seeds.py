"""Does one recipe beat another? Several seeds of each, evaluated on one test set by `echovlm evaluate`.

    python -m benchmarks.seeds A0 A1 A2                        # a recipe's mean over its seeds
    python -m benchmarks.seeds A0 A1 A2 --against B0 B1 B2     # and what it gains over another's

Each argument is a folder of results; the i-th of both recipes has the same seed. Intervals cover 95 % for new seeds and
new patients (``seed_and_patient_interval``); a difference is paired, seed by seed and patient by patient.
"""

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import numpy as np

from echovlm.evaluation.ablation.compare import Interval, seed_and_patient_interval
from echovlm.evaluation.answers import Answers, metric_by_name
from echovlm.evaluation.errors import EvaluationError
from echovlm.evaluation.predictions import read_predictions
from echovlm.evaluation.results import RESULTS_NAME, ResultsFile
from echovlm.evaluation.statistics.bootstrap import Estimate, PatientResamples
from echovlm.evaluation.tasks import TASKS

_DISEASE: Final = "zero-shot/"
_DISEASES: Final = frozenset(task.name for task in TASKS if task.name.startswith(_DISEASE))


@dataclass(frozen=True)
class Figure:
    """One row: its name, which answers it needs and which metric of theirs; of several tasks, their mean."""

    name: str
    needs: Callable[[Answers], bool]
    metric: str


def _one(name: str, task: str, level: str, metric: str, variant: str = "") -> Figure:
    return Figure(name, lambda one: (one.task, one.level, one.variant) == (task, level, variant), metric)


def _diseases(name: str, level: str, variant: str = "") -> Figure:
    return Figure(
        name, lambda one: one.task in _DISEASES and (one.level, one.variant) == (level, variant), "auroc"
    )


FIGURES: Final = (
    _diseases("findings by image, macro AUROC", "image"),
    _diseases("findings by study, macro AUROC", "study"),
    _diseases("findings by study, unseen prompts", "study", "unseen-prompts"),
    _one("views, balanced accuracy", "view/zero-shot", "image", "balanced-accuracy"),
    _one("negated findings by clip", "negation/findings", "sentence", "balanced-accuracy"),
    _one("negated findings by study", "negation/findings", "study", "balanced-accuracy"),
    _one(
        "negated, study, unseen prompts", "negation/findings", "study", "balanced-accuracy", "unseen-prompts"
    ),
    _one("numbers across a limit by clip", "negation/measurements", "sentence", "balanced-accuracy"),
    _one("numbers across a limit by study", "negation/measurements", "study", "balanced-accuracy"),
    _one("clip to caption, recall@5", "retrieval/image-to-caption", "image", "recall@5"),
)


@dataclass(frozen=True)
class Seed:
    """One run: its model by name and hash, its answers, and the hash and split of what it was tested on."""

    model: Mapping[str, str]
    answers: Sequence[Answers]
    tested_on: tuple[str, str]

    @classmethod
    def read(cls, folder: Path) -> "Seed":
        run = ResultsFile.read(folder / RESULTS_NAME).run
        try:
            return cls(
                run["models"]["model"], read_predictions(folder), (run["manifest_sha256"], run["split"])
            )
        except KeyError as error:
            raise EvaluationError(f"{folder} does not say {error}; evaluate the model again") from error

    def answers_for(self, figure: Figure) -> dict[str, Answers]:
        """Return the answers that a figure needs, by task."""
        return {one.task: one for one in self.answers if figure.needs(one)}

    def estimate(self, figure: Figure, resamples: PatientResamples) -> Estimate:
        """Return a figure of this run."""
        metric = metric_by_name(figure.metric)
        return resamples.mean([metric.estimate(one, resamples) for one in self.answers_for(figure).values()])


@dataclass(frozen=True)
class Row:
    """A figure over the seeds of a recipe, and what it gains over another's."""

    figure: str
    mean: Interval
    against: Sequence[float] = ()
    gain: Interval | None = None

    def __str__(self) -> str:
        """Return the row as it is printed."""
        line = f"{self.figure:<34}{_plain(self.mean)}  seeds " + " ".join(
            f"{one:.3f}" for one in self.mean.per_seed
        )
        if self.gain is None:
            return line
        return f"{line}  against {np.mean(self.against):.3f}: {_plain(self.gain, sign='+')}"


def compare_seeds(
    ours: Sequence[Seed], theirs: Sequence[Seed], *, n_resamples: int
) -> tuple[list[Row], list[str]]:
    """Return a row per figure that all runs can be compared in, and the names of the other figures."""
    patients = sorted({patient for one in ours[0].answers for patient in one.patient_ids})
    resamples = PatientResamples.draw(patients, n_resamples=n_resamples, seed=0)
    rows, left_out = [], []
    for figure in FIGURES:
        asked = [
            {task: frozenset(one.sample_ids) for task, one in seed.answers_for(figure).items()}
            for seed in (*ours, *theirs)
        ]
        if any(one != asked[0] for one in asked):
            left_out.append(figure.name)
            continue
        if not asked[0]:
            continue
        first, second = ([seed.estimate(figure, resamples) for seed in some] for some in (ours, theirs))
        mean = _interval(first, n_patients=len(patients))
        if theirs:
            gain = _interval(first, second, n_patients=len(patients))
            rows.append(Row(figure.name, mean, [one.value for one in second], gain))
        else:
            rows.append(Row(figure.name, mean))
    return rows, left_out


def _interval(first: Sequence[Estimate], second: Sequence[Estimate] = (), *, n_patients: int) -> Interval:
    values = np.array([one.value for one in first])
    replicates = np.stack([one.replicates for one in first])
    if second:
        values = values - np.array([one.value for one in second])
        replicates = replicates - np.stack([one.replicates for one in second])
    return seed_and_patient_interval(values, replicates, n_patients=n_patients)


def _plain(one: Interval, *, sign: str = "") -> str:
    ends = "" if one.low is None else f" ({one.low:{sign}.3f} to {one.high:{sign}.3f})"
    return f"{one.value:{sign}.3f}{ends}"


def main() -> None:
    """Print a row per figure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("results", type=Path, nargs="+")
    parser.add_argument("--against", type=Path, nargs="+", default=[])
    parser.add_argument("--resamples", type=int, default=1000)
    parser.add_argument("--out", type=Path, help="write the figures into this JSON file too")
    given = parser.parse_args()
    if given.against and len(given.against) != len(given.results):
        parser.error(f"{len(given.results)} seeds against {len(given.against)}; name as many of both")
    for folders in (given.results, given.against):
        if len({folder.resolve() for folder in folders}) < len(folders):
            parser.error("a folder is named twice; each seed has its own")
    if given.resamples < 1:
        parser.error(f"--resamples is {given.resamples}; at least 1 is needed")
    if given.out is not None and not given.out.parent.is_dir():
        parser.error(f"--out: {given.out.parent} is no folder; make it first")
    try:
        ours, theirs = ([Seed.read(folder) for folder in some] for some in (given.results, given.against))
    except EvaluationError as error:
        parser.error(str(error))
    if len({seed.tested_on for seed in (*ours, *theirs)}) > 1:
        parser.error("the results are not of one test set")
    rows, left_out = compare_seeds(ours, theirs, n_resamples=given.resamples)
    for row in rows:
        print(row)
    if left_out:
        print("left out, since not every run answered the same samples: " + ", ".join(left_out))
    if given.out is not None:
        document = {
            "models": [dict(seed.model) for seed in ours],
            "against": [dict(seed.model) for seed in theirs],
            "manifest_sha256": ours[0].tested_on[0],
            "split": ours[0].tested_on[1],
            "n_resamples": given.resamples,
            "figures": [asdict(row) for row in rows],
        }
        given.out.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
