"""A study as a rule sees it: plausible values by quantity, sex and context."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from echovlm.clinical.context import UNKNOWN_CONTEXT, Sign, StudyContext
from echovlm.clinical.findings import Grade
from echovlm.clinical.guidelines.rule import Band, Rule
from echovlm.clinical.guidelines.wording import compare, show
from echovlm.clinical.measurement import Measurement, Quantity
from echovlm.clinical.patient import Sex


@dataclass(frozen=True, slots=True)
class Study:
    """What is known of one study.

    Attributes:
        usable: The first plausible value of each quantity, in its canonical unit.
        implausible: The first value of each quantity of which none was plausible.
        sex: The patient's sex, if known.
        context: Rhythm, prostheses and signs.
    """

    usable: Mapping[Quantity, Measurement]
    implausible: Mapping[Quantity, Measurement]
    sex: Sex | None
    context: StudyContext = UNKNOWN_CONTEXT
    # An algorithm asks for the band of one part again and again: for its vote, its words and its distance.
    _known: dict[str, Band | None] = field(default_factory=dict, init=False, compare=False, repr=False)

    @classmethod
    def collect(
        cls, measurements: Sequence[Measurement], *, sex: Sex | None, context: StudyContext = UNKNOWN_CONTEXT
    ) -> "Study":
        """Sort values into plausible and implausible ones."""
        usable: dict[Quantity, Measurement] = {}
        implausible: dict[Quantity, Measurement] = {}
        for measurement in measurements:
            quantity = measurement.quantity
            if quantity in usable:
                continue
            value = measurement if measurement.unit is quantity.unit else measurement.canonical()
            fits = quantity.lowest <= value.value <= quantity.highest
            (usable if fits else implausible).setdefault(quantity, value)
        return cls(usable, implausible, sex, context)

    def of(self, sex: Sex) -> "Study":
        """Return the same study of a patient of this sex."""
        return replace(self, sex=sex)

    def value(self, quantity: Quantity) -> float | None:
        """Return a plausible value in canonical units, or ``None``."""
        measurement = self.usable.get(quantity)
        return None if measurement is None else measurement.value

    def band(self, part: Rule) -> Band | None:
        """Return the band in which the value of a rule's quantity lies, or ``None`` without a value."""
        if part.id in self._known:
            return self._known[part.id]
        measurement = self.usable.get(part.quantity)
        # The engine gives a sex before it asks a rule that needs one; the other rules are equal for both.
        band = None if measurement is None else part.band(measurement.value, self.sex or Sex.FEMALE)
        self._known[part.id] = band
        return band

    def is_abnormal(self, part: Rule) -> bool | None:
        """Return whether a value lies beyond a rule's limit, or ``None`` without a value."""
        band = self.band(part)
        return None if band is None else band.grade is not Grade.NORMAL

    def sees(self, sign: Sign) -> bool | None:
        """Return whether a sign was seen, denied, or not spoken of."""
        return self.context.shows(sign)

    def compare(self, part: Rule) -> str:
        """Return a value against its limit in words; empty without a value."""
        measurement = self.usable.get(part.quantity)
        if measurement is None:
            return ""
        return compare(part, measurement.value, self.sex, beyond=bool(self.is_abnormal(part)))

    def show(self, part: Rule) -> str:
        """Return a value with its label in words; empty without a value."""
        measurement = self.usable.get(part.quantity)
        return "" if measurement is None else f"{part.quantity.label} {show(part, measurement.value)}"
