"""Within which degrees the words around a finding leave it: "more than mild", "no significant", "at most moderate"."""

import re
from typing import Final, NamedTuple

from echovlm.clinical.findings import Grade
from echovlm.reports.severity import Severity
from echovlm.reports.stated import TextState

ABOVE: Final = re.compile(
    r"(?<!no\s)(?<!not\s)(?:\b(?:more|greater|worse)\s+than|\bexceed(?:s|ing))\s+(?:a\s+)?$", re.IGNORECASE
)
NEGATED_BOUND: Final = re.compile(
    r"\b(?:no|not|without)\s+(?:(?:\w+\s+){0,3}?|[^.;]*\b(?:or|nor)\s+)(?:more|greater|worse)\s+than\s+(?:a\s+)?$",
    re.IGNORECASE,
)
BELOW: Final = re.compile(r"\bless\s+than\s+$", re.IGNORECASE)
_AT_LEAST: Final = re.compile(r"\bat\s+least\s+$", re.IGNORECASE)
_AT_MOST: Final = re.compile(r"\b(?:at\s+most|up\s+to|not\s+exceed(?:ing)?)\s+(?:a\s+)?$", re.IGNORECASE)
_MOST_AFTER: Final = re.compile(r"\s*at\s+(?:most|worst)\b", re.IGNORECASE)
# "No significant regurgitation" denies what matters and no more, also of the second one in "mitral or tricuspid".
_SIGNIFICANT_BEFORE: Final = re.compile(
    r"\b(?:significant|important|relevant)\s+(?:(?!with\b|but\b|no\b)[\w/-]+\s+){0,4}$", re.IGNORECASE
)
_SIGNIFICANT_AFTER: Final = re.compile(
    r"\s+(?:is|are|appears?)\s+(not\s+)?(?:\w+ly\s+)?(?:significant|important|relevant)\b", re.IGNORECASE
)
_ORDER: Final = (Grade.NORMAL, Grade.MILD, Grade.MODERATE, Grade.SEVERE)


class Bounds(NamedTuple):
    """The mildest and the worst degree that words leave open; ``None`` where they leave that end open."""

    at_least: Grade | None = None
    at_most: Grade | None = None


def bounds_around(before: str, degree: Severity, after: str) -> Bounds:
    """Return what the words next to a degree bound.

    Args:
        before: The sentence up to the degree.
        degree: The degree as it stands, without the words that shift it.
        after: The sentence behind it.
    """
    low, high = _grade(degree.grades[0]), _grade(degree.grades[-1])
    if NEGATED_BOUND.search(before) or _AT_MOST.search(before) or _MOST_AFTER.match(after):
        return Bounds(at_most=high)
    if BELOW.search(before):
        return Bounds(at_most=_below(low))
    if ABOVE.search(before):
        return Bounds(at_least=_ORDER[min(_ORDER.index(high) + 1, len(_ORDER) - 1)])
    return Bounds(at_least=low) if _AT_LEAST.search(before) else Bounds()


def bounds_of_denied(degree: Severity) -> Bounds:
    """Return what "no severe regurgitation" leaves open: a lesser one."""
    return Bounds(at_most=_below(_grade(degree.grades[0])))


def bounds_of_significance(sentence: str, start: int, end: int, state: TextState | None) -> Bounds:
    """Return what the word "significant" says of the mention at this place: from moderate on, or at most mild."""
    after = _SIGNIFICANT_AFTER.match(sentence, end)
    if after is None and not _SIGNIFICANT_BEFORE.search(sentence, 0, start):
        return Bounds()
    is_denied = state is TextState.ABSENT or (after is not None and after[1] is not None)
    return Bounds(at_most=Grade.MILD) if is_denied else Bounds(at_least=Grade.MODERATE)


def _below(grade: Grade) -> Grade:
    return _ORDER[max(_ORDER.index(grade) - 1, 0)]


def _grade(grade: Grade) -> Grade:
    """Return a size as the degree of the same rank."""
    return {Grade.SMALL: Grade.MILD, Grade.LARGE: Grade.SEVERE}.get(grade, grade)
