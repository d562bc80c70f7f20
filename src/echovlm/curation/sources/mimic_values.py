"""MIMIC-IV-ECHO's structured table: one row per value, in two schema eras."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import polars as pl

from echovlm.clinical import (
    Finding,
    FindingResult,
    FindingState,
    Measurement,
    Provenance,
    Sex,
    Source,
    Unit,
    find_sex,
)
from echovlm.clinical.context import UNKNOWN_CONTEXT, StudyContext
from echovlm.curation.linking import Link, MeasuredStudy
from echovlm.curation.reasons import RowProblem
from echovlm.curation.tables import ROW, parse_times, read_table
from echovlm.curation.tree import SourceTree
from echovlm.curation.values import NAMES, choose, find_named, parse_measurement, parse_number
from echovlm.reports import CATEGORICAL_NAMES, CONTEXT_NAMES, find_category, read_table_context

_COLUMNS: Final = ("subject_id", "measurement_id", "measurement_datetime", "measurement", "result", "unit")
_SEX_NAME: Final = "gender"
# The visual estimate in steps of 5 %: `lvef` is its lower end, `lvef_upper` the upper one where they differ.
_TAPSE, _LARGEST_TAPSE_CM = "tapse", 5.0  # millimetres are mixed in under the unit cm
_ESTIMATE, _ESTIMATE_UPPER = "lvef", "lvef_upper"
_USED: Final = (
    *(named.name for named in NAMES), *CATEGORICAL_NAMES, *CONTEXT_NAMES, _SEX_NAME, _ESTIMATE_UPPER
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class StudyValues:
    """What the rows of one measured study say.

    Attributes:
        measurements: Plausible values in canonical units, one per quantity.
        stated: Findings stated as categories, one per finding.
        sex: From the row ``gender``.
        context: Prostheses, signs and segments.
        torn: Values that contradict each other, none of which counts.
    """

    measurements: tuple[Measurement, ...]
    stated: tuple[FindingResult, ...]
    sex: Sex | None
    context: StudyContext = UNKNOWN_CONTEXT
    torn: tuple[Measurement, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class StructuredTable:
    """The table, restricted to some patients.

    Attributes:
        name: Its file name, for provenance.
        measured: The measured studies of each patient, in order of their identifier.
        rows: The rows with a name that we use.
    """

    name: str
    measured: Mapping[str, tuple[MeasuredStudy, ...]]
    rows: pl.DataFrame

    def read_values(
        self, links: Sequence[tuple[str, Link]], problems: Counter[RowProblem]
    ) -> dict[tuple[str, str], StudyValues]:
        """Return linked studies by patient and measurement_id, counting the rows that give no value."""
        how = {(subject, link.measurement_id): link.how for subject, link in links}
        wanted = self.rows.filter(pl.col("measurement_id").is_in([name for _, name in how]))
        grouped: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for row in wanted.iter_rows(named=True):
            key = (row["subject_id"], row["measurement_id"])
            if key in how:
                grouped.setdefault(key, []).append(row)
        return {key: self._study(rows, how[key], problems) for key, rows in sorted(grouped.items())}

    def _study(self, rows: list[dict[str, Any]], how: str, problems: Counter[RowProblem]) -> StudyValues:
        values: list[tuple[str, Measurement]] = []
        stated: dict[Finding, list[FindingResult]] = {}
        sexes: set[Sex] = set()
        is_range = _estimate_is_range(rows)
        for row in rows:
            where = f"{self.name} row {row[ROW]}, linked {how}"
            name, result = row["measurement"], row["result"]
            read = _read_row(row, where)
            if name == _ESTIMATE and is_range and not isinstance(read, RowProblem):
                read = RowProblem.RANGE
            if isinstance(read, RowProblem):
                problems[read] += 1
            elif isinstance(read, Sex):
                sexes.add(read)
            elif isinstance(read, FindingResult):
                stated.setdefault(read.finding, []).append(read)
            elif isinstance(read, Measurement):
                values.append((name, read))
            else:
                assert name in (_ESTIMATE_UPPER, *CONTEXT_NAMES), f"{name} {result} is not handled"
        measurements, torn = choose(values)
        problems[RowProblem.CONFLICTING] += len(torn)
        agreed = [results[0] for results in stated.values() if len({r.state for r in results}) == 1]
        problems[RowProblem.CONFLICTING] += sum(map(len, stated.values())) - sum(
            len(stated[result.finding]) for result in agreed
        )
        return StudyValues(
            measurements,
            tuple(agreed),
            sexes.pop() if len(sexes) == 1 else None,
            read_table_context((row["measurement"], row["result"]) for row in rows),
            torn,
        )


def _estimate_is_range(rows: list[dict[str, Any]]) -> bool:
    """Return whether the visual estimate of the ejection fraction has two different ends."""
    ends = {parse_number(row["result"]) for row in rows if row["measurement"] in (_ESTIMATE, _ESTIMATE_UPPER)}
    return len({end for end in ends if isinstance(end, float)}) > 1


def _read_row(row: dict[str, Any], where: str) -> Measurement | FindingResult | Sex | RowProblem | None:
    """Return what one row says, or why it says nothing; ``None`` for the upper end of the visual estimate."""
    name, result = row["measurement"], row["result"]
    if not result:
        return RowProblem.EMPTY
    named = find_named(name)
    if named is not None and name == _TAPSE and _is_millimetres(row):
        named, row = replace(named, unit=Unit.MM), row | {"unit": ""}
    if named is not None:
        return parse_measurement(named, result, row["unit"], Provenance(Source.TABLE, where))
    if name == _SEX_NAME:
        return find_sex(result) or RowProblem.UNKNOWN_SEX
    if name in CATEGORICAL_NAMES:
        category = find_category(name, result)
        if category is None:
            return RowProblem.UNKNOWN_CATEGORY
        finding, state, grade = category
        if state is FindingState.NOT_ASSESSED:
            grade = None
        return FindingResult(finding, state, grade, None, (), f"{where}: {name} is {result!r}.")
    return None


def _is_millimetres(row: dict[str, Any]) -> bool:
    """Whether an excursion under the unit cm is one in mm: no annulus moves by more than 5 cm."""
    number = parse_number(row["result"])
    return isinstance(number, float) and number > _LARGEST_TAPSE_CM and row["unit"].lower() in ("cm", "")


def read_structured(
    tree: SourceTree, name: str, *, subjects: Sequence[str], problems: Counter[RowProblem]
) -> StructuredTable:
    """Read the structured table for some patients.

    Raises:
        SourceError: If it cannot be read, or lacks a column.
    """
    table = read_table(tree, name, columns=_COLUMNS, optional=["test_type"], only=("subject_id", subjects))
    table = table.with_columns(
        pl.col("measurement").str.to_lowercase(),
        pl.col("test_type").str.to_lowercase(),
        pl.col("measurement_id").str.replace(r"\.0$", ""),
        time=parse_times("measurement_datetime"),
    )
    unread = table.filter((pl.col("measurement_datetime") != "") & pl.col("time").is_null())
    problems[RowProblem.UNREADABLE_TIME] += unread.height
    studies = (
        table.group_by("subject_id", "measurement_id")
        .agg(pl.col("time").min(), pl.col("test_type").sort_by(ROW).first())
        .sort("subject_id", "measurement_id")
    )
    measured: dict[str, list[MeasuredStudy]] = {}
    for subject, measurement_id, time, test_type in studies.iter_rows():
        measured.setdefault(subject, []).append(MeasuredStudy(measurement_id, time, test_type))
    return StructuredTable(
        name=name,
        measured={subject: tuple(found) for subject, found in measured.items()},
        rows=table.filter(pl.col("measurement").is_in(_USED)).sort(ROW),
    )
