"""A MIMIC-IV-ECHO tree: record list, study list, files; the structured table is read in ``mimic_values``."""

import re
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Final

import polars as pl

from echovlm.curation.errors import SourceError
from echovlm.curation.linking import Link, find_link
from echovlm.curation.reasons import Reason, RowProblem
from echovlm.curation.sources.mimic_values import StructuredTable, StudyValues, read_structured
from echovlm.curation.tables import ROW, find_table, parse_times, read_table
from echovlm.curation.task import ClipFile, Listing, StudyTask, Verdict
from echovlm.dataset import ExcludedClip

RECORD_LIST: Final = "echo-record-list.csv"
STUDY_LIST: Final = "echo-study-list.csv"
STRUCTURED: Final = "structured-measurement.csv"
SIMULATION: Final = "simulation.json"  # the simulator signs its trees with it

_MIMIC_LICENCE: Final = (
    "PhysioNet Credentialed Health Data License: derived data stays under the same data use agreement; "
    "do not share it with anybody who has not signed it."
)
_SIMULATED_LICENCE: Final = (
    "Simulated studies: no patient, no data use agreement; Apache-2.0 like the simulator."
)


def is_tree(source: Path) -> bool:
    """Return whether a folder holds a MIMIC-IV-ECHO record list."""
    return find_table(source, RECORD_LIST) is not None


def read_tree(source: Path) -> Listing:
    """List the studies of a MIMIC-IV-ECHO tree with their linked values.

    Raises:
        SourceError: If a table is missing, unreadable or empty, or lacks a column.
    """
    problems: Counter[RowProblem] = Counter()
    files, excluded = _read_records(source)
    studies = _read_studies(source, problems)
    subjects = sorted({subject for subject, _ in files})
    table = read_structured(_require(source, STRUCTURED), subjects=subjects, problems=problems)
    links = {key: _link(key, studies.get(key), table) for key in sorted(files)}
    values = table.read_values(
        [(s, link) for (s, _), link in links.items() if isinstance(link, Link)], problems
    )
    simulated = (source / SIMULATION).is_file()
    return Listing(
        kind="MIMIC-IV-ECHO tree written by the simulator" if simulated else "MIMIC-IV-ECHO tree",
        licence=_SIMULATED_LICENCE if simulated else _MIMIC_LICENCE,
        simulated=simulated,
        tasks=tuple(_task(key, files[key], link, values) for key, link in links.items()),
        excluded=tuple(excluded),
        row_problems=problems,
    )


def _require(source: Path, name: str) -> Path:
    path = find_table(source, name)
    if path is None:
        raise SourceError(
            f"{source} lacks {name} and {name}.gz; curation needs {RECORD_LIST}, {STUDY_LIST} and "
            f"{STRUCTURED}. Add the table: MIMIC-IV-ECHO 1.0 and later have it."
        )
    return path


_Key = tuple[str, str]  # subject_id, study_id


def _read_records(source: Path) -> tuple[dict[_Key, tuple[ClipFile, ...]], list[ExcludedClip]]:
    """Return the files of each study, and the records that cannot stand for a file."""
    path = _require(source, RECORD_LIST)
    table = read_table(path, columns=["subject_id", "study_id", "dicom_filepath"])
    if table.is_empty():
        raise SourceError(f"{path} is empty: it lists no file. Give the record list as it was released.")
    excluded: list[ExcludedClip] = []
    owner: dict[str, _Key] = {}
    for row in table.iter_rows(named=True):
        where, file = f"{path.name} row {row[ROW]}", row["dicom_filepath"]
        key = (_identifier(row["subject_id"]), _identifier(row["study_id"]))
        if not all(key) or not _inside(file):
            told = f"{where}: subject {key[0]!r}, study {key[1]!r}, path {file!r}"
            excluded.append(ExcludedClip(file or where, Reason.INVALID_RECORD.key, told))
        elif file in owner:
            told = f"{where}: listed before, under study {owner[file][1]}"
            excluded.append(ExcludedClip(file, Reason.REPEATED_RECORD.key, told))
        else:
            owner[file] = key
    files: dict[_Key, list[ClipFile]] = {}
    for clip in _name_clips(owner):
        files.setdefault(owner[clip.path], []).append(clip)
    return {key: tuple(clips) for key, clips in files.items()}, excluded


def _identifier(text: str) -> str:
    """Return an identifier without the ``.0`` that a float column leaves behind."""
    return re.sub(r"\.0$", "", text)


def _inside(file: str) -> bool:
    path = PurePosixPath(file)
    return bool(file) and not path.is_absolute() and ".." not in path.parts and "\0" not in file


def _name_clips(paths: Iterable[str]) -> list[ClipFile]:
    """Return the files sorted by path, with clip ids: the stem, or the whole path where stems collide."""
    ordered = sorted(paths)
    stems = Counter(_safe(PurePosixPath(path).stem) for path in ordered)
    return [
        ClipFile(stem if stems[stem] == 1 else _safe(str(PurePosixPath(path).with_suffix(""))), path)
        for path in ordered
        for stem in (_safe(PurePosixPath(path).stem),)
    ]


def _safe(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]", "-", text)


def _read_studies(source: Path, problems: Counter[RowProblem]) -> dict[_Key, tuple[str, datetime | None]]:
    """Return the measurement_id and the time of each study; the first of two rows for one study counts."""
    path = _require(source, STUDY_LIST)
    table = read_table(
        path, columns=["subject_id", "study_id", "study_datetime"], optional=["measurement_id"]
    )
    table = table.with_columns(time=parse_times("study_datetime"))
    unread = table.filter((pl.col("study_datetime") != "") & pl.col("time").is_null())
    problems[RowProblem.UNREADABLE_TIME] += unread.height
    studies: dict[_Key, tuple[str, datetime | None]] = {}
    for row in table.iter_rows(named=True):
        key = (_identifier(row["subject_id"]), _identifier(row["study_id"]))
        if key in studies:
            problems[RowProblem.REPEATED_STUDY] += 1
        studies.setdefault(key, (_identifier(row["measurement_id"]), row["time"]))
    return studies


def _link(key: _Key, study: tuple[str, datetime | None] | None, table: StructuredTable) -> Link | Verdict:
    if study is None:
        return Verdict(Reason.NO_LINK, f"study {key[1]} of subject {key[0]} is not in {STUDY_LIST}")
    return find_link(*study, table.measured.get(key[0], ()))


def _task(
    key: _Key, files: tuple[ClipFile, ...], link: Link | Verdict, values: dict[_Key, StudyValues]
) -> StudyTask:
    subject, study = key
    found = values.get((subject, link.measurement_id)) if isinstance(link, Link) else None
    verdict = link if isinstance(link, Verdict) else None
    if isinstance(link, Link) and (found is None or not (found.measurements or found.stated)):
        verdict = Verdict(Reason.NO_MEASUREMENTS, f"measurement_id {link.measurement_id} has no usable value")
    return StudyTask(
        task_id=_safe(f"{subject}_{study}"),
        patient_id=subject,
        study_id=study,
        sex=found.sex if found else None,
        files=files,
        measurements=found.measurements if found else (),
        stated=found.stated if found else (),
        verdict=verdict,
    )
