"""What can be wrong with a source of studies, or with the folder that its dataset goes to."""

from echovlm.errors import EchoVLMError


class CurationError(EchoVLMError):
    """A source cannot be curated as asked."""


class SourceError(CurationError):
    """A source is missing, empty, or lacks a table or a column."""


class OutputError(CurationError):
    """The output folder holds something else."""
