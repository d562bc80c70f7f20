"""A caption in other words, kept only if it still says the same: findings, degrees, numbers, view and mode."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from echovlm.clinical.views import Mode, View
from echovlm.reports.parse import ParsedReport, parse_report
from echovlm.reports.sections import split_sentences

INSTRUCTION: Final = (
    "Rewrite this caption of an echocardiogram in other words, in one paragraph of plain English. Keep every number "
    "with its unit exactly as it stands, every finding with its degree and whether it is present or absent, the view "
    "and the imaging mode. Add nothing, leave nothing out, and compare with no earlier study. Answer with the "
    "caption alone.\n\n"
)
_LONGEST: Final = 3.0  # times the letters of the original; a longer text adds something
_NUMBER: Final = re.compile(r"(?<![\w.])[-+]?\d+(?:\.\d+)?(?![\w]|\.\d)")
_SPOKEN_VIEW: Final = {
    view: re.compile(
        rf"\b{re.escape(view.label)}\b|(?<![\w-]){re.escape(view.abbreviation)}(?![\w-])", re.IGNORECASE
    )
    for view in View
}
# "Color" and "colour" are one word; M-mode and B-mode are said so.
_SPOKEN_MODE: Final = {
    Mode.M: re.compile(r"\bm-mode\b", re.IGNORECASE),
    Mode.COLOR: re.compile(r"\bcolou?r\b", re.IGNORECASE),
    Mode.PW: re.compile(r"\bpulsed[- ]wave\b|\bPW\b", re.IGNORECASE),
    Mode.CW: re.compile(r"\bcontinuous[- ]wave\b|\bCW\b", re.IGNORECASE),
    Mode.TDI: re.compile(r"\btissue doppler\b|\bTDI\b", re.IGNORECASE),
}


@dataclass(frozen=True, slots=True)
class Rewriting:
    """What became of a caption.

    Attributes:
        caption: The caption as it was.
        rewritten: The last text that the writer gave; empty when it gave none.
        objections: Why it is rejected; empty when it says the same.
    """

    caption: str
    rewritten: str
    objections: tuple[str, ...]

    @property
    def text(self) -> str:
        """The text to use: the new words if they say the same, else the caption as it was."""
        return self.caption if self.objections else self.rewritten


def rewrite_caption(caption: str, write: Callable[[str], str], *, attempts: int = 2) -> Rewriting:
    """Return a caption in the words of a writer, such as ``ChatEndpoint.complete``, checked against the original.

    Args:
        caption: The caption.
        write: Answers a prompt with a text.
        attempts: How often the writer is asked while its text says something else.
    """
    result = Rewriting(caption, "", ("the writer was not asked",))
    for _ in range(attempts):
        rewritten = " ".join(write(INSTRUCTION + caption).split())
        result = Rewriting(caption, rewritten, find_changes(caption, rewritten))
        if not result.objections:
            break
    return result


def find_changes(caption: str, rewritten: str) -> tuple[str, ...]:
    """Return what a rewriting says otherwise than the caption, one sentence part each; empty when nothing.

    Both are read by the parser of reports. A sentence out of which it reads nothing must stand as it was, because a
    change of it could not be seen.
    """
    if not rewritten:
        return ("it is empty",)
    found: list[str] = []
    if len(rewritten) > _LONGEST * len(caption):
        found.append(f"it is {len(rewritten)} letters long, the caption {len(caption)}")
    before, after = parse_report(caption), parse_report(rewritten)
    found += _differences("finding", _findings(before), _findings(after))
    found += _differences("value", _values(before), _values(after))
    found += _differences("number", Counter(_numbers(caption)), Counter(_numbers(rewritten)))
    found += _differences("view", _matching(_SPOKEN_VIEW, caption), _matching(_SPOKEN_VIEW, rewritten))
    found += _differences("mode", _matching(_SPOKEN_MODE, caption), _matching(_SPOKEN_MODE, rewritten))
    found += [
        f"the sentence {sentence!r} is not there as it was, and no other wording of it can be checked"
        for sentence in _unread(caption, before)
        if sentence.rstrip(".").lower() not in rewritten.lower()
    ]
    return tuple(found)


def _differences(what: str, before: Counter[str], after: Counter[str]) -> list[str]:
    # Said twice or once is the same; a lost or an added meaning is not.
    lost = [f"the {what} {each} is lost" for each in sorted(before.keys() - after.keys())]
    return lost + [f"the {what} {each} is new" for each in sorted(after.keys() - before.keys())]


def _findings(report: ParsedReport) -> Counter[str]:
    return Counter(
        " ".join(
            filter(None, (each.finding.words, each.state.value, each.severity.key if each.severity else ""))
        )
        for each in report.findings
    )


def _values(report: ParsedReport) -> Counter[str]:
    return Counter(
        f"{each.quantity.label} {each.low:g} to {each.high:g} {each.state.value}"
        for each in report.measurements
    )


def _numbers(text: str) -> list[str]:
    return [f"{float(number):g}" for number in _NUMBER.findall(text)]


def _matching(patterns: dict[View, re.Pattern[str]] | dict[Mode, re.Pattern[str]], text: str) -> Counter[str]:
    return Counter(each.value for each, pattern in patterns.items() if pattern.search(text))


def _unread(caption: str, report: ParsedReport) -> list[str]:
    """Return the sentences that name neither a finding nor a value nor a view."""
    read = [finding.span for finding in report.findings] + [value.span for value in report.measurements]
    unread = []
    for start, end in split_sentences(caption, 0, len(caption)):
        sentence = caption[start:end].strip()
        if any(start <= span.start < end for span in read) or not sentence:
            continue
        if not any(pattern.search(sentence) for pattern in _SPOKEN_VIEW.values()):
            unread.append(sentence)
    return unread
