"""The supervised classifier of findings: the image tower with one answer per finding, zero-shot's ceiling."""

from dataclasses import dataclass, field
from typing import Final

from jaxtyping import Float
from torch import Tensor, nn

from echovlm.clinical.findings import CORE_FINDINGS
from echovlm.models.clips import Clips
from echovlm.models.held_tower import HoldsTower
from echovlm.models.image_tower import ImageTowerConfig
from echovlm.models.towers import AnyImageTower, ImageConfig, make_image_tower

FINDING_KEYS: Final = tuple(finding.key for finding in CORE_FINDINGS)


@dataclass(frozen=True, slots=True)
class FindingsConfig:
    """The size of the classifier, and what it answers.

    Attributes:
        image: The image tower.
        findings: Keys of the findings, in the order of the outputs.
    """

    image: ImageConfig = field(default_factory=ImageTowerConfig)
    findings: tuple[str, ...] = FINDING_KEYS


class FindingsModel(HoldsTower):
    """Clip to the log-odds of each finding. Only those visible in the clip's view mean anything."""

    image_tower: AnyImageTower

    def __init__(self, config: FindingsConfig) -> None:
        super().__init__()
        self.config = config
        self.image_tower = make_image_tower(config.image)
        self.head = nn.Linear(self.image_tower.n_features, len(config.findings))
        # From zero the head learns first, and a pretrained tower is not shaken by random weights behind it.
        nn.init.zeros_(self.head.weight)

    def forward(
        self, frames: Float[Tensor, "batch frame channel height width"] | Clips
    ) -> Float[Tensor, "batch finding"]:
        """Return log-odds in the order of ``config.findings``."""
        logit: Tensor = self.head(self.image_tower(frames))
        return logit

    def predict_prob(
        self, frames: Float[Tensor, "batch frame channel height width"] | Clips
    ) -> Float[Tensor, "batch finding"]:
        """Return the probability that each finding is present."""
        return self.forward(frames).sigmoid()
