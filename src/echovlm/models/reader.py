"""The reader: which view a frame shows, which structure each pixel is, and where the landmarks are."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from echovlm.clinical.view_shares import LABORATORY_SHARES
from echovlm.clinical.views import View
from echovlm.models.backbone import Backbone, BackboneConfig
from echovlm.models.dense import LANDMARK_NAMES, N_LABELS, DensePrediction, Merge, expect_points

VIEW_NAMES: Final = tuple(view.value for view in View)
_CELLS: Final = 8  # along each side of the grid on which the arrangement of the masks is seen


@dataclass(frozen=True, slots=True)
class ReaderConfig:
    """The size of a reader, and what it answers.

    Attributes:
        backbone: The encoder.
        decoder_width: Channels of the decoder at half resolution; doubled at each coarser level.
        arrangement_width: Hidden units of the head that names the view from the masks.
        dropout_frac: Part of the features that the view head does without in training.
        n_labels: Mask labels, background included.
        landmarks: Names of the landmarks, in the order of the outputs.
        views: Values of the views, in the order of the outputs; one more output says that it is no view.
        drawn_shares: How often each view stood in training.
    """

    backbone: BackboneConfig = field(default_factory=BackboneConfig)
    decoder_width: int = 16
    arrangement_width: int = 64
    dropout_frac: float = 0.2
    n_labels: int = N_LABELS
    landmarks: tuple[str, ...] = LANDMARK_NAMES
    views: tuple[str, ...] = VIEW_NAMES
    drawn_shares: tuple[float, ...] = (1 / len(VIEW_NAMES),) * len(VIEW_NAMES)

    def is_as_large_as(self, other: "ReaderConfig") -> bool:
        """Return whether weights of one fit the other."""
        return replace(self, drawn_shares=other.drawn_shares) == other


class ReaderOutput(NamedTuple):
    """What the network says of a batch of images, differentiable.

    Attributes:
        mask_logit: Label logits at full resolution.
        point_xy_px: Expectation of each landmark's heatmap, in pixels of the model's image.
        spread_px: Standard deviation of the heatmap, averaged over both axes.
        appearance_logit: Logits of the views by the encoder's features; the last is that of no view at all.
        arrangement_logit: The same by where the masks lie: which chambers are there, and how they are placed.
    """

    mask_logit: Float[Tensor, "batch label height width"]
    point_xy_px: Float[Tensor, "batch point 2"]
    spread_px: Float[Tensor, "batch point"]
    appearance_logit: Float[Tensor, "batch view_and_none"]
    arrangement_logit: Float[Tensor, "batch view_and_none"]

    @property
    def view_logit(self) -> Float[Tensor, "batch view_and_none"]:
        """The answer: both must find a view likely, and texture alone convinces only one of them."""
        return (self.appearance_logit + self.arrangement_logit) / 2


@dataclass(frozen=True, slots=True, eq=False)
class ReaderPrediction:
    """What the reader says of the frames of one clip.

    Attributes:
        dense: Masks and landmarks of each frame, in pixels of the model's image.
        view_prob: Probability of each view in each frame; what is missing to 1 is for none of them.
        views: The views, in the order of ``view_prob``.
    """

    dense: DensePrediction
    view_prob: Float[np.ndarray, "frame view"]
    views: tuple[View, ...]

    def mean_view_prob(self) -> Mapping[View, float]:
        """Return the clip's answer: each view's probability, averaged over the frames."""
        return dict(zip(self.views, self.view_prob.mean(0).tolist(), strict=True))


class ReaderModel(nn.Module):
    """One encoder with a decoder for masks and landmarks, and a head for the view; frames on their own."""

    def __init__(self, config: ReaderConfig) -> None:
        super().__init__()
        self.config = config
        self.backbone = Backbone(config.backbone)
        widths = self.backbone.widths
        outs = [config.decoder_width * 2 ** min(level, 3) for level in range(len(widths) - 1)]
        coarser = (*outs[1:], widths[-1])
        self.merges = nn.ModuleList(
            Merge(n_coarse, n_fine, n_out)
            for n_coarse, n_fine, n_out in zip(coarser, widths[:-1], outs, strict=True)
        )
        self.mask_head = nn.Conv2d(outs[0], config.n_labels, 1)
        self.heat_head = nn.Conv2d(outs[0], len(config.landmarks), 1)
        self.view_head = nn.Sequential(
            nn.Dropout(config.dropout_frac), nn.Linear(widths[-1] + widths[-2], len(config.views) + 1)
        )
        self.arrangement_head = nn.Sequential(
            nn.AdaptiveAvgPool2d(_CELLS),
            nn.Flatten(),
            nn.Linear(config.n_labels * _CELLS**2, config.arrangement_width),
            nn.ReLU(),
            nn.Dropout(config.dropout_frac),
            nn.Linear(config.arrangement_width, len(config.views) + 1),
        )
        for part in (self.merges, self.mask_head, self.heat_head):
            part.to(memory_format=torch.channels_last)

    def forward(self, images: Float[Tensor, "batch 1 height width"]) -> ReaderOutput:
        """Return view, masks and landmarks of a batch of normalised images, each on its own."""
        maps = self.backbone(images)
        appearance = self.view_head(torch.cat([maps[-1].mean((2, 3)), maps[-2].mean((2, 3))], 1))
        x = maps[-1]
        for merge, fine in zip(reversed(self.merges), reversed(maps[:-1]), strict=True):
            x = merge(x, fine)
        size = images.shape[2:]
        mask_logit = F.interpolate(self.mask_head(x), size=size, mode="bilinear", align_corners=False)
        stride_px = images.shape[-1] // x.shape[-1]
        point_xy_px, spread_px = expect_points(self.heat_head(x), stride_px=stride_px)
        # Detached, so that masks are drawn to be right and not to betray the view.
        arrangement = self.arrangement_head(mask_logit.detach().softmax(1))
        return ReaderOutput(mask_logit, point_xy_px, spread_px, appearance, arrangement)

    @torch.inference_mode()
    def predict(
        self,
        frames: Float[Tensor, "frame 1 height width"],
        *,
        batch_size: int = 32,
        expected: Mapping[View, float] = LABORATORY_SHARES,
    ) -> ReaderPrediction:
        """Return what every frame shows.

        Training draws views in other shares than a laboratory takes them. By Bayes' rule the odds of a view are
        multiplied by how much more often it is expected than it was drawn (Saerens et al. 2002); those of no view at
        all stay as they were learnt.

        Args:
            frames: Frames of one clip as ``Preprocessing`` gives them.
            batch_size: Frames per pass; changes memory, not the answer.
            expected: How often each view is expected where the clip comes from; ``EQUAL_SHARES`` for a score
                that counts every view alike.
        """
        was_training = self.training
        self.eval()
        parts = [self.forward(batch) for batch in torch.split(frames, batch_size)]
        self.train(was_training)
        masks: UInt8[np.ndarray, "frame height width"] = (
            torch.cat([p.mask_logit.argmax(1) for p in parts]).to(torch.uint8).cpu().numpy()
        )
        dense = DensePrediction(
            masks=masks,
            points_xy_px=torch.cat([p.point_xy_px for p in parts]).cpu().numpy(),
            spread_px=torch.cat([p.spread_px for p in parts]).cpu().numpy(),
        )
        views = tuple(View(name) for name in self.config.views)
        wanted = torch.tensor([expected[view] for view in views])
        drawn = torch.tensor(self.config.drawn_shares)
        # A view that never stood in training is as unlikely as the network finds it: there is nothing to take back.
        odds = torch.where(drawn > 0, wanted / drawn, torch.ones_like(drawn))
        likelier = F.pad(odds.log(), (0, 1)).to(frames.device)
        prob = (torch.cat([p.view_logit for p in parts]) + likelier).softmax(1)[:, :-1].cpu().numpy()
        return ReaderPrediction(dense, prob, views)
