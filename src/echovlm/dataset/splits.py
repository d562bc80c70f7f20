"""Which split a patient belongs to."""

import hashlib
from collections.abc import Iterable
from typing import Final

from echovlm.dataset.errors import SplitError
from echovlm.dataset.schema import Split

TRAIN_FRACTION: Final = 0.70
VAL_FRACTION: Final = 0.10  # the test split takes the rest, 0.20


def split_of(patient_id: str) -> Split:
    """Return the split of a patient.

    It depends on the identifier alone, so that a patient keeps it when others are added, removed or merged.
    """
    digest = hashlib.sha256(f"echoground split {patient_id}".encode()).digest()
    position = int.from_bytes(digest[:8], "big") / 2**64
    if position < TRAIN_FRACTION:
        return Split.TRAIN
    return Split.VAL if position < TRAIN_FRACTION + VAL_FRACTION else Split.TEST


def check_splits(pairs: Iterable[tuple[str, str]]) -> None:
    """Check that every patient stands in one split.

    Args:
        pairs: Patient id and split of each clip.

    Raises:
        SplitError: If a patient stands in two.
    """
    seen: dict[str, str] = {}
    for patient_id, split in pairs:
        first = seen.setdefault(patient_id, split)
        if first != split:
            raise SplitError(
                f"patient {patient_id!r} stands in {first} and in {split}; a patient belongs to one split. "
                "Assign splits by patient_id, never by clip or study."
            )
