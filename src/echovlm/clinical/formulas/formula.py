"""One derivation: which quantity follows from which others, by which published formula."""

from collections.abc import Callable
from dataclasses import dataclass

from echovlm.clinical.documents import Confidence
from echovlm.clinical.measurement import Quantity
from echovlm.clinical.provenance import Provenance, Source


@dataclass(frozen=True, slots=True)
class Formula:
    """One derivation.

    Attributes:
        result: The derived quantity.
        inputs: What it needs, in the order of ``compute``'s arguments.
        expression: The formula as text, in the keys and canonical units of the quantities.
        compute: The formula; numbers in canonical units.
        source: Where the formula stands.
        confidence: How far it was checked.
        consistent: Whether the inputs can belong to one heart; if not, nothing is derived.
        unless: Better sources of the same knowledge; with one of them at hand nothing is derived.
        note: When the formula does not hold.
    """

    result: Quantity
    inputs: tuple[Quantity, ...]
    expression: str
    compute: Callable[..., float]
    source: str
    confidence: Confidence
    consistent: Callable[..., bool] = lambda *values: True
    unless: tuple[Quantity, ...] = ()
    note: str = ""

    @property
    def origin(self) -> Provenance:
        """Where a value derived by this formula says that it comes from."""
        return Provenance(Source.FORMULA, f"{self.expression} ({self.source})")


def quotient(numerator: float, denominator: float) -> float:
    """Return a quotient; for indexes and ratios."""
    return numerator / denominator


def reduction_pct(diastole: float, systole: float) -> float:
    """Return by how much a size falls from diastole to systole, 0 to 100."""
    return 100 * (diastole - systole) / diastole


def shrinks(diastole: float, systole: float) -> bool:
    """Return whether the systolic size is the smaller one."""
    return systole < diastole


def per(
    result: Quantity,
    numerator: Quantity,
    denominator: Quantity,
    *,
    source: str,
    confidence: Confidence,
    note: str = "",
) -> Formula:
    """Return the formula of a plain quotient."""
    return Formula(
        result=result,
        inputs=(numerator, denominator),
        expression=f"{result.key} = {numerator.key} / {denominator.key}",
        compute=quotient,
        source=source,
        confidence=confidence,
        note=note,
    )
