"""Answers of a model kept on disk, part by part: a second run reads them, a killed one goes on."""

import hashlib
import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from echovlm.files import write_whole

Arrays = Mapping[str, np.ndarray]


@dataclass(frozen=True, slots=True)
class AnswerCache:
    """A folder of answers.

    Attributes:
        folder: Where parts lie; ``None`` keeps nothing.
    """

    folder: Path | None

    def compute(self, key: Sequence[str], make: Callable[[], Arrays]) -> Arrays:
        """Return what an earlier run kept under ``key``, or make it and keep it.

        A damaged part is made again. The key must hold everything that the answer depends on.
        """
        if self.folder is None:
            return make()
        path = self.folder / f"{hashlib.sha256(repr(tuple(key)).encode()).hexdigest()[:32]}.npz"
        if path.is_file():
            try:
                with np.load(path, allow_pickle=False) as kept:
                    return {name: kept[name] for name in kept.files}
            except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile):
                path.unlink(missing_ok=True)
        made = make()
        packed = io.BytesIO()
        np.savez_compressed(packed, **made)  # type: ignore[arg-type]
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, packed.getvalue())
        return made


def hash_arrays(*arrays: np.ndarray) -> str:
    """Return a hash of what arrays hold, for a key."""
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f"{array.dtype} {array.shape}".encode() + np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
