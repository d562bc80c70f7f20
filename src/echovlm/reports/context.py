"""Whether a mention is denied, doubted or of another time, by trigger words with a direction and a scope.

The method is that of ConText (Harkema et al., J Biomed Inform 2009;42:839): a trigger acts forwards or backwards
on the mentions of its sentence until a word that ends its scope. The words are ours, for echo reports. Of the
libraries for it, medspaCy does not run with numpy 2, and negspaCy negates what "cannot be excluded".
"""

import re
from enum import Enum
from typing import Final

from echovlm.reports.severity import SEVERITY_PATTERN
from echovlm.reports.stated import TextState


class _Direction(Enum):
    FORWARDS = 1
    BACKWARDS = -1
    EITHER = 2
    NEUTRAL = 0  # looks like a trigger, and hides the words inside it


_SEEN: Final = (
    r"(?:seen|present|identified|noted|visuali[sz]ed|appreciated|detected|evident|observed|found|demonstrated|"
    r"apparent|suggested|documented)(?!\s+to\s+(?:have|be)\b)"
)
_OTHER_STUDY: Final = (
    r"(?:prior|previous|last|outside|earlier|old|baseline)\s+(?:\w+\s+)?(?:study|studies"
    r"|echo\w*|tte|tee|exam\w*|report)"
)
_CHANGE: Final = (
    r"(?:change|increase|decrease|difference|progression|worsening|improvement"
    r"|reduction)s?(?:\s+(?:in|of|from)\b)?"
)
_JUDGE: Final = r"(?:assess|evaluate|determine|quantify|judge|comment\s+on|measure)"
_JUDGED: Final = r"(?:assessed|evaluated|determined|quantified|judged|measured)"
_EXAM: Final = r"(?:study|echo\w*|tte|tee|exam\w*|report)"
_OPERATION: Final = r"(?:repair|replacement|surgery|[AMT]VR|TAV[RI]|\w*clip)"
_TOLD: Final = r"(?:showed|shows|revealed|demonstrated|reported|described|found|noted|documented)"
_NO_MORE: Final = r"(?:more|greater|worse|other|larger)\s+than"

# Said to be unjudged: neither there nor not there, and no state of a finding.
_UNJUDGED: Final = "unjudged"

# Table of triggers; of those that start at one place the first row that fits wins, so pseudo-triggers come first.
_TRIGGERS: Final = (
    (None, _Direction.NEUTRAL, (
        rf"(?:(?:likely|probably)\s+)?(?:no|without|not\s+any)\s+(?:\w+\s+){{0,2}}{_CHANGE}",
        r"not\s+(?:only|just|merely)",
        r"(?:not|has\s+not|have\s+not)\s+(?:\w+\s+)?(?:changed|increased|decreased|worsened|progressed"
        r"|improved)",
        r"may\s+be\s+(?:under|over)\w*", r"no\s+(?:prior|previous)\s+\w+", r"likely\s+(?:under|over)estimat\w+",
        rf"(?:as\s+)?(?:compared|comparison)\s+(?:with|to)\s+(?:the\s+|a\s+)?(?:findings\s+of\s+the\s+"
        rf"|report\s+of\s+the\s+)?(?:{_OTHER_STUDY})?"
        r"(?:\s*\([^)]*\))?(?:\s+(?:of|from|dated)\s+[\w/-]+)?",
        r"(?:compared|comparison)\s+(?:with|to)\s+(?:the\s+)?(?:prior|previous|last)(?=\s*,)",
        rf"(?:since|than\s+on|unchanged\s+from|from|similar\s+to)\s+(?:the\s+)?{_OTHER_STUDY}",
        r"no\s+longer\s+(?:mild|moderate|severe)",
    )),
    (_UNJUDGED, _Direction.BACKWARDS, (
        rf"(?:(?:could|can)\s*not\s+be|(?:is|was|were|are|been)\s+not)\s+(?:\w+\s+)?{_JUDGED}",
        r"not\s+well\s+(?:seen|assessed)",
    )),
    (_UNJUDGED, _Direction.FORWARDS, (
        rf"(?:unable|inadequate|insufficient)\s+to\s+(?:\w+\s+)?{_JUDGE}(?:\s+for)?",
        rf"(?:could|can)\s*not\s+{_JUDGE}(?:\s+for)?", r"den(?:ies|ied)\s+(?:an?\s+|any\s+)?history\s+of",
    )),
    (TextState.UNCERTAIN, _Direction.BACKWARDS, (
        r"(?:can\s*not|could\s+not|can't)\s+be\s+(?:\w+\s+)?(?:excluded|ruled\s+out)",
        r"(?:is|are|was|were)\s+not\s+(?:\w+\s+)?(?:excluded|ruled\s+out)", r"not\s+(?:excluded|ruled\s+out)",
        r"may\s+be\s+present", r"if\s+(?:present|any)", r"(?:might|could)\s+be\s+present",
        r"(?:was|were|is|are)\s+(?:also\s+)?considered",
        r"(?:is|are|was|were|seems?|appears?|remains?)\s+(?:highly\s+|very\s+|also\s+)?"
        r"(?:possible|probable|suspected|unlikely|questionable|doubtful|likely(?!\s+(?:due|secondary"
        r"|related|caused|from)))",
        r"(?:is|are)\s+(?:difficult|hard)\s+to\s+exclude",
        rf"(?:is|are|was|were|appears?|remains?)\s+(?:not\s+{_NO_MORE}|less\s+than)\s+(?:{SEVERITY_PATTERN})",
        rf"(?:does|do|did)\s+not\s+exceed\s+(?:a\s+)?(?:{SEVERITY_PATTERN})",
        rf"(?:{SEVERITY_PATTERN})\s+at\s+(?:most|worst)",
    )),
    (TextState.UNCERTAIN, _Direction.FORWARDS, (
        r"(?:can\s*not|could\s+not|can't|unable\s+to|difficult\s+to|inadequate\s+to|insufficient\s+to"
        r"|used\s+to)\s+(?:\w+\s+)?(?:exclude|rule\s+out)",
        rf"(?:no|not|without)\s+(?:\w+\s+){{0,3}}?{_NO_MORE}", rf"(?:or|nor)\s+{_NO_MORE}", r"at\s+most",
        r"not\s+exceeding", r"up\s+to",
        rf"(?<!no\s)less\s+than\s+(?={SEVERITY_PATTERN})",
        r"(?:evaluate|assess|evaluation|assessment|look|query|question|concern|concerning|suspicious"
        r"|suspicion|worrisome)\s+(?:for|of)",
        r"rule\s+out", r"r/o", r"to\s+exclude", r"possibl[ey]", r"probabl[ey]", r"likely", r"unlikely",
        r"suspect(?:ed)?",
        r"suggest(?:s|ive|ing)(?:\s+of)?", r"may\s+(?:be|represent|have|reflect)", r"might",
        r"could\s+(?:be|represent)",
        r"questionable", r"equivocal", r"borderline", r"presumed", r"cannot\s+be\s+distinguished\s+from",
        r"unclear\s+(?:if|whether)", r"return\s+(?:for|if)", r"differential\s+(?:diagnosis\s+)?includes", r"if",
        r"(?:at\s+)?risk\s+(?:of|for)",
        r"symptoms\s+of", r"(?:monitor|watch|screen|work-?\s?up|follow)(?:ed|ing)?\s+for",
        r"more\s+likely\s+than", r"consider", r"if\s+clinically\s+suspected", r"perhaps", r"\?",
    )),
    (TextState.UNCERTAIN, _Direction.EITHER, (r"versus", r"vs\.?")),
    (TextState.ABSENT, _Direction.BACKWARDS, (
        rf"(?:is|are|was|were)\s+(?:no\s+longer|not|neither)\s+(?:\w+\s+){{0,2}}?{_SEEN}",
        rf"no\s+longer\s+(?:\w+\s+)?{_SEEN}", rf"not\s+(?:\w+\s+)?{_SEEN}",
        r"(?:is|are|was|were)\s+absent", r"absent",
        r"(?:has|have|had)?\s*(?:now\s+)?(?:completely\s+)?resolved",
        r"(?:was|were|is|are|been)\s+(?:excluded|ruled\s+out(?!\s+for))", r"(?:has|have)\s+disappeared",
        r"none",
        r"is\s+gone",
    )),
    (TextState.ABSENT, _Direction.FORWARDS, (
        r"not\s+(?:\w+\s+)?(?:suggestive|consistent|indicative|compatible)\s+(?:of|with)", r"ruled\s+out\s+for",
        r"rather\s+than", r"instead\s+of", r"as\s+opposed\s+to", r"no\s+history\s+of",
        r"no\s+longer(?:\s+any\s+evidence\s+of)?",
        r"(?:no|without)\s+(?:(?!or\b|and\b)\w+\s+){0,2}?(?:evidence|signs?|suggestion|features?)\s+(?:of|for)", r"no",
        r"not", r"without",
        r"absence\s+of", r"negative\s+for", r"free\s+of", r"neither", r"nor", r"never",
        r"fail(?:s|ed)?\s+to\s+\w+",
        r"lack\s+of",
        r"resolution\s+of", r"resolved", r"excludes?", r"den(?:ies|ied|ying)", r"unremarkable\s+for",
    )),
    (TextState.HISTORICAL, _Direction.FORWARDS, (
        rf"(?:{_OTHER_STUDY})(?:\s+(?!there|the\b|is\b)\S+){{0,3}}?\s+{_TOLD}",
        r"in\s+(?:19|20)\d\d,?\s+(?:there\s+was|had|showed)",
        rf"{_EXAM}\s+(?:from|in|of|on|dated|last)\s+(?:\w+\s+)?(?:(?:19|20)\d\d|year|month|week)\s+{_TOLD}",
        rf"(?:s/p|status\s+post)\s+(?:\w+\s+){{0,4}}?{_OPERATION}\s+(?:for|due\s+to|because\s+of)",
        r"history\s+(?:is\s+|was\s+)?(?:\w+\s+)?(?:significant|notable|remarkable|positive)\s+for",
        r"history\s+of", r"h/o", r"hx\s+of", rf"{_OTHER_STUDY}", r"previously", r"formerly",
        r"in\s+the\s+past", r"previous",
        r"prior",
    )),
    (TextState.HISTORICAL, _Direction.EITHER, (
        rf"(?:on|in|at|by|per)\s+(?:the\s+|a\s+|an\s+|his\s+|her\s+)?{_OTHER_STUDY}",
    )),
    (TextState.HISTORICAL, _Direction.BACKWARDS, (
        r"in\s+(?:(?:early|late|mid)\s+)?(?:19|20)\d\d",
        r"(?:\w+\s+)?years?\s+ago", r"(?:\w+\s+)?months?\s+ago", r"in\s+the\s+past",
        r"since\s+(?:then\s+)?recovered",
    )),
)  # fmt: skip

# Ends of scope: a turn of the sentence, or a new statement that starts with its own degree or verb.
_STATEMENT: Final = (
    rf"(?:there\s+(?:is|are)\b|(?:a|an|the)\s+(?:{SEVERITY_PATTERN})|{SEVERITY_PATTERN}"
    rf"|(?:the\s+)?(?:(?:left|right)\s+\w+|[LR][AV])\s+(?:is\s+|are\s+)?{SEVERITY_PATTERN}|now\b|has\b|is\b|are\b)"
)
_END: Final = re.compile(
    r";|\b(?:but|however|although|though|except|yet|which|whereas"
    r"|while|aside\s+from|other\s+than|apart\s+from|"
    r"now|today|currently|due\s+to|secondary\s+to|despite)\b"
    rf"|(?:,|\band\b|\bwith\b)\s*(?:and\s+|with\s+)?(?={_STATEMENT})|\bwith\b(?=\s+(?:normal|preserved))",
    re.IGNORECASE,
)
_SOFT: Final = re.compile(r",|and\b|with\b", re.IGNORECASE)
# What another study told, or a patient denies, goes on past "and"; a turn of the sentence ends it.
_GOES_ON: Final = re.compile(rf"(?:{_TOLD}|den(?:ies|ied|ying))$", re.IGNORECASE)
# "Was suspected but has been excluded": what follows is still about the same thing.
_SAME_SUBJECT: Final = re.compile(r"(?:but\s+|,\s*)(?:has|have|had|is|was|were)\b", re.IGNORECASE)
_DEGREE_OF: Final = re.compile(r"\b(?:degree|severity|amount|extent)\s+of\s+(?:the\s+)?$", re.IGNORECASE)
_GROUPS: Final = [(state, direction) for state, direction, _ in _TRIGGERS]
_TRIGGER: Final = re.compile(
    "|".join(
        rf"(?P<g{index}>(?<![\w-])(?:{'|'.join(words)})(?![\w-]))"
        for index, (_, _, words) in enumerate(_TRIGGERS)
    ),
    re.IGNORECASE,
)  # fmt: skip
_OWN_VERB: Final = re.compile(
    r"\bthere\s+(?:is|are|was|were)\b|\b(?:is|are|was|were|has|have)\b", re.IGNORECASE
)
_RELATIVE: Final = re.compile(
    r"\b(?:father|mother|brother|sister|uncle|aunt|grandmother|grandfather|family\s+history|familial|son"
    r"|daughter)\b",
    re.IGNORECASE,
)


class SentenceContext:
    """The triggers of one sentence and where their scopes end.

    Args:
        sentence: The sentence; places are counted from its start.
    """

    def __init__(self, sentence: str) -> None:
        self._sentence = sentence
        self._triggers = [
            (_GROUPS[int((match.lastgroup or "g0")[1:])], match.start(), match.end())
            for match in _TRIGGER.finditer(sentence)
        ]
        hidden = [(start, end) for (_, way), start, end in self._triggers if way is _Direction.NEUTRAL]
        places = [
            (match.start(), match[0])
            for match in _END.finditer(sentence)
            if not any(start <= match.start() < end for start, end in hidden)
        ]
        self._ends = [start for start, _ in places]
        self._hard_ends = [start for start, word in places if not _SOFT.match(word)]
        self._ends_backwards = [start for start in self._ends if not _SAME_SUBJECT.match(sentence, start)]
        self.is_of_a_relative = _RELATIVE.search(sentence) is not None

    def state_at(self, start: int, end: int, *, until: int | None = None) -> TextState | None:
        """Return what the sentence says of a mention; ``None`` if it says that it cannot be judged.

        Args:
            start: Where the mention starts.
            end: Where it ends.
            until: Where the next mention of its kind starts; words behind it are about that one.
        """
        forwards = self._nearest_before(start)
        backwards = self._nearest_after(end, len(self._sentence) if until is None else until)
        if backwards is TextState.ABSENT:
            return TextState.ABSENT
        if _UNJUDGED in (forwards, backwards):
            # "The degree of regurgitation could not be determined": it is there.
            return TextState.PRESENT if _DEGREE_OF.search(self._sentence, 0, start) else None
        for state in (TextState.HISTORICAL, TextState.UNCERTAIN, TextState.ABSENT):
            if state in (forwards, backwards):
                return state
        return TextState.PRESENT

    def _nearest_before(self, start: int) -> TextState | str | None:
        for (state, direction), trigger_start, trigger_end in reversed(self._triggers):
            if direction in (_Direction.FORWARDS, _Direction.EITHER) and trigger_end <= start:
                goes_on = _GOES_ON.search(self._sentence, trigger_start, trigger_end) is not None
                ends = self._hard_ends if goes_on else self._ends
                return None if _is_cut(ends, trigger_end, start) else state
        return None

    def _nearest_after(self, end: int, until: int) -> TextState | str | None:
        for (state, direction), trigger_start, _ in self._triggers:
            if direction not in (_Direction.BACKWARDS, _Direction.EITHER) or trigger_start < end:
                continue
            if trigger_start >= until or _is_cut(self._ends_backwards, end, trigger_start):
                return None
            if state is TextState.ABSENT and _OWN_VERB.search(self._sentence[end:trigger_start]):
                continue
            return state
        return None


def _is_cut(ends: list[int], start: int, end: int) -> bool:
    return any(start <= place < end for place in ends)
