"""What a report says beside its own values, and beside a reference that a reader gives: contradictions are told."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from echovlm.clinical import FindingResult, Measurement, Sex, grade_study
from echovlm.clinical.value_file import read_study
from echovlm.interpretation.errors import InterpretationError
from echovlm.interpretation.study import Contradicted, Review, StudyReport
from echovlm.interpretation.wording import format_number, format_unit, name_grade, name_result
from echovlm.reports import (
    Disagreement,
    KnownOfStudy,
    ParsedReport,
    compare_parsed,
    compare_text,
    parse_report,
)

OWN_VALUES: Final = "its own values"
_NOTE_SUFFIXES: Final = (".txt", ".md")


@dataclass(frozen=True, slots=True)
class Reference:
    """What a reader holds of the same study.

    Attributes:
        name: File name, as the report shows it.
        measurements: Values, of a file of values.
        findings: What the rules make of them.
        note: What a written report states; ``None`` for a file of values.
    """

    name: str
    measurements: tuple[Measurement, ...] = ()
    findings: tuple[FindingResult, ...] = ()
    note: ParsedReport | None = None


def read_reference(path: Path, *, sex: Sex | None) -> Reference:
    """Read a reference: a report in words (.txt, .md), or values as CSV or JSON, which are graded as ours are.

    Args:
        path: The file.
        sex: The patient's sex, where the file does not say.

    Raises:
        InterpretationError: If it cannot be read, or states nothing that could be compared.
        ValueFileError: If its values are no values.
    """
    try:
        if path.suffix.lower() in _NOTE_SUFFIXES:
            note = parse_report(path.read_text(encoding="utf-8-sig")).of_the_study
            reference = Reference(path.name, note=note)
            is_empty = not (note.findings or note.measurements)
        else:
            study = read_study(path)
            graded = grade_study(study.measurements, sex=study.sex or sex, context=study.context)
            reference = Reference(path.name, study.measurements, graded)
            is_empty = not study.measurements
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text in UTF-8"
        raise InterpretationError(
            f"the reference {path} cannot be read ({why}); give a report as .txt, or values as .csv or .json"
        ) from None
    if is_empty:
        raise InterpretationError(
            f"the reference {path} states no value or finding that is known; give a report as .txt, "
            "or values as .csv or .json"
        )
    return reference


def review(report: StudyReport, reference: Reference | None = None) -> StudyReport:
    """Return the report with what contradicts its own values, and the reference where there is one.

    Args:
        report: The report; what it says in its summary, its findings and its measurements is compared.
        reference: What a reader holds; numbers may differ from it as two readers' do.
    """
    values = [reported.measurement for reported in report.measurements]
    findings = [reported.result for reported in report.findings]
    lines = tuple(_lines(report))
    own = _review_lines(OWN_VALUES, lines, values, findings, as_readers=False)
    if reference is None:
        return replace(report, reviews=(own,))
    if reference.note is None:
        other = _review_lines(
            reference.name, lines, reference.measurements, reference.findings, as_readers=True
        )
    else:
        compared = compare_text(reference.note, values, findings, as_readers=True)
        told = tuple(_contradicted(each.held, each.said, each) for each in compared.disagreements)
        other = Review(reference.name, compared.compared, told)
    return replace(report, reviews=(own, other))


def _lines(report: StudyReport) -> Iterable[ParsedReport]:
    """Yield what the report says of the patient: all but impressions, which no value stands behind."""
    yield from (parse_report(sentence.text) for sentence in report.summary)
    yield from (
        parse_report(f"{name_result(each.result)}{name_grade(each.result)}.")
        for each in report.findings
        if each.result.state.is_decided
    )
    for each in report.measurements:
        value = each.measurement
        number, unit = format_number(value.value, value.unit), format_unit(value.unit)
        line = parse_report(f"{value.quantity.label} {number} {unit}.")
        yield replace(line, findings=())  # "Effusion 0.1 cm" names a quantity and claims no effusion


def _review_lines(
    against: str,
    lines: Sequence[ParsedReport],
    measurements: Sequence[Measurement],
    findings: Sequence[FindingResult],
    *,
    as_readers: bool,
) -> Review:
    known = KnownOfStudy(measurements, findings)
    comparisons = [compare_parsed(line, known, as_readers=as_readers) for line in lines]
    told = {
        (each.about, each.said): _contradicted(each.said, each.held, each)
        for comparison in comparisons
        for each in comparison.disagreements
    }
    return Review(against, sum(each.compared for each in comparisons), tuple(told.values()))


def _contradicted(said: str, held: str, found: Disagreement) -> Contradicted:
    return Contradicted(found.about, found.kind.value, said, held)
