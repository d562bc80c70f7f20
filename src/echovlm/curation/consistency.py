"""Captions and notes beside the values of their study: contradictions are listed, and said of no clip."""

from functools import lru_cache

from echovlm.clinical import FindingResult, Source
from echovlm.curation.labels import StudyLabels
from echovlm.dataset.contradictions import Contradiction
from echovlm.reports import (
    Comparison,
    Disagreement,
    KnownOfStudy,
    ParsedReport,
    Statement,
    compare_parsed,
    compare_text,
    parse_report,
)


# Captions of all studies are made of the same few thousand sentences.
@lru_cache(maxsize=8192)
def _read_sentence(sentence: str) -> ParsedReport:
    return parse_report(sentence)


class StudyTexts:
    """The texts of one study, compared with its values; each sentence once, however many clips say it.

    Args:
        study: What holds for the study.
        study_id: Its name in the table of contradictions.
    """

    def __init__(self, study: StudyLabels, *, study_id: str) -> None:
        self._study = study
        self._known = KnownOfStudy(study.measurements, study.findings)
        self._study_id = study_id
        self._sentences: dict[str, Comparison] = {}
        self._true: set[str] = set()
        self._found: list[Contradiction] = []
        self.compared = {"caption": 0, "note": 0}

    @property
    def contradictions(self) -> tuple[Contradiction, ...]:
        """What was found so far."""
        return tuple(self._found)

    def keep_true(self, statements: tuple[Statement, ...]) -> tuple[Statement, ...]:
        """Return the statements that no value contradicts in any of their wordings."""
        return tuple(
            statement
            for statement in statements
            if self._true.issuperset(statement.text_options) or all(map(self._holds, statement.text_options))
        )

    def _holds(self, sentence: str) -> bool:
        comparison = self._sentences.get(sentence)
        if comparison is None:
            comparison = compare_parsed(_read_sentence(sentence), self._known)
            self._sentences[sentence] = comparison
            self.compared["caption"] += comparison.compared
            self._found += (self._row("caption", sentence, each) for each in comparison.disagreements)
            if not comparison.disagreements:
                self._true.add(sentence)
        return not comparison.disagreements

    def compare_note(self, note: str, noted: tuple[FindingResult, ...]) -> None:
        """Compare a note with what is known without it; numbers may differ as two readers do.

        Args:
            note: The note's part on the echo.
            noted: The findings that the study took from it.
        """
        values = [m for m in self._study.measurements if m.provenance.source is not Source.NOTE]
        findings = [result for result in self._study.findings if result not in noted]
        comparison = compare_text(parse_report(note).of_the_study, values, findings, as_readers=True)
        self.compared["note"] += comparison.compared
        for each in comparison.disagreements:
            span = each.stated.span
            origin = f"characters {span.start} to {span.end} of its echo part"
            self._found.append(self._row("note", origin, each))

    def _row(self, text: str, origin: str, found: Disagreement) -> Contradiction:
        return Contradiction(self._study_id, text, found.about.key, found.kind.value, origin, found.sentence)
