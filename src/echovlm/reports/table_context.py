"""What the structured table says beside numbers and findings: prosthetic valves, segments, what gates a rule."""

import re
from collections.abc import Iterable
from typing import Final

from echovlm.clinical.context import Sign, StudyContext, Valve
from echovlm.clinical.diseases import find_disease
from echovlm.clinical.findings import Finding, FindingState, Grade
from echovlm.reports.categories import find_category

_LEAFLETS: Final = {
    "av_leaflets": Valve.AORTIC, "mv_leaflets": Valve.MITRAL, "tv_leaflets": Valve.TRICUSPID,
    "pv_leaflets": Valve.PULMONARY,
}  # fmt: skip
_STRUCTURES: Final = {
    "avr": Valve.AORTIC, "mvr": Valve.MITRAL, "tvr": Valve.TRICUSPID, "pvr": Valve.PULMONARY,
}  # fmt: skip
_STRUCTURE_NAME: Final = re.compile(r"(avr|mvr|tvr|pvr)_structure\d?")
# Words of the vocabulary for replaced and repaired valves.
_PROSTHESIS: Final = re.compile(
    r"bioprosthe|prosthe|homograft|sapien|corevalve|evolut|lotus|mechanical|bileaflet|ball and cage|tilting disc"
    r"|annular ring|mitraclip|pascal|cardiaq",
    re.IGNORECASE,
)
_BICUSPID: Final = re.compile(r"\bbicuspid", re.IGNORECASE)
_THREE_CUSPS: Final = re.compile(r"\b3 leaflets\b|\(3\)", re.IGNORECASE)
_THICK: Final = re.compile(r"\b(?:mild|mod|severe)\w*\s+thick", re.IGNORECASE)

# AHA order: base, mid, apex, cap. Names that public code reads (wm_inf_base, wm_inf_mid, wm_ant_sept_mid,
# wm_apical_cap) give the pattern of the others.
SEGMENT_NAMES: Final = (
    *(f"wm_{wall}_{level}" for level in ("base", "mid")
      for wall in ("ant", "ant_sept", "inf_sept", "inf", "inf_lat", "ant_lat")),
    "wm_ant_apex", "wm_sept_apex", "wm_inf_apex", "wm_lat_apex", "wm_apical_cap",
)  # fmt: skip
_SEGMENT: Final = {name: number for number, name in enumerate(SEGMENT_NAMES, start=1)}
_SCORE: Final = {"normal": 1, "hypokinetic": 2, "akinetic": 3, "dyskinetic": 4}

# A lesion from moderate on gates rules of other structures.
_SIGNIFICANT: Final = {
    Finding.MITRAL_REGURGITATION: Sign.SIGNIFICANT_MITRAL_REGURGITATION,
    Finding.AORTIC_REGURGITATION: Sign.SIGNIFICANT_AORTIC_REGURGITATION,
}

CONTEXT_NAMES: Final = (
    *_LEAFLETS,
    *(f"{valve}_structure{digit}" for valve in _STRUCTURES for digit in ("", "1", "2", "3")),
    *SEGMENT_NAMES,
)


def read_table_context(rows: Iterable[tuple[str, str]]) -> StudyContext:
    """Return what the rows of one study say of prostheses, segments and gates; what is not said stays unknown.

    Of two scores for one segment the worse counts. The table has no rhythm.

    Args:
        rows: Name and result of each row, verbatim; rows of other names are passed over.
    """
    prostheses: set[Valve] = set()
    seen: set[Sign] = set()
    denied: set[Sign] = set()
    scores: dict[int, int] = {}
    for name, result in rows:
        key, text = name.strip().lower(), result.strip()
        valve = _LEAFLETS.get(key) or _of_structure(key)
        if valve is not None and _PROSTHESIS.search(text):
            # Of the aortic valve MIMIC's "Bileaflet" is a mechanical one; a valve of two cusps is "Bicuspid".
            prostheses.add(valve)
        if key == "av_leaflets":
            _read_cusps(text, seen, denied)
        if key in _SEGMENT and text.lower() in _SCORE:
            number = _SEGMENT[key]
            scores[number] = max(scores.get(number, 0), _SCORE[text.lower()])
        _read_gate(key, text, seen, denied)
    return StudyContext(None, frozenset(prostheses), frozenset(seen), frozenset(denied - seen), scores)


def _of_structure(key: str) -> Valve | None:
    match = _STRUCTURE_NAME.fullmatch(key)
    return None if match is None else _STRUCTURES[match[1]]


def _read_cusps(text: str, seen: set[Sign], denied: set[Sign]) -> None:
    if _BICUSPID.search(text):
        seen.add(Sign.BICUSPID_AV)
    elif _THREE_CUSPS.search(text):
        denied.add(Sign.BICUSPID_AV)
    if _THICK.search(text):
        seen.add(Sign.AORTIC_LEAFLETS_THICKENED)
    elif re.match(r"(?:nl|normal)\b", text, re.IGNORECASE):
        denied.add(Sign.AORTIC_LEAFLETS_THICKENED)


def _read_gate(key: str, text: str, seen: set[Sign], denied: set[Sign]) -> None:
    category = find_category(key, text)
    if category is None:
        return
    finding, state, grade = category
    there = state is FindingState.PRESENT
    if finding in _SIGNIFICANT:
        disease = find_disease(finding)
        assert disease is not None
        decided = disease.state(state, grade)
        if decided.is_decided:
            (seen if decided is FindingState.PRESENT else denied).add(_SIGNIFICANT[finding])
    elif finding is Finding.TRICUSPID_REGURGITATION and there and grade is Grade.SEVERE:
        seen.add(Sign.SEVERE_TRICUSPID_REGURGITATION)
    elif finding is Finding.MITRAL_STENOSIS and state.is_decided:
        (seen if there else denied).add(Sign.MITRAL_STENOSIS)
    elif finding is Finding.MAC and there:
        seen.add(Sign.MAC)
        if grade in (Grade.MODERATE, Grade.SEVERE):
            seen.add(Sign.MODERATE_MAC)
