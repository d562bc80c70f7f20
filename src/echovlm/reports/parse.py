"""A report or note as the measurements and findings that it states."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from echovlm.reports.findings_in_text import findings_of
from echovlm.reports.measurements_in_text import measurements_of
from echovlm.reports.sections import Section, SectionKind, find_sections, split_sentences
from echovlm.reports.stated import FindingInText, MeasurementInText

_ASIDE: Final = (SectionKind.INDICATION, SectionKind.HISTORY, SectionKind.FAMILY)


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

    @property
    def of_the_study(self) -> "ParsedReport":
        """What it states beside indication and history, which tell of another time."""
        return replace(
            self,
            findings=tuple(each for each in self.findings if each.section not in _ASIDE),
            measurements=tuple(each for each in self.measurements if each.section not in _ASIDE),
        )


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
            measured = list(measurements_of(sentence, start, section.heading, section.kind))
            stated = findings_of(sentence, start, section.heading, section.kind)
            findings += (each for each in stated if not _names_a_quantity(each, measured))
            measurements += measured
    return ParsedReport(sections, tuple(findings), tuple(measurements))


def _names_a_quantity(finding: FindingInText, measured: Sequence[MeasurementInText]) -> bool:
    """Return whether a finding is part of a longer name: the leak in "mitral regurgitation vena contracta 0.3 cm"."""
    span = finding.span
    return any(
        name.start <= span.start and span.end <= name.end and name != span
        for name in (each.name_span for each in measured)
    )
