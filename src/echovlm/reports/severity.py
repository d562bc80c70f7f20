"""The words of severity, from physiologic to severe, and the plus signs that stand for them."""

import re
from enum import Enum
from typing import Final

from echovlm.clinical.findings import Grade


class Severity(Enum):
    """A degree in a reader's words, with the grade of our rules that it falls into.

    A degree between two grades keeps its own name and has no grade: which of the two was meant is not said.
    """

    PHYSIOLOGIC = ("physiologic", Grade.NORMAL)
    TRIVIAL = ("trivial", Grade.NORMAL)
    MILD = ("mild", Grade.MILD)
    MILD_TO_MODERATE = ("mild_to_moderate", None)
    MODERATE = ("moderate", Grade.MODERATE)
    MODERATE_TO_SEVERE = ("moderate_to_severe", None)
    SEVERE = ("severe", Grade.SEVERE)
    SMALL = ("small", Grade.SMALL)
    LARGE = ("large", Grade.LARGE)

    def __init__(self, key: str, grade: Grade | None) -> None:
        self.key, self.grade = key, grade

    @property
    def grades(self) -> tuple[Grade, ...]:
        """The grades that may be meant, the milder first: two for a degree between them."""
        return _BETWEEN_GRADES[self.key] if self.grade is None else (self.grade,)


_BETWEEN_GRADES: Final = {
    "mild_to_moderate": (Grade.MILD, Grade.MODERATE), "moderate_to_severe": (Grade.MODERATE, Grade.SEVERE)
}  # fmt: skip

_WORD: Final = {
    "physiologic": Severity.PHYSIOLOGIC, "physiological": Severity.PHYSIOLOGIC,
    "trivial": Severity.TRIVIAL, "trace": Severity.TRIVIAL, "minimal": Severity.TRIVIAL, "tiny": Severity.TRIVIAL,
    "mild": Severity.MILD, "slight": Severity.MILD, "mod": Severity.MODERATE, "moderate": Severity.MODERATE,
    "severe": Severity.SEVERE, "critical": Severity.SEVERE, "massive": Severity.SEVERE,
    "torrential": Severity.SEVERE, "small": Severity.SMALL, "large": Severity.LARGE,
}  # fmt: skip
# Laboratories that count plus signs mean these (BIDMC's vocabulary prints the words beside them).
_PLUS: Final = {
    "1": Severity.MILD, "1-2": Severity.MILD_TO_MODERATE, "2": Severity.MODERATE,
    "2-3": Severity.MODERATE_TO_SEVERE, "3": Severity.MODERATE_TO_SEVERE, "3-4": Severity.SEVERE,
    "4": Severity.SEVERE,
}  # fmt: skip
_BETWEEN: Final = {
    (Severity.MILD, Severity.MODERATE): Severity.MILD_TO_MODERATE,
    (Severity.MODERATE, Severity.SEVERE): Severity.MODERATE_TO_SEVERE,
}

_ONE: Final = (
    r"(?:physiological|physiologic|trivial|trace|minimal|tiny|mild|slight|moderate|mod|severe|critical"
    r"|massive|torrential|small|large)(?:ly)?"
)
_TO: Final = r"(?:\s*(?:-|/|-?\bto\b-?|\bor\b)\s*|(?<=moderately)\s+(?=severe))"
_PLUSES: Final = r"[1-4]\s*(?:\+\s*)?(?:(?:-|to)\s*[1-4]\s*)?\+"
# The words, a second word after "to" or a dash, and plus signs in brackets, which only repeat them.
SEVERITY_PATTERN: Final = (
    rf"(?:(?<![\w-])(?:very\s+)?{_ONE}(?:{_TO}(?:{_ONE}|{_PLUSES}))?(?!\w)(?:\s*[\[(]\s*{_PLUSES}\s*[\])])?"
    rf"|(?<![\w.+-]){_PLUSES})"
)
_FIRST: Final = re.compile(rf"({_ONE})(?:{_TO}({_ONE}))?", re.IGNORECASE)


def read_severity(text: str) -> Severity | None:
    """Return the degree that words matched by ``SEVERITY_PATTERN`` name.

    Of two neighbours that have no common name, such as trivial to mild, the higher counts.
    """
    words = _FIRST.search(text)
    if words is None:
        digits = re.findall(r"[1-4]", text)
        return _PLUS.get("-".join(dict.fromkeys(digits)))
    low = _word(words[1])
    pluses = re.fullmatch(rf"\s*(?:-|/|to)\s*({_PLUSES})", text[words.end() :])
    high = _word(words[2]) if words[2] else low
    if pluses is not None:
        high = read_severity(pluses[1]) or low
    return _BETWEEN.get((low, high), high)


def _word(text: str) -> Severity:
    plain = text.lower()
    return _WORD.get(plain) or _WORD[plain.removesuffix("ly")]
