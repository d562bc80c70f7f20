"""Models that answer with the simulator's truth, clip after clip."""

import json
from collections import deque
from pathlib import Path

import numpy as np
import torch

from echovlm.clinical import Landmark, View, find_view, view_sentences
from echovlm.imaging import extract_cine, iter_sources, read_clip
from echovlm.interpretation.loading import Models
from echovlm.interpretation.study import ModelReport
from echovlm.models import (
    DenseConfig,
    DenseModel,
    DensePrediction,
    EchoVLM,
    EchoVLMConfig,
    LoadedModel,
    Preprocessing,
)
from echovlm.models.zero_shot import MVP_VIEWS


class TruthfulEncoder(EchoVLM):
    """Embeds each clip where the sentence of its true view lies."""

    def __init__(self, views):
        super().__init__(EchoVLMConfig())
        self.answers = deque(views)

    def encode_clip(self, frames):
        units = torch.stack([self.encode_text(view_sentences(view)).mean(0) for view in MVP_VIEWS])
        unit = units[MVP_VIEWS.index(self.answers.popleft())] - units.mean(0)
        return torch.nn.functional.normalize(unit, dim=0).expand(len(frames), -1)


class TruthfulTracer(DenseModel):
    """Draws the true outlines and points."""

    def __init__(self, predictions):
        super().__init__(DenseConfig())
        self.answers = deque(predictions)

    def predict(self, frames, *, batch_size=32):
        answer = self.answers.popleft()
        return DensePrediction(
            answer.masks[: len(frames)], answer.points_xy_px[: len(frames)], answer.spread_px[: len(frames)]
        )


def truth_beside(dicom: Path, studies: Path) -> tuple[dict, np.ndarray]:
    truth = (studies / "truth" / dicom.relative_to(studies)).with_suffix(".json")
    with np.load(truth.with_suffix(".npz"), allow_pickle=False) as arrays:
        return json.loads(truth.read_text()), arrays["masks"]


def true_prediction(dicom: Path, studies: Path, preprocessing: Preprocessing) -> DensePrediction:
    truth, masks = truth_beside(dicom, studies)
    cine = extract_cine(read_clip(dicom))
    _, height, width = cine.frames.shape
    grid = preprocessing.grid(height, width, cine.spacing_mm)
    offset = np.asarray(cine.offset_xy_px)

    def to_file(model_px, axis):
        return (model_px * grid.scale + grid.offset_xy_px[axis]) * cine.scale + offset[axis]

    at = np.arange(grid.size_px)
    x, y = (np.rint(to_file(at, axis)).astype(int) for axis in (0, 1))
    inside = ((y >= 0) & (y < masks.shape[1]))[:, None] & ((x >= 0) & (x < masks.shape[2]))[None]
    sampled = masks[:, y.clip(0, masks.shape[1] - 1)[:, None], x.clip(0, masks.shape[2] - 1)[None]] * inside
    points = np.zeros((len(masks), len(Landmark), 2))
    spread = np.full((len(masks), len(Landmark)), 99.0)
    for index, landmark in enumerate(Landmark):
        if landmark.value in truth["landmarks"]:
            in_file = np.asarray(truth["landmarks"][landmark.value], dtype=float)
            points[:, index] = grid.points_to_model((in_file - offset) / cine.scale)
            spread[:, index] = 1.0
    return DensePrediction(sampled.astype(np.uint8), points, spread)


def truthful_models(study: Path, studies: Path) -> Models:
    """Return models for one walk over the files of ``study``, in reading order."""
    preprocessing = Preprocessing()
    files = [path for path in iter_sources(study) if isinstance(path, Path)]
    views: list[View | None] = [find_view(truth_beside(path, studies)[0]["view"]) for path in files]
    torch.manual_seed(0)
    encoder = TruthfulEncoder(views).eval()
    with torch.no_grad():
        encoder.log_temperature.fill_(-4.0)
    tracer = TruthfulTracer([true_prediction(path, studies, preprocessing) for path in files])
    reports = tuple(
        ModelReport(role, f"{role}.safetensors", "0" * 64, "Simulated echocardiograms only", True)
        for role in ("names", "traces")
    )
    dual, dense = (LoadedModel(model, preprocessing, {}) for model in (encoder, tracer))
    return Models(dual, dense, None, reports)
