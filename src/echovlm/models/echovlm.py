"""The dual encoder: clips and texts on one unit sphere, and the measurements that a clip shows."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from echovlm.clinical.visibility import CORE_QUANTITIES
from echovlm.models.image_tower import ImageTower, ImageTowerConfig
from echovlm.models.text_tower import TextTower, TextTowerConfig

SHOWN_QUANTITIES: Final = tuple(quantity.key for quantity in CORE_QUANTITIES)

_FIRST_TEMPERATURE: Final = 0.07  # where CLIP starts
_LOG_SHARPEST: Final = math.log(0.01)  # and where it stops: logits beyond 100 only overflow


@dataclass(frozen=True, slots=True)
class EchoVLMConfig:
    """The size of a dual encoder, and what its measurement head predicts.

    Attributes:
        image: The image tower.
        text: The text tower.
        embedding_dim: Dimensions of the shared sphere.
        quantities: Keys of the measured quantities, in the order of the head's outputs.
    """

    image: ImageTowerConfig = field(default_factory=ImageTowerConfig)
    text: TextTowerConfig = field(default_factory=TextTowerConfig)
    embedding_dim: int = 128
    quantities: tuple[str, ...] = SHOWN_QUANTITIES


class EchoVLM(nn.Module):
    """A clip encoder and a text encoder that meet on the unit sphere."""

    quantity_mean: Tensor
    quantity_deviation: Tensor

    def __init__(self, config: EchoVLMConfig) -> None:
        super().__init__()
        self.config = config
        self.image_tower = ImageTower(config.image)
        self.text_tower = TextTower(config.text, embedding_dim=config.embedding_dim)
        self.project_clip = nn.Linear(self.image_tower.n_features, config.embedding_dim)
        self.measurement_head = nn.Linear(self.image_tower.n_features, len(config.quantities))
        self.log_temperature = nn.Parameter(torch.tensor(math.log(_FIRST_TEMPERATURE)))
        self.register_buffer("quantity_mean", torch.zeros(len(config.quantities)))
        self.register_buffer("quantity_deviation", torch.ones(len(config.quantities)))

    @property
    def temperature(self) -> Float[Tensor, ""]:
        """The learned softmax temperature, never below 0.01."""
        return self.log_temperature.clamp(min=_LOG_SHARPEST).exp()

    def encode_clip(self, frames: Float[Tensor, "batch frame 1 height width"]) -> Float[Tensor, "batch dim"]:
        """Return clip embeddings on the unit sphere."""
        return self.clip_and_measurements(frames)[0]

    def encode_text(
        self, texts: Sequence[str], *, generator: np.random.Generator | None = None
    ) -> Float[Tensor, "text dim"]:
        """Return text embeddings on the unit sphere; an empty text is the zero vector.

        Args:
            texts: The texts.
            generator: For training only: draws which n-grams are read (see ``TextTower``).
        """
        return F.normalize(self.text_tower(texts, generator=generator), dim=1)

    def clip_and_measurements(
        self, frames: Float[Tensor, "batch frame 1 height width"]
    ) -> tuple[Float[Tensor, "batch dim"], Float[Tensor, "batch quantity"]]:
        """Return clip embeddings and standardised measurements from one pass of the tower."""
        feature = self.image_tower(frames)
        return F.normalize(self.project_clip(feature), dim=1), self.measurement_head(feature)

    def predict_measurements(
        self, frames: Float[Tensor, "batch frame 1 height width"]
    ) -> Float[Tensor, "batch quantity"]:
        """Return the head's values in canonical units, in the order of ``config.quantities``.

        Only the quantities that a view shows mean anything for a clip of it (``clinical.shows``).
        """
        standardised = self.clip_and_measurements(frames)[1]
        return standardised * self.quantity_deviation + self.quantity_mean
