"""How often each value is printed among the patients of a source: opposites are drawn from what others have.

A number drawn for an unknown population betrays itself wherever that population has few such values: what is normal
lies elsewhere in a screening programme than in a heart failure clinic. Drawn from the values of the patients on the
other side of the limit, the opposite of a number is what somebody of the same source really had.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from echovlm.clinical.measurement import Measurement, Quantity
from echovlm.clinical.patient import Sex
from echovlm.clinical.statements import printed_value

_Counts: TypeAlias = tuple[tuple[float, int], ...]


@dataclass(frozen=True, slots=True)
class Population:
    """Printed values of patients, in canonical units.

    Attributes:
        counts: Value and number of studies with it, by quantity and sex, in the order of the values.
    """

    counts: Mapping[tuple[Quantity, Sex | None], _Counts]

    def __hash__(self) -> int:
        return len(self.counts)  # one population is asked for again and again, and its values are thousands

    def values(self, quantity: Quantity, sex: Sex | None) -> _Counts:
        """Return the values of one sex, or of an unknown one, with their numbers; of all where no sex is asked for."""
        sexes = (sex, None) if sex is not None else (*Sex, None)
        return tuple(pair for each in sexes for pair in self.counts.get((quantity, each), ()))


NOBODY: Final = Population({})


def count_population(studies: Iterable[tuple[Sequence[Measurement], Sex | None]]) -> Population:
    """Return the population of some studies, each with its values and its patient's sex."""
    found: dict[tuple[Quantity, Sex | None], Counter[float]] = {}
    for measurements, sex in studies:
        for measurement in {each.quantity: each for each in reversed(measurements)}.values():
            found.setdefault((measurement.quantity, sex), Counter())[printed_value(measurement)] += 1
    return Population({place: tuple(sorted(counts.items())) for place, counts in found.items()})
