"""The categorical results of MIMIC-IV-ECHO's structured table, as findings.

Vocabularies are verbatim, odd case, blanks and brackets included, and compared after folding those away. A
reader's category is kept even where the laboratory's cut point differs from the guideline's (walls: normal
below 1.2 cm).
"""

import re
from collections.abc import Mapping
from typing import Final, TypeAlias

from echovlm.clinical.findings import Finding, FindingState, Grade
from echovlm.reports import category_words as words
from echovlm.reports.category_words import ABNORMAL, ABSENT, MILD, MODERATE, SEVERE, UNSEEN, Outcome

Category: TypeAlias = tuple[Finding, FindingState, Grade | None]

_LA_SIZE: Final = {
    "Normal LAVI (<34ml/m2)": ABSENT,
    "Mild LAVI (34-41ml/m2) ": MILD,
    "Mod LAVI (41-48ml/m2)": MODERATE,
    "Severe LAVI(>48ml/m2)": SEVERE,
    "Nl (PLA <4.1cm)": ABSENT,
    "Mild LAE (PLA 4.1-4.9cm)": MILD,
    "Mod LAE (PLA 5.0-5.9cm)": MODERATE,
    "Sev LAE (PLA >=6.0cm)": SEVERE,
    "LA Elongated (4Ch>5.2cm)": ABNORMAL,
}

_WALL_THICKNESS: Final = {
    "Normal (<1.2cm)": ABSENT,
    "Mild symmetric LVH (1.1-1.4cm)": MILD,
    "Mod symmetric LVH (1.5-1.7cm)": MODERATE,
    "Severe symmetric (>1.7cm)": SEVERE,
    "Symmetric (no qualifiers)": ABNORMAL,
    "Asymmetric (Sept>post 1.5:1)": ABNORMAL,
    "Focal non-obstructive hypertrophy basal septum": ABNORMAL,
    "Apical hypertrophy": ABNORMAL,
    "Focal hypertrophy of XXX": ABNORMAL,
}

# Trivial fluid is physiological (the rule's none or trivial). Between two grades the lower counts, as the
# guideline draft collapses grades. A fat pad explains an echo-free space and excludes no fluid elsewhere.
_EFFUSION: Final = {
    "Trivial": ABSENT,
    "Very small (<0.5cm)": (FindingState.PRESENT, Grade.SMALL),
    "Small (<1.0cm)": (FindingState.PRESENT, Grade.SMALL),
    "Small-moderate": (FindingState.PRESENT, Grade.SMALL),
    "Moderate (1.0-2.0cm)": (FindingState.PRESENT, Grade.MODERATE),
    "Moderate-large": (FindingState.PRESENT, Grade.MODERATE),
    "Large (>2.0cm)": (FindingState.PRESENT, Grade.LARGE),
    "None": ABSENT,
    "Anterior fat pad": UNSEEN,
}

# Four classes per chamber are documented (Normal, Mild, Mod, Sev LVE/RVE/RAE/LAE), their exact spelling is
# not: so the severity is read with either long or short words, and nothing else may stand in the text.
_SEVERITY: Final = {
    "normal": ABSENT, "nl": ABSENT,
    "mild": MILD, "mildly": MILD, "mild mod": MILD, "mild moderate": MILD,
    "mod": MODERATE, "moderate": MODERATE, "moderately": MODERATE, "mod sev": MODERATE,
    "mod severe": MODERATE, "moderate severe": MODERATE,
    "sev": SEVERE, "severe": SEVERE, "severely": SEVERE,
    "dilated no qualifier": ABNORMAL, "dilated": ABNORMAL, "enlarged": ABNORMAL,
}  # fmt: skip
_SIZE_WORDS: Final = re.compile(
    r"(?P<severity>[a-z ]+?)"
    r"(?: (?:lve|rve|rae|lae|(?:(?:lv|rv|ra|la) )?(?:(?:chamber|cavity) )?"
    r"(?:size|dilated|dilation|dilatation|enlarged|enlargement)))?"
)

_UNSEEN_WORDS: Final = ("not well seen", "not seen", "not visualized", "cannot assess", "unable to assess")


def _fold(text: str) -> str:
    """Reduce a spelling to lower-case words, numbers and comparison signs parted by single blanks."""
    return " ".join(re.findall(r"[a-z]+|[0-9.]+|[<>=:]+", text.lower()))


_VERBATIM: Final[Mapping[str, Mapping[str, Outcome]]] = {
    "la_size": {_fold(text): outcome for text, outcome in _LA_SIZE.items()},
    "lv_wall_thickness": {_fold(text): outcome for text, outcome in _WALL_THICKNESS.items()},
    "pericardial_effusion": {_fold(text): outcome for text, outcome in _EFFUSION.items()},
    **{name: {_fold(text): o for text, o in texts.items()} for name, texts in words.VERBATIM.items()},
}
# A degree may carry its plus signs, its limits or its cause: "Mod [2+]", "Severe (<1.0cm2)", "Mild from MAC".
_REMARK: Final = re.compile(
    r"\s*(?:[\[(][^\])]*[\])]|\(?\bfrom\s+mac\b\)?|,?\s*\bincr\s+(?:vel|grad)\b.*)\s*", re.IGNORECASE
)

_FINDING: Final = {
    "la_size": Finding.LA_DILATED,
    "ra_size": Finding.RA_DILATED,
    "lv_chamber_size": Finding.LV_DILATED,
    "rv_chamber_size": Finding.RV_DILATED,
    "lv_wall_thickness": Finding.LV_WALL_THICKENED,
    "pericardial_effusion": Finding.PERICARDIAL_EFFUSION,
    **words.FINDINGS,
}

CATEGORICAL_NAMES: Final = tuple(_FINDING)


def find_category(name: str, result: str) -> Category | None:
    """Return the finding that a categorical result states, or ``None`` when name or text is unknown.

    An empty result is ``None``: nothing was said. A text that says the structure was not seen is a finding
    that was not assessed.

    Args:
        name: The table's ``measurement`` column, such as ``la_size``.
        result: The table's ``result`` column, verbatim.
    """
    finding = _FINDING.get(name.strip().lower())
    folded = _fold(result)
    if finding is None or not folded:
        return None
    key = name.strip().lower()
    outcome = _find_degree(result) if key in words.LESIONS else _find_outcome(key, folded)
    return None if outcome is None else (finding, *outcome)


def _find_degree(result: str) -> Outcome | None:
    """Return what a degree of a leak or narrowing means, with what is printed beside it taken off."""
    plain = " ".join(re.findall(r"[a-z]+", _REMARK.sub(" ", result).lower()))
    if any(plain.startswith(unseen) for unseen in _UNSEEN_WORDS):
        return UNSEEN
    return words.DEGREES.get(plain)


def _find_outcome(name: str, folded: str) -> Outcome | None:
    if any(folded.startswith(unseen) for unseen in _UNSEEN_WORDS):
        return UNSEEN
    known = _VERBATIM.get(name, {})
    if folded in known:
        return known[folded]
    if name == "lv_wall_thickness" and folded.startswith("focal hypertrophy of "):
        return ABNORMAL
    if name.endswith("_size"):
        match = _SIZE_WORDS.fullmatch(folded)
        return None if match is None else _SEVERITY.get(match["severity"])
    return None
