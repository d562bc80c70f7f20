"""What can stop an interpretation as a whole; a single bad file among others never does.

InterpretationError         every error of this package
├── NothingReadableError    not one file could be read as a clip
└── MixedStudyError         the files are of several patients or studies
"""

from echovlm.errors import EchoVLMError


class InterpretationError(EchoVLMError):
    """The study cannot be interpreted, or the report cannot be written."""


class NothingReadableError(InterpretationError):
    """Not one file could be read as a clip."""


class MixedStudyError(InterpretationError):
    """The files are of several patients or studies, whose values must not be pooled."""
