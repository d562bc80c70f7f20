"""How freed memory is kept: a process that decodes one clip after the other needs the same few megabytes again."""

import ctypes
import sys
from functools import lru_cache
from typing import Final

# mallopt(3) of glibc.
_TRIM_THRESHOLD: Final = -1
_MMAP_THRESHOLD: Final = -3
_KEPT_BYTES: Final = 128 * 2**20
_LARGEST_ON_HEAP: Final = 32 * 2**20  # the most that glibc allows


@lru_cache(maxsize=1)
def keep_freed_memory() -> None:
    """Let this process keep up to 128 MiB that it freed, where the C library is glibc; else nothing changes.

    Otherwise each clip's frames are given back to the system and come again page by page, each page zeroed: of the
    time to curate a short clip that is a tenth.
    """
    if not sys.platform.startswith("linux"):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_TRIM_THRESHOLD, _KEPT_BYTES)
        mallopt(_MMAP_THRESHOLD, _LARGEST_ON_HEAP)
