"""The categorical results of MIMIC-IV-ECHO's structured table, as findings.

Vocabularies are verbatim, odd case, blanks and brackets included, and compared after folding those away. A
reader's category is kept even where the laboratory's cut point differs from the guideline's (walls: normal
below 1.2 cm).
"""

import re
from collections.abc import Mapping
from typing import Final, TypeAlias

from echovlm.clinical.findings import Finding, FindingState, Grade

Category: TypeAlias = tuple[Finding, FindingState, Grade | None]
_Outcome: TypeAlias = tuple[FindingState, Grade | None]

_ABSENT: Final = (FindingState.ABSENT, Grade.NORMAL)
_MILD: Final = (FindingState.PRESENT, Grade.MILD)
_MODERATE: Final = (FindingState.PRESENT, Grade.MODERATE)
_SEVERE: Final = (FindingState.PRESENT, Grade.SEVERE)
_ABNORMAL: Final = (FindingState.PRESENT, Grade.ABNORMAL)
_UNSEEN: Final = (FindingState.NOT_ASSESSED, None)

_LA_SIZE: Final = {
    "Normal LAVI (<34ml/m2)": _ABSENT,
    "Mild LAVI (34-41ml/m2) ": _MILD,
    "Mod LAVI (41-48ml/m2)": _MODERATE,
    "Severe LAVI(>48ml/m2)": _SEVERE,
    "Nl (PLA <4.1cm)": _ABSENT,
    "Mild LAE (PLA 4.1-4.9cm)": _MILD,
    "Mod LAE (PLA 5.0-5.9cm)": _MODERATE,
    "Sev LAE (PLA >=6.0cm)": _SEVERE,
    "LA Elongated (4Ch>5.2cm)": _ABNORMAL,
}

_WALL_THICKNESS: Final = {
    "Normal (<1.2cm)": _ABSENT,
    "Mild symmetric LVH (1.1-1.4cm)": _MILD,
    "Mod symmetric LVH (1.5-1.7cm)": _MODERATE,
    "Severe symmetric (>1.7cm)": _SEVERE,
    "Symmetric (no qualifiers)": _ABNORMAL,
    "Asymmetric (Sept>post 1.5:1)": _ABNORMAL,
    "Focal non-obstructive hypertrophy basal septum": _ABNORMAL,
    "Apical hypertrophy": _ABNORMAL,
    "Focal hypertrophy of XXX": _ABNORMAL,
}

# Trivial fluid is physiological (the rule's none or trivial). Between two grades the lower counts, as the
# guideline draft collapses grades. A fat pad explains an echo-free space and excludes no fluid elsewhere.
_EFFUSION: Final = {
    "Trivial": _ABSENT,
    "Very small (<0.5cm)": (FindingState.PRESENT, Grade.SMALL),
    "Small (<1.0cm)": (FindingState.PRESENT, Grade.SMALL),
    "Small-moderate": (FindingState.PRESENT, Grade.SMALL),
    "Moderate (1.0-2.0cm)": (FindingState.PRESENT, Grade.MODERATE),
    "Moderate-large": (FindingState.PRESENT, Grade.MODERATE),
    "Large (>2.0cm)": (FindingState.PRESENT, Grade.LARGE),
    "None": _ABSENT,
    "Anterior fat pad": _UNSEEN,
}

# Four classes per chamber are documented (Normal, Mild, Mod, Sev LVE/RVE/RAE/LAE), their exact spelling is
# not: so the severity is read with either long or short words, and nothing else may stand in the text.
_SEVERITY: Final = {
    "normal": _ABSENT, "nl": _ABSENT,
    "mild": _MILD, "mildly": _MILD, "mild mod": _MILD, "mild moderate": _MILD,
    "mod": _MODERATE, "moderate": _MODERATE, "moderately": _MODERATE, "mod sev": _MODERATE,
    "mod severe": _MODERATE, "moderate severe": _MODERATE,
    "sev": _SEVERE, "severe": _SEVERE, "severely": _SEVERE,
    "dilated no qualifier": _ABNORMAL, "dilated": _ABNORMAL, "enlarged": _ABNORMAL,
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


_VERBATIM: Final[Mapping[str, Mapping[str, _Outcome]]] = {
    "la_size": {_fold(text): outcome for text, outcome in _LA_SIZE.items()},
    "lv_wall_thickness": {_fold(text): outcome for text, outcome in _WALL_THICKNESS.items()},
    "pericardial_effusion": {_fold(text): outcome for text, outcome in _EFFUSION.items()},
}

_FINDING: Final = {
    "la_size": Finding.LA_DILATED,
    "ra_size": Finding.RA_DILATED,
    "lv_chamber_size": Finding.LV_DILATED,
    "rv_chamber_size": Finding.RV_DILATED,
    "lv_wall_thickness": Finding.LV_WALL_THICKENED,
    "pericardial_effusion": Finding.PERICARDIAL_EFFUSION,
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
    outcome = _find_outcome(name.strip().lower(), folded)
    return None if outcome is None else (finding, *outcome)


def _find_outcome(name: str, folded: str) -> _Outcome | None:
    if any(folded.startswith(words) for words in _UNSEEN_WORDS):
        return _UNSEEN
    known = _VERBATIM.get(name, {})
    if folded in known:
        return known[folded]
    if name == "lv_wall_thickness" and folded.startswith("focal hypertrophy of "):
        return _ABNORMAL
    if name.endswith("_size"):
        match = _SIZE_WORDS.fullmatch(folded)
        return None if match is None else _SEVERITY.get(match["severity"])
    return None
