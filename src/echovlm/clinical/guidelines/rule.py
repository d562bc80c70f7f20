"""One guideline rule as data: which number, which bands, from which clause."""

import math
from dataclasses import dataclass, field
from enum import Enum

from echovlm.clinical.documents import Confidence, Document, Profile, cite
from echovlm.clinical.findings import Distance, Finding, Grade
from echovlm.clinical.guidelines.gates import Gate
from echovlm.clinical.guidelines.rounding import round_half_up
from echovlm.clinical.measurement import Quantity
from echovlm.clinical.patient import Sex
from echovlm.errors import EchoVLMError


class RuleError(EchoVLMError, ValueError):
    """A rule does not exist, or was asked what it cannot answer."""


@dataclass(frozen=True, slots=True)
class Band:
    """An interval of the rounded value, and its grade. An open end is infinite.

    Attributes:
        grade: What a value inside means.
        low: Lower edge.
        high: Upper edge.
        low_inside: Whether the lower edge belongs to the band.
        high_inside: Whether the upper edge belongs to the band.
        label: The guideline's finer word, such as ``very severe``; empty when the grade says it.
    """

    grade: Grade
    low: float = -math.inf
    high: float = math.inf
    low_inside: bool = False
    high_inside: bool = False
    label: str = ""

    def __contains__(self, value: float) -> bool:
        above = value >= self.low if self.low_inside else value > self.low
        below = value <= self.high if self.high_inside else value < self.high
        return above and below


@dataclass(frozen=True, slots=True)
class SexBands:
    """The bands of both sexes, each from normal to worst; equal when the rule does not ask for the sex."""

    men: tuple[Band, ...]
    women: tuple[Band, ...]

    def of(self, sex: Sex) -> tuple[Band, ...]:
        """Return the bands of one sex."""
        return self.men if sex is Sex.MALE else self.women


class Side(Enum):
    """On which side of its limit a value is abnormal, in the words of a reason."""

    ABOVE = "above"
    AT_OR_ABOVE = "at or above"
    BELOW = "below"
    AT_OR_BELOW = "at or below"

    @property
    def sign(self) -> int:
        """+1 when abnormal values are larger, -1 when they are smaller."""
        return 1 if self in (Side.ABOVE, Side.AT_OR_ABOVE) else -1


@dataclass(frozen=True, slots=True)
class Limit:
    """The border between normal and abnormal.

    Attributes:
        value: The border, in the quantity's canonical unit.
        side: Where the abnormal values lie.
        sign: +1 when abnormal values are larger, -1 when they are smaller.
    """

    value: float
    side: Side
    sign: int = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "sign", self.side.sign)

    def is_beyond(self, value: float) -> bool:
        """Return whether a value, already rounded to the rule's resolution, is abnormal."""
        match self.side:
            case Side.ABOVE:
                return value > self.value
            case Side.AT_OR_ABOVE:
                return value >= self.value
            case Side.BELOW:
                return value < self.value
            case Side.AT_OR_BELOW:
                return value <= self.value


def _border(bands: tuple[Band, ...]) -> Limit:
    """Return where the least severe band ends."""
    normal = bands[0]
    if math.isfinite(normal.high):
        return Limit(normal.high, Side.ABOVE if normal.high_inside else Side.AT_OR_ABOVE)
    return Limit(normal.low, Side.BELOW if normal.low_inside else Side.AT_OR_BELOW)


@dataclass(frozen=True, slots=True)
class Rule:
    """A graded rule over one quantity.

    Attributes:
        id: Stable name, used in datasets and reports.
        name: The rule in words.
        finding: What it decides.
        quantity: The number that it bands, in the quantity's canonical unit.
        bands: Normal first, then by rising severity.
        resolution: Values are rounded half up to this step before banding: published tables have gaps.
        document: The guideline.
        clause: Where in the guideline.
        confidence: How far the numbers were checked.
        confidence_note: What exactly was seen, and what was not.
        precedence: Rules of one finding are asked in this order; the first with its input decides. Rules of
            equal precedence are asked together: one abnormal is enough, and all must be normal.
        profile: The generation of guidelines.
        gates: Patients to whom the rule does not apply.
        supporting: An abnormal value counts, but a missing one does not keep the finding from being absent.
        needs_sex: Whether the two sexes have different bands.
        cited: The guideline, the clause, and how far the numbers were checked.
    """

    id: str
    name: str
    finding: Finding
    quantity: Quantity
    bands: SexBands
    resolution: float
    document: Document
    clause: str
    confidence: Confidence
    confidence_note: str = ""
    precedence: int = 0
    profile: Profile = Profile.BASELINE
    gates: tuple[Gate, ...] = ()
    supporting: bool = False
    # What follows from the fields above; kept, because a hundred thousand studies ask for it.
    needs_sex: bool = field(init=False, compare=False, repr=False)
    cited: str = field(init=False, compare=False, repr=False)
    _limit: tuple[Limit, Limit] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "needs_sex", self.bands.men != self.bands.women)
        object.__setattr__(self, "cited", cite(self.document, self.clause, self.confidence))
        object.__setattr__(self, "_limit", (_border(self.bands.men), _border(self.bands.women)))

    def rounded(self, value: float) -> float:
        """Return a value in the canonical unit at the rule's resolution."""
        return round_half_up(value, self.resolution)

    def band(self, value: float, sex: Sex) -> Band:
        """Return the band of a value in the canonical unit.

        Raises:
            RuleError: If the value is not a finite number.
        """
        if not math.isfinite(value):
            raise RuleError(f"rule {self.id} grades finite values; got {value}. Drop the value first.")
        rounded = round_half_up(value, self.resolution)
        for band in self.bands.men if sex is Sex.MALE else self.bands.women:
            if rounded in band:
                return band
        raise AssertionError(f"the bands of {self.id} leave out {rounded}")

    def limit(self, sex: Sex | None) -> Limit:
        """Return the border between absent and present.

        Raises:
            RuleError: If the sexes differ and ``sex`` is unknown.
        """
        if sex is None and self.needs_sex:
            raise RuleError(f"rule {self.id} has a limit per sex; got sex None. Give Sex.FEMALE or Sex.MALE.")
        return self._limit[sex is not Sex.MALE]

    def limits(self, sex: Sex | None) -> tuple[Limit, ...]:
        """Return the limit that applies: those of both sexes when the sex is unknown and they differ."""
        if sex is None and self.needs_sex:
            return (self.limit(Sex.MALE), self.limit(Sex.FEMALE))
        return (self.limit(sex),)

    def distance(self, value: float, sex: Sex | None) -> float:
        """Return how far the rounded value lies beyond the limit, canonical unit; negative when normal."""
        limit = self.limit(sex)
        return (self.rounded(value) - limit.value) * limit.side.sign

    def measure_distance(self, value: float, sex: Sex | None) -> tuple[Distance, ...]:
        """Return the distance to the limit, or to the limits of both sexes when the sex decides and is unknown."""
        rounded = round_half_up(value, self.resolution)
        limits = self._limit if sex is None and self.needs_sex else (self._limit[sex is not Sex.MALE],)
        return tuple(
            [
                Distance(self.quantity, rounded, limit.value, (rounded - limit.value) * limit.sign)
                for limit in limits
            ]
        )
