"""TMED-2: single frames of 112 x 112 pixels labelled with their view and the patient's aortic stenosis.

The name of an image, ``4860s1_0.png``, is taken for patient, study and image, which the set's page does not say in
words. Splits are those of fold 0 where its table lies there. Frames without a view label are kept when the reader
names their view.
"""

import re
from collections import Counter
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any, Final

from echovlm.clinical import Finding, FindingResult, FindingState, Grade, find_view
from echovlm.curation import licences
from echovlm.curation.given import Given, GivenView
from echovlm.curation.reasons import Reason, RowProblem
from echovlm.curation.sources.research import find_split, find_unlisted, name_clips
from echovlm.curation.tables import ROW, read_columns, read_table
from echovlm.curation.task import ClipFile, Listing, StudyTask
from echovlm.curation.tree import SourceTree
from echovlm.dataset import ExcludedClip, Split

_LABELS, _FOLD = "labels_per_image.csv", "TMED2_fold0_labeledpart.csv"
_NAME: Final = re.compile(r"(?P<patient>\d+)s(?P<study>\d+)_(?P<image>\d+)")
# Between two grades the lower counts, as everywhere in the project.
_STENOSIS: Final = {
    "no_as": (FindingState.ABSENT, Grade.NORMAL),
    "mild_as": (FindingState.PRESENT, Grade.MILD),
    "mildtomod_as": (FindingState.PRESENT, Grade.MILD),
    "moderate_as": (FindingState.PRESENT, Grade.MODERATE),
    "severe_as": (FindingState.PRESENT, Grade.SEVERE),
}
_NO_DIAGNOSIS: Final = ("", "not_provided")
_NO_VIEW: Final = ("", "psax", "a4cora2corother")  # a short axis at any level, and what is of several views


def is_tmed2(tree: SourceTree) -> bool:
    """Return whether a tree is laid out as TMED-2."""
    name = _find_table(tree, _LABELS)
    return name is not None and {"query_key", "view_label"} <= set(read_columns(tree, name))


def _find_table(tree: SourceTree, table: str) -> str | None:
    return next((path for path in tree.sizes() if path.rpartition("/")[2] == table), None)


def read_tmed2(tree: SourceTree) -> Listing:
    """List TMED-2 by study.

    Raises:
        SourceError: If a table is unreadable or lacks a column.
    """
    name = _find_table(tree, _LABELS) or _LABELS
    problems: Counter[RowProblem] = Counter()
    table = read_table(tree, name, columns=["query_key", "view_label"], optional=["diagnosis_label"])
    images: dict[str, list[str]] = {}
    for path in tree.sizes():
        if path.lower().endswith(".png"):
            images.setdefault(PurePosixPath(path).name, []).append(path)
    splits = _read_splits(tree)
    labels: dict[str, dict[str, Any]] = {}
    excluded: list[ExcludedClip] = []
    for row in table.iter_rows(named=True):
        key = PurePosixPath(row["query_key"]).name
        if _NAME.match(key) is None:
            told = f"{_LABELS} row {row[ROW]}: {key!r} is no image name of patient, study and number"
            excluded.append(ExcludedClip(f"{_LABELS} row {row[ROW]}", Reason.INVALID_RECORD.key, told))
        elif key in labels:
            told = f"{_LABELS} row {row[ROW]}: listed before"
            excluded.append(ExcludedClip(key, Reason.REPEATED_RECORD.key, told))
        else:
            labels[key] = row
    paths = {key: images.get(key, [key])[0] for key in labels}
    tasks = _tasks(labels, paths, splits, problems)
    return Listing(
        kind="TMED-2",
        licence=licences.TUFTS,
        simulated=False,
        tasks=tasks,
        excluded=(*excluded, *find_unlisted(tree, tasks, [".png"])),
        row_problems=problems,
    )


def _read_splits(tree: SourceTree) -> Mapping[str, Split]:
    name = _find_table(tree, _FOLD)
    if name is None:
        return {}
    columns = ["view_classifier_split", "diagnosis_classifier_split"]
    table = read_table(tree, name, columns=["query_key"], optional=columns)
    found: dict[str, Split] = {}
    for row in table.iter_rows(named=True):
        match = _NAME.match(PurePosixPath(row["query_key"]).name)
        split = next((split for column in reversed(columns) if (split := find_split(row[column]))), None)
        if match and split:
            found.setdefault(match["patient"], split)
    return found


def _tasks(
    labels: Mapping[str, dict[str, Any]],
    paths: Mapping[str, str],
    splits: Mapping[str, Split],
    problems: Counter[RowProblem],
) -> tuple[StudyTask, ...]:
    names = name_clips(paths.values())
    studies: dict[tuple[str, str], list[str]] = {}
    for key in sorted(labels):
        match = _NAME.match(key)
        assert match, "other names were set aside"
        studies.setdefault((match["patient"], match["study"]), []).append(key)
    return tuple(
        StudyTask(
            task_id=f"{patient}s{study}",
            patient_id=patient,
            study_id=f"{patient}s{study}",
            sex=None,
            files=tuple(
                ClipFile(names[paths[key]], paths[key], Given(_view(labels[key], problems))) for key in keys
            ),
            stated=_stenosis([labels[key] for key in keys], problems),
            split=splits.get(patient),
            keeps_stills=True,
        )
        for (patient, study), keys in sorted(studies.items())
    )


def _view(row: dict[str, Any], problems: Counter[RowProblem]) -> GivenView | None:
    label = row["view_label"]
    view = find_view(label)
    if view is None and label.lower() not in _NO_VIEW:
        problems[RowProblem.UNKNOWN_CATEGORY] += 1
    return None if view is None else GivenView(view, "label", f"{_LABELS} row {row[ROW]}")


def _stenosis(rows: list[dict[str, Any]], problems: Counter[RowProblem]) -> tuple[FindingResult, ...]:
    """Return the study's diagnosis, where all of its images agree."""
    said: dict[str, dict[str, Any]] = {}
    for row in rows:
        label = row["diagnosis_label"].lower()
        if label in _STENOSIS:
            said.setdefault(label, row)
        elif label not in _NO_DIAGNOSIS:
            problems[RowProblem.UNKNOWN_CATEGORY] += 1
    if len(said) != 1:
        problems[RowProblem.CONFLICTING] += len(said)
        return ()
    ((label, row),) = said.items()
    state, grade = _STENOSIS[label]
    reason = f"{_LABELS} row {row[ROW]}: diagnosis_label is {row['diagnosis_label']!r}."
    return (FindingResult(Finding.AORTIC_STENOSIS, state, grade, None, (), reason),)
