"""The models that an interpretation rests on, and what the report says of them."""

import hashlib
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from echovlm.interpretation.study import ModelReport
from echovlm.models import (
    DenseModel,
    EchoVLM,
    LoadedModel,
    ReaderModel,
    load_dense,
    load_echovlm,
    load_reader,
)

_REPORTED_PACKAGES = ("echovlm", "torch", "numpy", "pydicom", "av")


@dataclass(frozen=True, slots=True)
class Models:
    """The models of one interpretation.

    Attributes:
        dual: Names views and gives impressions.
        dense: Traces structures and places landmarks; ``None`` when none was given.
        reader: Names views and traces in place of the other two; ``None`` when none was given.
        reports: What the report says of them.
    """

    dual: LoadedModel[EchoVLM]
    dense: LoadedModel[DenseModel] | None
    reader: LoadedModel[ReaderModel] | None
    reports: tuple[ModelReport, ...]


def read_models(checkpoint: Path, dense: Path | None, reader: Path | None) -> Models:
    """Read the checkpoints.

    Args:
        checkpoint: A dual encoder.
        dense: A dense model, or ``None`` to trace and measure nothing without a reader.
        reader: A reader, or ``None`` to name views by the dual encoder and trace by the dense model.

    Raises:
        CheckpointError: If a file is missing, damaged, or holds another kind of model.
    """
    dual = load_echovlm(checkpoint)
    role = "Names the view, gives impressions" if reader is None else "Gives impressions"
    reports = [_describe(role, checkpoint, dual.metadata)]
    tracer = view_reader = None
    if reader is not None:
        view_reader = load_reader(reader)
        reports.append(_describe("Names the view, traces structures", reader, view_reader.metadata))
    elif dense is not None:
        tracer = load_dense(dense)
        reports.append(_describe("Traces structures, places callipers", dense, tracer.metadata))
    return Models(dual, tracer, view_reader, tuple(reports))


def read_versions() -> tuple[tuple[str, str], ...]:
    """Return the versions that decide the report's numbers."""
    packages = tuple((name, version(name)) for name in _REPORTED_PACKAGES)
    return (*packages, ("python", platform.python_version()))


def _describe(role: str, path: Path, metadata: Mapping[str, Any]) -> ModelReport:
    stated = metadata.get("simulated")
    simulated = stated if isinstance(stated, bool) else None
    words = {
        True: "Simulated echocardiograms only",
        False: "Data that are not marked as simulated",
        None: "The checkpoint does not say",
    }[simulated]
    return ModelReport(role, path.name, hashlib.sha256(path.read_bytes()).hexdigest(), words, simulated)
