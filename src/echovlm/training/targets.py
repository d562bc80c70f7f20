"""The numbers and labels that clips are trained towards."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from echovlm.clinical.findings import Finding, FindingState
from echovlm.clinical.measurement import Quantity
from echovlm.clinical.views import Mode
from echovlm.clinical.visibility import shows
from echovlm.dataset import ClipRow
from echovlm.objectives import balanced_polarity_weight

_FEWEST: Final = 20  # clips with a value, below which a regression would only learn its noise


@dataclass(frozen=True, slots=True, eq=False)
class MeasurementTargets:
    """Measured values of clips, standardised over the clips that have them.

    Attributes:
        value: Standardised; 0 where nothing was measured.
        measured: Where a value exists and the clip's view shows it.
        mean: Mean of each quantity, in its canonical unit.
        deviation: Its deviation.
    """

    value: Float[Tensor, "clip quantity"]
    measured: Bool[Tensor, "clip quantity"]
    mean: Float[Tensor, "quantity"]
    deviation: Float[Tensor, "quantity"]


@dataclass(frozen=True, slots=True, eq=False)
class FindingTargets:
    """Findings of clips.

    Attributes:
        present: The label.
        weight: Polarity weight; 0 where the finding was not assessed or the view does not show it.
    """

    present: Bool[Tensor, "clip finding"]
    weight: Float[Tensor, "clip finding"]


def measured_quantities(rows: Sequence[ClipRow]) -> tuple[str, ...]:
    """Return the quantities that clips can teach: measured in at least ``_FEWEST`` that show them."""
    counted = Counter(
        key
        for row in rows
        for key in {
            m.quantity.key for m in row.measurements if shows(row.view, m.quantity, row.mode or Mode.B)
        }
    )
    return tuple(quantity.key for quantity in Quantity if counted[quantity.key] >= _FEWEST)


def decided_findings(rows: Sequence[ClipRow]) -> tuple[str, ...]:
    """Return the findings that clips can teach: present in one that shows it, and absent in another."""
    seen = {(r.finding, r.state) for row in rows for r in row.findings if r.visible and r.state.is_decided}
    both = (FindingState.PRESENT, FindingState.ABSENT)
    return tuple(finding.key for finding in Finding if all((finding, state) in seen for state in both))


def measurement_targets(
    rows: Sequence[ClipRow], quantities: Sequence[str], *, like: MeasurementTargets | None = None
) -> MeasurementTargets:
    """Return the measured values that each clip's view and mode show.

    Args:
        rows: The clips.
        quantities: Keys of the quantities, in the order of the columns.
        like: Targets whose mean and deviation are used; ``None`` takes those of these clips.
    """
    value = np.full((len(rows), len(quantities)), np.nan)
    column = {key: index for index, key in enumerate(quantities)}
    for index, row in enumerate(rows):
        for measurement in row.measurements:
            key = measurement.quantity.key
            if key in column and shows(row.view, measurement.quantity, row.mode or Mode.B):
                value[index, column[key]] = measurement.canonical().value
    measured = ~np.isnan(value)
    count = measured.sum(0).clip(1)
    filled = np.where(measured, value, 0.0)
    mean = filled.sum(0) / count
    off = np.where(measured, filled - mean, 0.0)
    deviation = np.sqrt((off**2).sum(0) / count)
    deviation = np.where(deviation > 0, deviation, 1.0)
    if like is not None:
        mean, deviation = like.mean.double().numpy(), like.deviation.double().numpy()
        off = np.where(measured, filled - mean, 0.0)
    return MeasurementTargets(
        value=torch.from_numpy(off / deviation).float(),
        measured=torch.from_numpy(measured),
        mean=torch.from_numpy(mean).float(),
        deviation=torch.from_numpy(deviation).float(),
    )


def finding_targets(rows: Sequence[ClipRow], findings: Sequence[str]) -> FindingTargets:
    """Return the label of each finding where it was assessed and the view shows it."""
    present = torch.zeros(len(rows), len(findings), dtype=torch.bool)
    assessed = torch.zeros_like(present)
    column = {key: index for index, key in enumerate(findings)}
    for index, row in enumerate(rows):
        for result in row.findings:
            place = column.get(result.finding.key)
            if place is None or not result.visible or not result.state.is_decided:
                continue
            assessed[index, place] = True
            present[index, place] = result.state is FindingState.PRESENT
    weight = torch.zeros(present.shape)
    group = assessed.nonzero()[:, 1]
    weight[assessed] = balanced_polarity_weight(group, present[assessed])
    return FindingTargets(present, weight)
