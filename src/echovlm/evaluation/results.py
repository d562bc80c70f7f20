"""The results file: every figure with its interval, its control, and what was run."""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, Self

from echovlm.evaluation.errors import EvaluationError
from echovlm.evaluation.statistics.bootstrap import Estimate
from echovlm.files import write_whole

SCHEMA_VERSION: Final = 1
RESULTS_NAME: Final = "results.json"
_DIGITS: Final = 6  # floating sums differ in later digits between machines


class Arm(StrEnum):
    """What was scored: the model, or a control that says how to read the model's figure."""

    MODEL = "model"
    CHANCE = "chance"  # the best answer without looking at the image
    CEILING = "supervised-ceiling"  # the same image tower, or its embeddings, trained on the labels
    VIEW_ONLY = "view-only"  # the prompts scored with the view's mean embedding instead of the image
    TEXT_ONLY = "text-only"  # the sentences alone, without any image
    ORACLE = "content-oracle"  # a perfect reader of view and findings, blind to wording and numbers


@dataclass(frozen=True, slots=True)
class Result:
    """One figure.

    Attributes:
        task: Name of the task, such as ``zero-shot/lv-dilated``.
        metric: Name of the metric, such as ``auroc``.
        level: What one sample is: ``image`` (a clip), ``study``, ``frame`` or ``sentence``.
        arm: Model or control.
        value: The metric; ``None`` when it does not exist, ``reason`` then says why.
        low: Lower end of the 95 % interval over patients; ``None`` when exact by definition, or not known.
        high: Upper end.
        n: Samples.
        n_patients: Patients behind them.
        unit: ``frac`` (0 to 1), ``pct`` (0 to 100), ``cm``, ``mm`` or ``rank``.
        reason: Why there is no value, else ``None``.
        subgroup: Which samples alone, such as ``sex: F``; empty for all.
    """

    task: str
    metric: str
    level: str
    arm: Arm
    value: float | None
    low: float | None
    high: float | None
    n: int
    n_patients: int
    unit: str
    reason: str | None = None
    subgroup: str = ""


@dataclass(frozen=True, slots=True)
class Scored:
    """A result with the estimate behind it, of which a mean over tasks is made."""

    result: Result
    estimate: Estimate | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """What a task was scored on, from which its results are written.

    Attributes:
        task: Name of the task.
        level: What one sample is.
        n: Samples.
        n_patients: Patients behind them.
    """

    task: str
    level: str
    n: int
    n_patients: int

    def scored(
        self, estimate: Estimate, *, metric: str, arm: Arm, unit: str = "frac", subgroup: str = ""
    ) -> Scored:
        """Return an estimate as a result; an undefined one gets a reason."""
        value, low, high = (_number(x) for x in (estimate.value, estimate.low, estimate.high))
        reason = None if value is not None else f"{metric} is not defined on these {self.n} samples"
        result = self._result(metric, arm, unit, value=value, reason=reason, subgroup=subgroup)
        return Scored(replace(result, low=low, high=high), None if value is None else estimate)

    def exact(self, value: float, *, metric: str, arm: Arm, unit: str = "frac") -> Scored:
        """Return a figure that follows from the protocol, and has no interval."""
        return Scored(self._result(metric, arm, unit, value=_number(value)))

    def missing(self, reason: str, *, metric: str, arm: Arm = Arm.MODEL, unit: str = "frac") -> Scored:
        """Return a result without a value, and why."""
        return Scored(self._result(metric, arm, unit, value=None, reason=reason))

    def _result(
        self,
        metric: str,
        arm: Arm,
        unit: str,
        *,
        value: float | None,
        reason: str | None = None,
        subgroup: str = "",
    ) -> Result:
        return Result(
            self.task,
            metric,
            self.level,
            arm,
            value,
            None,
            None,
            self.n,
            self.n_patients,
            unit,
            reason,
            subgroup,
        )


def _number(value: float) -> float | None:
    return round(float(value), _DIGITS) if math.isfinite(value) else None


@dataclass(frozen=True, slots=True)
class ResultsFile:
    """The content of ``results.json``.

    Attributes:
        simulated: Whether the studies come from the simulator.
        run: What was run: versions, seed, split, hashes of the checkpoints and of the manifest.
        results: Every figure, in the order of the tasks.
    """

    simulated: bool
    run: Mapping[str, Any]
    results: tuple[Result, ...]

    def find(
        self, task: str, metric: str, *, level: str | None = None, arm: Arm = Arm.MODEL
    ) -> Result | None:
        """Return the first result of this name over all samples."""
        return next(
            (
                r
                for r in self.results
                if (r.task, r.metric, r.arm, r.subgroup) == (task, metric, arm, "")
                and level in (None, r.level)
            ),
            None,
        )

    def write(self, folder: Path) -> Path:
        """Write ``results.json``, whole or not at all; the same results give the same bytes."""
        plain = {
            "schema_version": SCHEMA_VERSION,
            "simulated": self.simulated,
            "run": self.run,
            "results": [asdict(result) for result in self.results],
        }
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(plain, indent=2, ensure_ascii=False, allow_nan=False)
        write_whole(folder / RESULTS_NAME, f"{text}\n".encode())
        return folder / RESULTS_NAME

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a results file.

        Raises:
            EvaluationError: If it is missing, damaged, or of another version.
        """
        try:
            plain = json.loads(path.read_bytes())
        except (OSError, ValueError) as error:
            raise EvaluationError(
                f"{path} is no readable results file ({error}); run `echovlm evaluate`"
            ) from error
        version = plain.get("schema_version") if isinstance(plain, dict) else None
        if version != SCHEMA_VERSION:
            raise EvaluationError(
                f"{path} has results version {version!r}; this one reads {SCHEMA_VERSION}. Evaluate again."
            )
        try:
            rows = [{"subgroup": "", **row} for row in plain["results"]]
            rows = [{f.name: row[f.name] for f in fields(Result)} for row in rows]
            results = tuple(Result(**(row | {"arm": Arm(row["arm"])})) for row in rows)
            return cls(plain["simulated"], plain["run"], results)
        except (KeyError, TypeError, ValueError) as error:
            raise EvaluationError(f"{path} lacks or misnames a field ({error}); evaluate again") from error
