"""A head on the image tower that names the view of a clip, or gives its measurements."""

from dataclasses import dataclass, field
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor, nn

from echovlm.models.clips import Clips
from echovlm.models.echovlm import SHOWN_QUANTITIES
from echovlm.models.held_tower import HoldsTower
from echovlm.models.image_tower import ImageTowerConfig
from echovlm.models.towers import AnyImageTower, ImageConfig, make_image_tower


@dataclass(frozen=True, slots=True)
class ClipHeadConfig:
    """The size of the model, and what it answers.

    Attributes:
        image: The image tower.
        task: ``view`` or ``measurements``.
        outputs: Values of the views, or keys of the quantities, in the order of the outputs.
    """

    image: ImageConfig = field(default_factory=ImageTowerConfig)
    task: Literal["view", "measurements"] = "measurements"
    outputs: tuple[str, ...] = SHOWN_QUANTITIES


class ClipHeadModel(HoldsTower):
    """Clip to views or measurements. Only the quantities that a clip's view shows mean anything."""

    image_tower: AnyImageTower
    output_mean: Tensor
    output_deviation: Tensor

    def __init__(self, config: ClipHeadConfig) -> None:
        super().__init__()
        self.config = config
        self.image_tower = make_image_tower(config.image)
        self.head = nn.Linear(self.image_tower.n_features, len(config.outputs))
        # From zero the head learns first, and a pretrained tower is not shaken by random weights behind it.
        nn.init.zeros_(self.head.weight)
        self.register_buffer("output_mean", torch.zeros(len(config.outputs)))
        self.register_buffer("output_deviation", torch.ones(len(config.outputs)))

    def forward(
        self, clips: Float[Tensor, "batch frame channel height width"] | Clips
    ) -> Float[Tensor, "batch output"]:
        """Return logits of the views, or standardised measurements."""
        answer: Tensor = self.head(self.image_tower(clips))
        return answer

    def predict(
        self, clips: Float[Tensor, "batch frame channel height width"] | Clips
    ) -> Float[Tensor, "batch output"]:
        """Return the probability of each view, or each measurement in its canonical unit."""
        answer = self.forward(clips)
        if self.config.task == "view":
            return answer.softmax(1)
        return answer * self.output_deviation + self.output_mean
