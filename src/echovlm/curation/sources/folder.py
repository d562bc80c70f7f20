"""A folder of DICOM, mp4 or avi files without tables, one study per folder unless the files say otherwise."""

import hashlib
from itertools import groupby
from pathlib import Path
from typing import Final

from echovlm.curation.errors import SourceError
from echovlm.curation.reasons import Reason
from echovlm.curation.task import ClipFile, Listing, StudyTask
from echovlm.dataset import ExcludedClip
from echovlm.imaging import ImagingError, Skipped, iter_sources

_LICENCE: Final = "Not stated by the source; whoever curates it must hold the right to use and to share it."


def read_folder(source: Path) -> Listing:
    """List the clips of a folder and of its subfolders; patient, study and sex are left for the files to say.

    Raises:
        SourceError: If there is no clip, or the folder may not be read.
    """
    files: list[tuple[str, str]] = []
    excluded: list[ExcludedClip] = []
    try:
        for found in iter_sources(source):
            if isinstance(found, Skipped):
                reason = Reason.UNREADABLE if found.path.is_dir() else Reason.NOT_AN_IMAGE
                path = found.path.relative_to(source).as_posix()
                excluded.append(ExcludedClip(path, reason.key, found.reason))
            else:
                relative = found.relative_to(source)
                files.append((relative.parent.as_posix(), relative.as_posix()))
    except ImagingError as error:
        raise SourceError(str(error)) from error
    if not files:
        raise SourceError(
            f"{source} holds no clip ({len(excluded)} other files, the first: {excluded[0].path}, "
            f"{excluded[0].detail}); give a folder of DICOM, mp4 or avi files, or a MIMIC-IV-ECHO tree"
        )
    tasks = tuple(
        StudyTask(
            task_id=_short_hash(parent),
            patient_id=None,
            study_id=None,
            sex=None,
            files=tuple(ClipFile(_short_hash(path), path) for _, path in members),
        )
        for parent, members in groupby(sorted(files), key=lambda file: file[0])
    )
    return Listing(
        kind="folder of clips without tables",
        licence=_LICENCE,
        simulated=False,
        tasks=tasks,
        excluded=tuple(excluded),
        row_problems={},
    )


def _short_hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:16]
