"""What every run shares: the training rows, a fingerprint of what it is, and facts for its checkpoint."""

import hashlib
import importlib.metadata
import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from echovlm.clinical.views import Mode
from echovlm.dataset import ClipRow, EchoGround, Split
from echovlm.models import EchoVLM, LoadedModel
from echovlm.source_hash import hash_packages
from echovlm.training.errors import TrainingError
from echovlm.training.recipe import Recipe
from echovlm.training.wording import topic

PATIENT_DIGITS: Final = (
    16  # of a hash in hexadecimal: two of a million patients are alike with odds of 1 to 30 million
)


def training_rows(dataset: EchoGround, *, all_splits: bool = False) -> list[ClipRow]:
    """Return the clips that train.

    Args:
        dataset: The dataset.
        all_splits: Take those of the other splits too, for a model whose test patients stand in another dataset.

    Raises:
        TrainingError: If there is none.
    """
    rows = dataset.rows(None if all_splits else Split.TRAIN)
    if not rows:
        raise TrainingError(
            f"{dataset.root} has no training clip; curate more patients (about 70 % of them train)"
        )
    return rows


def run_facts(dataset: EchoGround, recipe: Recipe, *, checkpoint: Path | None) -> dict[str, Any]:
    """Return the JSON-able facts that make a run what it is: equal facts give equal weights on one kind of device."""
    return {
        "recipe": asdict(recipe),
        "kind": type(recipe).__name__,
        "simulated": dataset.info.simulated,
        "dataset_sha256": dataset.hash_manifest(),
        "checkpoint_sha256": None if checkpoint is None else _sha256(checkpoint),
        "code_sha256": hash_packages("clinical", "dataset", "models", "objectives", "training"),
        "versions": {name: importlib.metadata.version(name) for name in ("torch", "numpy")},
    }


def training_patients(
    rows: Iterable[ClipRow], *, checkpoint: LoadedModel[EchoVLM] | None = None
) -> list[str]:
    """Return what names the training patients without naming them: the start of the least hash of each one's files.

    A test set that holds such a file is refused in evaluation.

    Args:
        rows: The clips that train.
        checkpoint: The model that training starts from, whose patients count too.
    """
    least: dict[str, str] = {}
    for row in rows:
        least[row.patient_id] = min(row.source_sha256, least.get(row.patient_id, row.source_sha256))
    before = () if checkpoint is None else checkpoint.metadata.get("training_patients", ())
    return sorted({digest[:PATIENT_DIGITS] for digest in least.values()} | set(before))


def views_by_mode(rows: Iterable[ClipRow]) -> dict[str, list[str]]:
    """Return the views that the training clips show, by mode: what the model may be asked for."""
    learnt: dict[str, set[str]] = {}
    for row in rows:
        learnt.setdefault((row.mode or Mode.B).value, set()).add(row.view.value)
    return {mode: sorted(views) for mode, views in sorted(learnt.items())}


def findings_in_words(rows: Iterable[ClipRow]) -> list[str]:
    """Return the findings that the training captions state of one clip and deny of another, by their keys."""
    said = {
        (statement.finding.key, statement.present)
        for row in rows
        for statement in row.statements
        if statement.finding is not None and topic(statement) is not None
    }
    return sorted(key for key, present in said if present and (key, False) in said)


def fingerprint(facts: dict[str, Any]) -> str:
    """Return a hash of a run's facts."""
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
