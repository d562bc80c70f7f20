"""A ladder of sentences that give rising numbers of one quantity, for reading a value by asking for each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from echovlm.clinical.measurement import Measurement, Quantity
from echovlm.clinical.provenance import Provenance, Source
from echovlm.clinical.statements import measurement_sentences
from echovlm.training.targets import MeasurementTargets

N_RUNGS: Final = 12
_INNER: Final = (
    0.01,
    0.99,
)  # the part of the training values that the ladder covers: one outlier must not stretch it
_ASKED: Final = Provenance(Source.TABLE, "asked of the model")
_QUANTITY: Final = {quantity.key: quantity for quantity in Quantity}


@dataclass(frozen=True, slots=True, eq=False)
class Ladder:
    """The rungs of one quantity.

    Attributes:
        column: Column of the quantity among the targets.
        rungs: Standardised values, rising; those that a report rounds to one number are one rung.
        sentences: All paraphrases of each rung.
    """

    column: int
    rungs: Float[Tensor, "rung"]
    sentences: tuple[tuple[str, ...], ...]

    def texts(self, *, generator: np.random.Generator) -> tuple[str, ...]:
        """Return the ladder in one paraphrase."""
        paraphrase = int(generator.integers(len(self.sentences[0])))
        return tuple(options[paraphrase] for options in self.sentences)


def make_ladders(targets: MeasurementTargets, quantities: Sequence[str]) -> tuple[Ladder, ...]:
    """Return a ladder for every quantity that the training clips give at least two numbers of."""
    ladders = []
    for column, key in enumerate(quantities):
        measured = targets.value[:, column][targets.measured[:, column]].numpy()
        if len(measured) == 0:
            continue
        low, high = np.quantile(measured, _INNER)
        rungs: dict[tuple[str, ...], float] = {}
        for standardised in np.linspace(low, high, N_RUNGS):
            value = standardised * float(targets.deviation[column]) + float(targets.mean[column])
            asked = Measurement(_QUANTITY[key], value, _QUANTITY[key].unit, _ASKED)
            rungs.setdefault(measurement_sentences(asked), float(standardised))
        if len(rungs) > 1:
            ladders.append(Ladder(column, torch.tensor(list(rungs.values())), tuple(rungs)))
    return tuple(ladders)
