"""Running an ablation: every arm with every seed, one after the other, each trained and scored once."""

import hashlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
import torch

from echovlm.dataset import ClipRow, EchoGround, Split
from echovlm.dataset.manifest import MANIFEST_NAME
from echovlm.evaluation.ablation.compare import Interval, mean_over_seeds, paired_difference
from echovlm.evaluation.ablation.result import AblationResult, ArmResult, Tested
from echovlm.evaluation.ablation.scores import (
    METRICS,
    RunScores,
    read_scores,
    score_dual_encoder,
    score_supervised,
)
from echovlm.evaluation.ablation.study import AblationArm, AblationStudy, Captions
from echovlm.evaluation.errors import EvaluationError
from echovlm.evaluation.statistics.bootstrap import PatientResamples
from echovlm.source_hash import hash_packages
from echovlm.training import FindingsRecipe, finetune, pretrain

OWN_TEST: Final = "test"
_TRAINING_CODE: Final = ("clinical", "dataset", "models", "objectives", "training")
_EVALUATION: Final = Path(__file__).parents[1]
OnRun = Callable[[str, int, str], None]


@dataclass(frozen=True, slots=True)
class AblationData:
    """The datasets of an ablation.

    Attributes:
        grounded: The dataset; its training split trains, its test split tests.
        raw: The same clips with reports as they were written; ``None`` leaves the arms out that need it.
        others: Further patients to test on, by name; all their clips are used.
    """

    grounded: Path
    raw: Path | None
    others: Mapping[str, Path]


@dataclass(frozen=True, slots=True, eq=False)
class _TestSet:
    name: str
    dataset: EchoGround
    rows: Sequence[ClipRow]
    resamples: PatientResamples
    sha256: str


def ablate(
    data: AblationData,
    out: Path,
    study: AblationStudy,
    *,
    arms: str = "*",
    seeds: Sequence[int] | None = None,
    n_resamples: int = 1000,
    on_run: OnRun = lambda _arm, _seed, _what: None,
    on_step: Callable[[int, int], None] = lambda _done, _all: None,
) -> AblationResult:
    """Train and score every arm with every seed; run again, it goes on with what is still to do.

    Seeds are the outer loop: when it is stopped, all arms have about the same number of them.

    Args:
        data: What to train and test on.
        out: Folder of one folder per arm and seed, and of ``ablation.json``.
        study: The arms.
        arms: Globs over names of arms, with commas: what to run now. What other arms left in ``out`` is told too.
        seeds: Which of the study's seeds to run now; all when ``None``.
        n_resamples: Resamples of patients.
        on_run: Told arm, seed and what is begun: ``train``, ``score``, or ``done``.
        on_step: Told the steps done and the steps in all of the run in progress.

    Raises:
        EvaluationError: If no arm matches, or the datasets do not belong together.
        TrainingError: If a run cannot go on.
    """
    chosen = [arm for arm in study.arms if any(fnmatch(arm.name, one) for one in arms.split(","))]
    wanted = tuple(study.seeds if seeds is None else seeds)
    _check_asked(study, chosen, arms=arms, seeds=wanted)
    tests = _open_tests(data, n_resamples=n_resamples)
    if data.raw is not None:
        _check_raw(data)
    runs = _Runs(data, out, study, tests)
    for seed in wanted:
        for arm in chosen:
            if arm.captions is Captions.RAW and data.raw is None:
                continue
            if runs.scores(arm, seed) is None:
                runs.train_and_score(arm, seed, on_run=on_run, on_step=on_step)
            on_run(arm.name, seed, "done")
    result = _summarise(runs)
    result.write(out)
    return result


def _check_asked(
    study: AblationStudy, chosen: Sequence[AblationArm], *, arms: str, seeds: Sequence[int]
) -> None:
    if not chosen:
        raise EvaluationError(
            f"no arm of study {study.name} matches {arms!r}; its arms: {', '.join(a.name for a in study.arms)}"
        )
    strange = [seed for seed in seeds if seed not in study.seeds]
    if strange or not seeds:
        raise EvaluationError(
            f"study {study.name} has no seed {strange[0] if strange else '(none asked)'}; "
            f"its seeds: {', '.join(map(str, study.seeds))}"
        )


def _check_raw(data: AblationData) -> None:
    """Refuse raw captions of other clips: arms must differ in their texts alone."""
    assert data.raw is not None
    own, raw = (
        {(row.clip_id, row.split, row.source_sha256) for row in EchoGround.open(path).rows()}
        for path in (data.grounded, data.raw)
    )
    if own != raw:
        raise EvaluationError(
            f"{data.raw} does not hold the clips of {data.grounded} ({len(own ^ raw)} stand in one of them only); "
            "write its raw captions from the same dataset"
        )


def _open_tests(data: AblationData, *, n_resamples: int) -> tuple[_TestSet, ...]:
    ground = EchoGround.open(data.grounded)
    places = {OWN_TEST: data.grounded} | dict(data.others)
    sets = {OWN_TEST: (ground, ground.rows(Split.TEST))}
    trained = {row.source_sha256 for row in ground.rows(Split.TRAIN)}
    for name, path in data.others.items():
        other = EchoGround.open(path)
        rows = other.rows()
        if any(row.source_sha256 in trained for row in rows):
            raise EvaluationError(
                f"{path} holds clips that {data.grounded} trains on; test on other patients"
            )
        if name in sets:
            raise EvaluationError(f"there are two sets of test patients called {name!r}; name one otherwise")
        sets[name] = (other, rows)
    for name, (dataset, rows) in sets.items():
        if not rows:
            raise EvaluationError(f"the set {name} of {dataset.root} has no clip; curate more patients")
    return tuple(
        _TestSet(
            name,
            dataset,
            rows,
            PatientResamples.draw([row.patient_id for row in rows], n_resamples=n_resamples, seed=0),
            _sha256(places[name] / MANIFEST_NAME),
        )
        for name, (dataset, rows) in sets.items()
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Runs:
    """Every run of a study, done or still to do."""

    data: AblationData
    out: Path
    study: AblationStudy
    tests: tuple[_TestSet, ...]

    def folder(self, arm: AblationArm, seed: int) -> Path:
        """Return where a run keeps its files."""
        return self.out / arm.name / f"seed-{seed}"

    def scores(self, arm: AblationArm, seed: int) -> dict[str, RunScores] | None:
        """Return a finished run's scores by test set, ``None`` while one is missing."""
        found = {}
        for test in self.tests:
            mark = self._fingerprint(arm, seed, test)
            scores = read_scores(self.folder(arm, seed) / f"{test.name}.safetensors", fingerprint=mark)
            if scores is None:
                return None
            found[test.name] = scores
        return found

    def train_and_score(
        self,
        arm: AblationArm,
        seed: int,
        *,
        on_run: OnRun,
        on_step: Callable[[int, int], None],
    ) -> None:
        """Train one run to its end, and score it on every test set."""
        folder, recipe = self.folder(arm, seed), arm.seeded(seed)
        dataset = self.data.grounded if arm.captions is Captions.GROUNDED else self.data.raw
        assert dataset is not None, "arms with raw captions are left out without them"
        on_run(arm.name, seed, "train")
        started = time.perf_counter()
        if isinstance(recipe, FindingsRecipe):
            beside = self._any_dual_encoder(seed)
            checkpoint = finetune(dataset, folder, recipe, checkpoint=None, on_step=on_step)
            made = [score_supervised(checkpoint, beside, t.dataset, t.rows, t.resamples) for t in self.tests]
        else:
            checkpoint = pretrain(dataset, folder, recipe, on_step=on_step)
            on_run(arm.name, seed, f"score, trained in {time.perf_counter() - started:.0f} s")
            made = [score_dual_encoder(checkpoint, t.dataset, t.rows, t.resamples) for t in self.tests]
        for test, scores in zip(self.tests, made, strict=True):
            mark = self._fingerprint(arm, seed, test)
            scores.write(folder / f"{test.name}.safetensors", fingerprint=mark)

    def _any_dual_encoder(self, seed: int) -> Path:
        """Return a dual encoder of the same seed, beside which a classifier can be scored."""
        for arm in self.study.arms:
            path = self.folder(arm, seed) / "echovlm.safetensors"
            if not isinstance(arm.recipe, FindingsRecipe) and path.is_file():
                return path
        raise EvaluationError(
            f"no dual encoder of seed {seed} has been trained yet, beside which a supervised arm is scored; "
            "run another arm first"
        )

    def _fingerprint(self, arm: AblationArm, seed: int, test: _TestSet) -> str:
        """Return a hash of all that a run's scores depend on."""
        dataset = self.data.grounded if arm.captions is Captions.GROUNDED else self.data.raw
        facts = {
            "recipe": asdict(arm.seeded(seed)),
            "trained_on": None if dataset is None else _sha256(dataset / MANIFEST_NAME),
            "tested_on": test.sha256,
            "n_resamples": len(test.resamples.counts),
            "code": _code_sha256(),
        }
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _summarise(runs: _Runs) -> AblationResult:
    """Return the figures of all runs that are done, also of those that were not asked for now."""
    done = {
        (arm.name, seed): scores
        for arm in runs.study.arms
        for seed in runs.study.seeds
        if (scores := runs.scores(arm, seed)) is not None
    }
    ground = EchoGround.open(runs.data.grounded)
    train = ground.rows(Split.TRAIN)
    facts = {
        "versions": {"torch": torch.__version__, "numpy": np.__version__},
        "code_sha256": _code_sha256(),
        "manifest_sha256": {test.name: test.sha256 for test in runs.tests},
        "n_resamples": len(runs.tests[0].resamples.counts),
        "seeds": list(runs.study.seeds),
        "trained_on": {"clips": len(train), "patients": len({row.patient_id for row in train})},
    }
    tested = tuple(_tested(runs.study, test, done) for test in runs.tests)
    return AblationResult(runs.study.name, runs.study.primary, ground.info.simulated, facts, tested)


def _tested(
    study: AblationStudy, test: _TestSet, done: Mapping[tuple[str, int], Mapping[str, RunScores]]
) -> Tested:
    n_patients = len(test.resamples.patient_ids)

    def runs(name: str, seeds: Sequence[int]) -> list[RunScores]:
        return [done[name, seed][test.name] for seed in seeds]

    def seeds_of(*names: str) -> tuple[int, ...]:
        return tuple(seed for seed in study.seeds if all((name, seed) in done for name in names))

    def differ(first: str, second: str) -> dict[str, Interval]:
        seeds = seeds_of(first, second)
        pairs = (
            (m.key, paired_difference(runs(first, seeds), runs(second, seeds), m.key, n_patients=n_patients))
            for m in METRICS
        )
        return {key: interval for key, interval in pairs if interval is not None}

    arms = []
    for arm in study.arms:
        seeds = seeds_of(arm.name)
        if not seeds:
            continue
        means = {m.key: mean_over_seeds(runs(arm.name, seeds), m.key, n_patients=n_patients) for m in METRICS}
        arms.append(
            ArmResult(
                arm.name, arm.group, arm.says, arm.against, arm.captions.value, seeds,
                arm.recipe.optimisation.steps,
                mean={key: interval for key, interval in means.items() if interval is not None},
                difference={} if arm.against is None else differ(arm.name, arm.against),
            )
        )  # fmt: skip
    return Tested(
        test.name,
        len(test.rows),
        n_patients,
        _controls(study, test, done),
        tuple(arms),
        differ(*study.primary),
    )


def _controls(
    study: AblationStudy, test: _TestSet, done: Mapping[tuple[str, int], Mapping[str, RunScores]]
) -> dict[str, dict[str, float]]:
    """Return chance, the text alone and their kin, as they stand beside the first dual encoder of the study."""
    for arm in study.arms:
        if isinstance(arm.recipe, FindingsRecipe):
            continue
        for seed in study.seeds:
            if (arm.name, seed) in done:
                return {key: dict(value) for key, value in done[arm.name, seed][test.name].controls.items()}
    return {}


@cache
def _code_sha256() -> dict[str, str]:
    """Return the hashes of the code that trains and scores; what only compares, draws and tells may change freely."""
    modules = [
        *_EVALUATION.glob("*.py"),
        *(_EVALUATION / "tasks").glob("*.py"),
        *(_EVALUATION / "statistics").glob("*.py"),
        _EVALUATION / "ablation" / "scores.py",
    ]
    scoring = hashlib.sha256()
    for module in sorted(modules):
        scoring.update(module.name.encode() + b"\0" + module.read_bytes())
    return hash_packages(*_TRAINING_CODE, "evaluation/contenders") | {"evaluation": scoring.hexdigest()}


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
