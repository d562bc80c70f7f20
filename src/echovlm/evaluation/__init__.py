"""What a model is asked, how its answers are scored, and the files that the scores are written to."""

from echovlm.evaluation.answers import Answers
from echovlm.evaluation.checkpoint_metrics import checkpoint_metrics
from echovlm.evaluation.contenders import Contender, Outlines, TestClip, choose_contender
from echovlm.evaluation.errors import EvaluationError
from echovlm.evaluation.needs import DataName
from echovlm.evaluation.predictions import read_predictions
from echovlm.evaluation.results import Arm, Result, ResultsFile
from echovlm.evaluation.run import choose_tasks, evaluate
from echovlm.evaluation.table import render_markdown, render_table
from echovlm.evaluation.task import Task
from echovlm.evaluation.tasks import SUPPLEMENTARY, TASKS

__all__ = [
    "SUPPLEMENTARY",
    "TASKS",
    "Answers",
    "Arm",
    "Contender",
    "DataName",
    "EvaluationError",
    "Outlines",
    "Result",
    "ResultsFile",
    "Task",
    "TestClip",
    "checkpoint_metrics",
    "choose_contender",
    "choose_tasks",
    "evaluate",
    "read_predictions",
    "render_markdown",
    "render_table",
]
