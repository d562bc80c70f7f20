"""EchoNet-Dynamic and EchoNet-Pediatric: one table of videos, one of traced left ventricles.

Neither set names patients beside its files, so each file counts as one patient; where a child was filmed in two
views, the same name in both folders is one patient. What the sets call EF comes from the traced view: it is kept as
a single-plane value for A4C, and as one of an unsaid method for the short axis of children. Folds 0 to 7 of the
pediatric set train, 8 validates and 9 tests: the set has no split of its own, so the choice is ours.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Final

import polars as pl

from echovlm.clinical import Quantity, Sex, Structure, Unit, View, find_sex
from echovlm.curation import licences
from echovlm.curation.given import Given, GivenTruth, GivenView, Outline
from echovlm.curation.reasons import Reason, RowProblem
from echovlm.curation.sources.research import (
    VIDEO_SUFFIXES,
    find_base,
    find_split,
    find_unlisted,
    read_number,
    safe_name,
)
from echovlm.curation.tables import ROW, read_columns, read_table
from echovlm.curation.task import ClipFile, Listing, StudyTask
from echovlm.curation.tree import SourceTree
from echovlm.dataset import ExcludedClip, Split

_FILES, _TRACINGS = "FileList.csv", "VolumeTracings.csv"
_DYNAMIC_FOLDERS: Final = ("EchoNet-Dynamic/",)
_PEDIATRIC_FOLDERS: Final = ("pediatric_echo_avi/",)
_VIEWS: Final = {"A4C": View.A4C, "PSAX": None}  # the level of the children's short axis is not said
_VAL_FOLD, _TEST_FOLD = "8", "9"
_SIDE_PX: Final = 112  # both sets store squares of this side, and trace on them

_Frames = Mapping[int, tuple[tuple[float, float], ...]]


def is_dynamic(tree: SourceTree) -> bool:
    """Return whether a tree is laid out as EchoNet-Dynamic."""
    base = find_base(tree, _FILES, _DYNAMIC_FOLDERS)
    return base is not None and {"filename", "ef", "edv", "esv"} <= set(read_columns(tree, f"{base}{_FILES}"))


def is_pediatric(tree: SourceTree) -> bool:
    """Return whether a tree is laid out as EchoNet-Pediatric."""
    return _pediatric_base(tree) is not None


def _pediatric_base(tree: SourceTree) -> str | None:
    return next(
        (
            base
            for base in ("", *_PEDIATRIC_FOLDERS)
            if any(tree.has(f"{base}{view}/{_FILES}") for view in _VIEWS)
        ),
        None,
    )


def read_dynamic(tree: SourceTree) -> Listing:
    """List EchoNet-Dynamic: ``FileList.csv``, ``VolumeTracings.csv`` and ``Videos/``.

    Raises:
        SourceError: If a table is unreadable or lacks a column.
    """
    base = find_base(tree, _FILES, _DYNAMIC_FOLDERS) or ""
    problems: Counter[RowProblem] = Counter()
    table = read_table(tree, f"{base}{_FILES}", columns=["filename", "ef", "esv", "edv"], optional=["split"])
    outlines = _read_chords(tree, f"{base}{_TRACINGS}") if tree.has(f"{base}{_TRACINGS}") else {}
    tasks: dict[str, StudyTask] = {}
    excluded = []
    for row in table.iter_rows(named=True):
        name, where = PurePosixPath(row["filename"]).stem, f"{_FILES} row {row[ROW]}"
        path = f"{base}Videos/{name}.avi"
        if not name or name in tasks:
            excluded.append(_repeated(path, where, name))
            continue
        values = (
            *read_number(Quantity.LVEF_A4C, row["ef"], Unit.PERCENT, where, problems),
            *read_number(Quantity.LV_EDV_A4C, row["edv"], Unit.ML, where, problems),
            *read_number(Quantity.LV_ESV_A4C, row["esv"], Unit.ML, where, problems),
        )
        given = Given(GivenView(View.A4C, "label", where), _truth(outlines.get(name, {})))
        tasks[name] = StudyTask(
            task_id=safe_name(name),
            patient_id=safe_name(name),
            study_id=safe_name(name),
            sex=None,
            files=(ClipFile(safe_name(name), path, given),),
            measurements=values,
            split=find_split(row["split"]),
        )
    chosen = tuple(tasks.values())
    return Listing(
        kind="EchoNet-Dynamic",
        licence=licences.STANFORD,
        simulated=False,
        tasks=chosen,
        excluded=(*excluded, *find_unlisted(tree, chosen, VIDEO_SUFFIXES)),
        row_problems=problems,
    )


def read_pediatric(tree: SourceTree) -> Listing:
    """List EchoNet-Pediatric: a folder ``A4C`` and one ``PSAX``, each with the two tables and ``Videos/``.

    Raises:
        SourceError: If a table is unreadable or lacks a column.
    """
    base = _pediatric_base(tree) or ""
    problems: Counter[RowProblem] = Counter()
    tasks: list[StudyTask] = []
    excluded: list[ExcludedClip] = []
    for view_name in _VIEWS:
        if tree.has(f"{base}{view_name}/{_FILES}"):
            tasks += _read_children(tree, f"{base}{view_name}/", view_name, problems, excluded)
    splits = _agree_on_splits(tasks)
    chosen = tuple(_with_split(task, splits) for task in tasks)
    return Listing(
        kind="EchoNet-Pediatric",
        licence=licences.STANFORD,
        simulated=False,
        tasks=chosen,
        excluded=(*excluded, *find_unlisted(tree, chosen, VIDEO_SUFFIXES)),
        row_problems=problems,
    )


def _read_children(
    tree: SourceTree, base: str, view_name: str, problems: Counter[RowProblem], excluded: list[ExcludedClip]
) -> list[StudyTask]:
    table = read_table(tree, f"{base}{_FILES}", columns=["filename", "ef"], optional=["sex", "split"])
    outlines = _read_polygons(tree, f"{base}{_TRACINGS}") if tree.has(f"{base}{_TRACINGS}") else {}
    quantity = Quantity.LVEF_A4C if view_name == "A4C" else Quantity.LVEF_VISUAL
    tasks: dict[str, StudyTask] = {}
    for row in table.iter_rows(named=True):
        name, where = PurePosixPath(row["filename"]).stem, f"{view_name}/{_FILES} row {row[ROW]}"
        path = f"{base}Videos/{name}.avi"
        if not name or name in tasks:
            excluded.append(_repeated(path, where, name))
            continue
        given = Given(GivenView(_VIEWS[view_name], "label", where), _truth(outlines.get(name, {})))
        clip_id = f"{safe_name(name)}-{view_name}"
        tasks[name] = StudyTask(
            task_id=clip_id,
            patient_id=safe_name(name),
            study_id=safe_name(name),
            sex=_find_child_sex(row["sex"], problems),
            files=(ClipFile(clip_id, path, given),),
            measurements=read_number(quantity, row["ef"], Unit.PERCENT, where, problems),
            split=_fold_split(row["split"]),
            is_adult=False,
        )
    return list(tasks.values())


def _find_child_sex(text: str, problems: Counter[RowProblem]) -> Sex | None:
    sex = find_sex(text)
    problems[RowProblem.UNKNOWN_SEX] += bool(text and sex is None)
    return sex


def _fold_split(fold: str) -> Split | None:
    if not fold.isdigit():
        return find_split(fold)
    return {_VAL_FOLD: Split.VAL, _TEST_FOLD: Split.TEST}.get(fold, Split.TRAIN)


def _agree_on_splits(tasks: list[StudyTask]) -> Mapping[str, Split | None]:
    """Return each patient's split: that of the first view, so that no child stands in two."""
    first: dict[str, Split | None] = {}
    for task in tasks:
        first.setdefault(task.patient_id or "", task.split)
    return first


def _with_split(task: StudyTask, splits: Mapping[str, Split | None]) -> StudyTask:
    return replace(task, split=splits[task.patient_id or ""])


def _repeated(path: str, where: str, name: str) -> ExcludedClip:
    reason = Reason.REPEATED_RECORD if name else Reason.INVALID_RECORD
    told = "lists a file that an earlier row lists" if name else "names no file"
    return ExcludedClip(path if name else where, reason.key, f"{where} {told}")


def _read_chords(tree: SourceTree, name: str) -> Mapping[str, _Frames]:
    """Return traced outlines by file stem and frame, from pairs of points.

    The first pair of a frame is the long axis, the others are chords across it: their first ends, and back along
    their second ends, are the outline.
    """
    table = read_table(tree, name, columns=["filename", "x1", "y1", "x2", "y2", "frame"])
    numbers = [pl.col(column).cast(pl.Float64, strict=False) for column in ("x1", "y1", "x2", "y2", "frame")]
    table = table.with_columns(numbers).drop_nulls()
    found: dict[str, dict[int, tuple[tuple[float, float], ...]]] = {}
    for (file, frame), rows in table.group_by("filename", "frame", maintain_order=True):
        ends = rows.select("x1", "y1", "x2", "y2").rows()[1:]
        points = [(x, y) for x, y, _, _ in ends] + [(x, y) for _, _, x, y in reversed(ends)]
        if len(ends) > 1:
            found.setdefault(PurePosixPath(str(file)).stem, {})[_frame_index(frame)] = tuple(points)
    return found


def _read_polygons(tree: SourceTree, name: str) -> Mapping[str, _Frames]:
    """Return traced outlines by file stem and frame, from the points of each outline in order."""
    table = read_table(tree, name, columns=["filename", "x", "y", "frame"])
    numbers = [pl.col(column).cast(pl.Float64, strict=False) for column in ("x", "y", "frame")]
    table = table.with_columns(numbers).drop_nulls()  # some rows hold a word where the frame should stand
    found: dict[str, dict[int, tuple[tuple[float, float], ...]]] = {}
    for (file, frame), rows in table.group_by("filename", "frame", maintain_order=True):
        points = tuple(rows.select("x", "y").rows())
        if len(points) > 2:
            found.setdefault(PurePosixPath(str(file)).stem, {})[_frame_index(frame)] = points
    return found


def _frame_index(number: object) -> int:
    assert isinstance(number, float), "the column was cast"
    return int(number)


def _truth(frames: _Frames) -> GivenTruth:
    """Return the outlines of a video; the larger of two is end-diastole, whatever their order in the table."""
    outlines = tuple(Outline(Structure.LV, index, points) for index, points in sorted(frames.items()))
    ed = es = None
    if len(frames) == 2:
        es, ed = sorted(frames, key=lambda index: _area_px2(frames[index]))
    return GivenTruth(
        outlines, ed_frame_index=ed, es_frame_index=es, frame_height_px=_SIDE_PX, frame_width_px=_SIDE_PX
    )


def _area_px2(points: tuple[tuple[float, float], ...]) -> float:
    """Return the area of a polygon by the shoelace formula."""
    following = (*points[1:], points[0])
    return abs(sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in zip(points, following, strict=True))) / 2
