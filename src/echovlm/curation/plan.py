"""What goes into the dataset, decided over all studies: duplicates, who is whom, and which clip goes to which shard."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from echovlm.collector import collector_paused
from echovlm.curation.copies import LOOKED_AT, find_copies, look_alike
from echovlm.curation.parts import PartClip, read_index
from echovlm.curation.reasons import Reason
from echovlm.curation.task import Listing
from echovlm.curation.tree import SourceTree
from echovlm.dataset import ExcludedClip, Person, Split, find_people
from echovlm.dataset.conflicts import ValueConflict
from echovlm.dataset.contradictions import Contradiction, count_contradictions
from echovlm.dataset.shards import shard_name
from echovlm.dataset.tar_members import END
from echovlm.imaging import ImagingError, read_frames
from echovlm.stores import Store


@dataclass(frozen=True, slots=True)
class Member:
    """Clips of one study that follow one another in a shard.

    Attributes:
        task_id: The study.
        numbers: Which packed clips of its part.
        person: Whose they are.
    """

    task_id: str
    numbers: tuple[int, ...]
    person: Person


@dataclass(frozen=True, slots=True)
class PlannedShard:
    """One shard to be put together: a unit of work.

    Attributes:
        name: Where it goes.
        members: What it holds, in order.
    """

    name: str
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """Decisions over all studies.

    Attributes:
        shards: What is kept, where; empty when nothing is.
        excluded: What was set aside, by path.
        problems: Table rows without a value, by problem.
        agreement: How often two places of the source agreed and disagreed.
        conflicts: Values on which two places disagree, by study.
        contradictions: Statements of captions and notes that the values contradict, by study.
        compared: How many of either text were compared, and how many were contradicted, by kind.
        merged_patients: Patient ids that share a clip with another one and go by its name.
    """

    shards: tuple[PlannedShard, ...]
    excluded: tuple[ExcludedClip, ...]
    problems: Mapping[str, int]
    agreement: Mapping[str, int]
    conflicts: tuple[ValueConflict, ...]
    contradictions: tuple[Contradiction, ...]
    compared: Mapping[str, int]
    merged_patients: int


@collector_paused()
def make_plan(listing: Listing, tree: SourceTree, store: Store, *, max_shard_bytes: int) -> Plan:
    """Decide from the parts of all studies, in the order of the source; files that look alike are looked at again."""
    excluded = list(listing.excluded)
    problems: Counter[str] = Counter(
        {problem.value: count for problem, count in listing.row_problems.items()}
    )
    agreement: Counter[str] = Counter()
    conflicts: list[ValueConflict] = []
    contradictions: list[Contradiction] = []
    compared: Counter[str] = Counter()
    clips: list[tuple[str, PartClip]] = []
    for task in listing.tasks:
        if task.verdict is not None:
            reason, detail = task.verdict.reason.key, task.verdict.detail
            excluded += [ExcludedClip(file.shown_path, reason, detail) for file in task.files]
            continue
        index = read_index(store, task.task_id)
        excluded += index.excluded
        problems.update(dict(index.problems))
        agreement.update(dict(index.agreement))
        conflicts += index.conflicts
        contradictions += index.contradictions
        compared.update({f"{text} compared": count for text, count in index.compared.items() if count})
        clips += [(task.task_id, clip) for clip in index.clips]
    kept, duplicates = _drop_duplicates(clips)
    kept, recompressed, originals = _drop_copies(kept, listing, tree)
    people = find_people(
        (clip.patient_id, clip.split, (clip.source_sha256, clip.frames_sha256, *originals.get(clip, ())))
        for _, clip in clips
    )
    return Plan(
        shards=_group(kept, people, max_shard_bytes=max_shard_bytes),
        excluded=tuple(
            sorted(
                excluded + duplicates + recompressed, key=lambda clip: (clip.path, clip.reason, clip.detail)
            )
        ),
        problems={name: count for name, count in sorted(problems.items()) if count},
        agreement=dict(sorted(agreement.items())),
        conflicts=tuple(conflicts),
        contradictions=tuple(contradictions),
        compared=dict(sorted(compared.items())) | count_contradictions(contradictions),
        merged_patients=sum(person.patient_id != patient_id for patient_id, person in people.items()),
    )


def _drop_duplicates(
    clips: Iterable[tuple[str, PartClip]],
) -> tuple[list[tuple[str, PartClip]], list[ExcludedClip]]:
    """Keep the first clip of each content."""
    first: dict[str, str] = {}
    kept: list[tuple[str, PartClip]] = []
    excluded = []
    for task_id, clip in clips:
        path = clip.source_path
        hashes = {"bytes": clip.source_sha256, "frames": clip.frames_sha256}
        same = next(((what, first[text]) for what, text in hashes.items() if text in first), None)
        if same is not None:
            detail = f"the same {same[0]} as {same[1]}"
            excluded.append(ExcludedClip(path, Reason.DUPLICATE_CONTENT.key, detail))
            continue
        first |= {text: path for text in hashes.values() if text}
        kept.append((task_id, clip))
    return kept, excluded


def _drop_copies(
    clips: Sequence[tuple[str, PartClip]], listing: Listing, tree: SourceTree
) -> tuple[list[tuple[str, PartClip]], list[ExcludedClip], dict[PartClip, tuple[str]]]:
    """Keep the first of the clips that show the same frames; also return each copy with the hash of its original."""
    tasks = {task.task_id: task for task in listing.tasks}

    @lru_cache(maxsize=2)
    def frames(number: int) -> np.ndarray:
        task_id, clip = clips[number]
        file = tasks[task_id].files[clip.file_number]
        with tree.local(file.path, beside=file.beside) as path:
            return read_frames(path, choose=LOOKED_AT)

    def is_copy(first: int, second: int) -> bool:
        try:
            return look_alike(frames(first), frames(second))
        except ImagingError:
            return False  # it was readable a while ago

    copies = find_copies([clip.fingerprint for _, clip in clips], is_copy)
    excluded, originals = [], {}
    for number, first in copies.items():
        clip, original = clips[number][1], clips[first][1]
        detail = f"the same frames as {original.source_path}, compressed otherwise"
        excluded.append(ExcludedClip(clip.source_path, Reason.RECOMPRESSED.key, detail))
        originals[clip] = (original.source_sha256,)
    kept = [pair for number, pair in enumerate(clips) if number not in copies]
    return kept, excluded, originals


@dataclass(slots=True)
class _Filling:
    """A shard to which clips are still added."""

    name: str
    size: int = 0
    members: list[Member] = field(default_factory=list)

    def add(self, task_id: str, clip: PartClip, person: Person) -> None:
        self.size += clip.size
        last = self.members[-1] if self.members else None
        if last is not None and (last.task_id, last.person) == (task_id, person):
            self.members[-1] = Member(task_id, (*last.numbers, clip.number), person)
        else:
            self.members.append(Member(task_id, (clip.number,), person))


def _group(
    clips: Iterable[tuple[str, PartClip]], people: Mapping[str, Person], *, max_shard_bytes: int
) -> tuple[PlannedShard, ...]:
    """Fill shards of each split in turn; a shard is closed before it grows beyond the limit."""
    filling: dict[Split, _Filling] = {}
    numbers: Counter[Split] = Counter()
    shards: list[_Filling] = []
    for task_id, clip in clips:
        person = people[clip.patient_id]
        shard = filling.get(person.split)
        if shard is None or shard.size + clip.size + len(END) > max_shard_bytes:
            shard = filling[person.split] = _Filling(shard_name(person.split, numbers[person.split]))
            shards.append(shard)
            numbers[person.split] += 1
        shard.add(task_id, clip, person)
    return tuple(PlannedShard(shard.name, tuple(shard.members)) for shard in shards)
