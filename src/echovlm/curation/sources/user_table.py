"""Your own tables: files, values and reports in CSV, mapped by a small TOML file.

::

    licence = "Who may use this, and how."
    clean = false                      # true when neither files nor tables hold an identity

    [files]
    table = "files.csv"                # relative to the TOML file, as are the files that it lists
    path = "file"                      # the names on the right are columns of your table
    patient = "patient"
    study = "exam"                     # optional: without it each file is a study; so are the rest
    time = "date"
    view = "view"
    sex = "sex"
    split = "set"

    [values]                           # optional; one row per value ...
    table = "values.csv"
    study = "exam"                     # ... or, without a study, by patient and time within two days
    name = "measurement"
    value = "result"
    unit = "unit"

    [values.columns]                   # ... or one column per quantity: quantity, and unit
    "LV EF" = "lvef_biplane %"

    [reports]                          # optional; kept as text only when clean
    table = "reports.csv"
    study = "exam"
    text = "report"
"""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

from echovlm.clinical import (
    Measurement,
    Provenance,
    Quantity,
    Source,
    Unit,
    UnitError,
    find_quantity_by_name,
    find_sex,
    find_view,
    parse_unit,
    read_value,
)
from echovlm.curation.errors import SourceError
from echovlm.curation.given import Given, GivenView
from echovlm.curation.linking import Link, MeasuredStudy, find_link
from echovlm.curation.notes import Noted, read_note
from echovlm.curation.reasons import Reason, RowProblem
from echovlm.curation.sources.research import find_split
from echovlm.curation.sources.user_mapping import FILE_KEYS, parse_column, read_mapping
from echovlm.curation.tables import ROW, parse_times, read_table
from echovlm.curation.task import ClipFile, Listing, StudyTask, Verdict
from echovlm.curation.tree import SourceTree
from echovlm.curation.values import drop_conflicts, parse_number
from echovlm.dataset import ExcludedClip


@dataclass(slots=True)
class _Study:
    patient: str
    study: str
    time: datetime | None
    files: list[ClipFile] = field(default_factory=list)
    sexes: set[str] = field(default_factory=set)
    splits: set[str] = field(default_factory=set)


def read_user_table(path: Path) -> tuple[SourceTree, Listing]:
    """Return the tree and the listing of a mapped source.

    Raises:
        SourceError: If the TOML file or a table cannot be used; it names the file and the key or column.
    """
    mapping = read_mapping(path)
    tree = SourceTree(str(path.parent))
    problems: Counter[RowProblem] = Counter()
    excluded: list[ExcludedClip] = []
    studies = _read_files(tree, mapping.sections["files"], problems, excluded)
    values = _read_values(tree, mapping.sections.get("values"), studies, problems)
    noted = _read_reports(tree, mapping.sections.get("reports"), studies, problems)
    has_values = bool(mapping.sections.keys() - {"files"})
    tasks = tuple(
        _task(
            study,
            values.get(key, ()),
            noted.get(key, Noted()),
            has_values=has_values,
            is_clean=mapping.is_clean,
        )
        for key, study in sorted(studies.items())
    )
    if not tasks:
        raise SourceError(
            f"{path} lists no usable file ({len(excluded)} rows were set aside: see [files] in it)"
        )
    listing = Listing(
        kind="tables mapped by their owner",
        licence=mapping.licence,
        simulated=False,
        tasks=tasks,
        excluded=tuple(excluded),
        row_problems=problems,
        is_clean=mapping.is_clean,
    )
    return tree, listing


def _column(section: Mapping[str, Any], key: str) -> str:
    return str(section[key]).strip().lower()


def _read_files(
    tree: SourceTree, section: Mapping[str, Any], problems: Counter[RowProblem], excluded: list[ExcludedClip]
) -> dict[str, _Study]:
    name = section["table"]
    keys = [key for key in FILE_KEYS[1:] if key in section]
    table = read_table(tree, name, columns=list(dict.fromkeys(_column(section, key) for key in keys)))
    if "time" in keys:
        table = table.with_columns(_time=parse_times(_column(section, "time")))
    studies: dict[str, _Study] = {}
    seen: dict[str, str] = {}
    for row in table.iter_rows(named=True):
        cell = {key: row[_column(section, key)] for key in keys}
        where, file = f"{name} row {row[ROW]}", cell["path"].replace("\\", "/")
        pure = PurePosixPath(file)
        if not file or not cell["patient"] or pure.is_absolute() or ".." in pure.parts:
            told = f"{where} names no patient, or no file below the folder of the TOML file"
            excluded.append(ExcludedClip(file or where, Reason.INVALID_RECORD.key, told))
            continue
        if file in seen:
            excluded.append(ExcludedClip(file, Reason.REPEATED_RECORD.key, f"{where}: {seen[file]} lists it"))
            continue
        seen[file] = where
        problems[RowProblem.UNREADABLE_TIME] += bool(cell.get("time") and row["_time"] is None)
        study_name = cell.get("study") or file
        key = f"{cell['patient']}\0{study_name}"
        study = studies.setdefault(key, _Study(cell["patient"], study_name, row.get("_time")))
        view = find_view(cell.get("view", ""))
        problems[RowProblem.UNKNOWN_CATEGORY] += bool(cell.get("view") and view is None)
        given = Given(None if view is None else GivenView(view, "label", where))
        study.files.append(ClipFile(_short_hash(file), file, given))
        study.sexes.add(cell.get("sex", ""))
        study.splits.add(cell.get("split", ""))
    return studies


def _read_values(
    tree: SourceTree,
    section: Mapping[str, Any] | None,
    studies: Mapping[str, _Study],
    problems: Counter[RowProblem],
) -> dict[str, tuple[Measurement, ...]]:
    """Return the values of each study, by its key."""
    if section is None:
        return {}
    name = section["table"]
    keys = [key for key in ("study", "patient", "time", "name", "value", "unit") if key in section]
    wide = {str(column).strip().lower(): column for column in section.get("columns", {})}
    columns = list(dict.fromkeys([*(_column(section, key) for key in keys), *wide]))
    table = read_table(tree, name, columns=columns)
    if "time" in keys:
        table = table.with_columns(_time=parse_times(_column(section, "time")))
    place = _Places(section, studies, table.to_dicts())
    found: dict[str, list[Measurement]] = {}
    for row in table.iter_rows(named=True):
        owner = place.find(row)
        if owner is None:
            problems[RowProblem.AMBIGUOUS_ROW] += 1
            continue
        key, how = owner
        where = f"{name} row {row[ROW]}, linked {how}"
        if wide:
            for column, original in wide.items():
                quantity, unit = parse_column(Path(name), original, section["columns"][original])
                found.setdefault(key, []).extend(_value(quantity, row[column], unit, where, problems))
        else:
            unit_text = row[_column(section, "unit")] if "unit" in section else ""
            found.setdefault(key, []).extend(
                _named_value(
                    row[_column(section, "name")], row[_column(section, "value")], unit_text, where, problems
                )
            )
    return {key: drop_conflicts(values, problems) for key, values in found.items()}


class _Places:
    """To which study a row of values belongs: by the study's name, else by patient and time."""

    def __init__(
        self, section: Mapping[str, Any], studies: Mapping[str, _Study], rows: Sequence[Mapping[str, Any]]
    ) -> None:
        self._section, self._studies = section, studies
        self._by_name: dict[str, list[str]] = {}
        for key, study in studies.items():
            self._by_name.setdefault(study.study, []).append(key)
        self._by_time: dict[tuple[str, str], tuple[str, str]] = {}
        if "study" not in section:
            self._link(rows)

    def _link(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Link each of our studies to the one time of measuring within two days."""
        patient, time = _column(self._section, "patient"), _column(self._section, "time")
        measured: dict[str, dict[str, MeasuredStudy]] = {}
        for row in rows:
            measured.setdefault(row[patient], {})[row[time]] = MeasuredStudy(row[time], row["_time"], "")
        for key, study in self._studies.items():
            link = find_link("", study.time, tuple(measured.get(study.patient, {}).values()))
            if isinstance(link, Link):
                self._by_time[study.patient, link.measurement_id] = (key, link.how)

    def find(self, row: Mapping[str, Any]) -> tuple[str, str] | None:
        """Return the study's key and how it was found; ``None`` when none or several fit."""
        if "study" not in self._section:
            return self._by_time.get(
                (row[_column(self._section, "patient")], row[_column(self._section, "time")])
            )
        keys = self._by_name.get(row[_column(self._section, "study")], [])
        if "patient" in self._section:
            keys = [k for k in keys if self._studies[k].patient == row[_column(self._section, "patient")]]
        return (keys[0], "by study") if len(keys) == 1 else None


def _named_value(
    name: str, text: str, unit_text: str, where: str, problems: Counter[RowProblem]
) -> list[Measurement]:
    quantity = find_quantity_by_name(name)
    if quantity is None:
        problems[RowProblem.UNKNOWN_NAME] += 1
        return []
    try:
        unit = parse_unit(unit_text) if unit_text else None
    except UnitError:
        problems[RowProblem.UNKNOWN_UNIT] += 1
        return []
    return _value(quantity, text, unit, where, problems)


def _value(
    quantity: Quantity, text: str, unit: Unit | None, where: str, problems: Counter[RowProblem]
) -> list[Measurement]:
    number = parse_number(text)
    if isinstance(number, RowProblem):
        problems[number] += 1
        return []
    try:
        reading = read_value(quantity, number, unit, Provenance(Source.TABLE, where))
    except UnitError:
        problems[RowProblem.WRONG_DIMENSION] += 1
        return []
    if reading.measurement is None:
        problems[RowProblem.IMPLAUSIBLE] += 1
        return []
    return [reading.measurement.canonical()]


def _read_reports(
    tree: SourceTree,
    section: Mapping[str, Any] | None,
    studies: Mapping[str, _Study],
    problems: Counter[RowProblem],
) -> dict[str, Noted]:
    if section is None:
        return {}
    name = section["table"]
    table = read_table(tree, name, columns=[_column(section, "study"), _column(section, "text")])
    by_name: dict[str, list[str]] = {}
    for key, study in studies.items():
        by_name.setdefault(study.study, []).append(key)
    found: dict[str, Noted] = {}
    for row in table.iter_rows(named=True):
        keys = by_name.get(row[_column(section, "study")], [])
        if len(keys) != 1 or keys[0] in found:
            problems[RowProblem.AMBIGUOUS_NOTE] += 1
            continue
        text = row[_column(section, "text")]
        found[keys[0]] = read_note(text, f"{name} row {row[ROW]}, linked by study", problems)
    return found


def _task(
    study: _Study, values: tuple[Measurement, ...], noted: Noted, *, has_values: bool, is_clean: bool
) -> StudyTask:
    sexes = {find_sex(text) for text in study.sexes} - {None}
    splits = {find_split(text) for text in study.splits} - {None}
    verdict = None
    if has_values:
        verdict = Verdict(Reason.NO_MEASUREMENTS, "no table holds a usable value of the study")
    return StudyTask(
        task_id=_short_hash(f"{study.patient}\0{study.study}"),
        patient_id=study.patient,
        study_id=study.study,
        sex=sexes.pop() if len(sexes) == 1 else None,
        files=tuple(study.files),
        measurements=values,
        unmeasured=verdict,
        split=splits.pop() if len(splits) == 1 else None,
        keeps_stills=True,
        noted=noted.measurements,
        noted_findings=noted.findings,
        report=noted.report,
        report_is_clean=is_clean,
    )


def _short_hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:16]
