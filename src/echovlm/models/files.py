"""A file that appears whole or not at all."""

from pathlib import Path


def write_whole(path: Path, data: bytes) -> None:
    """Write ``data`` under a temporary name in the same folder, then rename: a kill leaves the old file.

    The temporary name is always the same, so that the next run writes over what a killed one left.
    """
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        temporary.write_bytes(data)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
