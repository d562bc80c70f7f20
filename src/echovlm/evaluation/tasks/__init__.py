"""The 36 tasks of the benchmark in five families, and what is scored beside them."""

from typing import Final

from echovlm.evaluation.task import Task
from echovlm.evaluation.tasks import disease, landmarks, measurement, negation, retrieval, segmentation, view

TASKS: Final[tuple[Task, ...]] = (
    *disease.TASKS,
    *retrieval.TASKS,
    *view.TASKS,
    *segmentation.TASKS,
    *landmarks.TASKS,
)

SUPPLEMENTARY: Final[tuple[Task, ...]] = (
    *disease.SUPPLEMENTARY,
    *segmentation.SUPPLEMENTARY,
    *measurement.SUPPLEMENTARY,
    *negation.SUPPLEMENTARY,
)
