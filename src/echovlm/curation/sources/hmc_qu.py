"""HMC-QU: apical cines of suspected infarctions; the left ventricular wall is drawn for some of the A4C.

Read leniently: the columns of ``A4C.xlsx`` and ``A2C.xlsx`` are not published. A row belongs to a file when one of its
cells names it; columns SEG1, SEG2 ... with a yes or no are flags of infarcted segments, and any yes is a regional wall
motion abnormality. Masks are 224 x 224 over the whole picture, one per frame of one beat; they are used when their
number is that of the file's frames, or when columns of the table that name a first frame say where they start.
"""

import re
from collections import Counter
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Final

from echovlm.clinical import Finding, FindingResult, FindingState, Grade, Structure, View
from echovlm.curation import licences
from echovlm.curation.given import Given, GivenTruth, GivenView, MaskFile
from echovlm.curation.reasons import RowProblem
from echovlm.curation.sources.research import VIDEO_SUFFIXES, find_unlisted, name_clips, safe_name
from echovlm.curation.sources.xlsx import read_sheet
from echovlm.curation.task import ClipFile, Listing, StudyTask
from echovlm.curation.tree import SourceTree

_VIDEO: Final = re.compile(
    r"(?:.*/)?(?P<stem>(?P<patient>ES\d{4,})[ _](?:CH(?P<ch>[24])|(?P<nch>[24])CH)_(?P<take>\d+))\.\w+"
)
_VIEWS: Final = {"2": View.A2C, "4": View.A4C}
_TABLES: Final = {"A4C.xlsx": "4", "A2C.xlsx": "2"}
_SEGMENT: Final = re.compile(r"seg(?:ment)?\s*\d+", re.IGNORECASE)
_START: Final = re.compile(r"(?:reference|start|first|ed)\b.*frame|frame.*(?:start|first)", re.IGNORECASE)
_YES, _NO = ("1", "mi", "yes", "true", "1.0"), ("0", "non-mi", "no", "false", "0.0")
_MASK_SUFFIXES: Final = (".mat", ".nii.gz", ".nii")


def is_hmc_qu(tree: SourceTree) -> bool:
    """Return whether a tree is laid out as HMC-QU."""
    return any(path.lower().endswith(VIDEO_SUFFIXES) and _VIDEO.fullmatch(path) for path in tree.sizes())


def read_hmc_qu(tree: SourceTree) -> Listing:
    """List HMC-QU by patient.

    Raises:
        SourceError: If a table is there and is no xlsx file.
    """
    problems: Counter[RowProblem] = Counter()
    videos = {
        path: match
        for path in tree.sizes()
        if path.lower().endswith(VIDEO_SUFFIXES) and (match := _VIDEO.fullmatch(path))
    }
    tables = {ch: _read_table(tree, name) for name, ch in _TABLES.items()}
    masks = [path for path in tree.sizes() if path.lower().endswith(_MASK_SUFFIXES)]
    names = name_clips(videos)
    used: set[str] = set()
    patients: dict[str, list[tuple[ClipFile, Mapping[str, str]]]] = {}
    for path, match in videos.items():
        ch = match["ch"] or match["nch"]
        row = next((row for row in tables[ch] if _names(row, match)), {})
        mask = next((each for each in masks if _is_mask_of(each, match, ch)), None) if ch == "4" else None
        truth = None
        if mask is not None:
            used.add(mask)
            file = MaskFile(mask, ((1, Structure.LV_MYOCARDIUM),), _start(row), is_stretched=True)
            truth = GivenTruth(mask_files=(file,))
        given = Given(GivenView(_VIEWS[ch], "label", "file name"), truth)
        patients.setdefault(match["patient"], []).append((ClipFile(names[path], path, given), row))
    tasks = tuple(
        StudyTask(
            task_id=safe_name(patient),
            patient_id=safe_name(patient),
            study_id=safe_name(patient),
            sex=None,
            files=tuple(file for file, _ in clips),
            stated=_wall_motion([row for _, row in clips], problems),
        )
        for patient, clips in sorted(patients.items())
    )
    return Listing(
        kind="HMC-QU",
        licence=licences.HMC_QU,
        simulated=False,
        tasks=tasks,
        excluded=find_unlisted(tree, tasks, VIDEO_SUFFIXES, also=used),
        row_problems=problems,
    )


def _read_table(tree: SourceTree, name: str) -> list[Mapping[str, str]]:
    path = next((each for each in tree.sizes() if each.rpartition("/")[2] == name), None)
    return [] if path is None else read_sheet(tree, path)


def _names(row: Mapping[str, str], match: re.Match[str]) -> bool:
    """Return whether a cell of the row names the video."""
    cells = {re.sub(r"[ _]+", "_", PurePosixPath(cell).stem.strip()) for cell in row.values() if cell}
    return re.sub(r"[ _]+", "_", match["stem"]) in cells


def _is_mask_of(path: str, match: re.Match[str], ch: str) -> bool:
    stem = PurePosixPath(path).name
    parts = (match["patient"], match["take"])
    return re.search(rf"{parts[0]}[ _](?:CH{ch}|{ch}CH)_{parts[1]}\b", stem) is not None


def _start(row: Mapping[str, str]) -> int:
    """Return the index of the frame at which a table says that the masks start; frames count from 1 in it."""
    number = next((value for name, value in row.items() if _START.search(name) and value), "")
    try:
        return max(0, int(float(number)) - 1)
    except ValueError:
        return 0


def _wall_motion(rows: list[Mapping[str, str]], problems: Counter[RowProblem]) -> tuple[FindingResult, ...]:
    """Return whether any segment of the patient is infarcted; no answer while a flag cannot be read."""
    flags = [
        (name, value.strip().lower()) for row in rows for name, value in row.items() if _SEGMENT.match(name)
    ]
    unread = [value for _, value in flags if value not in (*_YES, *_NO, "")]
    problems[RowProblem.UNKNOWN_CATEGORY] += len(unread)
    infarcted = sorted({name for name, value in flags if value in _YES})
    if not flags or (unread and not infarcted):
        return ()
    reason = f"The table flags {', '.join(infarcted)}." if infarcted else "The table flags no segment."
    state = FindingState.PRESENT if infarcted else FindingState.ABSENT
    grade = Grade.ABNORMAL if infarcted else Grade.NORMAL
    return (FindingResult(Finding.REGIONAL_WMA, state, grade, None, (), reason),)
