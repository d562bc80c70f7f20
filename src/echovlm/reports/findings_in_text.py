"""Findings of one sentence, with their state and degree."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from echovlm.clinical.findings import Finding
from echovlm.reports.chambers_in_text import chamber_findings
from echovlm.reports.context import SentenceContext
from echovlm.reports.degree_bounds import (
    ABOVE,
    BELOW,
    NEGATED_BOUND,
    Bounds,
    bounds_around,
    bounds_of_denied,
    bounds_of_significance,
)
from echovlm.reports.finding_words import Mention, named_findings
from echovlm.reports.sections import SectionKind
from echovlm.reports.severity import SEVERITY_PATTERN, Severity, read_severity
from echovlm.reports.stated import FindingInText, Span, TextState

_DEGREE: Final = re.compile(SEVERITY_PATTERN, re.IGNORECASE)
# Words that may stand between a degree and what it grades; a joint, a verb or another abnormality ends the phrase.
_PHRASE: Final = re.compile(
    r"(?:\s*,?\s*(?:eccentric|central|(?:anterior|posterior|lateral|medial)ly(?:[\s-]directed)?|directed|functional"
    r"|degenerative|rheumatic|calcific|circumferential|loculated|(?:holo|pan|late-?\s?)systolic|wall-hugging)\b,?)*"
    r"[\s)\]]*(?:\[\[?\*\*[^\]]*\*\*\]\s*\+?\]?\s*)?(?:(?!(?:s/p|rather|than|versus|with|and|but|or|is|are|was|has|without|no|not)\b|thick|dilat|reduc|depress"
    r"|calcif|enlarg)"
    r"[\w'/-]+\s+){0,5}",
    re.IGNORECASE,
)
_LINK: Final = re.compile(
    r"(?:[\s(),:\[\]-]|;(?=\s*(?:previous|former|it\s+was|(?:now|today)\b))|\bif\b|\b(?:is|are|was|were|appears?|remains?|now|and|has|have|had|been|previous|previously"
    r"|formerly|to|from|"
    r"increased|decreased|progressed|improved|worsened|reduced|currently|eccentric|central|at|least|graded"
    r"|as|in|severity|not\s+(?:more|greater|worse)\s+than|(?:more|greater|worse|less)\s+than"
    r"|(?:does\s+not\s+)?exceeds?|a|larger|smaller|than|examination|gone|any|last\s+year|"
    r"still|the|prior|jet|which|that|it|today|degree|seen|present|unchanged|again|only|but|consistent|with|"
    r"no\s+longer|size|similar|before|same|stable|on|current|study)\b)*",
    re.IGNORECASE,
)
_PAST_BEFORE: Final = re.compile(
    r"\b(?:previous|previously(?:\s+(?:noted|seen|described|reported))?|formerly|prior|earlier|was\s+(?:called|described\s+as|labell?ed|read\s+as))[\s,(:]*$",
    re.IGNORECASE,
)
_PAST_IF_TWO: Final = re.compile(r"\b(?:from|was|were|had\s+been)\s*$", re.IGNORECASE)
_PAST_AFTER: Final = re.compile(
    r"\s*,?\s*(?:previously\b(?!\s*(?:mild|mod|sev|tri))|(?:on|in|at)\s+(?:the\s+)?(?:prior|previous|last"
    r"|outside)\b|in\s+(?:19|20)\d\d|before\b)",
    re.IGNORECASE,
)
_FROM: Final = re.compile(r"\bfrom\s+$", re.IGNORECASE)
_TO: Final = re.compile(r"\s+to\s+", re.IGNORECASE)
_NO_LONGER: Final = re.compile(r"\bno\s+longer\s+$", re.IGNORECASE)
_HARDWARE: Final = (Finding.PROSTHETIC_VALVE, Finding.DEVICE_LEAD)
_DENIED: Final = re.compile(
    r"\b(?:no|not|without)\s+(?:a\s+)?(?:evidence\s+of\s+)?(?:\w+\s+)?$", re.IGNORECASE
)
_ABSENT: Final = re.compile(r"\s+(?:is|are)\s+(?:absent|not\s+(?:seen|present))\b", re.IGNORECASE)
_LISTED: Final = re.compile(r"\s*(?:,\s*and|,|and|/|&)\s*", re.IGNORECASE)
_ACCOMPANIED: Final = re.compile(r"\s+with\b", re.IGNORECASE)
_LEAKS: Final = (Finding.MITRAL_REGURGITATION, Finding.AORTIC_REGURGITATION, Finding.TRICUSPID_REGURGITATION,
                 Finding.PULMONIC_REGURGITATION)  # fmt: skip
_SIGNIFICANT: Final = (Severity.MILD, Severity.MILD_TO_MODERATE, Severity.MODERATE, Severity.MODERATE_TO_SEVERE,
                       Severity.SEVERE, Severity.LARGE)  # fmt: skip

# "More than mild" and "less than moderate" name a side of a degree; the nearest one on that side is kept: more than
# mild counts as moderate, because a reader who means less says mild to moderate.
_NEXT: Final = {
    Severity.TRIVIAL: Severity.MILD, Severity.MILD: Severity.MODERATE,
    Severity.MODERATE: Severity.MODERATE_TO_SEVERE,
}  # fmt: skip
_PREVIOUS: Final = {
    Severity.MILD: Severity.TRIVIAL, Severity.MODERATE: Severity.MILD_TO_MODERATE,
    Severity.SEVERE: Severity.MODERATE_TO_SEVERE,
}  # fmt: skip


class _Degrees(NamedTuple):
    """What a sentence says of one mention's degree, at the study and before."""

    now: Severity | None
    past: Severity | None
    is_still_there: bool = False  # "no longer severe"
    bounds: Bounds = Bounds()


def findings_of(sentence: str, offset: int, heading: str, section: SectionKind) -> Iterator[FindingInText]:
    """Yield the findings of a sentence.

    Args:
        sentence: The sentence.
        offset: Where it starts in the text.
        heading: The heading above it.
        section: The kind of section that it stands in.
    """
    named = named_findings(sentence, heading)
    chambers = [
        (mention, judged)
        for mention, judged in chamber_findings(sentence, heading)
        if not any(mention.start < other.end and other.start < mention.end for other in named)
    ]
    mentions = sorted([*((each, None) for each in named), *chambers], key=lambda each: each[0].start)
    if not mentions:
        return
    context = SentenceContext(sentence)
    if context.is_of_a_relative:
        return
    degrees = _degrees(sentence, [mention for mention, _ in mentions])
    whole = Span(offset, offset + len(sentence))
    stated: list[FindingInText] = []
    followers = [other.start for other, _ in mentions[1:]] + [len(sentence)]
    for (mention, judged), degree, follower in zip(mentions, degrees, followers, strict=True):
        # "Calcification with stenosis cannot be excluded" doubts the stenosis alone.
        until = follower if _ACCOMPANIED.match(sentence, mention.end) else None
        state = context.state_at(mention.start, mention.end, until=until)
        if state is TextState.ABSENT and mention.finding in _HARDWARE:
            # "No leak around the bioprosthesis" denies the leak.
            denied = _DENIED.search(sentence, 0, mention.start) or _ABSENT.match(sentence, mention.end)
            state = state if denied else TextState.PRESENT
        if judged is not None and state in (TextState.PRESENT, TextState.ABSENT):
            state = judged
        if degree.now is None:
            bounds = bounds_of_significance(sentence, mention.start, mention.end, state)
            degree = degree._replace(bounds=bounds)
        state = None if state is None else _in_section(state, section)
        if state is not None:
            stated += _stated(mention, state, degree, whole, section)
    seen = set()
    for each in stated:  # "regional dysfunction with akinesis" states one thing twice
        if (each.finding, each.state, each.severity) not in seen:
            seen.add((each.finding, each.state, each.severity))
            yield each


def _in_section(state: TextState, section: SectionKind) -> TextState | None:
    """Return a state as its section makes it: what is asked is open, what is told of the past is past.

    What a history denies, or calls resolved, says nothing of this study.
    """
    if section is SectionKind.HISTORY:
        return None if state is TextState.ABSENT else TextState.HISTORICAL
    if section is SectionKind.INDICATION and state is TextState.PRESENT:
        return TextState.UNCERTAIN
    return state


def _stated(
    mention: Mention, state: TextState, degree: _Degrees, sentence: Span, section: SectionKind
) -> Iterator[FindingInText]:
    span = Span(sentence.start + mention.start, sentence.start + mention.end)
    if degree.past is not None:
        yield FindingInText(mention.finding, TextState.HISTORICAL, degree.past, span, sentence, section)
        if degree.now is None and not degree.is_still_there and state is not TextState.ABSENT:
            return
    now = degree.now
    if degree.past is not None and now is not None and state is TextState.HISTORICAL:
        state = TextState.PRESENT  # "the previously moderate effusion is now small"
    bounds = degree.bounds
    if state is TextState.ABSENT:
        # "No severe regurgitation" leaves open whether there is a lesser one.
        if now in _SIGNIFICANT:
            state, bounds = TextState.UNCERTAIN, bounds_of_denied(now)
        now = None
    yield FindingInText(mention.finding, state, now, span, sentence, section, *bounds)


def _degrees(sentence: str, mentions: list[Mention]) -> list[_Degrees]:
    """Return the degrees of mentions; a degree before a mention belongs to it, and to no other one."""
    found = [place for match in _DEGREE.finditer(sentence) for place in _parts(sentence, match)]
    leading: list[tuple[int, int] | None] = []
    for index, mention in enumerate(mentions):
        own = _leading(sentence, mention, found)
        shared = own is None and index > 0 and _is_listed(sentence, mentions[index - 1], mention)
        leading.append(leading[-1] if shared else own)
    taken = {place for place in leading if place is not None}
    result = []
    for index, mention in enumerate(mentions):
        later = [other.start for other in mentions[index + 1 :] if other.start >= mention.end]
        limit = later[0] if later else len(sentence)
        inside = [p for p in found if mention.start <= p[0] and p[1] <= mention.end and p not in taken]
        first = leading[index]
        places = [*([first] if first is not None else []), *(() if mention.inner_degree else inside)]
        places += _trailing(sentence, mention.end, limit, [place for place in found if place not in taken])
        result.append(_split_by_time(sentence, places))
    return result


def _parts(sentence: str, match: re.Match[str]) -> list[tuple[int, int]]:
    """Return the places of a degree; "from mild to moderate" is two degrees and no range."""
    to = _TO.search(sentence, *match.span())
    if to is None or not _FROM.search(sentence, 0, match.start()):
        return [match.span()]
    return [(match.start(), to.start()), (to.end(), match.end())]


def _is_listed(sentence: str, one: Mention, other: Mention) -> bool:
    """Return whether a degree before the first of two leaks holds for both: "mild MR and TR"."""
    between = sentence[one.end : other.start]
    return one.finding in _LEAKS and other.finding in _LEAKS and _LISTED.fullmatch(between) is not None


def _leading(sentence: str, mention: Mention, found: list[tuple[int, int]]) -> tuple[int, int] | None:
    if mention.inner_degree is not None:
        return mention.inner_degree
    for start, end in reversed(found):
        if end <= mention.start:
            return (start, end) if _PHRASE.fullmatch(sentence, end, mention.start) else None
    return None


def _trailing(sentence: str, end: int, limit: int, found: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the degrees after a mention that only linking words part from it or from one another."""
    chain = []
    for place in found:
        if end <= place[0] and place[1] <= limit:
            if not _LINK.fullmatch(sentence, end, place[0]):
                break
            chain.append(place)
            end = place[1]
            past = _PAST_AFTER.match(sentence, end)
            end = past.end() if past else end
    return chain


def _split_by_time(sentence: str, places: list[tuple[int, int]]) -> _Degrees:
    now: Severity | None = None
    past: Severity | None = None
    is_still_there = False
    bounds = Bounds()
    for start, end in places:
        before = sentence[:start]
        if _NO_LONGER.search(before):
            past, is_still_there = read_severity(sentence[start:end]), True
            continue
        is_past = _PAST_BEFORE.search(before) or _PAST_AFTER.match(sentence, end)
        if is_past or (len(places) > 1 and _PAST_IF_TWO.search(before)):
            past = past or read_severity(sentence[start:end])
        elif now is None and (degree := read_severity(sentence[start:end])) is not None:
            now, bounds = _beyond(before, degree), bounds_around(before, degree, sentence[end:])
    return _Degrees(now, past, is_still_there, bounds)


def _beyond(before: str, degree: Severity) -> Severity:
    """Return a degree as the words before it shift it: "more than mild" is at least the next one up."""
    if ABOVE.search(before) and not NEGATED_BOUND.search(before):
        return _NEXT.get(degree, degree)
    return _PREVIOUS.get(degree, degree) if BELOW.search(before) else degree
