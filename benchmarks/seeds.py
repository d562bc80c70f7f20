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
    """One row: what it is called, which answers it needs and which metric of theirs; of several, their mean."""

    said: str
    needs: Callable[[Answers], bool]
    metric: str


def _one(said: str, task: str, level: str, metric: str, variant: str = "") -> Figure:
    return Figure(said, lambda one: (one.task, one.level, one.variant) == (task, level, variant), metric)


def _diseases(said: str, level: str, variant: str = "") -> Figure:
    return Figure(
        said, lambda one: one.task in _DISEASES and (one.level, one.variant) == (level, variant), "auroc"
    )


FIGURES: Final = (
    _diseases("findings by image, macro AUROC", "image"),
    _diseases("findings by study, macro AUROC", "study"),
    _diseases("the same, unseen prompts", "study", "unseen-prompts"),
    _one("views, balanced accuracy", "view/zero-shot", "image", "balanced-accuracy"),
    _one("negated findings by clip", "negation/findings", "sentence", "balanced-accuracy"),
    _one("negated findings by study", "negation/findings", "study", "balanced-accuracy"),
    _one("the same, unseen prompts", "negation/findings", "study", "balanced-accuracy", "unseen-prompts"),
    _one("numbers across a limit by clip", "negation/measurements", "sentence", "balanced-accuracy"),
    _one("numbers across a limit by study", "negation/measurements", "study", "balanced-accuracy"),
    _one("clip to caption, recall@5", "retrieval/image-to-caption", "image", "recall@5"),
)


@dataclass(frozen=True)
class Seed:
    """The answers of one run, and the hash of what it was tested on."""

    answers: Sequence[Answers]
    tested_on: tuple[str, str]

    @classmethod
    def read(cls, folder: Path) -> "Seed":
        run = ResultsFile.read(folder / RESULTS_NAME).run
        return cls(read_predictions(folder), (run["manifest_sha256"], run["split"]))

    def estimate(self, figure: Figure, resamples: PatientResamples) -> Estimate | None:
        """Return a figure of this run, ``None`` where it has no such answers."""
        metric = metric_by_name(figure.metric)
        found = [metric.estimate(one, resamples) for one in self.answers if figure.needs(one)]
        return resamples.mean(found) if found else None


def estimate_all(
    seeds: Sequence[Seed], resamples: PatientResamples
) -> Mapping[Figure, tuple[Sequence[float], np.ndarray]]:
    """Return each figure that every seed has: a value per seed, and one per seed and resample."""
    rows = {}
    for figure in FIGURES:
        found = [seed.estimate(figure, resamples) for seed in seeds]
        told = [one for one in found if one is not None]
        if len(told) == len(seeds):
            rows[figure] = ([one.value for one in told], np.stack([one.replicates for one in told]))
    return rows


def main() -> None:
    """Print a row per figure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("results", type=Path, nargs="+")
    parser.add_argument("--against", type=Path, nargs="+", default=[])
    parser.add_argument("--resamples", type=int, default=1000)
    parser.add_argument("--out", type=Path, help="write the figures into this JSON file too")
    asked = parser.parse_args()
    if asked.against and len(asked.against) != len(asked.results):
        parser.error(f"{len(asked.results)} seeds against {len(asked.against)}; name as many of both")
    try:
        ours, theirs = ([Seed.read(folder) for folder in some] for some in (asked.results, asked.against))
    except EvaluationError as error:
        parser.error(str(error))
    if len({seed.tested_on for seed in (*ours, *theirs)}) > 1:
        parser.error("the results are not of one test set")
    patients = sorted({patient for one in ours[0].answers for patient in one.patient_ids})
    resamples = PatientResamples.draw(patients, n_resamples=asked.resamples, seed=0)
    first, second = estimate_all(ours, resamples), estimate_all(theirs, resamples) if theirs else {}
    table: list[dict[str, object]] = []
    for figure, (values, replicates) in first.items():
        mean = seed_and_patient_interval(np.array(values), replicates, n_patients=len(patients))
        line = f"{figure.said:<34}{_told(mean)}  seeds " + " ".join(f"{one:.3f}" for one in values)
        table.append({"figure": figure.said, "mean": asdict(mean)})
        if figure in second:
            other, others = second[figure]
            gained = np.array(values) - np.array(other)
            gain = seed_and_patient_interval(gained, replicates - others, n_patients=len(patients))
            line += f"  against {np.mean(other):.3f}: {_told(gain, signed=True)}"
            table[-1] |= {"against": [*other], "difference": asdict(gain)}
        print(line)
    if asked.out is not None:
        told = {"manifest_sha256": ours[0].tested_on[0], "patients": len(patients), "figures": table}
        asked.out.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


def _told(one: Interval, *, signed: bool = False) -> str:
    plus = "+" if signed else ""
    ends = "" if one.low is None else f" ({one.low:{plus}.3f} to {one.high:{plus}.3f})"
    return f"{one.value:{plus}.3f}{ends}"


if __name__ == "__main__":
    main()
