"""Losses as pure functions of tensors; none knows a model, a clip or a file."""

from echovlm.objectives.contrastive import (
    clip_loss,
    matching_loss,
    multi_positive_loss,
    view_weighted_clip_loss,
    view_weighted_sigmoid_loss,
)
from echovlm.objectives.dense import landmark_loss, segmentation_loss
from echovlm.objectives.finding import finding_loss
from echovlm.objectives.measurement import ladder_loss, ladder_share, measurement_loss, ordinal_ranking_loss
from echovlm.objectives.negation import counterfactual_loss, negation_loss
from echovlm.objectives.polarity import balanced_polarity_weight
from echovlm.objectives.view import view_informed_loss

__all__ = [
    "balanced_polarity_weight",
    "clip_loss",
    "counterfactual_loss",
    "finding_loss",
    "ladder_loss",
    "ladder_share",
    "landmark_loss",
    "matching_loss",
    "measurement_loss",
    "multi_positive_loss",
    "negation_loss",
    "ordinal_ranking_loss",
    "segmentation_loss",
    "view_informed_loss",
    "view_weighted_clip_loss",
    "view_weighted_sigmoid_loss",
]
