"""Sources of studies: each module reads one layout into a listing of studies."""

from pathlib import Path

from echovlm.curation.errors import SourceError
from echovlm.curation.sources import folder, mimic
from echovlm.curation.task import Listing

__all__ = ["read_source"]


def read_source(source: Path) -> Listing:
    """Return what a source lists: a MIMIC-IV-ECHO tree when its record list is there, else a folder of clips.

    Raises:
        SourceError: If the folder is missing, is empty, may not be read, or lacks a table or a column.
    """
    try:
        if not source.is_dir():
            wrong = "is a file" if source.exists() else "does not exist"
            raise SourceError(
                f"{source} {wrong}; give the folder of a MIMIC-IV-ECHO tree, or of DICOM or mp4 files"
            )
        return mimic.read_tree(source) if mimic.is_tree(source) else folder.read_folder(source)
    except PermissionError as error:
        raise SourceError(f"{source} may not be read ({error.strerror}); ask for permission to it") from error
