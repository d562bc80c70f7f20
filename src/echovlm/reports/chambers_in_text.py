"""Size, wall thickness and function of chambers and vessels, stated as a structure with a judgement."""

import re
from collections.abc import Iterator
from typing import Final, TypeAlias

from echovlm.clinical.findings import Finding
from echovlm.reports.finding_words import Mention
from echovlm.reports.stated import TextState

_STRUCTURE: Final = re.compile(
    r"\b(?:(?P<both_atria>biatrial|both\s+atria|(?:neither|either)\s+atrium|left\s+and\s+right\s+atria|atria)"
    r"|(?P<both_ventricles>biventricular|(?:both|neither|either)\s+ventricles?"
    r"|left\s+and\s+right\s+ventric\w+|ventricles)"
    r"|(?P<la>left\s+atri(?:um|al)|LA)|(?P<ra>right\s+atri(?:um|al)|RA)"
    r"|(?P<lv>left\s+ventric(?:le|ular)|LV)|(?P<rv>right\s+ventric(?:le|ular)|RV)"
    r"|(?P<sinus>aortic\s+root|aortic\s+sinus(?:es)?|sinus(?:es)?\s+of\s+valsalva|sinus\s+levels?"
    r"|sinus(?=\s+and\s+ascending))"
    r"|(?P<stj>sino-?tubular\s+junction)|(?P<thoracic>thoracic\s+aort(?:a|ic))"
    r"|(?P<ascending>ascending\s+(?:(?:thoracic\s+)?aorta|(?:aortic\s+)?levels?|aortic))"
    r"|(?P<ivc>inferior\s+vena\s+cava|IVC)"
    r"|(?P<pa>(?:main\s+)?pulmonary\s+artery(?!\s+(?:systolic|pressure|hypertension))))\b",
    re.IGNORECASE,
)
_MEMBERS: Final = {"both_atria": ("la", "ra"), "both_ventricles": ("lv", "rv")}
_DILATED: Final = {
    "la": Finding.LA_DILATED, "ra": Finding.RA_DILATED, "lv": Finding.LV_DILATED, "rv": Finding.RV_DILATED,
    "sinus": Finding.AO_SINUS_DILATED, "ascending": Finding.AO_ASC_DILATED, "ivc": Finding.IVC_DILATED,
    "pa": Finding.PA_DILATED, "stj": Finding.AO_STJ_DILATED, "thoracic": Finding.THORACIC_AORTA_DILATED,
}  # fmt: skip
_WEAK: Final = {"lv": Finding.LV_SYSTOLIC_DYSFUNCTION, "rv": Finding.RV_SYSTOLIC_DYSFUNCTION}
_THICK_MUSCLE: Final = {"lv": Finding.LV_HYPERTROPHY, "rv": Finding.RV_HYPERTROPHY}

_WIDE: Final = re.compile(r"\b(?:dilat(?:ed|ion|ation)|enlarge(?:d|ment)|ectatic|plethoric)\b", re.IGNORECASE)
_THICK: Final = re.compile(
    r"\bwalls?\b[^.;,]{0,40}?\b(?P<word>thick(?:ened)?)\b|\bwall\s+thickening\b"
    r"|\bthickening\s+of\s+the\s+(?:left\s+ventricular\s+|LV\s+)?walls?\b"
    r"|\b(?:increased|thickened)\s+(?:left\s+ventricular\s+|LV\s+)?(?:wall(?:s|\s+thickness)?)\b",
    re.IGNORECASE,
)
_DYSFUNCTION: Final = re.compile(
    r"(?<!diastolic\s)(?<!regional\s)\b(?:systolic\s+)?dysfunction\b|\b(?:global"
    r"|diffuse)\s+(?:\w+\s+){0,2}hypokinesis\b"
    r"|\bfree\s+wall\s+(?:is\s+)?(?:\w+ly\s+)?hypokinetic\b|\bglobally\s+hypokinetic\b|\bfree\s+wall\s+hypokinesis\b",
    re.IGNORECASE,
)  # fmt: skip
_ASPECT: Final = re.compile(
    r"\b(?:(?P<thickness>wall\s+thickness(?:es)?)|(?P<mass>mass)|(?P<diastolic>diastolic\s+function)"
    r"|(?P<motion>(?<!free\s)wall\s+motion)"
    r"|(?P<function>(?<!diastolic\s)(?<!valve\s)(?:systolic\s+)?function|free\s+wall\s+(?:motion"
    r"|contractility)|contractility|contracts?|contraction|ejection\s+fraction|LVEF|EF)"
    r"|(?P<size>(?:cavity\s+|chamber\s+)?(?:size|sized|diameters?|dimensions?|calib(?:er|re)|volumes?)))\b",
    re.IGNORECASE,
)
_JUDGEMENT: Final = re.compile(
    r"\b(?:(?P<normal>(?<!low\s)(?<!low-)(?<!not\s)(?:(?<![(\[])normal(?:ly)?"
    r"|normal(?!\s*(?:range)?\s*[:<>=\d]))|normali[sz]ed|preserved|within\s+normal\s+limits|intact)"
    r"|(?P<borderline>(?:borderline|indeterminate|low)(?:[\s-]+normal)?|(?:lower|upper)\s+limits?\s+of\s+normal)"
    r"|(?P<reduced>(?:\w+ly\s+)?(?:reduced|depressed|impaired|decreased|diminished)|poorly)"
    r"|(?P<abnormal>abnormal(?!\s+(?:septal|motion|movement|relaxation)))"
    r"|(?P<increased>(?:\w+ly\s+)?(?:increased|thickened)|high))\b",
    re.IGNORECASE,
)
_CLAUSE: Final = re.compile(
    r";|\b(?:but|although|while|with|however|whereas)\b|,\s+(?=(?:the|there)\b)|\band\s+(?=(?:the|there)\b)",
    re.IGNORECASE,
)
_NOT: Final = re.compile(r"\bnot\b", re.IGNORECASE)
_HYPERTROPHIED: Final = re.compile(r"\bhypertroph(?:ied|y)\b", re.IGNORECASE)
_WALLS_NORMAL: Final = re.compile(
    r"\bwalls?\s+(?:of\s+the\s+(?:left\s+ventricle|LV)\s+)?(?:is|are|appears?)\s+normal\b", re.IGNORECASE
)
# Of a ventricle, "normal" alone leaves open what is meant: size or function.
_PLAINLY_NORMAL: Final = re.compile(
    r"(?:\b(?:is|are|appears?)\s+)?(?:grossly\s+)?\bnormal\b(?=\s*(?:[.,;)]|$|and\b))", re.IGNORECASE
)
_NORMAL_AHEAD: Final = re.compile(r"(?<!not\s)(?<!low\s)\bnormal\s+(?:left\s+and\s+)?$", re.IGNORECASE)
_ONLY_NOT: Final = re.compile(r"\s+(?:is|are)\s+not\s*(?:[.,;]|$)", re.IGNORECASE)
_PHRASE_ENDS: Final = re.compile(r"\s*(?:[.,;]|$|and\b|with\b)", re.IGNORECASE)
_VERB: Final = re.compile(r"\b(?:is|are|was|were|appears?|remains?)\b", re.IGNORECASE)
_NEW_PHRASE: Final = re.compile(r",|\band\b", re.IGNORECASE)
_ONLY_JOINED: Final = re.compile(r"[\s,/]*(?:and|or|nor|the|proximal|to|both|\s|,)*", re.IGNORECASE)

# Where a structure stands, and which one it is.
Placed: TypeAlias = tuple[int, int, str]
# A mention, and the state that a word of judgement gives it: absent for "normal", uncertain for "borderline".
Judged: TypeAlias = tuple[Mention, TextState | None]


def chamber_findings(sentence: str, heading: str) -> list[Judged]:
    """Return findings of chambers in a sentence, each with the state that its own words give, such as "normal".

    Args:
        sentence: The sentence.
        heading: The heading above it, which may name the chamber.
    """
    found: list[Judged] = []
    carried = tuple(key for _, _, key in _structures(heading))
    begin = 0
    for cut in [*(match.start() for match in _CLAUSE.finditer(sentence)), len(sentence)]:
        if cut > begin:
            structures = _structures(sentence, begin, cut)
            found += _judged(sentence, begin, cut, structures, carried)
            found += _named(sentence, begin, cut, structures, carried)
            carried = _groups(sentence, structures)[-1] if structures else carried
        begin = cut
    return found


def _structures(text: str, start: int = 0, end: int | None = None) -> list[Placed]:
    found: list[Placed] = []
    for match in _STRUCTURE.finditer(text, start, len(text) if end is None else end):
        name = match.lastgroup or ""
        found += [(match.start(), match.end(), key) for key in _MEMBERS.get(name, (name,))]
    return found


def _groups(sentence: str, structures: list[Placed]) -> list[tuple[str, ...]]:
    """Return structures in groups of those that only "and" or a comma joins; empty for none."""
    groups: list[list[str]] = []
    last: Placed | None = None
    for place in structures:
        joined = last is not None and (
            place[0] == last[0] or _ONLY_JOINED.fullmatch(sentence, last[1], place[0]) is not None
        )
        if joined:
            groups[-1].append(place[2])
        else:
            groups.append([place[2]])
        last = place
    return [tuple(group) for group in groups]


def _meant(sentence: str, at: int, structures: list[Placed], carried: tuple[str, ...]) -> tuple[str, ...]:
    """Return which structures words at a place are about: those before them, else after, else spoken of last."""
    before = [place for place in structures if place[0] <= at]
    after = [place for place in structures if place[0] > at]
    # "Normal left atrium, dilated aortic root": words before a structure in one phrase are about it.
    between = sentence[before[-1][1] : at] if before else ""
    if before and after and not _VERB.search(between) and _NEW_PHRASE.search(between):
        return _groups(sentence, after)[0]
    if before:
        return _groups(sentence, before)[-1]
    return _groups(sentence, after)[0] if after else carried


def _named(
    sentence: str, begin: int, end: int, structures: list[Placed], carried: tuple[str, ...]
) -> Iterator[Judged]:
    for match in _WIDE.finditer(sentence, begin, end):
        for key in dict.fromkeys(_meant(sentence, match.start(), structures, carried)):
            yield Mention(_DILATED[key], match.start(), match.end()), None
    for match in _PLAINLY_NORMAL.finditer(sentence, begin, end):
        before = [place for place in structures if place[1] <= match.start()]
        if before and not sentence[before[-1][1] : match.start()].strip():
            for key in _groups(sentence, before)[-1]:
                if key not in _WEAK:
                    yield Mention(_DILATED[key], *match.span()), TextState.ABSENT
    for start, stop, key in structures:
        if _ONLY_NOT.match(sentence, stop) and _WIDE.search(sentence, 0, start):
            yield Mention(_DILATED[key], start, stop), TextState.ABSENT
    for start, stop, key in structures:
        if (
            key not in _WEAK
            and _NORMAL_AHEAD.search(sentence, begin, start)
            and _PHRASE_ENDS.match(sentence, stop)
        ):
            yield Mention(_DILATED[key], start, stop), TextState.ABSENT
    for match in _THICK.finditer(sentence, begin, end):
        if "rv" not in _meant(sentence, match.start(), structures, carried):
            start = match.start("word") if match["word"] else match.start()
            yield Mention(Finding.LV_WALL_THICKENED, start, match.end()), None
    for match in _WALLS_NORMAL.finditer(sentence, begin, end):
        yield Mention(Finding.LV_WALL_THICKENED, *match.span()), TextState.ABSENT
    for match in _HYPERTROPHIED.finditer(sentence, begin, end):
        for key in _meant(sentence, match.start(), structures, carried):
            if key in _THICK_MUSCLE:
                yield Mention(_THICK_MUSCLE[key], *match.span()), None
    for match in _DYSFUNCTION.finditer(sentence, begin, end):
        meant = _meant(sentence, match.start(), structures, carried)
        for key in dict.fromkeys(key for key in meant or ("lv",) if key in _WEAK):
            if match[0].lower() != "dysfunction" or meant:
                yield Mention(_WEAK[key], match.start(), match.end()), None


def _judged(
    sentence: str, begin: int, end: int, structures: list[Placed], carried: tuple[str, ...]
) -> Iterator[Judged]:
    judgements = list(_JUDGEMENT.finditer(sentence, begin, end))
    for aspect in _ASPECT.finditer(sentence, begin, end):
        judgement = _judgement_of(sentence, aspect, judgements)
        if judgement is None:
            continue
        place = min(aspect.start(), judgement.start()), max(aspect.end(), judgement.end())
        if _NOT.search(sentence, aspect.end(), judgement.start()):
            place = judgement.span()
        judged = _state_of(judgement)
        meant = _meant(sentence, aspect.start(), structures, carried) or ("lv",)
        named = bool(structures or carried)  # a size of nothing is of no chamber
        if aspect["diastolic"] and (judged or judgement["reduced"] or judgement["abnormal"]):
            yield Mention(Finding.DIASTOLIC_DYSFUNCTION, *place), judged
        if aspect["motion"] and (judged or judgement["reduced"] or judgement["abnormal"]):
            yield Mention(Finding.REGIONAL_WMA, *place), judged
        if aspect["mass"] and "lv" in meant and (judged or judgement["increased"]):
            yield Mention(Finding.LV_HYPERTROPHY, *place), judged
        if aspect["thickness"] and "rv" not in meant and (judged or judgement["increased"]):
            yield Mention(Finding.LV_WALL_THICKENED, *place), judged
        if aspect["function"] and not any(key in _WEAK for key in meant):
            meant = ("lv",)
        for key in dict.fromkeys(meant):
            if aspect["function"] and key in _WEAK and (judged or judgement["reduced"]):
                yield Mention(_WEAK[key], *place), judged
            elif aspect["size"] and key in _DILATED and named and (judged or judgement["increased"]):
                yield Mention(_DILATED[key], *place), judged


def _state_of(judgement: re.Match[str]) -> TextState | None:
    if judgement["normal"]:
        return TextState.ABSENT
    return TextState.UNCERTAIN if judgement["borderline"] else None


def _judgement_of(
    sentence: str, aspect: re.Match[str], judgements: list[re.Match[str]]
) -> re.Match[str] | None:
    """Return the judgement of an aspect: "function is normal" before "normal size", each with its own."""
    after = next((each for each in judgements if each.start() >= aspect.end()), None)
    before = next((each for each in reversed(judgements) if each.end() <= aspect.start()), None)
    if after is not None and (before is None or _VERB.search(sentence[aspect.end() : after.start()])):
        return after
    return before
