"""Retrieval between clips and their captions, in both directions."""

from typing import Final

from echovlm.evaluation.task import RetrievalTask

_SOURCE: Final = "CLIP protocol (Radford et al. 2021); credit by equal content is our choice"

TASKS: Final = (
    RetrievalTask("retrieval/image-to-caption", image_to_text=True, ks=(1, 5, 10), source=_SOURCE),
    RetrievalTask("retrieval/caption-to-image", image_to_text=False, ks=(1, 5, 10), source=_SOURCE),
)
