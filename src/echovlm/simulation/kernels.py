"""Where compiled kernels are kept: one folder per version of their source.

Numba drops a cached function when its own file changes, but not when a function or a constant that it
uses from another file does. After such a change it would go on with the old heart and say nothing.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from numba.core import config

from echovlm.source_hash import hash_source

_FOLDER: Final = Path(__file__).parent


@contextmanager
def kernel_cache() -> Iterator[None]:
    """Give the kernels that are imported inside a cache of their own."""
    before: str = config.CACHE_DIR  # type: ignore[attr-defined]  # made at run time from the environment
    parent = Path(before) if before else _FOLDER / "__pycache__"
    folder = parent / f"kernels-{hash_source(_FOLDER)[:16]}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        # A read-only installation: its sources do not change under a cache, so numba's own place will do.
        yield
        return
    config.CACHE_DIR = str(folder)  # type: ignore[attr-defined]
    try:
        yield
    finally:
        config.CACHE_DIR = before  # type: ignore[attr-defined]
