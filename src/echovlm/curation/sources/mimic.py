"""A MIMIC-IV-ECHO tree of any version: record list, study list, files; the structured table is ``mimic_values``.

Version 0.1 has no structured table and no ``measurement_id``: its values are burned into the pictures or stand in
MIMIC-IV-Note. From 1.0 on the table is required, plain or packed with gzip.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Final

import polars as pl

from echovlm.clinical.context import UNKNOWN_CONTEXT
from echovlm.collector import collector_paused
from echovlm.curation import licences
from echovlm.curation.errors import SourceError
from echovlm.curation.linking import Link, find_link
from echovlm.curation.notes import NOTE_TABLES, Noted, choose_note, read_note, read_notes
from echovlm.curation.reasons import Reason, RowProblem
from echovlm.curation.sources.mimic_values import StructuredTable, StudyValues, read_structured
from echovlm.curation.tables import ROW, parse_times, read_columns, read_table
from echovlm.curation.task import ClipFile, Listing, StudyTask, Verdict
from echovlm.curation.tree import SourceTree
from echovlm.dataset import ExcludedClip

RECORD_LIST: Final = "echo-record-list.csv"
STUDY_LIST: Final = "echo-study-list.csv"
STRUCTURED: Final = "structured-measurement.csv"
FILES: Final = "files"
SIMULATION: Final = "simulation.json"  # the simulator signs its trees with it

_VERSION: Final = re.compile(r"(?<![\d.])(0\.1|1\.0\.1|1\.0)(?![\d])")
_Key = tuple[str, str]  # subject_id, study_id
_Studies = dict[_Key, tuple[str, datetime | None]]  # measurement_id and time


def is_tree(tree: SourceTree) -> bool:
    """Return whether a source holds a MIMIC-IV-ECHO record list."""
    return tree.find(RECORD_LIST) is not None


@collector_paused()
def read_tree(tree: SourceTree, *, notes: Path | None = None) -> Listing:
    """List the studies of a MIMIC-IV-ECHO tree with their linked values.

    Args:
        tree: The source.
        notes: MIMIC-IV-Note's ``discharge.csv.gz``; one below the tree is found by itself.

    Raises:
        SourceError: If a table is missing, unreadable or empty, or lacks a column.
    """
    problems: Counter[RowProblem] = Counter()
    files, excluded = _read_records(tree)
    has_ids, studies = _read_studies(tree, problems)
    subjects = sorted({subject for subject, _ in files})
    table = _read_table(tree, subjects, problems, is_required=has_ids)
    links = {key: _link(key, studies.get(key), table) for key in sorted(files)}
    values = (
        {}
        if table is None
        else table.read_values(
            [(s, link) for (s, _), link in links.items() if isinstance(link, Link)], problems
        )
    )
    noted = _read_notes(tree, notes, subjects, studies, problems)
    excluded += _find_orphans(tree, {clip.path for clips in files.values() for clip in clips})
    simulated = tree.has(SIMULATION)
    version = _find_version(tree, has_ids=has_ids)
    return Listing(
        kind=f"{version} tree written by the simulator" if simulated else f"{version} tree",
        licence=licences.SIMULATED if simulated else licences.PHYSIONET,
        simulated=simulated,
        tasks=tuple(
            _task(key, files[key], link, values, noted.get(key, Noted())) for key, link in links.items()
        ),
        excluded=tuple(excluded),
        row_problems=problems,
    )


def _find_version(tree: SourceTree, *, has_ids: bool) -> str:
    """Return the version by the address, which PhysioNet ends with it, else by what tells 0.1 from the rest."""
    stated = _VERSION.findall(tree.shown)
    if stated:
        return f"MIMIC-IV-ECHO {stated[-1]}"
    return "MIMIC-IV-ECHO 1.0 or later" if has_ids else "MIMIC-IV-ECHO 0.1"


def _read_table(
    tree: SourceTree, subjects: Sequence[str], problems: Counter[RowProblem], *, is_required: bool
) -> StructuredTable | None:
    if not is_required and tree.find(STRUCTURED) is None:
        return None
    return read_structured(tree, _require(tree, STRUCTURED), subjects=subjects, problems=problems)


def _read_notes(
    tree: SourceTree,
    path: Path | None,
    subjects: Sequence[str],
    studies: _Studies,
    problems: Counter[RowProblem],
) -> dict[_Key, Noted]:
    """Return what the note of each study states, for studies with one note that can be theirs."""
    if path is not None:
        tree, name = SourceTree(str(path.parent)), path.name
    else:
        found = tree.find(*NOTE_TABLES)
        if found is None:
            return {}
        name = found
    by_subject = read_notes(tree, name, subjects=subjects, problems=problems)
    noted: dict[_Key, Noted] = {}
    for (subject, study), (_, time) in sorted(studies.items()):
        others = [t for (s, other), (_, t) in studies.items() if s == subject and other != study and t]
        chosen = choose_note(time, by_subject.get(subject, ()), others, problems)
        if chosen is not None:
            note, how = chosen
            noted[subject, study] = read_note(note.echo, f"note {note.note_id}, linked {how}", problems)
    return noted


def _require(tree: SourceTree, name: str) -> str:
    found = tree.find(name)
    if found is None:
        raise SourceError(
            f"{tree} lacks {name} and {name}.gz; curation needs {RECORD_LIST}, {STUDY_LIST} and "
            f"{STRUCTURED}. Add the table: MIMIC-IV-ECHO 1.0 and later have it."
        )
    return found


def _read_records(tree: SourceTree) -> tuple[dict[_Key, tuple[ClipFile, ...]], list[ExcludedClip]]:
    """Return the files of each study, and the records that cannot stand for a file."""
    name = _require(tree, RECORD_LIST)
    table = read_table(tree, name, columns=["subject_id", "study_id", "dicom_filepath"])
    if table.is_empty():
        raise SourceError(
            f"{tree.at(name)} is empty: it lists no file. Give the record list as it was released."
        )
    excluded: list[ExcludedClip] = []
    owner: dict[str, _Key] = {}
    for row in table.iter_rows(named=True):
        where, file = f"{name} row {row[ROW]}", row["dicom_filepath"]
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


def _find_orphans(tree: SourceTree, listed: AbstractSet[str]) -> list[ExcludedClip]:
    """Return the DICOM files below ``files`` that no record lists, such as renamed ones."""
    return [
        ExcludedClip(path, Reason.NOT_LISTED.key, f"{RECORD_LIST} does not list this file")
        for path in tree.sizes(below=FILES)
        if path.lower().endswith(".dcm") and path not in listed
    ]


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


def _read_studies(tree: SourceTree, problems: Counter[RowProblem]) -> tuple[bool, _Studies]:
    """Return whether the list names measurement_ids, and that id and the time of each study; of two rows the first."""
    name = _require(tree, STUDY_LIST)
    table = read_table(
        tree, name, columns=["subject_id", "study_id", "study_datetime"], optional=["measurement_id"]
    )
    table = table.with_columns(time=parse_times("study_datetime"))
    unread = table.filter((pl.col("study_datetime") != "") & pl.col("time").is_null())
    problems[RowProblem.UNREADABLE_TIME] += unread.height
    studies: _Studies = {}
    for row in table.iter_rows(named=True):
        key = (_identifier(row["subject_id"]), _identifier(row["study_id"]))
        if key in studies:
            problems[RowProblem.REPEATED_STUDY] += 1
        studies.setdefault(key, (_identifier(row["measurement_id"]), row["time"]))
    return "measurement_id" in read_columns(tree, name), studies


def _link(
    key: _Key, study: tuple[str, datetime | None] | None, table: StructuredTable | None
) -> Link | Verdict:
    if study is None:
        return Verdict(Reason.NO_LINK, f"study {key[1]} of subject {key[0]} is not in {STUDY_LIST}")
    if table is None:
        return Verdict(
            Reason.NO_MEASUREMENTS, "version 0.1 has no structured table, and no other place has a value"
        )
    return find_link(*study, table.measured.get(key[0], ()))


def _task(
    key: _Key,
    files: tuple[ClipFile, ...],
    link: Link | Verdict,
    values: dict[_Key, StudyValues],
    noted: Noted,
) -> StudyTask:
    subject, study = key
    found = values.get((subject, link.measurement_id)) if isinstance(link, Link) else None
    verdict = link if isinstance(link, Verdict) else None
    if isinstance(link, Link):
        verdict = Verdict(Reason.NO_MEASUREMENTS, f"measurement_id {link.measurement_id} has no usable value")
    # A stress or transoesophageal study stays one whatever its screens state.
    is_final = verdict is not None and verdict.reason is Reason.NOT_TRANSTHORACIC
    return StudyTask(
        task_id=_safe(f"{subject}_{study}"),
        patient_id=subject,
        study_id=study,
        sex=found.sex if found else None,
        files=files,
        measurements=found.measurements if found else (),
        stated=found.stated if found else (),
        context=found.context if found else UNKNOWN_CONTEXT,
        torn=found.torn if found else (),
        verdict=verdict if is_final else None,
        unmeasured=verdict,
        noted=noted.measurements,
        noted_findings=noted.findings,
        report=noted.report,
    )
