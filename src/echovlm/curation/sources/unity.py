"""Unity Imaging: single frames with points and curves that readers placed, in a JSON file of labels.

A frame is named by its code, and lies wherever a file of that name lies. The labels do not name the view: points on
the septum and the posterior wall are of the parasternal long axis, as the format page lists them; frames with apical
points alone are of an apical view, which of them is not said. A curve is a natural cubic spline through its points;
the endocardial curve, closed by the line between its ends, is the left ventricle.
"""

import json
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any, Final

import numpy as np
from scipy.interpolate import CubicSpline

from echovlm.clinical import Landmark, Structure, View
from echovlm.curation import licences
from echovlm.curation.errors import SourceError
from echovlm.curation.given import Given, GivenPoint, GivenTruth, GivenView, Outline
from echovlm.curation.reasons import RowProblem
from echovlm.curation.sources.research import find_unlisted, name_clips, safe_name
from echovlm.curation.task import ClipFile, Listing, StudyTask
from echovlm.curation.tree import SourceTree

_LABELS: Final = re.compile(r"(?:.*/)?labels-[^/]*\.json")
_CODE: Final = re.compile(r"(?P<video>.+?)(?:-(?P<frame>\d{4}))?")
_VIDEO_LETTERS: Final = 67
_POINTS: Final = {
    "lv-ivs-top": Landmark.IVS_RV_SIDE,
    "lv-ivs-bottom": Landmark.IVS_LV_SIDE,
    "lv-pw-top": Landmark.PW_LV_SIDE,
    "lv-pw-bottom": Landmark.PW_EPICARDIUM,
    "lv-apex-endo": Landmark.LV_APEX,
}
_PARASTERNAL: Final = ("lv-ivs-top", "lv-ivs-bottom", "lv-pw-top", "lv-pw-bottom")
_ENDOCARDIUM: Final = "curve-lv-endo"
_UNSEEN: Final = ("off", "blurred")
_SPLINE_STEPS: Final = 16  # between two points of a curve: finer than a pixel


def is_unity(tree: SourceTree) -> bool:
    """Return whether a tree holds label files of Unity Imaging."""
    return any(_LABELS.fullmatch(path) for path in tree.sizes())


def read_unity(tree: SourceTree) -> Listing:
    """List Unity Imaging by video, each of which counts as one patient: the set names none.

    Raises:
        SourceError: If a label file is not JSON of the known form.
    """
    problems: Counter[RowProblem] = Counter()
    pictures = {PurePosixPath(p).stem: p for p in tree.sizes() if p.lower().endswith(".png")}
    found: dict[str, tuple[str, Mapping[str, Any]]] = {}
    for name in sorted(path for path in tree.sizes() if _LABELS.fullmatch(path)):
        for code, labels in _read_labels(tree, name).items():
            if code in found:
                problems[RowProblem.REPEATED_STUDY] += 1
            found.setdefault(code, (name, labels))
    paths = {code: pictures.get(code) or pictures.get(f"{code}-0001") or f"{code}.png" for code in found}
    names = name_clips(paths.values())
    videos: dict[str, list[ClipFile]] = {}
    for code, (name, labels) in sorted(found.items()):
        given = _given(labels, f"{PurePosixPath(name).name} {code}", problems)
        videos.setdefault(_video(code), []).append(ClipFile(names[paths[code]], paths[code], given))
    tasks = tuple(
        StudyTask(
            task_id=safe_name(video),
            patient_id=safe_name(video),
            study_id=safe_name(video),
            sex=None,
            files=tuple(files),
            keeps_stills=True,
        )
        for video, files in sorted(videos.items())
    )
    return Listing(
        kind="Unity Imaging",
        licence=licences.UNITY,
        simulated=False,
        tasks=tasks,
        excluded=find_unlisted(tree, tasks, [".png"]),
        row_problems=problems,
    )


def _video(code: str) -> str:
    return code[:_VIDEO_LETTERS] if len(code) > _VIDEO_LETTERS else code


def _read_labels(tree: SourceTree, name: str) -> Mapping[str, Mapping[str, Any]]:
    try:
        plain = json.loads(tree.read_bytes(name))
        return {code: entry["labels"] for code, entry in plain.items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SourceError(
            f"{tree.at(name)} is no label file of Unity Imaging ({type(error).__name__}: {error}): it must map each "
            "code to an object with labels. Give the file as it was released."
        ) from error


def _given(labels: Mapping[str, Any], where: str, problems: Counter[RowProblem]) -> Given:
    curves: dict[str, list[tuple[float, float]]] = {}
    for name, label in labels.items():
        if not isinstance(label, dict) or label.get("type") in _UNSEEN:
            continue
        try:
            xs, ys = (tuple(float(word) for word in str(label[axis]).split()) for axis in ("x", "y"))
            curves[name] = list(zip(xs, ys, strict=True))
        except (KeyError, ValueError):
            problems[RowProblem.NOT_A_NUMBER] += 1
    points = tuple(
        GivenPoint(_POINTS[name], 0, *curve[0]) for name, curve in curves.items() if name in _POINTS and curve
    )
    endocardium = curves.get(_ENDOCARDIUM, [])
    outlines = (Outline(Structure.LV, 0, _spline(endocardium)),) if len(endocardium) > 2 else ()
    is_parasternal = any(curves.get(name) for name in _PARASTERNAL)
    view = GivenView(View.PLAX, "landmarks", where) if is_parasternal else None
    return Given(view, GivenTruth(outlines=outlines, points=points))


def _spline(points: list[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    """Return a natural cubic spline through points that lie apart, by the length along them."""
    along = np.array(points)
    step = np.hypot(*np.diff(along, axis=0).T)
    keep = np.concatenate([[True], step > 0])
    along, step = along[keep], step[step > 0]
    if len(along) < 3:
        return tuple(points)
    at = np.concatenate([[0.0], np.cumsum(step)])
    fine = np.linspace(0, at[-1], _SPLINE_STEPS * len(along))
    curve = CubicSpline(at, along, bc_type="natural")(fine)
    return tuple((float(x), float(y)) for x, y in curve)
