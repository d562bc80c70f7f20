"""Statements against their negations: what must be told apart, in the text alone and by the image."""

from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F  # noqa: N812


def negation_loss(
    text_unit: Float[Tensor, "pair dim"], negated_unit: Float[Tensor, "pair dim"], *, margin: float
) -> Float[Tensor, ""]:
    """Push each statement from its negation in the text space (arXiv 2512.12107, L_neg).

    The paper gives no formula; a hinge on the cosine is our choice: ``max(0, cos - margin)``.

    Args:
        text_unit: Statements, on the unit sphere.
        negated_unit: Row ``i`` negates row ``i`` of the statements.
        margin: Cosine below which a pair counts as told apart, in [-1, 1).

    Returns:
        Mean hinge; 0 when every pair is far enough apart, or there is none.

    Raises:
        ValueError: If the margin lies outside [-1, 1).
    """
    if not -1 <= margin < 1:
        raise ValueError(f"margin must be in [-1, 1); got {margin:g}. Use 0 to ask for a right angle")
    cosine = (text_unit * negated_unit).sum(1)
    return F.relu(cosine - margin).sum() / max(len(cosine), 1)


def counterfactual_loss(
    clip_unit: Float[Tensor, "pair dim"],
    true_unit: Float[Tensor, "pair dim"],
    counterfactual_unit: Float[Tensor, "pair dim"],
    weight: Float[Tensor, "pair"],
    *,
    temperature: float | Float[Tensor, ""],
) -> Float[Tensor, ""]:
    """Make each clip prefer the true statement over the one that says the opposite.

    This is the two-way softmax between both statements: ``softplus(-(s_true - s_counterfactual) /
    temperature)``. A clip may stand in several pairs, one for each of its statements.

    Args:
        clip_unit: The clip of each pair, on the unit sphere.
        true_unit: The statement that holds of it.
        counterfactual_unit: The statement of opposite polarity, or with the value beyond the threshold.
        weight: Weight of each pair, >= 0; ``balanced_polarity_weight`` keeps a common "no" from drowning a
            rare "yes".
        temperature: Softmax temperature, > 0.

    Returns:
        Weighted mean in nats; log 2 when the clip does not decide, 0 when there is no weight.
    """
    preference = (clip_unit * (true_unit - counterfactual_unit)).sum(1) / temperature
    total = weight.sum()
    return (weight * F.softplus(-preference)).sum() / total.clamp(min=1e-12)
