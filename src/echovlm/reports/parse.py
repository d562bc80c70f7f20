"""A report or note as the measurements and findings that it states."""

from dataclasses import dataclass

from echovlm.reports.findings_in_text import findings_of
from echovlm.reports.measurements_in_text import measurements_of
from echovlm.reports.sections import Section, SectionKind, find_sections, split_sentences
from echovlm.reports.stated import FindingInText, MeasurementInText


@dataclass(frozen=True, slots=True)
class ParsedReport:
    """What a text states, in the order of the text.

    Attributes:
        sections: The sections that were told apart.
        findings: Findings with their states; one finding may be stated more than once.
        measurements: Numbers of known quantities.
    """

    sections: tuple[Section, ...]
    findings: tuple[FindingInText, ...]
    measurements: tuple[MeasurementInText, ...]


def parse_report(text: str) -> ParsedReport:
    """Return the findings and measurements that a report, a note or a sentence states.

    Nothing is inferred from a number, and what is not spoken of is not normal. Relatives' diseases are left out.

    Args:
        text: Any text; none is refused.
    """
    sections = find_sections(text)
    findings: list[FindingInText] = []
    measurements: list[MeasurementInText] = []
    for section in sections:
        if section.kind is SectionKind.FAMILY:
            continue
        for start, end in split_sentences(text, section.start, section.end):
            sentence = text[start:end]
            findings += findings_of(sentence, start, section.heading, section.kind)
            measurements += measurements_of(sentence, start, section.heading, section.kind)
    return ParsedReport(sections, tuple(findings), tuple(measurements))
