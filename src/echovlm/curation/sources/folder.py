"""Files without tables: a folder, a zip, a DICOMDIR or what a server delivered, put in order by their headers."""

import hashlib
from pathlib import Path, PurePosixPath

from echovlm.curation import licences
from echovlm.curation.errors import SourceError
from echovlm.curation.reasons import Reason
from echovlm.curation.task import ClipFile, Listing, StudyTask
from echovlm.curation.tree import SourceTree
from echovlm.dataset import ExcludedClip
from echovlm.imaging import ImagingError, Skipped, iter_sources
from echovlm.imaging.assembly import assemble
from echovlm.imaging.examination import Examination, read_examination

_INDEX = "DICOMDIR"
_OTHERS = (".csv", ".txt", ".json", ".md", ".xml", ".html", ".pdf", ".log")


def read_folder(tree: SourceTree, *, index: Path | None = None) -> Listing:
    """List the images of a source by study; patients and studies are those of the headers.

    Args:
        tree: The source.
        index: A DICOMDIR in it, whose list then counts; ``None`` for every file.

    Raises:
        SourceError: If there is no clip, or the place may not be read.
    """
    try:
        names, skipped = _names(tree, index)
    except ImagingError as error:
        raise SourceError(str(error)) from error
    excluded = [ExcludedClip(name, reason.key, detail) for name, reason, detail in skipped]
    studies: dict[tuple[str, str], list[str]] = {}
    owners: dict[tuple[str, str], Examination | None] = {}
    for name in names:
        try:
            with tree.local(name) as path:
                examination = read_examination(path)
        except ImagingError as error:
            excluded.append(ExcludedClip(name, Reason.UNREADABLE.key, error.reason))
            continue
        key = _key(name, examination)
        studies.setdefault(key, []).append(name)
        owners.setdefault(key, examination)
    if not studies:
        first = f"{excluded[0].path}, {excluded[0].detail}" if excluded else "none"
        raise SourceError(
            f"{index or tree} holds no clip ({len(excluded)} other files, the first: {first}); give a folder of "
            "DICOM, mp4 or avi files, or a MIMIC-IV-ECHO tree"
        )
    tasks = tuple(_task(key, studies[key], owners[key]) for key in sorted(studies))
    are_clean = all(owner is not None and owner.is_deidentified for owner in owners.values())
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


def _key(name: str, examination: Examination | None) -> tuple[str, str]:
    """Return patient and study: of the header, else of the folder."""
    if examination is None or examination.patient_id is None:
        study = None if examination is None else examination.study_uid
        return "", study or f"folder {PurePosixPath(name).parent}"
    return examination.patient_id, examination.study_uid or f"folder {PurePosixPath(name).parent}"


def _task(key: tuple[str, str], names: list[str], owner: Examination | None) -> StudyTask:
    patient_id, study = key
    has_uid = owner is not None and owner.study_uid is not None
    return StudyTask(
        task_id=_short_hash(f"{patient_id}\0{study}"),
        patient_id=patient_id or None,
        study_id=study if has_uid else _short_hash(study),
        sex=None,
        files=tuple(ClipFile(_short_hash(name), name) for name in sorted(names)),
    )


def _short_hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:16]
