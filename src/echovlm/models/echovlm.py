"""The dual encoder: clips, studies and texts on one unit sphere, and the measurements that a clip shows."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from echovlm.clinical.views import Mode, View
from echovlm.clinical.visibility import CORE_QUANTITIES
from echovlm.models.clips import Clips
from echovlm.models.image_tower import ImageTowerConfig
from echovlm.models.study import StudyAttention
from echovlm.models.text_tower import TextTowerConfig
from echovlm.models.towers import ImageConfig, TextConfig, make_image_tower, make_text_tower

SHOWN_QUANTITIES: Final = tuple(quantity.key for quantity in CORE_QUANTITIES)
VIEW_VALUES: Final = tuple(view.value for view in View)
MODE_VALUES: Final = tuple(mode.value for mode in Mode)

_FIRST_TEMPERATURE: Final = 0.07  # where CLIP starts
_LOG_SHARPEST: Final = math.log(0.01)  # and where it stops: logits beyond 100 only overflow
_FIRST_BIAS: Final = -10.0  # where SigLIP starts (Zhai et al. 2023, section 3.2): most pairs do not match


@dataclass(frozen=True, slots=True)
class EchoVLMConfig:
    """The size of a dual encoder, and what its measurement head predicts.

    Attributes:
        image: The image tower.
        text: The text tower.
        embedding_dim: Dimensions of the shared sphere.
        study_heads: Heads of the attention over a study's clips.
        quantities: Keys of the measured quantities, in the order of the head's outputs.
        views: Values of the views that the attention over a study knows, in the order of their indices.
        modes: The same of the modes.
    """

    image: ImageConfig = field(default_factory=ImageTowerConfig)
    text: TextConfig = field(default_factory=TextTowerConfig)
    embedding_dim: int = 128
    study_heads: int = 4
    quantities: tuple[str, ...] = SHOWN_QUANTITIES
    views: tuple[str, ...] = VIEW_VALUES
    modes: tuple[str, ...] = MODE_VALUES


class EchoVLM(nn.Module):
    """A clip encoder and a text encoder that meet on the unit sphere."""

    quantity_mean: Tensor
    quantity_deviation: Tensor

    def __init__(self, config: EchoVLMConfig) -> None:
        super().__init__()
        self.image_tower = make_image_tower(config.image)
        self.text_tower = make_text_tower(config.text, embedding_dim=config.embedding_dim)
        # The tower may have looked up what its configuration names.
        self.config = replace(config, text=self.text_tower.config)
        self.project_clip = nn.Linear(self.image_tower.n_features, config.embedding_dim)
        self.measurement_head = nn.Linear(config.embedding_dim, len(config.quantities))
        self.study_attention = StudyAttention(
            config.embedding_dim,
            n_views=len(config.views),
            n_modes=len(config.modes),
            n_heads=config.study_heads,
        )
        self.log_temperature = nn.Parameter(torch.tensor(math.log(_FIRST_TEMPERATURE)))
        self.pair_bias = nn.Parameter(torch.tensor(_FIRST_BIAS))
        self.register_buffer("quantity_mean", torch.zeros(len(config.quantities)))
        self.register_buffer("quantity_deviation", torch.ones(len(config.quantities)))

    @property
    def temperature(self) -> Float[Tensor, ""]:
        """The learned softmax temperature, never below 0.01."""
        return self.log_temperature.clamp(min=_LOG_SHARPEST).exp()

    def encode_clip(
        self, frames: Float[Tensor, "batch frame channel height width"] | Clips
    ) -> Float[Tensor, "batch dim"]:
        """Return clip embeddings on the unit sphere: of clips that are alike, or of a mixed batch."""
        return F.normalize(self.project_clip(self.image_tower(frames)), dim=1)

    def encode_study(
        self,
        clip_unit: Float[Tensor, "clip dim"],
        study: Int[Tensor, "clip"],
        *,
        view: Sequence[View | None],
        mode: Sequence[Mode | None],
    ) -> Float[Tensor, "study dim"]:
        """Return study embeddings on the unit sphere, each from its clips, their views and their modes.

        Args:
            clip_unit: Clip embeddings, from ``encode_clip``.
            study: The study of each clip, numbered from 0.
            view: The view of each clip; ``None`` where nobody named it.
            mode: The mode of each clip; likewise.
        """
        n_studies = int(study.max()) + 1 if len(study) else 0
        device = clip_unit.device
        return self.study_attention(  # type: ignore[no-any-return]
            clip_unit,
            study,
            torch.tensor([self.view_index(one) for one in view], dtype=torch.long, device=device),
            torch.tensor([self.mode_index(one) for one in mode], dtype=torch.long, device=device),
            n_studies=n_studies,
        )

    def encode_text(
        self, texts: Sequence[str], *, reading_seed: int | None = None
    ) -> Float[Tensor, "text dim"]:
        """Return text embeddings on the unit sphere; an empty text is the zero vector.

        Args:
            texts: The texts.
            reading_seed: For training only: decides how coarsely each sentence is read (see ``TextTower``).
        """
        return F.normalize(self.text_tower(texts, reading_seed=reading_seed), dim=1)

    def standardised_measurements(
        self, clip_unit: Float[Tensor, "batch dim"]
    ) -> Float[Tensor, "batch quantity"]:
        """Return what embeddings say of the measurements, in deviations from the training mean.

        The head sees nothing but the embedding: what it learns is in the sphere that texts share.
        """
        measured: Tensor = self.measurement_head(clip_unit * math.sqrt(clip_unit.shape[1]))
        return measured

    def predict_measurements(
        self, frames: Float[Tensor, "batch frame channel height width"] | Clips
    ) -> Float[Tensor, "batch quantity"]:
        """Return the head's values in canonical units, in the order of ``config.quantities``.

        Only the quantities that a view shows mean anything for a clip of it (``clinical.shows``).
        """
        standardised = self.standardised_measurements(self.encode_clip(frames))
        return standardised * self.quantity_deviation + self.quantity_mean

    def view_index(self, view: View | None) -> int:
        """Return the number of a view in this model, -1 for one that it does not know or that nobody named."""
        return _index(self.config.views, None if view is None else view.value)

    def mode_index(self, mode: Mode | None) -> int:
        """Return the number of a mode in this model, -1 for one that it does not know or that nobody named."""
        return _index(self.config.modes, None if mode is None else mode.value)


def _index(names: Sequence[str], name: str | None) -> int:
    return names.index(name) if name in names else -1
