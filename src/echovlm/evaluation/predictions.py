"""The file of answers beside the results: what the model said of every sample, from which others can compute."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from echovlm.evaluation.answers import METRICS, Answers
from echovlm.evaluation.errors import EvaluationError
from echovlm.files import replacing

PREDICTIONS_NAME: Final = "predictions.parquet"
_KEYS: Final = ("task", "level", "variant")
_METADATA: Final = b"echovlm_metrics"


def write_predictions(answers: Sequence[Answers], folder: Path) -> Path:
    """Write one row per sample and way of asking; columns that a task does not have are empty.

    Two ways of asking with the same name, such as probabilities and decisions of one score, become one.
    """
    merged = _merged(answers)
    names = sorted({name for one in merged for name in one.values})
    columns: dict[str, pa.Array] = {}
    for key in _KEYS:
        columns[key] = pa.array([getattr(one, key) for one in merged for _ in one.sample_ids], pa.string())
    columns["sample_id"] = pa.array([s for one in merged for s in one.sample_ids], pa.string())
    columns["patient_id"] = pa.array([p for one in merged for p in one.patient_ids], pa.string())
    for name in names:
        parts = [one.values.get(name, np.full(len(one.sample_ids), np.nan)) for one in merged]
        flat = np.concatenate([np.asarray(part, dtype=np.float64) for part in parts])
        columns[name] = pa.array(flat, pa.float64(), mask=np.isnan(flat))
    metrics = {json.dumps([one.task, one.level, one.variant]): list(one.metrics) for one in merged}
    table = pa.table(columns).replace_schema_metadata(
        {_METADATA: json.dumps(metrics, sort_keys=True).encode()}
    )
    folder.mkdir(parents=True, exist_ok=True)
    with replacing(folder / PREDICTIONS_NAME) as path:
        pq.write_table(table, path, compression="zstd")
    return folder / PREDICTIONS_NAME


def read_predictions(path: Path) -> tuple[Answers, ...]:
    """Read the answers beside a results file.

    Args:
        path: The file, or the folder that holds it.

    Raises:
        EvaluationError: If it is missing or holds something else.
    """
    file = path / PREDICTIONS_NAME if path.is_dir() else path
    try:
        table = pq.read_table(file)
        metrics = {tuple(json.loads(k)): v for k, v in json.loads(table.schema.metadata[_METADATA]).items()}
    except (OSError, pa.ArrowException, KeyError, TypeError, ValueError) as error:
        raise EvaluationError(
            f"{file} holds no answers ({str(error).splitlines()[0]}); run `echovlm evaluate` again"
        ) from error
    known = {metric.name for metric in METRICS}
    plain = {name: table.column(name).to_pylist() for name in (*_KEYS, "sample_id", "patient_id")}
    groups: dict[tuple[str, ...], list[int]] = {}
    for place, key in enumerate(zip(*(plain[k] for k in _KEYS), strict=True)):
        groups.setdefault(key, []).append(place)
    numbers = {
        name: table.column(name).to_numpy(zero_copy_only=False).astype(np.float64)
        for name in table.column_names
        if name not in plain
    }
    return tuple(
        Answers(
            key[0],
            key[1],
            key[2],
            tuple(plain["sample_id"][i] for i in places),
            tuple(plain["patient_id"][i] for i in places),
            {n: column[places] for n, column in numbers.items() if not np.isnan(column[places]).all()},
            tuple(name for name in metrics[key] if name in known),
        )
        for key, places in groups.items()
    )


def _merged(answers: Sequence[Answers]) -> list[Answers]:
    """Return answers of one task, level, variant and sample list as one."""
    merged: dict[tuple[str, str, str, tuple[str, ...]], Answers] = {}
    for one in answers:
        key = (one.task, one.level, one.variant, one.sample_ids)
        before = merged.get(key)
        metrics = (*(before.metrics if before else ()), *one.metrics)
        values = {**(before.values if before else {}), **one.values}
        merged[key] = Answers(
            *key[:3], one.sample_ids, one.patient_ids, values, tuple(dict.fromkeys(metrics))
        )
    return list(merged.values())
