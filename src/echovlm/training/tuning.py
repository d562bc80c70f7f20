"""How much of a tower moves in fine-tuning, and which patients it learns from."""

import hashlib
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TypeVar

from echovlm.dataset import ClipRow
from echovlm.models import HoldsTower, add_adapters, merge_adapters
from echovlm.training.recipe import FewShot, Tuning

Item = TypeVar("Item")


def begin_tuning(model: HoldsTower, tuning: Tuning) -> Callable[[], None]:
    """Hold what must not move; return what turns the trained model back into a plain one."""
    if tuning.method == "full":
        return _nothing
    model.hold_tower()
    if tuning.method == "linear":
        return _nothing
    add_adapters(model.image_tower, rank=tuning.rank, scale=tuning.scale)
    return lambda: merge_adapters(model.image_tower)


def few_shot_rows(
    rows: Sequence[ClipRow],
    few: FewShot | None,
    labels: Callable[[ClipRow], Iterable[Hashable]],
) -> list[ClipRow]:
    """Return the clips of the patients that a few-shot run learns from; all of them without one.

    The patients of each label are put in an order that depends on the seed and the patient alone, and the first ones
    are taken: a run with more patients has all those of a run with fewer, and a new patient changes little.

    Args:
        rows: The training clips.
        few: How many patients of each label.
        labels: The labels of one clip.
    """
    if few is None:
        return list(rows)
    patients: dict[Hashable, set[str]] = {}
    for row in rows:
        for label in labels(row):
            patients.setdefault(label, set()).add(row.patient_id)
    chosen = {
        patient
        for having in patients.values()
        for patient in sorted(having, key=lambda one: _place(one, few.seed))[: few.patients_per_class]
    }
    return [row for row in rows if row.patient_id in chosen]


def _place(patient_id: str, seed: int) -> bytes:
    return hashlib.sha256(f"few shot {seed} {patient_id}".encode()).digest()


def _nothing() -> None:
    """Leave a model that is plain already."""
