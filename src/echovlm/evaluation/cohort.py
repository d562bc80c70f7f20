"""The frozen simulated cohort of the benchmark: what it is made from, and the hash by which it is known."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Final

from echovlm.dataset import ClipRow, Split
from echovlm.evaluation.errors import EvaluationError


@dataclass(frozen=True, slots=True)
class Cohort:
    """All that a simulated cohort depends on, beside the simulator.

    Patients are taken in the order of the simulator, each in the split that its number gives it, until every split
    is full. Training patients are few: they serve probes and the average patient, not pretraining.

    Attributes:
        name: How it is called, with a version that changes with its content.
        seed: Seed of the simulator; no training recipe uses it.
        n_frames: Frames per cine.
        prevalence: Shares of patients by the simulator's name, where they are not its usual ones.
        patients: Patients by split.
        content_sha256: ``content_hash`` of its clips; empty before it was frozen.
    """

    name: str
    seed: int
    n_frames: int
    prevalence: Mapping[str, float]
    patients: tuple[tuple[Split, int], ...]
    content_sha256: str

    def choose(self, split_of_patient: Callable[[int], Split]) -> tuple[int, ...]:
        """Return the simulator's numbers of the patients.

        Args:
            split_of_patient: The split that a number belongs to.
        """
        missing = dict(self.patients)
        return tuple(sorted(self._take(missing, split_of_patient)))

    @staticmethod
    def _take(missing: dict[Split, int], split_of_patient: Callable[[int], Split]) -> Iterator[int]:
        for index in count():
            if not any(missing.values()):
                return
            split = split_of_patient(index)
            if missing.get(split, 0):
                missing[split] -= 1
                yield index

    def check(self, rows: Sequence[ClipRow]) -> str:
        """Return the hash of a regenerated cohort.

        Raises:
            EvaluationError: If it is not that of the frozen one.
        """
        found = content_hash(rows)
        if self.content_sha256 and found != self.content_sha256:
            raise EvaluationError(
                f"this cohort has the hash {found[:12]}, {self.name} has {self.content_sha256[:12]}: the simulator or "
                "a library that it uses is another version. Its figures cannot be set beside published ones."
            )
        return found


def content_hash(rows: Sequence[ClipRow]) -> str:
    """Return a hash of the files of a dataset and of what is known of them, whatever wrote the manifest."""
    digest = hashlib.sha256()
    for row in sorted(rows, key=lambda row: row.clip_id):
        known = sorted((f.finding.key, f.state.value, f.grade.value if f.grade else "") for f in row.findings)
        digest.update(f"{row.clip_id} {row.split} {row.view.value} {row.source_sha256} {known}\n".encode())
    return digest.hexdigest()


ECHOBENCH: Final = Cohort(
    name="echobench-2",
    seed=20_261_126,
    n_frames=8,
    prevalence={
        "mitral_stenosis": 0.5
    },  # one patient in twelve is then moderate or worse; with 0.2 one in thirty
    patients=((Split.TRAIN, 100), (Split.VAL, 60), (Split.TEST, 300)),
    content_sha256="4e1f76125004b726bd7056c86469b5527861694164065ddf40ad8e7996baa0e5",
)
