"""Files without tables: a folder, a zip, a DICOMDIR or what a server delivered, put in order by their headers."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from echovlm.curation import licences
from echovlm.curation.errors import SourceError
from echovlm.curation.reasons import Reason
from echovlm.curation.task import ClipFile, Listing, StudyTask
from echovlm.curation.tree import SourceTree
from echovlm.dataset import ExcludedClip
from echovlm.engines import HERE, Engine
from echovlm.imaging import ImagingError, Skipped, iter_sources
from echovlm.imaging.assembly import assemble
from echovlm.imaging.examination import Examination, read_examination

_INDEX = "DICOMDIR"
_HEADS_PER_JOB: Final = 64
_FEW_FILES: Final = 2048  # of a folder: read here in less time than new processes take to start
_OTHERS = (".csv", ".txt", ".json", ".md", ".xml", ".html", ".pdf", ".log")


@dataclass(frozen=True, slots=True)
class HeadJob:
    """Files whose headers are read together: a unit of work."""

    tree: SourceTree
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Head:
    """What the header of a file says of whose it is.

    Attributes:
        key: Patient and study.
        has_uid: Whether the header names the study.
        is_clean: Whether it says that its identity was removed.
    """

    key: tuple[str, str]
    has_uid: bool
    is_clean: bool


def read_heads(job: HeadJob) -> tuple[str, tuple[Head | str, ...]]:
    """Return the first name of the job, and what each header says, or why it cannot be read."""
    heads: list[Head | str] = []
    for name in job.names:
        try:
            with job.tree.local(name) as path:
                heads.append(_head(name, read_examination(path)))
        except ImagingError as error:
            heads.append(error.reason)
    return job.names[0], tuple(heads)


def _iter_heads(tree: SourceTree, names: Sequence[str], engine: Engine) -> Iterator[tuple[str, Head | str]]:
    """Yield what every header says, in order; many files are shared out to the workers."""
    if tree.folder is not None:
        tree = SourceTree(str(tree.folder.absolute()))  # workers may have another working directory
    jobs = [
        HeadJob(tree, tuple(names[start : start + _HEADS_PER_JOB]))
        for start in range(0, len(names), _HEADS_PER_JOB)
    ]
    few = _FEW_FILES if tree.folder is not None else _HEADS_PER_JOB
    done = map(read_heads, jobs) if len(names) <= few else engine.run(read_heads, jobs)
    heads = dict(done)
    for job in jobs:
        yield from zip(job.names, heads[job.names[0]], strict=True)


def read_folder(tree: SourceTree, *, index: Path | None = None, engine: Engine = HERE) -> Listing:
    """List the images of a source by study; patients and studies are those of the headers.

    Args:
        tree: The source.
        index: A DICOMDIR in it, whose list then counts; ``None`` for every file.
        engine: Where the headers of many files are read.

    Raises:
        SourceError: If there is no clip, or the place may not be read.
    """
    try:
        names, skipped = _names(tree, index)
    except ImagingError as error:
        raise SourceError(str(error)) from error
    excluded = [ExcludedClip(name, reason.key, detail) for name, reason, detail in skipped]
    studies: dict[tuple[str, str], list[str]] = {}
    owners: dict[tuple[str, str], Head] = {}
    for name, head in _iter_heads(tree, names, engine):
        if isinstance(head, str):
            excluded.append(ExcludedClip(name, Reason.UNREADABLE.key, head))
            continue
        studies.setdefault(head.key, []).append(name)
        owners.setdefault(head.key, head)
    if not studies:
        first = f"{excluded[0].path}, {excluded[0].detail}" if excluded else "none"
        raise SourceError(
            f"{index or tree} holds no clip ({len(excluded)} other files, the first: {first}); give a folder of "
            "DICOM, mp4 or avi files, or a MIMIC-IV-ECHO tree"
        )
    tasks = tuple(_task(key, studies[key], owners[key]) for key in sorted(studies))
    are_clean = all(owner.is_clean for owner in owners.values())
    return Listing(
        kind="files without tables",
        licence=licences.UNSTATED,
        simulated=False,
        tasks=tasks,
        excluded=tuple(excluded),
        row_problems={},
        is_clean=are_clean,
    )


def _names(tree: SourceTree, index: Path | None) -> tuple[list[str], list[tuple[str, Reason, str]]]:
    """Return the images, and what is passed over with its reason."""
    if index is not None:
        assembly = assemble(index)
        listed = [file.path.as_posix() for file in assembly.files]
        listed += [
            name.as_posix() for name, _ in assembly.duplicates
        ]  # told apart from copies later, by pixels
        return sorted(listed), [(s.path.as_posix(), _why(s), s.reason) for s in assembly.skipped]
    if tree.folder is not None:
        found = list(iter_sources(tree.folder))
        return (
            [path.relative_to(tree.folder).as_posix() for path in found if isinstance(path, Path)],
            [
                (s.path.relative_to(tree.folder).as_posix(), _why(s), s.reason)
                for s in found
                if isinstance(s, Skipped)
            ],
        )
    # Elsewhere every look costs a fetch: only names that cannot be images are passed over unseen.
    chosen, passed = [], []
    for name in tree.sizes():
        if name.lower().endswith(_OTHERS) or PurePosixPath(name).name == _INDEX:
            passed.append((name, Reason.NOT_AN_IMAGE, "not an image by its name"))
        else:
            chosen.append(name)
    return chosen, passed


def _why(skipped: Skipped) -> Reason:
    if skipped.path.is_dir():
        return Reason.UNREADABLE
    return Reason.MISSING_FILE if "not there" in skipped.reason else Reason.NOT_AN_IMAGE


def _head(name: str, examination: Examination | None) -> Head:
    """Return whose a file is: by its header, else by its folder."""
    folder = f"folder {PurePosixPath(name).parent}"
    if examination is None:
        return Head(("", folder), has_uid=False, is_clean=False)
    study = examination.study_uid
    return Head(
        (examination.patient_id or "", study or folder),
        has_uid=study is not None,
        is_clean=examination.is_deidentified,
    )


def _task(key: tuple[str, str], names: list[str], owner: Head) -> StudyTask:
    patient_id, study = key
    return StudyTask(
        task_id=_short_hash(f"{patient_id}\0{study}"),
        patient_id=patient_id or None,
        study_id=study if owner.has_uid else _short_hash(study),
        sex=None,
        files=tuple(ClipFile(_short_hash(name), name) for name in sorted(names)),
    )


def _short_hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:16]
