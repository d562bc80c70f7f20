"""What a model is asked, how its answers are scored, and the file that the scores are written to."""

from echovlm.evaluation.plots import draw_plots
from echovlm.evaluation.results import Arm, Result, ResultsFile
from echovlm.evaluation.run import evaluate
from echovlm.evaluation.table import render_markdown, render_table
from echovlm.evaluation.task import (
    EvaluationError,
    LandmarkTask,
    NegationTask,
    RetrievalTask,
    SegmentationTask,
    Task,
    ViewTask,
    ZeroShotTask,
)
from echovlm.evaluation.tasks import TASKS

__all__ = [
    "TASKS",
    "Arm",
    "EvaluationError",
    "LandmarkTask",
    "NegationTask",
    "Result",
    "ResultsFile",
    "RetrievalTask",
    "SegmentationTask",
    "Task",
    "ViewTask",
    "ZeroShotTask",
    "draw_plots",
    "evaluate",
    "render_markdown",
    "render_table",
]
