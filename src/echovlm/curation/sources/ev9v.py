"""EV9V: cines of nine views, each in a folder, or with a name, that says its view.

The set was not seen: its page lists 320 x 240 clips and views such as A4C, PLHLA and PMPALA. A clip's view is that of
the nearest folder above it whose name is a view, else of a word of its name; tables of labels are read by ``--views``.
Patients are not named: each clip counts as one.
"""

import re
from pathlib import PurePosixPath
from typing import Final

from echovlm.clinical import View, find_view
from echovlm.curation import licences
from echovlm.curation.given import Given, GivenView
from echovlm.curation.sources.research import VIDEO_SUFFIXES, find_split, name_clips
from echovlm.curation.task import ClipFile, Listing, StudyTask
from echovlm.curation.tree import SourceTree

_OWN_WORDS: Final = ("plhla", "pmpala", "pmvlsa", "pasa", "pavsa", "sc4c")  # no other set spells its views so


def is_ev9v(tree: SourceTree) -> bool:
    """Return whether clips of a tree lie in folders with the view names of EV9V."""
    if "ev9v" in tree.name.lower():
        return True
    folders = {part.lower() for path in tree.sizes() for part in PurePosixPath(path).parts[:-1]}
    return len(folders & set(_OWN_WORDS)) >= 2


def read_ev9v(tree: SourceTree) -> Listing:
    """List EV9V by clip."""
    paths = [path for path in tree.sizes() if path.lower().endswith(VIDEO_SUFFIXES)]
    names = name_clips(paths)
    tasks = []
    for path in paths:
        view = _find_view(path)
        given = Given(None if view is None else GivenView(view, "label", "folder or file name"))
        split = next((s for part in PurePosixPath(path).parts[:-1] if (s := find_split(part))), None)
        tasks.append(
            StudyTask(
                task_id=names[path],
                patient_id=names[path],
                study_id=names[path],
                sex=None,
                files=(ClipFile(names[path], path, given),),
                split=split,
            )
        )
    return Listing(
        kind="EV9V", licence=licences.EV9V, simulated=False, tasks=tuple(tasks), excluded=(), row_problems={}
    )


def _find_view(path: str) -> View | None:
    *folders, name = PurePosixPath(path).parts
    for folder in reversed(folders):
        if (view := find_view(folder)) is not None:
            return view
    words = re.split(r"[^A-Za-z0-9]+", PurePosixPath(name).stem)
    return next((view for word in words if (view := find_view(word)) is not None), None)
