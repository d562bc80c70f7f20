"""Any model of the `open_clip` library under test, by name or hub id: EchoCLIP, BiomedCLIP, plain CLIP."""

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from PIL import Image

from echovlm.evaluation.contenders.contender import Contender, TestClip
from echovlm.evaluation.errors import EvaluationError

_FRAMES = 8  # of a clip, evenly spread; their embeddings are averaged, as EchoCLIP's authors average frames


class OpenClip(Contender):
    """An image-text model that `open_clip` can build; a clip is the mean embedding of its frames."""

    def __init__(self, model: str, *, pretrained: str = "", n_frames: int = _FRAMES) -> None:
        """Build the model; a hub id such as ``hf-hub:mkaichristensen/echo-clip`` is downloaded once.

        Args:
            model: Architecture of `open_clip`, or hub id.
            pretrained: Weights by name or file; empty for those of the hub id.
            n_frames: Frames of each clip.

        Raises:
            EvaluationError: If `open_clip` is not installed, or knows no such model, or cannot fetch it.
        """
        try:
            import open_clip
        except ImportError as error:
            raise EvaluationError(
                "this model needs `open_clip`, which is not installed; install echovlm[openclip]"
            ) from error
        try:
            built = open_clip.create_model_and_transforms(model, pretrained=pretrained or None)
            self._tokenizer = open_clip.get_tokenizer(model)
        except (RuntimeError, OSError, ValueError, KeyError) as error:
            raise EvaluationError(
                f"`open_clip` cannot build {model!r} ({_first_line(error)}); `open_clip.list_models()` has the "
                "architectures, and a hub id begins with hf-hub: and needs the network once"
            ) from error
        self._model: torch.nn.Module = built[0].eval()
        self._transform: Any = built[2]
        self.name, self.n_frames = model.removeprefix("hf-hub:"), n_frames
        scale = getattr(self._model, "logit_scale", None)
        self.temperature = 0.07 if scale is None else float(1 / scale.detach().exp())

    def fingerprint(self) -> str:
        """Return a hash of all weights and of the number of frames."""
        digest = hashlib.sha256(f"{self.name} {self.n_frames}".encode())
        for name, tensor in sorted(self._model.state_dict().items()):
            digest.update(
                name.encode()
                + tensor.detach().cpu().flatten().contiguous().view(torch.uint8).numpy().tobytes()
            )
        return digest.hexdigest()

    @torch.inference_mode()
    def embed_clips(self, clips: Sequence[TestClip]) -> Float[np.ndarray, "clip dim"]:
        """Return the mean of each clip's unit frame embeddings."""
        return np.stack([self._embed(clip) for clip in clips])

    def _embed(self, clip: TestClip) -> Float[np.ndarray, "dim"]:
        chosen = sorted({k * clip.n_frames // self.n_frames for k in range(self.n_frames)})
        frames = torch.stack(
            [self._transform(Image.fromarray(frame).convert("RGB")) for frame in clip.read(chosen)]
        )
        embedding = self._model.encode_image(frames).float()  # type: ignore[operator]
        unit = embedding / embedding.norm(dim=1, keepdim=True)
        return np.asarray(unit.mean(0).numpy())

    @torch.inference_mode()
    def embed_texts(self, texts: Sequence[str]) -> Float[np.ndarray, "text dim"]:
        """Return text embeddings; what exceeds the model's context is cut by its own tokenizer."""
        return np.concatenate(
            [
                self._model.encode_text(self._tokenizer(list(texts[start : start + 64]))).float().numpy()  # type: ignore[operator]
                for start in range(0, len(texts), 64)
            ]
        )


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
