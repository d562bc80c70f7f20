"""EchoPrime under test: its video encoder, from the weights that its authors published."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from pickle import UnpicklingError
from typing import Final

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from echovlm.evaluation.contenders.contender import Contender, TestClip
from echovlm.evaluation.errors import EvaluationError

# As the authors' own loader has it: 16 frames of 224 px, their mean and deviation over grey values 0 to 255.
ENCODER_NAME: Final = "echo_prime_encoder.pt"
_FRAMES, _SIZE_PX, _DIM = 16, 224, 512
_MEAN = (29.110628, 28.076836, 29.096405)
_DEVIATION = (47.989223, 46.456997, 47.20083)


class EchoPrime(Contender):
    """The video encoder of EchoPrime: embeddings for linear probes and few-shot tasks.

    Its text encoder needs a tokenizer from a hub and is not wrapped: tasks that need sentences say that it takes none.
    """

    name = "EchoPrime"

    def __init__(self, folder: Path) -> None:
        """Load ``echo_prime_encoder.pt`` from the authors' ``model_data/weights`` folder, tensors only.

        Raises:
            EvaluationError: If the file is missing or does not fit.
        """
        path = folder / ENCODER_NAME
        if not path.is_file():
            raise EvaluationError(
                f"{folder} has no {ENCODER_NAME}; download model_data.zip of the EchoPrime release and name its "
                "weights folder"
            )
        try:
            weights = torch.load(path, map_location="cpu", weights_only=True)
            self._encoder = build_video_encoder()
            self._encoder.load_state_dict(weights)
        except (
            UnpicklingError,
            RuntimeError,
            OSError,
            ValueError,
            KeyError,
            TypeError,
            AttributeError,
        ) as error:
            raise EvaluationError(
                f"{path} does not hold the video encoder of EchoPrime ({str(error).splitlines()[0]}); download it again"
            ) from error
        self._encoder.eval()
        with path.open("rb") as file:
            self._sha256 = hashlib.file_digest(file, "sha256").hexdigest()

    def fingerprint(self) -> str:
        """Return the hash of the weights."""
        return self._sha256

    @torch.inference_mode()
    def embed_clips(self, clips: Sequence[TestClip]) -> Float[np.ndarray, "clip dim"]:
        """Return the encoder's 512 numbers for each clip."""
        return np.concatenate([self._encoder(prepare_video(clip)[None]).numpy() for clip in clips])


def build_video_encoder() -> torch.nn.Module:
    """Return the architecture: torchvision's MViT-v2-S with 512 outputs."""
    from torchvision.models.video import mvit_v2_s

    encoder: torch.nn.Module = mvit_v2_s(weights=None)
    head = encoder.get_submodule("head")
    assert isinstance(head, torch.nn.Sequential), "torchvision ends the network so"
    last = head[-1]
    assert isinstance(last, torch.nn.Linear), "likewise"
    head[-1] = torch.nn.Linear(last.in_features, _DIM)
    return encoder


def prepare_video(clip: TestClip) -> Float[Tensor, "channel frame height width"]:
    """Return sixteen frames, every second one as far as they reach, then black: as the authors pad."""
    chosen = list(range(0, clip.n_frames, 2))[:_FRAMES] or [0]
    grey = torch.from_numpy(clip.read(chosen)).float()
    side = min(grey.shape[1:])
    top, left = (grey.shape[1] - side) // 2, (grey.shape[2] - side) // 2
    square = grey[:, top : top + side, left : left + side]
    resized = F.interpolate(square[:, None], size=(_SIZE_PX, _SIZE_PX), mode="bicubic", align_corners=False)
    colour = resized.expand(-1, 3, -1, -1).movedim(1, 0)
    mean, deviation = (torch.tensor(v)[:, None, None, None] for v in (_MEAN, _DEVIATION))
    video = (colour - mean) / deviation
    return F.pad(video, (0, 0, 0, 0, 0, _FRAMES - video.shape[1]))
