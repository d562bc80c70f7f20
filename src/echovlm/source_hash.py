"""Hashes of our own source, so that work made by other code is never taken for work made by this one."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Final

_PACKAGE: Final = Path(__file__).parent


@cache
def hash_source(folder: Path) -> str:
    """Return a hash of a folder's modules as they were when first asked for, which is what this process runs."""
    digest = hashlib.sha256()
    for module in sorted(folder.rglob("*.py")):
        digest.update(module.relative_to(folder).as_posix().encode() + b"\0" + module.read_bytes())
    return digest.hexdigest()


def hash_packages(*names: str) -> dict[str, str]:
    """Return the hash of each of these packages of ours, such as ``clinical``."""
    return {name: hash_source(_PACKAGE / name) for name in names}
