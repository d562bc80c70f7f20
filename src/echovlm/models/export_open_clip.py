"""A dual encoder as an ``open_clip`` model, so that whatever takes one of those takes ours."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from jaxtyping import Float, UInt8
from PIL.Image import Image
from torch import Tensor, nn

from echovlm.models.checkpoint import LoadedModel
from echovlm.models.echovlm import EchoVLM
from echovlm.models.errors import CheckpointError
from echovlm.models.export_text import TextTable, text_graph, text_table
from echovlm.models.preprocess import Preprocessing
from echovlm.models.towers import AnyTextTower

_STILL_AXES: Final = 4  # batch, channel, height, width: a picture without time


@dataclass(frozen=True, slots=True, eq=False)
class OpenClipModel:
    """What ``open_clip.create_model_from_pretrained`` and ``get_tokenizer`` give, of one of our models.

    Attributes:
        model: An ``open_clip.CustomTextCLIP`` around our towers; they share their weights with ours.
        preprocess: Frames or a picture to the input of ``encode_image``.
        tokenizer: Texts to the input of ``encode_text``.
    """

    model: Any
    preprocess: "OpenClipPreprocess"
    tokenizer: "OpenClipTokenizer"


@dataclass(frozen=True, slots=True)
class OpenClipPreprocess:
    """Frames to the model's input."""

    preprocessing: Preprocessing

    def __call__(
        self, picture: UInt8[np.ndarray, "*frame height width"] | Image, spacing_mm: float | None = None
    ) -> Float[Tensor, "frame 1 height width"]:
        """Return the input of one clip.

        Args:
            picture: Grey frames, or one picture.
            spacing_mm: Millimetres per pixel where they are known: then size is size in the heart.
        """
        grey = np.array(picture.convert("L")) if isinstance(picture, Image) else np.asarray(picture)
        return self.preprocessing(grey if grey.ndim > 2 else grey[None], spacing_mm)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class OpenClipTokenizer:
    """Texts to the tables that our text towers read; no text is cut off."""

    tower: AnyTextTower

    def __repr__(self) -> str:
        return f"OpenClipTokenizer({self.tower.config.tower})"

    def __call__(self, texts: str | Sequence[str]) -> TextTable:
        """Return the table of one text or of several."""
        return text_table(self.tower, [texts] if isinstance(texts, str) else texts)


class _Visual(nn.Module):
    """Our image tower and projection in the place of theirs."""

    def __init__(self, model: EchoVLM, image_size_px: int) -> None:
        super().__init__()
        self.tower, self.project = model.image_tower, model.project_clip
        self.image_size = (image_size_px, image_size_px)

    def forward(
        self, image: Float[Tensor, "batch *frame channel height width"]
    ) -> Float[Tensor, "batch dim"]:
        """Return embeddings, not yet on the unit sphere, of stills or of clips whose times are unknown."""
        clips = image[:, None] if image.ndim == _STILL_AXES else image
        embedded: Tensor = self.project(self.tower(clips))
        return embedded


def to_open_clip(loaded: LoadedModel[EchoVLM]) -> OpenClipModel:
    """Return the same model in ``open_clip``'s terms; ``encode_image`` and ``encode_text`` give the same embeddings.

    Raises:
        CheckpointError: If the openclip extra is missing.
    """
    try:
        import open_clip
    except ImportError as error:
        raise CheckpointError("this needs the package open_clip_torch; install echovlm[openclip]") from error
    ours = loaded.model.eval()
    # Towers of theirs of the smallest size, which ours then replace: all else is their own code.
    model = open_clip.CustomTextCLIP(
        embed_dim=ours.config.embedding_dim,
        vision_cfg={"layers": 1, "width": 8, "head_width": 8, "patch_size": 8, "image_size": 8},
        text_cfg={"context_length": 2, "vocab_size": 2, "width": 8, "heads": 1, "layers": 1},
        output_dict=True,
    )
    model.visual = _Visual(ours, loaded.preprocessing.image_size_px)
    model.text = text_graph(ours.text_tower)
    with torch.no_grad():
        model.logit_scale.copy_(-ours.temperature.log())
    tokenizer = OpenClipTokenizer(ours.text_tower)
    return OpenClipModel(model.eval(), OpenClipPreprocess(loaded.preprocessing), tokenizer)
