"""Retrieval between clips and captions, and between studies and reports, in both directions."""

from typing import Final

from echovlm.evaluation.needs import DataName
from echovlm.evaluation.retrieval import Direction, RetrievalTask

_SOURCE: Final = "CLIP protocol (Radford et al. 2021); credit by equal content is our choice"
_DATA: Final = (DataName.ECHOBENCH, DataName.MIMIC)

TASKS: Final = tuple(RetrievalTask(direction, _SOURCE, _DATA) for direction in Direction)
