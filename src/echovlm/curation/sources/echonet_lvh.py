"""EchoNet-LVH: parasternal cines with the ends of wall and cavity diameters marked on single frames.

The set names no patients: each file counts as one. Of the two ends of a diameter the upper one is anterior, since
the probe is at the top of a parasternal picture. Frames count from 0 as far as known. The anonymous first column and
the order X1, X2, Y1, Y2 do not matter: columns are read by name.
"""

from collections import Counter
from pathlib import PurePosixPath
from typing import Any, Final

from echovlm.clinical import Landmark, Measurement, Quantity, Unit, View
from echovlm.curation import licences
from echovlm.curation.given import Given, GivenPoint, GivenTruth, GivenView
from echovlm.curation.reasons import RowProblem
from echovlm.curation.sources.research import (
    VIDEO_SUFFIXES,
    find_split,
    find_unlisted,
    read_number,
    safe_name,
)
from echovlm.curation.tables import ROW, read_columns, read_table
from echovlm.curation.task import ClipFile, Listing, StudyTask
from echovlm.curation.tree import SourceTree
from echovlm.curation.values import drop_conflicts

_TABLE: Final = "MeasurementsList.csv"
_L, _Q = Landmark, Quantity
_CALCS: Final = {
    "ivsd": (_Q.IVS_THICKNESS_ED, _L.IVS_RV_SIDE, _L.IVS_LV_SIDE),
    "lvidd": (_Q.LV_INTERNAL_DIAMETER_ED, _L.IVS_LV_SIDE, _L.PW_LV_SIDE),
    "lvpwd": (_Q.PW_THICKNESS_ED, _L.PW_LV_SIDE, _L.PW_EPICARDIUM),
    "ivss": (_Q.IVS_THICKNESS_ES, _L.IVS_RV_SIDE, _L.IVS_LV_SIDE),
    "lvids": (_Q.LV_INTERNAL_DIAMETER_ES, _L.IVS_LV_SIDE, _L.PW_LV_SIDE),
    "lvpws": (_Q.PW_THICKNESS_ES, _L.PW_LV_SIDE, _L.PW_EPICARDIUM),
}
_COLUMNS: Final = ("hashedfilename", "calc", "calcvalue", "frame", "x1", "x2", "y1", "y2")


def is_lvh(tree: SourceTree) -> bool:
    """Return whether a tree is laid out as EchoNet-LVH."""
    return tree.has(_TABLE) and {"hashedfilename", "calc"} <= set(read_columns(tree, _TABLE))


def read_lvh(tree: SourceTree) -> Listing:
    """List EchoNet-LVH: ``MeasurementsList.csv`` and ``Batch1`` to ``Batch4``.

    Raises:
        SourceError: If the table is unreadable or lacks a column.
    """
    problems: Counter[RowProblem] = Counter()
    table = read_table(tree, _TABLE, columns=_COLUMNS, optional=["width", "height", "split"])
    rows: dict[str, list[dict[str, Any]]] = {}
    for row in table.iter_rows(named=True):
        name = PurePosixPath(row["hashedfilename"]).stem
        if name:
            rows.setdefault(name, []).append(row)
        else:
            problems[RowProblem.NO_FILE] += 1
    places = {
        PurePosixPath(path).stem: path for path in tree.sizes() if path.lower().endswith(VIDEO_SUFFIXES)
    }
    tasks = tuple(_task(name, places.get(name, f"{name}.avi"), rows[name], problems) for name in sorted(rows))
    return Listing(
        kind="EchoNet-LVH",
        licence=licences.STANFORD,
        simulated=False,
        tasks=tasks,
        excluded=find_unlisted(tree, tasks, VIDEO_SUFFIXES),
        row_problems=problems,
    )


def _task(name: str, path: str, rows: list[dict[str, Any]], problems: Counter[RowProblem]) -> StudyTask:
    values: list[Measurement] = []
    points: list[GivenPoint] = []
    phases: dict[str, set[int]] = {"d": set(), "s": set()}
    for row in rows:
        calc, where = row["calc"].lower(), f"{_TABLE} row {row[ROW]}"
        if calc not in _CALCS:
            problems[RowProblem.UNKNOWN_NAME] += 1
            continue
        quantity, upper, lower = _CALCS[calc]
        values += read_number(quantity, row["calcvalue"], Unit.CM, where, problems)
        ends = _ends(row)
        if ends is None:
            problems[RowProblem.NOT_A_NUMBER] += 1
            continue
        frame, ((x0, y0), (x1, y1)) = ends
        phases[calc[-1]].add(frame)
        points += [GivenPoint(upper, frame, x0, y0), GivenPoint(lower, frame, x1, y1)]
    first = rows[0]
    truth = GivenTruth(
        points=tuple(dict.fromkeys(points)),
        ed_frame_index=phases["d"].pop() if len(phases["d"]) == 1 else None,
        es_frame_index=phases["s"].pop() if len(phases["s"]) == 1 else None,
        frame_height_px=_whole(first["height"]),
        frame_width_px=_whole(first["width"]),
    )
    view = GivenView(View.PLAX, "label", f"{_TABLE} row {first[ROW]}")
    return StudyTask(
        task_id=safe_name(name),
        patient_id=safe_name(name),
        study_id=safe_name(name),
        sex=None,
        files=(ClipFile(safe_name(name), path, Given(view, truth)),),
        measurements=drop_conflicts(values, problems),
        split=find_split(first["split"]),
    )


def _ends(row: dict[str, Any]) -> tuple[int, tuple[tuple[float, float], tuple[float, float]]] | None:
    """Return the frame and the two ends of a diameter, the upper one first."""
    try:
        x1, x2, y1, y2 = (float(row[column]) for column in ("x1", "x2", "y1", "y2"))
        frame = int(float(row["frame"]))
    except ValueError:
        return None
    upper, lower = sorted([(x1, y1), (x2, y2)], key=lambda end: end[1])
    return frame, (upper, lower)


def _whole(text: str) -> int | None:
    try:
        return int(float(text))
    except ValueError:
        return None
