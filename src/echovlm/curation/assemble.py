"""One shard put together from the parts of studies, wherever that runs."""

from dataclasses import dataclass

from echovlm.collector import collector_paused
from echovlm.curation.parts import read_segments
from echovlm.curation.plan import PlannedShard
from echovlm.dataset.segments import relabel
from echovlm.dataset.shards import ShardFile, ShardReport, find_shard
from echovlm.stores import Store


@dataclass(frozen=True, slots=True)
class ShardJob:
    """All that a worker needs to put one shard together.

    Attributes:
        store: Where the parts are and the shard goes.
        shard: What it holds.
    """

    store: Store
    shard: PlannedShard


@collector_paused()
def assemble_shard(job: ShardJob) -> ShardReport:
    """Write a shard, one study in memory at a time, and return what is in it."""
    finished = find_shard(job.store, job.shard.name)
    if finished is not None:  # by a run that was killed later
        return finished
    shard = ShardFile(job.store, job.shard.name)
    try:
        for member in job.shard.members:
            person = member.person
            for packed_for, segment in read_segments(job.store, member.task_id, member.numbers):
                is_theirs = packed_for == person  # nearly always: then the label need not be read
                shard.add(
                    segment
                    if is_theirs
                    else relabel(segment, patient_id=person.patient_id, split=person.split.value)
                )
        return shard.finish()
    finally:
        shard.discard()  # does nothing to a finished one
