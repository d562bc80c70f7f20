"""The sections of a note, and the sentences and measurement lines inside them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final


class SectionKind(Enum):
    """What a section is for, which decides how its statements count."""

    INDICATION = "indication"  # what is asked
    HISTORY = "history"  # what was
    FAMILY = "family"  # what relatives have
    MEASUREMENTS = "measurements"
    FINDINGS = "findings"
    CONCLUSION = "conclusion"
    OTHER = "other"  # other tests, the hospital course, or text without headings


@dataclass(frozen=True, slots=True)
class Section:
    """A stretch of text under one heading.

    Attributes:
        kind: What it is for.
        heading: The heading as printed; empty before the first one.
        start: Where its body starts, after the heading.
        end: Where it ends.
    """

    kind: SectionKind
    heading: str
    start: int
    end: int


_HEADINGS: Final = {
    SectionKind.INDICATION: ("indication", "indications", "reason for study", "reason for exam", "reason for test",
                             "clinical indication", "chief complaint", "reason"),
    SectionKind.HISTORY: ("past medical history", "medical history", "history", "history of present illness", "pmh",
                          "hpi", "clinical history", "past surgical history", "cardiac history", "prior studies",
                          "comparison"),
    SectionKind.FAMILY: ("family history", "fh", "fhx"),
    SectionKind.MEASUREMENTS: ("measurements", "measurement", "2d measurements", "doppler measurements", "dimensions",
                               "m-mode measurements", "m-mode", "values"),
    SectionKind.CONCLUSION: ("conclusions", "conclusion", "impression", "impressions", "summary", "final impression",
                             "interpretation summary"),
    SectionKind.FINDINGS: (
        "findings", "interpretation", "echo", "tte", "tee", "echocardiogram", "transthoracic echocardiogram",
        "transesophageal echocardiogram", "left atrium", "right atrium", "right atrium/interatrial septum",
        "left ventricle", "right ventricle", "aorta", "aortic valve", "mitral valve", "tricuspid valve",
        "pulmonic valve", "pulmonary valve", "pulmonic valve/pulmonary artery", "pulmonary artery", "pericardium",
        "interatrial septum", "atria", "ventricles", "valves", "great vessels", "general comments", "report",
        "venous", "inferior vena cava", "atrial septum", "left atrium/pulmonary veins", "doppler findings",
    ),
    SectionKind.OTHER: (
        "cxr", "chest x-ray", "ct", "ct chest", "cta", "mri", "ekg", "ecg", "labs", "cath", "brief hospital course",
        "hospital course", "pertinent results", "patient/test information", "discharge medications", "allergies",
        "social history", "physical exam", "discharge diagnosis", "discharge condition", "medications on admission",
        "name", "service", "status", "test", "doppler", "contrast", "technical quality", "attending",
        "admission date", "date of birth", "sex", "date/time", "discharge instructions", "followup instructions",
    ),
}  # fmt: skip
_KIND: Final = {name: kind for kind, names in _HEADINGS.items() for name in names}
_HEADING: Final = re.compile(
    r"(?:^[ \t]*|(?<=[.;][ \t])[ \t]*)(?P<name>[A-Za-z0-9][A-Za-z0-9 ,/&()_-]{1,60})[ \t]*:", re.MULTILINE
)
_HIDDEN: Final = re.compile(r"\([^)]*\)|_+")

_BREAK: Final = re.compile(
    r"(?P<stop>[.!?]+(?=\s|$))|(?P<blank>\n[ \t\r]*\n)|(?P<line>\n(?=[ \t]*(?:\d{1,2}[.)][ \t]|[-*\N{BULLET}][ \t])))"
    r"|(?P<row>\n(?=[ \t]*[A-Za-z][^.:\n]{1,70}:[ \t]*[*<>=~]*[ \t]*\d)|(?<=[\d%a-z])\r?\n(?=[A-Z][A-Za-z ]*(?: - |:)))"
)
# Case counts: "Ms." is a title, "MS." a stenosis.
_ABBREVIATED: Final = re.compile(r"\b(?:Dr|Mr|Mrs|Ms|St|Pt|[Vv]s|[Aa]pprox|[Ee]st|ca|e\.g|i\.e|[Ff]ig)$")


def find_sections(text: str) -> tuple[Section, ...]:
    """Return the sections of a note in order; text before the first heading has the kind ``OTHER``."""
    found = []
    for match in _HEADING.finditer(text):
        kind = _kind_of(match, text)
        if kind is not None:
            found.append((kind, match["name"].strip(), match.start(), match.end()))
    starts = [(SectionKind.OTHER, "", 0, 0), *found]
    ends = [start for _, _, start, _ in starts[1:]] + [len(text)]
    return tuple(
        Section(kind, name, body, max(body, end))
        for (kind, name, _, body), end in zip(starts, ends, strict=True)
    )


def _kind_of(match: re.Match[str], text: str) -> SectionKind | None:
    """Return the kind of a heading; an unknown one counts only when it stands alone on its line."""
    name = " ".join(_HIDDEN.sub(" ", match["name"]).lower().split())
    known = _KIND.get(name)
    if known is not None:
        return known
    alone = re.match(r"[ \t\r]*(?:\n|$)", text[match.end() : match.end() + 80]) is not None
    starts_line = match.start() == 0 or text[match.start() - 1] == "\n"
    return SectionKind.OTHER if alone and starts_line and len(name.split()) <= 5 else None


def split_sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the places of the sentences between two places; a measurement line is a sentence of its own."""
    begin = start
    for match in _BREAK.finditer(text, start, end):
        if match["stop"] and _ABBREVIATED.search(text[max(begin, match.start() - 6) : match.start()]):
            continue
        if text[begin : match.start()].strip():
            yield begin, match.start()
        begin = match.end()
    if text[begin:end].strip():
        yield begin, end
