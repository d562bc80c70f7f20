"""Which part of a recipe earns its place: the same training with and without it, told with intervals."""

from echovlm.evaluation.ablation.compare import Interval
from echovlm.evaluation.ablation.figure import draw_figure
from echovlm.evaluation.ablation.page import render_page
from echovlm.evaluation.ablation.result import AblationResult
from echovlm.evaluation.ablation.run import AblationData, ablate
from echovlm.evaluation.ablation.study import AblationArm, AblationStudy, read_study, study_names

__all__ = [
    "AblationArm",
    "AblationData",
    "AblationResult",
    "AblationStudy",
    "Interval",
    "ablate",
    "draw_figure",
    "read_study",
    "render_page",
    "study_names",
]
