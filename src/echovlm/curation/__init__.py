"""From archives of echo studies to an EchoGround dataset, with a reason for everything left out."""

from echovlm.curation.errors import CurationError, OutputError, SourceError
from echovlm.curation.options import CurationOptions, OverlayUse, ReaderUse
from echovlm.curation.pipeline import CurationSummary, curate
from echovlm.curation.reasons import Reason, RowProblem
from echovlm.curation.sources import read_source
from echovlm.curation.task import ClipFile, Listing, StudyTask, Verdict

__all__ = [
    "ClipFile",
    "CurationError",
    "CurationOptions",
    "CurationSummary",
    "Listing",
    "OutputError",
    "OverlayUse",
    "ReaderUse",
    "Reason",
    "RowProblem",
    "SourceError",
    "StudyTask",
    "Verdict",
    "curate",
    "read_source",
]
