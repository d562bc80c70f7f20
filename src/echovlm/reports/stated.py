"""What a text states: findings and values, each with its state and the place where it stands."""

from dataclasses import dataclass
from enum import Enum

from echovlm.clinical.findings import Finding, Grade
from echovlm.clinical.measurement import Measurement, Quantity
from echovlm.clinical.printed import PrintedNumber
from echovlm.reports.sections import SectionKind
from echovlm.reports.severity import Severity


class TextState(Enum):
    """What a text says of a finding or value, at the time of the study that it reports."""

    PRESENT = "present"
    ABSENT = "absent"
    UNCERTAIN = "uncertain"  # possible, not excluded, asked about, or only bounded from above
    HISTORICAL = "historical"  # of another date, or already the past; says nothing of this study


@dataclass(frozen=True, slots=True)
class Span:
    """A place in the text, as Python slices it."""

    start: int
    end: int

    def of(self, text: str) -> str:
        """Return the words at this place."""
        return text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class FindingInText:
    """A finding that a text states, denies or leaves open.

    Attributes:
        finding: What it is about.
        state: What is said of it.
        severity: The degree in the reader's own words; for an uncertain finding the most that it can be.
        span: The words that name it.
        sentence: The sentence around them.
        section: The kind of section that it stands in.
        at_least: The mildest degree that the words leave open, where they are a bound: "more than mild".
        at_most: The worst one, such as mild in "no significant regurgitation"; a denial denies no less than that.
    """

    finding: Finding
    state: TextState
    severity: Severity | None
    span: Span
    sentence: Span
    section: SectionKind
    at_least: Grade | None = None
    at_most: Grade | None = None

    @property
    def grade(self) -> Grade | None:
        """The grade of our rules that the reader's degree falls into; ``None`` where it lies between two."""
        return None if self.severity is None else self.severity.grade


@dataclass(frozen=True, slots=True)
class MeasurementInText:
    """A number of a known quantity.

    Attributes:
        quantity: What was measured.
        printed: The number, range or bound as it stands, without conversion.
        low: The lower end in canonical units; ``-inf`` for an upper bound.
        high: The upper end in canonical units; ``inf`` for a lower bound.
        resolution: What one unit of the last printed digit is, in canonical units.
        measurement: The value in canonical units where one number is given and can be used, else ``None``.
        state: Present, or historical for a value of another date.
        is_marked: Whether an asterisk marks it as outside the laboratory's range.
        reference: The laboratory's range, if it is printed after the value.
        span: The number with its unit.
        name_span: The words that name the quantity.
        sentence: The sentence around them.
        section: The kind of section that it stands in.
        remark: What had to be assumed or why the number cannot be used; empty when plain.
    """

    quantity: Quantity
    printed: PrintedNumber
    low: float
    high: float
    resolution: float
    measurement: Measurement | None
    state: TextState
    is_marked: bool
    reference: PrintedNumber | None
    span: Span
    name_span: Span
    sentence: Span
    section: SectionKind
    remark: str
