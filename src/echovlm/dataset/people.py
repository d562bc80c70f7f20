"""Who is whom: identifiers that share a clip are one patient, who stands in one split."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from echovlm.dataset.schema import Split

# Whoever was trained on in any part may not be tested on in the whole, so training wins.
_PRECEDENCE: Final = {Split.TRAIN: 0, Split.VAL: 1, Split.TEST: 2}


@dataclass(frozen=True, slots=True)
class Person:
    """The patient that an identifier stands for.

    Attributes:
        patient_id: The identifier by which the dataset knows them.
        split: Where all their clips stand.
    """

    patient_id: str
    split: Split


def find_people(clips: Iterable[tuple[str, Split, Iterable[str]]]) -> Mapping[str, Person]:
    """Return the person behind each identifier.

    Identifiers that share content, directly or through others, are one person. The person goes by the
    identifier that stands in the split most trained on, the smallest of several: so without a shared clip
    everybody keeps identifier and split, and the order of the clips does not matter.

    Args:
        clips: Patient id, split, and the hashes of the content of each clip; empty hashes say nothing.
    """
    group: dict[str, str] = {}  # identifier -> another of the same person, itself at the root
    splits: dict[str, set[Split]] = {}
    owner: dict[str, str] = {}

    def root(patient_id: str) -> str:
        while group[patient_id] != patient_id:
            group[patient_id] = group[group[patient_id]]
            patient_id = group[patient_id]
        return patient_id

    for patient_id, split, contents in clips:
        group.setdefault(patient_id, patient_id)
        splits.setdefault(patient_id, set()).add(split)
        for content in contents:
            if content:
                group[root(patient_id)] = root(owner.setdefault(content, patient_id))

    members: dict[str, list[str]] = {}
    for patient_id in group:
        members.setdefault(root(patient_id), []).append(patient_id)
    people: dict[str, Person] = {}
    for same in members.values():
        ranked = min((min(_PRECEDENCE[s] for s in splits[one]), one) for one in same)
        split = next(s for s, rank in _PRECEDENCE.items() if rank == ranked[0])
        people |= dict.fromkeys(same, Person(ranked[1], split))
    return people
