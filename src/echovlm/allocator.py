"""How freed memory is kept: a process that decodes clip after clip, or trains step after step, needs the same again."""

import ctypes
import sys
from functools import lru_cache
from typing import Final

# mallopt(3) of glibc.
_TRIM_THRESHOLD: Final = -1
_MMAP_THRESHOLD: Final = -3
_MMAP_MAX: Final = -4
_KEPT_BYTES: Final = 128 * 2**20
_LARGEST_ON_HEAP: Final = 32 * 2**20  # the most that glibc allows where it maps larger ones one by one
# Two of 75 frames of 1016x708, about the largest of MIMIC-IV-ECHO's.
_KEPT_OF_CINES_BYTES: Final = 512 * 2**20


@lru_cache(maxsize=2)
def keep_freed_memory(*, whole_cines: bool = False) -> None:
    """Let this process keep up to 128 MiB that it freed, where the C library is glibc; else nothing changes.

    Otherwise each clip's frames are given back to the system and come again page by page, each page zeroed: of the
    time to curate a short clip that is a tenth, of a long cine a sixth.

    Args:
        whole_cines: Keep up to 512 MiB, of arrays of any size; else one above 32 MiB is still given back.
    """
    options = {
        _TRIM_THRESHOLD: _KEPT_OF_CINES_BYTES if whole_cines else _KEPT_BYTES,
        _MMAP_THRESHOLD: _LARGEST_ON_HEAP,
    }
    _set_options(options | ({_MMAP_MAX: 0} if whole_cines else {}))


def keep_all_freed_memory() -> None:
    """Let this process keep all that it freed, where the C library is glibc, for the next training step.

    A step frees and takes the same hundreds of megabytes again. Pages that went back must be cleared and mapped
    anew, which took a third of a step on two CPU cores.
    """
    _set_options({_MMAP_MAX: 0, _TRIM_THRESHOLD: -1})


def _set_options(options: dict[int, int]) -> None:
    if not sys.platform.startswith("linux"):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return
    for option, value in options.items():
        mallopt(option, value)
