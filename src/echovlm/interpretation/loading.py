"""The models that an interpretation rests on, and what the report says of them."""

import hashlib
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from echovlm.imaging import Clip
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


AnyLoaded = LoadedModel[EchoVLM] | LoadedModel[DenseModel] | LoadedModel[ReaderModel]


@dataclass(frozen=True, slots=True)
class Models:
    """The models of one interpretation.

    Attributes:
        dual: Gives impressions; names views where there is no reader.
        dense: Traces structures and places landmarks where there is no reader; ``None`` when none was given.
        reader: Names views and traces, for clips of any origin; ``None`` when none was given.
        reports: What the report says of them: of ``dual``, ``dense`` and ``reader``, without those that are ``None``.
    """

    dual: LoadedModel[EchoVLM]
    dense: LoadedModel[DenseModel] | None
    reader: LoadedModel[ReaderModel] | None
    reports: tuple[ModelReport, ...]

    def reader_of(self, clip: Clip) -> LoadedModel[ReaderModel] | None:
        """Return what reads a clip in place of the other two, or ``None`` where they are at home.

        A dense model that learnt from the simulator is at home on the simulator's clips alone; one that learnt
        from anything else was made for the clips at hand.
        """
        if self.dense is None:
            return self.reader
        learnt_elsewhere = self.dense.metadata.get("simulated") is False
        return None if clip.is_simulated or learnt_elsewhere else self.reader

    def file_of(self, model: AnyLoaded) -> str:
        """Return the file name of one of these models."""
        loaded = [each for each in (self.dual, self.dense, self.reader) if each is not None]
        return next(
            report.file_name for each, report in zip(loaded, self.reports, strict=True) if each is model
        )


def read_models(checkpoint: Path, dense: Path | None, reader: Path | None) -> Models:
    """Read the checkpoints.

    Args:
        checkpoint: A dual encoder.
        dense: A dense model, or ``None`` to trace and measure nothing without a reader.
        reader: A reader, or ``None`` to name views by the dual encoder and trace by the dense model. Given both,
            each clip goes to ``Models.reader_of``.

    Raises:
        CheckpointError: If a file is missing, damaged, or holds another kind of model.
    """
    dual = load_echovlm(checkpoint)
    tracer = None if dense is None else load_dense(dense)
    view_reader = None if reader is None else load_reader(reader)
    names_views = "Names the view, gives impressions"
    if reader is not None:
        alone = "Gives impressions"
        names_views = alone if dense is None else f"{alone}; names the view where the reader does not"
    reports = [_describe(names_views, checkpoint, dual.metadata)]
    if dense is not None and tracer is not None:
        traces = "Traces structures, places callipers" + (
            "" if reader is None else " where the reader does not"
        )
        reports.append(_describe(traces, dense, tracer.metadata))
    if reader is not None and view_reader is not None:
        reports.append(_describe("Names the view, traces structures", reader, view_reader.metadata))
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
