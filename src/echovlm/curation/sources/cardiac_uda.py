"""CardiacUDA: cines of four views from two sites with a few frames whose chambers are drawn as contours.

The format page names four views by number and contours to fill, but not which number is which view or chamber. Only
what its publication is known for is read: view 4 is the apical four-chamber view, whose labels 1 to 4 are LV, LA, RA
and RV; masks of the other views are left out and counted, and so is the view itself unless the reader names it. Axes
are (H, W, T) as the page says, which NIfTI's own order, x first, transposes.
"""

import re
from collections import Counter
from pathlib import PurePosixPath
from typing import Final

from echovlm.clinical import Structure, View
from echovlm.curation import licences
from echovlm.curation.given import Given, GivenTruth, GivenView, MaskFile
from echovlm.curation.reasons import RowProblem
from echovlm.curation.sources.research import find_unlisted, name_clips, safe_name
from echovlm.curation.task import ClipFile, Listing, StudyTask
from echovlm.curation.tree import SourceTree

_IMAGE: Final = re.compile(r"(?P<stem>(?:.*/)?(?P<site>Site_[A-Z]_[^/]*)/(?:.*/)?[^/]*)_image\.nii(?:\.gz)?")
_VIEW_NUMBER: Final = re.compile(r"(?:view[_-]?|[-_/])(?P<view>[1-4])(?=[-_/.]|$)", re.IGNORECASE)
_PATIENT: Final = re.compile(r"patient[-_]?\d+", re.IGNORECASE)
_FOUR_CHAMBER: Final = "4"
_STRUCTURES: Final = ((1, Structure.LV), (2, Structure.LA), (3, Structure.RA), (4, Structure.RV))
_SUFFIXES: Final = (".nii.gz", ".nii")


def is_cardiac_uda(tree: SourceTree) -> bool:
    """Return whether a tree is laid out as CardiacUDA."""
    return any(_IMAGE.fullmatch(path) for path in tree.sizes())


def read_cardiac_uda(tree: SourceTree) -> Listing:
    """List CardiacUDA; the patient is taken from the name of a file where it has one, else the file is one."""
    problems: Counter[RowProblem] = Counter()
    images = {path: match for path in tree.sizes() if (match := _IMAGE.fullmatch(path))}
    names = name_clips(images)
    used: set[str] = set()
    patients: dict[str, list[ClipFile]] = {}
    for path, match in images.items():
        inside = match["stem"].partition(match["site"])[2]
        number = _VIEW_NUMBER.search(inside)
        is_four_chamber = number is not None and number["view"] == _FOUR_CHAMBER
        view = GivenView(View.A4C, "label", "file name, view 4") if is_four_chamber else None
        label = next(
            (f"{match['stem']}_label{s}" for s in _SUFFIXES if tree.has(f"{match['stem']}_label{s}")), None
        )
        masks: tuple[MaskFile, ...] = ()
        if label is not None:
            used.add(label)
            if is_four_chamber:
                masks = (MaskFile(label, _STRUCTURES, is_outline=True, is_sparse=True),)
            else:
                problems[RowProblem.UNKNOWN_CATEGORY] += 1
        found = _PATIENT.search(PurePosixPath(inside).name)
        owner = safe_name(f"{match['site']}-{found[0] if found else PurePosixPath(inside).name}")
        patients.setdefault(owner, []).append(
            ClipFile(names[path], path, Given(view, GivenTruth(mask_files=masks)))
        )
    tasks = tuple(
        StudyTask(task_id=owner, patient_id=owner, study_id=owner, sex=None, files=tuple(files))
        for owner, files in sorted(patients.items())
    )
    return Listing(
        kind="CardiacUDA",
        licence=licences.CARDIAC_UDA,
        simulated=False,
        tasks=tasks,
        excluded=find_unlisted(tree, tasks, _SUFFIXES, also=used),
        row_problems=problems,
    )
