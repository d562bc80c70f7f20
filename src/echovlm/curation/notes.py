"""Notes and reports as a source of values, findings and captions: only their part on an echo counts."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from echovlm.clinical import (
    Finding,
    FindingResult,
    FindingState,
    Grade,
    Measurement,
    Provenance,
    Quantity,
    Source,
)
from echovlm.curation.reasons import RowProblem
from echovlm.curation.tables import ROW, parse_times, read_table
from echovlm.curation.tree import SourceTree
from echovlm.reports import FindingInText, ParsedReport, SectionKind, TextState, parse_report

NOTE_TABLES: Final = ("note/discharge.csv", "discharge.csv")
NOTE_WINDOW: Final = timedelta(days=7)  # MIMICEchoQA took the closest discharge summary within seven days
_ECHO: Final = re.compile(
    r"^[ \t]*(?:\d{1,2}[.)][ \t]*)?(?:TTE|TEE|ECHO|Echo(?:cardiogra(?:m|phy))?|Transthoracic[ \w]*"
    r"|(?:ON )?ADMISSION (?:TTE|ECHO)|PATIENT/TEST INFORMATION)\b[^\n:]{0,40}:",
    re.IGNORECASE | re.MULTILINE,
)
_TEE: Final = re.compile(r"^[^:\n]*(?:\bTEE\b|transesophageal)", re.IGNORECASE)
# Headings of other examinations and of the rest of a discharge note end the part.
_NEXT: Final = re.compile(
    r"^[ \t]*(?:CXR|CT|CTA|MRI?|EKG|ECG|CATH\w*|CHEST|LABS?|Brief Hospital Course|Hospital Course|Medications|"
    r"Discharge|Admission|Microbiology|MICRO|Stress|Imaging|Studies|Physical|Social|Allergies|EGD|Colonoscopy|US"
    r"|Ultrasound)\b[^\n:]{0,60}:",
    re.IGNORECASE | re.MULTILINE,
)
_GRADED: Final = (TextState.PRESENT, TextState.ABSENT)
_LEFT_OUT: Final = (SectionKind.INDICATION, SectionKind.HISTORY, SectionKind.FAMILY)


@dataclass(frozen=True, slots=True)
class Note:
    """One note with a part on an echo.

    Attributes:
        note_id: As the table names it.
        time: When it was charted; ``None`` when unknown.
        echo: The part on the echo.
    """

    note_id: str
    time: datetime | None
    echo: str


@dataclass(frozen=True, slots=True)
class Noted:
    """What a note says of a study.

    Attributes:
        measurements: Values in canonical units, one per quantity.
        findings: Findings that it states or denies, one per finding.
        report: The part on the echo.
    """

    measurements: tuple[Measurement, ...] = ()
    findings: tuple[FindingResult, ...] = ()
    report: str = ""


def find_echo(text: str) -> str:
    """Return the part of a note that reports a transthoracic echo, empty when there is none.

    Of several the first counts: it is the one that discharge summaries paste in whole.
    """
    for match in _ECHO.finditer(text):
        if _TEE.match(match[0]):
            continue
        end = next((m.start() for m in _NEXT.finditer(text, match.end())), len(text))
        return text[match.start() : end].strip()
    return ""


def read_notes(
    tree: SourceTree, name: str, *, subjects: Sequence[str], problems: Counter[RowProblem]
) -> Mapping[str, tuple[Note, ...]]:
    """Return the notes of some patients that report an echo, by patient.

    Raises:
        SourceError: If the table is unreadable or lacks a column.
    """
    table = read_table(
        tree, name, columns=["note_id", "subject_id", "charttime", "text"], only=("subject_id", subjects)
    ).with_columns(time=parse_times("charttime"))
    found: dict[str, list[Note]] = {}
    for row in table.iter_rows(named=True):
        echo = find_echo(row["text"])
        if not echo:
            problems[RowProblem.NO_ECHO_IN_NOTE] += 1
            continue
        if row["time"] is None and row["charttime"]:
            problems[RowProblem.UNREADABLE_TIME] += 1
        note_id = row["note_id"] or f"{name} row {row[ROW]}"
        found.setdefault(row["subject_id"], []).append(Note(note_id, row["time"], echo))
    return {subject: tuple(notes) for subject, notes in found.items()}


def choose_note(
    time: datetime | None,
    notes: Sequence[Note],
    other_studies: Sequence[datetime],
    problems: Counter[RowProblem],
) -> tuple[Note, str] | None:
    """Return the one note within seven days of a study, with how it was linked; two of either are an ambiguity.

    Args:
        time: When the study was done.
        notes: The patient's notes.
        other_studies: When the patient's other studies were done.
        problems: Counts an ambiguity.
    """
    if time is None:
        return None
    near = [note for note in notes if note.time is not None and abs(note.time - time) <= NOTE_WINDOW]
    if not near:
        return None
    note = near[0]
    rivals = [other for other in other_studies if note.time and abs(note.time - other) <= NOTE_WINDOW]
    if len(near) > 1 or rivals:
        problems[RowProblem.AMBIGUOUS_NOTE] += 1
        return None
    assert note.time is not None, "notes without a time were left out"
    return note, f"by time, {abs(note.time - time).total_seconds() / 3600:.1f} hours apart"


def read_note(echo: str, where: str, problems: Counter[RowProblem]) -> Noted:
    """Return what a report states of its own study.

    Args:
        echo: The report.
        where: What names it in a provenance.
        problems: Counts values and findings that contradict each other within it.
    """
    parsed = parse_report(echo)
    return Noted(_values(parsed, where, problems), _findings(parsed, where, problems), echo)


def _values(parsed: ParsedReport, where: str, problems: Counter[RowProblem]) -> tuple[Measurement, ...]:
    found: dict[Quantity, list[Measurement]] = {}
    for stated in parsed.measurements:
        if stated.state is not TextState.PRESENT or stated.section in _LEFT_OUT:
            continue
        if stated.measurement is None:
            problems[RowProblem.RANGE if stated.low != stated.high else RowProblem.IMPLAUSIBLE] += 1
            continue
        span = stated.span
        origin = Provenance(Source.NOTE, f"{where}, characters {span.start} to {span.end} of its echo part")
        value = stated.measurement
        found.setdefault(stated.quantity, []).append(
            Measurement(value.quantity, value.value, value.unit, origin).canonical()
        )
    kept = []
    for rows in found.values():
        # Two numbers of one name, such as the range on a second line: which one holds cannot be told.
        if max(row.value for row in rows) - min(row.value for row in rows) > 1e-6 * abs(rows[0].value):
            problems[RowProblem.CONFLICTING] += len(rows)
        else:
            kept.append(rows[0])
    return tuple(kept)


def _findings(parsed: ParsedReport, where: str, problems: Counter[RowProblem]) -> tuple[FindingResult, ...]:
    found: dict[Finding, list[FindingInText]] = {}
    for stated in parsed.findings:
        if stated.state in _GRADED and stated.section not in _LEFT_OUT:
            found.setdefault(stated.finding, []).append(stated)
    kept = []
    for finding, said in found.items():
        if len({each.state for each in said}) > 1:
            problems[RowProblem.CONFLICTING] += len(said)
            continue
        # The degree that is named wins over a mention without one.
        first = next((each for each in said if each.grade is not None), said[0])
        is_there = first.state is TextState.PRESENT and first.grade is not Grade.NORMAL
        state = FindingState.PRESENT if is_there else FindingState.ABSENT
        grade = (first.grade or Grade.ABNORMAL) if is_there else Grade.NORMAL
        place = f"characters {first.span.start} to {first.span.end} of its echo part"
        kept.append(FindingResult(finding, state, grade, None, (), f"{where}, {place}."))
    return tuple(kept)
