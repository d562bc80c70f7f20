"""Members of a tar archive whose bytes depend on name and payload alone (POSIX ustar, IEEE 1003.1-1988)."""

import tarfile
from collections.abc import Sequence
from typing import Final

BLOCK: Final = 512  # a tar archive is a sequence of 512-byte records ...
END: Final = bytes(2 * BLOCK)  # ... closed by two empty ones
_NAME_BYTES: Final = 100  # a longer name is split between two fields
_SIZE: Final = slice(124, 136)
_CHECKSUM: Final = slice(148, 156)
_LARGEST: Final = 8**11  # of a size in eleven octal digits


def _blank() -> bytes:
    """Return the header of an empty member without a name, its checksum blanked: what all headers share."""
    header = bytearray(tarfile.TarInfo("").tobuf(tarfile.USTAR_FORMAT))  # time 0, no owner, mode 644
    header[_CHECKSUM] = b" " * 8
    header[_SIZE] = bytes(12)
    return bytes(header)


_BLANK: Final = _blank()
_BLANK_SUM: Final = sum(_BLANK)


def header_of(name: str, size: int) -> bytes:
    """Return the header of a file, as ``tarfile`` writes it, which takes six times as long."""
    stored = name.encode("ascii", "replace")
    if len(stored) > _NAME_BYTES or not name.isascii() or size >= _LARGEST:
        info = tarfile.TarInfo(name)
        info.size = size
        return info.tobuf(tarfile.USTAR_FORMAT)
    digits = b"%011o\0" % size
    header = bytearray(_BLANK)
    header[: len(stored)] = stored
    header[_SIZE] = digits
    # The checksum is the sum of all bytes, with spaces in its own place.
    header[_CHECKSUM] = b"%06o\0 " % (_BLANK_SUM + sum(stored) + sum(digits))
    return bytes(header)


def join_members(members: Sequence[tuple[str, bytes]]) -> tuple[bytes, list[int]]:
    """Return files as one run of members, and where each payload starts.

    Args:
        members: Name and payload.
    """
    pieces: list[bytes] = []
    starts: list[int] = []
    length = 0
    for name, payload in members:
        header, padding = header_of(name, len(payload)), bytes(-len(payload) % BLOCK)
        starts.append(length + len(header))
        pieces += (header, payload, padding)
        length = starts[-1] + len(payload) + len(padding)
    return b"".join(pieces), starts
