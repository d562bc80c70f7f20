"""The file of an ablation: every arm's figures and its difference from the arm that it is compared with."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Self

from echovlm.evaluation.ablation.compare import Interval
from echovlm.evaluation.errors import EvaluationError
from echovlm.files import write_whole

SCHEMA_VERSION: Final = 1
RESULT_NAME: Final = "ablation.json"
_DIGITS: Final = 5


@dataclass(frozen=True, slots=True)
class ArmResult:
    """One arm on one set of patients.

    Attributes:
        name: The arm.
        group: Its group.
        says: How it differs.
        against: The arm that it is compared with, if any.
        captions: ``grounded`` or ``raw``.
        seeds: The seeds that were run.
        steps: Steps of training.
        mean: Mean over seeds of each metric that exists.
        difference: Mean paired difference from ``against`` over the seeds that both have, by metric.
    """

    name: str
    group: str
    says: str
    against: str | None
    captions: str
    seeds: tuple[int, ...]
    steps: int
    mean: Mapping[str, Interval]
    difference: Mapping[str, Interval]


@dataclass(frozen=True, slots=True)
class Tested:
    """All arms on one set of patients.

    Attributes:
        name: Of the set, such as ``test``.
        clips: Its clips.
        patients: Its patients.
        controls: Chance, the text alone and the mean, by metric and control.
        arms: In the order of the study.
        primary: The difference that was asked for first, by metric.
    """

    name: str
    clips: int
    patients: int
    controls: Mapping[str, Mapping[str, float]]
    arms: tuple[ArmResult, ...]
    primary: Mapping[str, Interval]

    def arm(self, name: str) -> ArmResult | None:
        """Return the arm of this name, ``None`` when it was not run."""
        return next((arm for arm in self.arms if arm.name == name), None)


@dataclass(frozen=True, slots=True)
class AblationResult:
    """The content of ``ablation.json``.

    Attributes:
        study: Name of the study.
        primary: The two arms of the first question.
        simulated: Whether the studies come from the simulator.
        run: Versions, hashes of code and data, resamples, training clips and patients.
        tested: One per set of patients; the first is the dataset's own test split.
    """

    study: str
    primary: tuple[str, str]
    simulated: bool
    run: Mapping[str, Any]
    tested: tuple[Tested, ...]

    def write(self, folder: Path) -> Path:
        """Write the file, whole or not at all; the same figures give the same bytes."""
        folder.mkdir(parents=True, exist_ok=True)
        plain = _rounded({"schema_version": SCHEMA_VERSION} | asdict(self))
        text = json.dumps(plain, indent=1, ensure_ascii=False, allow_nan=False)
        write_whole(folder / RESULT_NAME, f"{text}\n".encode())
        return folder / RESULT_NAME

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read such a file.

        Raises:
            EvaluationError: If it is missing, damaged, or of another version.
        """
        try:
            plain = json.loads(path.read_bytes())
        except (OSError, ValueError) as error:
            raise EvaluationError(
                f"{path} is no readable ablation ({error}); run `echovlm ablate`"
            ) from error
        version = plain.get("schema_version") if isinstance(plain, dict) else None
        if version != SCHEMA_VERSION:
            raise EvaluationError(
                f"{path} has ablation version {version!r}; this one reads {SCHEMA_VERSION}. Run it again."
            )
        try:
            tested = tuple(_tested(one) for one in plain["tested"])
            first, second = plain["primary"]
            return cls(plain["study"], (first, second), plain["simulated"], plain["run"], tested)
        except (KeyError, TypeError, ValueError) as error:
            raise EvaluationError(f"{path} lacks or misnames a field ({error}); run it again") from error


def _tested(plain: dict[str, Any]) -> Tested:
    arms = tuple(
        ArmResult(
            **(arm | {"seeds": tuple(arm["seeds"])} | {k: _intervals(arm[k]) for k in ("mean", "difference")})
        )
        for arm in plain["arms"]
    )
    return Tested(**(plain | {"arms": arms, "primary": _intervals(plain["primary"])}))


def _intervals(plain: dict[str, Any]) -> dict[str, Interval]:
    return {key: Interval(**(one | {"per_seed": tuple(one["per_seed"])})) for key, one in plain.items()}


def _rounded(value: Any) -> Any:  # noqa: ANN401
    """Return JSON-able values with floats rounded: later digits differ between machines."""
    if isinstance(value, float):
        return round(value, _DIGITS)
    if isinstance(value, Mapping):
        return {key: _rounded(one) for key, one in value.items()}
    return [_rounded(one) for one in value] if isinstance(value, list | tuple) else value
