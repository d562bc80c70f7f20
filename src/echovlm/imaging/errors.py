"""What can be wrong with an input file or folder.

ImagingError            every error of this package; names the path
├── MissingPathError    the path does not exist
├── EmptyFolderError    a folder without a single file
├── UnreadablePathError the operating system refuses to open it
├── NotAnImageError     neither DICOM nor a video that we read, or DICOM without pixels
├── BrokenFileError     truncated, or its header contradicts its content
├── UnsupportedFileError valid, but an encoding that is not installed or not handled
├── NoStripError        no spectrum and no M-mode where one was asked for
└── TooLargeError       more pixels than one clip may have
"""

import textwrap
from pathlib import Path
from typing import Final

from echovlm.errors import EchoVLMError

_MAX_REASON: Final = 300


class ImagingError(EchoVLMError):
    """A file or folder that cannot be used.

    Attributes:
        path: The file or folder.
        reason: One sentence without the path: what is wrong, with its value, and what would be allowed.
    """

    def __init__(self, path: Path, reason: str) -> None:
        # A damaged header can put anything into a reason; it stays one line that a terminal can show.
        printable = "".join(letter if letter.isprintable() else " " for letter in reason)
        self.path = path
        self.reason = textwrap.shorten(printable, width=_MAX_REASON, placeholder=" …")
        super().__init__(f"{path}: {self.reason}")

    def __reduce__(self) -> tuple[type["ImagingError"], tuple[Path, str]]:
        """Survive the way back from a worker process, which rebuilds exceptions from their arguments."""
        return type(self), (self.path, self.reason)


class MissingPathError(ImagingError):
    """The path does not exist."""


class EmptyFolderError(ImagingError):
    """A folder without a single file."""


class UnreadablePathError(ImagingError):
    """The operating system refuses to open the path."""


class NotAnImageError(ImagingError):
    """Neither DICOM nor a video that we read, or DICOM without pixels."""


class BrokenFileError(ImagingError):
    """The file ends early, or its header contradicts its content."""


class UnsupportedFileError(ImagingError):
    """The file is valid, but its encoding is not handled or its decoder is not installed."""


class NoStripError(ImagingError):
    """A strip was asked for, and the file has no spectrum and no M-mode."""


class TooLargeError(ImagingError):
    """The file holds, or claims to hold, more pixels than one clip may have."""
