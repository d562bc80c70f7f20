"""The evaluation tasks, one tuple."""

from typing import Final

from echovlm.evaluation.task import Task
from echovlm.evaluation.tasks import disease, landmarks, negation, retrieval, segmentation, view

TASKS: Final[tuple[Task, ...]] = (
    *disease.TASKS,
    *retrieval.TASKS,
    *view.TASKS,
    *segmentation.TASKS,
    *landmarks.TASKS,
    *negation.TASKS,
)
