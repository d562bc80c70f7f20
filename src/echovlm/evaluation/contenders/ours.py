"""Checkpoints of this package under test: the dual encoder, with a dense model or a reader for the outlines."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, Int

from echovlm.clinical.anatomy import Landmark
from echovlm.clinical.findings import Finding
from echovlm.clinical.views import View
from echovlm.evaluation.contenders.contender import Contender, Outlines, TestClip
from echovlm.evaluation.contenders.regrid import mask_on_cine
from echovlm.models import (
    AnyModel,
    Clips,
    DenseModel,
    LoadedModel,
    Preprocessing,
    ReaderModel,
    load_checkpoint,
    load_dense,
    load_echovlm,
    load_findings,
    load_reader,
)
from echovlm.source_hash import hash_packages

_BATCH = 256


class DualEncoder(Contender):
    """A dual encoder, asked in sentences."""

    def __init__(self, path: Path) -> None:
        self.loaded = load_echovlm(path)
        self.name = path.stem
        self.temperature = self.loaded.model.temperature.item()
        self._sha256 = sha256(path)

    def fingerprint(self) -> str:
        """Return a hash of the checkpoint and of the code that runs it."""
        return _fingerprint(self._sha256)

    @torch.inference_mode()
    def embed_clips(self, clips: Sequence[TestClip]) -> Float[np.ndarray, "clip dim"]:
        """Return clip embeddings on the unit sphere."""
        frames = prepare(clips, self.loaded.preprocessing)
        return np.asarray(self.loaded.model.encode_clip(frames).numpy())

    @torch.inference_mode()
    def embed_texts(self, texts: Sequence[str]) -> Float[np.ndarray, "text dim"]:
        """Return text embeddings on the unit sphere."""
        parts = [texts[start : start + _BATCH] for start in range(0, len(texts), _BATCH)]
        return np.concatenate([self.loaded.model.encode_text(part).numpy() for part in parts])

    @torch.inference_mode()
    def pool_studies(
        self,
        embedding: Float[np.ndarray, "clip dim"],
        study: Int[np.ndarray, "clip"],
        clips: Sequence[TestClip],
    ) -> Float[np.ndarray, "study dim"]:
        """Return the model's own summary of each study; it is told the modes, which files state, and no view."""
        unit = torch.nn.functional.normalize(torch.from_numpy(embedding), dim=1)
        pooled = self.loaded.model.encode_study(
            unit, torch.from_numpy(study), view=[None] * len(clips), mode=[clip.mode for clip in clips]
        )
        return np.asarray(pooled.numpy())

    def trained_on(self) -> frozenset[str]:
        """Return the training patients, which checkpoints keep."""
        return frozenset(self.loaded.metadata.get("training_patients", ()))


class SupervisedTower(Contender):
    """The image tower trained on the labels alone: no prompts, and only the findings that it was trained on."""

    def __init__(self, path: Path) -> None:
        self.loaded = load_findings(path)
        self.name = f"{path.stem} (supervised)"
        self._sha256 = sha256(path)

    def fingerprint(self) -> str:
        """Return a hash of the checkpoint and of the code that runs it."""
        return _fingerprint(self._sha256)

    @torch.inference_mode()
    def embed_clips(self, clips: Sequence[TestClip]) -> Float[np.ndarray, "clip dim"]:
        """Return the features in front of the classifier."""
        frames = prepare(clips, self.loaded.preprocessing)
        return np.asarray(self.loaded.model.image_tower(frames).numpy())

    @torch.inference_mode()
    def judge_findings(self, clips: Sequence[TestClip]) -> Mapping[Finding, Float[np.ndarray, "clip"]]:
        """Return the classifier's log-odds."""
        logit = self.loaded.model(prepare(clips, self.loaded.preprocessing)).numpy()
        by_key = {finding.key: finding for finding in Finding}
        return {by_key[key]: logit[:, place] for place, key in enumerate(self.loaded.model.config.findings)}

    def trained_on(self) -> frozenset[str]:
        """Return the training patients, which checkpoints keep."""
        return frozenset(self.loaded.metadata.get("training_patients", ()))


class OutlineModel(Contender):
    """A dense model, or a reader: masks and landmarks of single frames, a reader also names the view."""

    def __init__(self, path: Path) -> None:
        self.loaded: LoadedModel[DenseModel] | LoadedModel[ReaderModel] = (
            load_reader(path) if kind_of(path) is ReaderModel else load_dense(path)
        )
        self.name = path.stem
        self._sha256 = sha256(path)

    def fingerprint(self) -> str:
        """Return a hash of the checkpoint and of the code that runs it."""
        return _fingerprint(self._sha256)

    def can(self, method: str) -> bool:
        """Tell whether the model can do this; a dense model names no view."""
        return super().can(method) and (method != "judge_views" or isinstance(self.loaded.model, ReaderModel))

    @torch.inference_mode()
    def outline(self, clip: TestClip, frame_indices: Sequence[int]) -> Outlines:
        """Return masks and landmarks, in pixels of the stored frames."""
        preprocessing, height, width = self.loaded.preprocessing, clip.row.height_px, clip.row.width_px
        output = self.loaded.model(preprocessing(clip.read(frame_indices), clip.spacing_mm))
        grid = preprocessing.grid(height, width, clip.spacing_mm)
        masks = np.stack([mask_on_cine(logit, grid, height, width) for logit in output.mask_logit])
        names = [Landmark(name) for name in self.loaded.model.config.landmarks]
        points = output.point_xy_px.numpy().astype(np.float64)
        spread = output.spread_px.numpy().astype(np.float64) * grid.scale
        return Outlines(
            masks,
            {name: grid.points_to_cine(points[:, place]) for place, name in enumerate(names)},
            {name: spread[:, place] for place, name in enumerate(names)},
        )

    @torch.inference_mode()
    def judge_views(self, clips: Sequence[TestClip]) -> Mapping[View, Float[np.ndarray, "clip"]]:
        """Return the reader's mean log-probability of each view over the chosen frames."""
        model = self.loaded.model
        assert isinstance(model, ReaderModel), "a dense model names no view"
        logits = []
        for clip in clips:
            chosen = _chosen_frames(clip, self.loaded.preprocessing)
            frames = self.loaded.preprocessing(clip.read(chosen), clip.spacing_mm)
            logits.append(model(frames).view_logit.log_softmax(1).mean(0).numpy())
        score = np.stack(logits)
        return {View(name): score[:, place] for place, name in enumerate(model.config.views)}

    def trained_on(self) -> frozenset[str]:
        """Return the training patients, which checkpoints keep."""
        return frozenset(self.loaded.metadata.get("training_patients", ()))


def prepare(clips: Sequence[TestClip], preprocessing: Preprocessing) -> Clips:
    """Return clips as the towers take them: cines, stills, colour and strips side by side."""
    frames, times = [], []
    for clip in clips:
        chosen = _chosen_frames(clip, preprocessing)
        read = clip.read_colour if clip.is_colour else clip.read
        frames.append(preprocessing(read(chosen), clip.spacing_mm))
        known = clip.frame_times_ms
        times.append(None if known is None else [known[index] for index in chosen])
    return Clips.of(frames, times)


def _chosen_frames(clip: TestClip, preprocessing: Preprocessing) -> tuple[int, ...]:
    """Return the frames that the model sees, as in training: a still is seen once."""
    chosen = preprocessing.select_frames(clip.n_frames, clip.frame_times_ms, clip.heart_rate_bpm)
    return chosen[:1] if clip.n_frames == 1 else chosen


def kind_of(path: Path) -> type[AnyModel]:
    """Return which kind of model a checkpoint holds."""
    return type(load_checkpoint(path).model)


def sha256(path: Path) -> str:
    """Return the hash of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _fingerprint(checkpoint_sha256: str) -> str:
    code = hash_packages("models", "evaluation/contenders")
    return hashlib.sha256(f"{checkpoint_sha256} {sorted(code.items())}".encode()).hexdigest()
